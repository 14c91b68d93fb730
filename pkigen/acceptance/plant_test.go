package acceptance

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// set is a directory that certwright made, to plant faults in. Its methods end
// the test where something does not work. They name a file by its path in the
// directory, and what a kubeconfig embeds by PATH#FIELD.
type set struct {
	t   *testing.T
	dir string
}

// Where the files of the one control-plane node lie.
const (
	confs = "nodes/master1/etc/kubernetes/"
	pki   = confs + "pki/"
)

// The fields of a kubeconfig that embed files.
const (
	embeddedCA   = "#certificate-authority-data"
	embeddedCert = "#client-certificate-data"
	embeddedKey  = "#client-key-data"
)

func (s set) read(place string) []byte {
	s.t.Helper()
	name, field, _ := strings.Cut(place, "#")
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	if field == "" {
		return data
	}
	found := regexp.MustCompile(regexp.QuoteMeta(field) + `: "?([A-Za-z0-9+/=]+)`).FindSubmatch(data)
	if found == nil {
		s.t.Fatalf("%s has no field %s", name, field)
	}
	data, err = base64.StdEncoding.DecodeString(string(found[1]))
	if err != nil {
		s.t.Fatalf("%s: %s: %v", name, field, err)
	}
	return data
}

func (s set) write(place string, data []byte) {
	s.t.Helper()
	name, field, _ := strings.Cut(place, "#")
	if field != "" {
		old := base64.StdEncoding.EncodeToString(s.read(place))
		data = bytes.Replace(s.read(name), []byte(old), []byte(base64.StdEncoding.EncodeToString(data)), 1)
	}
	// The mode of a file that is there stays.
	if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// edit replaces a text in a file.
func (s set) edit(name, old, new string) {
	s.t.Helper()
	data := s.read(name)
	if !bytes.Contains(data, []byte(old)) {
		s.t.Fatalf("%s does not contain %q", name, old)
	}
	s.write(name, bytes.Replace(data, []byte(old), []byte(new), 1))
}

func (s set) cert(place string) *x509.Certificate {
	s.t.Helper()
	block, _ := pem.Decode(s.read(place))
	if block == nil {
		s.t.Fatalf("%s holds no PEM", place)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		s.t.Fatalf("%s: %v", place, err)
	}
	return cert
}

// authority is who signs.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// ca is a CA of the directory: "ca", "etcd-ca", "front-proxy-ca".
func (s set) ca(name string) authority {
	s.t.Helper()
	block, _ := pem.Decode(s.read("authority/" + name + ".key"))
	if block == nil {
		s.t.Fatalf("the key of %s is no PEM", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		key, err = x509.ParseECPrivateKey(block.Bytes)
	}
	if err != nil {
		s.t.Fatalf("the key of %s: %v", name, err)
	}
	return authority{s.cert("authority/" + name + ".crt"), key.(crypto.Signer)}
}

// twin is a CA that differs from one of the directory by its key alone, as when
// it was made a second time.
func (s set) twin(name string) authority {
	s.t.Helper()
	cert := *s.ca(name).cert
	key := newKey(s.t)
	cert.PublicKey = key.Public()
	cert.SubjectKeyId, cert.AuthorityKeyId = []byte("the twin of a CA"), nil
	return authority{s.sign(&cert, authority{&cert, key}), key}
}

// resign signs a certificate again, changed, for the same key.
func (s set) resign(place string, by authority, change func(*x509.Certificate)) {
	s.t.Helper()
	cert := s.cert(place)
	if change != nil {
		change(cert)
	}
	s.write(place, encode("CERTIFICATE", s.sign(cert, by).Raw))
}

func (s set) sign(cert *x509.Certificate, by authority) *x509.Certificate {
	s.t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		s.t.Fatal(err)
	}
	cert.SerialNumber, cert.SignatureAlgorithm = serial, x509.UnknownSignatureAlgorithm
	if !cert.IsCA {
		cert.AuthorityKeyId = by.cert.SubjectKeyId
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, by.cert, cert.PublicKey, by.key)
	if err != nil {
		s.t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	return signed
}

// openssl runs OpenSSL in the directory.
func (s set) openssl(args ...string) {
	s.t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Changes to a certificate.

func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
}

func forServersOnly(c *x509.Certificate) {
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
}

// named sets the common name.
func named(cn string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.RawSubject, c.Subject.CommonName = nil, cn }
}

// without takes names and addresses out.
func without(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		out := *c
		out.DNSNames, out.IPAddresses = nil, nil
		for _, n := range c.DNSNames {
			if !slices.Contains(names, n) {
				out.DNSNames = append(out.DNSNames, n)
			}
		}
		for _, ip := range c.IPAddresses {
			if !slices.Contains(names, ip.String()) {
				out.IPAddresses = append(out.IPAddresses, ip)
			}
		}
		*c = out
	}
}

// Keys.

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keyPEM(t *testing.T, key crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encode("PRIVATE KEY", der)
}

func publicPEM(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encode("PUBLIC KEY", der)
}

func newEd25519(t *testing.T) ed25519.PublicKey {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
