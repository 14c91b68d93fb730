package certinfo

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAuthority tells a CA that was signed again with its key from one that was
// made again under its name.
func TestAuthority(t *testing.T) {
	dir := t.TempDir()
	old := newCA(t, "ca")
	again := *old.cert
	again.SerialNumber, again.NotAfter = big.NewInt(7), old.cert.NotAfter.Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, &again, &again, old.key.Public(), old.key)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	other := newCA(t, "ca")
	c := issue(t, "", leaf("one"), &old)
	put(t, dir, "1-old.pem", old.pem())
	put(t, dir, "2-renewed.pem", pair{cert: renewed}.pem())
	put(t, dir, "3-other.pem", other.pem())
	put(t, dir, "one.pem", c.pem())
	entries := scan(t, dir)
	at := func(name string) *Entry { e := only(t, entries, filepath.Join(dir, name)); return &e }
	if a := at("1-old.pem").Authority(); a == "" || a != at("2-renewed.pem").Authority() || a == at("3-other.pem").Authority() {
		t.Error("CAs are not told apart by name and key")
	}
	if e := at("one.pem"); e.SignedBy() != at("1-old.pem").Authority() || e.Authority() != "" {
		t.Error("the leaf is not linked to its CA")
	}
	if e := at("3-other.pem"); e.SignedBy() != e.Authority() {
		t.Error("a self-signed CA is signed by itself")
	}
}

// TestKeep scans for certificates only, and lets the limit count what is kept.
func TestKeep(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		put(t, dir, fmt.Sprintf("a%02d.yaml", i), []byte("x: y"))
	}
	put(t, dir, "b.pem", newCA(t, "ca").pem())
	put(t, dir, "c.pem", nil)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("folder", filepath.Join(dir, "d-link")); err != nil {
		t.Fatal(err)
	}
	limit := Watch
	for _, tt := range []struct{ limit, want int }{{1_000, 3}, {2, 3}, {1, 2}} {
		limit.Entries = tt.limit
		entries, err := ScanContext(t.Context(), []string{dir}, limit)
		if err != nil || len(entries) != tt.want {
			t.Fatalf("limit %d: %d entries, %v", tt.limit, len(entries), err)
		}
		if got := entries[len(entries)-1].Cut(); got != (tt.limit < 3) {
			t.Errorf("limit %d: cut %t", tt.limit, got)
		}
	}
}

// BenchmarkManyCopies scans as many trees as a large cluster has nodes: one CA
// in each, and a certificate that lies in another folder than the CA.
func BenchmarkManyCopies(b *testing.B) {
	const nodes = 2_000
	dir := b.TempDir()
	ca := newCA(b, "ca")
	c := issue(b, "", &x509.Certificate{Subject: pkix.Name{CommonName: "node"}}, &ca)
	for i := range nodes {
		for _, f := range []struct {
			name string
			data []byte
		}{{"etc/ca.crt", ca.pem()}, {"var/kubelet.crt", c.pem()}} {
			name := filepath.Join(dir, fmt.Sprint(i), f.name)
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(name, f.data, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		if entries, err := Scan([]string{dir}); err != nil || len(entries) != 2*nodes {
			b.Fatal(len(entries), err)
		}
	}
}
