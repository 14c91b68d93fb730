package line

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"certwright/steps"
	"certwright/tui/wizard"
)

// leaver ends a context when a text has been printed.
type leaver struct {
	at    string
	seen  strings.Builder
	leave func()
}

func (l *leaver) Write(p []byte) (int, error) {
	l.seen.Write(p)
	if strings.Contains(l.seen.String(), l.at) {
		l.leave()
	}
	return len(p), nil
}

// TestLeftWalkIsKept: whoever leaves in the middle of a step has all that was
// answered in the draft, and is told so only where it is true.
func TestLeftWalkIsKept(t *testing.T) {
	left := errors.New("left")
	for name, c := range map[string]struct {
		at    string // where it is left
		keeps error
		want  bool
	}{
		"in a step":        {"Country (C)", nil, true},
		"nothing answered": {"Number from 1 to 3", nil, false},
		"no room":          {"Country (C)", errors.New("full"), false},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		in, typed := io.Pipe()
		go func() { _, _ = io.WriteString(typed, "\n\n\nmy-lab\nmy-ca\n") }()
		a := steps.NewAnswers()
		if err := a.Set(steps.DirKey, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		kept := ""
		out, err := Run(ctx, wizard.Options{
			Answers: a,
			SaveDraft: func(_ string, a *steps.Answers) error {
				kept = a.Get("ca.CN")
				return c.keeps
			},
		}, Terminal{In: in, Out: &leaver{at: c.at, leave: func() { cancel(left) }}})
		typed.Close()
		if !errors.Is(err, left) || out.Drafted != c.want {
			t.Errorf("%s: %v, drafted %t", name, err, out.Drafted)
		}
		if c.want && kept != "my-ca" {
			t.Errorf("%s: kept %q", name, kept)
		}
	}
}

// TestChoiceAfterNonsense: a choice that is none leaves the default where it was.
func TestChoiceAfterNonsense(t *testing.T) {
	out, a, _ := walked(t, strings.NewReader("\n\nabc\n\n"))
	if n := strings.Count(out, "Number from 1 to 3 [1]: "); n != 2 {
		t.Errorf("%d prompts with a default, want 2:\n%s", n, out)
	}
	if _, given := a.Explicit("layout"); given || !strings.Contains(out, "Cluster name") {
		t.Errorf("the layout is %q", a.Get("layout"))
	}
}
