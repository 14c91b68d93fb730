package tui

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"certwright/pkigen/reading/certinfo"
	"certwright/steps"
	"certwright/tui/wizard"
)

// TestTwoInOneKubeconfig: of the two certificates in a kubeconfig the row says which
// is the CA.
func TestTwoInOneKubeconfig(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{})
	for _, test := range []struct {
		field string
		ca    bool
		want  string
	}{{"cluster kubernetes", true, "admin.conf (its CA)"}, {"user admin", false, "admin.conf"}, {"", true, "admin.conf"}} {
		s := certinfo.Seen{Name: "admin.conf", Entry: certinfo.Entry{File: "admin/admin.conf", Kind: certinfo.Certificate, NotAfter: testNow.Add(year), Field: test.field, IsCA: test.ca}}
		if got := d.m.certificateRow(&s).cells[0]; got != test.want {
			t.Errorf("%q, %t: %q", test.field, test.ca, got)
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
