package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
)

// changing is one call of the command change.
type changing struct {
	target
	edit      steps.Edit
	addresses []string // NODE=ADDRESSES
	roles     []string // NODE=ROLES

	*steps.Transition
	from     *given // the answers as they will be
	problems []problem.Problem
	staying  []pkigen.StillValid
}

func (p *program) changeCommand() *cobra.Command {
	n := &changing{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "change DIR",
		Short: "Change names, endpoint, networks or nodes of a cluster that runs",
		Long: `Change the answers of a directory, and with them exactly what hangs on them:
names, the endpoint, the service network; nodes that come, go or move; members of
etcd. It shows which files change and why, does it in one step together with
DIR/answers.yaml, and says what has to happen on which node, in which order. Your
notes in the answers file stay.

Names and addresses that are replaced stay in the certificates until you take them
out with --remove-name, since clients still dial them. A machine that gets
another name leaves first, by --remove-node OLD, and comes back in a run of its own.

What would break the running cluster is refused: the last control-plane node or
member of etcd, or more than one member of etcd that comes, goes or moves at a time.

The files of a node that goes are kept in the backup. What it had stays valid until
it ends: that is listed, with what shuts it out.`,
		Example: `  certwright change pki --add-name api.example.com --dry-run
  certwright change pki --endpoint 192.168.214.100:6443
  certwright change pki --service-cidr 10.97.0.0/16
  certwright change pki --add-node "worker4 192.168.214.94 worker"
  certwright change pki --add-node "master4 192.168.214.98 control-plane,etcd"
  certwright change pki --remove-node worker2 --remove-node worker3
  certwright change pki --end-bootstrap
  certwright change pki --node-address master2=192.168.215.89
  certwright change pki --node-roles master3=control-plane`,
		Args: arguments(1, 1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			n.dir = args[0]
			return n.plan(cmd.Context(), n)
		}),
	}
	f := cmd.Flags()
	f.StringArrayVar(&n.edit.AddNames, "add-name", nil, "further DNS name or address of the API servers (certSANs); may be repeated, as all that add, remove or change one thing")
	f.StringArrayVar(&n.edit.RemoveNames, "remove-name", nil, "name or address that certificates need no more: of certSANs, or a further one of a node")
	f.StringVar(&n.edit.Endpoint, "endpoint", "", "HOST:PORT of what clients dial; the old one stays among the names")
	f.StringVar(&n.edit.ServiceSubnet, "service-cidr", "", "service network; its old first address stays among the names")
	f.StringArrayVar(&n.edit.AddNodes, "add-node", nil, `node that comes, as the answers have it: "worker4 192.168.214.94 worker"`)
	f.StringArrayVar(&n.edit.RemoveNodes, "remove-node", nil, "name of a node that goes, with its files")
	f.StringArrayVar(&n.addresses, "node-address", nil, "NODE=ADDRESS[,ADDRESS], new addresses of a node; the old ones stay behind them")
	f.StringArrayVar(&n.roles, "node-roles", nil, "NODE=ROLE[,ROLE], all roles of a node from now on: control-plane, etcd, worker")
	f.BoolVar(&n.edit.EndBootstrap, "end-bootstrap", false, "all nodes have joined: take the bootstrap token out of the files and the flags")
	n.addFlags(cmd)
	n.secret.addFlags(cmd)
	must(cmd.RegisterFlagCompletionFunc("remove-node", p.completeNodes("")))
	must(cmd.RegisterFlagCompletionFunc("node-address", p.completeNodes("=")))
	must(cmd.RegisterFlagCompletionFunc("node-roles", p.completeNodes("=")))
	return cmd
}

// completeNodes offers the nodes of the directory that stands on the command line.
func (p *program) completeNodes(after string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		known := p.knownOf(args[0])
		if known == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []string
		for i := range known.Cluster.Nodes {
			n := &known.Cluster.Nodes[i]
			names = append(names, cobra.CompletionWithDesc(n.Name+after, n.Roles.String()))
		}
		if after == "" {
			return names, cobra.ShellCompDirectiveNoFileComp
		}
		return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// parse reads the flags that hold two things, and refuses a command line that
// changes nothing.
func (n *changing) parse() error {
	for _, f := range []struct {
		flag, example string
		given         []string
		to            *[]steps.NodeValue
	}{
		{"--node-address", "master2=192.168.215.89", n.addresses, &n.edit.Addresses},
		{"--node-roles", "master3=control-plane", n.roles, &n.edit.Roles},
	} {
		for _, s := range f.given {
			node, value, ok := strings.Cut(s, "=")
			if !ok {
				return usage("such as "+f.flag+" "+f.example, "%s %q has no value: write NODE=VALUE", f.flag, s)
			}
			*f.to = append(*f.to, steps.NodeValue{Node: node, Value: value})
		}
	}
	e := &n.edit
	if len(e.AddNames)+len(e.RemoveNames)+len(e.AddNodes)+len(e.RemoveNodes)+len(e.Addresses)+len(e.Roles) == 0 && e.Endpoint == "" && e.ServiceSubnet == "" && !e.EndBootstrap {
		return usage("certwright change --help lists what can be changed; for everything else edit the answers, or use --set of certwright generate",
			"what is to be changed is missing")
	}
	return nil
}

// job reads the answers, changes them, and judges where that leads.
func (n *changing) job(_ context.Context, r *report) (pkigen.Job, error) {
	none := pkigen.Job{}
	if err := n.parse(); err != nil {
		return none, err
	}
	file, err := pkigen.Dir(n.dir).OwnAnswers()
	if err != nil {
		return none, err
	}
	if file == "" {
		return none, usage(fmt.Sprintf("copy the answers that made it to %q; %s", pkigen.Dir(n.dir).Answers(), isThere(n.dir)),
			"%q holds no %s: without its answers nobody knows what it was made for", n.dir, plan.AnswersFile)
	}
	now, err := n.readAnswers(file, nil)
	if err != nil {
		return none, err
	}
	now.file.Answers = now.answers().AsMade(n.dir)
	before, problems := steps.Build(now.answers(), time.Now())
	if now.unreadable() || problem.HasErrors(problems) {
		r.judged(now, problems)
		return none, n.complain(now, problems)
	}
	answers, kept, err := now.answers().Apply(before, n.edit)
	if err != nil {
		return none, usage("", "%w", flagged(err))
	}
	origin := steps.SetAnswers{Answers: now.answers(), Text: now.from.Text}
	now.file.Answers = answers
	after, problems := steps.Build(answers, time.Now())
	r.judged(now, problems)
	if problem.HasErrors(problems) {
		return none, n.complain(now, only(problems, problem.Error))
	}
	n.from, n.problems = now, problems
	if n.Transition, err = origin.Transition(answers, after, kept, time.Now()); err != nil {
		return none, err
	}
	job := pkigen.Job{Dir: n.dir, Cluster: after, Source: now.from, Before: n.Gone(), Now: time.Now, About: n.about("change"), Options: plan.Options{Answers: n.Answers}}
	n.staying, err = pkigen.Staying(job)
	return job, err
}

// flagged puts the words of the flag in the place of an edit's part.
func flagged(err error) error {
	var bad *steps.EditError
	if errors.As(err, &bad) {
		return fmt.Errorf("--%s: %s", strings.ReplaceAll(bad.Part, " ", "-"), bad.Text)
	}
	return err
}

// allow says that nothing changes.
func (n *changing) allow(p *plan.Plan) error {
	switch {
	case p.NothingThere():
		return usage("certwright generate makes a set; "+isThere(n.dir),
			"%q holds none of the certificates of its answers: there is nothing to change", n.dir)
	case len(p.Refused()) > 0 || len(n.Changes) > 0 || p.Changes():
		return nil
	case n.json():
		return errDone
	}
	return cmp.Or(text.Text(n.stdout, "", "nothing to change: the answers say so already. "+text.Counts(p, n.dir)+".", n.width()), errDone)
}

func (n *changing) review() text.ChangeView {
	v := text.ChangeView{PlanView: n.view(n.dir), Before: n.Before, Answers: n.Changes, Kept: n.Kept, Staying: n.staying}
	v.Warnings = only(n.problems, problem.Warning)
	return v
}

func (n *changing) summary() text.SummaryView {
	v := n.summaryView(n.dir)
	v.Before = n.Before
	return v
}

func (n *changing) note(r *report, p *plan.Plan) { r.changed(p, n) }

// done writes the answers where the layout has no file for them, once the
// change is done. A run that is stopped before it is done again by the same command.
func (n *changing) done() error {
	if n.from.answers().InSet() {
		return nil
	}
	from := n.from.from
	if err := pkigen.WriteAnswers(from.Path, from.Text, n.Answers.Text); err != nil {
		return fmt.Errorf("the change is in place, but its answers are not in %s: %w; run the same command again", from.Path, err)
	}
	return nil
}

// refused gives an error of the plan its exit code, and says how to go on.
func (n *changing) refused(err error) error {
	var refused *plan.RefusedError
	if errors.As(err, &refused) {
		return &failure{code: exitRefused, err: err, hint: refusedHint(refused,
			shell.Command("certwright generate --dir").File(n.dir).Own("--replace-key NAME").String()+" lets an old key go first, with a backup; then change")}
	}
	return err
}
