package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
)

// protection is one call of the command protect.
type protection struct {
	target
	undo    bool
	backups bool

	*steps.Transition
}

func (p *program) protectCommand() *cobra.Command {
	n := &protection{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "protect DIR",
		Short: "Put the private keys of the CAs behind a passphrase",
		Long: `Put the private keys of the CAs in DIR/authority behind a passphrase, in the form
that OpenSSL reads (PKCS #8, AES-256). The answers say so from then on: a new CA gets
the same passphrase. It is asked for only where a CA signs: generate, renew, change
and rotate ask before they write, and one key that nobody can open stops only what it
signs. inspect, verify, handout, history and undo ask nothing.

The passphrase is typed at the terminal, or read from a file that nobody else can
read (--passphrase-file), or from an open file (--passphrase-fd). Without any of
these the exit code is 3. Whoever loses it needs new CAs: certwright rotate.

Backups from before hold the plain keys, and are named; --backups puts the keys
behind the passphrase there as well. What else opens the cluster lies plain beside the
CA keys, and is named too. With signCSRs kube-controller-manager needs a plain copy of
ca.key on each control-plane node, and keeps it.

--undo writes plain keys again. Nothing else does: certwright undo leaves them as
they are.`,
		Example: `  certwright protect pki --dry-run
  certwright protect pki
  certwright protect pki --backups --passphrase-file /run/secrets/ca
  certwright protect pki --undo`,
		Args: arguments(1, 1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			n.dir = args[0]
			if n.undo && n.backups {
				return usage("leave one of them out", "--undo writes plain keys, and --backups encrypts those of the backups")
			}
			return n.plan(cmd.Context(), n)
		}),
	}
	f := cmd.Flags()
	f.BoolVar(&n.undo, "undo", false, "write the keys without their passphrase again")
	f.BoolVar(&n.backups, "backups", false, "put the keys in the backups behind the passphrase too")
	n.addFlags(cmd)
	n.secret.addFlags(cmd)
	return cmd
}

// job is the set with the other answer.
func (n *protection) job(_ context.Context, r *report) (pkigen.Job, error) {
	_, given, err := n.answersOf(n.dir, "", r)
	if err != nil {
		return pkigen.Job{}, err
	}
	answers, way := given.answers().Clone(), steps.EncryptedKeys
	if n.undo {
		way = steps.PlainKeys
	}
	if _, asked := answers.Field(steps.CAKeysKey); !asked {
		return pkigen.Job{}, &failure{code: exitRefused, err: fmt.Errorf("%s lies as programs read it (layout %s), and none of them reads a key behind a passphrase: kube-controller-manager would not start", n.dir, answers.Get("layout")),
			hint: "move the keys of the CAs to where only you are: a run that signs by them says which it needs"}
	}
	if err := answers.Set(steps.CAKeysKey, way); err != nil {
		return pkigen.Job{}, err
	}
	cluster, problems := steps.Build(answers, time.Now())
	if problem.HasErrors(problems) {
		return pkigen.Job{}, n.complain(given, only(problems, problem.Error))
	}
	origin := steps.SetAnswers{Answers: given.answers(), Text: given.from.Text}
	if n.Transition, err = origin.Transition(answers, cluster, nil, time.Now()); err != nil {
		return pkigen.Job{}, err
	}
	return pkigen.Job{Dir: n.dir, Cluster: cluster, Source: given.from, Now: time.Now, About: n.about("protect"),
		Options: plan.Options{Answers: n.Answers, PlainKeys: n.undo, Backups: n.backups}}, nil
}

// allow refuses a run that would do more than what was asked for, and says that nothing
// is left to do.
func (n *protection) allow(p *plan.Plan) error {
	if p.NothingThere() {
		return usage("certwright generate makes a set; "+isThere(n.dir),
			"%q holds none of the certificates of its answers: there is nothing to protect", n.dir)
	}
	for i := range p.Files {
		a := &p.Files[i]
		ca := p.Find(a.Certificate)
		if a.Verb == plan.Keep || a.Verb == plan.Refuse || a.Path == plan.AnswersFile || ca != nil && ca.IsCA() && a.Part == catalog.Key {
			continue
		}
		return &failure{code: exitRefused, err: fmt.Errorf("more than the keys of the CAs would be rewritten, so nothing was changed: %s (%s)", a.Path, cmp.Or(a.Reason, string(a.Verb))),
			hint: shell.Command("certwright generate --dir").File(n.dir).String() + " sets this right first"}
	}
	if len(p.Refused()) > 0 || p.Changes() || n.backups {
		return nil
	}
	if n.json() {
		return errDone
	}
	said := "nothing to do: the keys of the CAs lie behind a passphrase already."
	if n.undo {
		said = "nothing to do: the keys of the CAs lie behind no passphrase."
	}
	return cmp.Or(text.Text(n.stdout, "", said, n.width()), errDone)
}

func (n *protection) review() text.ChangeView {
	return text.ChangeView{PlanView: n.view(n.dir), Before: n.Before, Answers: n.Changes}
}

// refused gives an error its exit code, and says how to go on.
func (n *protection) refused(err error) error {
	var refused *plan.RefusedError
	if errors.As(err, &refused) {
		return &failure{code: exitRefused, err: err, hint: refusedHint(refused, "set this right first")}
	}
	return err
}
