package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// adoptCall is one call of the command.
type adoptCall struct {
	target
	sets []string
}

func (p *program) adoptCommand() *cobra.Command {
	a := &adoptCall{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "adopt DIR",
		Short: "Go on with certificates that were made by kubeadm, by hand or by another tool",
		Long: `Read a directory of certificates that was not made here: kubeadm's
/etc/kubernetes, the flat folder of a guide, or the article's. It says what each
file is, and by which answers certwright goes on with it: nodes, names, networks,
domain, subjects, keys and lifetimes, each with the place where it was read.

What the files do not tell is asked, and never guessed: the exit code is 2 then,
and --set gives the answer.

One file is written, the answers: DIR/answers.yaml, or where the directory has the
layout of the article DIR-answers.yaml. It can be edited. Nothing else is touched.
Afterwards renew, generate and verify work with the directory as if it had been
made here, under its own file names.`,
		Example: `  certwright adopt /etc/kubernetes --dry-run
  certwright adopt /etc/kubernetes
  certwright adopt hard-way --set serviceSubnet=10.32.0.0/24 --set nodes='controller-0 10.240.0.10
  worker-0 10.240.0.20 worker'
  certwright renew /etc/kubernetes --all --dry-run`,
		Args: arguments(1, 1),
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			a.dir = args[0]
			return a.run(cmd.Context())
		}),
	}
	addSet(cmd, &a.sets)
	a.addFlags(cmd)
	return cmd
}

// run does the command.
func (a *adoptCall) run(ctx context.Context) error {
	v := &text.AdoptionView{Dir: a.dir, Now: time.Now(), Width: a.width(), Brief: !a.verbose}
	return a.reported(a.format, func() error { return a.make(ctx, v) }, func(failed *reportError) any { return newAdoptReport(v, failed) })
}

// make reads the directory, shows what it tells, and writes the answers.
func (a *adoptCall) make(ctx context.Context, v *text.AdoptionView) error {
	if err := a.recoverFirst(a.dir, !a.dryRun); err != nil {
		return err
	}
	set, err := a.given()
	if err != nil {
		return err
	}
	if file := pkigen.Dir(a.dir).FindAnswers(); file != "" && !a.dryRun {
		return &failure{code: exitRefused, err: &wizard.AnsweredError{Dir: a.dir, File: file},
			hint: "edit that file to correct them; move it away to have the directory read again"}
	}
	ctx, stop := a.catchSignals(ctx)
	defer stop()
	read, err := wizard.ReadAdoption(ctx, a.dir, set, v.Now)
	v.Proposal, v.Problems, v.Plan, v.Article = read.Proposal, read.Problems, read.Plan, read.Article
	switch {
	case errors.As(err, new(*pkigen.SeveralError)):
		return usage("adopt the folder of each cluster by itself", "%w", err)
	case err != nil:
		return err
	case read.Answers == nil:
		return a.nothing(v)
	}
	return a.tell(v, read)
}

// given are the answers of --set.
func (a *adoptCall) given() (map[string]string, error) {
	given, err := a.readAnswers("", a.sets)
	if err != nil {
		return nil, err
	}
	if len(given.args) > 0 {
		return nil, a.complain(given, nil)
	}
	if given.sets["layout"] {
		return nil, usage("leave it out", "--set layout: a directory is adopted in the layout that it has")
	}
	out := map[string]string{}
	for key := range given.sets {
		out[key], _ = given.answers().Explicit(key)
	}
	return out, nil
}

// nothing says that no certificate can be gone on with.
func (a *adoptCall) nothing(v *text.AdoptionView) error {
	if !a.json() {
		if err := text.Adoption(a.stdout, v); err != nil {
			return err
		}
	}
	return &failure{code: exitFailed, err: fmt.Errorf("%q holds no certificate that could be renewed", a.dir),
		hint: isThere(a.dir) + "; a certificate needs its private key and its CA beside it"}
}

// tell writes the answers where nothing is missing, and shows what was read.
func (a *adoptCall) tell(v *text.AdoptionView, read *wizard.Adoption) error {
	v.File = read.File()
	v.Written = read.Complete() && !a.dryRun
	if v.Written {
		switch err := read.Write(); {
		case errors.As(err, new(*wizard.AnsweredError)):
			return &failure{code: exitRefused, err: err}
		case err != nil:
			return err
		}
	}
	if !a.json() {
		if err := text.Adoption(a.stdout, v); err != nil {
			return err
		}
	}
	if n := len(v.Questions); n > 0 {
		return usage("give each with --set, as it is written above", "%s; nothing was written", spec.Count(n, "question is open", "questions are open"))
	}
	return a.complain(&given{file: &steps.File{Answers: read.Answers}, sets: map[string]bool{}}, v.Problems)
}
