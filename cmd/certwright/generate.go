package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/text/imported"
)

// generate is one call of the command.
type generate struct {
	target
	answers string
	sets    []string
	imports []string
	own     bool // the answers are those that the directory keeps
	replace []string
	given   *given
}

func (p *program) generateCommand() *cobra.Command {
	g := &generate{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "generate --dir DIR [--answers FILE]",
		Short: "Make the certificates from an answers file, without questions",
		Long: `Make the certificates that an answers file describes, without questions.

What lies in the directory already is kept where it is right: a second run
changes nothing. A private key is never replaced without --replace-key, and the
old files are kept in a backup then.

Without --answers, those in DIR/answers.yaml are used, which every run leaves
there (with the layout article the wizard leaves them in DIR-answers.yaml); a new
set can also be described by --set alone.

--import takes answers from files of other programs, which are recognised by what is
in them: see certwright help imports. What --answers and --set say comes before them;
they come before the answers that the directory keeps.

The keys of the answers file and of --set, with their defaults:

` + keyHelp(),
		Example: `  certwright generate --answers answers.yaml --dir pki
  certwright generate --dir pki
  certwright generate --answers answers.yaml --dir pki --dry-run
  certwright generate --answers answers.yaml --dir pki --set encryptionAlgorithm=ECDSA-P256
  certwright generate --import hosts.yaml --import kubeadm.yaml --dir pki --dry-run
  certwright generate --answers - --dir pki --format json < answers.yaml`,
		Args: arguments(0, 0),
		RunE: p.work(func(cmd *cobra.Command, _ []string) error { return g.plan(cmd.Context(), g) }),
	}
	addAnswers(cmd, &g.answers)
	addDir(cmd, &g.dir, "directory for the files; made if it is not there")
	addSet(cmd, &g.sets)
	addImport(cmd, &g.imports)
	f := cmd.Flags()
	g.addFlags(cmd)
	g.secret.addFlags(cmd)
	f.StringArrayVar(&g.replace, "replace-key", nil, "certificate whose private key may be replaced, such as ca; may be repeated")
	must(cmd.RegisterFlagCompletionFunc("replace-key", completeCertificates))
	return cmd
}

var reportFormats = []string{"text", "json"}

// job is what the answers and the flags ask for, if they are right.
func (g *generate) job(_ context.Context, r *report) (pkigen.Job, error) {
	if err := g.findAnswers(); err != nil {
		return pkigen.Job{}, err
	}
	var err error
	if g.given, err = g.readAnswers(g.answers, g.sets); err != nil {
		return pkigen.Job{}, err
	}
	if err := g.takeImports(r); err != nil {
		return pkigen.Job{}, err
	}
	if err := g.given.answers().Former(g.dir); err != nil && !g.given.unreadable() {
		return pkigen.Job{}, &failure{exitRefused, "for other names or roles, write those there instead", err}
	}
	cluster, problems := steps.Build(g.given.answers(), time.Now())
	r.judged(g.given, problems)
	if err := g.complain(g.given, problems); err != nil {
		return pkigen.Job{}, err
	}
	return pkigen.Job{
		Dir: g.dir, Cluster: cluster, Source: g.given.from, Now: time.Now,
		Options: plan.Options{ReplaceKeys: g.replace, Answers: g.given.answers().Replay()},
		About:   g.about("generate"),
	}, checkReplace(g.replace, cluster)
}

// findAnswers says which answers are used, and what is missing on the command line.
func (g *generate) findAnswers() error {
	const ask = "certwright asks the questions, and writes an answers file when it is done"
	switch {
	case g.dir == "" && g.answers == "" && len(g.sets)+len(g.imports) == 0:
		return usage(ask, "--answers is missing")
	case g.dir == "":
		return usage("such as --dir pki", "--dir is missing")
	case g.answers != "":
		return nil
	}
	var err error
	if g.answers, err = pkigen.Dir(g.dir).OwnAnswers(); err != nil {
		return err
	}
	if g.own = g.answers != ""; g.own {
		fmt.Fprintf(g.stderr, "using the answers in %s\n", text.Clean(g.answers))
	} else if len(g.sets)+len(g.imports) == 0 {
		return usage(ask, "--answers is missing, and %q holds no %s", g.dir, plan.AnswersFile)
	}
	return nil
}

// takeImports takes over what files of other programs say, which comes before the answers
// that a directory keeps, and behind those that the command line gives.
func (g *generate) takeImports(r *report) error {
	var stands func(string) bool
	if g.own {
		stands = func(key string) bool { return g.given.sets[key] }
	}
	if err := g.importFiles(g.given, g.imports, stands); err != nil {
		return err
	}
	if r.Imports = g.given.imported; r.Imports == nil || g.json() {
		return nil
	}
	return imported.Print(g.stderr, g.given.imported, g.width())
}

// done writes the answers beside a set that keeps none, where the command line alone
// had them: without them nothing could be renewed later.
func (g *generate) done() error {
	if a := g.given.answers(); g.answers == "" && !a.InSet() {
		g.answers, g.sets = pkigen.Dir(g.dir).AnswersBeside(), nil
		if err := store.WriteFile(g.answers, a.YAML(), 0o644); err != nil {
			return fmt.Errorf("the set is in place, but its answers are not in %s: %w; run the same command again", g.answers, err)
		}
	}
	return nil
}

// summary names the answers that do it all again, where they are not in the set.
func (g *generate) summary() text.SummaryView {
	v := g.summaryView(g.dir)
	if g.given != nil && !g.given.answers().InSet() && g.answers != "-" && len(g.sets)+len(g.imports) == 0 {
		v.Answers = g.answers
	}
	return v
}

// checkReplace refuses a --replace-key that names no certificate, because the
// operator would believe that it had been heard.
func checkReplace(names []string, c *spec.Cluster) error {
	layout, ok := catalog.LayoutOf(c)
	if !ok {
		return fmt.Errorf("layout %q is not known", c.Layout)
	}
	var known []string
	for _, cert := range layout.Certificates(c) {
		known = append(known, cert.Name)
	}
	for _, n := range names {
		if err := oneOf("--replace-key", n, known); err != nil {
			return err
		}
	}
	return nil
}

// completeCertificates offers the certificates of all layouts.
func completeCertificates(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	seen := map[string]bool{}
	for _, l := range catalog.Layouts {
		for _, r := range l.Entries {
			if !seen[r.Name] {
				seen[r.Name] = true
				names = append(names, cobra.CompletionWithDesc(r.Name, r.Title))
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
