package kubeconfig

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
)

// byHand is a kubeconfig as people write it: other order, comments, two
// clusters, and fields that Config has no use for.
const byHand = `# our cluster
kind: Config
apiVersion: v1
preferences: {colors: true}
current-context: "prod"
users:
  - name: admin
    user: {client-certificate: admin.crt, client-key: 'admin.key'}
  - name: other
    user:
      username: someone
      password: hunter2
contexts:
  - name: test
    context: {cluster: test, user: other}
  - name: prod
    context:
      cluster: prod
      user: admin
      namespace: kube-system
clusters:
  - name: test
    cluster: {server: "http://127.0.0.1:8080"}
  - name: prod
    cluster:
      server: https://prod.example.com
      certificate-authority: ../ca.crt
      disable-compression: true
      unknown-key: 1
`

var prod = Config{
	Cluster: "prod", Server: "https://prod.example.com", User: "admin",
	CAFile: "../ca.crt", CertFile: "admin.crt", KeyFile: "admin.key",
}

// bootstrapped is what a kubelet writes after TLS bootstrap.
const bootstrapped = `apiVersion: v1
clusters:
- cluster:
    certificate-authority: /etc/kubernetes/pki/ca.crt
    server: https://10.0.0.1:6443
  name: default-cluster
contexts:
- context:
    cluster: default-cluster
    namespace: default
    user: default-auth
  name: default-context
current-context: default-context
kind: Config
users:
- name: default-auth
  user:
    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
`

func TestParse(t *testing.T) {
	kubeadm := string(encoded(t, embedded()))
	current := "/var/lib/kubelet/pki/kubelet-client-current.pem"
	for name, tt := range map[string]struct {
		data string
		want Config
	}{
		"by hand":      {byHand, prod},
		"kubelet":      {bootstrapped, Config{Cluster: "default-cluster", Server: "https://10.0.0.1:6443", User: "default-auth", CAFile: "/etc/kubernetes/pki/ca.crt", CertFile: current, KeyFile: current}},
		"kubeadm":      {kubeadm, embedded()},
		"old kubeadm":  {strings.Replace(kubeadm, "kind: Config\n", "kind: Config\npreferences: {}\n", 1), embedded()},
		"Windows ends": {strings.ReplaceAll(kubeadm, "\n", "\r\n"), embedded()},
		"BOM":          {"\ufeff" + kubeadm, embedded()},
		"no kind":      {strings.Replace(strings.Replace(kubeadm, "kind: Config\n", "", 1), "apiVersion: v1\n", "", 1), embedded()},
		"JSON": {`{"kind":"Config","apiVersion":"v1","current-context":"c","contexts":[{"name":"c","context":{"cluster":"prod","user":"admin"}}],
			"clusters":[{"name":"prod","cluster":{"server":"https://prod.example.com","certificate-authority":"../ca.crt"}}],
			"users":[{"name":"admin","user":{"client-certificate":"admin.crt","client-key":"admin.key"}}]}`, prod},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte(tt.data))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%v: got\n%+v\nwant\n%+v", err, got, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	pasted := base64.StdEncoding.EncodeToString(pair().key)
	swap := func(old, new string) string {
		if !strings.Contains(byHand, old) {
			t.Fatalf("%q is not in the sample", old)
		}
		return strings.Replace(byHand, old, new, 1)
	}
	admin := "user: {client-certificate: admin.crt, client-key: 'admin.key'}"
	for _, tt := range []struct{ name, data, want string }{
		{"empty", "", "no current-context"},
		{"a list", "- a\n- b\n", "are expected"},
		{"a word", "hello", "expected"},
		{"a key", string(pair().key), "are expected"},
		{"not YAML", "users: [\n" + pasted, "is not readable as YAML"},
		{"line of a mistake", "kind: Config\nusers:\n\t- " + token, "see line"},
		{"key twice", byHand + "current-context: test\n", "key twice: see line"},
		{"too large", strings.Repeat("#", LargestFile+1), "at most 1048576"},
		{"kind", swap("kind: Config", "kind: Secret"), `kind is "Secret"; Config is expected`},
		{"version", swap("apiVersion: v1", "apiVersion: v2"), `apiVersion is "v2"; v1 is expected`},
		{"no current-context", swap(`current-context: "prod"`, ""), "no current-context (contexts: 2, users: 2)"},
		{"other context", swap(`"prod"`, `"stage"`), `names the context "stage", which is not there`},
		{"no such user", swap("user: admin", "user: root"), `context "prod" names the user "root", which is not there`},
		{"no such cluster", swap("cluster: prod", "cluster: none"), `context "prod" names the cluster "none", which is not there`},
		{"no user", swap("      user: admin\n", ""), `context "prod" names no user`},
		{"user twice", swap("name: other", "name: admin"), `user "admin" stands there twice`},
		{"another's name twice", swap("name: prod\n    cluster:", "name: test\n    cluster:"), `cluster "test" stands there twice`},
		{"password", swap("user: admin", "user: other"), `user "other": has username or password`},
		{"token file", swap(admin, "user: {tokenFile: /run/t}"), "has tokenFile"},
		{"exec", swap(admin, "user: {exec: {command: aws}}"), "has exec"},
		{"auth-provider", swap(admin, "user: {auth-provider: {name: gcp}}"), "has auth-provider"},
		{"impersonation", swap(admin, "user: {token: a, as: root}"), "has as (impersonation)"},
		{"unchecked", swap("certificate-authority: ../ca.crt", "insecure-skip-tls-verify: true"), "has insecure-skip-tls-verify"},
		{"proxy", swap("disable-compression: true", "proxy-url: http://u:hunter2@p"), "has proxy-url"},
		{"server name", swap("disable-compression: true", "tls-server-name: k"), "has tls-server-name"},
		{"number as a token", swap(admin, "user: {token: 123456}"), "users.user.token has a value of the wrong kind; text"},
		{"text as a list", "current-context: a\nusers: " + token, "users has a value of the wrong kind; a list"},
		{"not base64", swap(admin, "user: {client-key-data: \"hunter2!\"}"), "-data is not base64"},
		{"number as base64", swap(admin, "user: {client-key-data: 12}"), "users.user.client-key-data has a value of the wrong kind"},
		{"other case", swap("server: https", "Server: https"), `server of cluster "prod": is empty`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse([]byte(tt.data))
			wantError(t, err, tt.want)
			if !reflect.DeepEqual(got, Config{}) {
				t.Errorf("got %+v beside the error", got)
			}
		})
	}
}

// FuzzParse holds what Parse promises for any bytes: no panic, what it returns
// can be encoded and comes back, and the fast way reads as the slow one.
func FuzzParse(f *testing.F) {
	for _, c := range good() {
		f.Add(encoded(f, c))
	}
	for _, s := range []string{
		byHand, bootstrapped, "", "{", "a: &a [*a]", "users: [null]", "? [a]: b", "!!binary x", "kind: Config\n---\nkind: Config",
		"current-context: a\ncontexts: [{name: a, context: {cluster: b, user: c}}]\nclusters: [{name: b}]\nusers: [{name: c}]",
		"users: [{user: {client-key-data: =}}]", "a: *b", "<<: {a: b}", strings.Repeat("[", 300), "extensions: [{name: a, extension: {b: c}}]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, ok := recognise(data); ok {
			if slow, err := parse(data); err != nil || !reflect.DeepEqual(c, slow) {
				t.Fatalf("%v: the fast way reads\n%+v\nthe slow way\n%+v", err, c, slow)
			}
		}
		c, err := Parse(data)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes quotes too much", len(err.Error()))
			}
			return
		}
		again := encoded(t, c)
		back, err := Parse(again)
		if err != nil || !same(back, c) {
			t.Fatalf("%v: got\n%+v\nwant\n%+v", err, back, c)
		}
		if twice := encoded(t, back); !bytes.Equal(again, twice) {
			t.Fatalf("encodings differ:\n%s\n%s", again, twice)
		}
	})
}

// FuzzEncode holds that every Config that Encode takes comes back, whatever the
// names: in the fast way, and through a full YAML reader.
func FuzzEncode(f *testing.F) {
	for _, c := range good() {
		f.Add(c.Cluster, c.Server, c.User, c.CAFile, c.Token, c.Key)
	}
	f.Fuzz(func(t *testing.T, cluster, server, user, caFile, token string, key []byte) {
		c := Config{Cluster: cluster, Server: server, User: user, CAFile: caFile, Token: token}
		if len(key) > 0 {
			c.CertFile, c.Key = "c.crt", key
		}
		data, err := Encode(c)
		if err != nil {
			return
		}
		if got, err := parse(data); len(data) <= LargestFile && (err != nil || !same(got, c)) {
			t.Fatalf("%v: %s\ngot\n%+v\nwant\n%+v", err, data, got, c)
		}
		if got, ok := recognise(data); ok && !same(got, c) {
			t.Fatalf("%s\nis recognised as\n%+v\nwant\n%+v", data, got, c)
		}
	})
}

// same compares Configs; nil data and empty data mean the same.
func same(a, b Config) bool {
	for _, c := range []*Config{&a, &b} {
		for _, data := range []*[]byte{&c.CA, &c.Cert, &c.Key} {
			if len(*data) == 0 {
				*data = nil
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

func BenchmarkEncode(b *testing.B) {
	c := with(embedded(), func(c *Config) { c.Key = pair().rsaKey })
	for b.Loop() {
		if _, err := Encode(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	ours := encoded(b, with(embedded(), func(c *Config) { c.Key = pair().rsaKey }))
	for name, data := range map[string][]byte{
		"ours":    ours,
		"by hand": append([]byte("# by hand\n"), ours...),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
