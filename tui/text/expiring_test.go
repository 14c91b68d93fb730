package text

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/expiry"
)

// expiringReport has an item in each state, with all that may be said of one.
func expiringReport() *expiry.Report {
	now := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	item := func(s expiry.State, file, field, cn string, begin, end time.Duration) expiry.Item {
		return expiry.Item{State: s, Entry: &certinfo.Entry{File: file, Field: field, Kind: certinfo.Certificate,
			Subject: certinfo.Name{CommonName: cn}, Issuer: certinfo.Name{CommonName: "kubernetes-ca"}, SignerFile: "/etc/kubernetes/pki/ca.crt",
			NotBefore: now.Add(begin), NotAfter: now.Add(end)}}
	}
	ended := item(expiry.Ended, "/etc/kubernetes/scheduler.conf", "user default-auth", "system:kube-scheduler", -400*day, -35*day)
	ended.UsedBy = []string{"kube-scheduler"}
	ended.Subject.Organization = []string{"ops"}
	later := item(expiry.NotValidYet, "/srv/web.pem", "", "www.example.com", 3*day, 700*day)
	later.Index, later.SignerFile = 1, ""
	ca := item(expiry.EndsSoon, "/etc/kubernetes/pki/ca.crt", "", "kubernetes-ca", -3640*day, 10*day)
	ca.IsCA, ca.SelfSigned, ca.DieWith = true, true, 14
	ca.UsedBy = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"}
	ca.Copies = []expiry.Place{{File: "/etc/kubernetes/admin.conf", Field: "cluster c"}, {File: "/x"}}
	soon := item(expiry.EndsSoon, "/etc/kubernetes/pki/apiserver.crt", "", "kube-\x1b[2Japiserver", -300*day, 30*day)
	return &expiry.Report{Now: now, Within: 30 * day, Items: []expiry.Item{ended, later, ca, soon}, Certificates: 23, Superseded: 2,
		Unread: []*certinfo.Entry{{File: "/etc/kubernetes/pki/old.crt", Error: "open: permission denied"}, {File: "/z", Note: "skipped, with all that follows: more than 9 entries"}}}
}

func expiring(t *testing.T, r *expiry.Report, width int) string {
	t.Helper()
	var b strings.Builder
	if err := Expiring(&b, r, width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The page as it was last looked at; -update rewrites it.
func TestExpiring(t *testing.T) {
	got := expiring(t, expiringReport(), 80)
	file := filepath.Join("testdata", "expiring.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it, then run go test ./tui/text -update\n%s", file, got)
	}
	for _, width := range []int{70, 80, 118} {
		got := expiring(t, expiringReport(), width)
		for l := range strings.SplitSeq(got, "\n") {
			if cellWidth(l) > width {
				t.Errorf("at %d: %q is %d wide", width, l, cellWidth(l))
			}
		}
	}
}

func TestExpiringVerdict(t *testing.T) {
	report := func(states string, certificates, superseded int, within time.Duration) *expiry.Report {
		r := &expiry.Report{Certificates: certificates, Superseded: superseded, Within: within}
		for s := range strings.FieldsSeq(states) {
			if s := expiry.State(s); s == expiry.Unreadable {
				r.Unread = append(r.Unread, &certinfo.Entry{})
			} else {
				r.Items = append(r.Items, expiry.Item{State: s})
			}
		}
		return r
	}
	for _, tt := range []struct {
		r    *expiry.Report
		want string
	}{
		{report("", 0, 0, day), "No certificate was found."},
		{report("", 0, 1, day), "None expires within 1 day; 0 certificates."},
		{report("", 1, 0, day), "None expires within 1 day; 1 certificate."},
		{report("unreadable", 0, 0, day), "1 could not be read; 0 certificates."},
		{report("ended", 7, 0, 90*time.Minute), "1 has expired; 7 certificates."},
		{report("ends-soon", 7, 0, 90*time.Minute), "1 expires within 1h30m; 7 certificates."},
		{report("ends-soon ends-soon", 7, 0, 36*time.Hour), "2 expire within 36h; 7 certificates."},
		{report("ended ended not-valid-yet ends-soon unreadable", 7, 2, 365*day),
			"2 have expired, 1 is not yet valid, 1 expires within 365 days, 1 could not be read; 7 certificates."},
	} {
		if got := expiringVerdict(tt.r); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
