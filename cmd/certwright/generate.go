package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/steps"
	"certwright/tui/text"
)

// generate is one call of the command.
type generate struct {
	*program
	answers string
	dir     string
	format  string
	sets    []string
	replace []string
	dryRun  bool
}

func (p *program) generateCommand() *cobra.Command {
	g := &generate{program: p}
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

The keys of the answers file and of --set, with their defaults:

` + keyHelp(),
		Example: `  certwright generate --answers answers.yaml --dir pki
  certwright generate --dir pki
  certwright generate --answers answers.yaml --dir pki --dry-run
  certwright generate --answers answers.yaml --dir pki --set encryptionAlgorithm=ECDSA-P256
  certwright generate --answers - --dir pki --format json < answers.yaml`,
		Args: arguments(0, 0),
		RunE: p.work(func(cmd *cobra.Command, _ []string) error { return g.run(cmd.Context()) }),
	}
	addAnswers(cmd, &g.answers)
	addDir(cmd, &g.dir, "directory for the files; made if it is not there")
	addSet(cmd, &g.sets)
	f := cmd.Flags()
	f.BoolVar(&g.dryRun, "dry-run", false, "print what would be done, and do nothing")
	f.StringVar(&g.format, "format", "text", "text or json")
	f.StringArrayVar(&g.replace, "replace-key", nil, "certificate whose private key may be replaced, such as ca; may be repeated")
	completeValues(cmd, "format", reportFormats)
	g.addVerbose(cmd)
	must(cmd.RegisterFlagCompletionFunc("replace-key", completeCertificates))
	return cmd
}

var reportFormats = []string{"text", "json"}

// run does the command and, where JSON is wanted, reports also what failed.
func (g *generate) run(ctx context.Context) error {
	if err := oneOf("--format", g.format, reportFormats); err != nil {
		return err
	}
	r := &report{Dir: g.dir, Problems: []any{}}
	err := g.make(ctx, r)
	if g.format == "json" {
		if err != nil {
			r.failed(g.program, err)
		}
		if perr := g.printJSON(r); perr != nil {
			return perr
		}
	}
	return err
}

// make goes from the flags to the files.
func (g *generate) make(ctx context.Context, r *report) error {
	if err := g.recoverFirst(g.dir, !g.dryRun); err != nil {
		return err
	}
	if err := g.findAnswers(); err != nil {
		return err
	}
	given, err := g.readAnswers(g.answers, g.sets)
	if err != nil {
		return err
	}
	job, err := g.job(given, r)
	if err != nil {
		return err
	}
	if g.dryRun {
		p, err := pkigen.Plan(job)
		if err != nil {
			return err
		}
		r.planned(p)
		g.noteClosed(g.dir)
		return g.only(p)
	}
	result, err := g.carryOut(ctx, job, r)
	if err != nil {
		return err
	}
	if err := g.keep(given.answers()); err != nil {
		result.Notes = append(result.Notes, "the answers could not be saved: "+err.Error())
	}
	r.done(result)
	r.next(result.Plan)
	if g.format == "json" {
		return nil
	}
	return g.summary(result)
}

// findAnswers says which answers are used, and what is missing on the command line.
func (g *generate) findAnswers() error {
	const ask = "certwright asks the questions, and writes an answers file when it is done"
	switch {
	case g.dir == "" && g.answers == "" && len(g.sets) == 0:
		return usage(ask, "--answers is missing")
	case g.dir == "":
		return usage("such as --dir pki", "--dir is missing")
	case g.answers != "":
		return nil
	}
	var err error
	if g.answers, err = ownAnswers(g.dir); err != nil {
		return err
	}
	if g.answers != "" {
		fmt.Fprintf(g.stderr, "using the answers in %s\n", text.Clean(g.answers))
	} else if len(g.sets) == 0 {
		return usage(ask, "--answers is missing, and %q holds no %s", g.dir, plan.AnswersFile)
	}
	return nil
}

// job is what the answers and the flags ask for, if they are right.
func (g *generate) job(from *given, r *report) (pkigen.Job, error) {
	cluster, problems := steps.Build(from.answers(), time.Now())
	r.judged(from, problems)
	if err := g.complain(from, problems); err != nil {
		return pkigen.Job{}, err
	}
	return pkigen.Job{
		Dir: g.dir, Cluster: cluster, Source: from.from, Now: time.Now,
		Options: plan.Options{ReplaceKeys: g.replace, Answers: from.answers().Replay()},
		About:   g.about("generate"),
	}, checkReplace(g.replace, cluster)
}

// carryOut runs the job. Nobody reviews a plan here, so the one that is printed is
// the one that the run has made under its lock.
func (g *generate) carryOut(ctx context.Context, job pkigen.Job, r *report) (*pkigen.Result, error) {
	told := &progress{w: g.stderr, quiet: g.format == "json"}
	job.Progress = told.event
	job.Decided = func(p *plan.Plan) error {
		r.planned(p)
		told.expect(p)
		switch {
		case len(p.Refused()) > 0:
			return g.only(p)
		case p.Changes() && g.format == "text":
			return text.Plan(g.stderr, p, g.view(g.dir))
		}
		return nil
	}
	ctx, stop := g.catchSignals(ctx)
	defer stop()
	return pkigen.Run(ctx, job, nil)
}

// keep writes the answers beside a set that keeps none, where the command line alone
// had them: without them nothing could be renewed later.
func (g *generate) keep(a *steps.Answers) error {
	if g.answers != "" || a.InSet() {
		return nil
	}
	g.answers = besideAnswers(g.dir)
	g.sets = nil
	return store.WriteFile(g.answers, a.YAML(), 0o644)
}

// only prints the plan of a run that writes nothing: a rehearsal, or a refusal.
func (g *generate) only(p *plan.Plan) error {
	if g.format == "text" {
		if err := text.Plan(g.stdout, p, g.view(g.dir)); err != nil {
			return err
		}
	}
	if refused := p.Refused(); len(refused) > 0 {
		return &plan.RefusedError{Actions: refused}
	}
	return nil
}

// summary prints what was done; a directory that was right gets one sentence.
func (g *generate) summary(r *pkigen.Result) error {
	if r.Unchanged {
		for _, note := range slices.Concat(r.Notes, r.Plan.Warnings) {
			fmt.Fprintln(g.stderr, "note: "+text.Clean(note))
		}
		_, err := fmt.Fprintln(g.stdout, text.Counts(r.Plan, g.dir))
		return err
	}
	v := g.summaryView(g.dir)
	switch {
	case r.Plan.Layout.Answers && r.Plan.Count(plan.Keep) > 0: // they have been there before
	case r.Plan.Layout.Answers:
		v.Answers = setAnswers(g.dir)
	case g.answers != "" && g.answers != "-" && len(g.sets) == 0:
		v.Answers = g.answers
	}
	return text.Summary(g.stdout, r, v)
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
