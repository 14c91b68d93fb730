package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"certwright/tui/text"
)

// TestColumns holds that a row never is wider than its line, that columns go in their
// order, and that a name is cut only when nothing else can go, in its middle.
func TestColumns(t *testing.T) {
	of := []column{{title: "NAME", want: 20, name: true}, {title: "WHO", want: 30, least: 10, drop: 2}, {title: "EXPIRES", want: 10, drop: 1}, {title: "LEFT", want: 8}}
	cells := []string{"kube-master1/kubelet", "system:node:kube-master1, nodes", "2026-11-23", "in 9 day"}
	for w, want := range map[int]string{
		80: "kube-master1/kubelet  system:node:kube-master1, nod…  2026-11-23  in 9 day",
		60: "kube-master1/kubelet  system:node:kub…  2026-11-23  in 9 day",
		50: "kube-master1/kubelet  2026-11-23  in 9 day",
		35: "kube-master1/kubelet  in 9 day",
		25: "kube-ma…kubelet  in 9 day",
	} {
		got := strings.TrimRight(fit(w, of...).row(cells...), " ")
		if ansi.StringWidth(got) > w || got != want {
			t.Errorf("%d: %q, want %q", w, got, want)
		}
	}
	for w := 12; w < 100; w++ {
		if n := ansi.StringWidth(fit(w, of...).head()); n > w {
			t.Errorf("%d cells in a line of %d", n, w)
		}
	}
	if got := text.Middle("北京市-kubelet", 8); ansi.StringWidth(got) > 8 {
		t.Errorf("%q", got)
	}
}
