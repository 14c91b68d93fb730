package wizard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/making/issue"
	"certwright/steps"
	"certwright/steps/draft"
)

var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// article is a wizard on the article's cluster, in an empty directory.
func article(t *testing.T, opt Options) *Wizard {
	t.Helper()
	data, err := os.ReadFile("../../steps/testdata/article.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, bad := steps.ParseFile("article.yaml", data)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	opt.Answers, opt.Now = f.Answers, func() time.Time { return testNow }
	w := New(opt)
	w.Give(steps.DirKey, filepath.Join(t.TempDir(), "pki"))
	w.Give(steps.AlgorithmKey, "ECDSA-P256")
	return w
}

// reviewed comes to the review.
func reviewed(w *Wizard) *Review {
	w.Review()
	return w.Plan()()
}

// made carries a review out.
func made(t *testing.T, w *Wizard, r *Review) Ended {
	t.Helper()
	run, err := w.Confirm(r)
	if err != nil {
		t.Fatal(err)
	}
	if w.State() != Working {
		t.Errorf("state %d while it works", w.State())
	}
	end := run(t.Context(), func(issue.Event) {})
	w.Finish(end)
	return end
}

// TestStates goes from the questions to a set, and back to the questions.
func TestStates(t *testing.T) {
	drafts := 0
	w := article(t, Options{SaveDraft: func(string, *steps.Answers) error { drafts++; return nil }})
	if err := w.SaveDraft(); err != nil || drafts != 1 || !w.Drafted() {
		t.Errorf("%d drafts, %v", drafts, err)
	}
	r := reviewed(w)
	if w.State() != Reviewing || r.Err != nil {
		t.Fatalf("state %d, %v", w.State(), r.Err)
	}
	end := made(t, w, r)
	if w.State() != Done || !w.Outcome.Done || w.Loss() != "" {
		t.Fatalf("state %d, outcome %+v, loss %q", w.State(), w.Outcome, w.Loss())
	}
	w.Ask("ca")
	w.Give("ca.O", "other")
	w.Finish(end) // told a second time: what was typed since is no part of it
	if w.State() != Asking || w.End().Drafted != true || drafts != 2 {
		t.Errorf("state %d, %d drafts", w.State(), drafts)
	}
}

// TestKeysNeedTheWord: a private key is replaced by confirmations for this review alone.
func TestKeysNeedTheWord(t *testing.T) {
	w := article(t, Options{})
	made(t, w, reviewed(w))
	w.Give("ca.O", "other")
	r := reviewed(w)
	if _, err := w.Confirm(r); !errors.Is(err, ErrRefused) || w.State() != Reviewing {
		t.Fatalf("%v, state %d", err, w.State())
	}
	for typed, want := range map[string]string{
		"": "type: replace ca", "ca": "type: replace ca", "replace": "type: replace ca",
		"replace ca nobody": `no private key of "nobody" has to be replaced`,
	} {
		if err := w.Allow(r, typed); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", typed, err, want)
		}
	}
	if r = w.Plan()(); w.Confirmable(r) == nil {
		t.Error("refused words allow it")
	}
	if err := w.Allow(r, " replace  ca "); err != nil {
		t.Fatal(err)
	}
	if r = w.Plan()(); w.Confirmable(r) != nil {
		t.Error("the word does not allow it")
	}
	if r = reviewed(w); w.Confirmable(r) == nil {
		t.Error("the word outlives its review")
	}
}

// TestOffers: earlier answers are offered once for a directory, and not over what was typed.
func TestOffers(t *testing.T) {
	saved := func(string) []draft.Saved { return []draft.Saved{{Label: "the draft", Draft: true}} }
	w := New(Options{Saved: saved})
	w.Give(steps.DirKey, t.TempDir())
	if found, _ := w.Offers(); len(found) != 1 {
		t.Fatalf("%d offers", len(found))
	}
	if found, looked := w.Offers(); looked || found != nil {
		t.Error("offered twice")
	}
	w.Give(steps.DirKey, t.TempDir())
	w.Give("ca.CN", "typed")
	if _, looked := w.Offers(); looked {
		t.Error("offered over what was typed")
	}
}

// TestBrokenWorkIsTold: work that broke down leaves the state Failed, and a review can
// be confirmed again.
func TestBrokenWorkIsTold(t *testing.T) {
	w := article(t, Options{})
	r := reviewed(w)
	if _, err := w.Confirm(r); err != nil {
		t.Fatal(err)
	}
	w.Finish(Broken(errors.New("boom")))
	if w.State() != Failed || w.Outcome.Err == nil || w.Outcome.Done {
		t.Errorf("state %d, %+v", w.State(), w.Outcome)
	}
	made(t, w, w.Plan()())
}

// TestNotReviewed: only a review leads to the work.
func TestNotReviewed(t *testing.T) {
	w := article(t, Options{})
	r := reviewed(w)
	w.Ask("ca")
	if _, err := w.Confirm(r); err == nil || !strings.Contains(err.Error(), "review") {
		t.Errorf("confirmed from a question: %v", err)
	}
}
