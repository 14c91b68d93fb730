package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// guard keeps a key that is held down, or was meant for the page before, from doing what
// cannot be taken back. It opens when the page was on the screen for a pause in which
// the key was not pressed; then one press counts, if it is not repeated at once.
type guard struct {
	pause time.Duration // 0 for no guard, in tests of pages
	since time.Time     // the page was drawn, or the key came too early; zero before
	press int           // numbers the presses
	waits bool          // a press waits for not being repeated
}

const (
	// guardTime is longer than a keyboard waits before it repeats a key that is held:
	// 660 ms under X, a second at most where one can choose.
	guardTime = 1200 * time.Millisecond
	// pressTime is longer than from one repetition to the next: 92 ms on a console.
	pressTime = 200 * time.Millisecond
)

// armMsg says that a guard may have opened, for the footer.
type armMsg struct{ page page }

// pressedMsg says that a press was not repeated.
type pressedMsg struct {
	press int
	act   func() tea.Cmd
}

// shut begins again with the next frame.
func (g *guard) shut() {
	g.since, g.waits = time.Time{}, false
	g.press++ // one that waits is dropped
}

// drawn notes that the page is on the screen.
func (g *guard) drawn(now time.Time) {
	if g.since.IsZero() {
		g.since = now
	}
}

// open reports whether a press counts now.
func (g *guard) open(now time.Time) bool {
	return g.pause == 0 || !g.since.IsZero() && now.Sub(g.since) >= g.pause
}

// armed reports whether the page may offer what cannot be taken back.
func (m *Model) armed() bool { return m.guard.open(time.Now()) }

// rearm asks for a look at the guard when it may be open.
func (m *Model) rearm() tea.Cmd {
	page := m.page
	return tea.Tick(m.guard.pause, func(time.Time) tea.Msg { return armMsg{page} })
}

// arm draws the footer again, and once more where the guard is not yet open.
func (m *Model) arm(msg armMsg) tea.Cmd {
	if msg.page != m.page || m.armed() {
		return nil
	}
	return m.rearm()
}

// once does what cannot be taken back, if the key for it was pressed on purpose.
func (m *Model) once(act func() tea.Cmd) tea.Cmd {
	g := &m.guard
	if g.pause == 0 {
		return act()
	}
	now := time.Now()
	if held := g.waits; held || !g.open(now) {
		g.since, g.waits = now, false
		g.press++
		if m.notice = "this page has only just come: look at it, then press the key once"; held {
			m.notice = "a key that is held down does nothing here: press it once"
		}
		return m.rearm()
	}
	g.waits = true
	g.press++
	press := g.press
	return tea.Tick(pressTime, func(time.Time) tea.Msg { return pressedMsg{press, act} })
}

// pressed does what waited, if no other press and no other page has come.
func (m *Model) pressed(msg pressedMsg) tea.Cmd {
	if !m.guard.waits || msg.press != m.guard.press {
		return nil
	}
	m.guard.waits = false
	return msg.act()
}
