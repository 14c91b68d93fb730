package tui

import (
	"strings"

	"certwright/pkigen/judging/trust"
	"certwright/tui/text"
)

// trustMap is the drawing of who shows what to whom, as the review shows it. It
// is made when it is first looked at, and again for another width.
type trustMap struct {
	m     *trust.Map
	width int
	lines []string
}

// draw gives the lines of the map at a width; the caller may change them.
func (t *trustMap) draw(r *review, w int) []string {
	if t.m == nil {
		t.m = trust.Resolve(r.Plan.Layout, r.Plan.Cluster)
	}
	if t.lines == nil || t.width != w {
		var b strings.Builder
		// A strings.Builder takes everything.
		_ = text.Trust(&b, t.m, w-2)
		t.width, t.lines = w, strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	}
	return indent("  ", t.lines)
}
