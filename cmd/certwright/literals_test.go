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

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/judging/check"
)

// rule is a kind of name that stands in its table and nowhere else: who needs to know
// something about one entry asks a field of it, or says id.APIServer.
type rule struct {
	what  string
	names map[string]bool
	// held are the folders for which that is so, and tables the folders and files below
	// them that are tables themselves.
	held, tables []string
	// homonyms are names that are something else too in a folder: the key of an answer, the
	// code of a problem.
	homonyms map[string][]string
	// others are folders with a table of other things, whose entries may have such a name:
	// what stands behind ID there is theirs.
	others []string
}

func rules() []rule {
	dials, checks, entries, programs := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range connections.All {
		dials[c.ID] = true
	}
	for _, r := range connections.Refusals {
		dials[r.ID] = true
	}
	for _, c := range check.Table {
		checks[c.ID] = true
	}
	for _, c := range components.All {
		programs[c.Name] = c.Name != id.Etcd // a role of nodes, and a folder
	}
	for _, l := range catalog.Layouts {
		for _, e := range l.Entries {
			if _, program := programs[e.Name]; !program {
				entries[e.Name] = entries[e.Name] || l.PerNode // the article's kubernetes is many other things
			}
		}
	}
	const ids, catalogue = "pkigen/cluster/catalog/id", "pkigen/cluster/catalog"
	above := []string{"cmd/certwright", "steps", "pkigen"}
	return []rule{
		{"connection", dials, above, []string{ids, "pkigen/cluster/connections", "pkigen/acceptance"},
			map[string][]string{"pkigen/judging/findings": {"etcd-gateway"}}, nil},
		{"check", checks, above,
			[]string{"pkigen/acceptance", "pkigen/judging/findings/findings.go", "pkigen/judging/check/ids.go", "pkigen/reading/scan/odd.go"},
			map[string][]string{"steps": {"file-too-large", "masters"}, ids: {"etcd-gateway"}, "pkigen/cluster/spec": {"san-is-network"}, "pkigen/reading/expiry": {"ends-soon"},
				"pkigen/rollout/symptom": {"expired", "not-yet-valid"}},
			[]string{"pkigen/judging/explain"}},
		// "ca" is a group of an explained text too, a word of expiry's JSON, and part of a fault's
		// name; the front proxy is known by its common name.
		{"catalog entry", entries, above, []string{catalogue, "pkigen/acceptance"},
			map[string][]string{"steps": {"ca"}, "pkigen/reading/expiry": {"ca"}, "pkigen/lab": {"ca"}, "pkigen/judging/explain": {"ca", id.FrontProxyClient}}, nil},
		{"program", programs, []string{"pkigen/cluster", "pkigen/making", "pkigen/rollout"}, []string{catalogue}, nil, nil},
	}
}

// TestLiterals holds that names of a table are literals in it alone, where renaming or
// adding one would miss the others.
func TestLiterals(t *testing.T) {
	for _, r := range rules() {
		if len(r.names) < 5 {
			t.Errorf("%d names of a %s: this test looks at nothing", len(r.names), r.what)
		}
		for _, folder := range r.held {
			if r.walk(t, folder) == 0 {
				t.Errorf("no file of %s was seen; this test looks at nothing", folder)
			}
		}
	}
}

// homonym reports whether a name is that of something else in a file.
func (r *rule) homonym(file, name string) bool {
	for folder, names := range r.homonyms {
		if within(file, folder) && slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// walk looks at the files of a folder, and says how many there were.
func (r *rule) walk(t *testing.T, folder string) (seen int) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(folder)), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && within(rel, r.tables...):
			return fs.SkipDir
		case within(rel, r.tables...) || d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go"):
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		ast.Inspect(file, func(n ast.Node) bool {
			if pair, is := n.(*ast.KeyValueExpr); is && within(rel, r.others...) {
				key, is := pair.Key.(*ast.Ident)
				return !is || key.Name != "ID"
			}
			lit, is := n.(*ast.BasicLit)
			if !is || lit.Kind != token.STRING {
				return true
			}
			if text, _ := strconv.Unquote(lit.Value); r.names[text] && !r.homonym(rel, text) {
				t.Errorf("%s:%d: %q is the name of a %s: ask a field of its entry, or a constant beside the table", rel, files.Position(lit.Pos()).Line, text, r.what)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return seen
}
