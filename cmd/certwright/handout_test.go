//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/cluster/render"

	"github.com/creack/pty"
)

// An archive would garble a terminal, and show keys on it.
func TestHandoutRefusesTerminal(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "nodes", "m")
	files := map[string][]byte{"x.env": []byte("X=\n")}
	for name, data := range map[string][]byte{"x.env": files["x.env"], render.SumsFile: render.Sums(files)} {
		if err := os.MkdirAll(root, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	master, terminal, err := pty.Open()
	if err != nil {
		t.Skipf("no terminal here: %v", err)
	}
	defer master.Close()
	defer terminal.Close()
	var stderr bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: terminal, stderr: &stderr, getenv: os.Getenv, caught: t.Context()}
	cmd := p.command()
	cmd.SetArgs([]string{"handout", dir, "m", "--to", "-"})
	if code := p.exit(cmd.ExecuteContext(t.Context())); code != exitUsage || !strings.Contains(stderr.String(), "an archive is not for a terminal") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
