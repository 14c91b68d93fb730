package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
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
	Dir        string
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
			case within(imp, "certwright/tui/internal") && !at("certwright/tui/internal"):
				t.Errorf("%s imports %s: pictures and terminals of tests are for tests", p.ImportPath, imp)
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

// most is how many packages below pkigen the ones above it may import: all else comes by
// the front door.
var most = map[string]int{
	"certwright/cmd/certwright":    8,
	"certwright/steps":             8,
	"certwright/steps/imports":     4,
	"certwright/tui":               14,
	"certwright/tui/line":          10,
	"certwright/tui/text":          21,
	"certwright/tui/text/imported": 1,
	"certwright/tui/text/livetext": 5,
	"certwright/tui/wizard":        14,
}

// mostNames is how many names a package may export.
const mostNames = 60

// TestFrontDoor holds that cmd, steps and tui come in by the front door, and that it
// stays one.
func TestFrontDoor(t *testing.T) {
	seen := 0
	for _, p := range listPackages(t) {
		if !within(p.ImportPath, "certwright/cmd", "certwright/steps", "certwright/tui") {
			continue
		}
		var rooms []string
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, backend) {
				rooms = append(rooms, imp)
			}
		}
		if limit := most[p.ImportPath]; len(rooms) > limit {
			t.Errorf("%s imports %d packages below pkigen, more than %d: %q", p.ImportPath, len(rooms), limit, rooms)
		}
		seen += len(rooms)
	}
	if seen < 10 {
		t.Errorf("%d imports were seen; this test looks at nothing", seen)
	}
	for _, p := range listPackages(t) {
		if names := exported(t, p.Dir); len(names) > mostNames {
			t.Errorf("%s exports %d names, and may export %d: %q", p.ImportPath, len(names), mostNames, names)
		}
	}
}

// exported are the names that a package exports, without fields and methods.
func exported(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	add := func(id *ast.Ident) {
		if id.IsExported() {
			names = append(names, id.Name)
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					add(d.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						add(s.Name)
					case *ast.ValueSpec:
						for _, id := range s.Names {
							add(id)
						}
					}
				}
			}
		}
	}
	slices.Sort(names)
	return names
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
	cmd := exec.Command("go", "list", "-json=Dir,ImportPath,Imports,Deps", "certwright/...")
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
