package editor

import (
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// median returns the middle of the times that do takes.
func median(count int, do func()) time.Duration {
	times := make([]time.Duration, count)
	for i := range times {
		start := time.Now()
		do()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[count/2]
}

// The bounds are those of the operator's eye and far above what the benchmarks
// show, so that they hold on a busy machine with the race detector; an editor
// that draws every line for every frame still breaks them.
func TestFastEnough(t *testing.T) {
	m := focused(numbered(5000))
	m.SetSize(110, 40)
	m.GotoLine(2500)
	if got := median(51, func() { press(m, "x"); _ = m.View() }); got > 16*time.Millisecond {
		t.Errorf("a key and a frame with 5000 lines take %v, want at most 16ms", got)
	}
	text := numbered(2000)
	if got := median(5, func() { paste(m, text); _ = m.View() }); got > 30*time.Millisecond {
		t.Errorf("pasting 2000 lines and a frame take %v, want at most 30ms", got)
	}
	if want := 5000 + 5*1999; m.LineCount() != want {
		t.Errorf("there are %d lines, want %d", m.LineCount(), want)
	}
}

// One key and the frame after it, in the middle of a long list: what an
// operator waits for. The value is read too, as the page around the editor does
// to judge it.
func BenchmarkKeyAndView(b *testing.B) {
	for _, size := range []struct {
		name  string
		lines int
	}{{"50", 50}, {"5000", 5000}, {"10000", 10000}} {
		b.Run(size.name, func(b *testing.B) {
			m := focused(numbered(size.lines))
			m.SetSize(110, 40)
			m.GotoLine(size.lines / 2)
			keys := []tea.KeyMsg{
				{Type: tea.KeyRunes, Runes: []rune{'x'}}, {Type: tea.KeyBackspace},
				{Type: tea.KeyEnter}, {Type: tea.KeyBackspace}, {Type: tea.KeyDown}, {Type: tea.KeyUp},
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				m.Update(keys[i%len(keys)])
				_ = m.View()
				_ = m.Value()
				i++
			}
		})
	}
}

func BenchmarkPaste(b *testing.B) {
	msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(numbered(2000)), Paste: true}
	text := numbered(5000)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		m := focused(text)
		m.GotoLine(2500)
		b.StartTimer()
		m.Update(msg)
		_ = m.View()
	}
}
