package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// target is what every command that changes a directory is told.
type target struct {
	*program
	dir    string
	format string
	dryRun bool
	secret passphrases
}

// addFlags adds the flags that all of them have.
func (t *target) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&t.dryRun, "dry-run", false, "print what would be done, and do nothing")
	f.BoolVarP(&t.verbose, "verbose", "v", false, "print each file and certificate, and not what changes by node")
	addFormat(cmd, &t.format, reportFormats)
}

func (t *target) json() bool { return t.format == "json" }

// reported does a command's work and, where JSON is wanted, prints its report, also of
// work that failed.
func (p *program) reported(format string, do func() error, report func(*reportError) any) error {
	if err := oneOf("--format", format, reportFormats); err != nil {
		return err
	}
	err := do()
	if format != "json" {
		return err
	}
	var failed *reportError
	if f := p.judge(err); err != nil && f.err != nil {
		failed = &reportError{Exit: f.code, Message: f.Error(), Hint: f.hint, Notes: p.recovered}
	}
	if perr := p.printJSON(report(failed)); perr != nil {
		return perr
	}
	return err
}

// errDone ends a run that has nothing to do, which has been said.
var errDone = errors.New("nothing is left to do")

// intent is what a command wants of a directory. The way from there to the files is
// the same for all: see runner.
type intent interface {
	// job is what answers and flags ask for; errDone where they ask for nothing.
	job(ctx context.Context, r *report) (pkigen.Job, error)
	// allow says why a plan is not to be carried out, besides its refusals.
	allow(p *plan.Plan) error
	// review and summary are how the plan is printed, and what became of it.
	review() text.ChangeView
	summary() text.SummaryView
	// done comes after a run: answers that lie beside the set are kept.
	done() error
	// note adds to the report what only this command has.
	note(r *report, p *plan.Plan)
	// refused gives an error its exit code, and says how to go on.
	refused(err error) error
}

func (t *target) allow(*plan.Plan) error    { return nil }
func (t *target) review() text.ChangeView   { return text.ChangeView{PlanView: t.view(t.dir)} }
func (t *target) summary() text.SummaryView { return t.summaryView(t.dir) }
func (t *target) done() error               { return nil }
func (t *target) note(*report, *plan.Plan)  {}
func (t *target) refused(err error) error   { return err }

// runner is one plan with its review, and carrying it out.
type runner struct {
	*target
	what   intent
	report report
	told   progress
}

// plan does what an intent wants: the plan is shown and judged, and where it is no dry
// run carried out.
func (t *target) plan(ctx context.Context, what intent) error {
	n := &runner{target: t, what: what, report: report{Dir: t.dir, Problems: []any{}}, told: progress{w: t.stderr, quiet: t.json()}}
	return t.reported(t.format, func() error {
		err := n.run(ctx)
		if errors.Is(err, errDone) {
			return nil
		}
		return what.refused(err)
	}, func(failed *reportError) any {
		n.report.Error = failed
		return n.report
	})
}

// run goes from the flags to the files.
func (n *runner) run(ctx context.Context) error {
	if err := n.recoverFirst(n.dir, !n.dryRun); err != nil {
		return err
	}
	job, err := n.what.job(ctx, &n.report)
	if err != nil {
		return err
	}
	if n.dryRun {
		return n.rehearse(job)
	}
	ctx, stop := n.catchSignals(ctx)
	defer stop()
	job.Progress, job.Passphrase = n.told.event, n.passphrase(&n.secret)
	// Nobody reviews a plan here, so the one that is printed is the one that the run
	// has made under its lock. Refusals are told by the error, all of them.
	job.Decided = func(p *plan.Plan) error {
		if err := n.judged(p); err != nil || n.json() || !p.Changes() || len(p.Refused()) > 0 {
			return err
		}
		return text.Review(n.stderr, p, n.what.review())
	}
	result, err := pkigen.Run(ctx, job, nil)
	if err != nil {
		return err
	}
	saved := n.what.done()
	if err := n.tell(result); err != nil {
		return err
	}
	return saved
}

// judged notes a plan, and says why it is not to be carried out.
func (n *runner) judged(p *plan.Plan) error {
	n.told.expect(p)
	if n.json() {
		n.report.planned(p)
		n.what.note(&n.report, p)
	}
	return n.what.allow(p)
}

// rehearse prints what a run would do.
func (n *runner) rehearse(job pkigen.Job) error {
	p, err := pkigen.Plan(job)
	if err != nil {
		return err
	}
	if err := n.judged(p); err != nil {
		return err
	}
	n.noteClosed(n.dir)
	refused, before := p.Refused(), n.what.summary().Before
	switch {
	case n.json():
		n.report.next(p, before)
	default:
		if err := text.Review(n.stdout, p, n.what.review()); err != nil {
			return err
		}
		if len(refused) > 0 {
			break
		}
		if err := text.Restart(n.stdout, pkigen.After(p, before, n.dir), n.dir, n.width()); err != nil {
			return err
		}
	}
	if len(refused) > 0 {
		return &plan.RefusedError{Actions: refused}
	}
	return nil
}

// tell says what a run has done; a directory that was right gets one sentence.
func (n *runner) tell(result *pkigen.Result) error {
	v := n.what.summary()
	if result.Plan.Layout.Answers && result.Plan.Count(plan.Keep) == 0 {
		v.Answers = pkigen.Dir(n.dir).Answers() // which are new
	}
	switch {
	case n.json():
		n.report.planned(result.Plan)
		n.report.Result = &reportResult{result.Unchanged, result.Proofs, result.Notes, result.Backup}
		n.what.note(&n.report, result.Plan)
		n.report.next(result.Plan, v.Before)
		return nil
	case result.Unchanged:
		for _, note := range slices.Concat(result.Notes, result.Plan.Warnings) {
			fmt.Fprintln(n.stderr, "note: "+text.Clean(note))
		}
		_, err := fmt.Fprintln(n.stdout, text.Counts(result.Plan, n.dir))
		return err
	}
	return text.RunSummary(n.stdout, result, v)
}

// view is how a plan is printed.
func (p *program) view(dir string) text.PlanView {
	return text.PlanView{Dir: dir, Now: time.Now(), Width: p.width(), Brief: !p.verbose}
}

// summaryView is how what is left to know after a run is printed.
func (p *program) summaryView(dir string) text.SummaryView {
	return text.SummaryView{Dir: dir, Now: time.Now(), Width: p.width(), Brief: !p.verbose}
}
