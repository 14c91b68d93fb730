package rehearse

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/role"
)

// TestTables holds that each arrow of the catalogue has its rules and its words.
func TestTables(t *testing.T) {
	for _, a := range role.Arrows {
		if _, is := rules[a.ID]; !is {
			t.Errorf("%s has no rule", a.ID)
		}
		if calls[a.ID].fails == "" || a.To != "etcd" && (calls[a.ID].denied == "" || calls[a.ID].forbidden == "") {
			t.Errorf("%s lacks words", a.ID)
		}
		if voices[a.From].starts == "" || voices[a.To].hears == "" {
			t.Errorf("%s: %s or %s has no voice", a.ID, a.From, a.To)
		}
	}
	if len(rules) != len(role.Arrows) || len(calls) != len(role.Arrows) {
		t.Errorf("%d rules and %d calls for %d arrows", len(rules), len(calls), len(role.Arrows))
	}
}

// TestSignature holds that a token is believed by its signature, its issuer and
// its key alone.
func TestSignature(t *testing.T) {
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
		token, err := signToken(key, "https://a", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if who, err := checkToken(token, public, "https://a"); err != nil || who.User != podUser {
			t.Errorf("%s: %v, %v", key.Params().Name, who, err)
		}
		parts := strings.Split(token, ".")
		other, err := signToken(signers[(i+1)%3], "https://a", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			token, issuer string
			want          error
		}{
			"another issuer":    {token, "https://b", errInvalidToken},
			"no token":          {"abc", "https://a", errInvalidToken},
			"another signature": {parts[0] + "." + parts[1] + "." + strings.Split(other, ".")[2], "https://a", errCrypto},
			"no signature":      {parts[0] + "." + parts[1] + ".", "https://a", errCrypto},
		} {
			if _, err := checkToken(c.token, public, c.issuer); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if _, err := checkToken(token, nil, "https://a"); !errors.Is(err, errNoKeys) {
			t.Errorf("no keys: %v", err)
		}
	}
}
