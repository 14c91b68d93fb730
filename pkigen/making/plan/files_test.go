package plan

import (
	"io/fs"
	"strings"
	"testing"

	"certwright/pkigen/making/store"
)

func TestModes(t *testing.T) {
	base := newBench(t)
	for _, test := range []struct {
		path string
		mode fs.FileMode
		fix  bool
	}{
		{"ca-key.pem", 0o600, false},
		{"ca-key.pem", 0o400, true}, // exactly 0600, so that a renewal can be written
		{"ca-key.pem", 0o640, true},
		{"ca-key.pem", 0o666, true},
		{"ca.pem", 0o644, false},
		{"ca.pem", 0o600, false}, // stricter than ours: the operator's choice
		{"ca.pem", 0o444, false},
		{"ca.pem", 0o664, true},
		{"ca.pem", 0o646, true},
		{"ca.pem", 0o000, true},
		{"ca-config.json", 0o666, true},
		{"admin.csr", 0o622, true},
	} {
		b := base.clone(t)
		b.dir[test.path] = store.File{Data: b.dir[test.path].Data, Mode: test.mode}
		p := b.make()
		if p.Changes() != test.fix || p.Count(Keep) != 17 {
			t.Errorf("%s %04o: changes %v, %s", test.path, test.mode, p.Changes(), p.Summary())
		}
		for _, a := range p.Files {
			if a.FixMode != (test.fix && a.Path == test.path) {
				t.Errorf("%s %04o: fix %v of %s", test.path, test.mode, a.FixMode, a.Path)
			}
		}
	}
}

func TestJSONFiles(t *testing.T) {
	b := newBench(t)
	b.put("ca-config.json", []byte("{}"))
	b.put("admin-csr.json", append(b.dir["admin-csr.json"].Data, '\n'))
	delete(b.dir, "ca-csr.json")
	p := b.make()
	want := map[string]Verb{"ca-config.json": Renew, "admin-csr.json": Renew, "ca-csr.json": Create}
	for _, a := range p.Files {
		verb, changed := want[a.Path]
		if !changed {
			verb = Keep
		}
		if a.Verb != verb || (verb == Renew) != (a.Reason != "") || verb != Keep && len(a.Data) == 0 {
			t.Errorf("%s: %s (%s), want %s", a.Path, a.Verb, a.Reason, verb)
		}
	}
	if got := p.Summary(); got != "create 1, renew 2, keep 14" {
		t.Errorf("summary %q", got)
	}
}

func TestRefusedError(t *testing.T) {
	b := newBench(t)
	b.put("admin-key.pem", nil)
	b.cluster.CA.Subject.CN = "lab-ca"
	err := &RefusedError{b.make().Refused()}
	const want = `refused, nothing was changed
  ca: subject changed: CN from "kubernetes-ca" to "lab-ca" (--replace-key ca makes a new CA instead, and all its certificates anew)
  admin: admin-key.pem is empty: put the right private key there, without a passphrase (--replace-key admin makes a new key instead)`
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if got := strings.Join(err.Replaceable(), " "); got != "ca admin" {
		t.Errorf("words %q", got)
	}
}

// TestWords holds that a word for a certificate that does not exist is an error,
// since it would allow nothing without saying so.
func TestWords(t *testing.T) {
	b := newBench(t)
	_, err := Make(b.cluster, articleLayout(t), b.dir, t0, Options{ReplaceKeys: []string{"ca", "kubernets"}})
	const want = `there is no certificate "kubernets" whose key could be replaced: use one of ca, kubernetes, admin, kube-proxy`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFind(t *testing.T) {
	p := newBench(t).make()
	if c := p.Find("admin"); c == nil || c != &p.Certificates[2] {
		t.Errorf("got %v", c)
	}
	if c := p.Find("nobody"); c != nil {
		t.Errorf("found %v", c)
	}
}
