package catalog_test

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
	"certwright/pkigen/cluster/catalog/id"
)

// TestNoNameIsALiteral holds that no name of an entry or a program and no ID of a
// connection stands as a literal outside the catalogue, where renaming or adding one would miss it: what is
// special about an entry is a field of it, and code that means one in particular says
// id.APIServer.
func TestNoNameIsALiteral(t *testing.T) {
	names := map[string]bool{}
	for _, l := range catalog.Layouts {
		for _, e := range l.Entries {
			names[e.Name] = names[e.Name] || l.PerNode // the article's kubernetes is many other things
		}
	}
	for _, c := range catalog.Connections {
		names[c.ID] = true
	}
	for _, c := range catalog.Components {
		names[c.Name] = c.Name != id.Etcd // a role of nodes, and a folder
	}
	const pkigen = "../.."
	seen := 0
	for _, wing := range []string{"cluster", "making", "rollout"} {
		err := filepath.WalkDir(filepath.Join(pkigen, wing), func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && filepath.Base(p) == "catalog":
				return filepath.SkipDir
			case d.IsDir() || filepath.Ext(p) != ".go" || strings.HasSuffix(p, "_test.go"):
				return nil
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			seen++
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, _ := strconv.Unquote(lit.Value); names[text] {
						t.Errorf("%s: %q is a name of the catalogue: use a field or a constant of it", set.Position(lit.Pos()), text)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 100 {
		t.Fatalf("%d files were seen; this test looks at too little", seen)
	}
}
