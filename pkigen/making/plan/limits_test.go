package plan

import (
	"crypto/x509"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/store"
)

// TestLooseFolder holds that folders of keys are 0700, also where nothing else
// changes, and that folders are no files in what is counted.
func TestLooseFolder(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		mode fs.FileMode
		fix  bool
	}{{0o777, true}, {0o755, true}, {0o710, true}, {0o701, true}, {0o700, false}, {0o500, false}} {
		b.dir["."] = store.File{Mode: fs.ModeDir | test.mode}
		p := b.make()
		if p.Changes() != test.fix || p.Count(Keep) != 17 || verbs(p) != allKept || p.Summary() != "keep 17" {
			t.Errorf("%04o: changes %v, %s", test.mode, p.Changes(), p.Summary())
		}
		a := p.Files[0]
		if a.IsFolder() != test.fix {
			t.Errorf("%04o: %+v", test.mode, a)
		}
		if test.fix && (a.Path != "." || a.Verb != Keep || !a.FixMode || a.Mode != fs.ModeDir|0o700 || !strings.Contains(a.Reason, fmt.Sprintf("(%04o)", test.mode))) {
			t.Errorf("%04o: %+v", test.mode, a)
		}
	}
}

// TestFoldersBelow puts keys into a folder of a folder: only the one that holds
// them has to be closed.
func TestFoldersBelow(t *testing.T) {
	open := store.File{Mode: fs.ModeDir | 0o755}
	files := []Action{{Path: "a/b/x.pem"}, {Path: "a/b/x-key.pem", Part: catalog.Key, Mode: keyMode}, {Path: "a/y.pem"}}
	got := withFolders(files, store.Directory{".": open, "a": open, "a/b": open})
	var paths []string
	for _, a := range got {
		paths = append(paths, a.Path)
	}
	if want := []string{".", "a/b", "a/b/x.pem", "a/b/x-key.pem", "a/y.pem"}; !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
}

// TestLimitedCA has a CA that would be kept, but whose own limits forbid what its
// leaves are for: found here, and not when the set is proven.
func TestLimitedCA(t *testing.T) {
	base := newBench(t)
	_, service, _ := net.ParseCIDR("10.254.0.0/16")
	_, all, _ := net.ParseCIDR("10.0.0.0/8")
	_, loop, _ := net.ParseCIDR("127.0.0.0/8")
	for _, test := range []struct {
		name   string
		limit  func(*x509.Certificate)
		reason string // "" for a CA that may stay
	}{
		{"client only", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} },
			"ca.pem must not sign kubernetes.pem: its extended key usages do not allow server auth; put a CA without such limits here"},
		{"server only", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} },
			"ca.pem must not sign kubernetes.pem: its extended key usages do not allow client auth; put a CA without such limits here"},
		{"code signing", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }, "do not allow server auth"},
		{"both", func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		}, ""},
		{"any", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, ""},
		{"other names", func(c *x509.Certificate) {
			c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"example.com"}
		}, "its name constraints: "},
		{"other addresses", func(c *x509.Certificate) { c.PermittedIPRanges = []*net.IPNet{service} }, "its name constraints: "},
		{"these addresses", func(c *x509.Certificate) { c.PermittedIPRanges = []*net.IPNet{all, loop} }, ""},
		{"no path below", func(c *x509.Certificate) { c.MaxPathLenZero = true }, ""},
	} {
		b := base.clone(t)
		b.sign("ca", test.limit)
		p := b.make()
		ca := p.Find("ca")
		if test.reason == "" {
			if ca.Key != Keep || ca.Cert != Keep {
				t.Errorf("%s: %s, %q", test.name, verbs(p), ca.Reason)
			}
			continue
		}
		if ca.Key != Refuse || ca.Cert != Refuse || !strings.Contains(ca.Reason, test.reason) {
			t.Errorf("%s: %s, %q", test.name, verbs(p), ca.Reason)
		}
		b.opt.ReplaceKeys = []string{"ca"}
		if p := b.make(); p.Find("ca").Key != Replace || len(p.Refused()) > 0 {
			t.Errorf("%s, with the confirmation: %s", test.name, verbs(p))
		}
	}
}
