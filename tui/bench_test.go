package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
)

// manyNodes are node lines for a cluster of n nodes.
func manyNodes(n int) string {
	var b strings.Builder
	b.WriteString("master1 10.255.0.1 control-plane,etcd\n")
	for i := range n - 1 {
		fmt.Fprintf(&b, "worker%d 10.%d.%d.%d worker\n", i, 100+i/62500, i/250%250, 1+i%250)
	}
	return b.String()
}

// BenchmarkKey is one key press: Update and View, which have to stay within
// one frame (16 ms) with 5,000 nodes typed in.
func BenchmarkKey(b *testing.B) {
	for _, n := range []int{6, 300, 5000} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			a := steps.NewAnswers()
			if err := a.Set("nodes", manyNodes(n)); err != nil {
				b.Fatal(err)
			}
			m := New(Options{Answers: a})
			m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
			m.ask("nodes")
			keys := []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("#")}, {Type: tea.KeyBackspace}}
			for i := 0; b.Loop(); i++ {
				m.Update(keys[i%2])
				m.draw()
			}
		})
	}
}
