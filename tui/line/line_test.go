package line

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"certwright/steps"
	"certwright/tui/wizard"
)

// walked runs line mode on an input until it ends, and gives what was printed
// and the answers.
func walked(t *testing.T, in io.Reader, pairs ...string) (string, *steps.Answers, error) {
	t.Helper()
	a := steps.NewAnswers()
	for i := 0; i < len(pairs); i += 2 {
		if err := a.Set(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Set(steps.DirKey, filepath.Join(t.TempDir(), "pki")); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	_, err := Run(t.Context(), wizard.Options{Answers: a}, Terminal{In: in, Out: &out, Echo: true})
	return out.String(), a, err
}

// toNodes answers everything before the nodes with Enter: two answers of the
// start, the layout, seven of the CA, three of the keys.
const toNodes = "\n\n" + "\n" + "\n\n\n\n\n\n\n" + "\n\n\n"

func TestLists(t *testing.T) {
	const three = "a 10.0.0.1 control-plane\nb 10.0.0.2 worker\nc 10.0.0.3 worker"
	for name, c := range map[string]struct{ had, in, want string }{
		"typed":                {"", "a 10.0.0.1\nb 10.0.0.2\n.\n", "a 10.0.0.1\nb 10.0.0.2"},
		"done ends too":        {"", "a 10.0.0.1\ndone\n", "a 10.0.0.1"},
		"enter keeps":          {three, "\n", three},
		"CRLF, tabs, blanks":   {"", "a\t10.0.0.1\r\n\r\n  b 10.0.0.2  \r\n.\r\n", "a\t10.0.0.1\nb 10.0.0.2"},
		"added to":             {three, "d 10.0.0.4\n.\n", three + "\nd 10.0.0.4"},
		"one changed":          {three, "2: x 10.0.0.9 worker\n.\n", "a 10.0.0.1 control-plane\nx 10.0.0.9 worker\nc 10.0.0.3 worker"},
		"one removed":          {three, "2:\n.\n", "a 10.0.0.1 control-plane\nc 10.0.0.3 worker"},
		"no such line":         {three, "9: x\n.\n", three},
		"started over":         {three, "clear\nd 10.0.0.4\n.\n", "d 10.0.0.4"},
		"an IPv6 is no number": {"", "2001:db8::1\n.\n", "2001:db8::1"},
		"a last line without":  {three, "d 10.0.0.4\n.", three + "\nd 10.0.0.4"},
		"wrong stays for back": {"", "a 10.0.0.1/24\n.\nback\n", "a 10.0.0.1/24"},
		"long":                 {"", "a 10.0.0.1 # " + strings.Repeat("x", 200_000) + "\n.\n", "a 10.0.0.1 # " + strings.Repeat("x", 200_000)},
	} {
		had := []string{}
		if c.had != "" {
			had = []string{"nodes", c.had}
		}
		// One byte at a time: nothing may depend on how a pipe cuts its data.
		_, a, err := walked(t, iotest.OneByteReader(strings.NewReader(toNodes+c.in)), had...)
		if !errors.Is(err, ErrInputEnded) {
			t.Errorf("%s: error %v", name, err)
		}
		if got := a.Get("nodes"); got != c.want {
			t.Errorf("%s: nodes = %.200q, want %.200q", name, got, c.want)
		}
	}
}

// Enter takes a default as a default, so that it goes on following what it
// depends on; a point takes an optional answer away.
func TestDefaultsAndNone(t *testing.T) {
	_, a, _ := walked(t, strings.NewReader("\n\n\n"+"\n\nDE\n.\n"), "ca.ST", "Berlin")
	for _, key := range []string{"clusterName", "ca.CN"} {
		if v, given := a.Explicit(key); given {
			t.Errorf("%s is given as %q after Enter alone", key, v)
		}
	}
	if got := a.Get("ca.C"); got != "DE" {
		t.Errorf("ca.C = %q", got)
	}
	if v, given := a.Explicit("ca.ST"); !given || v != "" {
		t.Errorf("ca.ST = %q, %t, want none", v, given)
	}
}

func TestRefusals(t *testing.T) {
	out, a, _ := walked(t, strings.NewReader("7\nnothing\n1\n\n\n"+"\n\nGermany\nDE\n"))
	for _, want := range []string{
		"! There is no choice 7. Write a number from 1 to 6.",
		`! "nothing" is not one of the choices`,
		"Country (C) (such as CN; may be left empty): Germany\n! ",
		"Country (C) (such as CN; may be left empty): DE\nState",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q was not said in:\n%s", want, out)
		}
	}
	if got := a.Get("ca.C"); got != "DE" {
		t.Errorf("ca.C = %q", got)
	}
	if strings.ContainsRune(out, '\x1b') {
		t.Error("escape codes in line mode")
	}
}

// What is pasted cannot play with the terminal either.
func TestEscapesAreShown(t *testing.T) {
	out, _, _ := walked(t, strings.NewReader("\n\n\n"+"\x1b[2Jlab\n"))
	if strings.ContainsRune(out, '\x1b') || !strings.Contains(out, `\u001b[2Jlab`) {
		t.Errorf("the answer was printed raw:\n%q", out)
	}
}

// A signal ends the wait for an answer, with its own error.
func TestCancelWhileAsking(t *testing.T) {
	stop := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	in, keepOpen := io.Pipe()
	defer keepOpen.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := Run(ctx, wizard.Options{Answers: steps.NewAnswers()}, Terminal{In: in, Out: io.Discard})
		ended <- err
	}()
	if _, err := keepOpen.Write([]byte("1\n")); err != nil {
		t.Fatal(err)
	}
	cancel(stop)
	select {
	case err := <-ended:
		if !errors.Is(err, stop) {
			t.Errorf("error %v, want the cause", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still asking 10 s after the cancel")
	}
}

func TestUnendingLine(t *testing.T) {
	_, _, err := walked(t, strings.NewReader(strings.Repeat("x", longest+2)))
	if err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("error %v", err)
	}
}

// A writer that fails ends the walk: questions that nobody sees are not asked
// to the end.
func TestBrokenOutput(t *testing.T) {
	a := steps.NewAnswers()
	in := strings.NewReader(strings.Repeat("\n", 100))
	_, err := Run(t.Context(), wizard.Options{Answers: a}, Terminal{In: in, Out: brokenWriter{}})
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, want %v", err, io.ErrClosedPipe)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestNodesInTheServiceNetwork: of two answers that do not go together the later one
// stops the way, so that nobody is asked for his nodes for ever, and is told which
// other question fixes it.
func TestNodesInTheServiceNetwork(t *testing.T) {
	out, _, err := walked(t, strings.NewReader(toNodes+"10.96.0.9 cp1 control-plane,etcd\n.\n"+"\n.\n"+"10.254.0.0/16\n"))
	if !errors.Is(err, ErrInputEnded) {
		t.Error(err)
	}
	flat := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		`! line 1: the address 10.96.0.9 of node cp1 lies in the service network 10.96.0.0/12`, `Write another "Service network" on page Networks, one`,
		"of 10: API endpoint", "! Nodes line 1: the address 10.96.0.9", `Write another "Service network", one`,
		"= first service address 10.254.0.1", "Pod network",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

// TestReviewAtOnce: "review" asks only what the review still needs, from any question.
func TestReviewAtOnce(t *testing.T) {
	out, a, err := walked(t, strings.NewReader("review\na 10.0.0.1 control-plane,etcd\nb 10.0.0.2 worker\n.\nreview\n"))
	if !errors.Is(err, ErrInputEnded) {
		t.Error(err)
	}
	for _, want := range []string{"Step 5 of 10: Nodes", "! The review needs this answer first.", "Step 10 of 10: Review", "Type yes to write"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	for _, page := range []string{"Layout", "CA subject", "Keys", "Networks", "Profiles"} {
		if strings.Contains(out, ": "+page+"\n") {
			t.Errorf("page %s was asked:\n%s", page, out)
		}
	}
	if v, given := a.Explicit("layout"); given {
		t.Errorf("the layout is given as %q", v)
	}
}
