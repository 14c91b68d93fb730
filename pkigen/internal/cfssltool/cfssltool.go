// Package cfssltool gives tests the real cfssl command line to compare with, in
// the version that go.mod names. It is built once per user and version.
package cfssltool

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gofrs/flock"
)

const module = "github.com/cloudflare/cfssl"

// tools are built together: they share nearly all packages.
var tools = []string{"cfssl", "cfssljson", "cfssl-certinfo"}

// build makes the tools once per test process.
var build = sync.OnceValues(buildAll)

// Path returns the file of a tool: "cfssl", "cfssljson" or "cfssl-certinfo". The
// test fails if it cannot be built: a comparison that is skipped proves nothing.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir, err := build()
	if err != nil {
		t.Fatalf("build the cfssl command line: %v", err)
	}
	return filepath.Join(dir, name+exe())
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// buildAll builds the tools into the user's cache, unless they are there. Tests
// of several packages run at once, so a lock keeps them from building twice, and
// a rename keeps a killed build from leaving half a file.
func buildAll() (string, error) {
	version, err := run("list", "-m", "-f", "{{.Version}}", module)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "certwright-test", version+"-"+runtime.Version())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer lock.Unlock()
	if allThere(dir) {
		return dir, nil
	}
	staging, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(staging)
	args := []string{"build", "-o", staging + string(filepath.Separator)}
	for _, t := range tools {
		args = append(args, module+"/cmd/"+t)
	}
	if _, err := run(args...); err != nil {
		return "", err
	}
	for _, t := range tools {
		if err := os.Rename(filepath.Join(staging, t+exe()), filepath.Join(dir, t+exe())); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func allThere(dir string) bool {
	for _, t := range tools {
		if _, err := os.Stat(filepath.Join(dir, t+exe())); err != nil {
			return false
		}
	}
	return true
}

// run runs the go command without cgo: cfssl's database drivers would want a C
// compiler, and certificates need none.
func run(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
