package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

var keyOpen = bind("open", "enter")

// table is the list of the wizard: rows in columns, under the headings of their groups,
// with one selected. It draws only what is seen, so that twenty thousand rows cost as
// little as twenty. Whoever has it says what there is to know of a row; that stands
// beside the list or below it.
type table struct {
	columns []column
	rows    []row
	signs   bool                    // some row has one
	groups  bool                    // not all belong to the same group
	about   func(i, w int) []string // of a row in lines of w cells; nil for nothing
	empty   string                  // what is said where there is no row

	at, top int // the selected one of those shown, and the first line seen
	high    int // lines of the last view
	filter
	shown []int // rows that the filter leaves
	lines []int // what is drawn: the place in shown of a row, or ^place of the one below a heading
	line  []int // of each one shown its line
	said  said
}

// row is one row of a table.
type row struct {
	group string // the heading below which it stands; "" for none
	sign  string // how it stands, in one cell: "!", "~", "✓"
	level level  // of the sign, and of the column that is its state
	cells []string
}

// level is how good or bad it is how something stands.
type level int

// The levels.
const (
	plain level = iota
	good
	warn
	bad
	quiet
)

// at is the style of a level.
func (t theme) at(l level) lipgloss.Style {
	return []lipgloss.Style{t.text, t.good, t.warn, t.bad, t.faint}[l]
}

// said is what about has said of a row.
type said struct {
	row, width int
	lines      []string
}

// set shows rows; groups stand in the order of their first rows.
func (t *table) set(columns []column, rows []row) {
	t.columns, t.rows = measure(columns, rows), rows
	t.signs = slices.ContainsFunc(rows, func(r row) bool { return r.sign != "" })
	t.groups = slices.ContainsFunc(rows, func(r row) bool { return r.group != rows[0].group })
	t.arrange()
}

// arrange works out which rows are shown, and where.
func (t *table) arrange() {
	t.shown = t.filter.of(t.rows)
	t.lines, t.line = t.lines[:0], t.line[:0]
	t.said = said{row: -1}
	for i, r := range t.shown {
		if g := t.rows[r].group; t.groups && g != "" && (i == 0 || t.rows[t.shown[i-1]].group != g) {
			t.lines = append(t.lines, ^i)
		}
		t.line = append(t.line, len(t.lines))
		t.lines = append(t.lines, i)
	}
	t.at = max(0, min(t.at, len(t.shown)-1))
}

// selected is the row with the cursor; -1 where none is shown.
func (t *table) selected() int {
	if len(t.shown) == 0 {
		return -1
	}
	return t.shown[t.at]
}

// goTo puts the cursor on a row, if it is shown.
func (t *table) goTo(row int) {
	if i := slices.Index(t.shown, row); i >= 0 {
		t.at = i
	}
}

// handles does what keys do in the list of a page: they filter, move, open a row, and show
// the keys. It reports whether the key was one of these.
func (t *table) handles(m *Model, msg tea.KeyMsg) bool {
	switch {
	case t.update(msg):
	case key.Matches(msg, keyOpen):
		t.opened(m)
	case key.Matches(msg, keyWhy):
		m.overlay = newKeys(m)
	default:
		return false
	}
	return true
}

// update filters, or moves the cursor, and reports whether the key was one of its own.
func (t *table) update(msg tea.KeyMsg) bool {
	if taken, changed := t.filter.update(msg); taken {
		if changed {
			row := t.selected()
			t.arrange()
			t.at = 0 // unless it is still there
			t.goTo(row)
		}
		return true
	}
	switch {
	case key.Matches(msg, keyUp):
		t.at--
	case key.Matches(msg, keyDown):
		t.at++
	case msg.Type == tea.KeyPgUp:
		t.at -= max(t.high-1, 1)
	case msg.Type == tea.KeyPgDown:
		t.at += max(t.high-1, 1)
	case msg.Type == tea.KeyHome:
		t.at = 0
	case msg.Type == tea.KeyEnd:
		t.at = len(t.shown) - 1
	default:
		return false
	}
	t.at = max(0, min(t.at, len(t.shown)-1))
	return true
}

// keys are those of a list in which enter opens what the cursor is on.
func (t *table) keys() []key.Binding {
	switch {
	case t.typing:
		return []key.Binding{named(keyEnter, "keep the filter"), named(keyBack, "show all")}
	case len(t.rows) == 0:
		return nil
	case t.query != "":
		return []key.Binding{named(keyUp, "choose"), keyOpen, named(keyBack, "show all")}
	}
	return []key.Binding{named(keyUp, "choose"), keyOpen, keyFilter}
}

// The sizes from which a list shares the page with what is said of its selected row.
const (
	leastAside = 54 // cells for the text beside the list
	asideGap   = 3  // cells between them
	lowList    = 11 // lines for the text below it
)

// view draws the list, and of the selected row what there is room for.
func (t *table) view(m *Model, w, h int) string {
	aside := w - t.natural() - asideGap
	switch {
	case len(t.rows) == 0:
		return block(m.styled(m.theme.faint.Render, "  ", t.empty, w), w, h)
	case t.about == nil || len(t.shown) == 0 || h < 2:
	case aside >= leastAside:
		list := t.draw(m, w-aside-asideGap, h)
		return beside(list, m.theme.faint.Render(" │ "), block(t.told(m, aside, h), aside, h))
	case h >= lowList:
		list := min(len(t.lines)+2, h-max(h/3, 4))
		return t.draw(m, w, list) + "\n" + block(indent("  ", t.told(m, w-2, h-list)), w, h-list)
	}
	return t.draw(m, w, h)
}

// told is what is said of the selected row, in at most h lines.
func (t *table) told(m *Model, w, h int) []string {
	if row := t.selected(); t.said.row != row || t.said.width != w {
		t.said = said{row, w, t.about(row, w)}
	}
	if len(t.said.lines) <= h {
		return slices.Clone(t.said.lines)
	}
	return append(slices.Clone(t.said.lines[:h-1]), m.theme.faint.Render("enter shows the rest"))
}

// natural is how wide the list is where no name has to be cut.
func (t *table) natural() int {
	n := t.margin() - gap
	for _, c := range t.columns {
		if c.want > 0 {
			n += c.want + gap
		}
	}
	return n
}

// margin is what the cursor and the signs take before the columns.
func (t *table) margin() int {
	if t.signs {
		return 2 * gap
	}
	return gap
}

// draw draws the list alone: the titles, the rows that are seen, and at its foot where
// one is.
func (t *table) draw(m *Model, w, h int) string {
	c := fit(w-t.margin(), t.columns...)
	var out []string
	if head := c.head(); head != "" && h > 3 {
		out = append(out, m.theme.faint.Render(strings.Repeat(" ", t.margin())+head))
	}
	if h < 2 {
		return block(t.seen(m, c, 1), w, h)
	}
	out = append(out, t.seen(m, c, h-len(out)-1)...)
	return block(append(out, t.foot(m, w)), w, h)
}

// seen are the lines in a window of h. The heading of what is at the top stays in sight.
func (t *table) seen(m *Model, c columns, h int) []string {
	if t.high = h; len(t.shown) == 0 {
		return []string{m.theme.faint.Render("  nothing here has " + t.quoted())}
	}
	at := span{t.line[t.at], t.line[t.at] + 1}
	grouped := h > 2 && len(t.lines) > len(t.shown)
	if grouped {
		at.from-- // its heading, or what hides behind that of the first line
	}
	t.top = follow(t.top, at, len(t.lines), h)
	out := make([]string, 0, h)
	for i, l := range t.lines[t.top:min(t.top+h, len(t.lines))] {
		switch {
		case l < 0:
			out = append(out, m.theme.strong.Render(t.rows[t.shown[^l]].group))
		case i == 0 && grouped && t.rows[t.shown[l]].group != "":
			out = append(out, m.theme.strong.Render(t.rows[t.shown[l]].group))
		default:
			out = append(out, t.drawRow(m, c, l))
		}
	}
	return out
}

// drawRow is one row. Its state has a colour, and the row has none.
func (t *table) drawRow(m *Model, c columns, i int) string {
	r := &t.rows[t.shown[i]]
	mark, style, state := "  ", m.theme.text, m.theme.at(r.level)
	if i == t.at {
		mark, style, state = m.theme.selected.Render("> "), m.theme.selected, state.Bold(true)
	}
	if t.signs {
		mark += state.Render(pad(r.sign, 1)) + " "
	}
	return mark + c.row(r.cells, func(i int, s string) string {
		if t.columns[i].state {
			return state.Render(s)
		}
		return style.Render(s)
	})
}
