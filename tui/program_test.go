package tui

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// programDir holds the program that tests run.
var programDir string

func TestMain(m *testing.M) {
	var err error
	if programDir, err = os.MkdirTemp("", "certwright-tui"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(programDir)
	os.Exit(code)
}

// Program makes certwright once for all tests.
var Program = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(programDir, "certwright")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", bin, "certwright/cmd/certwright").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

// buildProgram gives the program.
func buildProgram(t *testing.T) string {
	t.Helper()
	bin, err := Program()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}
