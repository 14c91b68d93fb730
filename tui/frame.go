package tui

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/lipgloss"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/steps"
	"certwright/tui/ascii"
	"certwright/tui/text"
)

// The sizes at which the frame changes its shape, in cells.
const (
	minWidth   = 60
	minHeight  = 15
	railWidth  = 17
	wideRail   = 90  // from here the rail stands at the left
	widePanel  = 120 // from here the side panel stands at the right
	frameLines = 4   // header, rule, rule, footer
)

// frameTime is how often the screen is refreshed while a long paste runs in.
const frameTime = time.Second / 60

// View draws the frame. bubbletea asks for one after each message and shows
// sixty a second; while single keys pour into a long answer, those in between
// are not drawn. The settleMsg after the last key brings the true one.
func (m *Model) View() string {
	if m.settling && time.Since(m.drawn) < frameTime {
		return m.frame
	}
	m.drawn, m.frame = time.Now(), m.draw()
	if m.ascii {
		m.frame = ascii.Text(m.frame)
	}
	if !m.small() {
		m.guard.drawn(m.drawn)
	}
	return m.frame
}

// small reports whether the window has no room for a page. Before its size is known it
// has.
func (m *Model) small() bool { return m.w < minWidth || m.h < minHeight }

// draw makes header, rail, page, side panel and footer. It fills the window
// exactly: v1 of bubbletea cuts what is higher, from the top, unseen.
func (m *Model) draw() string {
	if m.small() {
		return m.tooSmall()
	}
	rule := m.theme.faint.Render(" " + strings.Repeat("─", m.w-2) + " ")
	return strings.Join([]string{m.header(), rule, m.body(m.h - frameLines), rule, m.footer()}, "\n")
}

func (m *Model) header() string {
	left := " " + m.theme.accent.Render("certwright") + m.theme.faint.Render("  "+shortPath(text.Clean(m.Dir()), m.w/2))
	return spread(left, m.theme.faint.Render(m.about())+" ", m.w)
}

// about is what the answers lead to so far: "article · 4 certificates". Before there
// are nodes, and where it may be about another set, nothing is said.
func (m *Model) about() string {
	layout, ok := catalog.LayoutOf(m.Cluster)
	nodes := len(m.Cluster.Nodes) > 0 || ok && layout.AsFound
	if m.Certificates == 0 || !nodes || m.step == steps.StepOf(steps.DirKey) || !steps.Making(m.Answers) && !(steps.Renewing(m.Answers) && m.OfSet()) {
		return ""
	}
	n := m.Certificates
	if m.OfSet() && m.Set.Inventory != nil && !steps.Changing(m.Answers) {
		n = len(m.Set.Inventory.Items) // what is being replaced is there twice
	}
	return m.Cluster.Layout + " · " + spec.Count(n, "certificate", "certificates")
}

// body is everything between the two rules.
func (m *Model) body(h int) string {
	if m.w < wideRail {
		return indented(m.titled(m.w-2, h, true), m.w)
	}
	rail := m.railView(railWidth, h)
	w := m.w - railWidth - 2
	if panel, ok := m.panel(h); ok {
		w -= panelWidth(m.w) + 3
		page := beside(m.titled(w, h, false), m.theme.faint.Render(" │ "), panel)
		return beside(rail, " ", beside(page, " ", strings.Repeat("\n", h-1)))
	}
	return beside(rail, " ", beside(m.titled(w, h, false), " ", strings.Repeat("\n", h-1)))
}

// titled is the page's title, a blank line where there is room, and the page or what
// lies over it.
func (m *Model) titled(w, h int, folded bool) string {
	top := []string{m.titleLine(w, folded)}
	if h > minHeight-frameLines {
		top = append(top, "")
	}
	rest := h - len(top)
	inner := ""
	if m.overlay != nil {
		inner = m.overlay.view(m, w, rest)
	} else {
		inner = m.page.view(m, w, rest)
	}
	return block(top, w, len(top)) + "\n" + inner
}

// footer is the keys that do something now, or the one thing to be said.
func (m *Model) footer() string {
	switch {
	case m.leaving:
		return pad(" "+m.theme.warn.Render(m.leavingText())+m.theme.faint.Render("   esc stay"), m.w)
	case m.notice != "" && !m.notedAtField():
		return pad(" "+m.theme.warn.Render(m.notice), m.w)
	}
	keys := m.page.keys(m)
	if m.overlay != nil {
		keys = m.overlay.keys(m)
	}
	return pad(" "+m.help.ShortHelpView(m.fitting(keys)), m.w)
}

// leavingText asks once whether one wants to leave.
func (m *Model) leavingText() string {
	say := "press ctrl+c again to leave"
	if loss := m.Loss(); loss != "" {
		say += "; " + loss
	} else if s, ok := m.page.(*summary); ok {
		say += "; " + s.checklist.leftText()
	}
	return say
}

// notedAtField reports whether the notice stands at the field that it is about. Where the
// page is higher than the window it might not be seen there.
func (m *Model) notedAtField() bool {
	f, form := m.page.(*form)
	return form && !f.over && m.overlay == nil
}

// fitting leaves out keys where there is no room: those that one guesses, then the
// last ones, but never the way out, nor the one that shows them all.
func (m *Model) fitting(keys []key.Binding) []key.Binding {
	m.help.Width = 0
	if !slices.ContainsFunc(keys[max(len(keys)-1, 0):], func(last key.Binding) bool {
		return last.Help().Key == keyQuit.Help().Key || last.Help().Key == keyWhy.Help().Key
	}) {
		m.help.Width = m.w - 2
		return keys
	}
	keys = slices.Clone(keys)
	for len(keys) > 2 && lipgloss.Width(m.help.ShortHelpView(keys)) > m.w-2 {
		at := len(keys) - 2
		if keys[at].Help().Key == keyWhy.Help().Key && at > 1 {
			at--
		}
		for _, guessed := range []key.Binding{named(keyUp, "choose"), keyLook, keyTab, keyBack, keyPages} {
			if i := slices.IndexFunc(keys, func(k key.Binding) bool { return k.Help() == guessed.Help() }); i >= 0 {
				at = i
			}
		}
		keys = slices.Delete(keys, at, at+1)
	}
	return keys
}

// tooSmall asks for more room; nothing typed is lost.
func (m *Model) tooSmall() string {
	text := fmt.Sprintf("certwright needs %d columns and %d lines; this window has %d and %d. Make it larger: nothing is lost.",
		minWidth, minHeight, m.w, m.h)
	switch {
	case m.leaving:
		text += "\n" + m.leavingText()
	case m.notice != "":
		text += "\n" + m.notice
	}
	if m.w < 1 || m.h < 1 {
		return ""
	}
	return block(wrap(text, m.w), m.w, m.h)
}

// indented puts one blank column at each side of a block.
func indented(s string, w int) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = pad(" "+l, w)
	}
	return strings.Join(lines, "\n")
}

// shortPath shows the end of a path that is too long.
func shortPath(p string, w int) string {
	p = filepath.ToSlash(p)
	if r := []rune(p); len(r) > w && w > 1 {
		return "…" + string(r[len(r)-w+1:])
	}
	return p
}
