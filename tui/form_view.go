package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/steps"
)

// listProblems is how many problems of a list are spelt out below it; the
// others are counted and marked in the gutter.
const listProblems = 2

// lowPage is below which height a page has room for the first sentence of its
// introduction only.
const lowPage = 12

// narrow is below which width a sentence is not worth its place below the answer.
const narrow = 44

// span is the lines that one field takes on the page.
type span struct{ from, to int }

// view draws the fields in h lines, with the focused one among them.
func (f *form) view(m *Model, w, h int) string {
	f.height, f.over = h, false
	lines, spans := f.draw(m, w, h, f.step.Intro)
	if bare, at := f.draw(m, w, h, ""); len(lines) > h && len(bare) <= h {
		lines, spans = bare, at // without its introduction the page fits
	}
	if f.over = len(lines) > h; f.over && m.notice != "" {
		lines, spans = f.draw(m, w, h, f.step.Intro) // the notice stands where it is seen: in the footer
	}
	if f.reading {
		f.top = max(min(f.top, len(lines)-h), 0)
	} else {
		f.top = follow(f.top, f.seen(m, spans[f.at], w, h), len(lines), h)
	}
	shown := lines[f.top:min(f.top+h, len(lines))]
	out := make([]string, len(shown))
	for i, l := range shown {
		out[i] = pad(l, w)
	}
	if f.top > 0 {
		out[0] = corner(out[0], m.theme.faint.Render("↑"), w)
	}
	if f.top+h < len(lines) {
		out[len(out)-1] = corner(out[len(out)-1], m.theme.faint.Render("↓"), w)
	}
	return block(out, w, h)
}

// seen are the lines of the focused field that have to be on the page.
func (f *form) seen(m *Model, at span, w, h int) span {
	if f.at == 0 && at.to <= h {
		at.from = 0 // with the introduction
	}
	c, ok := f.inputs[f.at].(*choice)
	if !ok || at.to-at.from <= h {
		return at
	}
	all, cursor := c.draw(w-2, true) // higher than the page
	first := at.to - len(f.judge(m, f.field(), w, 2, true)) - len(all)
	if len(all)-cursor.from <= h {
		return span{first + cursor.from, first + len(all)} // with what is said of the option
	}
	return span{first + cursor.from, first + cursor.to}
}

// follow scrolls so that the span is seen, moving as little as it can.
func follow(top int, at span, total, h int) int {
	if at.to > top+h {
		top = at.to - h
	}
	if at.from < top {
		top = at.from
	}
	return max(0, min(top, total-h))
}

// draw makes all lines of the form below its introduction, and where each field stands in them.
func (f *form) draw(m *Model, w, h int, intro string) ([]string, []span) {
	var lines []string
	if intro != "" {
		if h < lowPage {
			intro, _, _ = strings.Cut(intro, ". ")
		}
		lines = append(indent("  ", wrap(intro, w-2)), "")
	}
	label := f.labelWidth(w)
	free := h - len(lines) - f.fixedHeight(m, w, label)
	var spans []span
	for i := range f.fields {
		from := len(lines)
		lines = append(lines, f.drawField(m, i, w, label, free)...)
		spans = append(spans, span{from, len(lines)})
		if f.fields[i].Kind != steps.Text && i < len(f.fields)-1 {
			lines = append(lines, "")
		}
	}
	if f.found != nil {
		lines = append(lines, "")
		lines = append(lines, f.found.lines(m, w)...)
		if f.found.Wrong != nil { // it is about the last field, and has to be seen
			spans[len(spans)-1].to = len(lines)
		}
	}
	return lines, spans
}

// labelWidth aligns the inputs of a page in one column.
func (f *form) labelWidth(w int) int {
	n := 0
	for _, field := range f.fields {
		if field.Kind == steps.Text {
			n = max(n, ansi.StringWidth(field.Label))
		}
	}
	return min(n, w/2)
}

// fixedHeight is what all fields take but the lists, which share the rest.
func (f *form) fixedHeight(m *Model, w, label int) int {
	n := 0
	for i, field := range f.fields {
		if field.Kind == steps.Lines {
			n += len(f.label(i, "", m.theme.text)) + len(f.judge(m, field, w, 2, i == f.at)) + len(f.explained(m, i, w, 2))
		} else {
			n += len(f.drawField(m, i, w, label, 0))
		}
		if field.Kind != steps.Text && i < len(f.fields)-1 {
			n++
		}
	}
	return n
}

// minList is the least height of a list, in lines.
const minList = 3

func (f *form) drawField(m *Model, i, w, label, free int) []string {
	field, in, focused := f.fields[i], f.inputs[i], i == f.at
	mark, style := "  ", m.theme.text
	if focused {
		mark, style = m.theme.accent.Render("> "), m.theme.strong
	}
	var lines []string
	inset := 2
	switch field.Kind {
	case steps.Text:
		inset = 2 + label + 2
		aside := m.aside(field, w-inset)
		space := w - inset
		if aside != "" {
			space -= ansi.StringWidth(aside) + 1
		}
		row := mark + style.Render(pad(field.Label, label)) + "  " + pad(in.lines(space, 1, focused)[0], space)
		if aside != "" {
			row += " " + m.theme.faint.Render(aside)
		}
		lines = append(lines, row)
	case steps.Lines:
		l := in.(*list)
		l.ed.SetMarks(marks(m.shownProblems(field)))
		lines = append(lines, f.label(i, mark, style)...)
		lines = append(lines, indent("  ", f.listLines(m, i, w-2, max(minList, free/f.lists()), focused))...)
		lines = append(lines, f.explained(m, i, w, inset)...)
	default:
		lines = append(lines, f.label(i, "  ", style)...) // the cursor is on an option
		lines = append(lines, indent("  ", in.lines(w-2, 0, focused))...)
	}
	return append(lines, f.judge(m, field, w, inset, focused)...)
}

// label is the line above a field; a field that is alone on its page and named
// like it needs none.
func (f *form) label(i int, mark string, style lipgloss.Style) []string {
	if len(f.fields) == 1 && f.fields[i].Label == f.step.Title {
		return nil
	}
	return []string{mark + style.Render(f.fields[i].Label)}
}

func (f *form) lists() int {
	n := 0
	for _, field := range f.fields {
		if field.Kind == steps.Lines {
			n++
		}
	}
	return max(n, 1)
}

// judge is what is said below a field: its problems, or what it means.
func (f *form) judge(m *Model, field steps.Field, w, inset int, focused bool) []string {
	var out []string
	if w-inset < narrow { // a sentence must not become a column of words
		inset = 4
	}
	problems := f.ordered(m.shownProblems(field))
	limit := len(problems)
	if field.Kind == steps.Lines {
		limit = min(limit, listProblems)
	}
	for _, p := range problems[:limit] {
		out = append(out, m.problem(p, field.Key, w, inset)...)
	}
	if more := len(problems) - limit; more > 0 {
		out = append(out, strings.Repeat(" ", inset)+m.theme.faint.Render(fmt.Sprintf("and %s more, marked in the list", spec.Count(more, "problem", "problems"))))
	}
	out = append(out, m.styled(m.theme.faint.Render, strings.Repeat(" ", inset), f.hint(m, field, w), w)...)
	if focused && m.notedAtField() {
		out = append(out, m.styled(m.theme.warn.Render, strings.Repeat(" ", inset), m.notice, w)...)
	}
	return out
}

// hint is what a right answer leads to, where it does not stand beside the answer.
func (f *form) hint(m *Model, field steps.Field, w int) string {
	switch {
	case field.Key == steps.GoalKey:
		return m.goalHint()
	case field.Kind == steps.Text && m.asideFits(field, w-4-f.labelWidth(w)):
		return ""
	}
	return m.means(field)
}

// ordered puts the problems of the line with the cursor first, then errors.
func (f *form) ordered(ps []problem.Problem) []problem.Problem {
	l, ok := f.inputs[f.at].(*list)
	if !ok || len(ps) < 2 {
		return ps
	}
	rank := func(p problem.Problem) int {
		switch {
		case p.Key == f.field().Key && p.Line == l.ed.Line():
			return 0
		case p.Severity() == problem.Error:
			return 1
		}
		return 2
	}
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, func(a, b problem.Problem) int { return rank(a) - rank(b) })
	return ps
}

// problem draws one finding at a field: a mark, then the sentence, wrapped.
func (m *Model) problem(p problem.Problem, fieldKey string, w, inset int) []string {
	mark, style := "! ", m.theme.bad
	if p.Severity() == problem.Warning {
		mark, style = "~ ", m.theme.warn
	}
	text := steps.Sentence(p, m.step)
	switch {
	case p.Key != fieldKey:
		text = steps.Place(p) + ": " + text
	case p.Line > 0:
		text = fmt.Sprintf("line %d: %s", p.Line, text)
	}
	var out []string
	for i, l := range wrap(text, max(w-inset-2, 20)) {
		if i > 0 {
			mark = "  "
		}
		out = append(out, strings.Repeat(" ", inset)+style.Render(mark+l))
	}
	return out
}

// shownProblems are those of a field that may be shown now: all once the field
// was touched, and those of a default or kept answer that is wrong by itself.
//
// One that is about an answer seen before is shown at once where it can be fixed.
func (m *Model) shownProblems(field steps.Field) []problem.Problem {
	ps := m.ByKey[field.Key]
	if m.Seen[field.Key] {
		return ps
	}
	var others []problem.Problem
	for _, p := range ps {
		if p.Key != field.Key && m.Seen[p.Key] {
			others = append(others, p)
		}
	}
	if _, explicit := m.Answers.Explicit(field.Key); explicit {
		if form, ok := m.page.(*form); ok && form.typed[field.Key] == 0 {
			return ps
		}
	}
	return others
}

// means is what a right answer leads to; "" while nothing is to be said.
func (m *Model) means(f steps.Field) string {
	if f.Means == nil || f.Kind != steps.Lines && problem.HasErrors(m.ByKey[f.Key]) {
		return ""
	}
	return f.Means(m.Cluster, m.Now())
}

// aside stands at the right edge of a one-line field, w cells wide with it:
// what the answer means where there is room, and whether it is the default.
func (m *Model) aside(f steps.Field, w int) string {
	if !m.asideFits(f, w) {
		if ansi.StringWidth(m.Answers.Get(f.Key)+m.origin(f))+2 > w {
			return ""
		}
		return m.origin(f)
	}
	return strings.TrimSpace(m.means(f) + "  " + m.origin(f))
}

// asideFits reports whether the meaning stands beside the answer: as long as
// both leave room to type.
func (m *Model) asideFits(f steps.Field, w int) bool {
	const roomToType = 6
	value := max(ansi.StringWidth(m.Answers.Get(f.Key)), 12)
	return value+roomToType+ansi.StringWidth(m.means(f))+ansi.StringWidth(m.origin(f)) <= w
}

// origin says where an answer comes from, and whether it is the default, for the right edge of its row.
func (m *Model) origin(f steps.Field) string {
	value, explicit := m.Answers.Explicit(f.Key)
	switch from := m.Answers.Origin(f.Key); {
	case from != "":
		return "from " + originName(from)
	case !explicit && m.Answers.Get(f.Key) != "":
		return "default"
	case !explicit && f.Optional, explicit && value == "" && f.Optional:
		return "optional"
	}
	return ""
}
