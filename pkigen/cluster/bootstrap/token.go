// Package bootstrap knows the form of bootstrap tokens.
package bootstrap

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Token is what a new kubelet shows before it has a certificate.
type Token struct {
	ID, Secret string    // 6 and 16 characters
	Ends       time.Time // when kube-apiserver stops taking it; only the Secret form knows an end
}

// String is the token as kubelets show it: "abcdef.0123456789abcdef".
func (t Token) String() string { return t.ID + "." + t.Secret }

// Format is the token's file: the token, a space, and its end.
func (t Token) Format() []byte {
	return fmt.Appendf(nil, "%s %s\n", t, t.Ends.UTC().Format(time.RFC3339))
}

// tokenForm is that of a bootstrap token
// (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#token-format).
var tokenForm = regexp.MustCompile(`^([a-z0-9]{6})\.([a-z0-9]{16})$`)

// tokenLine is a line with a token: of a file that Format has written, of a
// static token file, or of a kubeconfig.
var tokenLine = regexp.MustCompile(`(?m)^(?:\s*token:\s*["']?)?[a-z0-9]{6}\.[a-z0-9]{16}(?:["',\s]|$)`)

// Held reports whether a file holds a bootstrap token in one of the forms in
// which kubelets and kube-apiserver read it.
func Held(data []byte) bool { return tokenLine.Match(data) }

// TokenID is the public half of a bootstrap token, "abcdef" of
// "abcdef.0123456789abcdef"; "" for a text that is none.
func TokenID(text string) string {
	if m := tokenForm.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// Parse reads what Format has written. The error follows the file's name,
// and never quotes the token.
func Parse(text []byte) (Token, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return Token{}, errors.New("is empty")
	}
	fields := bytes.Fields(text)
	m := tokenForm.FindSubmatch(fields[0])
	if len(fields) != 2 || m == nil {
		return Token{}, errors.New(`holds no bootstrap token with its end, such as "abcdef.0123456789abcdef 2026-12-01T00:00:00Z"`)
	}
	ends, err := time.Parse(time.RFC3339, string(fields[1]))
	if err != nil {
		return Token{}, errors.New(`holds a token whose end is no time such as "2026-12-01T00:00:00Z"`)
	}
	return Token{string(m[1]), string(m[2]), ends}, nil
}
