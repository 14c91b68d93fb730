// Package imported prints what texts of other programs have given: what each of them is, what
// was taken, and what is to be known of it.
package imported

import (
	"bytes"
	"io"
	"strings"

	"certwright/pkigen/cluster/spec"
	"certwright/steps/imports"
	"certwright/tui/text"
)

// Print prints a result in at most width cells.
func Print(w io.Writer, r *imports.Result, width int) error {
	for _, l := range Lines(r, width) {
		if _, err := io.WriteString(w, l+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// Lines are a result in lines of at most width cells.
func Lines(r *imports.Result, width int) []string {
	var b bytes.Buffer // it takes everything: there is no error below
	say := func(first, s string) { _ = text.Text(&b, first, text.Clean(s), width) }
	for _, f := range r.Files {
		name := f.Name
		if name == "" {
			name = "what was pasted"
		}
		say("", name+" is "+f.Is)
	}
	b.WriteByte('\n')
	if len(r.Taken) == 0 {
		say("", "nothing of it is taken")
	} else {
		_ = taken(r).Write(&b, width)
	}
	if len(r.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, k := range kinds {
		for _, s := range imports.Sentences(r.Notes, k.kind) {
			say(k.first, s)
		}
	}
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

// kinds are the notes in the order in which they are printed, and what stands before them.
var kinds = []struct {
	kind  imports.Kind
	first string
}{
	{imports.Contradiction, "! contradiction: "},
	{imports.Assumed, "~ assumed: "},
	{imports.Unused, "  not used: "},
}

// taken is the table of answers that were taken.
func taken(r *imports.Result) text.Table {
	t := text.Table{Columns: []text.Column{{Title: "TAKEN"}, {Title: "VALUE", Min: 16}, {Title: "FROM", Min: 16}}}
	for _, v := range r.Taken {
		t.Rows = append(t.Rows, []string{v.Key, firstLines(v.Value), text.Clean(v.From)})
	}
	return t
}

// mostShown is how many lines of a list stand in a row.
const mostShown = 8

// firstLines are the first few of a list, one below the other.
func firstLines(value string) string {
	lines := strings.Split(value, "\n")
	for i := range lines {
		lines[i] = text.Clean(lines[i])
	}
	if more := len(lines) - mostShown; more > 1 {
		lines = append(lines[:mostShown:mostShown], "and "+spec.Count(more, "more", "more"))
	}
	return strings.Join(lines, "\n")
}
