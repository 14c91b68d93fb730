package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/keytest"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

// againWord and renewWord stand for the commands that make a set again and renew
// some of it: the shell says them, and the test does them.
const (
	againWord = "echo AGAIN"
	renewWord = "echo RENEW"
)

// byHand are the checks that no command fixes: a person has to decide.
var byHand = map[string]bool{"file-too-large": true, "file-unreadable": true}

// fixes types what each finding says, and sees the directory clean again.
func fixes(t *testing.T, b *Bed, findings []check.Finding) {
	t.Helper()
	for i := range findings {
		before := keytest.In(t, b.Dir)
		run(t, b, &findings[i])
		var backups []string
		if strings.Contains(findings[i].Command.String(), "--replace-key") {
			backups, _ = filepath.Glob(b.Dir + store.BackupSuffix + "/*") // it has let the key go there
		}
		keytest.Kept(t, b.Dir, before, findings[i].Command.String(), backups...)
	}
	for _, found := range judge(t, b) {
		t.Errorf("still: %s %s %s", found.Check.ID, found.File, found.What())
	}
}

// run types the command of a finding in a shell.
func run(t *testing.T, b *Bed, f *check.Finding) {
	t.Helper()
	if f.Command == "" {
		t.Fatalf("%s %s has no command", f.Check.ID, f.File)
	}
	typed(t, b, f.Command)
}

// typed does what a line does in a shell.
func typed(t *testing.T, b *Bed, command shell.Line) {
	t.Helper()
	line := strings.ReplaceAll(command.String(), "openssl pkey -in", "openssl pkey -passin pass:"+Passphrase+" -in")
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	words := strings.Fields(string(out))
	var options plan.Options
	switch {
	case len(words) == 0:
		return
	case len(words) == 3 && words[1] == "--replace-key":
		options = plan.Options{ReplaceKeys: words[2:]}
	case len(words) == 3 && words[1] == "--expiring":
		within, ps := spec.ParseDuration("", words[2])
		if len(ps) > 0 {
			t.Fatalf("%s: %v", line, ps)
		}
		options = plan.Options{Renewal: &plan.Renewal{Within: within}}
	case words[0] == "RENEW":
		options = plan.Options{Renewal: &plan.Renewal{Names: words[1:]}}
	}
	if err := RunSet(t.Context(), b.Dir, b.Cluster, b.Now, options); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

// TestTexts: what programs are told, and the sums of a node, are made again by what is
// typed.
func TestTexts(t *testing.T) {
	const file = "nodes/cp-1/etc/kubernetes/kube-apiserver.env"
	for id, spoil := range map[string]func(dir string) error{
		"text-missing": func(dir string) error { return os.Remove(filepath.Join(dir, file)) },
		"text-differs": func(dir string) error { return os.WriteFile(filepath.Join(dir, file), []byte("ARGS=\n"), 0o644) },
		"sums-differ": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "nodes/cp-1/SHA256SUMS"), []byte("none\n"), 0o644)
		},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			b := bed(t, "three-ca", "plain")
			texts := func() []check.Finding {
				site, err := b.Site(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				r, err := check.Run(t.Context(), site, nil, b.Now)
				if err != nil {
					t.Fatal(err)
				}
				return slices.DeleteFunc(r.Findings, func(f check.Finding) bool { return !f.OfText() })
			}
			if err := spoil(b.Dir); err != nil {
				t.Fatal(err)
			}
			found := texts()
			if len(found) != 1 || found[0].Check.ID != id {
				t.Fatalf("found %v", found)
			}
			before := keytest.In(t, b.Dir)
			run(t, b, &found[0])
			keytest.Kept(t, b.Dir, before, found[0].Command.String())
			if left := texts(); len(left) > 0 {
				t.Errorf("still: %s %s", left[0].File, left[0].What())
			}
		})
	}
}

// TestFirst plants many faults at once, and types what is to be typed first until
// nothing is left: no refusal on the way, and no circle.
func TestFirst(t *testing.T) {
	seeds := uint64(2)
	if *every {
		seeds = 6
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			b := bed(t, "three-ca", "plain")
			if _, err := Plant(t.Context(), b, Selection{Count: 8}, rng(seed)); err != nil {
				t.Fatal(err)
			}
			mendsInTurn(t, b)
		})
	}
}

// mendsInTurn types what is to be typed first until nothing is left, and sees that no key
// is lost by it.
func mendsInTurn(t *testing.T, b *Bed) {
	t.Helper()
	for range 4 {
		r, err := b.check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Count(check.Error)+r.Count(check.Warning) == 0 {
			return
		}
		if f, command, _ := r.First(); command != "" {
			before := keytest.In(t, b.Dir)
			typed(t, b, command)
			keytest.Kept(t, b.Dir, before, command.String())
		} else if err := os.Remove(filepath.Join(b.Dir, f.File)); err != nil { // nobody's file
			t.Fatal(err)
		}
	}
	for _, f := range judge(t, b) {
		t.Errorf("still: %s %s", f.Check.ID, f.File)
	}
}
