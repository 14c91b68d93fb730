package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// longestFile is the most lines that a Go file of ours may have.
const longestFile = 420

const charm, cfssl = "github.com/charmbracelet/", "github.com/cloudflare/cfssl/"

// listed is what go list tells of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

const backend = "certwright/pkigen/"

// wings are the folders of the backend, and those that each may import.
var wings = map[string][]string{
	"cluster": nil,
	"making":  {"cluster"},
	"reading": {"cluster"},
	"rollout": {"cluster", "making", "reading"},
	"judging": {"cluster", "making", "reading", "rollout"},
	"lab":     {"cluster", "making", "reading", "rollout", "judging"},
}

// TestImports holds the order of the house: cmd -> tui -> steps -> pkigen, and
// inside pkigen one way through its wings.
func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 12 {
		t.Fatalf("go list found %d packages of ours; this test looks at nothing", len(packages))
	}
	sawCharm, sawCFSSL := false, false
	for _, p := range packages {
		at := func(prefixes ...string) bool { return within(p.ImportPath, prefixes...) }
		for _, imp := range p.Imports {
			own := within(imp, "certwright")
			switch {
			case strings.HasPrefix(imp, charm):
				sawCharm = true
				if !at("certwright/tui", "certwright/cmd") {
					t.Errorf("%s imports %s: only tui and cmd know a terminal", p.ImportPath, imp)
				}
			case strings.HasPrefix(imp, cfssl):
				sawCFSSL = true
				if !at("certwright/pkigen/making/issue", "certwright/pkigen/reading/certinfo") {
					t.Errorf("%s imports %s: only issue and certinfo know cfssl", p.ImportPath, imp)
				}
			case own && within(imp, "certwright/tui") && !at("certwright/tui", "certwright/cmd"):
				t.Errorf("%s imports %s: nothing but cmd knows the doors", p.ImportPath, imp)
			case own && within(imp, "certwright/cmd"):
				t.Errorf("%s imports %s: nothing imports a command", p.ImportPath, imp)
			case own && within(imp, "certwright/steps") && at("certwright/pkigen"):
				t.Errorf("%s imports %s: the backend knows no question", p.ImportPath, imp)
			}
		}
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, charm) && at("certwright/pkigen", "certwright/steps") {
				t.Errorf("%s reaches %s", p.ImportPath, dep)
			}
		}
		from, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, backend), "/")
		for _, imp := range p.Imports {
			to, inside := strings.CutPrefix(imp, backend)
			to, _, _ = strings.Cut(to, "/")
			if !inside || to == "internal" || from == to || from == "internal" || !at(backend+from) {
				continue
			}
			if !slices.Contains(wings[from], to) {
				t.Errorf("%s imports %s: the wing %s may import %q", p.ImportPath, imp, from, wings[from])
			}
		}
		if at(backend + "making/store") {
			for _, dep := range p.Deps {
				if within(dep, backend+"cluster") && !within(dep, backend+"cluster/shell", backend+"cluster/visible") {
					t.Errorf("%s reaches %s: it knows no certificates", p.ImportPath, dep)
				}
			}
		}
	}
	if !sawCharm || !sawCFSSL {
		t.Errorf("no import of charm (%t) or cfssl (%t) was seen; this test looks at nothing", sawCharm, sawCFSSL)
	}
}

// within reports whether a path is one of the folders or lies below one.
func within(path string, folders ...string) bool {
	for _, f := range folders {
		if path == f || strings.HasPrefix(path, f+"/") {
			return true
		}
	}
	return false
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "certwright/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestFileLength keeps every file one that can be read in one go.
func TestFileLength(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "..":
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		if n := bytes.Count(data, []byte("\n")); n > longestFile {
			t.Errorf("%s has %d lines, more than %d", path, n, longestFile)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("only %d Go files were seen; this test looks at nothing", seen)
	}
}
