package check

import (
	"slices"

	"certwright/pkigen/cluster/shell"
)

// way is what fixes a finding in a shell: what is removed first or else done, and
// the command that makes the rest right.
type way struct {
	gone []string   // files, below the directory
	by   shell.Line // a command of another kind
	then shell.Line
	// replace are the keys that then has to replace.
	replace []string
}

// line is the way as it is typed; "" where a person has to decide.
func (r *Report) line(w way) shell.Line {
	var gone shell.Line
	if len(w.gone) > 0 {
		gone = remove(r.Site, w.gone...)
	}
	then := w.then
	for _, name := range w.replace {
		then = then.Own("--replace-key").Word(name)
	}
	return shell.And(gone, w.by, then)
}

func (f *Finding) blocks() bool {
	return f.Severity != Note && f.as != asStray && (f.Check.fix.first || f.Check.fix.by == afresh)
}

// First is the finding to fix first, what is to be typed for it, and how many
// findings that fixes; "" where a person has to decide. Where it is to make the set
// again, all that this is refused for has to go before. It is nil for no finding.
func (r *Report) First() (first *Finding, command shell.Line, fixes int) {
	if len(r.Findings) == 0 || r.Findings[0].Severity == Note {
		return nil, "", 0
	}
	first = &r.Findings[0]
	if first.way.then == "" || first.way.then != r.Site.Again {
		for i := range r.Findings {
			if r.Findings[i].Command == first.Command && r.Findings[i].Severity != Note {
				fixes++
			}
		}
		return first, first.Command, fixes
	}
	all := way{gone: slices.Clone(first.way.gone), then: first.way.then}
	for i := range r.Findings {
		f := &r.Findings[i]
		switch again := f.way.then == all.then; {
		case f.blocks() && f.Command == "":
			return f, "", 0
		case f.Severity == Note, !again && !f.blocks():
			continue
		case !f.blocks() && i > 0 && f.Command != all.then:
			continue // it may wait, and its file may stay
		}
		fixes++
		for _, p := range f.way.gone {
			if !slices.Contains(all.gone, p) {
				all.gone = append(all.gone, p)
			}
		}
		all.by = shell.And(all.by, f.way.by)
		for _, name := range f.way.replace {
			if !slices.Contains(all.replace, name) {
				all.replace = append(all.replace, name)
			}
		}
	}
	return first, r.line(all), fixes
}
