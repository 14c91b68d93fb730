package expiry

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/visible"
	"certwright/pkigen/reading/certinfo"
)

func metrics(t testing.TB, entries []certinfo.Entry) map[string][]sample {
	t.Helper()
	var b strings.Builder
	if err := Metrics(&b, entries, now); err != nil {
		t.Fatal(err)
	}
	got, err := parseExposition(b.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return got
}

// TestMetrics gives each certificate in each place its two series, once.
func TestMetrics(t *testing.T) {
	var none *issuer
	ca := none.authorityFor(t, "ca", -day, 900*day, nil)
	leaf := ca.leaf("one", -2*day, 5*day)
	// Two clusters of one name with one CA: nothing tells them apart.
	one := string(kubeconfig(ca.pem, leaf))
	begin, end := strings.Index(one, "- name: c"), strings.Index(one, "users:")
	twins := one[:end] + one[begin:end] + one[end:]
	folder(t, map[string][]byte{
		"pki/ca.pem":     ca.pem,
		"pki/bundle.pem": slices.Concat(leaf, leaf),
		"pki/twins.conf": []byte(twins),
		"pki/empty.pem":  nil,
		"pki/text":       []byte("text"),
	})
	got := metrics(t, scan(t, "pki", "./pki", "gone"))
	var series []string
	for i, s := range got["certwright_certificate_not_after_seconds"] {
		before := got["certwright_certificate_not_before_seconds"][i]
		if fmt.Sprint(before.labels) != fmt.Sprint(s.labels) {
			t.Errorf("series %d: %v and %v", i, s.labels, before.labels)
		}
		l := s.labels
		series = append(series, fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s %v..%v", l["path"], l["block"], l["field"], l["cn"], l["issuer"], l["ca"], l["kind"],
			l["superseded"], (before.value-float64(now.Unix()))/day.Seconds(), (s.value-float64(now.Unix()))/day.Seconds()))
		if l["serial"] == "" || len(l) != 9 {
			t.Errorf("labels %v", l)
		}
	}
	same(t, "series", series, []string{
		"pki/bundle.pem|0||one|ca|false|client|false -2..5",
		"pki/bundle.pem|1||one|ca|false|client|false -2..5",
		"pki/ca.pem|0||ca|ca|true|ca|false -1..900",
		"pki/twins.conf|0|cluster c|ca|ca|true|ca|false -1..900",
		"pki/twins.conf|0|user u|one|ca|false|client|false -2..5",
	})
	for name, want := range map[string]float64{"certwright_scan_errors": 2, "certwright_scan_timestamp_seconds": float64(now.Unix())} {
		if s := got[name]; len(s) != 1 || s[0].value != want || len(s[0].labels) != 0 {
			t.Errorf("%s: %v, want %v", name, s, want)
		}
	}
	if got := metrics(t, cutScan(t, "pki/ca.pem", "pki/text")); got["certwright_scan_errors"][0].value != 1 {
		t.Error("a scan that was cut off counts no error")
	}
	if got := metrics(t, nil); len(got) != 4 || len(got["certwright_certificate_not_after_seconds"]) != 0 {
		t.Errorf("without certificates: %v", got)
	}
}

// TestMetricsOfKubelet marks what a kubelet has replaced.
func TestMetricsOfKubelet(t *testing.T) {
	var none *issuer
	ca := none.authorityFor(t, "ca", -100*day, 900*day, nil)
	folder(t, map[string][]byte{
		"kubelet-client-2029-12-01-12-00-00.pem": ca.leaf("n", -90*day, -day),
		"kubelet-client-2030-02-20-12-00-00.pem": ca.leaf("n", -9*day, 10*day),
	})
	if err := os.Symlink("kubelet-client-2030-02-20-12-00-00.pem", "kubelet-client-current.pem"); err != nil {
		t.Fatal(err)
	}
	var marks []string
	for _, s := range metrics(t, scan(t, "."))["certwright_certificate_not_after_seconds"] {
		marks = append(marks, s.labels["path"]+" "+s.labels["superseded"])
	}
	same(t, "marks", marks, []string{"kubelet-client-2029-12-01-12-00-00.pem true",
		"kubelet-client-2030-02-20-12-00-00.pem false", "kubelet-client-current.pem false"})
}

// TestHostileLabels reads back what a foreign subject and file name hold.
func TestHostileLabels(t *testing.T) {
	var none *issuer
	key := newKey(t)
	name := "a \"b\" \\n{}=,#\n中文 \x1b[2J\u202e"
	_, text := none.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: now, NotAfter: now.Add(time.Hour)}, key)
	file := "x\"}\\ 1\n# TYPE y\xff.pem"
	folder(t, map[string][]byte{file: text})
	got := metrics(t, scan(t, "."))["certwright_certificate_not_after_seconds"]
	if len(got) != 1 {
		t.Fatalf("%d series, want 1", len(got))
	}
	if want := "a \"b\" \\n{}=,#\n中文 \\u001b[2J\\u202e"; got[0].labels["cn"] != want {
		t.Errorf("cn %q, want %q", got[0].labels["cn"], want)
	}
	if want := "x\"}\\ 1\n# TYPE y\\ufffd.pem"; got[0].labels["path"] != want {
		t.Errorf("path %q, want %q", got[0].labels["path"], want)
	}
}

func TestKind(t *testing.T) {
	for _, tt := range []struct {
		ca     bool
		usages string
		want   string
	}{
		{true, "cert sign,server auth", "ca"}, {false, "signing,server auth", "server"}, {false, "client auth,signing", "client"},
		{false, "client auth,server auth", "server,client"}, {false, "signing", "server,client"}, {false, "any", "server,client"},
		{false, "code signing", "other"}, {false, "1.2.3.4", "other"},
	} {
		e := &certinfo.Entry{IsCA: tt.ca, Usages: strings.Split(tt.usages, ",")}
		if got := kind(e); got != tt.want {
			t.Errorf("%t %s: %q, want %q", tt.ca, tt.usages, got, tt.want)
		}
	}
}

// FuzzLabel holds that every text comes back, but for what is harmful or no UTF-8.
func FuzzLabel(f *testing.F) {
	for _, s := range []string{"", "a", `\`, `"`, "\n", `\n`, "\xff", "\x1b[m", "中\u2028\u200b", `",x="`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := metrics(t, []certinfo.Entry{{File: "f", Kind: certinfo.Certificate, Subject: certinfo.Name{CommonName: s, Text: s}}})
		series := got["certwright_certificate_not_after_seconds"]
		if len(series) != 1 {
			t.Fatalf("%d series", len(series))
		}
		lines := strings.Split(s, "\n")
		for i := range lines {
			lines[i] = visible.Text(lines[i])
		}
		if cn, want := series[0].labels["cn"], strings.Join(lines, "\n"); cn != want {
			t.Fatalf("%q came back as %q", s, cn)
		}
	})
}
