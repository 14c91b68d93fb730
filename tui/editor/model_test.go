package editor

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// naive is the editor as one would write it without a care for speed: the
// characters left and right of the cursor. It never looks for the bounds of a
// character, because it keeps each as the unit it was typed as.
type naive struct {
	left, right []string
	goal        int
}

// units are what is typed: every one is one character on the screen.
var units = []struct {
	text  string
	width int
}{
	{"a", 1}, {"1", 1}, {".", 1}, {"-", 1}, {",", 1}, {" ", 1}, {"\n", 0}, {"\t", 0}, {"é", 1}, {"e\u0301", 1},
	{"北", 2}, {"，", 2}, {"👍🏽", 2}, {"🇨🇳", 2}, {"\u200b", 1},
}

func widthOf(unit string, column int) int {
	if unit == "\t" {
		return 8 - column%8
	}
	for _, u := range units {
		if u.text == unit {
			return u.width
		}
	}
	panic("unknown unit " + unit)
}

func isSpace(unit string) bool {
	return slices.Contains([]string{" ", "\t", ",", "，"}, unit)
}

// lineLeft returns how many units stand between the start of the line and the cursor.
func (n *naive) lineLeft() int {
	return len(n.left) - 1 - lastIndex(n.left, "\n")
}

// lineRight returns how many units stand between the cursor and the end of the line.
func (n *naive) lineRight() int {
	if i := slices.Index(n.right, "\n"); i >= 0 {
		return i
	}
	return len(n.right)
}

func lastIndex(units []string, unit string) int {
	for i := len(units) - 1; i >= 0; i-- {
		if units[i] == unit {
			return i
		}
	}
	return -1
}

// move moves the cursor by so many units, which may be more than there are.
func (n *naive) move(by int) {
	all := slices.Concat(n.left, n.right)
	at := min(max(len(n.left)+by, 0), len(all))
	n.left, n.right = slices.Clone(all[:at]), slices.Clone(all[at:])
}

func (n *naive) deleteLeft(count int) {
	n.left = n.left[:max(len(n.left)-count, 0)]
}

func (n *naive) deleteRight(count int) {
	n.right = n.right[min(count, len(n.right)):]
}

// wordLeft returns how many units ctrl+left goes over.
func (n *naive) wordLeft() int {
	count, limit := 0, n.lineLeft()
	for count < limit && isSpace(n.left[len(n.left)-1-count]) {
		count++
	}
	for count < limit && !isSpace(n.left[len(n.left)-1-count]) {
		count++
	}
	return max(count, 1)
}

func (n *naive) wordRight() int {
	count, limit := 0, n.lineRight()
	for count < limit && isSpace(n.right[count]) {
		count++
	}
	for count < limit && !isSpace(n.right[count]) {
		count++
	}
	return max(count, 1)
}

func (n *naive) column() int {
	column := 0
	for _, unit := range n.left[len(n.left)-n.lineLeft():] {
		column += widthOf(unit, column)
	}
	return column
}

func (n *naive) vertical(by int) {
	if n.goal < 0 {
		n.goal = n.column()
	}
	for ; by < 0; by++ {
		if lastIndex(n.left, "\n") < 0 {
			break
		}
		n.move(-n.lineLeft() - 1)
	}
	for ; by > 0; by-- {
		if slices.Index(n.right, "\n") < 0 {
			break
		}
		n.move(n.lineRight() + 1)
	}
	n.move(-n.lineLeft())
	for column := 0; n.lineRight() > 0; n.move(1) {
		if column += widthOf(n.right[0], column); column > n.goal {
			break
		}
	}
}

func (n *naive) key(key string, page int) {
	switch key {
	case "up", "down", "pgup", "pgdown":
		n.vertical(map[string]int{"up": -1, "down": 1, "pgup": -page, "pgdown": page}[key])
		return
	case "enter":
		n.left = append(n.left, "\n")
	case "backspace":
		n.deleteLeft(1)
	case "delete":
		n.deleteRight(1)
	case "left":
		n.move(-1)
	case "right":
		n.move(1)
	case "home":
		n.move(-n.lineLeft())
	case "end":
		n.move(n.lineRight())
	case "ctrl+home":
		n.move(-len(n.left))
	case "ctrl+end":
		n.move(len(n.right))
	case "ctrl+left":
		n.move(-n.wordLeft())
	case "ctrl+right":
		n.move(n.wordRight())
	case "ctrl+w":
		n.deleteLeft(n.wordLeft())
	case "ctrl+u":
		n.deleteLeft(n.lineLeft())
	case "ctrl+k":
		n.deleteRight(max(n.lineRight(), 1))
	}
	n.goal = -1
}

func (n *naive) withCursor() string {
	return strings.Join(n.left, "") + "|" + strings.Join(n.right, "")
}

// expanded returns the text of each line as it looks on a wide enough screen.
func (n *naive) expanded() []string {
	var lines []string
	var line strings.Builder
	column := 0
	for _, unit := range append(slices.Concat(n.left, n.right), "\n") {
		width := widthOf(unit, column)
		switch unit {
		case "\n":
			lines = append(lines, strings.TrimRight(line.String(), " "))
			line.Reset()
			column = 0
			continue
		case "\t":
			line.WriteString(strings.Repeat(" ", width))
		case "\u200b":
			line.WriteString("\uFFFD")
		default:
			line.WriteString(unit)
		}
		column += width
	}
	return lines
}

// Random edits give the same text and the same cursor as the naive model, at
// every step, and the screen shows that text.
func TestAgainstNaiveModel(t *testing.T) {
	keys := []string{
		"up", "down", "pgup", "pgdown", "left", "right", "home", "end", "ctrl+home", "ctrl+end",
		"ctrl+left", "ctrl+right", "enter", "enter", "backspace", "delete", "ctrl+w", "ctrl+u", "ctrl+k",
	}
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		m, n := focused(""), &naive{goal: -1}
		var trace []string
		for range 300 {
			if random.IntN(40) == 0 {
				m.SetSize(random.IntN(60), random.IntN(12))
			}
			version, value := m.Version(), m.Value()
			what := keys[random.IntN(len(keys))]
			switch choice := random.IntN(10); {
			case choice < 5:
				what = units[random.IntN(len(units))].text
				m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(what)})
				n.left, n.goal = append(n.left, what), -1
			case choice < 6:
				what = ""
				for range random.IntN(30) {
					unit := units[random.IntN(len(units))].text
					what += unit
					n.left = append(n.left, unit)
				}
				n.goal = -1
				paste(m, what)
			default:
				press(m, what)
				n.key(what, m.page())
			}
			trace = append(trace, what)
			if got, want := withCursor(m), n.withCursor(); got != want {
				t.Fatalf("seed %d after %q:\ngot  %q\nwant %q", seed, trace, got, want)
			}
			if (m.Version() != version) != (m.Value() != value) {
				t.Fatalf("seed %d after %q: version %d to %d, value %q to %q",
					seed, trace, version, m.Version(), value, m.Value())
			}
			checkSize(t, m)
		}
		m.SetSize(2000, m.LineCount())
		shown := strings.Split(ansi.Strip(m.View()), "\n")
		for i, want := range n.expanded() {
			if got := strings.TrimRight(shown[i][m.gutterWidth():], " "); got != want {
				t.Fatalf("seed %d, line %d: got %q, want %q", seed, i+1, got, want)
			}
		}
	}
}
