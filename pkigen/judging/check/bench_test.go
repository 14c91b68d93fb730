package check_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"certwright/pkigen/judging/check"
	judgement "certwright/pkigen/judging/verify"
)

// many is how many certificates a large directory has.
const many = 10_000

// BenchmarkTenThousand judges a directory of 10,000 certificates, and measures
// beside it what nobody can do without: to read the files, parse the certificates
// and check their signatures on all processors. The ratio should stay under 1.5.
func BenchmarkTenThousand(b *testing.B) {
	dir, ca := largeDirectory(b)
	var verify, least time.Duration
	for b.Loop() {
		start := time.Now()
		r, err := judgement.Directory(b.Context(), dir, nil, time.Now())
		if err != nil || r.Count(check.Error) > 0 || r.Proven < many {
			b.Fatalf("%v, %d errors, %d proven", err, r.Count(check.Error), r.Proven)
		}
		verify += time.Since(start)
		start = time.Now()
		leastWork(b, dir, ca)
		least += time.Since(start)
	}
	b.ReportMetric(verify.Seconds()/least.Seconds(), "ratio")
	b.ReportMetric(float64(verify.Milliseconds())/float64(b.N), "verify-ms")
	b.ReportMetric(float64(least.Milliseconds())/float64(b.N), "least-ms")
}

// leastWork parses each certificate and checks its signature.
func leastWork(b *testing.B, dir string, ca *x509.Certificate) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for batch := range many / 100 {
		g.Go(func() error {
			for i := range 100 {
				data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("node-%05d.crt", batch*100+i)))
				if err != nil {
					return err
				}
				block, _ := pem.Decode(data)
				cert, err := x509.ParseCertificate(block.Bytes)
				if err != nil {
					return err
				}
				if err := ca.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

// largeDirectory has a CA and the client certificates of many kubelets.
func largeDirectory(b *testing.B) (string, *x509.Certificate) {
	b.Helper()
	dir := b.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	begins := time.Now().Add(-time.Hour)
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"}, NotBefore: begins,
		NotAfter: begins.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	write := func(name string, template *x509.Certificate) *x509.Certificate {
		own, err := key, error(nil)
		if template != root {
			own, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
		var der []byte
		if err == nil {
			der, err = x509.CreateCertificate(rand.Reader, template, root, own.Public(), key)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
		}
		if err != nil {
			b.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			b.Fatal(err)
		}
		return cert
	}
	ca := write("ca.crt", root)
	root = ca
	for i := range many {
		write(fmt.Sprintf("node-%05d.crt", i), &x509.Certificate{SerialNumber: big.NewInt(int64(i) + 2),
			Subject:   pkix.Name{CommonName: fmt.Sprintf("system:node:node-%05d", i), Organization: []string{"system:nodes"}},
			NotBefore: begins, NotAfter: begins.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	}
	return dir, ca
}
