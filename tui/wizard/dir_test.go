package wizard

import (
	"strings"
	"testing"

	"certwright/steps"
)

// TestWrongDirTilde: a leading "~kim" is no folder of that name, whatever is to be done.
func TestWrongDirTilde(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", "/home/kim")
	for dir, want := range map[string]string{
		"~kim/pki": "from the root", " ~kim": "from the root",
		"~": "", "~/certs/": "", "pki~": "", "./~": "", "a/~": "", "/home/kim/certs": "",
	} {
		for _, mode := range []string{steps.ModeNew, steps.ModeRenew, steps.ModeVerify, steps.ModeInspect} {
			a := steps.NewAnswers()
			for _, pair := range [][2]string{{steps.DirKey, dir}, {steps.ModeKey, mode}} {
				if err := a.Set(pair[0], pair[1]); err != nil {
					t.Fatal(err)
				}
			}
			err := wrongDir(a)
			switch {
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("%q, %s: %v, want %q", dir, mode, err, want)
			case want == "" && err != nil && strings.Contains(err.Error(), "shell"):
				t.Errorf("%q, %s: %v", dir, mode, err)
			}
		}
	}
}

func TestGoOn(t *testing.T) {
	for dir, want := range map[string]string{
		"pki": "certwright --accessible", "other": "certwright --dir other --accessible", "a b": "certwright --dir 'a b' --accessible",
	} {
		if got := GoOn(dir, "--accessible"); !strings.HasSuffix(got, "to go on: "+want) {
			t.Errorf("%s: %q", dir, got)
		}
	}
}
