package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestNoSeedShown: a class that is made by the example of the README or of the help
// has a seed that its students can look up.
func TestNoSeedShown(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var help bytes.Buffer
	cmd := (&program{stdout: &help, stderr: &help, getenv: os.Getenv, caught: t.Context()}).command()
	cmd.SetOut(&help)
	cmd.SetArgs([]string{"lab", "new", "--help"})
	if err := cmd.ExecuteContext(t.Context()); err != nil || !bytes.Contains(help.Bytes(), []byte("--seed")) {
		t.Fatalf("%v\n%s", err, help.Bytes())
	}
	shown := regexp.MustCompile(`(?i)seed[ =]"?[0-9]+`)
	for name, text := range map[string][]byte{"README.md": readme, "lab new --help": help.Bytes()} {
		if found := shown.Find(text); found != nil {
			t.Errorf("%s shows %q", name, found)
		}
	}
}
