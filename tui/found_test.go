package tui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/reading/certinfo"
	"certwright/steps"
	"certwright/tui/wizard"
)

// TestTwoInOneKubeconfig: of the two certificates in a kubeconfig the row says which
// is the CA, at every width.
func TestTwoInOneKubeconfig(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{})
	end := testNow.Add(300 * 24 * time.Hour)
	for w, want := range map[int]string{42: " (CA)  ", 56: "admin/admin.conf (its CA)", 76: "admin/admin.conf (its CA)", 110: "admin/admin.conf (its CA)"} {
		e := certinfo.Entry{File: "admin/admin.conf", Kind: certinfo.Certificate, NotAfter: end, Field: "cluster kubernetes", IsCA: true}
		got := d.m.certLine(e, w)
		if !strings.Contains(got, strings.TrimPrefix(want, "admin/")) || len([]rune(got)) > w || !strings.Contains(got, "2027-09-19") {
			t.Errorf("%d: %q", w, got)
		}
		e.IsCA, e.Field = false, "user admin"
		if got := d.m.certLine(e, w); strings.Contains(got, "CA") {
			t.Errorf("%d: %q", w, got)
		}
		e.IsCA, e.Field, e.File = true, "", "ca.crt"
		if got := d.m.certLine(e, w); strings.Contains(got, "(") {
			t.Errorf("%d: %q", w, got)
		}
	}
}

// TestStoppedRun: the first page says what a stopped run has left, and leaving it puts
// that right before anything else is read or asked.
func TestStoppedRun(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {60, 15}} {
		dir := filepath.Join(t.TempDir(), "pki")
		old := filepath.Join(filepath.Dir(dir), ".pki.certwright/old")
		if err := errors.Join(os.MkdirAll(old, 0o700), os.WriteFile(filepath.Join(old, "ca.key"), []byte("mine"), 0o600)); err != nil {
			t.Fatal(err)
		}
		a := steps.NewAnswers()
		if err := a.Set(steps.DirKey, dir); err != nil {
			t.Fatal(err)
		}
		d := drive(t, size[0], size[1], wizard.Options{Answers: a})
		if size[1] > 20 {
			d.see("was stopped between two renames")
		}
		d.press("ctrl+n").see("was put back", "Close this, and go on.")
		if data, err := os.ReadFile(filepath.Join(dir, "ca.key")); string(data) != "mine" {
			t.Errorf("%q %v", data, err)
		}
		d.press("esc").seeNot("was stopped", "was put back")
	}
}
