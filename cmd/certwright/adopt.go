package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/steps"
	"certwright/tui/text"
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
		return &failure{code: exitRefused, err: fmt.Errorf("%q has its answers already, in %s", a.dir, file),
			hint: "edit that file to correct them; move it away to have the directory read again"}
	}
	ctx, stop := a.catchSignals(ctx)
	defer stop()
	read, err := a.read(ctx, v, set)
	switch {
	case errors.As(err, new(*pkigen.SeveralError)):
		return usage("adopt the folder of each cluster by itself", "%w", err)
	case err != nil:
		return err
	case read == nil:
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

// reading is what a directory says of its answers.
type reading struct {
	answers  *steps.Answers // to be written
	given    *given         // the same, with where they come from
	complete bool           // nothing is missing or wrong
}

// read reads the directory, and holds the answers to their rules and to it; nil
// where it has nothing to go on with.
func (a *adoptCall) read(ctx context.Context, v *text.AdoptionView, set map[string]string) (r *reading, err error) {
	v.Proposal, v.Plan, err = pkigen.Adopt(ctx, a.dir, set, func(p *pkigen.Proposal) (*pkigen.Job, error) {
		v.Proposal, v.Problems, r = p, nil, &reading{}
		var err error
		if r.answers, err = a.answers(v); err != nil {
			return nil, err
		}
		cluster, problems := steps.Build(r.answers, v.Now)
		if len(v.Questions) > 0 {
			return nil, nil // what is missing makes other problems
		}
		v.Problems = problems
		if r.complete = !problem.HasErrors(problems); !r.complete {
			return nil, nil
		}
		return &pkigen.Job{Dir: a.dir, Cluster: cluster, Options: plan.Options{Answers: r.answers.Replay()}}, nil
	})
	if err != nil || r == nil {
		return nil, err
	}
	r.given = &given{file: &steps.File{Answers: r.answers}, sets: map[string]bool{}}
	if v.Plan == nil {
		return r, nil
	}
	if same := a.article(v.Now, r.answers); same != nil {
		r.answers, v.Article = same, true
	}
	return r, nil
}

// tell writes the answers where nothing is missing, and shows what was read.
func (a *adoptCall) tell(v *text.AdoptionView, r *reading) error {
	v.File = pkigen.Dir(a.dir).AnswersBeside()
	if r.answers.InSet() {
		v.File = pkigen.Dir(a.dir).Answers()
	}
	v.Written = r.complete && !a.dryRun
	if v.Written {
		if err := a.write(v.File, r.answers); err != nil {
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
	return a.complain(r.given, v.Problems)
}

// answers are those that were read, under those of --set.
func (a *adoptCall) answers(v *text.AdoptionView) (*steps.Answers, error) {
	answers := steps.NewAnswers()
	if err := answers.Set("layout", catalog.Adopted().Name); err != nil {
		return nil, err
	}
	for _, one := range v.Answers {
		if err := answers.Set(one.Key, one.Value); err != nil {
			return nil, err
		}
	}
	for _, arg := range a.sets {
		if err := answers.Assign(arg); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// article are the answers by which the directory is the article's, byte for byte;
// nil where it is not.
func (a *adoptCall) article(now time.Time, adopted *steps.Answers) *steps.Answers {
	cluster, _ := steps.Build(adopted, now)
	if len(cluster.Adopted) != 4 {
		return nil
	}
	answers := steps.NewAnswers()
	set := func(key, value string) { must(answers.Set(key, value)) }
	set("layout", "article")
	for _, key := range []string{"encryptionAlgorithm", "ca.expiry", "nodes", "controlPlaneEndpoint", "certSANs", "serviceSubnet", "dnsDomain"} {
		if value, ok := adopted.Explicit(key); ok {
			set(key, value)
		}
	}
	ca := cluster.Adopted[0].Subject
	for key, value := range map[string]string{"CN": ca.CN, "C": ca.C, "ST": ca.ST, "L": ca.L, "O": ca.O, "OU": ca.OU} {
		set("ca."+key, value)
	}
	set("profiles.kubernetes.expiry", adopted.Get("profiles.peer.expiry"))
	set("profiles.kubernetes.usages", adopted.Get("profiles.peer.usages"))
	made, problems := steps.Build(answers, now)
	if problem.HasErrors(problems) {
		return nil
	}
	p, err := pkigen.Plan(pkigen.Job{Dir: a.dir, Cluster: made})
	if err != nil || p.Count(plan.Keep) != len(p.Files) {
		return nil
	}
	return answers
}

// write writes the one file, if nobody has written it meanwhile.
func (a *adoptCall) write(file string, answers *steps.Answers) error {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return &failure{code: exitRefused, err: fmt.Errorf("%s is there meanwhile", filepath.Clean(file))}
	}
	return store.WriteFile(file, answers.YAML(), 0o644)
}
