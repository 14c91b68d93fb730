package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/viewport"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/steps"
)

// overlay lies over the page and takes all keys until it closes itself.
type overlay interface {
	update(m *Model, msg tea.KeyMsg) tea.Cmd
	view(m *Model, w, h int) string
	keys(m *Model) []key.Binding
}

// textCache keeps what is costly to lay out and the same for many frames.
type textCache struct {
	whyStep  string
	whyWidth int
	why      []string
	// preview belongs to a build of the answers.
	previewOf                 int
	previewStep, previewTitle string
	preview                   []string
	// hint belongs to a build of the answers and a reading of the set.
	hintOf [2]int
	hint   string
}

// whyText is the teaching text of a step in lines of w cells: its first sentence, which
// suffices, is bold; the rest is quiet.
func (m *Model) whyText(stepKey string, w int) []string {
	if c := &m.texts; c.whyStep != stepKey || c.whyWidth != w {
		first, rest := steps.Why(stepKey)
		c.whyStep, c.whyWidth = stepKey, w
		c.why = append(m.styled(m.theme.strong.Render, "", first, w), "")
		c.why = append(c.why, m.styled(m.theme.faint.Render, "", rest, w)...)
	}
	return slices.Clone(m.texts.why)
}

// previewLimit bounds the JSON shown: the whole stands in the review.
const previewLimit = 200

// preview is the JSON that the answers make so far.
func (m *Model) preview(step steps.Step) (title string, lines []string) {
	c := &m.texts
	if c.previewOf != m.Builds || c.previewStep != step.Key {
		c.previewOf, c.previewStep = m.Builds, step.Key
		c.previewTitle, c.preview = m.makePreview(step)
	}
	return c.previewTitle, slices.Clone(c.preview)
}

func (m *Model) makePreview(step steps.Step) (title string, lines []string) {
	layout, ok := catalog.LayoutOf(m.Cluster)
	if !ok || len(step.Shows) == 0 {
		return "", nil
	}
	var body []byte
	if step.Shows[0] == steps.ShowsConfig {
		title, body = layout.Config, catalog.ConfigJSON(layout, m.Cluster)
	} else if c := firstShown(layout.Certificates(m.Cluster), step.Shows); c != nil {
		title, body = c.Files.Request, c.RequestJSON()
	}
	lines = strings.Split(strings.TrimRight(string(body), "\n"), "\n")
	if len(lines) > previewLimit {
		lines = append(lines[:previewLimit], "…")
	}
	return title, lines
}

// firstShown is the first certificate with a request that is of one of these
// roles, the first of them that this cluster has; nil for none.
func firstShown(certs []catalog.Certificate, roles []string) *catalog.Certificate {
	for _, name := range roles {
		for i := range certs {
			if certs[i].Entry.Name == name && certs[i].Files.Request != "" {
				return &certs[i]
			}
		}
	}
	return nil
}

// panelWidth is that of the side panel in a window w cells wide.
func panelWidth(w int) int { return min(max(34, (w-railWidth)/3), 60) }

// panel is the side panel: why the question is asked, and what the answers
// make. There is none on narrow windows and on pages without a question.
func (m *Model) panel(h int) (string, bool) {
	if m.w < widePanel || m.step == "" || m.overlay != nil {
		return "", false
	}
	w := panelWidth(m.w)
	if f, ok := m.page.(*form); ok && f.besides() && m.w-railWidth-w-5 < wholeEntries {
		return "", false
	}
	step, _ := m.Find(m.step)
	lines := m.whyText(m.step, w)
	if title, body := m.preview(step); title != "" && len(lines)+6 <= h {
		lines = append(lines, "", m.theme.text.Render("Here: "+title))
		for _, l := range body {
			lines = append(lines, m.theme.faint.Render(cut(l, w)))
		}
	}
	if len(lines) > h {
		lines = append(lines[:h-1], m.theme.faint.Render("? shows the rest"))
	}
	return block(lines, w, h), true
}

// scroller is a pane of text that scrolls.
type scroller struct {
	port viewport.Model
	text []string // that the pane has; it is measured when it is another one
}

func newScroller() scroller {
	port := viewport.New(0, 0)
	port.MouseWheelEnabled = false
	return scroller{port: port}
}

// keyLines are all keys of the page, in two columns of a text w cells wide where they
// have room.
func (m *Model) keyLines(w int) []string {
	var cells []string
	for _, k := range append(m.page.keys(m), keyJump, keySuspend) {
		cells = append(cells, m.theme.strong.Render(pad(k.Help().Key, 10))+" "+k.Help().Desc)
	}
	if slices.ContainsFunc(cells, func(s string) bool { return ansi.StringWidth(s) > w/2-gap }) {
		return append(cells, "") // in two columns one would be cut
	}
	for i, c := range cells {
		cells[i] = pad(c, w/2)
	}
	var lines []string
	for i := range (len(cells) + 1) / 2 {
		line := cells[i]
		if second := i + (len(cells)+1)/2; second < len(cells) {
			line += cells[second]
		}
		lines = append(lines, line)
	}
	return append(lines, "")
}

// newWhy is the overlay that shows the keys of the page, and teaches what it is about.
func newWhy(m *Model) overlay {
	step, _ := m.Find(m.step)
	return newReading(76, func(w int) []string {
		lines := append(m.keyLines(w), m.whyText(step.Key, w)...)
		if title, body := m.preview(step); title != "" {
			lines = append(lines, "", m.theme.strong.Render(title+", as the answers make it now"))
			for _, l := range body {
				lines = append(lines, m.theme.faint.Render(l))
			}
		}
		return lines
	})
}

// newKeys is the overlay that shows the keys of a page that asks nothing.
func newKeys(m *Model) overlay {
	return newReading(76, m.keyLines)
}

// scroll moves the text by a key.
func (s *scroller) scroll(msg tea.Msg) {
	if k, ok := msg.(tea.KeyMsg); ok {
		switch k.Type {
		case tea.KeyHome:
			s.port.GotoTop()
			return
		case tea.KeyEnd:
			s.port.GotoBottom()
			return
		}
	}
	s.port, _ = s.port.Update(msg)
}

// draw shows lines in the scrolling pane, with what is left below in words.
func (s *scroller) draw(m *Model, lines []string, w, h int) string {
	if s.port.Width != w || !slices.Equal(s.text, lines) {
		s.text = slices.Clone(lines)
		for i, l := range lines {
			lines[i] = cut(l, w)
		}
		s.port.SetContent(strings.Join(lines, "\n"))
	}
	s.port.Width, s.port.Height = w, h
	shown := strings.Split(s.port.View(), "\n")
	if rest := len(lines) - s.port.YOffset - h; rest > 0 && h > 2 {
		shown[h-1] = m.theme.faint.Render("↓ " + spec.Count(rest+1, "more line", "more lines"))
	}
	return block(shown, w, h)
}
