package main

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"certwright/steps"
)

// TestDamaged has all commands that read a directory look at ones with damaged files: they
// say something and end with a code of theirs, and none by a panic, which is another.
func TestDamaged(t *testing.T) {
	answers := steps.NewAnswers()
	for key, value := range map[string]string{"layout": "three-ca", "encryptionAlgorithm": "ECDSA-P256", "nodes": "m1 10.1.0.1 control-plane,etcd", "serviceSubnet": "10.96.0.0/12"} {
		if err := answers.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	dir := makeSet(t, answers, time.Now())
	node := filepath.Join(dir, "nodes", "m1") // as a directory of anybody's
	var files []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 25 {
		file := files[r.IntN(len(files))]
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		spoilt := whole[:r.IntN(len(whole)+1)]
		if r.IntN(2) == 0 && len(whole) > 0 {
			spoilt = append([]byte(nil), whole...)
			spoilt[r.IntN(len(spoilt))] ^= 1 << r.IntN(8)
		}
		if err := os.WriteFile(file, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"verify", dir}, {"inspect", dir}, {"explain", dir, "x509: certificate signed by unknown authority"}, {"verify", node}, {"adopt", node, "--dry-run"}} {
			said, code := execute(t, args...)
			if said == "" || code < 0 || code > exitRefused {
				t.Errorf("%s, with %s damaged, ends with %d:\n%s", args[0], file, code, said)
			}
		}
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said, code := execute(t, "verify", dir); code != 0 {
		t.Errorf("verify ends with %d where all is whole again:\n%s", code, said)
	}
}
