package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// begun is a command line, as a text ends in it: what comes behind it would be a word
// that nobody has quoted. In a sentence certwright and kubectl are words too, and are
// followed by others than these.
var begun = regexp.MustCompile(`(?:^|[^\w./-])(?:` +
	`certwright(?: (?:adopt|certinfo|change|explain|generate|handout|history|inspect|lab|renew|rotate|undo|verify)\b)` +
	`|kubectl (?:-|apply|auth|certificate|config|create|delete|describe|drain|get|logs|wait)|kubeadm (?:certs|init|join|token)` +
	`|openssl (?:x509|verify|pkey|req|rsa|genrsa|s_client|ca|crl|pkcs12)|cfssl gencert|cfssljson -|etcdctl (?:-|member|endpoint)|systemctl (?:restart|enable|disable|stop|start)` +
	`|(?:rm|cp|mv|tar|sed|awk|ssh|scp|curl|base64|install|ls|cat|mkdir|chmod|chown|export|umask|printf) -` +
	`|(?:rm|cp|mv|cat|ssh|chmod [0-7]+|chmod [ugoa]*[+-=][rwx]+|export)\b` +
	`)(?: *[^ ,;:.]+)*[ ="'/@]$`)

// TestCommandsAreConstructed holds that a command line is made by package shell alone:
// no text that begins one is joined to anything but text of the source, by + or in a
// format, and nothing is converted into a line.
func TestCommandsAreConstructed(t *testing.T) {
	seen := 0
	for _, file := range sources(t) {
		ast.Inspect(file.ast, func(n ast.Node) bool {
			for _, text := range joined(n) {
				if begun.MatchString(text) {
					t.Errorf("%s: a command goes on with what is not quoted: %q", file.at(n), text)
				}
				seen++
			}
			if c, ok := n.(*ast.CallExpr); ok && selects(c.Fun, "shell", "Line") {
				t.Errorf("%s: a string becomes a command line", file.at(n))
			}
			return true
		})
	}
	if seen < 500 {
		t.Errorf("%d texts were looked at; this test looks at nothing", seen)
	}
}

// TestBegun: the test sees what it has to see.
func TestBegun(t *testing.T) {
	for source, want := range map[string]bool{
		`"certwright verify " + dir`:                                 true,
		`"See: certwright " + "renew " + dir + " --all"`:             true,
		`fmt.Sprintf("run certwright rotate %s %s", dir, name)`:      true,
		`fmt.Sprintf("go on: kubectl --kubeconfig %q get csr", f)`:   true,
		`"rm -f " + strings.Join(files, " ")`:                        true,
		`"openssl x509 -in " + file`:                                 true,
		`"chmod 600 " + file`:                                        true,
		"`kubeadm init phase certs apiserver --extra-sans ` + names": true,
		`"ssh root@" + node`:                                         true,
		`"certwright needs " + n`:                                    false,
		`"run certwright generate again: " + why`:                    false,
		`fmt.Sprintf("%s shows what is there", command)`:             false,
		`"certwright verify pki"`:                                    false,
	} {
		e, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		got := false
		ast.Inspect(e, func(n ast.Node) bool {
			for _, text := range joined(n) {
				got = got || begun.MatchString(text)
			}
			return true
		})
		if got != want {
			t.Errorf("%s: %t", source, got)
		}
	}
}

// source is a file of the product.
type source struct {
	path string
	set  *token.FileSet
	ast  *ast.File
}

func (s *source) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	set := token.NewFileSet()
	for _, top := range []string{"cmd", "tui", "steps", "pkigen"} {
		err := filepath.WalkDir(filepath.Join("../..", top), func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "acceptance" || d.Name() == "internal" || d.Name() == "shell"):
				return fs.SkipDir
			case d.IsDir(), filepath.Ext(p) != ".go", strings.HasSuffix(p, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(set, p, nil, 0)
			out = append(out, source{p, set, file})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// joined are the texts of a node behind which something stands that is none: an operand
// of +, or a verb of a format.
func joined(n ast.Node) []string {
	var out []string
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			if left := tail(n.X); left != "" && literal(n.Y) == "" {
				out = append(out, left)
			}
		}
	case *ast.AssignStmt: // line += " " + word
		if n.Tok == token.ADD_ASSIGN && literal(n.Rhs[0]) != "" {
			out = append(out, literal(n.Rhs[0]))
		}
	case *ast.BasicLit:
		text := literal(n)
		for _, at := range verb.FindAllStringIndex(text, -1) {
			out = append(out, text[:at[0]])
		}
	}
	return out
}

var verb = regexp.MustCompile(`%[-+# 0-9.]*(?:\[\d+\])?[a-zA-Z]`)

// tail is the text at the end of an expression.
func tail(e ast.Expr) string {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.ADD {
		if right := literal(b.Y); right != "" {
			return tail(b.X) + right
		}
		return ""
	}
	return literal(e)
}

// literal is a text of the source; "" for another expression.
func literal(e ast.Expr) string {
	if p, ok := e.(*ast.ParenExpr); ok {
		return literal(p.X)
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}

func selects(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}
