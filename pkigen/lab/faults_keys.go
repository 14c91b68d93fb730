package lab

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// rekeyed gives a certificate a new key.
func rekeyed(make func() (crypto.Signer, error)) func(*ground) error {
	return func(g *ground) error {
		seat, err := g.pick(isLeaf)
		if err != nil {
			return err
		}
		key, err := make()
		if err != nil {
			return err
		}
		return g.rekey(seat, key)
	}
}

// rekey signs a certificate again for a key, and puts both at all places.
func (g *ground) rekey(seat *survey.Seat, key crypto.Signer) error {
	cert, err := g.sign(order{seat: seat, key: key.Public()})
	if err != nil {
		return err
	}
	text, err := keyPEM(key)
	if err != nil {
		return err
	}
	return g.everywhere(seat, cert, text)
}

// hugeKey makes a key as newHugeKey does; tests make one once.
var hugeKey = newHugeKey

// newHugeKey is an RSA key larger than Go's TLS takes. One of two primes would
// take half a minute; OpenSSL reads keys of up to five.
func newHugeKey() (crypto.Signer, error) {
	//lint:ignore SA1019 the key protects nothing: a student has to find it
	return rsa.GenerateMultiPrimeKey(rand.Reader, 5, 8448)
}

func ed25519Key(crypto.PublicKey) (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

func sharedKey(g *ground) error {
	of, err := g.pick(isLeaf)
	if err != nil {
		return err
	}
	seat, err := g.pick(isLeaf)
	if err != nil {
		return err
	}
	key, err := g.keyOf(of)
	if err != nil {
		return err
	}
	return g.rekey(seat, key)
}

// tokenPair replaces the public half, or both, of one node's service account keys.
func (g *ground) tokenPair(both bool, make func(like crypto.PublicKey) (crypto.Signer, error)) error {
	seat, err := g.pick(func(s *survey.Seat) bool {
		return s.Entry.Kind == catalog.KeyPair && onNode(s) && s.Key.File != nil && s.Public.File != nil
	})
	if err != nil {
		return err
	}
	key, err := make(seat.Private())
	if err != nil {
		return err
	}
	public, err := pkey.EncodePublic(key.Public())
	if err == nil {
		err = g.write(seat.Public.Path, public, publicMode)
	}
	if err != nil || !both {
		return err
	}
	private, err := keyPEM(key)
	if err != nil {
		return err
	}
	return g.write(seat.Key.Path, private, secretMode)
}

// isTokenFile finds the files from which the API server knows the bootstrap token.
func isTokenFile(f *scan.File) bool {
	return len(f.Tokens) > 0 && f.Config == nil && (strings.HasSuffix(f.Path, ".csv") || strings.HasPrefix(f.Path, catalog.ManifestFolder+"/"))
}

// tokenForm spoils the bootstrap token where the API server reads it: a column
// less in a file, or another name of the Secret.
func tokenForm(g *ground) error {
	const token = id.BootstrapToken
	var files []string
	for _, f := range g.site.Files {
		if isTokenFile(f) {
			files = append(files, f.Path)
		}
	}
	if len(files) == 0 || g.used[token] {
		return errNoPlace
	}
	g.used[token] = true
	return g.alter(files[g.rng.IntN(len(files))], func(b []byte) []byte {
		b = bytes.Replace(b, []byte(",10001,"), []byte(" "), 1)
		return bytes.Replace(b, []byte("  name: bootstrap-token-"), []byte("  name: bootstrap-"), 1)
	})
}

// otherToken gives one kubelet a token that nobody knows.
func otherToken(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool { return s.Entry.Kind == catalog.Token && isKubeconfig(s) })
	if err != nil {
		return err
	}
	return g.config(seat.Config.Path, func(c *kubeconfig.Config) {
		sum := sha256.Sum256([]byte(c.Token)) // as random as the token, and of its form
		c.Token = c.Token[:7] + hex.EncodeToString(sum[:])[:16]
	})
}
