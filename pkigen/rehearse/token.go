package rehearse

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // for ES384 and ES512
	"crypto/x509"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// The account in whose name a pod of the rehearsal comes.
const (
	podUser    = "system:serviceaccount:default:default"
	podGroup   = "system:serviceaccounts"
	podSpace   = "system:serviceaccounts:default"
	tokenHours = 1
)

var raw64 = base64.RawURLEncoding

// header and claims are those of a service account token that matter for the
// signature and the issuer (kubernetes pkg/serviceaccount/jwt.go and claims.go).
type header struct {
	Alg string `json:"alg"`
	Kid string `json:"kid"`
}

type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Issued   int64    `json:"iat"`
	Begins   int64    `json:"nbf"`
	Ends     int64    `json:"exp"`
}

// signing is the algorithm of a key: RS256 for RSA, and by the curve else
// (kubernetes pkg/serviceaccount/jwt.go, signerFromRSAPrivateKey and
// signerFromECDSAPrivateKey).
func signing(key any) (alg string, hash crypto.Hash, err error) {
	switch k := key.(type) {
	case *rsa.PrivateKey, *rsa.PublicKey:
		return "RS256", crypto.SHA256, nil
	case *ecdsa.PrivateKey:
		return signing(&k.PublicKey)
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return "ES256", crypto.SHA256, nil
		case elliptic.P384():
			return "ES384", crypto.SHA384, nil
		case elliptic.P521():
			return "ES512", crypto.SHA512, nil
		}
		return "", 0, errors.New("unknown private key curve, must be 256, 384, or 521")
	}
	return "", 0, fmt.Errorf("unknown private key type %T, must be *rsa.PrivateKey, *ecdsa.PrivateKey, or jose.OpaqueSigner", key)
}

// keyID is the kid of a key (kubernetes pkg/serviceaccount/jwt.go, keyIDFromPublicKey).
func keyID(public any) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("failed to serialize public key to DER format: %w", err)
	}
	sum := sha256.Sum256(der)
	return raw64.EncodeToString(sum[:]), nil
}

// signToken makes a token as kube-apiserver makes it for a pod.
func signToken(key any, issuer string, now time.Time) (string, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return "", fmt.Errorf("unknown private key type %T", key)
	}
	alg, hash, err := signing(key)
	if err != nil {
		return "", err
	}
	kid, err := keyID(signer.Public())
	if err != nil {
		return "", err
	}
	head, err := json.Marshal(header{alg, kid})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims{issuer, podUser, []string{issuer}, now.Unix(), now.Unix(), now.Add(tokenHours * time.Hour).Unix()})
	if err != nil {
		return "", err
	}
	text := raw64.EncodeToString(head) + "." + raw64.EncodeToString(body)
	digest := sum(hash, text)
	var signature []byte
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		// RFC 7518, 3.4: R and S, each as long as the curve, and no ASN.1.
		r, s, err := ecdsa.Sign(rand.Reader, k, digest)
		if err != nil {
			return "", err
		}
		size := (k.Curve.Params().BitSize + 7) / 8
		signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	default:
		if signature, err = signer.Sign(rand.Reader, digest, hash); err != nil {
			return "", err
		}
	}
	return text + "." + raw64.EncodeToString(signature), nil
}

func sum(hash crypto.Hash, text string) []byte {
	h := hash.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}

// The errors of a token, as kube-apiserver logs them.
var (
	errInvalidToken = errors.New("invalid bearer token")             // apiserver pkg/authentication/request/bearertoken
	errNoKeys       = errors.New("invalid signature, no keys found") // kubernetes pkg/serviceaccount/jwt.go
	errCrypto       = errors.New("go-jose/go-jose: error in cryptographic primitive")
)

// endedError is that of a bootstrap token after its end. kube-apiserver says no more
// than of any other token that it does not know.
type endedError struct{ ends time.Time }

func (e *endedError) Error() string { return errInvalidToken.Error() }

// checkToken reads a token as kube-apiserver does (kubernetes
// pkg/serviceaccount/jwt.go, AuthenticateToken): by the key of its kid. A token of
// another issuer is nobody's.
func checkToken(token string, public []any, issuer string) (Identity, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Identity{}, errInvalidToken
	}
	var head header
	var body claims
	signature, err := raw64.DecodeString(parts[2])
	if err != nil || decode(parts[0], &head) != nil || decode(parts[1], &body) != nil || body.Issuer != issuer {
		return Identity{}, errInvalidToken
	}
	for _, k := range public {
		if id, err := keyID(k); err != nil || id != head.Kid {
			continue
		}
		alg, hash, err := signing(k)
		if err != nil || alg != head.Alg || !signed(k, hash, sum(hash, parts[0]+"."+parts[1]), signature) {
			return Identity{}, errCrypto
		}
		return Identity{User: body.Subject, Groups: []string{podGroup, podSpace}}, nil
	}
	return Identity{}, errNoKeys
}

func decode(part string, into any) error {
	data, err := raw64.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func signed(key any, hash crypto.Hash, digest, signature []byte) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		half := len(signature) / 2
		r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
		return ecdsa.Verify(k, digest, r, s)
	}
	return false
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

// bySecret wants the Secret's ID and secret, and that it has not ended. Why it
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
	token, err := signToken(signer.signer, "issuer", time.Unix(0, 0))
	if err != nil {
		return true
	}
	_, err = checkToken(token, known.public, "issuer")
	return err == nil
}
