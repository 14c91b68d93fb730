package pkigen

import (
	"context"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

const phrase = "correct horse battery staple"

// asked answers each question for a passphrase with the next of a list, and counts them.
type asked struct {
	answers []string
	said    []plan.Asking
}

func (a *asked) ask(_ context.Context, what plan.Asking) ([]byte, error) {
	a.said = append(a.said, what)
	if len(a.said) > len(a.answers) {
		return nil, errors.New("no more answers")
	}
	return []byte(a.answers[len(a.said)-1]), nil
}

// lockKey puts a key of a set behind the passphrase, as openssl pkcs8 -topk8 does.
func lockKey(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, err := plan.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	l, err := pkey.NewLock([]byte(phrase))
	if err == nil {
		text, err = l.Encrypt(key)
	}
	if err == nil {
		err = store.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLockedKey: one CA key behind a passphrase stops only what it signs.
func TestLockedKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	c.Key = spec.ECDSAP256
	job := Job{Dir: dir, Cluster: c, Now: at(t0), About: about}
	mustRun(t, job, nil)
	file := filepath.Join(dir, "authority", "ca.key")
	lockKey(t, file)
	locked, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	renew := func(name string, ask func(context.Context, plan.Asking) ([]byte, error)) error {
		j := job
		j.Options.Renewal = &plan.Renewal{Names: []string{name}}
		j.Passphrase = ask
		_, err := Run(t.Context(), j, nil)
		return err
	}
	layout, _ := catalog.FindLayout(c.Layout)
	for _, f := range judged(t, dir, &verify.Known{Layout: layout, Cluster: c}).Findings {
		if f.File == "authority/ca.key" && (f.Check.ID != "ca-key-encrypted" || f.Severity != check.Note || f.Command != "") {
			t.Errorf("an encrypted CA key is told as %v: %s", f.Severity, f.Check.ID)
		}
	}
	none := &asked{}
	if r := mustRun(t, job, nil); !r.Unchanged || !slices.ContainsFunc(r.Proofs, func(s string) bool { return s == "encrypted, not opened here: authority/ca.key" }) {
		t.Errorf("a set with a locked key is not left alone: %v, %v", r.Plan.Summary(), r.Proofs)
	}
	if err := renew("cp-1/etcd-server", none.ask); err != nil || len(none.said) > 0 {
		t.Errorf("what another CA signs: %v, asked %v", err, none.said)
	}
	if err := renew("admin", nil); !errors.As(err, new(*plan.OpenError)) {
		t.Errorf("nobody to ask: %v", err)
	}
	if err := renew("admin", (&asked{answers: []string{"wrong"}}).ask); err == nil || err.Error() != "no more answers" {
		t.Errorf("a wrong passphrase: %v", err)
	}
	twice := &asked{answers: []string{"wrong", phrase}}
	if err := renew("admin", twice.ask); err != nil || len(twice.said) != 2 || !errors.Is(twice.said[1].Wrong, pkey.ErrPassphrase) ||
		!slices.Equal(twice.said[0].Files, []string{"authority/ca.key"}) {
		t.Errorf("the right one at the second time: %v, asked %v", err, twice.said)
	}
	if err := renew("ca", (&asked{answers: []string{phrase}}).ask); err != nil {
		t.Errorf("the CA itself: %v", err)
	}
	if now, err := os.ReadFile(file); err != nil || string(now) != string(locked) {
		t.Errorf("the locked key is another: %v", err)
	}
}

// TestLockedStranger holds an opened key against the certificate before anything is signed.
func TestLockedStranger(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	c.Key = spec.ECDSAP256
	job := Job{Dir: dir, Cluster: c, Now: at(t0)}
	mustRun(t, job, nil)
	other, err := os.ReadFile(filepath.Join(dir, "authority", "etcd-ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "authority", "ca.key")
	if err := os.WriteFile(file, other, 0o600); err != nil {
		t.Fatal(err)
	}
	lockKey(t, file)
	job.Options.Renewal = &plan.Renewal{Names: []string{"admin"}}
	job.Passphrase = (&asked{answers: []string{phrase}}).ask
	if _, err := Run(t.Context(), job, nil); err == nil || !strings.Contains(err.Error(), "authority/ca.key: holds another private key than that of authority/ca.crt") {
		t.Errorf("got %v", err)
	}
}

// TestEncryptedSet makes a set with encrypted CA keys, renews, rotates and changes it: no
// CA key lies plain in any file of it or beside it at any time, one passphrase opens all,
// and the copy for kube-controller-manager is plain.
func TestEncryptedSet(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "pki")
	c := treeCluster("three-ca", 1)
	c.Key, c.EncryptCAKeys, c.SignCSRs = spec.ECDSAP256, true, false
	job := Job{Dir: dir, Cluster: c, Now: at(t0), About: about}
	first := &asked{answers: []string{phrase}}
	job.Passphrase = first.ask
	mustRun(t, job, nil)
	if len(first.said) != 1 || len(first.said[0].Files) != 0 {
		t.Errorf("asked %v", first.said)
	}
	noPlainKeys(t, root, "generate")
	job.Passphrase = nil
	if r := mustRun(t, job, nil); !r.Unchanged {
		t.Errorf("a second run: %s", r.Plan.Summary())
	}
	for _, to := range stages {
		job.Options.Rotation = &plan.Rotation{Name: "ca", To: to}
		if to == plan.Widened { // the new key gets the passphrase of the others, and no other
			job.Passphrase = (&asked{answers: []string{"another passphrase"}}).ask
			if _, err := Run(t.Context(), job, nil); err == nil || err.Error() != "no more answers" {
				t.Errorf("another passphrase for the new CA: %v", err)
			}
		}
		job.Passphrase = (&asked{answers: []string{phrase}}).ask
		mustRun(t, job, nil)
		noPlainKeys(t, root, "rotate to "+string(to))
	}
	job.Options.Rotation = nil
	signing := *c
	signing.SignCSRs = true
	job.Cluster, job.Passphrase = &signing, (&asked{answers: []string{phrase}}).ask
	mustRun(t, job, nil)
	text, err := os.ReadFile(filepath.Join(dir, "nodes/cp-1/etc/kubernetes/pki/ca.key"))
	if err != nil || plan.IsEncrypted(text) {
		t.Errorf("the copy for kube-controller-manager is not plain: %v", err)
	}
	job.Passphrase = nil
	if r := mustRun(t, job, nil); !r.Unchanged {
		t.Errorf("with copies on nodes, a second run: %s", r.Plan.Summary())
	}
	j := UndoJob{Dir: dir, Now: at(t0), About: about}
	if _, err := Undo(t.Context(), j, nil); err != nil {
		t.Errorf("undo asks for nothing: %v", err)
	}
}

// BenchmarkRenewLocked renews one leaf whose CA key is behind a passphrase, as a whole.
func BenchmarkRenewLocked(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	c.EncryptCAKeys = true
	job := Job{Dir: dir, Cluster: c, Now: at(t0), Passphrase: func(context.Context, plan.Asking) ([]byte, error) { return []byte(phrase), nil }}
	if _, err := Run(b.Context(), job, nil); err != nil {
		b.Fatal(err)
	}
	job.Options.Renewal = &plan.Renewal{Names: []string{"admin"}}
	for b.Loop() {
		if _, err := Run(b.Context(), job, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// noPlainKeys fails for each plain private key below a folder that is a CA's by a
// certificate there.
func noPlainKeys(t *testing.T, root, after string) {
	t.Helper()
	if found := plainKeys(t, root); len(found) > 0 {
		t.Errorf("after %s, plain keys of CAs: %v", after, found)
	}
}

// plainKeys are the files below a folder with a plain private key of a CA there. It
// reads the bytes of every file.
func plainKeys(t *testing.T, root string) []string {
	t.Helper()
	cas, keys := map[string]bool{}, map[string]string{}
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(p)
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if cert, err := pkey.ParseCertificate(block.Bytes); err == nil && pkey.IsCA(cert) {
				cas[pkey.Text(cert.PublicKey)] = true
			}
			if key, err := pkey.ParsePrivate(block.Bytes); err == nil {
				keys[p] = pkey.Text(key.Public())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for p, key := range keys {
		if cas[key] {
			out = append(out, p)
		}
	}
	return out
}
