// Package shelltest reads printed commands as a POSIX shell does, for tests.
package shelltest

import (
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"certwright/pkigen/cluster/shell"
)

// programs are all that printed commands run.
var programs = []string{"awk", "base64", "break", "cat", "cd", "certwright", "cfssl", "cfssljson", "chmod", "chown", "cmp", "cp", "curl", "date", "env", "etcdctl", "export", "grep", "head", "hostname",
	"ip", "kubeadm", "kubectl", "ls", "mkdir", "mv", "openssl", "printf", "readlink", "rm", "sed", "sh", "sleep", "ssh",
	"sudo", "systemctl", "tar", "test", "wc", "timedatectl", "tr", "umask", "od"}

// variables are those that printed commands set and expand.
var variables = []string{"node", "was"}

// Check reports what is foreign in a line: a program that no command of certwright
// runs, an expansion that none makes, or what is no POSIX shell at all.
func Check(line shell.Line) error {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true)).Parse(strings.NewReader(line.String()), "")
	if err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	var wrong error
	bad := func(format string, args ...any) bool {
		if wrong == nil {
			wrong = fmt.Errorf("%s: "+format, append([]any{line}, args...)...)
		}
		return false
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CallExpr:
			if len(n.Args) == 0 {
				if slices.ContainsFunc(n.Assigns, func(a *syntax.Assign) bool { return !slices.Contains(variables, a.Name.Value) }) {
					return bad("nothing but assignments")
				}
				return true
			}
			if name := n.Args[0].Lit(); !slices.Contains(programs, name) {
				return bad("runs %q", name)
			}
			if n.Args[0].Lit() == "rm" && slices.ContainsFunc(n.Args[2:], func(w *syntax.Word) bool { return strings.HasPrefix(w.Lit(), "-") }) {
				return bad("gives rm an option")
			}
		case *syntax.ParamExp:
			if !slices.Contains(variables, n.Param.Value) {
				return bad("expands %s", n.Param.Value)
			}
		case *syntax.CmdSubst:
			if n.Backquotes {
				return bad("has backquotes")
			}
		case *syntax.Lit:
			if i := strings.IndexAny(n.Value, "*?[~"); i >= 0 && !quoted(file, n) {
				return bad("leaves %q to the shell", n.Value)
			}
		case *syntax.ArithmExp, *syntax.ProcSubst, *syntax.ExtGlob, *syntax.FuncDecl, *syntax.CoprocClause:
			return bad("has a %T", n)
		case *syntax.Stmt:
			if n.Background || n.Coprocess {
				return bad("runs in the background")
			}
		}
		return true
	})
	return wrong
}

// quoted reports whether a part of a word stands within double quotes.
func quoted(file *syntax.File, lit *syntax.Lit) bool {
	found := false
	syntax.Walk(file, func(n syntax.Node) bool {
		if q, ok := n.(*syntax.DblQuoted); ok {
			found = found || slices.Contains(q.Parts, syntax.WordPart(lit))
		}
		return true
	})
	return found
}

// Hostile are words that a shell or a terminal would act on.
var Hostile = []string{
	"$(id)", "`id`", "a;id", "a&&id", "a|id", "a&", "a\nid\n", "\x1b[2J", "-rf", "--", "*", "~", "#a", "!x", "a\\", `a"b`, "it's", "${IFS}", "{a,b}", "\xff\xfe",
	"a\u202eb", "\u2028", "%d%s", "-\x01", "a b", "x=y", "'\x01'", "[a]", "<a", ">a", "(a)", "", "$((1))", "a\rb", "\u0085", "; rm -rf $HOME #",
}
