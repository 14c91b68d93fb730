package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
)

// adoptions are directories of others, and what of them is not here: which CAs cannot be
// renewed by name.
var adoptions = []struct {
	name  string
	make  func(*tree)
	given []string // beside the nodes
	cas   map[string]string
	stays []string // "all" leaves these as they are
	names bool     // its API server gets further names
}{
	{name: "kubeadm", make: kubeadmTree{}.make, cas: map[string]string{"ca": "", "etcd-ca": "", "front-proxy-ca": ""}, names: true},
	{name: "kubeadm below a root", make: kubeadmTree{root: true, proxies: true}.make, cas: map[string]string{"ca": "corp-root", "etcd-ca": "", "front-proxy-ca": "corp-root"}, names: true},
	{name: "kubeadm that trusts a root", make: kubeadmTree{anchor: true}.make, cas: map[string]string{"ca": "corp-root", "etcd-ca": "", "front-proxy-ca": ""}, names: true},
	{name: "etcd's members apart", make: kubeadmTree{peers: true}.make, cas: map[string]string{"ca": "", "etcd-ca": "", "etcd-peer-ca": "", "front-proxy-ca": ""}, names: true},
	{name: "etcd's members of another team", make: kubeadmTree{peers: true, away: true}.make, cas: map[string]string{"ca": "", "etcd-ca": "", "etcd-peer-ca": "is not here", "front-proxy-ca": ""},
		stays: []string{"pki/etcd/peer.crt"}, names: true},
	{name: "kubeasz", make: kubeaszTree, cas: map[string]string{"ca": ""}, names: true},
	{name: "the hard way", make: hardWayTree, cas: map[string]string{"ca": ""}, stays: []string{"server/var/lib/kubernetes/service-accounts.crt"}, names: true},
	{name: "OpenSSL", make: openSSLTree, cas: map[string]string{"ca": ""}, stays: []string{"controlplane01/var/lib/kubernetes/pki/service-account.crt"}, names: true},
	{name: "etcd alone", make: etcdTree(false), cas: map[string]string{"etcd-ca": ""}},
	{name: "etcd without its CA's key", make: etcdTree(true), cas: map[string]string{"etcd-ca": "is not here"}, stays: []string{"node1/", "node2/", "node3/"}},
	{name: "a worker", make: workerTree, cas: map[string]string{"ca": "is not here"}, stays: []string{"node-0/"}},
}

// TestAdoptions takes directories of others through all that can be done with them. What
// adopt proposes it takes; the verdict stays; old and new certificates are taken below the
// old CA and the new one, by Go and by OpenSSL; and after the undo each byte is back.
func TestAdoptions(t *testing.T) {
	for _, a := range adoptions {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			m := &tree{t, filepath.Join(t.TempDir(), "k")}
			a.make(m)
			s := &adopted{tree: m, before: m.files(), was: m.verdict(), asked: map[string]bool{}}
			if s.was.Errors+len(s.was.WrongConnections) > 0 {
				t.Fatalf("it is made wrong: %+v", s.was)
			}
			s.adopt(a.given)
			s.sound("adopted")
			s.renewAll(a.stays)
			s.renewCAs(a.cas)
			if a.names {
				s.addName()
			}
			for ca := range a.cas {
				s.must(exitRefused, "", "rotate", m.dir, ca, "--next", "--dry-run")
				break
			}
			s.undo()
			if got := s.changed(s.before); !slices.Equal(got, []string{"answers.yaml"}) {
				t.Errorf("after the undo these are others: %q", got)
			}
		})
	}
}

// adopted is such a directory on its way.
type adopted struct {
	*tree
	before map[string]string
	was    judged
	asked  map[string]bool // of which CAs OpenSSL was asked about which leaf
}

// judged is what verify says.
type judged struct {
	Runs             *bool
	Errors           int
	WrongConnections []any
	Findings         []struct{ Severity, File, What string }
}

func (m *tree) verdict() judged {
	m.t.Helper()
	_, out, words := call("verify", m.dir, "--format", "json")
	var j judged
	if err := json.Unmarshal([]byte(out), &j); err != nil {
		m.t.Fatalf("verify: %v\n%s%s", err, out, words)
	}
	return j
}

// files are all files with their bytes.
func (m *tree) files() map[string]string {
	m.t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(m.dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(m.dir, path))
		out[path] = string(data)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// must runs a command that ends with a code and says something.
func (s *adopted) must(code int, says string, args ...string) string {
	s.t.Helper()
	got, out, words := call(args...)
	if flat := strings.Join(strings.Fields(out+words), " "); got != code || !strings.Contains(flat, says) {
		s.t.Fatalf("%q: exit %d, want %d and %q\n%s%s", args, got, code, says, out, words)
	}
	return out + words
}

// changed are the files that are not as they were.
func (s *adopted) changed(was map[string]string) []string {
	var out []string
	now := s.files()
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if was[path] != now[path] {
			out = append(out, path)
		}
	}
	for path := range was {
		if _, there := now[path]; !there {
			out = append(out, path+" is gone")
		}
	}
	return out
}

var nodesAsked = regexp.MustCompile(`(?s)--set nodes='(.*?)'`)

// adopt adopts it, with the nodes that are proposed.
func (s *adopted) adopt(given []string) {
	s.t.Helper()
	args := append([]string{"adopt", s.dir}, given...)
	code, out, words := call(args...)
	if asked := nodesAsked.FindStringSubmatch(out); code != exitDone && asked != nil {
		lines := strings.Split(asked[1], "\n")
		for i, line := range lines {
			lines[i] = strings.NewReplacer("NAME", fmt.Sprintf("n%d", i), "ADDRESS", fmt.Sprintf("10.9.0.%d", i+1)).Replace(strings.TrimSpace(line))
		}
		code, out, words = call(append(args, "--set", "nodes="+strings.Join(lines, "\n"))...)
	}
	if code != exitDone {
		s.t.Fatalf("%q: exit %d\n%s%s", args, code, out, words)
	}
}

// sound holds that the verdict is still that of before.
func (s *adopted) sound(when string) {
	s.t.Helper()
	is := s.verdict()
	if fmt.Sprint(deref(is.Runs)) != fmt.Sprint(deref(s.was.Runs)) || is.Errors+len(is.WrongConnections) > 0 {
		s.t.Fatalf("%s: it runs %s, and was said to %s: %+v", when, deref(is.Runs), deref(s.was.Runs), is)
	}
}

func deref(b *bool) string {
	if b == nil {
		return "perhaps"
	}
	return fmt.Sprint(*b)
}

func (s *adopted) renewAll(stays []string) {
	s.t.Helper()
	was := s.files()
	code := exitDone
	if len(s.leaves(was, stays)) == 0 {
		code = exitRefused
	}
	s.must(code, "", "renew", s.dir, "--all")
	if code != exitDone {
		return
	}
	now := s.files()
	for path, chain := range s.leaves(was, stays) {
		other := certs(path, now[path])
		switch {
		case other[0].Equal(chain[0]):
			s.t.Errorf("%s is as it was", path)
		case !slices.EqualFunc(other[1:], chain[1:], (*x509.Certificate).Equal):
			s.t.Errorf("%s has lost its chain", path)
		case !bytes.Equal(other[0].RawSubject, chain[0].RawSubject), len(other[0].ExtKeyUsage) != len(chain[0].ExtKeyUsage):
			s.t.Errorf("%s is for somebody else: %v", path, other[0].Subject)
		}
	}
	s.taken(was, now)
	s.sound("all are renewed")
}

// renewCAs renews CAs by name, but for those of which a reason says why that is refused.
func (s *adopted) renewCAs(cas map[string]string) {
	s.t.Helper()
	was := s.files()
	args := []string{"renew", s.dir}
	for ca, why := range cas {
		if why == "" {
			args = append(args, ca)
			continue
		}
		s.must(exitRefused, why, "renew", s.dir, ca)
		if got := s.changed(was); len(got) > 0 {
			s.t.Errorf("refused, and %q changed", got)
		}
	}
	if len(args) == 2 {
		return
	}
	s.must(exitDone, "what it signed stays valid", args...)
	s.taken(was, s.files())
	s.sound("CAs are renewed")
}

// addName gives the API server another name.
func (s *adopted) addName() {
	s.t.Helper()
	was := s.files()
	s.must(exitDone, "", "change", s.dir, "--add-name", "api.example.org")
	for _, path := range s.changed(was) {
		if chain := certs(path, s.files()[path]); path != "answers.yaml" && (len(chain) == 0 || !slices.Contains(chain[0].DNSNames, "api.example.org")) {
			s.t.Errorf("a name for the API server changed %s", path)
		}
	}
	s.taken(was, s.files())
	s.sound("a name is added")
}

// undo goes back to before the first run.
func (s *adopted) undo() {
	s.t.Helper()
	backups, err := os.ReadDir(s.dir + ".backup")
	if os.IsNotExist(err) {
		return // no run had anything to do
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.must(exitDone, "", "undo", s.dir, backups[0].Name(), "--yes")
}

// certs are the certificates of a file, of a kubeconfig those of its user.
func certs(path, text string) []*x509.Certificate {
	data := []byte(text)
	if k, err := kubeconfig.Parse(data); err == nil {
		data = k.Cert
	}
	out, _ := pkey.Certificates(data)
	return out
}

// leaves are the leaves of a directory with what is behind them, but for those below some
// paths, and CAs.
func (s *adopted) leaves(files map[string]string, without []string) map[string][]*x509.Certificate {
	out := map[string][]*x509.Certificate{}
	for path, text := range files {
		chain := certs(path, text)
		if len(chain) > 0 && !pkey.IsCA(chain[0]) && !slices.ContainsFunc(without, func(p string) bool { return strings.HasPrefix(path, p) }) {
			out[path] = chain
		}
	}
	return out
}

// taken holds that leaves of before and of now are taken below the CAs of before and of
// now: on nodes both are in use until the last has the new files.
func (s *adopted) taken(was, now map[string]string) {
	s.t.Helper()
	all := []map[string]string{was, now}
	for _, trust := range all {
		for file, text := range trust {
			cas := certs(file, text)
			if len(cas) == 0 || !pkey.IsCA(cas[0]) {
				continue
			}
			roots := x509.NewCertPool()
			for _, ca := range cas {
				roots.AddCert(ca)
			}
			var shown []*x509.Certificate
			for _, of := range all {
				for path, chain := range s.leaves(of, nil) {
					if !bytes.Equal(chain[0].RawIssuer, cas[0].RawSubject) {
						continue
					}
					shown = append(shown, chain[0])
					if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
						s.t.Errorf("%s below %s: %v", path, file, err)
					}
				}
			}
			s.openSSLTakes(file, text, shown)
		}
	}
}

// openSSLTakes asks OpenSSL, where there is one.
func (s *adopted) openSSLTakes(file, ca string, leaves []*x509.Certificate) {
	s.t.Helper()
	leaves = slices.DeleteFunc(leaves, func(c *x509.Certificate) bool {
		key := ca + string(c.Raw)
		asked := s.asked[key]
		s.asked[key] = true
		return asked
	})
	if _, err := exec.LookPath("openssl"); err != nil || len(leaves) == 0 {
		return
	}
	dir := s.t.TempDir()
	args := []string{"verify", "-partial_chain", "-CAfile", "ca"}
	m := &tree{s.t, dir}
	m.write("ca", []byte(ca), 0o644)
	for i, leaf := range leaves {
		args = append(args, fmt.Sprint(i))
		m.write(fmt.Sprint(i), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}), 0o644)
	}
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Errorf("OpenSSL below %s: %v\n%s", file, err, out)
	}
}
