package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// openers are the functions that open a file for reading, and would wait for a
// pipe; by their packages.
var openers = map[string][]string{
	"os":                    {"Open", "OpenFile", "OpenInRoot", "ReadFile", "DirFS"},
	"io/ioutil":             {"ReadFile"},
	"syscall":               {"Open", "Openat"},
	"golang.org/x/sys/unix": {"Open", "Openat", "Openat2"},
	"crypto/tls":            {"LoadX509KeyPair"},
}

// readers are the rooms that may call them: the one that reads whatever is named
// or found, the one that owns the directory, and the command, which asks for a
// passphrase at the terminal.
var readers = map[string][]string{
	"pkigen/reading/walk": openers["os"],
	"cmd/certwright":      {"OpenFile"},
	"pkigen/making/store": append(slices.Clone(openers["os"]), "Openat2"),
}

// TestReaders holds that nothing opens a file but by the one reader, which waits
// for no pipe and reads no device.
func TestReaders(t *testing.T) {
	top := filepath.Join("..", "..")
	used := map[string]bool{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(top, path)
		room := filepath.ToSlash(filepath.Dir(rel))
		switch {
		case err != nil || relErr != nil:
			return err
		case d.IsDir() && (rel != "." && strings.HasPrefix(d.Name(), ".") || room == "pkigen" && d.Name() == "acceptance" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, call := range opened(file) {
			if slices.Contains(readers[room], call.name) {
				used[room] = true
				continue
			}
			t.Errorf("%s: %s waits for a pipe: walk.Read reads files", set.Position(call.at), call.name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range readers {
		if !used[room] {
			t.Errorf("no call was seen in %s; this test looks at nothing, or the room needs no leave", room)
		}
	}
}

type opening struct {
	name string
	at   token.Pos
}

// opened are the mentions of openers in a file, called or not.
func opened(file *ast.File) []opening {
	names := map[string][]string{} // openers by what the file calls their package
	for _, imp := range file.Imports {
		path, err := strconv.Unquote(imp.Path.Value)
		if err != nil || openers[path] == nil {
			continue
		}
		name := path[strings.LastIndex(path, "/")+1:]
		if imp.Name != nil {
			name = imp.Name.Name
		}
		names[name] = openers[path]
	}
	var out []opening
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(names[pkg.Name], sel.Sel.Name) {
			out = append(out, opening{sel.Sel.Name, sel.Pos()})
		}
		return true
	})
	return out
}
