package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
)

// parse says what the bytes of a file are. A parser that fails in a way of its
// own takes nothing down with it.
func (f *File) parse(data []byte) {
	defer func() {
		if r := recover(); r != nil {
			f.odd(NotRecognised, "its contents could not be taken apart")
		}
	}()
	text := bytes.TrimPrefix(data, utf8BOM)
	trimmed := bytes.TrimSpace(text)
	begun := bytes.Contains(data, pemBegin)
	switch {
	case len(trimmed) == 0:
		f.odd(Empty, "nothing but white space in it")
	case isKubeconfig(trimmed):
		f.kubeconfig(text)
	case trimmed[0] == '{' && json.Valid(trimmed):
		f.json(trimmed)
		f.keep(text)
	case begun && Within(f.Path, text):
		f.Within = true
	case begun:
		f.blocks("", data)
	case f.keep(text) || f.tokens(text) || isText(f.Path, trimmed) || sshPublic(trimmed):
	default:
		f.other(data)
	}
}

// largestSettings is the size in bytes above which a text is nothing that tells a
// program its flags.
const largestSettings = 128 << 10

// keep keeps the text of a file that may tell programs something: a unit, a file of
// variables, a pod, a configuration file.
func (f *File) keep(text []byte) bool {
	if len(text) > largestSettings || !isPlain(text) || path.Ext(f.Path) == ".sh" || bytes.HasPrefix(text, []byte("#!")) || bytes.Contains(text, []byte("bootstrap.kubernetes.io/token")) {
		return false
	}
	for _, word := range []string{"ExecStart", "EnvironmentFile", "--", "ETCD_", "Pod", "Configuration", "-transport-security"} {
		if bytes.Contains(text, []byte(word)) {
			f.Text = text
			return isObject(text) || bytes.IndexByte(text, '=') >= 0 || bytes.IndexByte(text, ':') >= 0
		}
	}
	return false
}

// textEndings are those of files that hold PEM as part of another text.
var textEndings = []string{".yaml", ".yml", ".json", ".tf", ".tfvars", ".sh", ".md", ".txt", ".rst", ".adoc", ".html", ".j2", ".tpl", ".tmpl", ".py", ".go", ".rb", ".ps1", ".ini", ".toml", ".log"}

// Within reports whether PEM stands in a file as part of another text, by what the file
// is called and by where its first block begins.
func Within(p string, text []byte) bool {
	if ExpectsPEM(p) {
		return false
	}
	first := bytes.Index(text, pemBegin)
	return slices.Contains(textEndings, strings.ToLower(path.Ext(p))) && !bytes.HasPrefix(bytes.TrimSpace(text), pemBegin) ||
		bytes.HasPrefix(text, []byte("#!")) || first > 0 && text[first-1] != '\n' || isObject(text)
}

// sshPublic knows the public keys of SSH, which are nothing of ours.
func sshPublic(text []byte) bool {
	for _, kind := range []string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"} {
		if bytes.HasPrefix(text, []byte(kind)) {
			return true
		}
	}
	return false
}

// other tries what is left: one certificate in DER form, UTF-16, or base64 that
// has lost its frame.
func (f *File) other(data []byte) {
	cert, err := pkey.ParseCertificate(data)
	if err == nil {
		f.Blocks = append(f.Blocks, Block{Form: Certificate, Cert: cert})
		f.odd(PEMBroken, "a certificate in DER form; components read PEM, which begins with -----BEGIN CERTIFICATE-----")
		return
	}
	switch {
	case errors.As(err, new(*pkey.SizeError)):
		f.unreadable(err, "")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		f.odd(PEMBroken, "text in UTF-16; components read plain ASCII")
	case ExpectsPEM(f.Path):
		f.odd(PEMBroken, "no -----BEGIN line in it")
	}
}

// ExpectsPEM tells by the ending that components would read a file as PEM.
func ExpectsPEM(p string) bool {
	switch path.Ext(p) {
	case ".pem", ".crt", ".key", ".cer", ".pub", ".csr":
		return true
	}
	return false
}

// CertificateName tells by the ending that a file is one of certificates, though
// some write requests and keys that way too.
func CertificateName(p string) bool {
	switch path.Ext(p) {
	case ".crt", ".cer":
		return true
	case ".pem":
		return !strings.HasSuffix(p, "-key.pem") && !strings.Contains(path.Base(p), "csr") && !strings.Contains(path.Base(p), "req")
	}
	return false
}

// json tells the JSON files of cfssl apart: what it prints holds PEM texts that
// cfssljson has to split, what it reads does not.
func (f *File) json(data []byte) {
	var out struct{ Cert, Key, CSR string }
	// The fields of no other JSON file begin like that.
	if json.Unmarshal(data, &out) == nil && strings.Contains(out.Cert+out.Key+out.CSR, "-----BEGIN ") {
		f.odd(CFSSLJSON, "the JSON that cfssl prints, which holds certificate and key as texts")
		for _, part := range []string{out.Cert, out.Key, out.CSR} {
			f.blocks("json", []byte(part))
		}
	}
}

// isObject tells a Kubernetes object in YAML: a ConfigMap may hold a CA.
func isObject(text []byte) bool {
	return hasLine(text, "apiVersion:") && hasLine(text, "kind:")
}

// isKubeconfig looks for the words that every kubeconfig has: as YAML in its usual
// style, in flow style, or as JSON.
func isKubeconfig(text []byte) bool {
	if hasLine(text, "clusters:") && (hasLine(text, "contexts:") || hasLine(text, "users:")) {
		return true
	}
	if text[0] != '{' || !bytes.Contains(text, []byte("clusters")) {
		return false
	}
	var keys map[string]any
	if yaml.Unmarshal(text, &keys) != nil {
		return false
	}
	_, clusters := keys["clusters"].([]any)
	return clusters && (keys["users"] != nil || keys["contexts"] != nil)
}

func hasLine(text []byte, word string) bool {
	return bytes.HasPrefix(text, []byte(word)) || bytes.Contains(text, []byte("\n"+word))
}

// isText knows what lies about beside certificates and says nothing of them:
// objects in YAML, checksums, answers, and what people write down.
func isText(p string, text []byte) bool {
	switch base := path.Base(p); {
	case isObject(text), base == sumsFile, path.Ext(base) == ".md", path.Ext(base) == ".txt", path.Ext(base) == ".srl":
		return true
	case path.Ext(base) == ".yaml", path.Ext(base) == ".yml", path.Ext(base) == ".cnf", path.Ext(base) == ".conf":
		return isPlain(text)
	case path.Ext(base) == ".sh":
		return bytes.HasPrefix(text, []byte("#!"))
	}
	return false
}

func isPlain(text []byte) bool { return bytes.IndexByte(text, 0) < 0 }

// plainServer finds a server that is dialled without TLS.
var plainServer = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*server:\s*"?(http://[^\s"]{1,100})`)
})

// kubeconfig reads one. What its current context embeds is kept as blocks with a
// field.
func (f *File) kubeconfig(data []byte) {
	if bytes.Contains(data, []byte("server: "+kubeconfig.Nowhere+"\n")) {
		return // no client of the API is told of it
	}
	config, err := kubeconfig.Parse(data)
	f.Kubeconfig = true
	if m := plainServer().FindSubmatch(data); err != nil && m != nil {
		f.odd(ConfigScheme, string(m[1]))
		return
	}
	var other *kubeconfig.UnsupportedError
	if errors.As(err, &other) && other.Has == kubeconfig.ServerName {
		return // whom it dials is told; it is only not one that is written here
	}
	if errors.As(err, &other) && other.Has == kubeconfig.Insecure {
		f.odd(ConfigInsecure, other.Place)
		return
	}
	if errors.As(err, &other) {
		f.odd(ConfigOther, other.Place+" has "+other.Has)
		return
	}
	if err != nil {
		f.odd(ConfigBroken, strings.TrimPrefix(err.Error(), "kubeconfig: "))
		return
	}
	f.blocks(FieldCA, config.CA)
	f.blocks(FieldUser, config.Cert)
	f.blocks(FieldUser, config.Key)
	if config.Token != "" {
		f.Tokens = append(f.Tokens, newToken(config.Token, "user"))
	}
	config.CA, config.Cert, config.Key = nil, nil, nil
	config.Token = ""
	f.Config = &config
}

// The fields of a kubeconfig that hold PEM.
const (
	FieldCA   = "cluster"
	FieldUser = "user"
)

// describeLine counts lines from 1, for details.
func describeLine(data []byte, at int) string {
	return fmt.Sprintf("line %d", 1+bytes.Count(data[:at], []byte("\n")))
}
