package acceptance

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestExpired brings a cluster back in which everything has ended, the CAs too:
// with the words that the programs say then, by what certwright says to do.
func TestExpired(t *testing.T) {
	needsHost(t)
	c := boot(t, cell{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", pki: "/etc/kubernetes/pki"})
	c.revives = true
	c.must(t, "create", "configmap", "kept", "--from-literal=before=the end")
	public := publicKeys(t, c.dir)

	set{t, c.dir}.age()
	for _, n := range c.all {
		c.bring(t, n)
		for _, running := range slices.Clone(n.started) {
			if running.name != containerEngine {
				n.restart(t, running)
			}
		}
	}
	c.wait(t, "the end of the cluster", func() error {
		_, err := c.etcdctl(c.etcds[0], "endpoint", "health")
		if _, api := c.kubectl("get", "--raw", "/readyz"); err == nil || api == nil {
			return errors.New("it still answers")
		}
		return nil
	})
	if _, said, code := c.certwright("verify", c.dir); code != 1 {
		t.Errorf("verify: exit code %d\n%s", code, said)
	}

	// Who begins with the certificates is told to begin with the CAs.
	_, said, code := c.certwright("renew", c.dir, "--all")
	again := regexp.MustCompile(`certwright generate --dir \S+`).FindString(said)
	if code == 0 || again == "" {
		t.Fatalf("renew --all below CAs that have ended: exit code %d\n%s", code, said)
	}
	c.change(t, strings.Fields(again)[1:]...)

	if got := c.must(t, "get", "configmap", "kept", "-o", "jsonpath={.data.before}"); got != "the end" {
		t.Errorf("the cluster has forgotten: %q", got)
	}
	if now := publicKeys(t, c.dir); now != public {
		t.Error("a CA has another key than before")
	}
	if out, said, code := c.certwright("verify", c.dir); code != 0 {
		t.Errorf("verify: exit code %d\n%s%s", code, out, said)
	}
	t.Run("kubelet API", c.checkKubeletAPI)
	t.Run("service accounts", c.checkServiceAccounts)
	t.Run("pods", c.checkPods)
}

// publicKeys are those of the CAs.
func publicKeys(t *testing.T, dir string) string {
	t.Helper()
	s := set{t, dir}
	var out []string
	for _, name := range []string{"ca", "etcd-ca", "front-proxy-ca"} {
		out = append(out, string(s.cert("authority/"+name+".crt").RawSubjectPublicKeyInfo))
	}
	return strings.Join(out, "\n")
}

// age makes every certificate of a set one that has ended, and is else the same,
// wherever it stands.
func (s set) age() {
	s.t.Helper()
	signers := map[string]authority{} // by subject
	for _, name := range []string{"ca", "etcd-ca", "front-proxy-ca"} {
		ca := s.ca(name)
		signers[string(ca.cert.RawSubject)] = ca
	}
	aged := map[string][]byte{} // by the old one
	age := func(text []byte) []byte {
		var out []byte
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			der := string(block.Bytes)
			if aged[der] == nil && block.Type == "CERTIFICATE" {
				cert, err := x509.ParseCertificate(block.Bytes)
				if err != nil {
					s.t.Fatal(err)
				}
				expired(cert)
				aged[der] = s.sign(cert, signers[string(cert.RawIssuer)]).Raw
			}
			if block.Type == "CERTIFICATE" {
				block.Bytes = aged[der]
			}
			out = append(out, pem.EncodeToMemory(block)...)
		}
		return out
	}
	embedded := regexp.MustCompile(`LS0t[A-Za-z0-9+/=]+`) // what begins with "---"
	err := filepath.WalkDir(s.dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		new := text
		switch filepath.Ext(file) {
		case ".crt":
			new = age(text)
		case ".conf":
			new = embedded.ReplaceAllFunc(text, func(data []byte) []byte {
				plain, err := base64.StdEncoding.DecodeString(string(data))
				if err != nil {
					s.t.Fatalf("%s: %v", file, err)
				}
				return []byte(base64.StdEncoding.EncodeToString(age(plain)))
			})
		}
		if bytes.Equal(text, new) {
			return nil
		}
		return os.WriteFile(file, new, 0o600) // the mode of a file that is there stays
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.sums()
}

// sums writes the sums of each tree anew, as if its files had always been these.
func (s set) sums() {
	s.t.Helper()
	out, err := exec.Command("sh", "-euc", `for tree in "$1"/nodes/*; do
	cd "$tree" && sed 's/^[^ ]* [ *]//' SHA256SUMS | xargs -d '\n' sha256sum >sums && cat sums >SHA256SUMS && rm sums
done`, "sh", s.dir).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
}
