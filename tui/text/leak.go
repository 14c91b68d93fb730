package text

import (
	"fmt"
	"io"
	"slices"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/rollout/restart"
)

// Leaks prints what becomes of keys that somebody else may have. Those of which all is the
// same stand together; what to look for, and how to go on, is said once behind all.
func Leaks(w io.Writer, found *pkigen.Revocation, width int) error {
	p := newPrinter(w, width)
	var look []string
	var then []shell.Line
	for rest := found.Leaks; len(rest) > 0; {
		first := rest[0]
		var names []string
		for len(rest) > 0 && rest[0].Alike(&first) {
			names, rest = append(names, Clean(rest[0].Name)), rest[1:]
		}
		look = append(look, first.Look...)
		then = append(then, first.Then...)
		title := restart.NodeList(names)
		if len(names) == 1 {
			title += ": " + Clean(first.Title)
		}
		p.text("", title)
		opens := Clean(first.Opens)
		if !first.Ends.IsZero() {
			opens += ", until " + Date(first.Ends)
		}
		p.text("  opens         ", opens)
		p.text("  shut out by   ", fmt.Sprintf("%s: %s", first.By, Clean(first.Soon)))
		p.each("  or by         ", first.Else)
		p.each("  not by        ", first.Not)
		p.blank()
	}
	if len(look) > 0 {
		p.line("Look for afterwards:")
	}
	p.each("  - ", once(look))
	if len(then) > 0 {
		p.line("Go on with:")
	}
	for _, c := range once(then) {
		p.command("  ", c)
	}
	p.blank()
	return p.end()
}

// once leaves out what was said before.
func once[T comparable](list []T) []T {
	seen := map[T]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(s T) bool {
		was := seen[s]
		seen[s] = true
		return was
	})
}

// each prints some lines behind one word.
func (p *printer) each(head string, lines []string) {
	for _, s := range lines {
		p.text(head, Clean(s))
	}
}
