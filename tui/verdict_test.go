package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	pkiscan "certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
	"certwright/steps"
	"certwright/tui/wizard"
)

// faulty is a directory in which four things are wrong: an empty file, one that
// was cut off, a token without its columns, and no CA. No signature is in it, so
// that its pictures are always the same.
func faulty(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"lab/pki/apiserver.crt": "", "lab/pki/etcd/server.crt": "-----BEGIN CERTIFICATE-----\nMIIB",
		"lab/pki/tokens.csv": "token,user\n",
		"lab/manifests/kube-apiserver.yaml": "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n" +
			"    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    - --token-auth-file=/etc/kubernetes/pki/tokens.csv\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGoldenVerdict shows the page that says whether a cluster would run.
func TestGoldenVerdict(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			faulty(t)
			a := steps.NewAnswers()
			set(t, a, steps.ModeKey, steps.ModeVerify)
			set(t, a, steps.DirKey, "lab")
			d := drive(t, size.w, size.h, wizard.Options{Answers: a, Now: func() time.Time {
				return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
			}})
			d.press("ctrl+n").see("Verified", "This cluster would NOT run", "First:", "> ! error")
			goldenIn(t, goldenDir, fmt.Sprintf("verdict-%dx%d.txt", size.w, size.h), d.screen())
			d.press("down").see("> ! error")
			if d.m.page.(*judgement).at != 1 {
				t.Error("the next finding was not chosen")
			}
			d.press("esc").see("Start")
		})
	}
}

// TestVerdictFollowsTheDirectory fixes what was found, and reads again.
func TestVerdictFollowsTheDirectory(t *testing.T) {
	faulty(t)
	a := steps.NewAnswers()
	set(t, a, steps.ModeKey, steps.ModeVerify)
	set(t, a, steps.DirKey, "lab")
	d := drive(t, 80, 24, wizard.Options{Answers: a}).press("ctrl+n").see("4 errors")
	if err := os.WriteFile("lab/pki/tokens.csv", []byte("token,user,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.press("ctrl+l").see("3 errors")
	if err := os.RemoveAll("lab"); err != nil {
		t.Fatal(err)
	}
	d.press("ctrl+l").see("no such file or directory").press("esc").see("Start")
}

// TestVerdictInALowWindow leaves it no line, one line, and some more.
func TestVerdictInALowWindow(t *testing.T) {
	m := New(t.Context(), wizard.Options{}, true)
	v := newVerdict(m)
	v.take(verdictMsg{judged: &verify.Judgement{Report: &check.Report{Site: &survey.Site{Scan: &pkiscan.Scan{}},
		Findings: []check.Finding{{Check: &check.Table[0], File: "a"}, {Check: &check.Table[0], File: "b"}}}}})
	for _, w := range []int{58, 120} {
		for h := range 12 {
			if got := v.table.view(m, w, h); h > 0 && strings.Count(got, "\n") != h-1 {
				t.Errorf("%dx%d: %d lines", w, h, strings.Count(got, "\n")+1)
			}
		}
	}
}
