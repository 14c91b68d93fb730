package main

import (
	"context"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"certwright/pkigen"
	"certwright/steps"
	"certwright/tui/wizard"
)

// wizardCall is one call of the root command.
type wizardCall struct {
	*program
	dir        string
	answers    string
	sets       []string
	imports    []string
	replace    []string
	accessible bool
	noResume   bool
	secret     passphrases
}

func (p *program) wizardCommand() *cobra.Command {
	w := &wizardCall{program: p}
	cmd := &cobra.Command{
		Use:   "certwright",
		Short: "Make the TLS certificates of a hand-installed Kubernetes cluster",
		Long: `certwright makes, proves and keeps the TLS certificates of a Kubernetes cluster
that is installed by hand.

Without a command it asks: on the whole screen, or line by line with
--accessible, ACCESSIBLE=1 or TERM=dumb. Nothing is written before the review is
confirmed. Every run leaves its answers, which replay it without questions: see
generate.`,
		Example: `  certwright
  certwright --dir pki --accessible
  certwright --answers pki/answers.yaml --dir pki
  certwright --import inventory.ini --dir pki
  certwright generate --dir pki`,
		RunE: p.work(func(cmd *cobra.Command, _ []string) error { return w.run(cmd.Context()) }),
	}
	addAnswers(cmd, &w.answers)
	addDir(cmd, &w.dir, "output directory (pki)")
	addSet(cmd, &w.sets)
	addImport(cmd, &w.imports)
	w.secret.addFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&w.accessible, "accessible", false, "ask line by line, for screen readers and plain terminals")
	f.BoolVar(&w.noResume, "no-resume", false, "do not offer earlier answers")
	f.StringArrayVar(&w.replace, "replace-key", nil, "certificate whose private key may be replaced, such as ca; may be repeated")
	must(cmd.RegisterFlagCompletionFunc("replace-key", completeCertificates))
	return cmd
}

func (w *wizardCall) run(ctx context.Context) error {
	lines := w.accessible || on(w.getenv("ACCESSIBLE")) || w.getenv("TERM") == "dumb"
	if !lines && !(isTerminal(w.stdin) && isTerminal(w.stdout)) {
		return usage("without questions: certwright generate --answers FILE --dir DIR; line by line: certwright --accessible",
			"no terminal here")
	}
	if w.answers == "-" || slices.Contains(w.imports, "-") {
		return usage("the standard input is where the questions are answered", "- does not go with the wizard")
	}
	if err := w.recoverFirst(w.dir, true); err != nil {
		return err
	}
	opt, err := w.begin()
	if err != nil {
		return err
	}
	ctx, stop := w.catchSignals(ctx)
	defer stop()
	if w.secret != (passphrases{fd: -1}) || lines {
		opt.Passphrase = w.passphrase(&w.secret) // else the review asks
	}
	opt.Keys = pkigen.NewKeys(context.WithoutCancel(ctx))
	defer opt.Keys.Close()
	// A terminal without a name can do no more than print; on Windows none has one.
	if lines || w.getenv("TERM") == "" && runtime.GOOS != "windows" {
		return w.line(ctx, opt)
	}
	return w.screen(ctx, opt)
}

// begin makes what the wizard starts from. A wrong answer in the file is for the
// wizard to ask again; a file that cannot be understood is an error.
func (w *wizardCall) begin() (wizard.Options, error) {
	var none wizard.Options
	g, err := w.readAnswers(w.answers, w.sets)
	if err != nil {
		return none, err
	}
	if err := w.importFiles(g, w.imports, nil); err != nil {
		return none, err
	}
	if g.unreadable() {
		_, problems := steps.Build(g.answers(), time.Now())
		return none, w.complain(g, problems)
	}
	fixed := g.answers().Clone()
	a := g.answers()
	if w.dir != "" {
		if err := a.Set(steps.DirKey, w.dir); err != nil {
			return none, err
		}
	}
	if len(w.replace) > 0 {
		c, _ := steps.Build(a, time.Now())
		if err := checkReplace(w.replace, c); err != nil {
			return none, err
		}
	}
	kept := &session{state: stateDir(w.getenv), now: time.Now, fixed: fixed}
	opt := wizard.Options{
		Answers: a, Imported: g.imported, ReplaceKeys: w.replace, About: w.about("wizard"),
		Known: w.knownOf, Kept: kept.kept, SaveDraft: kept.drafts(), SaveAnswers: kept.saveAnswers,
	}
	if !w.noResume && w.answers == "" && len(w.imports) == 0 {
		opt.Saved = kept.saved
	}
	return opt, nil
}

// on reads a switch from the environment.
func on(v string) bool { return v != "" && v != "0" && v != "false" }

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
