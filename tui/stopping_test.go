package tui

import (
	"syscall"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/tui/wizard"
)

// held is a wizard whose run does not come to its end before release is called.
type held struct {
	*driver
	results chan tea.Msg
	open    int // commands that have not brought their message yet
	gate    chan struct{}
}

// hold confirms the review and returns while the run is at its last step.
func hold(t *testing.T) *held {
	t.Helper()
	h := &held{results: make(chan tea.Msg), gate: make(chan struct{})}
	there := make(chan struct{})
	a := articleAnswers(t)
	set(t, a, steps.AlgorithmKey, "ECDSA-P256")
	h.driver = drive(t, 80, 24, wizard.Options{Answers: a, SaveAnswers: func(string, *steps.Answers) (string, error) {
		close(there)
		<-h.gate
		return "", nil
	}})
	for range h.m.Steps() {
		h.press("ctrl+n")
	}
	h.see("Review")
	_, cmd := h.m.Update(tea.KeyMsg{Type: tea.KeyCtrlN})
	for _, c := range cmd().(tea.BatchMsg) {
		h.open++
		go func() { h.results <- c() }()
	}
	select {
	case <-there:
	case <-time.After(10 * time.Second):
		t.Fatal("the run has not come to its last step in ten seconds")
	}
	return h
}

// release lets the run end and brings what it says.
func (h *held) release() {
	close(h.gate)
	for range h.open {
		h.send(<-h.results)
	}
}

// TestWritingIsNotLeft holds that no key leads away from a run that writes, and
// that ctrl+c says why it stays.
func TestWritingIsNotLeft(t *testing.T) {
	h := hold(t)
	h.see("Making", "ctrl+c stop")
	for _, k := range []string{"esc", "ctrl+n", "ctrl+o", "alt+1", "alt+9", "enter", "q"} {
		h.press(k).see("Making").seeNot("Pages reached")
	}
	for range 3 {
		h.press("ctrl+c").see("Making", "stopping: waiting until the files are as before, or all new")
		if h.quit {
			t.Fatal("ctrl+c has left a run that writes")
		}
	}
	h.release()
	// It was too late to stop: what is there is whole, and said so.
	h.see("Done", "Wrote 17 files").seeNot("stopping")
	if h.quit || !h.m.Outcome.Done {
		t.Errorf("quit %t, done %t", h.quit, h.m.Outcome.Done)
	}
}

// TestSignalWaitsForTheRun holds that a signal ends the wizard only when the
// files are in a consistent state.
func TestSignalWaitsForTheRun(t *testing.T) {
	h := hold(t)
	h.send(stopMsg{syscall.SIGTERM})
	if h.quit {
		t.Fatal("a signal has left a run that writes")
	}
	h.release()
	if !h.quit || h.m.signal != syscall.SIGTERM || !h.m.Outcome.Done {
		t.Errorf("quit %t, outcome %+v", h.quit, h.m.Outcome)
	}
}
