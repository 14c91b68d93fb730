package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
)

// renew is one call of the command.
type renew struct {
	target
	words    []string
	answers  string
	expiring string
	all      bool
	newKey   bool
	left     []pkigen.LeftFile // certificates that no run touches, and that end as soon
}

func (p *program) renewCommand() *cobra.Command {
	n := &renew{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "renew DIR [NAME...]",
		Short: "Renew certificates before they expire, or after",
		Long: `Renew certificates of a directory: those that are named, all, or those that
expire soon. Nothing else changes, and it works as well when they have expired.

A NAME is that of a certificate (master1/apiserver, admin), of a kind for all
nodes that have it (apiserver), of a node for all that name it (master1), or one
of the certificate's files.

Subject, names and usages come from the answers in DIR/answers.yaml (or
DIR-answers.yaml); what differs from the old certificate is shown first. The
private key stays, unless --new-key says otherwise, and the old files are kept in
a backup. Kubeconfigs that hold a certificate are written with it.

A CA that is named gets later dates for its own key: everything that it signed
stays valid, and its new file has to be everywhere before the old one ends. A CA
with a new key is another one: certwright rotate.

Afterwards it says what has to happen on which node, in which order.`,
		Example: `  certwright renew pki --expiring 60d --dry-run
  certwright renew pki --expiring 60d
  certwright renew pki apiserver admin
  certwright renew pki nodes/master1/etc/kubernetes/pki/etcd/peer.crt --new-key
  certwright renew pki etcd-ca
  certwright renew pki --all --format json`,
		Args:              arguments(1, -1),
		ValidArgsFunction: p.completeRenew,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			n.dir, n.words = args[0], unique(args[1:])
			return n.plan(cmd.Context(), n)
		}),
	}
	addAnswers(cmd, &n.answers)
	f := cmd.Flags()
	f.BoolVar(&n.all, "all", false, "renew every certificate below the CAs")
	f.StringVar(&n.expiring, "expiring", "", "renew those that expire within this time, such as 60d, or have expired; of those named, if any are")
	f.BoolVar(&n.newKey, "new-key", false, "with a new private key; the old one stays in the backup")
	n.addFlags(cmd)
	n.secret.addFlags(cmd)
	return cmd
}

// allow says what is not renewed by a plan, and that nothing is.
func (n *renew) allow(p *plan.Plan) error {
	switch {
	case p.NothingThere():
		return usage("certwright generate makes a set; "+isThere(n.dir),
			"%q holds none of the certificates of these answers: there is nothing to renew", n.dir)
	case len(p.Asked()) == 0 && len(n.left) > 0:
		return &failure{code: exitFailed, err: fmt.Errorf("nothing was renewed: %s", n.leftSentence(n.left)), hint: n.leftHint()}
	case len(p.Asked()) == 0:
		return cmp.Or(n.nothing(p), errDone)
	case len(n.left) > 0 && len(p.Refused()) == 0:
		n.talk("note", "%s", n.leftSentence(n.left))
	}
	return nil
}

// within reads --expiring, and refuses a command line that does not say what to renew.
func (n *renew) within() (time.Duration, error) {
	switch {
	case n.expiring == "" && !n.all && len(n.words) == 0:
		return 0, usage("such as --expiring 60d; "+shell.Command("certwright inspect").File(n.dir).String()+" shows what expires when",
			"what is to be renewed is missing: write names, --expiring TIME or --all")
	case n.all && (n.expiring != "" || len(n.words) > 0):
		return 0, usage("leave out --all, or the rest", "--all renews every certificate: nothing beside it can choose some")
	case n.expiring == "":
		return 0, nil
	}
	within, ps := spec.ParseDuration("--expiring", n.expiring)
	if len(ps) > 0 {
		return 0, usage("such as --expiring 60d", "--expiring %q is no time from now: write days or hours, such as 60d or 72h", n.expiring)
	}
	return within, nil
}

// job is the run that the answers and the words ask for.
func (n *renew) job(ctx context.Context, r *report) (pkigen.Job, error) {
	within, err := n.within()
	if err != nil {
		return pkigen.Job{}, err
	}
	cluster, given, err := n.answersOf(n.dir, n.answers, r)
	if err != nil {
		return pkigen.Job{}, err
	}
	n.left = n.leftOf(ctx, cluster, within)
	renewal := &plan.Renewal{Within: within, NewKeys: n.newKey}
	if renewal.Names, err = n.names(ctx, cluster); err != nil {
		return pkigen.Job{}, err
	}
	certs := layoutOf(cluster).Certificates(cluster)
	for i := range certs {
		if c := &certs[i]; n.newKey && c.IsCA() && slices.Contains(renewal.Names, c.Name) {
			err := &plan.NotRenewableError{Name: c.Name, Kind: c.Entry.Kind}
			return pkigen.Job{}, usage(shell.Command("certwright rotate").File(n.dir).Word(c.Name).String()+" replaces it in three stages; without --new-key it gets later dates for its key", "%w", err)
		}
	}
	return pkigen.Job{Dir: n.dir, Cluster: cluster, Source: given.from, Now: time.Now, About: n.about("renew"),
		Options: plan.Options{Renewal: renewal, Answers: given.answers().Replay()}}, nil
}

// answersOf reads the answers of a directory, those in it unless a file is named,
// and makes them a cluster.
func (p *program) answersOf(dir, file string, r *report) (*spec.Cluster, *given, error) {
	if file == "" {
		var err error
		if file, err = pkigen.Dir(dir).OwnAnswers(); err != nil {
			return nil, nil, err
		}
		if file == "" {
			return nil, nil, usage("name the answers that made it with --answers; if they are lost, "+shell.Command("certwright adopt").File(dir).String()+" infers them",
				"%q holds no %s: names and usages of new certificates come from the answers", dir, plan.AnswersFile)
		}
	}
	given, err := p.readAnswers(file, nil)
	if err != nil {
		return nil, nil, err
	}
	given.file.Answers = given.answers().AsMade(dir)
	cluster, problems := steps.Build(given.answers(), time.Now())
	r.judged(given, problems)
	return cluster, given, p.complain(given, problems)
}

// names are the certificates that the words mean.
func (n *renew) names(ctx context.Context, c *spec.Cluster) ([]string, error) {
	layout, ok := catalog.LayoutOf(c)
	if !ok {
		return nil, fmt.Errorf("layout %q is not known", c.Layout)
	}
	certs := layout.Certificates(c)
	var out []string
	for _, word := range n.words {
		names, err := plan.Select(certs, n.dir, word)
		var not *plan.NotRenewableError
		if err != nil && layout.AsFound {
			if left := n.isLeft(ctx, word); left != nil {
				err = left
			}
		}
		switch {
		case errors.As(err, &not):
			return nil, usage("", "%w", err)
		case errors.As(err, new(*failure)):
			return nil, err
		case err != nil:
			return nil, usage(isThere(n.dir), "%w", err)
		}
		out = append(out, names...)
	}
	return unique(out), nil
}

// refused gives an error of the plan its exit code, and says how to go on.
func (n *renew) refused(err error) error {
	var others *plan.OtherChangesError
	var refused *plan.RefusedError
	generate := shell.Command("certwright generate --dir").File(n.dir)
	switch {
	case errors.As(err, &others) && others.EndedCA() != "":
		ca := others.EndedCA()
		return &failure{code: exitRefused, err: fmt.Errorf("the CA %s has expired, and nothing can be renewed below it\n%w", ca, err),
			hint: fmt.Sprintf("%s signs %s again with its own key, so that what it signed stays valid, and renews what has expired", generate, ca)}
	case errors.As(err, &others) && others.OnlyEnded():
		return &failure{code: exitRefused, err: err, hint: shell.Command("certwright renew").File(n.dir).Own("--expiring 1h").String() + " renews all that have expired; or name them too"}
	case errors.As(err, &others):
		return &failure{code: exitRefused, err: err, hint: generate.String() + " makes these changes, and --dry-run shows them first; then renew"}
	case errors.As(err, &refused):
		return &failure{code: exitRefused, err: err, hint: refusedHint(refused,
			fmt.Sprintf("--new-key lets the old keys go of what is renewed, with a backup; for others %s takes --replace-key NAME", generate))}
	}
	return err
}

// nothing says that nothing ends so soon, and what ends first.
func (n *renew) nothing(p *plan.Plan) error {
	if n.format == "json" {
		return nil
	}
	var first *plan.Certificate
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if c.Entry.Kind == catalog.Leaf && c.OldCert != nil && (first == nil || c.OldCert.NotAfter.Before(first.OldCert.NotAfter)) {
			first = c
		}
	}
	said := fmt.Sprintf("nothing to renew: nothing asked for in %s expires within %s", text.Clean(n.dir), n.expiring)
	if n.expiring == "" {
		said = fmt.Sprintf("nothing to renew: %s has no certificate below its CAs", text.Clean(n.dir))
	}
	if first != nil {
		said += fmt.Sprintf("; the first of all is %s, %s", text.Clean(first.Name), text.Ends(first.OldCert.NotAfter, time.Now()))
	}
	return text.Text(n.stdout, "", said+".", n.width())
}

// completeRenew offers directories, and behind one what can be renewed in it.
func (p *program) completeRenew(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	known := p.knownOf(args[0])
	if known == nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var names []string
	for _, c := range known.Layout.Certificates(known.Cluster) {
		if c.IsCertificate() {
			names = append(names, cobra.CompletionWithDesc(c.Name, c.Entry.Title))
		}
	}
	return names, cobra.ShellCompDirectiveDefault // files too
}
