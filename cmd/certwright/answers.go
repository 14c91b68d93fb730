package main

import (
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/steps"
	"certwright/steps/imports"
	"certwright/tui/text"
)

// given is what the command line says about the answers: a file, and --set.
type given struct {
	file *steps.File // with --set applied to its answers
	sets map[string]bool
	bad  []steps.FileProblem // the file cannot be read as answers
	args []string            // what is wrong with --set, in sentences
	from *pkigen.Source      // the file; nil for none, and for the standard input
	// imported is what files of other programs gave; nil for none.
	imported *imports.Result
}

// readAnswers reads the answers file ("" for none) and applies --set to it. The
// error is for a file that cannot be opened; what is wrong inside is collected.
func (p *program) readAnswers(name string, sets []string) (*given, error) {
	g := &given{file: &steps.File{Answers: steps.NewAnswers()}, sets: map[string]bool{}}
	if name != "" {
		data, err := p.readInput(name, false)
		if err != nil {
			return nil, &failure{code: exitUsage, err: err}
		}
		shown := name
		if name == "-" {
			shown = "stdin"
		} else {
			g.from = &pkigen.Source{Path: name, Text: data}
		}
		g.file, g.bad = steps.ParseFile(shown, data)
	}
	for _, s := range sets {
		if err := g.file.Answers.Assign(s); err != nil {
			g.args = append(g.args, "--set: "+err.Error())
			continue
		}
		key, _, _ := strings.Cut(s, "=")
		g.sets[strings.TrimSpace(key)] = true
	}
	return g, nil
}

// importFiles takes over what files of other programs say. An answer for which stands is
// true stays; nil is for all that were given. The error is for a file that cannot be opened.
func (p *program) importFiles(g *given, files []string, stands func(key string) bool) error {
	if len(files) == 0 {
		return nil
	}
	var texts []imports.Source
	for _, name := range files {
		data, err := p.readInput(name, true)
		if err != nil {
			return &failure{code: exitUsage, err: err}
		}
		if name == "-" {
			name = "stdin"
		}
		texts = append(texts, imports.Source{Name: name, Data: data})
	}
	var bad []steps.FileProblem
	g.imported, bad = g.answers().Import(texts, stands)
	g.bad = append(g.bad, bad...)
	return nil
}

// answers are those of file and --set together.
func (g *given) answers() *steps.Answers { return g.file.Answers }

// place is where the value of a problem stands: "answers.yaml:12:5: nodes line 3".
func (g *given) place(p problem.Problem) string {
	if at := g.position(p); at != "" {
		return at + ": " + p.Place()
	}
	if g.sets[p.Key] {
		return "--set " + p.Place()
	}
	return p.Place()
}

// position is where the value stands in a file; "" for one that does not.
func (g *given) position(p problem.Problem) string {
	if at := g.imported.Place(p.Key, g.answers().Get(p.Key), p.Line); at != "" {
		return at
	}
	return g.file.Place(p)
}

// unreadable reports whether the answers could not be understood at all.
func (g *given) unreadable() bool { return len(g.bad)+len(g.args) > 0 }

// mostProblems is how many findings of one kind are printed: a mistake in the form
// of a long list is one in each of its lines.
const mostProblems = 50

// complain prints what is wrong on stderr, one finding a line. Where
// the file could not be understood, findings about answers would only repeat
// that as "missing", so those on answers that were given are printed alone.
func (p *program) complain(g *given, ps []problem.Problem) error {
	errs := len(g.bad) + len(g.args)
	for i, b := range g.bad {
		if i == mostProblems {
			fmt.Fprintln(p.stderr, spec.More(len(g.bad)-i)+" of that kind")
			break
		}
		fmt.Fprintln(p.stderr, text.Clean(b.Error()))
	}
	for _, s := range g.args {
		fmt.Fprintln(p.stderr, text.Clean(s))
	}
	ps = g.told(ps)
	if len(ps) > mostProblems {
		ps = slices.Concat(only(ps, problem.Error), only(ps, problem.Warning)) // no error goes under
	}
	if err := text.Problems(p.stderr, ps[:min(len(ps), mostProblems)], g.place, 0); err != nil {
		return err
	}
	if left := len(ps) - mostProblems; left > 0 {
		fmt.Fprintln(p.stderr, spec.More(left))
	}
	for _, found := range ps {
		if found.Severity() == problem.Error {
			errs++
		}
	}
	if errs == 0 {
		return nil
	}
	what := "problems"
	if errs == 1 {
		what = "problem"
	}
	return &failure{code: exitUsage, err: fmt.Errorf("%d %s in the answers; nothing was written", errs, what)}
}

// told are the problems worth telling: all, or where the file is broken those
// on values that were read.
func (g *given) told(ps []problem.Problem) []problem.Problem {
	if !g.unreadable() {
		return ps
	}
	var out []problem.Problem
	for _, p := range ps {
		if g.position(p) != "" || g.sets[p.Key] {
			out = append(out, p)
		}
	}
	return out
}

// only are the problems of one severity.
func only(ps []problem.Problem, s problem.Severity) []problem.Problem {
	var out []problem.Problem
	for _, p := range ps {
		if p.Severity() == s {
			out = append(out, p)
		}
	}
	return out
}
