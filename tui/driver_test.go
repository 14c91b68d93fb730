package tui

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/catalog"
	"certwright/steps"
	"certwright/tui/wizard"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testNow is the clock of all tests of pages.
var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// driver walks the wizard without a terminal: it calls Update and runs the
// commands that come back, so that a walk is the same every time.
type driver struct {
	t *testing.T
	m *Model
	// quit reports whether the wizard has asked to end.
	quit bool
}

// drive opens the wizard in a window, without colours.
func drive(t *testing.T, w, h int, opt wizard.Options) *driver {
	t.Helper()
	if opt.Now == nil {
		opt.Now = func() time.Time { return testNow }
	}
	if opt.Answers == nil {
		opt.Answers = steps.NewAnswers()
	}
	if _, given := opt.Answers.Explicit(steps.DirKey); !given {
		set(t, opt.Answers, steps.DirKey, filepath.Join(t.TempDir(), "pki"))
	}
	d := &driver{t: t, m: New(t.Context(), opt, true)}
	d.m.guard.pause = 0
	d.run(d.m.Init())
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

// articleLayout is the layout of the article.
func articleLayout(t *testing.T) *catalog.Layout {
	t.Helper()
	l, ok := catalog.FindLayout("article")
	if !ok {
		t.Fatal("there is no layout of the article")
	}
	return l
}

func set(t *testing.T, a *steps.Answers, key, value string) {
	t.Helper()
	if err := a.Set(key, value); err != nil {
		t.Fatal(err)
	}
}

// send gives one message and everything that follows from it.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	if msg == nil {
		return
	}
	if _, ok := msg.(tea.QuitMsg); ok {
		d.quit = true
		return
	}
	_, cmd := d.m.Update(msg)
	d.run(cmd)
	d.fits()
}

// run executes commands to their end; those of a batch run side by side, as
// bubbletea runs them.
func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	batch, ok := msg.(tea.BatchMsg)
	if !ok {
		d.send(msg)
		return
	}
	results := make(chan tea.Msg)
	for _, c := range batch {
		go func() { results <- c() }()
	}
	for range batch {
		msg := <-results
		if inner, ok := msg.(tea.BatchMsg); ok {
			d.run(func() tea.Msg { return inner })
			continue
		}
		d.send(msg)
	}
}

// fits holds the size contract: no view is wider or higher than the window.
func (d *driver) fits() {
	d.t.Helper()
	lines := strings.Split(d.m.View(), "\n")
	if len(lines) != d.m.h {
		d.t.Fatalf("%s: %d lines in a window of %d:\n%s", d.m.page.name(d.m), len(lines), d.m.h, d.screen())
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w > d.m.w {
			d.t.Fatalf("%s: line %d has %d cells in a window of %d:\n%s", d.m.page.name(d.m), i+1, w, d.m.w, d.screen())
		}
	}
}

// press sends keys by their names ("ctrl+n", "enter", "down"); anything else
// is typed.
func (d *driver) press(keys ...string) *driver {
	d.t.Helper()
	for _, k := range keys {
		if typ, ok := keyTypes[k]; ok {
			d.send(tea.KeyMsg{Type: typ})
			continue
		}
		if strings.HasPrefix(k, "alt+") {
			d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k[4:]), Alt: true})
			continue
		}
		for _, r := range k {
			if r == ' ' {
				d.send(tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{r}})
				continue
			}
			d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	return d
}

var keyTypes = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	"ctrl+n": tea.KeyCtrlN, "ctrl+o": tea.KeyCtrlO, "ctrl+c": tea.KeyCtrlC, "ctrl+z": tea.KeyCtrlZ,
	"ctrl+u": tea.KeyCtrlU, "ctrl+r": tea.KeyCtrlR, "ctrl+l": tea.KeyCtrlL, "backspace": tea.KeyBackspace, "f1": tea.KeyF1,
}

// keyOf is a letter as a key.
func (d *driver) keyOf(letter string) tea.Msg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(letter)}
}

// paste sends text as a bracketed paste.
func (d *driver) paste(text string) *driver {
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	return d
}

// screen is what a person sees, without styles.
func (d *driver) screen() string { return ansi.Strip(d.m.View()) }

// see fails unless the screen shows every text.
func (d *driver) see(texts ...string) *driver {
	d.t.Helper()
	screen := d.screen()
	flat := strings.Join(strings.Fields(screen), " ")
	for _, s := range texts {
		if !strings.Contains(screen, s) && !strings.Contains(flat, s) {
			d.t.Fatalf("no %q on the screen:\n%s", s, screen)
		}
	}
	return d
}

func (d *driver) seeNot(texts ...string) *driver {
	d.t.Helper()
	for _, s := range texts {
		if strings.Contains(d.screen(), s) {
			d.t.Fatalf("%q stands on the screen:\n%s", s, d.screen())
		}
	}
	return d
}

// goldenDir is absolute, since some tests change the directory.
var goldenDir, _ = filepath.Abs("testdata")

// goldenIn compares a text with a file below a directory.
func goldenIn(t *testing.T, dir, name, got string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; make it with go test ./tui -update", err)
	}
	if string(want) != got {
		t.Errorf("%s differs; look at it, then run go test ./tui -update\n--- got\n%s\n--- want\n%s", file, got, want)
	}
}

// articleAnswers are those of the article's cluster.
func articleAnswers(t *testing.T) *steps.Answers {
	t.Helper()
	return answersIn(t, "article.yaml")
}

// answersIn are the answers of one of the examples.
func answersIn(t *testing.T, name string) *steps.Answers {
	t.Helper()
	file := filepath.Join("..", "steps", "testdata", name)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, problems := steps.ParseFile(file, data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return parsed.Answers
}
