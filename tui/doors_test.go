package tui

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
	"certwright/tui/line"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// fold takes all white space out of a text: doors wrap sentences, each at a
// width of its own, and cut words that are longer than a line.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// says reports whether a text has the sentence of a problem, in the words of a page:
// its own, another one, or none.
func says(text string, p problem.Problem) bool {
	text = fold(text)
	for _, shown := range []string{"", steps.StepOf(p.Key), steps.StepOf(p.Also)} {
		if strings.Contains(text, fold(steps.Sentence(p, shown))) {
			return true
		}
	}
	return false
}

// answers are those of the article's cluster with the wrong one among them.
func (w wrong) answers(t *testing.T) *steps.Answers {
	t.Helper()
	a := w.others(t)
	set(t, a, w.key, w.value)
	return a
}

// others are the answers without the wrong one.
func (w wrong) others(t *testing.T) *steps.Answers {
	t.Helper()
	a := articleAnswers(t)
	set(t, a, steps.AlgorithmKey, "ECDSA-P256")
	for i := 0; i < len(w.with); i += 2 {
		set(t, a, w.with[i], w.with[i+1])
	}
	return a
}

// problem is what Build says: the one finding that every door has to show.
func (w wrong) problem(t *testing.T) problem.Problem {
	t.Helper()
	_, ps := steps.Build(w.answers(t), testNow)
	var codes []string
	for _, p := range ps {
		if p.Key == w.problemKey() && p.Code == w.code {
			return p
		}
		codes = append(codes, fmt.Sprintf("%s: %s", p.Place(), p.Code))
	}
	t.Fatalf("%s = %q gives no %s at %s, but %q", w.key, w.value, w.code, w.problemKey(), codes)
	return problem.Problem{}
}

// TestSameSentenceInAllDoors gives each wrong answer to the full screen, to
// line mode and to the headless command.
func TestSameSentenceInAllDoors(t *testing.T) {
	program := buildProgram(t)
	covered := map[string]bool{}
	for _, w := range wrongs {
		covered[w.key] = true
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			p := w.problem(t)
			if s := p.Sentence(); text.Clean(s) != s || strings.Contains(s, "%!") || p.What() == "" || p.Fix() == "" {
				t.Errorf("the sentence is not fit to be shown: %q", s)
			}
			t.Run("screen", func(t *testing.T) { w.onScreen(t, p) })
			t.Run("line", func(t *testing.T) { w.byLine(t, p) })
			t.Run("headless", func(t *testing.T) { w.headless(t, p, program) })
		})
	}
	for _, k := range steps.Keys() {
		if !covered[k.Key] {
			t.Errorf("no wrong answer for %s is tried", k.Key)
		}
	}
}

// onScreen types the answer into its field; an error keeps the wizard on the
// page of the answer that has to change, and off the review.
func (w wrong) onScreen(t *testing.T, p problem.Problem) {
	d := w.typed(t)
	shows := func() bool { return says(d.screen(), p) }
	isError := p.Severity() == problem.Error
	if w.at == "" && w.value != "" && d.m.step == steps.StepOf(w.key) && !shows() {
		t.Errorf("not judged while it was typed:\n%s", d.screen())
	}
	for range d.m.Steps() {
		if isError && shows() && d.m.step == steps.StepOf(d.m.Answers.StopsAt(p)) || d.m.step == "" {
			break
		}
		d.press("ctrl+n")
	}
	if !shows() {
		t.Fatalf("no %q on the screen:\n%s", p.Sentence(), d.screen())
	}
	if !isError {
		d.see("Review")
		return
	}
	if _, asked := d.m.Answers.Field(p.Key); !asked {
		// No page asks for it: the review says so and makes nothing.
		if d.press("ctrl+n").see("Review"); d.m.Outcome.Done {
			t.Error("was made")
		}
		return
	}
	for range 2 {
		d.press("ctrl+n").seeNot("Review ")
		if want := steps.StepOf(d.m.Answers.StopsAt(p)); d.m.step != want {
			t.Fatalf("is on %q after ctrl+n, want %q:\n%s", d.m.step, want, d.screen())
		}
		if !shows() {
			t.Errorf("the sentence went with ctrl+n:\n%s", d.screen())
		}
	}
	if got := d.m.Answers.Get(w.key); got != w.value {
		t.Errorf("the answer became %q, was %q", got, w.value)
	}
}

// typed opens the wizard, walks to the page of the answer and types it there;
// lists are pasted. The window is below the width of rail and panel, so that
// lines of the page are lines of the screen.
func (w wrong) typed(t *testing.T) *driver {
	t.Helper()
	a := w.others(t)
	field, _ := steps.Lookup(w.key)
	switch {
	case w.given:
		set(t, a, w.key, w.value)
	case field.Kind == steps.Lines:
		a.Unset(w.key)
	}
	d := drive(t, wideRail-1, 45, wizard.Options{Answers: a})
	if w.given {
		return d
	}
	step, n := d.m.Find(steps.StepOf(w.key))
	for range n {
		d.press("ctrl+n")
	}
	if d.m.step != step.Key {
		t.Fatalf("is on %q, want %q:\n%s", d.m.step, step.Key, d.screen())
	}
	for _, f := range step.Fields(d.m.Answers) {
		if f.Key == w.key {
			break
		}
		d.press("tab")
	}
	if field.Kind == steps.Lines {
		if w.value != "" {
			d.paste(w.value)
		}
		return d
	}
	d.press("ctrl+u")
	if len(w.value) > 20 { // typing is tried enough by the others
		return d.paste(w.value)
	}
	return d.press(w.value)
}

// byLine gives the answer to line mode, and Enter to all other questions.
func (w wrong) byLine(t *testing.T, p problem.Problem) {
	if w.noLine {
		return
	}
	a, in := w.others(t), ""
	field, asked := a.Field(w.key)
	if !asked {
		set(t, a, w.key, w.value)
	}
	before, after := questionsAround(a, w.key)
	in += strings.Repeat("\n", before)
	switch {
	case !asked:
	case field.Kind == steps.Lines:
		in += "clear\n" + strings.TrimSuffix(w.value+"\n", "\n") + "\n.\n"
	default:
		in += w.value + "\n"
	}
	isError := p.Severity() == problem.Error
	if !isError || w.at != "" {
		in += strings.Repeat("\n", after)
	}
	out, err := runLine(t, a, in)
	if !errors.Is(err, line.ErrInputEnded) {
		t.Errorf("ended with %v", err)
	}
	if !says(out, p) {
		t.Errorf("%q was not said at the end of:\n%s", p.Sentence(), tail(out))
	}
	if reviewed := strings.Contains(out, ": Review\n"); reviewed == (isError && !w.cures) {
		t.Errorf("review shown: %t, at the end of:\n%s", reviewed, tail(out))
	}
}

// questionsAround counts the questions before and behind that of a key; all
// are before one that is not asked.
func questionsAround(a *steps.Answers, key string) (before, after int) {
	found := false
	for _, s := range a.Steps() {
		for _, f := range s.Fields(a) {
			switch {
			case f.Key == key:
				found = true
			case found:
				after++
			default:
				before++
			}
		}
	}
	return before, after
}

func runLine(t *testing.T, a *steps.Answers, in string) (string, error) {
	t.Helper()
	set(t, a, steps.DirKey, filepath.Join(t.TempDir(), "pki"))
	var out strings.Builder
	_, err := line.Run(t.Context(), wizard.Options{Answers: a, Now: func() time.Time { return testNow }},
		line.Terminal{In: strings.NewReader(in), Out: &out, Echo: true})
	return out.String(), err
}

// headless gives the answer by --set. An error exits 2 and writes nothing; a
// warning stops nothing.
func (w wrong) headless(t *testing.T, p problem.Problem, program string) {
	args := []string{"generate", "--dir", "pki", "--answers", articleFile(t), "--set", steps.AlgorithmKey + "=ECDSA-P256"}
	for i := 0; i < len(w.with); i += 2 {
		args = append(args, "--set", w.with[i]+"="+w.with[i+1])
	}
	cmd := exec.CommandContext(t.Context(), program, append(args, "--set", w.key+"="+w.value)...)
	cmd.Dir = t.TempDir()
	var out, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	said := stderr.String()
	if !strings.Contains(fold(said), fold(p.Sentence())) {
		t.Errorf("%q is not on stderr:\n%s", p.Sentence(), said)
	}
	files, err := filepath.Glob(filepath.Join(cmd.Dir, "pki", "*"))
	if err != nil {
		t.Fatal(err)
	}
	beside, err := os.ReadDir(cmd.Dir)
	if err != nil {
		t.Fatal(err)
	}
	code := cmd.ProcessState.ExitCode()
	if p.Severity() == problem.Error {
		if code != 2 || len(beside) != 0 || out.Len() != 0 {
			t.Errorf("exit code %d, want 2; written %v; on stdout %q", code, beside, out.String())
		}
		if !strings.Contains(said, "nothing was written") {
			t.Errorf("stderr does not say that nothing was written:\n%s", said)
		}
		return
	}
	want := 17 // the article's files
	if slices.Contains(w.with, "three-ca") {
		want = 6 // the answers, and folders: the operator's four and the nodes'
	}
	if code != 0 || len(files) != want {
		t.Errorf("exit code %d with %d files; want 0 with %d:\n%s", code, len(files), want, said)
	}
	if !strings.Contains(said, "warning: ") {
		t.Errorf("not said to be a warning:\n%s", said)
	}
}

// TestGivenAnswerIsJudgedInLineMode holds that an answer of a file or of --set
// that is refused is never dropped without a word, whatever is pressed then.
func TestGivenAnswerIsJudgedInLineMode(t *testing.T) {
	for _, w := range []wrong{
		{name: "text", key: "ca.C", value: "Germany", code: "country-two-letters"},
		{name: "text with a default", key: "serviceSubnet", value: "10.254.0.0", code: "subnet-no-mask"},
		{name: "choice", key: steps.AlgorithmKey, value: "RSA-1024", code: "key-algorithm-weak"},
		{name: "list", key: "nodes", value: "master3 192.168.214.1/24 control-plane", code: "san-is-network"},
	} {
		t.Run(w.name, func(t *testing.T) {
			p, a := w.problem(t), w.answers(t)
			before, _ := questionsAround(a, w.key)
			out, err := runLine(t, a, strings.Repeat("\n", before+1))
			if !errors.Is(err, line.ErrInputEnded) {
				t.Errorf("ended with %v", err)
			}
			if !says(out, p) {
				t.Errorf("%q was not said at the end of:\n%s", p.Sentence(), tail(out))
			}
		})
	}
}
