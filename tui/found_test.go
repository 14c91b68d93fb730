package tui

import (
	"strings"
	"testing"
	"time"

	"certwright/pkigen/certinfo"
)

// TestTwoInOneKubeconfig: of the two certificates in a kubeconfig the row says which
// is the CA, at every width.
func TestTwoInOneKubeconfig(t *testing.T) {
	d := drive(t, 80, 24, Options{NoColor: true})
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
