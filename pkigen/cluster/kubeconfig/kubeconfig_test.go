package kubeconfig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"
)

// pair is a certificate signed by itself, and its key; made once for all tests.
var pair = sync.OnceValue(func() (p struct{ cert, key, rsaKey []byte }) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	from := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, from, from, key.Public(), key)
	if err != nil {
		panic(err)
	}
	ec, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		panic(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	p.cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	p.key = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: ec})
	p.rsaKey = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(other)})
	return p
})

const token = "abcdef.0123456789abcdef"

func embedded() Config {
	p := pair()
	return Config{
		Cluster: "kubernetes", Server: "https://10.0.0.1:6443", User: "system:node:worker1",
		CA: p.cert, Cert: p.cert, Key: p.key,
	}
}

func files() Config {
	return Config{
		Cluster: "kubernetes", Server: "https://[fd00::1]:6443", User: "system:kube-proxy",
		CAFile: "/etc/kubernetes/pki/ca.crt", CertFile: "/etc/kubernetes/pki/kube-proxy.crt", KeyFile: "/etc/kubernetes/pki/kube-proxy.key",
	}
}

func bootstrap() Config {
	return Config{
		Cluster: "kubernetes", Server: "https://k8s.example.com:6443", User: "tls-bootstrap-token-user",
		CAFile: "/etc/kubernetes/pki/ca.crt", Token: token,
	}
}

// inLibrary is the Config in the client library's types.
func inLibrary(c Config) *v1.Config {
	context := c.User + "@" + c.Cluster
	return &v1.Config{
		Kind: "Config", APIVersion: "v1", CurrentContext: context,
		Clusters: []v1.NamedCluster{{Name: c.Cluster, Cluster: v1.Cluster{
			Server: c.Server, CertificateAuthority: c.CAFile, CertificateAuthorityData: c.CA,
		}}},
		AuthInfos: []v1.NamedAuthInfo{{Name: c.User, AuthInfo: v1.AuthInfo{
			ClientCertificate: c.CertFile, ClientCertificateData: c.Cert, ClientKey: c.KeyFile, ClientKeyData: c.Key, Token: c.Token,
		}}},
		Contexts: []v1.NamedContext{{Name: context, Context: v1.Context{Cluster: c.Cluster, AuthInfo: c.User}}},
	}
}

// with changes a copy.
func with(c Config, change func(*Config)) Config {
	change(&c)
	return c
}

// good are Configs that must come back as they went.
func good() map[string]Config {
	mixed := with(embedded(), func(c *Config) { c.KeyFile, c.Key = "pki/client.key", nil })
	return map[string]Config{
		"embedded":  embedded(),
		"RSA":       with(embedded(), func(c *Config) { c.Key = pair().rsaKey }),
		"files":     files(),
		"bootstrap": bootstrap(),
		"mixed":     mixed,
		"odd names": with(files(), func(c *Config) {
			c.Cluster, c.User, c.CAFile = "true", `a "b" \ # c: д`, "C:\\pki\\ca.crt"
		}),
		"numbers":   with(files(), func(c *Config) { c.Cluster, c.User = "0x10", "1e3" }),
		"words":     with(bootstrap(), func(c *Config) { c.Cluster, c.User, c.Token = "null", "~", "123456" }),
		"at signs":  with(files(), func(c *Config) { c.Cluster, c.User = "a@b", "c@d@" }),
		"late PEM":  with(embedded(), func(c *Config) { c.Cert = append([]byte{0xd7, 0x5d, 0x34, '\n'}, c.Cert...) }),
		"long name": with(files(), func(c *Config) { c.User = strings.Repeat("word ", 400) + "end" }),
	}
}

func TestRoundTrip(t *testing.T) {
	for name, c := range good() {
		t.Run(name, func(t *testing.T) {
			data := encoded(t, c)
			if again := encoded(t, c); !bytes.Equal(data, again) {
				t.Errorf("two encodings differ:\n%s\n%s", data, again)
			}
			if !bytes.HasSuffix(data, []byte("\n")) || bytes.HasSuffix(data, []byte("\n\n")) {
				t.Errorf("does not end in one newline: %q", data)
			}
			for way, read := range map[string]func([]byte) (Config, error){"Parse": Parse, "parse": parse} {
				if got, err := read(data); err != nil || !reflect.DeepEqual(got, c) {
					t.Errorf("%s: %v: got\n%+v\nwant\n%+v", way, err, got, c)
				}
			}
		})
	}
}

// TestAsTheLibraryWrites compares with what the library's types give by the
// library's own way, which kubeadm and kubectl take.
func TestAsTheLibraryWrites(t *testing.T) {
	for name, c := range good() {
		want, err := yaml.Marshal(inLibrary(c))
		if err != nil {
			t.Fatal(err)
		}
		data := encoded(t, c)
		switch name {
		case "embedded", "RSA", "files", "bootstrap", "mixed":
			if !bytes.Equal(data, want) {
				t.Errorf("%s: got\n%s\nthe library writes\n%s", name, data, want)
			}
			if _, ok := recognise(want); !ok {
				t.Errorf("%s: is not recognised in the fast way", name)
			}
		}
		var file v1.Config
		if err := yaml.UnmarshalStrict(data, &file); err != nil || !reflect.DeepEqual(&file, inLibrary(c)) {
			t.Errorf("%s: %v: the library reads\n%+v\nwant\n%+v", name, err, &file, inLibrary(c))
		}
	}
}

func TestEncodedText(t *testing.T) {
	want := `apiVersion: v1
clusters:
- cluster:
    certificate-authority: /etc/kubernetes/pki/ca.crt
    server: https://[fd00::1]:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: system:kube-proxy
  name: system:kube-proxy@kubernetes
current-context: system:kube-proxy@kubernetes
kind: Config
users:
- name: system:kube-proxy
  user:
    client-certificate: /etc/kubernetes/pki/kube-proxy.crt
    client-key: /etc/kubernetes/pki/kube-proxy.key
`
	if got := encoded(t, files()); string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestRefused holds both doors to the same rules: what Encode refuses is
// written in the library's way and must not pass Parse either.
func TestRefused(t *testing.T) {
	p := pair()
	pasted := base64.StdEncoding.EncodeToString(p.key)
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no cluster", func(c *Config) { c.Cluster = "" }, "cluster"},
		{"no user", func(c *Config) { c.User = "" }, "user"},
		{"key as a name", func(c *Config) { c.User = pasted }, "name of the user looks like"},
		{"control sign in a name", func(c *Config) { c.Cluster = "a\nb" }, "cannot be printed"},
		{"no server", func(c *Config) { c.Server = "" }, "is empty; https://HOST:PORT is expected"},
		{"http", func(c *Config) { c.Server = "http://10.0.0.1:6443" }, `"http://10.0.0.1:6443": https://HOST:PORT`},
		{"no scheme", func(c *Config) { c.Server = "10.0.0.1:6443" }, "https://HOST:PORT"},
		{"no host", func(c *Config) { c.Server = "https://:6443" }, "https://HOST:PORT"},
		{"password in the server", func(c *Config) { c.Server = "https://u:" + token + "@h" }, "has a user in the address"},
		{"token as a server", func(c *Config) { c.Server = token }, "(a text of 23 bytes): https://HOST:PORT"},
		{"token as a name", func(c *Config) { c.User, c.Token = token, "x" }, "user (a text of 23 bytes): has a token and"},
		{"line of a key as a server", func(c *Config) { c.Server = strings.Split(string(p.key), "\n")[1] }, "https://HOST:PORT"},
		{"key as a server", func(c *Config) { c.Server = pasted }, "https://HOST:PORT"},
		{"no CA", func(c *Config) { c.CA = nil }, "has neither certificate-authority nor certificate-authority-data"},
		{"two CAs", func(c *Config) { c.CAFile = "ca.crt" }, "has both certificate-authority and"},
		{"CA with a key", func(c *Config) { c.CA = append(p.key, p.cert...) }, "holds a private key"},
		{"CA is no PEM", func(c *Config) { c.CA = []byte("ca") }, "certificate-authority-data holds no PEM certificate"},
		{"two certificates", func(c *Config) { c.CertFile = "c.crt" }, "has both client-certificate and"},
		{"two keys", func(c *Config) { c.KeyFile = "c.key" }, "has both client-key and"},
		{"no key", func(c *Config) { c.Key = nil }, "has neither client-key nor"},
		{"no certificate", func(c *Config) { c.Cert = nil }, "has neither client-certificate nor"},
		{"key as certificate", func(c *Config) { c.Cert = p.key }, "client-certificate-data holds no PEM certificate"},
		{"key twice in base64", func(c *Config) { c.Key = []byte(pasted) }, "client-key-data holds no PEM private key"},
		{"key as a path", func(c *Config) { c.Key, c.KeyFile = nil, string(p.key) }, "client-key holds data where a path"},
		{"base64 as a path", func(c *Config) { c.Key, c.KeyFile = nil, pasted }, "data belong in client-key-data"},
		{"nothing to show", func(c *Config) { c.Cert, c.Key = nil, nil }, "has neither a client certificate"},
		{"token too", func(c *Config) { c.Token = token }, "has a token and a certificate or key"},
		{"token with a space", func(c *Config) { c.Cert, c.Key, c.Token = nil, nil, token+" " }, "token has a space"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := with(embedded(), tt.change)
			data, err := Encode(c)
			if data != nil {
				t.Errorf("Encode gives bytes: %s", data)
			}
			wantError(t, err, tt.want)
			data, err = yaml.Marshal(inLibrary(c))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Parse(data)
			if !reflect.DeepEqual(got, Config{}) {
				t.Errorf("Parse gives %+v", got)
			}
			if c.Cluster == "" || c.User == "" {
				tt.want = "names no"
			}
			wantError(t, err, tt.want)
		})
	}
}

func encoded(t testing.TB, c Config) []byte {
	t.Helper()
	data, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wantError wants an error that says it and tells no secret.
func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", want)
	}
	if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "kubeconfig: ") {
		t.Errorf("error %q; want one with %q", err, want)
	}
	p := pair()
	secrets := []string{token, "0123456789abcdef", "hunter2", "LS0tLS1"}
	for _, key := range [][]byte{p.key, p.rsaKey} {
		secrets = append(secrets, strings.Split(string(key), "\n")[1], base64.StdEncoding.EncodeToString(key)[:60])
	}
	for _, s := range secrets {
		if strings.Contains(err.Error(), s) {
			t.Errorf("error tells a secret: %q", err)
		}
	}
}
