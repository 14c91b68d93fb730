package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/judging/check"
)

// rule is a kind of name that stands in its table and nowhere else: who needs to know
// something about one entry asks a field of it.
type rule struct {
	what  string
	names map[string]bool
	// held are the folders for which that is so, and tables those among them that are
	// tables themselves, or that have yet to be cleaned. To extend it, add a folder.
	held, tables []string
}

func rules() []rule {
	connections, checks, entries := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range catalog.Connections {
		connections[a.ID] = true
	}
	for _, r := range catalog.Refusals {
		connections[r.ID] = true
	}
	for _, c := range check.Table {
		checks[c.ID] = true
	}
	programs := map[string]bool{"kube-proxy": true}
	for _, a := range catalog.Connections {
		programs[a.From], programs[a.To] = true, true
	}
	for _, l := range catalog.Layouts {
		for i := range l.Entries {
			if name := l.Entries[i].Name; !programs[name] {
				entries[name] = true
			}
		}
	}
	backend := []string{"pkigen/judging", "pkigen/reading", "pkigen/lab"}
	// What is recognised by an identity, and what kubeadm and its like make, is to come
	// into the catalog; "ca" and "ends-soon" are words of expiry's own JSON.
	named := []string{"pkigen/judging/adopt", "pkigen/judging/check", "pkigen/judging/connect", "pkigen/judging/explain", "pkigen/judging/trust",
		"pkigen/reading/programs", "pkigen/reading/survey", "pkigen/reading/expiry", "pkigen/lab"}
	return []rule{
		{"connection", connections, backend, []string{"pkigen/judging/explain", "pkigen/judging/findings"}},
		{"check", checks, backend, []string{"pkigen/judging/findings", "pkigen/judging/check", "pkigen/judging/explain", "pkigen/reading/scan", "pkigen/reading/expiry", "pkigen/lab"}},
		{"catalog entry", entries, backend, named},
	}
}

// TestLiterals holds that names of a table are literals in it alone.
func TestLiterals(t *testing.T) {
	for _, r := range rules() {
		if len(r.names) < 10 {
			t.Errorf("%d names of a %s: this test looks at nothing", len(r.names), r.what)
		}
		for _, folder := range r.held {
			r.walk(t, folder)
		}
	}
}

func (r *rule) walk(t *testing.T, folder string) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, folder), func(name string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil:
			return err
		case d.IsDir() && within(rel, r.tables...):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") || within(rel, r.tables...):
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, is := n.(*ast.BasicLit)
			if !is || lit.Kind != token.STRING {
				return true
			}
			if text, _ := strconv.Unquote(lit.Value); r.names[text] {
				t.Errorf("%s:%d: %q is the name of a %s: ask a field of its entry, or a constant beside the table", rel, files.Position(lit.Pos()).Line, text, r.what)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
