package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/shell"
	"certwright/steps"
	"certwright/tui/text"
)

// verifyCall is one call of the command.
type verifyCall struct {
	*program
	dir     string
	answers string
	format  string
	foreign bool // judge by what the files are, whatever answers there are
	strict  bool // warnings fail too
	all     bool
}

// patience is after how long somebody wants to know that a program still works.
const patience = 5 * time.Second

var verifyFormats = []string{"text", "json"}

func (p *program) verifyCommand() *cobra.Command {
	v := &verifyCall{program: p}
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Say whether a cluster would run with the certificates in a directory, and if not, why",
		Long: `Judge a directory of certificates, made here or anywhere else: a set of ours,
kubeadm's /etc/kubernetes, the flat folder of a tutorial, copies of several
machines. What counts is what programs are told: by static pods, units with their
variables, configuration files and kubeconfigs. Where nobody tells, kubeadm's names
and what the certificates are stand in, and never make an error.

The first line says whether the cluster would run, would not, or that these files do
not tell; the next what to do first. Each finding has its reason, what a component
would log, and what fixes it. Nothing is changed. The exit code is 0 where at least
one connection was tried and none fails, and else 1.

A directory with the answers that made it, in DIR/answers.yaml or beside it in
DIR-answers.yaml, is held against them.`,
		Example: `  certwright verify pki
  certwright verify /etc/kubernetes
  certwright verify pki --format json | jq '.findings[].check'`,
		Args: arguments(1, 1),
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			v.dir = args[0]
			return v.run(cmd.Context())
		}),
	}
	addAnswers(cmd, &v.answers)
	f := cmd.Flags()
	f.StringVar(&v.format, "format", "text", "text or json")
	f.BoolVar(&v.foreign, "no-answers", false, "judge by what the files are, even where the answers are there")
	f.BoolVar(&v.strict, "strict", false, "exit with 1 for a warning too, and for what cannot be told")
	f.BoolVar(&v.all, "all", false, "show notes too: what is worth knowing, though nothing is wrong")
	completeValues(cmd, "format", verifyFormats)
	return cmd
}

func (v *verifyCall) run(ctx context.Context) error {
	if err := oneOf("--format", v.format, verifyFormats); err != nil {
		return err
	}
	if v.foreign && v.answers != "" {
		return usage("leave out one of them", "--answers and --no-answers cannot both be given")
	}
	if err := v.recoverFirst(v.dir, false); err != nil {
		return err
	}
	if info, err := os.Stat(v.dir); err == nil && !info.IsDir() {
		return usage(shell.Command("certwright inspect").File(v.dir).String()+" shows what is in one file", "%q is no directory: name one that holds certificates", v.dir)
	}
	ctx, stop := v.catchSignals(ctx)
	defer stop()
	slow := time.AfterFunc(patience, func() {
		v.talk("note", "still reading %s: it holds many files; ctrl+c stops it, and a folder of certificates is read faster than all above it", text.Clean(v.dir))
	})
	defer slow.Stop()
	debug.SetMemoryLimit(judgingLimit)
	j, err := v.judge(ctx)
	if err != nil {
		return err
	}
	if v.format == "json" {
		err = v.printJSON(pkigen.VerdictOf(j))
	} else {
		err = text.Verdict(v.stdout, j, v.all, v.width())
	}
	if err == nil && (!j.Runs() || v.strict && (pkigen.VerdictOf(j).Warnings > 0 || len(j.Untold) > 0)) {
		return &failure{code: exitFailed}
	}
	return err
}

// judge judges the directory by its answers.
func (v *verifyCall) judge(ctx context.Context) (*pkigen.Judgement, error) {
	var by *basis
	j, err := pkigen.Judge(ctx, v.dir, func() (known *pkigen.Known, err error) {
		if by == nil || v.answers != "-" { // what stands there is read once
			if by, err = v.basis(); err != nil {
				return nil, err
			}
		}
		if by.bad() && v.answers != "" {
			return nil, v.complain(by.given, by.wrong)
		}
		return by.known, nil
	}, time.Now())
	if err == nil && by.bad() {
		_ = v.complain(by.given, by.wrong)
		v.errorf("%s: these answers are left aside; the files are judged by what they are", text.Clean(by.file))
	}
	return j, err
}

// basis is by what a directory is judged.
type basis struct {
	file  string // "" for no answers
	known *pkigen.Known
	given *given
	wrong []problem.Problem
}

// bad reports whether there are answers that do not hold.
func (b *basis) bad() bool { return b.given != nil && (b.given.unreadable() || len(b.wrong) > 0) }

// basis reads the answers: those that were named, which must be good, or those
// that are kept with the directory, which are left aside if they are not.
func (v *verifyCall) basis() (*basis, error) {
	b := &basis{file: v.answers}
	if b.file == "" && !v.foreign {
		b.file = pkigen.Dir(v.dir).FindAnswers()
	}
	if b.file == "" {
		return b, nil
	}
	var err error
	var problems []problem.Problem
	b.known, b.given, problems, err = v.readKnown(b.file, v.dir)
	b.wrong = only(problems, problem.Error)
	return b, err
}

// readKnown reads what an answers file says of a directory; known is nil where
// the answers are not good.
func (p *program) readKnown(file, dir string) (*pkigen.Known, *given, []problem.Problem, error) {
	given, err := p.readAnswers(file, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	cluster, problems := steps.Build(given.answers().AsMade(dir), time.Now())
	layout, ok := catalog.LayoutOf(cluster)
	if !ok || given.unreadable() || problem.HasErrors(problems) {
		return nil, given, problems, nil
	}
	return &pkigen.Known{Layout: layout, Cluster: cluster, Commands: pkigen.Commands(file, dir)}, given, problems, nil
}

// knownOf is what the answers kept with a directory say of it; nil where there
// are none, or none that are good.
func (p *program) knownOf(dir string) *pkigen.Known {
	file := pkigen.Dir(dir).FindAnswers()
	if file == "" {
		return nil
	}
	known, _, _, err := p.readKnown(file, dir)
	if err != nil {
		return nil
	}
	return known
}
