package kubeconfig

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	v1 "k8s.io/client-go/tools/clientcmd/api/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// LargestFile is the most bytes that Parse reads. A kubeconfig with an embedded
// certificate has about 6,000.
const LargestFile = 1 << 20

// Parse reads a kubeconfig: one of ours, of kubeadm, or written by hand. It
// reads as kubectl does, keys by their exact case and unknown keys passed over,
// and follows current-context, which must be there: the components take no
// other context. Refused is what Config cannot hold and what would change who
// talks to whom (a proxy, an unchecked server, a password, an exec plugin,
// impersonation), a key written twice, and what Encode refuses. A context's
// namespace, preferences and extensions are passed over. Errors say the place
// and quote names at most, never the data, a path or a token.
//
// What is a good kubeconfig, but of a kind that Config cannot hold, is an
// *UnsupportedError.
func Parse(data []byte) (Config, error) {
	if c, ok := recognise(data); ok {
		return c, nil
	}
	c, err := parse(data)
	if err != nil {
		return Config{}, fmt.Errorf("kubeconfig: %w", err)
	}
	return c, nil
}

// recognise reads a file that has the very bytes Encode writes, as kubeadm's
// have too. It takes the values line by line and knows no YAML; that they are
// right is seen by encoding them again. It takes less than a tenth of the time
// of parse.
func recognise(data []byte) (Config, bool) {
	var c Config
	if len(data) > LargestFile {
		return c, false
	}
	for line := range bytes.Lines(data) {
		key, value, found := bytes.Cut(bytes.Trim(line, "- \n"), []byte(": "))
		if found && !c.take(string(key), value) {
			return Config{}, false
		}
	}
	if c.check() != nil || !bytes.Equal(encode(&c), data) {
		return Config{}, false
	}
	return c, true
}

// take sets the field of a key, if Config has one.
func (c *Config) take(key string, value []byte) bool {
	var err error
	switch key {
	case "cluster":
		c.Cluster = string(value)
	case "server":
		c.Server = string(value)
	case "user":
		c.User = string(value)
	case "token":
		c.Token = string(value)
	case "certificate-authority":
		c.CAFile = string(value)
	case "client-certificate":
		c.CertFile = string(value)
	case "client-key":
		c.KeyFile = string(value)
	case "certificate-authority-data":
		c.CA, err = decode64(value)
	case "client-certificate-data":
		c.Cert, err = decode64(value)
	case "client-key-data":
		c.Key, err = decode64(value)
	}
	return err == nil
}

func decode64(value []byte) ([]byte, error) {
	return base64.StdEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(value))), value)
}

// parse reads any kubeconfig, in the client library's types.
func parse(data []byte) (Config, error) {
	file, err := read(data)
	if err != nil {
		return Config{}, err
	}
	c, err := choose(file)
	if err != nil {
		return Config{}, err
	}
	if c.Other != nil {
		return Config{}, c.Other
	}
	return c.Config, c.check()
}

// Call is what a kubeconfig tells its program, of every kind that there is: what
// Config cannot hold stands beside it.
type Call struct {
	Config
	ServerName string            // tls-server-name: what is looked for in place of the host
	Unchecked  bool              // insecure-skip-tls-verify
	Other      *UnsupportedError // what makes it of another kind; nil for nothing
}

// ByCertificate reports whether the user is known by a certificate.
func (c *Call) ByCertificate() bool {
	return len(c.Cert) > 0 || len(c.Key) > 0 || c.CertFile != "" || c.KeyFile != ""
}

// ParseCall reads a kubeconfig as Parse does, and refuses only what no program can
// use: a user by exec, password or token file, a proxy and a server by another name
// are told and not refused.
func ParseCall(data []byte) (*Call, error) {
	if c, ok := recognise(data); ok {
		return &Call{Config: c}, nil
	}
	file, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	c, err := choose(file)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return c, nil
}

// read reads the file of a kubeconfig.
func read(data []byte) (*v1.Config, error) {
	if len(data) > LargestFile {
		return nil, fmt.Errorf("has %d bytes; at most %d are read", len(data), LargestFile)
	}
	var file v1.Config
	if err := unmarshal(data, &file); err != nil {
		return nil, err
	}
	if file.Kind != "" && file.Kind != "Config" {
		return nil, fmt.Errorf("kind is %s; Config is expected", shown(file.Kind))
	}
	if file.APIVersion != "" && file.APIVersion != "v1" {
		return nil, fmt.Errorf("apiVersion is %s; v1 is expected", shown(file.APIVersion))
	}
	return &file, nil
}

// lineOf finds the one thing of a YAML parser's error that is no quotation.
var lineOf = regexp.MustCompile(`\bline [0-9]{1,7}\b`)

// unmarshal goes over JSON, as the types carry JSON's tags and as the client
// library does. The errors of the parsers quote the document, which holds a
// key, so only the place is taken from them. A parser that panics on hostile
// input is told as an error.
func unmarshal(data []byte, into *v1.Config) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("is not readable as YAML")
		}
	}()
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		if line := lineOf.FindString(err.Error()); line != "" {
			return fmt.Errorf("is not readable as YAML, or has a key twice: see %s", line)
		}
		return errors.New("is not readable as YAML, or has a key twice")
	}
	err = kjson.UnmarshalCaseSensitivePreserveInts(text, into)
	var kind *json.UnmarshalTypeError
	var base64Error base64.CorruptInputError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &base64Error):
		return errors.New("a field whose name ends in -data is not base64; one line without spaces is expected")
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Errorf("%s has a value of the wrong kind; %s is expected", kind.Field, expected(kind))
	}
	return errors.New("has not the fields of a kubeconfig: clusters, contexts and users are expected")
}

func expected(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "string":
		return "text (in quotes if it is digits only)"
	case "slice":
		return "a list, or base64"
	case "bool":
		return "true or false"
	}
	return "a block of keys"
}

// choose follows current-context to the cluster and the user.
func choose(file *v1.Config) (*Call, error) {
	if file.CurrentContext == "" {
		return nil, logged("invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
			fmt.Errorf("has no current-context (contexts: %d, users: %d); the name of a context is expected, as components take no other",
				len(file.Contexts), len(file.AuthInfos)))
	}
	context, err := named("context", "current-context", file.CurrentContext, file.Contexts,
		func(c v1.NamedContext) string { return c.Name })
	if err != nil {
		return nil, logged("context was not found for specified context: "+file.CurrentContext, err)
	}
	place := "context " + shown(context.Name)
	cluster, err := named("cluster", place, context.Context.Cluster, file.Clusters,
		func(c v1.NamedCluster) string { return c.Name })
	if err != nil {
		return nil, logged(fmt.Sprintf("invalid configuration: [cluster %q was not found for context %q]", context.Context.Cluster, context.Name), err)
	}
	user, err := named("user", place, context.Context.AuthInfo, file.AuthInfos,
		func(u v1.NamedAuthInfo) string { return u.Name })
	if err != nil {
		return nil, logged(fmt.Sprintf("invalid configuration: [user %q was not found for context %q]", context.Context.AuthInfo, context.Name), err)
	}
	c := &Call{ServerName: cluster.Cluster.TLSServerName, Unchecked: cluster.Cluster.InsecureSkipTLSVerify}
	if extra := userExtra(user.AuthInfo); extra != "" {
		c.Other = &UnsupportedError{"user " + shown(user.Name), extra, "a client certificate with its key, or a token, is expected"}
	}
	if extra := clusterExtra(cluster.Cluster); extra != "" {
		c.Other = &UnsupportedError{"cluster " + shown(cluster.Name), extra, "server and certificate-authority are all that is read"}
	}
	c.Config = Config{
		Cluster: cluster.Name, Server: cluster.Cluster.Server, User: user.Name,
		CA: cluster.Cluster.CertificateAuthorityData, CAFile: cluster.Cluster.CertificateAuthority,
		Cert: user.AuthInfo.ClientCertificateData, CertFile: user.AuthInfo.ClientCertificate,
		Key: user.AuthInfo.ClientKeyData, KeyFile: user.AuthInfo.ClientKey,
		Token: user.AuthInfo.Token,
	}
	return c, nil
}

// UnusableError says why no program finds out of a kubeconfig whom to dial as whom.
type UnusableError struct {
	// Logged is what client-go says of it (tools/clientcmd/validation.go).
	Logged string
	err    error
}

// Error says what is wrong, and what is expected.
func (e *UnusableError) Error() string { return e.err.Error() }

// Unwrap is the same without its type.
func (e *UnusableError) Unwrap() error { return e.err }

func logged(text string, err error) error { return &UnusableError{text, err} }

// UnsupportedError says that a kubeconfig is good for kubectl, but has what Config
// cannot hold: a password, an exec plugin, a proxy.
type UnsupportedError struct {
	Place    string // "user \"jane\""
	Has      string // the field: "exec"
	expected string
}

// Error says where it has what, and what is expected.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s: has %s; %s", e.Place, e.Has, e.expected)
}

// named finds the one entry of a list with a name. A name that stands twice is
// refused, wherever it stands: kubectl refuses the file.
func named[T any](what, place, name string, list []T, nameOf func(T) string) (T, error) {
	var found T
	if name == "" {
		return found, fmt.Errorf("%s names no %s", place, what)
	}
	seen := make(map[string]bool, len(list))
	for _, entry := range list {
		n := nameOf(entry)
		if seen[n] {
			return found, fmt.Errorf("%s %s stands there twice", what, shown(n))
		}
		seen[n] = true
		if n == name {
			found = entry
		}
	}
	if !seen[name] {
		return found, fmt.Errorf("%s names the %s %s, which is not there", place, what, shown(name))
	}
	return found, nil
}

// Insecure is the field by which a client takes any server for the right one.
const Insecure = "insecure-skip-tls-verify"

// ServerName is the field by which a client looks for another name than it dials.
const ServerName = "tls-server-name"

// clusterExtra names the first field that changes which server is talked to or
// how it is checked.
func clusterExtra(c v1.Cluster) string {
	switch {
	case c.InsecureSkipTLSVerify:
		return Insecure
	case c.TLSServerName != "":
		return ServerName
	case c.ProxyURL != "":
		return "proxy-url"
	}
	return ""
}

// userExtra names the first field that makes the user another one.
func userExtra(u v1.AuthInfo) string {
	switch {
	case u.TokenFile != "":
		return "tokenFile"
	case u.Username != "" || u.Password != "":
		return "username or password"
	case u.Exec != nil:
		return "exec"
	case u.AuthProvider != nil:
		return "auth-provider"
	case u.Impersonate != "" || u.ImpersonateUID != "" || len(u.ImpersonateGroups) > 0 || len(u.ImpersonateUserExtra) > 0:
		return "as (impersonation)"
	}
	return ""
}
