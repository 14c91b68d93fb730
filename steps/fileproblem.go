package steps

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/secret"
	"certwright/steps/imports"
)

// The codes of what can be wrong with an answers file as a file. What is wrong
// with the answers in it is a problem.Problem, the same as in every other door.
const (
	fileTooLarge    problem.Code = "file-too-large"
	fileUTF16       problem.Code = "file-utf16"
	fileNotUTF8     problem.Code = "file-not-utf8"
	fileControl     problem.Code = "file-control-character"
	fileSyntax      problem.Code = "file-syntax"
	fileTab         problem.Code = "file-tab"
	fileDocuments   problem.Code = "file-documents"
	fileNotMap      problem.Code = "file-not-map"
	fileAnchor      problem.Code = "file-anchor"
	fileTag         problem.Code = "file-tag"
	fileKeyType     problem.Code = "file-key-type"
	fileUnknownKey  problem.Code = "file-unknown-key"
	fileMisspeltKey problem.Code = "file-misspelt-key"
	fileDottedKey   problem.Code = "file-dotted-key"
	fileLocalKey    problem.Code = "file-local-key"
	fileDuplicate   problem.Code = "file-duplicate-key"
	fileWantsMap    problem.Code = "file-wants-map"
	fileWantsValue  problem.Code = "file-wants-value"
	fileWantsList   problem.Code = "file-wants-list"
	fileWantsText   problem.Code = "file-wants-text"
	fileKubeadm     problem.Code = "file-kubeadm"
	fileObject      problem.Code = "file-kubernetes-object"
	fileRequest     problem.Code = "file-cfssl-request"
	fileSigning     problem.Code = "file-cfssl-config"
	fileInventory   problem.Code = "file-ansible-inventory"
	fileRKE         problem.Code = "file-rke"
	fileNodes       problem.Code = "file-kubectl-nodes"
	fileMembers     problem.Code = "file-etcd-members"
	fileHosts       problem.Code = "file-hosts"
	importTooLarge  problem.Code = "import-too-large"
	importUnknown   problem.Code = "import-unknown"
	importSyntax    problem.Code = "import-syntax"
	importAnswers   problem.Code = "import-answers"
)

// fileTexts is the only home of the sentences about answers files: what is
// wrong, and what would be accepted. Both are formats for FileProblem.Args.
var fileTexts = map[problem.Code]struct{ what, fix string }{
	fileTooLarge:    {"the file has %d bytes, more than an answers file may have (%d)", "Check that it is the right file."},
	fileUTF16:       {"the file is UTF-16, as some Windows editors save", "Save it as UTF-8."},
	fileNotUTF8:     {"byte 0x%02x is not UTF-8", "Save the file as UTF-8."},
	fileControl:     {"the character %U cannot stand in a YAML file", "Take it out; most editors can show such characters."},
	fileSyntax:      {"this is not YAML: %s", `Quote a value that holds ": " or " #", or begins with one of : [ { * & ! @; compare with the example in the README.`},
	fileTab:         {"a tab stands before the text, and YAML is indented with spaces", "Write two spaces for each tab."},
	fileDocuments:   {"a second YAML document begins here", "Write one answers file for each cluster."},
	fileNotMap:      {"the file holds %s instead of keys with values", `Begin with a line such as "layout: article".`},
	fileAnchor:      {"%q is a YAML anchor or alias, which answers files do not have", "Write the value out."},
	fileTag:         {"%q is a YAML tag, which answers files do not have", "Leave it out; quote the value if it is a text."},
	fileKeyType:     {"%s stands where a key is wanted", "Write a key such as nodes, with a colon behind it."},
	fileUnknownKey:  {"unknown key %q", "The keys here are %s."},
	fileMisspeltKey: {"unknown key %q", "Did you mean %q?"},
	fileDottedKey:   {"unknown key %q", "In a file it is written below its group: %s."},
	fileLocalKey:    {"%q belongs to one run and not to the cluster", "Leave it out; use the flag or the wizard's first page."},
	fileDuplicate:   {"%q is given twice, the first time in line %d", "Keep one of the two."},
	fileWantsMap:    {"%q is %s, but it takes keys with values", "Write for instance %s."},
	fileWantsValue:  {"%q is %s, but it takes one value", "Write the value behind the colon; quote it if it holds any of : # [ ] { }."},
	fileWantsList:   {"%q is %s, but it takes a list", `Write one entry a line, each after "- ".`},
	fileWantsText:   {"an entry of %q is %s, but each entry is one text", `Quote the entry if it holds ": " or begins with one of [ { - ?.`},
	fileKubeadm:     {fileForeign, fileImport},
	fileObject:      {fileForeign, fileAsk},
	fileRequest:     {fileForeign, fileImport},
	fileSigning:     {fileForeign, fileImport},
	fileInventory:   {fileForeign, fileImport},
	fileRKE:         {fileForeign, fileImport},
	fileNodes:       {fileForeign, fileImport},
	fileMembers:     {fileForeign, fileImport},
	fileHosts:       {fileForeign, fileImport},

	importTooLarge:          {"the file has %d bytes, more than can be imported (%d)", "Of many nodes, kubectl get nodes -o wide prints less than -o json."},
	importUnknown:           {"nothing in the file is of a form that can be imported", "These can be imported: " + imports.Known + ". Lines of nodes go below nodes: in an answers file."},
	importSyntax:            {"nothing in the file is of a form that can be imported, and it is neither YAML nor JSON: %s", "These can be imported: " + imports.Known + "."},
	importAnswers:           {"this is an answers file", "Give it by --answers."},
	imports.FaultNotTaken:   {"this is %s, which says nothing about certificates here", "These can be imported: " + imports.Known + "."},
	imports.FaultDepth:      {"something lies more than %d levels deep here", "Check that it is the right file."},
	imports.FaultDocuments:  {"the file holds more than %d YAML documents", "Check that it is the right file."},
	imports.FaultWantsText:  {"%q is not one value", "Write the value behind the colon."},
	imports.FaultWantsGroup: {"%q is not a group of keys", "Write keys with values below it."},
	imports.FaultWantsList:  {"%q is not a list", `Write one entry a line, each after "- ".`},
	imports.FaultGroup:      {"%q is no group of an inventory", "Write for instance [etcd], [k8s_cluster:children] or [all:vars]."},
	imports.FaultVariable:   {"%q is no variable of an inventory", "Write NAME=VALUE, and close each quote."},
	imports.FaultRange:      {"%q is no range of hosts", "Write for instance node[1:3] or node[01:10]."},
	imports.FaultManyHosts:  {"%q and what stands before it make more than %d hosts", "Write fewer."},
	imports.FaultNoWide:     {"the list has no column INTERNAL-IP", "Run kubectl get nodes -o wide."},
}

const (
	fileForeign = "this is %s, and no answers file"
	// fileImport is the way of a file whose form is known.
	fileImport = "Give it by --import, instead of --answers."
	// fileAsk is how one gets answers where nothing can be taken.
	fileAsk = "The command certwright asks the questions and writes the answers; of certificates that are there, certwright adopt DIR reads them."
)

// FileProblem is one thing that keeps an answers file from being read. All
// are errors: a file that is half understood makes the wrong certificates.
type FileProblem struct {
	File string
	// Line and Column count from 1; a Column of 0 means that only the line is
	// known, a Line of 0 that it is about the whole file.
	Line, Column int
	Code         problem.Code
	Args         []any
}

// What says what is wrong: lower case, no final stop.
func (p FileProblem) What() string {
	t := fileTexts[p.Code]
	return fmt.Sprintf(t.what, p.shown()[:verbs(t.what)]...)
}

// Fix says what would be accepted.
func (p FileProblem) Fix() string {
	t := fileTexts[p.Code]
	return fmt.Sprintf(t.fix, p.shown()[verbs(t.what):]...)
}

// shown are the values as the sentences quote them, without secrets.
func (p FileProblem) shown() []any {
	args := slices.Clone(p.Args)
	secret.HideAll(args)
	return args
}

// Place is "answers.yaml:12:5", as far as it is known.
func (p FileProblem) Place() string { return place(p.File, p.Line, p.Column) }

// Error is place, what and fix in one line: `answers.yaml:12:5: unknown key
// "node". Did you mean "nodes"?`.
func (p FileProblem) Error() string {
	return p.Place() + ": " + p.What() + ". " + p.Fix()
}

// MarshalJSON gives machines the code and the place, and people the sentences.
func (p FileProblem) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code     problem.Code     `json:"code"`
		Severity problem.Severity `json:"severity"`
		File     string           `json:"file"`
		Line     int              `json:"line,omitempty"`
		Column   int              `json:"column,omitempty"`
		What     string           `json:"what"`
		Fix      string           `json:"fix,omitempty"`
	}{p.Code, problem.Error, p.File, p.Line, p.Column, p.What(), p.Fix()})
}

// verbs counts the arguments that a format takes.
func verbs(format string) int { return strings.Count(format, "%") }

// place writes a position the way editors and compilers do.
func place(file string, line, column int) string {
	switch {
	case line == 0:
		return file
	case column == 0:
		return fmt.Sprintf("%s:%d", file, line)
	}
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}
