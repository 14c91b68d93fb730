// Package steps holds the questions as data, the answers, and the one way from
// answers to a cluster: Build.
//
// A question is a file here and nothing else: wizard, line mode, answers file,
// --set and --help all read the table of steps. The package draws nothing and
// writes no file.
package steps

import (
	"slices"
	"sort"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// Kind is the form of a field on a screen.
type Kind int

// The kinds of field.
const (
	Text   Kind = iota // one line
	Lines              // a list, one entry a line
	Choice             // one of Options
)

// form is how an answer stands in the answers file. On a screen every answer
// is text; only the file knows YAML lists.
type form int

// The forms. Reading takes a list written as one text everywhere, because
// pasting a block of lines under "nodes: |" is what people do.
const (
	oneValue  form = iota // one value
	lineList              // a list; in the text one entry a line
	commaList             // a list; in the text separated by commas
	oneOrList             // written as one value; a list is read too, and joined by commas
)

// Field is one answer: where it is kept, how it is asked for.
type Field struct {
	Key      string // in the answers file: "ca.CN"
	Label    string
	Kind     Kind
	Form     form
	Example  string                  // shown greyed in an empty field
	Optional bool                    // may be left empty
	Default  func(*Answers) string   // nil for ""; may depend on other answers
	Options  func(*Answers) []Option // of a Choice
	// Local fields belong to one run (the directory, what to do): they are
	// never written to the answers file.
	Local bool
	// When says whether the field is asked; nil for always. A field that is
	// not asked is still known to the answers file and to --set.
	When func(*Answers) bool
	// Means says what a right value leads to, in one short line, while it is
	// typed: "first service address 10.254.0.1". It gets a cluster that may be
	// incomplete, and the time from which lifetimes count. Nil or "" for
	// nothing to say.
	Means func(c *spec.Cluster, now time.Time) string
	// Columns and Rows are what a list stands for as it was read, a row for each entry:
	// how many, and of each the line that it comes from and its cells. Rows are in the
	// order of their lines. What was assumed has a "~ " before it. Nil for a list whose
	// lines stand for no more than they say.
	Columns []string
	Rows    func(c *spec.Cluster) (n int, row func(i int) (line int, cells []string))
}

// RowsOf are the rows that come from one line: from the first to before the end.
func (f Field) RowsOf(c *spec.Cluster, line int) (first, end int) {
	n, row := f.Rows(c)
	from := func(line int) int {
		return sort.Search(n, func(i int) bool {
			at, _ := row(i)
			return at >= line
		})
	}
	return from(line), from(line + 1)
}

// Stands says what one line of a list stands for: "master1 to master3 · 10.0.0.11 to
// 10.0.0.13 · control-plane,etcd"; "" where it stands for nothing.
func (f Field) Stands(c *spec.Cluster, line int) string {
	if f.Rows == nil {
		return ""
	}
	first, end := f.RowsOf(c, line)
	if first == end {
		return ""
	}
	_, row := f.Rows(c)
	_, cells := row(first)
	_, last := row(end - 1)
	for i := range cells {
		if cells[i] != last[i] {
			cells[i] += " to " + last[i]
		}
	}
	return strings.Join(cells, " · ")
}

// Option is one choice.
type Option struct {
	Value string // as it stands in the answers file
	Label string
	Text  string // the trade-off, one or two sentences; may be empty
}

// Step is one page of questions.
type Step struct {
	Key   string // stable: "nodes"
	Title string // on the rail: "Nodes"
	Intro string // one line above the fields
	// Questions are all fields that the step can ask, whatever the answers;
	// Fields tells which of them are asked now. A step without any is to be read.
	Questions []Field
	// When says whether the step is asked; nil for always. Answers of hidden
	// steps are kept.
	When func(*Answers) bool
	// Shows names the entries that the answers of the step shape, and ShowsConfig for
	// ca-config.json, the most telling first. The side panel previews the JSON of
	// the first that the layout has; names that a layout does not have are passed
	// over.
	Shows []string
}

// ShowsConfig stands for ca-config.json in what a step shows.
const ShowsConfig = "config"

// shows names the entries of all layouts that are of a kind, those of the first kind
// first.
func shows(kinds ...func(*catalog.Entry) bool) []string {
	var out []string
	for _, is := range kinds {
		for l := range catalog.Layouts {
			for i := range catalog.Layouts[l].Entries {
				if e := &catalog.Layouts[l].Entries[i].Entry; is(e) && !slices.Contains(out, e.Name) {
					out = append(out, e.Name)
				}
			}
		}
	}
	return out
}

// The kinds of entries that steps shape.
func isAuthority(e *catalog.Entry) bool { return e.Kind == catalog.Authority }
func isKeyPair(e *catalog.Entry) bool   { return e.Kind == catalog.KeyPair }
func isToken(e *catalog.Entry) bool     { return e.Kind == catalog.Token }
func ofPeople(e *catalog.Entry) bool    { return onlyClient(e) && e.On == 0 }
func ofKubelets(e *catalog.Entry) bool  { return e.Each && e.On.Has(spec.Worker) }
func servesAPI(e *catalog.Entry) bool   { return e.Told("kube-apiserver", "--tls-cert-file") }
func servesEtcd(e *catalog.Entry) bool  { return e.Told("etcd", "--cert-file") }
func monitored(e *catalog.Entry) bool {
	return e.Told(id.KubeControllerManager, "--tls-cert-file") || e.Told(id.KubeScheduler, "--tls-cert-file")
}
func ofMembers(e *catalog.Entry) bool { return e.Each && e.Domain == catalog.Etcd }

// ofPrograms tells of a client that is the same on all its nodes.
func ofPrograms(e *catalog.Entry) bool {
	return onlyClient(e) && e.On != 0 && !e.Each
}

// Fields are the questions of the step that are asked with these answers, in
// order (a layout brings its profiles).
func (s Step) Fields(a *Answers) []Field {
	var out []Field
	for _, f := range s.Questions {
		if f.When == nil || f.When(a) {
			out = append(out, f)
		}
	}
	return out
}

// visible reports whether the step is asked with these answers.
func (s Step) visible(a *Answers) bool { return s.When == nil || s.When(a) }

// fixed is a default that depends on nothing.
func fixed(value string) func(*Answers) string {
	return func(*Answers) string { return value }
}

func onlyClient(e *catalog.Entry) bool {
	return e.Kind == catalog.Leaf && !slices.Contains(e.Purposes, catalog.Server)
}
