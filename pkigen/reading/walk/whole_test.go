package walk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// put lays a directory with one file down.
func put(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// swapper puts new directories in the place of one, each with its number in it.
type swapper struct {
	t   *testing.T
	dir string
	n   byte
}

func (s *swapper) swap() {
	s.t.Helper()
	s.n++
	put(s.t, s.dir+".new", string('a'+rune(s.n)))
	if err := os.Rename(s.dir, s.dir+".old"+string('a'+rune(s.n))); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.dir+".new", s.dir); err != nil {
		s.t.Fatal(err)
	}
}

// TestWhole swaps a directory between two looks at it: what read ends with is of
// one state, and a directory that is never still is refused.
func TestWhole(t *testing.T) {
	for _, c := range []struct {
		name  string
		swaps int
		tries int
		ok    bool
	}{
		{"still", 0, 1, true},
		{"swapped once", 1, 2, true},
		{"swapped in all attempts but one", attempts - 1, attempts, true},
		{"never still", attempts, attempts, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &swapper{t: t, dir: filepath.Join(t.TempDir(), "pki")}
			put(t, s.dir, "a")
			tries := 0
			var first, second []byte
			err := Whole(t.Context(), func() (err error) {
				if first, err = ReadFile(filepath.Join(s.dir, "f")); err != nil {
					return err
				}
				if tries++; tries <= c.swaps {
					s.swap()
				}
				second, err = ReadFile(filepath.Join(s.dir, "f"))
				return err
			}, s.dir)
			var replaced *ReplacedError
			switch {
			case tries != c.tries:
				t.Errorf("read %d times, want %d", tries, c.tries)
			case c.ok && (err != nil || string(first) != string(second)):
				t.Errorf("read %q and %q of two states: %v", first, second, err)
			case !c.ok && (!errors.As(err, &replaced) || replaced.Dir != s.dir):
				t.Errorf("got %v, want an error that names %q", err, s.dir)
			}
		})
	}
}

// TestWholeErrors reads once more what failed because the directory went away, and
// tells of what is not there, or no directory, as read does.
func TestWholeErrors(t *testing.T) {
	s := &swapper{t: t, dir: filepath.Join(t.TempDir(), "pki")}
	tries := 0
	read := func() error {
		_, err := os.Stat(s.dir)
		if tries++; tries == 1 {
			s.swap() // between two renames there was none
		}
		return err
	}
	if err := Whole(t.Context(), read, s.dir); err != nil || tries != 2 {
		t.Errorf("read %d times: %v", tries, err)
	}
	bad := errors.New("bad")
	for _, path := range []string{s.dir, filepath.Join(s.dir, "f"), filepath.Join(s.dir, "none")} {
		if err := Whole(t.Context(), func() error { return bad }, path); err != bad {
			t.Errorf("%s: %v", path, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries = 0
	err := Whole(ctx, func() error { tries++; s.swap(); cancel(); return ctx.Err() }, s.dir)
	if !errors.Is(err, context.Canceled) || tries != 1 {
		t.Errorf("a reader that was stopped read %d times: %v", tries, err)
	}
}
