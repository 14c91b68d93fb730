package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// undo is one call of the command.
type undo struct {
	target
	backup  string
	discard bool
	yes     bool
}

func (p *program) undoCommand() *cobra.Command {
	u := &undo{target: target{program: p}}
	cmd := &cobra.Command{
		Use:   "undo DIR [BACKUP]",
		Short: "Go back to before the last run, or an earlier one, keys included",
		Long: `Take back the last run on a directory, or with the name of a backup that run and
all that came after it: what was replaced comes back byte for byte, private keys
included, what was taken out comes back, and what was made goes. Other files stay
as they are. certwright history DIR names the backups.

What would happen is shown first, and asked for; --yes answers. The undo is a run
itself and leaves a backup, so that another undo brings back what it took.

Files that are not as the last run left them are named, and nothing is changed,
unless --discard-changes says that they may go; the new backup keeps them.

Afterwards it says what has to happen on which node, in which order.`,
		Example: `  certwright undo pki --dry-run
  certwright undo pki
  certwright undo pki 20260102-150405 --yes
  certwright undo pki --yes --format json`,
		Args:              arguments(1, 2),
		ValidArgsFunction: completeUndo,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			u.dir = args[0]
			if len(args) > 1 {
				u.backup = args[1]
			}
			return u.run(cmd.Context())
		}),
	}
	f := cmd.Flags()
	u.addFlags(cmd)
	f.BoolVarP(&u.yes, "yes", "y", false, "do not ask before it is done")
	f.BoolVar(&u.discard, "discard-changes", false, "go back although another hand has changed files since; the backup keeps those")
	return cmd
}

// undoReport is the JSON form. Fields are only ever added to it.
type undoReport struct {
	Dir      string            `json:"dir"`
	Undoes   []string          `json:"undoes"` // backups, the last run first
	Files    []undoneFile      `json:"files"`
	Foreign  []string          `json:"changedSince,omitempty"` // by another hand
	Warnings []string          `json:"warnings,omitempty"`
	Done     bool              `json:"done"`
	Backup   string            `json:"backup,omitempty"` // of the state before the undo
	Notes    []string          `json:"notes,omitempty"`
	Removed  []string          `json:"removeOnNodes,omitempty"`
	Restart  *pkigen.NodeSteps `json:"restart,omitempty"`
	Error    *reportError      `json:"error,omitempty"`
}

type undoneFile struct {
	Path string `json:"path"`
	Verb string `json:"verb"`
	Mode string `json:"mode,omitempty"`
}

// run does the command.
func (u *undo) run(ctx context.Context) error {
	r := &undoReport{Dir: u.dir, Undoes: []string{}, Files: []undoneFile{}}
	return u.reported(u.format, func() error { return u.refused(u.make(ctx, r)) }, func(failed *reportError) any {
		r.Error = failed
		return r
	})
}

// make goes from the backups to the files.
func (u *undo) make(ctx context.Context, r *undoReport) error {
	if err := u.recoverFirst(u.dir, !u.dryRun); err != nil {
		return err
	}
	job := pkigen.UndoJob{Dir: u.dir, Backup: u.backup, Now: time.Now, Discard: u.discard, About: u.about("undo")}
	planned, err := pkigen.PlanUndo(job)
	if err != nil {
		return err
	}
	if err := u.show(planned, r); err != nil {
		return err
	}
	if len(planned.Foreign) > 0 && !u.discard {
		return &pkigen.ForeignError{Dir: u.dir, Files: planned.Foreign}
	}
	todo := u.next(planned)
	if u.dryRun {
		u.noteClosed(u.dir)
		return u.after(todo, nil, r)
	}
	if err := u.confirm(planned); err != nil {
		return err
	}
	ctx, stop := u.catchSignals(ctx)
	defer stop()
	result, err := pkigen.Undo(ctx, job, planned)
	if err != nil {
		return err
	}
	if err := u.after(todo, result, r); err != nil || u.json() {
		return err
	}
	u.otherAnswers(planned)
	return nil
}

// show prints what would be done: on stdout where that is all.
func (u *undo) show(planned *pkigen.Undoing, r *undoReport) error {
	r.Undoes, r.Foreign, r.Warnings = planned.Names(), planned.Foreign, planned.Warnings
	for i := range planned.Files {
		f := &planned.Files[i]
		one := undoneFile{Path: f.Path, Verb: string(f.Verb())}
		if f.Then != nil {
			one.Mode = f.Then.Mode
		}
		r.Files = append(r.Files, one)
	}
	if u.json() {
		return nil
	}
	if u.dryRun {
		return text.Undo(u.stdout, planned, u.undoView())
	}
	return text.Undo(u.stderr, planned, u.undoView())
}

func (u *undo) undoView() text.UndoView {
	return text.UndoView{Dir: u.dir, Brief: !u.verbose, Width: u.width()}
}

// confirm asks, where somebody can answer. Where a run that was stopped was ended just
// now, the last run is perhaps not the one that was meant: --yes is for that one, and
// a name says which.
func (u *undo) confirm(planned *pkigen.Undoing) error {
	other := len(u.recovered) > 0 && u.backup == ""
	if u.yes && !other {
		return nil
	}
	if other && (u.json() || !isTerminal(u.stdin)) {
		return &failure{code: exitRefused, err: errors.New("a run that was stopped was ended just now, so that the last run may be another one than you meant; nothing was undone"),
			hint: shell.Command("certwright undo --yes").File(u.dir).Word(planned.Runs[0].Name()).String() + " takes back the last one; certwright history shows all"}
	}
	if u.json() || !isTerminal(u.stdin) {
		return usage("--dry-run shows what would be done, --yes does it", "nobody can be asked here whether to go back: --yes is missing")
	}
	fmt.Fprint(u.stderr, "Go back? Type yes: ")
	answer, err := bufio.NewReader(u.stdin).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(answer)); word == "yes" || word == "y" {
		return nil
	}
	if err != nil {
		fmt.Fprintln(u.stderr)
	}
	return &failure{code: exitFailed, err: errors.New("not confirmed, so nothing was changed")}
}

// after says what has to happen on the nodes; done is nil for a rehearsal.
func (u *undo) after(todo text.UndoTodo, done *pkigen.UndoResult, r *undoReport) error {
	if u.json() {
		r.Restart, r.Removed = todo.Plan, todo.Removed
		if done != nil {
			r.Done, r.Backup, r.Notes = true, done.Backup, done.Notes
		}
		return nil
	}
	if done == nil {
		return text.UndoNext(u.stdout, todo, u.undoView())
	}
	return text.Undone(u.stdout, done, todo, u.undoView())
}

// next is what will have to happen on the nodes of the cluster that comes back. It
// reads what is there, so it has to be asked before the undo is done.
func (u *undo) next(planned *pkigen.Undoing) text.UndoTodo {
	todo, removed, told := pkigen.UndoSteps(planned, u.dir, wizard.KnownFrom(planned.Answers, u.dir), u.knownOf(u.dir))
	return text.UndoTodo{Plan: todo, Removed: removed, Told: told}
}

// otherAnswers tells of answers beside the directory, which no undo touches.
func (u *undo) otherAnswers(planned *pkigen.Undoing) {
	beside := pkigen.Dir(u.dir).AnswersBeside()
	data, _, err := pkigen.ReadAnswers(beside)
	if err != nil || planned.Answers == "" {
		return
	}
	if words := wizard.AnswersChange(planned.Answers, string(data)); len(words) > 0 {
		u.talk("note", "%s still holds the later answers (%s): generate with it would make that change again", beside, strings.Join(words, "; "))
	}
}

// refused gives an error its exit code, and says how to go on.
func (u *undo) refused(err error) error {
	var none *pkigen.NoRunError
	var gap *pkigen.GapError
	var foreign *pkigen.ForeignError
	history := shell.Command("certwright history").File(u.dir).String()
	switch {
	case errors.As(err, &none):
		if _, missing := os.Stat(u.dir); missing != nil {
			return noDirectory(u.dir, missing)
		}
		return &failure{code: exitUsage, err: err, hint: history + " shows what was done"}
	case errors.As(err, &gap):
		return &failure{code: exitFailed, err: err, hint: history + " shows what can be undone"}
	case errors.As(err, &foreign) && foreign.Plain:
		return &failure{code: exitRefused, err: err, hint: shell.Command("certwright protect --backups").File(u.dir).String() + " puts them behind the passphrase in the backups first; then undo brings them back so"}
	case errors.As(err, &foreign):
		return &failure{code: exitRefused, err: err, hint: "--discard-changes goes back all the same; the backup keeps what is there now"}
	}
	return err
}

// completeUndo offers directories, and behind one its backups.
func completeUndo(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return nil, cobra.ShellCompDirectiveFilterDirs
	case 1:
		backups, commands, err := pkigen.Dir(args[0]).Backups()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		names := make([]string, len(backups))
		for i, b := range backups {
			names[i] = cobra.CompletionWithDesc(b, text.Clean(commands[i]))
		}
		return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
