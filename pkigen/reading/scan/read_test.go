package scan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestOddities names what is odd about the bytes of files, and what is not.
func TestOddities(t *testing.T) {
	ca, caKey := newCA(t, "ca")
	cert, key := ca.leaf("x", "client")
	encrypted := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
	for _, test := range []struct {
		name, file, text string
		want             string // codes, then a part of the first detail
	}{
		{"a certificate", "a.pem", cert, ""},
		{"with its key", "a.pem", cert + key, ""},
		{"a bundle with words between", "a.pem", "Subject: x\n" + cert + "Issuer:\n" + ca.pem, ""},
		{"EC parameters first", "a.key", "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + caKey, ""},
		{"nothing but blanks", "a.pem", " \n\t\n", "file-empty nothing but white space"},
		{"cut off", "a.pem", cert[:len(cert)/2], "pem-broken line 1 has no END line"},
		{"the second cut off", "a.pem", ca.pem + cert[:100], "pem-broken has no END line"},
		{"not base64", "a.pem", strings.Replace(cert, "\nMII", "\n!!!", 1), "pem-broken its text is not base64"},
		{"not a certificate", "a.pem", block("CERTIFICATE", []byte("x")), "pem-broken x509"},
		{"not a key", "a.key", block("EC PRIVATE KEY", []byte("x")), "pem-broken the private key in it cannot be read"},
		{"Windows line ends", "a.pem", strings.ReplaceAll(cert, "\n", "\r\n"), "pem-accident CRLF"},
		{"a byte order mark", "a.pem", "\xef\xbb\xbf" + cert, "pem-accident pem-broken byte order mark"},
		{"indented", "a.pem", "  " + cert, "pem-accident pem-broken line 1 begins with white space"},
		{"UTF-16", "a.pem", "\xff\xfe-\x00-\x00", "pem-broken UTF-16"},
		{"DER", "a.crt", string(ca.cert.Raw), "pem-broken DER"},
		{"a word", "a.pem", "hello\n", "pem-broken no -----BEGIN line"},
		{"binary", "a.bin", "\x00\x01\x02", ""},
		{"a key of SSH", "id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n", ""},
		{"a public key of SSH", "id_ed25519.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA user@lab\n", ""},
		{"a script that shows certificates", "show.sh", "#!/bin/sh\nsed -n '/-----BEGIN CERTIFICATE-----/p'\n", ""},
		{"values", "values.yaml", "ingress:\n  tls.crt: |\n    -----BEGIN CERTIFICATE-----\n    MIID...\n", ""},
		{"a kubeconfig as JSON", "a.conf", `{"kind":"Config","clusters":[{"name":"a","cluster":{"server":"http://a:1"}}],"users":[]}`, "kubeconfig-broken current-context"},
		{"encrypted", "a.key", encrypted, "key-encrypted passphrase"},
		{"encrypted, PKCS 8", "a.key", block("ENCRYPTED PRIVATE KEY", []byte("x")), "key-encrypted passphrase"},
		{"what cfssl prints", "a.json", `{"cert":"` + strings.ReplaceAll(cert, "\n", `\n`) + `","key":"","csr":""}`, "cfssl-json the JSON that cfssl prints"},
		{"what cfssl reads", "a-csr.json", `{"CN":"a","key":{"algo":"rsa","size":2048}}`, ""},
		{"a kubeconfig over http", "a.conf", "kind: Config\nclusters:\n- cluster:\n    server: http://a:1\nusers: []\n", "kubeconfig-scheme http://a:1"},
		{"half a kubeconfig", "a.conf", "kind: Config\nclusters: []\nusers: []\ncontexts: []\n", "kubeconfig-broken current-context"},
		{"tokens", "tokens.csv", "abcdef.0123456789abcdef,u,1,\"g\"\n", ""},
		{"tokens of two columns", "tokens.csv", "t,u\n", "token-format line 1 has 2 columns"},
		{"an empty token", "tokens.csv", "a,b,c\n,u,1\n", "token-format line 2 has no token"},
		{"a Secret of another name", "s.yaml", "apiVersion: v1\nkind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata:\n  name: x\nstringData:\n  token-id: abcdef\n  token-secret: 0123456789abcdef\n", "token-format its name must be"},
		{"a ConfigMap with a CA", "cm.yaml", "apiVersion: v1\nkind: ConfigMap\ndata:\n  ca: |\n    -----BEGIN CERTIFICATE-----\n    x\n", ""},
		{"notes", "README.md", "# how it was made", ""},
	} {
		s := read(t, put(t, map[string]string{test.file: test.text}))
		var codes []string
		detail := ""
		for _, o := range s.Files[0].Oddities {
			codes = append(codes, o.Code)
			detail += o.Detail + " "
		}
		want, part := test.want, ""
		for _, c := range codes {
			if rest, ok := strings.CutPrefix(want, c); ok {
				want = strings.TrimPrefix(rest, " ")
			} else {
				t.Errorf("%s: unexpected %s (%s)", test.name, c, detail)
			}
		}
		if part = want; !strings.Contains(detail, part) || len(codes) == 0 && test.want != "" {
			t.Errorf("%s: %v, %q; want %q", test.name, codes, detail, test.want)
		}
	}
}

// TestUnreadable: what is no file, or not to be read, is told and not waited for.
func TestUnreadable(t *testing.T) {
	dir := put(t, map[string]string{"empty.pem": "", "large.pem": strings.Repeat("x", 1<<20+1), ".hidden": "x", "sub/a.pem": "x"})
	for name, target := range map[string]string{"loop.pem": "loop.pem", "back": "."} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"back not-recognised", "empty.pem file-empty", "large.pem file-too-large", "loop.pem link-loop", "sub/a.pem pem-broken"}
	if runtime.GOOS != "windows" && os.Getuid() != 0 {
		if err := os.WriteFile(filepath.Join(dir, "closed.pem"), []byte("x"), 0); err != nil {
			t.Fatal(err)
		}
		want = append(want, "closed.pem file-unreadable")
		slices.Sort(want)
	}
	var got []string
	for _, f := range read(t, dir).Files {
		for _, o := range f.Oddities {
			got = append(got, f.Path+" "+o.Code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestReadFails(t *testing.T) {
	dir := put(t, map[string]string{"a.pem": "x"})
	for _, path := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "a.pem")} {
		if s, err := Read(t.Context(), path); err == nil {
			t.Errorf("%s: read %d files", path, len(s.Files))
		}
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := Read(ctx, dir); !errors.Is(err, gone) {
		t.Errorf("a reading that was ended: %v", err)
	}
}

// TestSameBytes: what a file of settings means depends on its name, whichever of
// two with the same bytes is read first.
func TestSameBytes(t *testing.T) {
	text := "KUBE_APISERVER_ARGS=\"--tls-cert-file=/etc/kubernetes/pki/apiserver.crt --client-ca-file=/etc/kubernetes/pki/ca.crt\"\n"
	for range 20 {
		s := read(t, put(t, map[string]string{"a-note.txt": text, "kube-apiserver.env": text, "x.bin": "hello\n", "y.crt": "hello\n"}))
		if string(s.File("kube-apiserver.env").Text) != text {
			t.Fatal("the text of a file of variables is not kept")
		}
		if !s.File("y.crt").Odd(PEMBroken) || s.File("x.bin").Odd(PEMBroken) {
			t.Fatalf("%v %v", s.File("y.crt").Oddities, s.File("x.bin").Oddities)
		}
	}
}
