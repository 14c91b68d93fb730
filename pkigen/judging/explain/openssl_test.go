package explain

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"certwright/pkigen/judging/findings"
)

// What the real openssl says of planted faults.
func TestOpenSSLTexts(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not there")
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	ca, other, again := newCA(t, "kubernetes"), newCA(t, "etcd-ca"), newCA(t, "kubernetes")
	for _, tt := range []struct {
		name  string
		ca    *pair
		leaf  *pair
		args  []string
		id    string
		check CheckID
	}{
		{"named as its CA", ca, issue(t, ca, "kubernetes", serves("master1")), nil, "openssl-leaf-as-ca", findings.LeafNamedAsCA},
		{"other CA", other, issue(t, ca, "a", serves("master1")), nil, "openssl-no-issuer", findings.UnknownSigner},
		{"same name", again, issue(t, ca, "a", serves("master1")), nil, "openssl-no-issuer", findings.UnknownSigner},
		{"ended", ca, issue(t, ca, "a", serves("master1"), ended), nil, "openssl-expired", findings.Expired},
		{"early", ca, issue(t, ca, "a", serves("master1"), early), nil, "openssl-not-yet", findings.NotYetValid},
		{"name", ca, issue(t, ca, "a", serves("master1")), []string{"-verify_hostname", "worker9"}, "openssl-name", findings.SANMissing},
		{"usage", ca, issue(t, ca, "a", dials), []string{"-purpose", "sslserver"}, "openssl-usage", findings.UsageMissing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"verify", "-CAfile", write("ca.pem", tt.ca.certPEM())}, tt.args...)
			out, err := exec.CommandContext(t.Context(), tool, append(args, write("leaf.pem", tt.leaf.certPEM()))...).CombinedOutput()
			if err == nil {
				t.Fatalf("openssl takes it: %s", out)
			}
			wantCause(t, errors.New(string(out)), tt.id, tt.check)
		})
	}
}
