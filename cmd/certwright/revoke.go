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
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// revocation is one call of the command.
type revocation struct {
	target
	words   []string
	from    []string
	answers string
	chosen  *pkigen.Revocation
}

func (p *program) revokeCommand() *cobra.Command {
	n := &revocation{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "revoke DIR NAME... [--from FILE]",
		Short: "Shut a certificate out before it expires",
		Long: `Shut certificates out before they expire: they go onto the deny list of each
kube-apiserver and the CRL of each member of etcd, and their owners get new ones
with new keys. Programs read the lists again by themselves, once they are on the
nodes; a new certificate of the same name works.

It needs the answer revocation: ready, from Kubernetes 1.32 on. A NAME is that of a
certificate (admin, worker1/kubelet-client), of a kind (kubelet-client), of a node
for all that name it, also of one that is gone, a file of the set, or a serial
number or SHA-256. All that were ever issued by that name are revoked.

Certificates that the cluster has issued itself are not in the record of the set:
kubelets that renew have such. --from takes them from what has them: the node's
kubelet-client-current.pem, certificate signing requests (kubectl get csr -o yaml),
or the audit log of kube-apiserver. Without them such a node is not shut out, and
that is said.

No list reaches system:masters, the front proxy, serving certificates, members of
etcd, and what is open: certwright leaked DIR NAME says what does.`,
		Example: `  certwright revoke pki admin
  certwright revoke pki worker1 --from kubelet-client-current.pem
  certwright revoke pki worker1 --from csr.yaml --from audit.log --dry-run
  certwright revoke pki apiserver-etcd-client --format json`,
		Args:              arguments(1, -1),
		ValidArgsFunction: p.completeRenew,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			n.dir, n.words = args[0], unique(args[1:])
			return n.plan(cmd.Context(), n)
		}),
	}
	addAnswers(cmd, &n.answers)
	cmd.Flags().StringArrayVar(&n.from, "from", nil, "take certificates that the cluster issued from a file: PEM, certificate signing requests or an audit log; may be repeated")
	n.addFlags(cmd)
	n.secret.addFlags(cmd)
	return cmd
}

// job is the run that shuts out what the words mean.
func (n *revocation) job(_ context.Context, r *report) (pkigen.Job, error) {
	if len(n.words)+len(n.from) == 0 {
		return pkigen.Job{}, usage("such as "+shell.Command("certwright revoke").File(n.dir).Own("NAME").String(), "what is to be revoked is missing: write names, or --from FILE")
	}
	cluster, given, err := n.answersOf(n.dir, n.answers, r)
	if err != nil {
		return pkigen.Job{}, err
	}
	job := pkigen.Job{Dir: n.dir, Cluster: cluster, Source: given.from, Now: time.Now, About: n.about("revoke"),
		Options: plan.Options{Answers: given.answers().Replay()}}
	if n.chosen, err = job.Revoke(n.words, n.from); err != nil {
		return job, err
	}
	r.Revocation = n.chosen
	return job, n.tellChosen()
}

// tellChosen says what is shut out, and what is not.
func (n *revocation) tellChosen() error {
	if len(n.chosen.Certificates) == 0 {
		return cmp.Or(n.notShutOut(), n.nothing())
	}
	if n.json() {
		return nil
	}
	for _, c := range n.chosen.Certificates {
		n.talk("revoke", "%s", text.Clean(strings.TrimSpace(c.Name+" "+sinceText(c.From, c.Serial))))
	}
	for _, u := range n.chosen.Unreached {
		n.talk("note", "not revoked: %s: %s", text.Clean(u.Name), u.Why)
	}
	for _, s := range n.chosen.PassedOver {
		n.talk("note", "passed over: %s", text.Clean(s))
	}
	for _, node := range n.chosen.NotShutOut {
		n.talk("warning", "%s", n.unrecorded(node))
	}
	n.talk("note", "no list reaches %s", strings.Join(n.chosen.Beyond, "; "))
	return nil
}

// sinceText tells certificates of one name apart.
func sinceText(from time.Time, serial string) string {
	if from.IsZero() {
		return ""
	}
	return fmt.Sprintf("of %s, serial number %s", from.Format(time.DateOnly), serial)
}

// unrecorded says why the kubelet of a node goes on.
func (n *revocation) unrecorded(node string) string {
	return fmt.Sprintf("%s is not shut out: its kubelet may have certificates that the cluster issued itself, and they are not in the record; "+
		"add --from with its kubelet-client-current.pem, kubectl get csr -o yaml, or the audit log", text.Clean(node))
}

// notShutOut refuses a node of which nothing can be revoked.
func (n *revocation) notShutOut() error {
	if len(n.chosen.NotShutOut) == 0 {
		return nil
	}
	return &failure{code: exitRefused, err: errors.New(n.unrecorded(n.chosen.NotShutOut[0]))}
}

// nothing says that all of it is refused already.
func (n *revocation) nothing() error {
	said := "nothing to revoke: what was named is revoked already, or has expired"
	if len(n.chosen.PassedOver) > 0 {
		said = "nothing to revoke: " + spec.List(n.chosen.PassedOver, 3)
	}
	if n.json() {
		return errDone
	}
	return cmp.Or(text.Text(n.stdout, "", text.Clean(said)+".", n.width()), errDone)
}

// refused gives an error its exit code, and says how to go on.
func (n *revocation) refused(err error) error {
	var others *plan.OtherChangesError
	var refused *plan.RefusedError
	var unknown *plan.UnknownNameError
	var not *plan.NotRenewableError
	generate := shell.Command("certwright generate --dir").File(n.dir)
	switch {
	case errors.As(err, new(*plan.NotPreparedError)):
		return &failure{code: exitRefused, err: err,
			hint: generate.Own("--set revocation=ready").String() + " prepares it, with a restart of kube-apiserver and etcd; until then " +
				shell.Command("certwright leaked").File(n.dir).Word(n.words...).String() + " says what helps"}
	case errors.As(err, &unknown):
		return usage(isThere(n.dir), "%w", err)
	case errors.As(err, &not):
		return &failure{code: exitRefused, err: err, hint: shell.Command("certwright leaked").File(n.dir).Word(not.Name).String() + " says what shuts its holder out"}
	case errors.As(err, &others):
		return &failure{code: exitRefused, err: err, hint: generate.String() + " makes these changes, and --dry-run shows them first; then revoke"}
	case errors.As(err, &refused):
		return &failure{code: exitRefused, err: err, hint: refusedHint(refused, "set this right first")}
	case n.chosen == nil && n.words != nil && !errors.As(err, new(*failure)):
		return &failure{code: exitRefused, err: err}
	}
	return err
}
