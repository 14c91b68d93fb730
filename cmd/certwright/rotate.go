package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/rotate"
	"certwright/tui/text"
)

// rotation is one call of the command.
type rotation struct {
	target
	name    string
	answers string
	stage   string
	next    bool
	newKey  bool
	seen    []string
	live    bool // look at the running cluster
	said    []string
}

func (p *program) rotateCommand() *cobra.Command {
	n := &rotation{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "rotate DIR [CA|sa] [--stage widen|switch|narrow | --next]",
		Short: "Replace a CA or the service account keys, in three stages without an outage",
		Long: `Replace a CA, or the service account key pair, by one with a new key while the
cluster runs. Each stage goes to all nodes, with its restarts, before the next:

  widen   everybody trusts both; nothing is signed again
  switch  the new one signs, and everything is signed again by it
  narrow  nobody trusts the old one any more; its key leaves the directory

Without --stage or --next nothing is changed: it says how far each has come, and
of the one that is named whether to go on or to stop, and why. The stage is read
off the files alone, so any machine with the directory can go on. generate and
renew leave a stage as it is.

The new one is made by the answers of now: subject, lifetime and kind of key may
differ from the old one's. Keys of what it signs stay, unless --new-key says
otherwise. What lies on the nodes the directory does not show: with --seen name
copies of their /etc/kubernetes and /var/lib/kubelet/pki, and whatever in them is
not ready for the next stage stops it. With --live the running cluster is looked at
(see certwright live), and a node that still shows the stage before stops it, by
name; with both they have to agree. --confirm is your word for what no file
tells: kubelets (` + rotate.Confirmations[rotate.Kubelets] + `) and
tokens (` + rotate.Confirmations[rotate.Tokens] + `).

To give a CA later dates and keep its key: certwright renew DIR ca.`,
		Example: `  certwright rotate pki
  certwright rotate pki etcd-ca --next --dry-run
  certwright rotate pki etcd-ca --stage widen
  certwright rotate pki ca --stage narrow --seen copies/master1 --seen copies/worker1
  certwright rotate pki etcd-ca --next --live
  certwright rotate pki sa --stage narrow --confirm tokens`,
		Args:              arguments(1, 2),
		ValidArgsFunction: p.completeRotate,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			n.dir = args[0]
			if len(args) > 1 {
				n.name = args[1]
			}
			if err := n.checkFlags(); err != nil {
				return err
			}
			return n.plan(cmd.Context(), n)
		}),
	}
	addAnswers(cmd, &n.answers)
	f := cmd.Flags()
	f.StringVar(&n.stage, "stage", "", "the stage to go to: widen, switch or narrow")
	f.BoolVar(&n.next, "next", false, "go to the stage that comes next")
	f.BoolVar(&n.newKey, "new-key", false, "at the switch, with new private keys for what is signed again")
	f.StringArrayVar(&n.seen, "seen", nil, "look at a copy of what lies on a node too: a file or a folder; may be repeated")
	f.BoolVar(&n.live, "live", false, "look at the running cluster too: a program that shows the stage before stops the next")
	f.StringSliceVar(&n.said, "confirm", nil, "your confirmation of what no file tells: kubelets, tokens")
	n.addFlags(cmd)
	n.secret.addFlags(cmd)
	completeValues(cmd, "stage", rotate.Actions())
	completeValues(cmd, "confirm", []string{rotate.Kubelets, rotate.Tokens})
	return cmd
}

// checkFlags refuses a command line that cannot be meant.
func (n *rotation) checkFlags() error {
	for _, w := range n.said {
		if _, ok := rotate.Confirmations[w]; !ok {
			return usage("", "--confirm %q is not known: write %s or %s", w, rotate.Kubelets, rotate.Tokens)
		}
	}
	_, known := rotate.StageOf(n.stage)
	switch acts := n.stage != "" || n.next; {
	case n.stage != "" && !known:
		return usage("", "--stage %q is not known: write widen, switch or narrow", n.stage)
	case n.stage != "" && n.next:
		return usage("leave one of them out", "--stage and --next both say where to go")
	case acts && n.name == "":
		return usage("such as "+shell.Command("certwright rotate").File(n.dir).Own("ca --next").String(), "what is to be replaced is missing: ca, etcd-ca, front-proxy-ca or sa")
	case !acts && (n.newKey || n.dryRun):
		return usage("add --stage or --next", "without a stage nothing is changed: --new-key and --dry-run have no meaning")
	}
	return nil
}

// job is the stage that is asked for, if its turn has come; without one it says how
// far each has come.
func (n *rotation) job(ctx context.Context, r *report) (pkigen.Job, error) {
	cluster, given, err := n.answersOf(n.dir, n.answers, r)
	if err != nil {
		return pkigen.Job{}, err
	}
	job := pkigen.Job{Dir: n.dir, Cluster: cluster, Source: given.from, Now: time.Now, About: n.about("rotate"), Options: plan.Options{Answers: given.answers().Replay()}}
	now, err := n.standing(job)
	if err != nil {
		return job, err
	}
	if n.stage == "" && !n.next {
		return job, cmp.Or(n.status(ctx, now, r), errDone)
	}
	to, err := n.gate(ctx, now, r)
	job.Options.Rotation = &plan.Rotation{Name: n.name, To: to, NewKeys: n.newKey}
	return job, err
}

// standing is the plan that changes nothing, by which the stages are told.
func (n *rotation) standing(job pkigen.Job) (*plan.Plan, error) {
	certs := layoutOf(job.Cluster).Certificates(job.Cluster)
	names := plan.Rotatable(layoutOf(job.Cluster), certs)
	if n.name != "" && !slices.Contains(names, n.name) || len(names) == 0 {
		return nil, plan.NotRotatable(certs, cmp.Or(n.name, certs[0].Name), names)
	}
	job.Options.Rotation = &plan.Rotation{Name: names[0]}
	if n.name != "" {
		job.Options.Rotation.Name = n.name
	}
	p, err := pkigen.Plan(job)
	var empties *plan.OtherChangesError
	if errors.As(err, &empties) && empties.Empty {
		return nil, usage("certwright generate makes a set; "+isThere(n.dir),
			"%q holds none of the certificates of these answers: there is nothing to replace", n.dir)
	}
	if err == nil && len(p.Refused()) > 0 {
		err = &plan.RefusedError{Actions: p.Refused()}
	}
	return p, err
}

// gate finds the stage to go to, and refuses it where its turn has not come, or
// where anything that can be seen is not ready for it.
func (n *rotation) gate(ctx context.Context, now *plan.Plan, r *report) (plan.Stage, error) {
	at := now.Stage(n.name)
	to, said := rotate.StageOf(n.stage)
	if !said {
		to = at.Next()
	}
	switch {
	case to == at && n.json():
		r.standing(now, n.name, nil)
		return to, errDone
	case to == at:
		return to, cmp.Or(text.Text(n.stdout, "", fmt.Sprintf("Nothing to do: %s is %s already; %s.", n.name, at, at.Meaning()), n.width()), errDone)
	case at.Next() != to:
		err := &plan.OrderError{Name: n.name, At: at, To: to}
		return to, &failure{code: exitRefused, hint: n.goOn(at.Next()).String() + " comes first",
			err: tooEarly(err, rotate.Breaks(now.Layout, n.name, to))}
	}
	answer, err := n.ask(ctx, now)
	if err != nil {
		return to, err
	}
	r.standing(now, n.name, answer)
	if len(answer.Stops) > 0 {
		return to, n.stopped(answer)
	}
	return to, nil
}

// tooEarly adds what would be seen; nothing for a stage that breaks nothing.
func tooEarly(err error, breaks string) error {
	if breaks == "" {
		return err
	}
	return fmt.Errorf("%w\n  else: %s", err, breaks)
}

// note says how far the replacement is after the run.
func (n *rotation) note(r *report, p *plan.Plan) {
	if r.Result != nil {
		r.standing(p, n.name, nil)
	}
}

// ask asks whether the next stage may come, and looks at the cluster where that is wanted.
func (n *rotation) ask(ctx context.Context, now *plan.Plan) (*rotate.Answer, error) {
	q := rotate.Question{Plan: now, Name: n.name, Dir: n.dir, Seen: n.seen, Said: n.said}
	if n.live {
		looks := pkigen.Dir(n.dir).Live(func() (*pkigen.Known, error) { return &pkigen.Known{Layout: now.Layout, Cluster: now.Cluster}, nil }, 0)
		view, err := looks.Look(ctx)
		if err != nil {
			return nil, err
		}
		q.Live = view
	}
	return rotate.Ask(ctx, q)
}

// stopped is the refusal of a stage for which not everything is ready.
func (n *rotation) stopped(a *rotate.Answer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s stays %s, nothing was changed: %s", a.Name, a.At, spec.Count(len(a.Stops), "thing is not ready", "things are not ready"))
	for _, s := range text.StopLines(a.Stops, true) {
		b.WriteString("\n  " + s)
	}
	b.WriteString("\n  else: " + a.Breaks)
	return &failure{code: exitRefused, err: errors.New(b.String()),
		hint: fmt.Sprintf("do what the stage before asks for on every node; %s says whether to go on", shell.Command("certwright rotate").File(n.dir).Word(n.name))}
}

// refused gives an error of the plan its exit code, and says how to go on.
func (n *rotation) refused(err error) error {
	var others *plan.OtherChangesError
	var refused *plan.RefusedError
	var not *plan.NotRotatableError
	switch {
	case errors.As(err, &not) && len(not.Names) > 0:
		return usage("", "%w", err)
	case errors.As(err, &not) && !not.CA:
		return &failure{code: exitRefused, err: err}
	case errors.As(err, &not):
		return &failure{code: exitRefused, err: err, hint: shell.Command("certwright renew").File(n.dir).Word(not.Name).String() + " gives it later dates and keeps its key"}
	case errors.As(err, &others):
		return &failure{code: exitRefused, err: err, hint: shell.Command("certwright generate --dir").File(n.dir).String() + " sets this right and leaves the stage as it is, --dry-run shows it first"}
	case errors.As(err, &refused):
		return &failure{code: exitRefused, err: err, hint: refusedHint(refused, "set this right first")}
	}
	return err
}

// completeRotate offers directories, and behind one what can be replaced in it.
func (p *program) completeRotate(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return nil, cobra.ShellCompDirectiveFilterDirs
	case 1:
		if known := p.knownOf(args[0]); known != nil {
			return plan.Rotatable(known.Layout, known.Layout.Certificates(known.Cluster)), cobra.ShellCompDirectiveNoFileComp
		}
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
