package kubeconfig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Encode gives the bytes of a kubeconfig file: YAML with the keys in order, as
// kubeadm and kubectl write it, the context USER@CLUSTER current. The same
// Config gives the same bytes. The error tells what Config lacks or has twice;
// it never quotes a secret.
func Encode(c Config) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return encode(&c), nil
}

// encode writes a Config that was checked. The library's way goes over JSON, a YAML
// reader and a YAML writer, and takes about eighty times as long; here five thousand
// files are written in a run.
func encode(c *Config) []byte {
	context := c.User + "@" + c.Cluster
	w := writer{out: make([]byte, 0, base64.StdEncoding.EncodedLen(len(c.CA)+len(c.Cert)+len(c.Key))+1024)}
	w.text("apiVersion: v1\nclusters:\n- cluster:\n")
	w.scalar("    certificate-authority: ", c.CAFile)
	w.data("    certificate-authority-data: ", c.CA)
	w.scalar("    server: ", c.Server)
	w.scalar("  name: ", c.Cluster)
	w.text("contexts:\n- context:\n")
	w.scalar("    cluster: ", c.Cluster)
	w.scalar("    user: ", c.User)
	w.scalar("  name: ", context)
	w.scalar("current-context: ", context)
	w.text("kind: Config\nusers:\n")
	w.scalar("- name: ", c.User)
	w.text("  user:\n")
	w.scalar("    client-certificate: ", c.CertFile)
	w.data("    client-certificate-data: ", c.Cert)
	w.scalar("    client-key: ", c.KeyFile)
	w.data("    client-key-data: ", c.Key)
	w.scalar("    token: ", c.Token)
	return w.out
}

// writer writes lines of YAML; those without a value are left out.
type writer struct{ out []byte }

func (w *writer) text(s string) { w.out = append(w.out, s...) }

// data writes bytes in base64. PEM in base64 starts with a letter, so that no
// reader takes it for a number; other bytes are quoted.
func (w *writer) data(key string, data []byte) {
	quote := `"`
	switch {
	case len(data) == 0:
		return
	case bytes.HasPrefix(data, []byte("-----")):
		quote = ""
	}
	w.text(key + quote)
	w.out = base64.StdEncoding.AppendEncode(w.out, data)
	w.text(quote + "\n")
}

// scalar writes a text bare if every YAML reader takes it for that text, else
// in double quotes. The texts are printable, so quotes and backslashes are all
// that needs an escape.
func (w *writer) scalar(key, s string) {
	switch {
	case s == "":
		return
	case !bare(s):
		s = strconv.QuoteToGraphic(s)
	}
	w.text(key + s + "\n")
}

// bare wants a letter or a slash in front, which rules out numbers, dates and
// YAML's signs, and then only signs that mean nothing without a space.
func bare(s string) bool {
	if s == "" || !letter(s[0]) && s[0] != '/' || s[len(s)-1] == ':' {
		return false
	}
	for i := range len(s) {
		if b := s[i]; !letter(b) && (b < '0' || b > '9') && strings.IndexByte("-_./:@+=,[]", b) < 0 {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

func letter(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
