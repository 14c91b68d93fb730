package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// fact is one thing that is known of what is shown: a label, and a text of which some
// words may say how it stands.
type fact struct {
	label, text string
	level       level
}

// narrowFacts is below which width a text stands under its label.
const narrowFacts = 40

// facts draws labels in one column and the texts beside them; what has no text is left
// out. A fact without a label goes on with the one before it.
func (m *Model) facts(all []fact, w int) []string {
	all = slices.DeleteFunc(slices.Clone(all), func(f fact) bool { return f.text == "" })
	label := 0
	for _, f := range all {
		label = max(label, ansi.StringWidth(f.label))
	}
	var out []string
	for _, f := range all {
		if w < narrowFacts {
			out = append(out, m.theme.faint.Render(f.label))
			out = append(out, m.styled(m.theme.at(f.level).Render, "  ", f.text, w)...)
			continue
		}
		head := m.theme.faint.Render(pad(f.label, label)) + "  "
		for _, l := range wrap(f.text, w-label-gap) {
			out = append(out, head+m.theme.at(f.level).Render(l))
			head = strings.Repeat(" ", label+gap)
		}
	}
	return out
}
