package steps

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/steps/imports"

	"go.yaml.in/yaml/v3"
)

// foreign names what a file of answers is instead; nil for a file of answers, and for
// what nothing is known of. The keys of another program's file would only be refused one
// by one. err is that of reading it as YAML.
func foreign(data []byte, doc *yaml.Node, err error) *FileProblem {
	if err != nil {
		doc = nil
	}
	found := imports.Recognise(data, doc)
	if found == nil {
		return nil
	}
	return &FileProblem{Line: found.Line, Column: found.Column, Code: problem.Code("file-" + string(found.Form)), Args: []any{found.Is}}
}

// readImport reads a text of another program. It is recognised by what is in it.
func readImport(name string, data []byte) (*imports.Import, []FileProblem) {
	if len(data) > maxFile {
		return nil, []FileProblem{{File: name, Code: importTooLarge, Args: []any{len(data), maxFile}}}
	}
	if p := checkBytes(data); p != nil {
		p.File = name
		return nil, []FileProblem{*p}
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	in, faults, err := imports.Read(name, data)
	var syntax *imports.SyntaxError
	switch {
	case errors.As(err, &syntax):
		r := &reader{file: &File{Name: name}, source: bytes.Split(data, []byte("\n"))}
		r.syntax(syntax.Err)
		for i := range r.problems {
			if r.problems[i].Code == fileSyntax {
				r.problems[i].Code = importSyntax
			}
		}
		return nil, r.problems
	case err != nil:
		code := importUnknown
		if f, bad := ParseFile(name, data); len(bad) == 0 && !f.Answers.Empty() {
			code = importAnswers
		}
		return nil, []FileProblem{{File: name, Code: code}}
	}
	var out []FileProblem
	for _, f := range faults {
		out = append(out, FileProblem{name, f.Line, f.Column, f.Code, f.Args})
	}
	return in, out
}

// Import gives answers what texts of other programs say. An answer for which stands is true
// stays; nil is for all that were given. The result tells what else the texts say; nothing
// was taken where there are problems.
func (a *Answers) Import(texts []imports.Source, stands func(key string) bool) (*imports.Result, []FileProblem) {
	var all []*imports.Import
	var problems []FileProblem
	for _, t := range texts {
		in, bad := readImport(t.Name, t.Data)
		all, problems = append(all, in), append(problems, bad...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return a.take(all, stands), nil
}

// take is Import of texts that were read.
func (a *Answers) take(all []*imports.Import, stands func(key string) bool) *imports.Result {
	m := imports.Merge(all, layoutProfiles(a))
	out := &imports.Result{Files: m.Files, Taken: []imports.Taken{}, Notes: append([]imports.Note{}, m.Notes...)}
	slices.SortStableFunc(m.Answers, func(x, y imports.Answer) int { return lookup().order[x.Key] - lookup().order[y.Key] })
	for _, x := range m.Answers {
		now, given := a.Explicit(x.Key)
		switch {
		case !given || stands != nil && !stands(x.Key):
			a.explicit[x.Key] = clean(x.Text)
			out.Taken = append(out.Taken, a.taken(x))
		case now != x.Text:
			out.Notes = append(out.Notes, imports.Note{At: x.From[0], Why: imports.Answered, Args: []any{oneLine(x.Text), oneLine(now)}})
		}
	}
	return out
}

// taken notes where an answer was taken from.
func (a *Answers) taken(x imports.Answer) imports.Taken {
	a.setOrigin(x.Key, x.From)
	from := a.Origin(x.Key)
	if f, _ := Lookup(x.Key); f.Form != lineList {
		from = imports.Place{File: x.From[0].File, Line: x.From[0].Line}.String()
	}
	return imports.Taken{Key: x.Key, Value: x.Text, From: from, Answer: a.explicit[x.Key], Places: x.From}
}

// Paste takes over what was pasted where nodes are asked for, if it is a text of another
// program. What was answered stays; nodes come behind those that are there. It is not ok
// for a text that is to be typed as it is; one of a known form that cannot be used has
// problems.
func (a *Answers) Paste(key, pasted string) (out *imports.Result, bad []FileProblem, ok bool) {
	if key != nodesKey {
		return nil, nil, false
	}
	in, bad := readImport("", []byte(clean(pasted)))
	if in == nil || in.Form == imports.Hosts && !imports.HasLoopback(clean(pasted)) {
		return nil, nil, false
	}
	if len(bad) > 0 {
		return nil, bad, true
	}
	before := strings.TrimRight(a.Get(nodesKey), "\n ")
	out = a.take([]*imports.Import{in}, func(key string) bool { return key != nodesKey })
	at := slices.IndexFunc(out.Taken, func(t imports.Taken) bool { return t.Key == nodesKey })
	if before != "" && at >= 0 && !a.putBehind(before, out, &out.Taken[at]) {
		out.Taken = slices.Delete(out.Taken, at, at+1)
	}
	return out, nil, true
}

// putBehind puts the nodes that were taken behind those that were there before, but for the
// ones that are among them, and reports whether there are any.
func (a *Answers) putBehind(before string, out *imports.Result, t *imports.Taken) bool {
	known := map[string]bool{}
	nodes, _ := spec.ParseFoundNodes(nodesKey, before)
	for _, n := range nodes {
		known[n.Name] = true
		for _, addr := range n.Addresses {
			known[addr.String()] = true
		}
	}
	var fresh []string
	places := make([]imports.Place, strings.Count(before, "\n")+1)
	for i, line := range strings.Split(t.Value, "\n") {
		n, _ := spec.ParseFoundNodes(nodesKey, line)
		if len(n) == 1 && (known[n[0].Name] || known[n[0].Addresses[0].String()]) {
			out.Notes = append(out.Notes, imports.Note{At: t.Places[i], Why: imports.IsListed, Args: []any{n[0].Name}})
			continue
		}
		fresh, places = append(fresh, line), append(places, t.Places[i])
	}
	a.explicit[nodesKey] = strings.Join(append([]string{before}, fresh...), "\n")
	t.Value, t.Answer, t.Places = strings.Join(fresh, "\n"), a.explicit[nodesKey], places
	return len(fresh) > 0
}

// layoutProfiles are the profiles of the layout that the answers choose.
func layoutProfiles(a *Answers) []imports.Profile {
	var out []imports.Profile
	for _, p := range layoutOf(a).Profiles {
		out = append(out, imports.Profile{Name: p.Name, Usages: p.Usages})
	}
	return out
}

// originText is how a place is called as an origin: by its file, or by the paste.
func originText(from []imports.Place) string {
	var names []string
	for _, p := range from {
		name := p.File
		if name == "" {
			name = "pasted"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// oneLine is a list in one line.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", ", ") }
