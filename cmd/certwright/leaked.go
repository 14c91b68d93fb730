package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// leaked is one call of the command.
type leaked struct {
	target
	words   []string
	answers string
}

func (p *program) leakedCommand() *cobra.Command {
	n := &leaked{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "leaked DIR FILE|NAME|NODE...",
		Short: "Say what to do about a private key that somebody else may have, and do it",
		Long: `Say of a private key that somebody else may have what its holder can do, what
shuts him out and what does not, how fast, and what to look for afterwards. Then do
what one run can do about it, as a plan like any other: --dry-run only shows it.

A NAME is that of a certificate, a key pair or a token (admin, sa), or of a kind. A
NODE stands for every key that lies on it. A FILE is one of the set, or a copy of one
from anywhere: a private key, a certificate or a kubeconfig.

With the answer revocation: ready a certificate goes onto the deny list and the CRL,
and its owner gets a new key. Without it the owner gets a new key, and the old one
works until it expires, or until there is a new CA. Of a CA and of the service
account keys it takes the first stage of a replacement (certwright rotate).`,
		Example: `  certwright leaked pki admin --dry-run
  certwright leaked pki worker1
  certwright leaked pki ~/found/admin.conf --dry-run
  certwright leaked pki sa
  certwright leaked pki nodes/master1/etc/kubernetes/pki/apiserver-etcd-client.key`,
		Args:              arguments(2, -1),
		ValidArgsFunction: p.completeRenew,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			n.dir, n.words = args[0], unique(args[1:])
			return n.plan(cmd.Context(), n)
		}),
	}
	addAnswers(cmd, &n.answers)
	n.addFlags(cmd)
	n.secret.addFlags(cmd)
	return cmd
}

// job is what one run can do.
func (n *leaked) job(_ context.Context, r *report) (pkigen.Job, error) {
	cluster, given, err := n.answersOf(n.dir, n.answers, r)
	if err != nil {
		return pkigen.Job{}, err
	}
	job := pkigen.Job{Dir: n.dir, Cluster: cluster, Source: given.from, Now: time.Now, About: n.about("leaked"),
		Options: plan.Options{Answers: given.answers().Replay()}}
	found, does, err := job.Leaked(n.words)
	if err != nil {
		return job, err
	}
	if r.Revocation = found; !n.json() {
		if err := text.Leaks(n.stdout, found, n.width()); err != nil {
			return job, err
		}
	}
	if !does {
		return job, errDone
	}
	return job, nil
}

// refused gives an error of the plan its exit code, and says how to go on.
func (n *leaked) refused(err error) error {
	var others *plan.OtherChangesError
	var refused *plan.RefusedError
	var unknown *plan.UnknownNameError
	generate := shell.Command("certwright generate --dir").File(n.dir)
	switch {
	case errors.As(err, &unknown):
		return usage(isThere(n.dir), "%w", err)
	case errors.As(err, &others):
		return &failure{code: exitRefused, err: err, hint: generate.String() + " makes these changes, and --dry-run shows them first; then go on here"}
	case errors.As(err, &refused):
		return &failure{code: exitRefused, err: err, hint: refusedHint(refused, "set this right first")}
	}
	return err
}
