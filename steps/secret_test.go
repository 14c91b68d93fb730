package steps

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestSecretsAreNotQuoted gives answers files that are something else, or hold a
// secret in the place of an answer: what is said of them names the place and what is
// expected, and nothing of the secret.
func TestSecretsAreNotQuoted(t *testing.T) {
	secrets := []string{
		"abcdef.0123456789abcdef",
		"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQifQ.c2lnbmF0dXJlc2lnbmF0dXJl",
		"MHcCAQEEIBy3sJ0Zb5v2m8n1f4uZt0Qw7cD9xkq2o5r6y8p3a1s4oAoGCCqGSM49",
		"02b50b05283e98dd0fd71db496ef01e8",
		"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUM",
	}
	forms := []string{
		"%s\n", "%s,kubelet-bootstrap,10001,\"system:bootstrappers\"\n", "-----BEGIN EC PRIVATE KEY-----\n%s\n-----END EC PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n%s\n-----END RSA PRIVATE KEY-----\n",
		"%s: x\n", "layout: %s\n", "nodes: [%s]\n", "nodes: ['%s 10.0.0.1 worker']\n", "nodes: ['a 10.0.0.1,%s worker']\n", "nodes: {%s: x}\n", "ca: %s\n", "ca: {CN: [%s]}\n", "ca: {%s: x}\n",
		"clusterName: %s\n", "clusterName: *%s\n", "clusterName: !%s x\n", "controlPlaneEndpoint: https://%s@api.x.com:6443/\n", "certSANs: ['%s_x', 'a%%%s']\n", "serviceSubnet: %s\n", "dnsDomain: %s_\n",
		"certificatesDir: %s\n", "encryptionAlgorithm: %s\n", "bootstrap: %s\n", "profiles: {server: {expiry: %s}}\n", "staticPods: %s\n",
		"apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: {token: %s, password: %s}\n", "token: %s\n  a: b\n: x\n", "a: &%s b\n", "%s: 1\n%s: 2\n",
	}
	for _, secret := range secrets {
		for _, form := range forms {
			text := strings.ReplaceAll(strings.ReplaceAll(form, "%s", secret), "%%", "%")
			file, bad := ParseFile("answers.yaml", []byte(text))
			var said []string
			for _, p := range bad {
				said = append(said, p.Error(), fmt.Sprint(marshalled(t, p)))
				if !strings.HasPrefix(p.Error(), "answers.yaml:") {
					t.Errorf("%q names no place: %s", text, p.Error())
				}
			}
			_, problems := Build(file.Answers, time.Now())
			for _, p := range problems {
				said = append(said, p.Place()+p.Sentence(), marshalled(t, p))
			}
			if len(said) == 0 {
				t.Errorf("nothing is said of %q", text)
			}
			quotes(t, form, secret, said)
		}
		var said []string
		for _, arg := range []string{secret, secret + "=x", "token " + secret + "=x"} {
			if err := NewAnswers().Assign(arg); err != nil {
				said = append(said, err.Error())
			}
		}
		if len(said) != 3 {
			t.Errorf("%d of 3 refused", len(said))
		}
		quotes(t, "--set", secret, said)
	}
	// A password has no form: a file that is one text is not quoted at all.
	_, bad := ParseFile("answers.yaml", []byte("hunter2 is my password\n"))
	if len(bad) != 1 || strings.Contains(bad[0].Error(), "hunter2") {
		t.Errorf("%v", bad)
	}
}

func marshalled(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// quotes reports a part of a secret that is long enough to be of use.
func quotes(t *testing.T, form, secret string, said []string) {
	t.Helper()
	const part = 10
	for _, s := range said {
		for i := 0; i+part <= len(secret); i++ {
			if strings.Contains(strings.ToLower(s), strings.ToLower(secret[i:i+part])) {
				t.Errorf("%q of %q: %s", form, secret, s)
				break
			}
		}
	}
}
