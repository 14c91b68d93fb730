package pkigen

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/cloudflare/cfssl/config"
	"github.com/cloudflare/cfssl/csr"
	"github.com/cloudflare/cfssl/signer"
	"github.com/cloudflare/cfssl/signer/local"
	"golang.org/x/sync/errgroup"

	"certwright/pkigen/making/plan"
)

// What a large set costs at the least: the same certificates by cfssl's library,
// and the same files written without any order or promise.

// baselineCertificates makes the keys, requests and certificates of a plan by
// cfssl's library, on all processors and in memory only, as a short program
// would: the CAs first, a signer for each CA, and then everything else.
func baselineCertificates(b *testing.B, p *plan.Plan) (made int) {
	b.Helper()
	signers := map[string]signer.Signer{}
	var leaves []*plan.Certificate
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if c.IsCA() {
			signers[c.Name] = baselineAuthority(b, p, c)
			made++
		} else if c.IsCertificate() {
			leaves = append(leaves, c)
		}
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, c := range leaves {
		g.Go(func() error {
			request, _, err := csr.ParseRequest(baselineRequest(c))
			if err == nil {
				_, err = signers[c.Signer].Sign(signer.SignRequest{Request: string(request), Profile: c.Profile})
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return made + len(leaves)
}

// baselineAuthority makes a CA and the signer that signs by its profiles.
func baselineAuthority(b *testing.B, p *plan.Plan, c *plan.Certificate) signer.Signer {
	b.Helper()
	req := baselineRequest(c)
	req.CA = &csr.CAConfig{}
	request, keyPEM, err := csr.ParseRequest(req)
	if err != nil {
		b.Fatal(err)
	}
	key, err := plan.ParsePrivateKey(keyPEM)
	if err != nil {
		b.Fatal(err)
	}
	root := &config.Signing{Default: &config.SigningProfile{
		Usage: []string{"cert sign", "crl sign"}, Expiry: c.Expiry, CAConstraint: config.CAConstraint{IsCA: true},
	}}
	certPEM, err := baselineSigner(b, key, nil, root).Sign(signer.SignRequest{Request: string(request)})
	if err != nil {
		b.Fatal(err)
	}
	block, _ := pem.Decode(certPEM)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		b.Fatal(err)
	}
	policy := &config.Signing{Default: config.DefaultConfig(), Profiles: map[string]*config.SigningProfile{}}
	for _, profile := range p.Cluster.Profiles {
		policy.Profiles[profile.Name] = &config.SigningProfile{Usage: profile.Usages, Expiry: profile.Expiry}
	}
	return baselineSigner(b, key, cert, policy)
}

func baselineSigner(b *testing.B, key crypto.Signer, cert *x509.Certificate, policy *config.Signing) signer.Signer {
	b.Helper()
	s, err := local.NewSigner(key, cert, signer.DefaultSigAlgo(key), policy)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// baselineRequest is what cfssl is told of a certificate.
func baselineRequest(c *plan.Certificate) *csr.CertificateRequest {
	algo, size := c.Certificate.Key.CFSSL()
	req := &csr.CertificateRequest{
		CN: c.Subject.CN, KeyRequest: &csr.KeyRequest{A: algo, S: size},
		Names: []csr.Name{{C: c.Subject.C, ST: c.Subject.ST, L: c.Subject.L, O: c.Subject.O, OU: c.Subject.OU}},
	}
	for _, h := range c.Hosts {
		req.Hosts = append(req.Hosts, h.String())
	}
	return req
}

// baselineWriters is how many files are written at one time: as many as the
// store writes, since with fewer the disk waits for the program.
const baselineWriters = 16

// baselineFiles writes files of these sizes to the same paths below dir and
// syncs each. Nothing is checked, no folder is synced, and nothing is swapped.
func baselineFiles(b *testing.B, dir string, sizes map[string]int64) {
	b.Helper()
	largest := int64(0)
	for _, n := range sizes {
		largest = max(largest, n)
	}
	data := []byte(strings.Repeat("x", int(largest)))
	var g errgroup.Group
	g.SetLimit(baselineWriters)
	for p, n := range sizes {
		g.Go(func() error {
			name := filepath.Join(dir, filepath.FromSlash(p))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			f, err := os.Create(name)
			if err != nil {
				return err
			}
			defer f.Close()
			if _, err := f.Write(data[:n]); err != nil {
				return err
			}
			return f.Sync()
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

// peakMemory runs f and tells the most memory that the process had meanwhile, in
// MiB; 0 where the system does not tell.
func peakMemory(f func()) float64 {
	debug.FreeOSMemory()
	// 5 sets VmHWM back to what is in use now: proc_pid_clear_refs(5).
	reset := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	f()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || reset != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	kib, _ := strconv.Atoi(strings.Fields(line)[0])
	return float64(kib) / 1024
}

// folderSizes counts the entries of the largest folder, and tells the size of each file.
func folderSizes(b *testing.B, dir string) (files map[string]int64, largest int) {
	b.Helper()
	files = map[string]int64{}
	entries := map[string]int{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		entries[filepath.Dir(name)]++
		largest = max(largest, entries[filepath.Dir(name)])
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = info.Size()
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return files, largest
}
