package live

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/walk"
)

// signer is a CA of the directory with its key, while it is being replaced or replaces
// another.
type signer struct {
	Of   string // the CA that is being replaced, by its name
	Cert *x509.Certificate
	Key  crypto.Signer
}

// readSigners are the CAs that are being replaced, with those that replace them or were
// replaced. A key that is elsewhere or locked leaves its CA out: that it is trusted shows
// by the count alone then.
func readSigners(dir string, l *catalog.Layout, c *spec.Cluster) []signer {
	var out []signer
	certs := l.Certificates(c)
	for i := range certs {
		if !certs[i].IsCA() || !l.Rotates(&certs[i]) {
			continue
		}
		var both []signer
		for _, one := range []catalog.Certificate{certs[i], certs[i].Companion(catalog.Next), certs[i].Companion(catalog.Previous)} {
			if s, ok := readSigner(dir, &one); ok {
				s.Of = certs[i].Name
				both = append(both, s)
			}
		}
		if len(both) > 1 {
			out = append(out, both...)
		}
	}
	return out
}

func readSigner(dir string, c *catalog.Certificate) (s signer, ok bool) {
	certPEM, err := walk.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Files.Cert)))
	if err != nil {
		return s, false
	}
	keyPEM, err := walk.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Files.Key)))
	if err != nil {
		return s, false
	}
	certs, _ := pkey.Certificates(certPEM)
	block, _ := pem.Decode(keyPEM)
	if len(certs) == 0 || block == nil || pkey.Encrypted(block) {
		return s, false
	}
	key, err := pkey.ParsePrivate(block.Bytes)
	if err != nil || !pkey.Same(key.Public(), certs[0].PublicKey) {
		return s, false
	}
	return signer{Cert: certs[0], Key: key}, true
}

// probeName is whom a certificate names that was made for a look. It is in no group.
const probeName = "certwright-probe"

// probe shows certificates of each CA that is being replaced to a server that has proved
// itself, and sees whether it takes those that its files trust, and refuses the others.
// They name nobody who may do anything; but etcd asks for no name, so it is asked for no
// more than whether it is well.
func (l *looker) probe(ctx context.Context, t *target) {
	done := map[string]bool{}
	for i, flag := range t.at.Asks {
		at := t.prog.File(flag)
		if at.File == nil {
			continue
		}
		trusted := at.File.Certs("")
		for _, s := range l.signers {
			if done[s.Of] || !slices.ContainsFunc(l.signers, func(o signer) bool { return o.Of == s.Of && slices.ContainsFunc(trusted, o.Cert.Equal) }) {
				continue
			}
			done[s.Of] = true
			l.probeAll(ctx, t, s.Of, trusted, i > 0)
		}
	}
}

// probeAll shows one certificate of each CA of a replacement. behind says that the CA is
// that of the front proxy, which speaks in another's name.
func (l *looker) probeAll(ctx context.Context, t *target, of string, trusted []*x509.Certificate, behind bool) {
	for _, s := range l.signers {
		if s.Of != of {
			continue
		}
		must := slices.ContainsFunc(trusted, func(c *x509.Certificate) bool { return pkey.Same(c.PublicKey, s.Cert.PublicKey) })
		if is, known := l.probeOne(ctx, t, s, behind); known {
			t.probed = append(t.probed, Accepted{Who: s.Cert.Subject.CommonName + " of " + day(s.Cert.NotBefore), Probe: true, Must: must, Is: is})
		}
	}
}

// probeOne reports whether a server takes a certificate of a CA; known is false where it
// does not say.
func (l *looker) probeOne(ctx context.Context, t *target, s signer, behind bool) (is, known bool) {
	cn, ask := probeName, say{path: t.at.Healthy}
	switch {
	case t.is(id.KubeAPIServer) && behind:
		if allowed := t.prog.List("--requestheader-allowed-names"); len(allowed) > 0 {
			cn = allowed[0]
		}
		ask = whoAmI
		ask.header = whoAmI.header.Clone()
		ask.header.Set("X-Remote-User", probeName)
	case behind:
		return false, false
	case t.is(id.KubeAPIServer):
		ask = whoAmI
	case !t.at.Mutual: // it remembers for minutes what a user may do
		cn, ask = probeName+"-"+random(), say{path: "/healthz"}
	}
	cert, err := s.sign(cn, l.Now())
	if err != nil {
		return false, false
	}
	w, err := l.speak(ctx, t.port.Address, t.name, t.roots, cert)
	if err != nil {
		return false, refusedByTLS(err)
	}
	defer w.close()
	r, err := w.ask(ask)
	if err != nil {
		return false, refusedByTLS(err)
	}
	if t.is(id.KubeAPIServer) {
		var review struct {
			Status struct{ UserInfo struct{ Username string } }
		}
		_ = json.Unmarshal(r.body, &review)
		return r.status == http.StatusCreated && review.Status.UserInfo.Username == probeName, true
	}
	return r.status == http.StatusOK || r.status == http.StatusForbidden && (t.at.Mutual || strings.Contains(string(r.body), cn)), true
}

// refusedByTLS reports whether an error is the other side's word on a certificate.
func refusedByTLS(err error) bool { return strings.Contains(err.Error(), "remote error: tls:") }

func random() string {
	var b [6]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// probeLife is how long a probe is valid.
const probeLife = 5 * time.Minute

// sign makes a client certificate that lies nowhere but in memory.
func (s signer) sign(cn string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: cn}, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(probeLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, s.Cert, key.Public(), s.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
