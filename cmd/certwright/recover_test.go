//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/making/store"
)

// stopped makes a set that was renewed once, and puts beside it what a run leaves that
// is killed at one of two places; it returns the folder in which pki lies.
func stopped(t *testing.T, between bool) (top string) {
	t.Helper()
	top = t.TempDir()
	for _, args := range [][]string{
		{"generate", "--dir", "pki", "--set", "encryptionAlgorithm=ECDSA-P256", "--set", "layout=single-ca", "--set", "nodes=m1 10.0.0.1 control-plane,etcd"},
		{"renew", "pki", "admin"}, {"renew", "pki", "scheduler"},
	} {
		if code, out := certwright(t, top, args...); code != 0 {
			t.Fatalf("%q: %d\n%s", args, code, out)
		}
	}
	work := filepath.Join(top, ".pki.certwright")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	lock := "pid 99999\nhost \"m0\"\nsince 2026-01-02T03:04:05Z\n"
	if err := os.WriteFile(filepath.Join(work, "lock"), []byte(lock), 0o600); err != nil {
		t.Fatal(err)
	}
	pki := filepath.Join(top, "pki")
	if between {
		if err := os.Rename(pki, filepath.Join(work, "old")); err != nil {
			t.Fatal(err)
		}
		return top
	}
	// After the swap: the last backup is still the old state in the work folder.
	last := newest(t, pki)
	staging := filepath.Join(work, "staging")
	err := errors.Join(os.Rename(last, staging), os.Mkdir(filepath.Join(work, "replaced"), 0o700),
		os.Rename(filepath.Join(staging, ".certwright-run.json"), filepath.Join(work, "replaced", ".certwright-run.json")))
	if err != nil {
		t.Fatal(err)
	}
	state, err := json.Marshal(map[string]any{"new": inodeOf(t, pki), "old": inodeOf(t, staging), "backup": true})
	if err == nil {
		err = os.WriteFile(filepath.Join(work, "state"), state, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return top
}

func inodeOf(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(info.Sys().(*syscall.Stat_t).Ino)
}

func newest(t *testing.T, pki string) string {
	t.Helper()
	runs, err := store.Backups(pki)
	if err != nil || len(runs) == 0 {
		t.Fatal(runs, err)
	}
	return runs[0]
}

// certwright runs the program in a folder, without a terminal.
func certwright(t *testing.T, dir string, args ...string) (code int, output string) {
	t.Helper()
	out, err := start(t, dir, args...).CombinedOutput()
	if e := new(execExit); errors.As(err, e) {
		return (*e).ExitCode(), string(out)
	} else if err != nil {
		t.Fatal(err)
	}
	return 0, string(out)
}

type execExit interface {
	error
	ExitCode() int
}

// TestBetweenTwoRenames: the state before waits beside the directory. Whoever only
// reads says so, and hints at nothing that would make a new CA; whoever writes puts it
// back first.
func TestBetweenTwoRenames(t *testing.T) {
	t.Parallel()
	top := stopped(t, true)
	for _, args := range [][]string{
		{"verify", "pki"}, {"history", "pki"}, {"inspect", "pki"}, {"handout", "pki"}, {"explain", "pki", "x509: certificate signed by unknown authority"},
		{"generate", "--dir", "pki", "--dry-run"}, {"renew", "pki", "--all", "--dry-run"}, {"change", "pki", "--add-node", "w1 10.0.0.2 worker", "--dry-run"},
		{"undo", "pki", "--dry-run"}, {"adopt", "pki", "--dry-run"}, {"rotate", "pki", "ca", "--next", "--dry-run"},
	} {
		code, out := certwright(t, top, args...)
		if code != 1 || !strings.Contains(out, "was stopped between two renames") || !strings.Contains(out, "hint: certwright generate --dir pki puts it back") ||
			strings.Count(out, "hint: ") != 1 || strings.Contains(out, "adopt pki") {
			t.Errorf("%q: %d\n%s", args, code, out)
		}
	}
	if _, err := os.Lstat(filepath.Join(top, "pki")); err == nil {
		t.Error("a command that only reads has put it back")
	}
	for _, args := range [][]string{
		{"generate", "--dir", "pki"}, {"renew", "pki", "admin"}, {"change", "pki", "--add-node", "w1 10.0.0.2 worker"},
		{"undo", "pki", filepath.Base(newest(t, filepath.Join(top, "pki"))), "--yes"}, {"rotate", "pki", "sa"},
	} {
		top := stopped(t, true)
		if args[0] == "undo" {
			args[2] = filepath.Base(newest(t, filepath.Join(top, "pki")))
		}
		before, err := os.ReadFile(filepath.Join(top, ".pki.certwright/old/authority/ca.key"))
		if err != nil {
			t.Fatal(err)
		}
		code, out := certwright(t, top, args...)
		after, err := os.ReadFile(filepath.Join(top, "pki/authority/ca.key"))
		if code != 0 || !strings.Contains(out, "note: a run that began at") || !strings.Contains(out, "pki was put back") || err != nil || string(after) != string(before) {
			t.Errorf("%q: %d %v\n%s", args, code, err, out)
		}
	}
}

// TestBeforeTheBackupHasItsPlace: history says that a run is missing, and undo, which
// ends that run, takes back no other than the one that was meant.
func TestBeforeTheBackupHasItsPlace(t *testing.T) {
	t.Parallel()
	top := stopped(t, false)
	if code, out := certwright(t, top, "history", "pki"); code != 0 || !strings.Contains(out, "that run is not among the backups yet") {
		t.Errorf("history: %d\n%s", code, out)
	}
	if code, out := certwright(t, top, "verify", "pki"); code != 0 || !strings.Contains(out, "note: ") {
		t.Errorf("verify: %d\n%s", code, out)
	}
	code, out := certwright(t, top, "undo", "pki", "--yes")
	last := filepath.Base(newest(t, filepath.Join(top, "pki")))
	if code != 3 || !strings.Contains(out, "nothing was undone") || !strings.Contains(out, "hint: certwright undo --yes pki "+last) {
		t.Errorf("undo: %d\n%s", code, out)
	}
	if code, out := certwright(t, top, "undo", "--yes", "pki", last); code != 0 {
		t.Errorf("what the hint says: %d\n%s", code, out)
	}
	if code, out := certwright(t, top, "history", "pki"); code != 0 || strings.Contains(out, "not among the backups yet") {
		t.Errorf("history afterwards: %d\n%s", code, out)
	}
}
