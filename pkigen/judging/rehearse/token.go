package rehearse

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"certwright/pkigen/cluster/pkey"
)

// podUser is the account in whose name a pod of the rehearsal comes.
const podUser = "system:serviceaccount:default:default"

// canSign is why kube-apiserver signs no tokens with a key
// (kubernetes pkg/serviceaccount/jwt.go, signerFromRSAPrivateKey and
// signerFromECDSAPrivateKey).
func canSign(key any) error {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return nil
	case *ecdsa.PrivateKey:
		if slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, k.Curve) {
			return nil
		}
		return errors.New("unknown private key curve, must be 256, 384, or 521")
	}
	return fmt.Errorf("unknown private key type %T, must be *rsa.PrivateKey, *ecdsa.PrivateKey, or jose.OpaqueSigner", key)
}

// The errors of a token, as kube-apiserver logs them.
var (
	errInvalidToken = errors.New("invalid bearer token")             // apiserver pkg/authentication/request/bearertoken
	errNoKeys       = errors.New("invalid signature, no keys found") // kubernetes pkg/serviceaccount/jwt.go
)

// endedError is that of a bootstrap token after its end. kube-apiserver says no more
// than of any other token that it does not know.
type endedError struct{ ends time.Time }

func (e *endedError) Error() string { return errInvalidToken.Error() }

// podIdentity is what kube-apiserver makes of the token of a pod (kubernetes
// pkg/serviceaccount/jwt.go, AuthenticateToken): it looks for the key that signed it
// among its own by the key's id, which is a sum of the public key. A token of
// another issuer is nobody's.
func podIdentity(signer any, issuer string, public []any, known string) (Identity, error) {
	if issuer != known {
		return Identity{}, errInvalidToken
	}
	private, ok := signer.(crypto.Signer)
	if !ok || !slices.ContainsFunc(public, func(k any) bool { return pkey.Same(k, private.Public()) }) {
		return Identity{}, errNoKeys
	}
	return Identity{User: podUser, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:default"}}, nil
}

// bootstrapUser is what an API server makes of a bootstrap token: by the lines of
// --token-auth-file (apiserver pkg/authentication/token/tokenfile), or by the
// Secret of its ID (kubernetes plugin/pkg/auth/authenticator/token/bootstrap).
func bootstrapUser(token, known []byte, now time.Time) (Identity, error) {
	if bytes.Contains(known, []byte("kind: Secret")) {
		return bySecret(string(token), known, now)
	}
	lines := csv.NewReader(bytes.NewReader(known))
	lines.FieldsPerRecord = -1
	who, err := Identity{}, errInvalidToken
	for {
		line, bad := lines.Read()
		switch {
		case bad == io.EOF:
			return who, err
		case bad != nil:
			return Identity{}, bad
		case len(line) < 3:
			return Identity{}, fmt.Errorf("token file must have at least 3 columns (token, user name, user uid), found %d", len(line))
		case line[0] == "" || line[0] != string(token):
			continue
		}
		who, err = Identity{User: line[1]}, nil // the last one wins
		if len(line) > 3 {
			who.Groups = strings.Split(line[3], ",")
		}
	}
}

// bySecret wants the Secret's ID and secret, and that it has not expired. Why it
// does not hold is never said to a client, and in the log by ID alone.
func bySecret(token string, known []byte, now time.Time) (Identity, error) {
	var secret struct {
		StringData map[string]string `json:"stringData"`
	}
	if err := yaml.Unmarshal(known, &secret); err != nil {
		return Identity{}, errInvalidToken
	}
	d := secret.StringData
	if id, word, _ := strings.Cut(token, "."); id == "" || id != d["token-id"] || word != d["token-secret"] ||
		d["usage-bootstrap-authentication"] != "true" {
		return Identity{}, errInvalidToken
	}
	if ends, err := time.Parse(time.RFC3339, d["expiration"]); d["expiration"] != "" {
		if err != nil {
			return Identity{}, errInvalidToken
		}
		if !now.Before(ends) {
			return Identity{}, &endedError{ends}
		}
	}
	return Identity{User: "system:bootstrap:" + d["token-id"], Groups: []string{"system:bootstrappers"}}, nil
}

// Checks reports whether tokens that a private key signs are taken by one of the
// public keys in a file.
func Checks(private, public []byte) bool {
	signer := loadSigner(&Side{}, File{Path: "key", Data: private})
	known := loadPublic(&Side{}, File{Path: "key", Data: public})
	if signer.err != nil || known.err != nil {
		return true // which is another matter
	}
	_, err := podIdentity(signer.signer, "", known.public, "")
	return err == nil
}
