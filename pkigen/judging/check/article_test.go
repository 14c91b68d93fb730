//go:build unix

package check_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/internal/cfssltool"
)

// TestArticle makes the article's four certificates from its JSON files by the
// cfssl command line. It runs with Go's programs, and has exactly the traps that
// are known: CA and server certificate have one subject, and a network is named.
func TestArticle(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ca-config", "ca-csr", "kubernetes-csr", "admin-csr", "kube-proxy-csr"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "cluster", "catalog", "testdata", "article", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		data = []byte(strings.NewReplacer(`"rsa"`, `"ecdsa"`, "2048", "256").Replace(string(data))) // faster
		if err := os.WriteFile(filepath.Join(dir, name+".json"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines := `PATH="` + filepath.Dir(cfssltool.Path(t, "cfssl")) + `:$PATH"
cfssl gencert -initca ca-csr.json 2>/dev/null | cfssljson -bare ca
for n in kubernetes admin kube-proxy; do
  cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=kubernetes $n-csr.json 2>/dev/null | cfssljson -bare $n
done`
	if err := script(dir, lines); err != nil {
		t.Fatal(err)
	}
	want := "warning leaf-named-as-ca kubernetes.pem\nwarning san-is-network kubernetes.pem"
	if got := listed(judge(t, dir, false)); got != want {
		t.Errorf("found\n%s\nnot\n%s", got, want)
	}
	// The steps that people forget.
	if err := script(dir, `PATH="`+filepath.Dir(cfssltool.Path(t, "cfssl"))+`:$PATH"
cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=kubernetes admin-csr.json > admin.pem 2>/dev/null`); err != nil {
		t.Fatal(err)
	}
	findings := judge(t, dir, false)
	want = "warning cfssl-json admin.pem\nwarning leaf-named-as-ca kubernetes.pem\nwarning mode-open admin.pem\nwarning san-is-network kubernetes.pem"
	if got := listed(findings); got != want {
		t.Fatalf("found\n%s\nnot\n%s", got, want)
	}
	if err := script(dir, `PATH="`+filepath.Dir(cfssltool.Path(t, "cfssl"))+`:$PATH"`+"\n"+findings[0].Command.String()); err != nil {
		t.Fatal(err)
	}
	if left := listed(judge(t, dir, false)); strings.Contains(left, "cfssl-json") {
		t.Errorf("%s has left\n%s", findings[0].Command, left)
	}
}

const unreadableDir = "CERTWRIGHT_TEST_UNREADABLE"

// TestUnreadable closes a file. Root may read it all the same, so that the test
// runs itself as somebody else there.
func TestUnreadable(t *testing.T) {
	dir := os.Getenv(unreadableDir)
	if dir == "" {
		dir = filepath.Join(openTemp(t), "pki")
		if err := os.CopyFS(dir, os.DirFS(foreign(t, "kubeadm"))); err != nil {
			t.Fatal(err)
		}
		if err := script(dir, `chmod -R a+rX .; chmod 600 $(find . -name '*.key' -o -name '*.conf' -o -name '*.pem'); chmod 0 etc/kubernetes/pki/apiserver.crt`); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			asNobody(t, dir)
			return
		}
	}
	findings := judge(t, dir, false)
	want := "error file-unreadable etc/kubernetes/pki/apiserver.crt"
	if got := listed(findings); got != want {
		t.Errorf("found\n%s\nnot\n%s", got, want)
	}
	if what := findings[0].What(); !strings.Contains(what, "permission denied") {
		t.Errorf("it says %q", what)
	}
}

// openTemp is a folder that everybody may pass.
func openTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "check-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// asNobody runs this test with a copy of its program as the user nobody, whom the
// files are given to.
func asNobody(t *testing.T, dir string) {
	t.Helper()
	const nobody = 65534
	program := filepath.Join(filepath.Dir(dir), "check.test")
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if cerr := to.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	if err := script(dir, "chown -R 65534 ."); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestUnreadable$")
	cmd.Dir = filepath.Dir(dir)
	cmd.Env = append(slices.Clone(os.Environ()), unreadableDir+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("as nobody: %v\n%s", err, out)
	}
}
