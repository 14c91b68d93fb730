package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/tui/text/livetext"
	"certwright/tui/wizard"
)

// liveCall is one call of the command.
type liveCall struct {
	*program
	dir     string
	answers string
	format  string
	plan    bool
	watch   bool
	strict  bool
	foreign bool
	all     bool
	limit   time.Duration
	every   time.Duration
}

func (p *program) liveCommand() *cobra.Command {
	v := &liveCall{program: p}
	cmd := &cobra.Command{
		Use:   "live DIR [--plan] [--watch]",
		Short: "Say what every program of the running cluster has really loaded",
		Long: `Look at the cluster that runs with a directory: a set of ours, copies of machines, or
on a node its own /etc/kubernetes. A renewed file helps nobody until its process has
read it; no other file tells.

Each port that the programs are told of is dialled, read-only. The handshake shows
the certificate that is served and the client CAs that are asked for, without any
credential. Only a server that proves itself, by the CA that its clients are told and
by the name that was dialled, is shown a certificate of the directory (etcd's health
check, admin.conf), and asked for its health and for what only the API server sees.
On the node itself the ports of its loopback address are seen too.

The first line says whether all is as planned, then a table says it of each program,
and a line of each node that is behind says what restarts it. --plan shows the steps
of the last run (certwright history) instead, each ticked when the evidence for it is
there; what cannot be seen is for you to tick. Nothing is written anywhere. The exit
code is 0 where all is as planned, and 1 where something is behind, expired, unhealthy
or away.`,
		Example: `  certwright live pki
  sudo certwright live /etc/kubernetes
  certwright live pki --plan --watch
  certwright live pki --format json | jq '.findings[].code'`,
		Args:              arguments(1, 1),
		ValidArgsFunction: completeDirs,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			v.dir = args[0]
			return v.run(cmd.Context())
		}),
	}
	addAnswers(cmd, &v.answers)
	addFormat(cmd, &v.format, reportFormats)
	f := cmd.Flags()
	f.BoolVar(&v.plan, "plan", false, "show the steps of the last run, each ticked when the evidence is there")
	f.BoolVar(&v.watch, "watch", false, "look again and again, until all is as planned or ctrl+c")
	f.BoolVar(&v.strict, "strict", false, "exit with 1 for what cannot be seen too")
	f.BoolVar(&v.foreign, "no-answers", false, "go by what the files are, even where the answers are there")
	f.BoolVar(&v.all, "all", false, "show of each program every file and how it is known")
	f.DurationVar(&v.limit, "timeout", 3*time.Second, "how long one port may take")
	f.DurationVar(&v.every, "every", 3*time.Second, "with --watch, how long to wait between two looks")
	return cmd
}

func (v *liveCall) run(ctx context.Context) error {
	if err := oneOf("--format", v.format, reportFormats); err != nil {
		return err
	}
	if v.foreign && v.plan {
		return usage("leave out one of them", "--plan goes by the answers, and --no-answers without them")
	}
	if err := v.recoverFirst(v.dir, false); err != nil {
		return err
	}
	ctx, stop := v.catchSignals(ctx)
	defer stop()
	looks := pkigen.Dir(v.dir).Live(v.known, v.limit)
	for {
		view, err := looks.Look(ctx)
		if err != nil {
			return err
		}
		fine := view.OK() && (!v.strict || view.Unseen() == 0)
		show, doc := func() error { return livetext.View(v.stdout, view, v.dir, v.all, v.width()) }, any(view)
		if v.plan {
			steps, err := looks.Steps(v.before)
			if err != nil {
				return err
			}
			if steps == nil {
				return usage("certwright history shows what was done", "%q has no run whose steps are known: its answers and its backups tell them", v.dir)
			}
			fine = steps.Done && (!v.strict || steps.ByHand == 0)
			show, doc = func() error { return livetext.Rollout(v.stdout, steps, v.width()) }, any(steps)
		}
		if err := v.print(show, doc); err != nil || fine {
			return err
		}
		if !v.watch {
			return &failure{code: exitFailed}
		}
		if err := v.wait(ctx); err != nil {
			return err
		}
	}
}

// known is what the answers say of the directory.
func (v *liveCall) known() (*pkigen.Known, error) {
	by := &verifyCall{program: v.program, dir: v.dir, answers: v.answers, foreign: v.foreign}
	b, err := by.basis()
	if err != nil {
		return nil, err
	}
	if b.bad() {
		return nil, v.complain(b.given, b.wrong)
	}
	return b.known, nil
}

// print prints a look, as text or as JSON.
func (v *liveCall) print(show func() error, doc any) error {
	if v.format == "json" {
		return v.printJSON(doc)
	}
	return show()
}

// wait waits for the next look.
func (v *liveCall) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(v.every):
	}
	if v.format == "text" {
		fmt.Fprintln(v.stdout)
	}
	return nil
}

// before is the cluster of earlier answers of the directory; nil where they say nothing good.
func (v *liveCall) before(answers string) *spec.Cluster {
	if known := wizard.KnownFrom(answers, v.dir); known != nil {
		return known.Cluster
	}
	return nil
}
