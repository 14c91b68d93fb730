package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/reading/certinfo"
	"certwright/tui/text"
	"certwright/tui/wizard"
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
		61: "kube-master1/kubelet  system:node:kube…  2026-11-23  in 9 day",
		35: "kube-master1/kubelet  in 9 day",
		25: "kube-ma…kubelet  in 9 day",
	} {
		got := strings.TrimRight(fit(w, of...).row(cells, func(_ int, s string) string { return s }), " ")
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

// seenNodes are the kubelets' certificates of some nodes.
func seenNodes(n int) []certinfo.Seen {
	out := make([]certinfo.Seen, 0, n)
	for i := range n {
		node := fmt.Sprintf("worker%d", i)
		out = append(out, certinfo.Seen{Name: node + "/kubelet-client", Group: node, Shown: "the kubelet, as a client of the API",
			Entry: certinfo.Entry{File: "pki/nodes/" + node + "/etc/kubernetes/kubelet.conf", Kind: certinfo.Certificate,
				NotAfter: testNow.Add(time.Duration(i+2) * 24 * time.Hour), SANs: []string{node},
				Subject: certinfo.Name{CommonName: "system:node:" + node, Organization: []string{"system:nodes"}},
				Issuer:  certinfo.Name{CommonName: "kubernetes-ca"}}})
	}
	return out
}

// TestNamesAreWholeWhereThereIsRoom: at each width nothing is cut as long as a column
// that matters less could go instead, and from 120 cells on nothing is missing.
func TestNamesAreWholeWhereThereIsRoom(t *testing.T) {
	m := New(t.Context(), wizard.Options{Now: func() time.Time { return testNow }}, true)
	c := newCertificates(m)
	c.take(m, seenNodes(40))
	for w, want := range map[int][]string{
		60:  {"kubelet-client", "system:node:wo… system:nodes", "in 4 days"},
		80:  {"kubelet-client", "system:node:worker2, system:nodes", "2026-11-27", "in 4 days"},
		120: {"kubelet-client", "system:node:worker2, system:nodes", "kubernetes-ca", "1 SAN", "2026-11-27", "in 4 days"},
		200: {"kubelet-client", "the kubelet, as a client of the API", "system:node:worker2, system:nodes", "kubernetes-ca", "1 SAN", "2026-11-27", "in 4 days"},
	} {
		c.at = 2
		screen := ansi.Strip(c.view(m, w, 30))
		line := ""
		for l := range strings.SplitSeq(screen, "\n") {
			if strings.HasPrefix(l, ">") {
				line = l
			}
		}
		for _, s := range want {
			if !strings.Contains(line, s) {
				t.Errorf("width %d: no %q in %q", w, s, line)
			}
		}
		if w > 60 && strings.Contains(line, "…") {
			t.Errorf("width %d: cut: %q", w, line)
		}
		if !strings.Contains(screen, "\nworker2 ") || !strings.Contains(screen, "  3/40") {
			t.Errorf("width %d: neither heading nor place:\n%s", w, screen)
		}
	}
}

// TestFilter looks for words in a list: what is typed is no command meanwhile, the row
// with the cursor keeps it, and esc shows all again before it goes back.
func TestFilter(t *testing.T) {
	m := New(t.Context(), wizard.Options{Now: func() time.Time { return testNow }}, true)
	c := newCertificates(m)
	c.take(m, seenNodes(30))
	press := func(keys ...string) {
		for _, k := range keys {
			msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
			if typ, ok := keyTypes[k]; ok {
				msg = tea.KeyMsg{Type: typ}
			}
			if !c.update(msg) {
				t.Fatalf("the list did not take %q", k)
			}
		}
	}
	press("down", "down", "down", "/", "WORKER2", " ", "kubelet")
	if len(c.shown) != 11 || c.seen[c.selected()].Group != "worker2" { // the first that is left
		t.Errorf("%d rows, at %s", len(c.shown), c.seen[c.selected()].Group)
	}
	press("down")
	if screen := ansi.Strip(c.view(m, 80, 20)); !strings.Contains(screen, "/WORKER2 kubelet") || !strings.Contains(screen, "2/11 of 30") {
		t.Errorf("the filter is not seen:\n%s", screen)
	}
	press("enter")
	if got := c.seen[c.selected()].Group; c.typing || got != "worker20" {
		t.Errorf("at %s", got)
	}
	press("/", "x", "q")
	if screen := ansi.Strip(c.view(m, 80, 20)); !strings.Contains(screen, `nothing here has "WORKER2 kubeletxq"`) {
		t.Errorf("an empty list does not say why:\n%s", screen)
	}
	if c.selected() != -1 {
		t.Error("a row that is not shown is chosen")
	}
	press("backspace", "backspace", "enter", "esc")
	if len(c.shown) != 30 || c.update(tea.KeyMsg{Type: tea.KeyEsc}) {
		t.Errorf("%d rows after esc, and a second one belongs to the page", len(c.shown))
	}
}

// TestOneGroupHasNoHeading: where all rows belong together, no line is spent on it.
func TestOneGroupHasNoHeading(t *testing.T) {
	var l table
	l.set([]column{{name: true}}, []row{{group: "all", cells: []string{"a"}}, {group: "all", cells: []string{"b"}}})
	if len(l.lines) != 2 {
		t.Errorf("%d lines for two rows", len(l.lines))
	}
}

// BenchmarkFilter is the first letter that is looked for in 40,000 rows: on the screen within
// one frame (16 ms).
func BenchmarkFilter(b *testing.B) {
	m := New(b.Context(), wizard.Options{Now: func() time.Time { return testNow }}, true)
	rows := make([]row, 40000)
	for i := range rows {
		rows[i] = row{group: fmt.Sprintf("worker%d", i/8), cells: []string{"create", "0600", fmt.Sprintf("etc/kubernetes/pki/file%d.crt", i), "secret"}}
	}
	var l table
	l.set([]column{{state: true}, {}, {name: true}, {}}, rows)
	for b.Loop() {
		l.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("/")})
		l.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("Y")})
		l.view(m, 120, 40)
		l.update(tea.KeyMsg{Type: tea.KeyEsc})
	}
}

// TestFilterWords finds words whatever their case.
func TestFilterWords(t *testing.T) {
	for word, want := range map[string]bool{"äpfel": true, "pki": true, "pkis": false, "": true, "北京": true} {
		if (&row{cells: []string{"ÄPFEL", "PKI", "北京市"}}).has(word) != want {
			t.Errorf("%q: want %v", word, want)
		}
	}
}
