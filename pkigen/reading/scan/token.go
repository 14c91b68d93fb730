package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"certwright/pkigen/cluster/bootstrap"

	"sigs.k8s.io/yaml"
)

func newToken(text, where string) Token {
	return Token{ID: bootstrap.TokenID(text), Sum: sha256.Sum256([]byte(text)), Where: where}
}

// tokens reads a static token file, a Secret with a bootstrap token, or a file
// with nothing but a bootstrap token and its end.
func (f *File) tokens(text []byte) bool {
	switch {
	case bytes.Contains(text, []byte("bootstrap.kubernetes.io/token")):
		return f.secret(text)
	case path.Ext(f.Path) == ".csv":
		f.csv(text)
		return true
	}
	fields := bytes.Fields(text)
	if len(fields) == 0 || len(fields) > 2 || bootstrap.TokenID(string(fields[0])) == "" {
		return false
	}
	f.Tokens = append(f.Tokens, newToken(string(fields[0]), "line 1"))
	return true
}

// secret reads the Secret form.
func (f *File) secret(text []byte) bool {
	var s struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		StringData map[string]string `json:"stringData"`
		Data       map[string]string `json:"data"`
	}
	if yaml.Unmarshal(text, &s) != nil {
		return false
	}
	value := func(key string) string {
		if v := s.StringData[key]; v != "" {
			return v
		}
		v, _ := base64.StdEncoding.DecodeString(s.Data[key]) // what is no base64 is no token
		return string(v)
	}
	token := value("token-id") + "." + value("token-secret")
	where := "Secret " + s.Metadata.Name
	t := newToken(token, where)
	expiration := value("expiration")
	ends, err := time.Parse(time.RFC3339, expiration)
	if err == nil {
		t.Ends = ends
	}
	f.Tokens = append(f.Tokens, t)
	switch {
	case expiration != "" && err != nil:
		// kubernetes plugin/pkg/auth/authenticator/token/bootstrap
		f.odd(TokenForm, where+": its expiration is no time such as 2026-12-31T00:00:00Z, and the API server takes it for over")
	case bootstrap.TokenID(token) == "":
		f.odd(TokenForm, where+`: token-id of 6 and token-secret of 16 small letters and digits are expected`)
	case s.Metadata.Name != "bootstrap-token-"+value("token-id"):
		f.odd(TokenForm, where+`: its name must be "bootstrap-token-" and the token's id`)
	}
	return true
}

// csvReason is an error of the CSV reader without the text that it met.
func csvReason(err error) string {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return fmt.Sprintf("line %d, column %d: %v", pe.Line, pe.Column, pe.Err)
	}
	return "the text ends early"
}

// csv reads kube-apiserver's --token-auth-file: token, user, uid, and groups. It
// refuses a line of less than three columns, and passes over one without a token
// (k8s.io/apiserver/pkg/authentication/token/tokenfile).
func (f *File) csv(text []byte) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			// kube-apiserver does not start then.
			f.odd(TokenForm, "it cannot be read as CSV: "+csvReason(err))
			break
		}
		line, _ := r.FieldPos(0)
		where := fmt.Sprintf("line %d", line)
		switch {
		case len(record) < 3:
			f.odd(TokenForm, fmt.Sprintf("%s has %d columns; token,user,uid and groups are expected", where, len(record)))
		case strings.TrimSpace(record[0]) == "":
			f.odd(TokenForm, where+" has no token in its first column")
		default:
			f.Tokens = append(f.Tokens, newToken(record[0], where))
		}
	}
}
