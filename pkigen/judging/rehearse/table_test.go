package rehearse

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"

	"certwright/pkigen/cluster/connections"
)

// TestTables holds that each connection of the catalogue has its words.
func TestTables(t *testing.T) {
	for _, a := range connections.All {
		if k := callOf(&a); k.fails == "" || a.To != "etcd" && (k.denied == "" || k.forbidden == "") {
			t.Errorf("%s lacks words", a.ID)
		}
		if voices[a.From].starts == "" || voices[a.To].hears == "" {
			t.Errorf("%s: %s or %s has no voice", a.ID, a.From, a.To)
		}
	}
}

// TestPodIdentity holds that a token is believed by its key and its issuer alone.
func TestPodIdentity(t *testing.T) {
	var public []any
	var signers []*ecdsa.PrivateKey
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		signers, public = append(signers, key), append(public, &key.PublicKey)
	}
	for i, key := range signers {
		if err := canSign(key); err != nil {
			t.Error(err)
		}
		if who, err := podIdentity(key, "a", public, "a"); err != nil || who.User != podUser {
			t.Errorf("%s: %v, %v", key.Params().Name, who, err)
		}
		if _, err := podIdentity(key, "a", public, "b"); !errors.Is(err, errInvalidToken) {
			t.Errorf("another issuer: %v", err)
		}
		if _, err := podIdentity(key, "a", public[:i], "a"); !errors.Is(err, errNoKeys) {
			t.Errorf("a key that is not known: %v", err)
		}
	}
	if key, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader); err != nil || canSign(key) == nil {
		t.Errorf("a key of P-224 signs: %v", err)
	}
}
