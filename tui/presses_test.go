package tui

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/tui/wizard"
)

// counted is a driver that counts key presses; what is pasted is none.
type counted struct {
	*driver
	presses int
}

func (c *counted) key(keys ...string) *counted {
	c.t.Helper()
	for _, k := range keys {
		if _, named := keyTypes[k]; !named && k != " " {
			c.t.Fatalf("%q is no key", k)
		}
		c.presses++
		c.press(k)
	}
	return c
}

func (c *counted) text(s string) *counted {
	c.t.Helper()
	c.paste(s)
	return c
}

func (c *counted) shows(texts ...string) *counted {
	c.t.Helper()
	c.see(texts...)
	return c
}

func (c *counted) atMost(most int, what string) {
	c.t.Helper()
	c.t.Logf("%s takes %d key presses", what, c.presses)
	if c.presses > most {
		c.t.Errorf("%s takes %d key presses, want %d at most", what, c.presses, most)
	}
}

// TestFewPresses holds how many keys the usual walks take, beyond what is pasted.
func TestFewPresses(t *testing.T) {
	c := &counted{driver: drive(t, 80, 24, wizard.Options{})}
	c.key("ctrl+r").text("cp1 10.0.0.1 control-plane,etcd\nw1 10.0.0.2 worker").key("ctrl+r").shows("Review", "make them")
	c.atMost(3, "to the review, with all defaults")

	c = &counted{driver: drive(t, 80, 24, wizard.Options{})}
	c.key("ctrl+r").text("m1 10.0.0.1 control-plane,etcd\nm2 10.0.0.2 control-plane,etcd\nm3 10.0.0.3 control-plane,etcd\nw1 10.0.0.4 worker\nw2 10.0.0.5 worker")
	c.key("ctrl+n").shows("API endpoint").text("10.0.0.100:6443").key("ctrl+r").shows("Review")
	c.atMost(20, "the review of three masters and two workers")

	c = &counted{driver: drive(t, 80, 24, wizard.Options{})}
	c.key("ctrl+n", "down", "down", "enter").shows("CA subject").key("tab", "tab").text("CN").key("tab").text("BeiJing").key("tab").text("BeiJing")
	c.key("ctrl+n").shows("Keys").key("ctrl+n").shows("Nodes")
	c.text("master1-3 192.168.214.88-90 control-plane\netcd1-3 192.168.214.200-202 etcd").key("ctrl+n").shows("API endpoint")
	c.text("kube-api.wangk8s-master.com:6443").key("tab").text("192.168.214.210").key("ctrl+n").shows("Networks")
	c.key("ctrl+u").text("10.254.0.0/16").key("ctrl+r").shows("Review", "17 files will be created").key("ctrl+n").shows("Done")
	c.atMost(60, "the article's cluster")
}

// BenchmarkEveryKey is one key press on each page of questions, with 5,000 nodes: each key
// has to be on the screen within one frame (16 ms).
func BenchmarkEveryKey(b *testing.B) {
	a := steps.NewAnswers()
	for key, value := range map[string]string{"nodes": manyNodes(5000), steps.AlgorithmKey: "ECDSA-P256", steps.DirKey: filepath.Join(b.TempDir(), "pki")} {
		if err := a.Set(key, value); err != nil {
			b.Fatal(err)
		}
	}
	m := New(b.Context(), wizard.Options{Answers: a, Now: func() time.Time { return testNow }}, true)
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	for _, step := range m.Steps() {
		for _, name := range []string{"down", " ", "tab", "x", "pgdown"} {
			msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
			if typ, named := keyTypes[name]; named {
				msg = tea.KeyMsg{Type: typ}
			}
			b.Run(step.Title+"/"+strings.TrimSpace(name), func(b *testing.B) {
				m.ask(step.Key)
				m.draw()
				for b.Loop() {
					m.Update(msg)
					m.draw()
				}
			})
		}
	}
}
