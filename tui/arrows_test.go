package tui

import (
	"fmt"
	"math/rand/v2"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/tui/wizard"
)

// looking are keys that only look: arrows, and those that move a page or a field.
var looking = []string{"up", "down", "left", "right", "home", "end", "pgup", "pgdown", "tab", "shift+tab"}

// TestLookingChangesNothing presses random arrows on every page of every walk: no answer
// becomes another.
func TestLookingChangesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 3))
	for _, layout := range []string{"article.yaml", "three-ca.yaml"} {
		for _, size := range sizes {
			a := answersIn(t, layout)
			set(t, a, steps.AlgorithmKey, "ECDSA-P256")
			d := drive(t, size.w, size.h, wizard.Options{Answers: a})
			d.look(random)
			for range d.m.Steps() {
				d.press("ctrl+n").look(random)
			}
			d.see("Review")
		}
	}
}

// TestLookingAtASetChangesNothing is the same for the pages about a set that is there.
func TestLookingAtASetChangesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 4))
	runningSet(t, "three-ca.yaml", testNow.AddDate(0, 0, -10))
	for _, goal := range []string{"expiring", "some", "change", "replace"} {
		d := renewal(t, 80, 24)
		d.goal(goal).look(random)
		for range 4 {
			d.press("ctrl+n").look(random)
		}
	}
}

// look presses a random sequence of the keys that look, and asks after each whether the
// answers are what they were.
func (d *driver) look(random *rand.Rand) {
	d.t.Helper()
	page, before, pressed := d.m.page.name(d.m), d.m.Answers.Clone(), ""
	for range 40 {
		k := looking[random.IntN(len(looking))]
		if f, ok := d.m.page.(*form); ok && k == "tab" && len(f.fields) == 1 && f.field().Kind == steps.Lines {
			continue // there it is a blank between name and address
		}
		pressed += " " + k
		d.send(tea.KeyMsg{Type: keyTypes[k]})
		if now := d.m.Answers; !now.Equal(before) {
			d.t.Fatalf("%s: answers changed by%s\n%s", page, pressed, difference(before, now))
		}
		if now := d.m.page.name(d.m); now != page {
			d.t.Fatalf("%s: %s led to page %s", page, pressed, now)
		}
	}
}

func difference(before, now *steps.Answers) string {
	out := ""
	for _, k := range steps.Keys() {
		was, _ := before.Explicit(k.Key)
		if is, _ := now.Explicit(k.Key); is != was {
			out += fmt.Sprintf("%s: %q became %q\n", k.Key, was, is)
		}
	}
	return out
}
