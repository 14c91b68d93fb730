package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"certwright/pkigen/cluster/spec"
	"certwright/steps"
)

// oneOf refuses a flag's value that is none of the known ones. It names them all
// where these are few, and else what was meant most likely, and the first.
func oneOf(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	const most = 8
	if near := spec.Nearest(value, known, 3); len(known) > most && near != "" {
		return usage("did you mean "+near+"?", "%s %q is not known", flag, value)
	}
	return usage("", "%s %q is not known: write one of %s", flag, value, spec.List(known, most))
}

// completeValues lets the shell offer a flag's values.
func completeValues(cmd *cobra.Command, flag string, values []string) {
	must(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
}

// must is for errors that only a mistake in this package can cause: a flag that
// does not exist, or one registered twice.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// addSet adds --set, with completion of its keys and, for choices, their values.
func addSet(cmd *cobra.Command, sets *[]string) {
	cmd.Flags().StringArrayVar(sets, "set", nil, "answer one question, as KEY=VALUE; may be repeated and wins over the answers file")
	must(cmd.RegisterFlagCompletionFunc("set", completeSet))
}

func completeSet(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	key, _, valued := strings.Cut(typed, "=")
	if !valued {
		var keys []string
		for _, k := range steps.Keys() {
			keys = append(keys, cobra.CompletionWithDesc(k.Key+"=", k.Label))
		}
		return keys, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	var values []string
	if f, ok := steps.Lookup(key); ok && f.Kind == steps.Choice && !f.Local {
		for _, o := range f.Options(steps.NewAnswers()) {
			values = append(values, cobra.CompletionWithDesc(key+"="+o.Value, o.Label))
		}
	}
	return values, cobra.ShellCompDirectiveNoFileComp
}

// addDir adds --dir, completed by directories.
func addDir(cmd *cobra.Command, dir *string, use string) {
	cmd.Flags().StringVar(dir, "dir", "", use)
	must(cmd.MarkFlagDirname("dir"))
}

// addAnswers adds --answers, completed by YAML files.
func addAnswers(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "answers", "", "answers file, as a finished run writes it; - for the standard input")
	must(cmd.MarkFlagFilename("answers", "yaml", "yml"))
}

// addImport adds --import.
func addImport(cmd *cobra.Command, files *[]string) {
	cmd.Flags().StringArrayVar(files, "import", nil, "file of kubeadm, Ansible, cfssl, kubectl or etcd, or an /etc/hosts, to take answers from; may be repeated")
}

// addFormat adds --format, whose first value is the default.
func addFormat(cmd *cobra.Command, format *string, known []string) {
	cmd.Flags().StringVar(format, "format", known[0], strings.Join(known[:len(known)-1], ", ")+" or "+known[len(known)-1])
	completeValues(cmd, "format", known)
}

// keyHelp lists the keys of the answers file and of --set.
func keyHelp() string {
	var b strings.Builder
	for _, k := range steps.Keys() {
		fmt.Fprintf(&b, "  %-30s %s", k.Key, k.Label)
		if k.Default != "" {
			fmt.Fprintf(&b, " (%s)", k.Default)
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}

// The widths of text, in cells: as wide as the terminal, within what is
// pleasant to read, and 80 where there is none.
const (
	defaultWidth = 80
	widestText   = 120
)

// width is the width of text on stdout.
func (p *program) width() int {
	f, ok := p.stdout.(*os.File)
	if !ok {
		return defaultWidth
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil || w < 20 {
		return defaultWidth
	}
	return min(w, widestText)
}
