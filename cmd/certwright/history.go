package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/store"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// about is what the history says of a run: no flag of certwright takes a secret, so
// that the command line can be kept.
func (p *program) about(operation string) store.About {
	command := shell.Command("certwright").Typed(p.args...)
	program, _, _ := strings.Cut(strings.TrimPrefix(version(), "certwright "), " ")
	return store.About{Operation: operation, Command: command.String(), Certwright: program}
}

// historyCall is one call of the command.
type historyCall struct {
	*program
	dir    string
	format string
}

func (p *program) historyCommand() *cobra.Command {
	h := &historyCall{program: p}
	cmd := &cobra.Command{
		Use:   "history DIR",
		Short: "Show what was done to a directory when, and by which answers",
		Long: `Show what was done to a directory when, the last run first: the command, how many
files it made, replaced and removed, in what its answers differed from those
before, and whether undo can take it back.

It reads the backups in DIR.backup, and holds their files against the checksums
in their manifests; a backup that is damaged gives exit code 1. It names the folders
that a killed handout or lab new has left in or beside DIR, or in DIR-handout.`,
		Example: `  certwright history pki
  certwright history pki --format json`,
		Args:              arguments(1, 1),
		ValidArgsFunction: completeDirs,
		RunE: p.work(func(_ *cobra.Command, args []string) error {
			h.dir = args[0]
			return h.run()
		}),
	}
	addFormat(cmd, &h.format, reportFormats)
	return cmd
}

// completeDirs offers directories for the first argument.
func completeDirs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func (h *historyCall) run() error {
	if err := oneOf("--format", h.format, reportFormats); err != nil {
		return err
	}
	if err := h.recoverFirst(h.dir, false); err != nil {
		return err
	}
	list, err := pkigen.History(h.dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(h.dir); err != nil && len(list) == 0 {
		return noDirectory(h.dir, err)
	}
	broken := 0
	for i := range list {
		list[i].Answers = wizard.AnswersChange(list[i].Before, list[i].After)
		if len(list[i].Damaged) > 0 {
			broken++
		}
	}
	if h.format == "json" {
		err = h.printJSON(list)
	} else {
		err = text.History(h.stdout, h.dir, historyView(list), h.width())
	}
	if err == nil {
		err = h.tellLeft()
	}
	if err == nil && broken > 0 {
		err = &failure{code: exitFailed, err: errors.New(spec.Count(broken, "backup is", "backups are") + " damaged")}
	}
	return err
}

// tellLeft names the folders that killed runs of other commands have left around a
// directory.
func (h *historyCall) tellLeft() error {
	for path, command := range pkigen.Dir(h.dir).Leftovers() {
		left := fmt.Sprintf("%q was left by a killed certwright %s, and may hold private keys: the next one that writes into %q removes it", path, command, filepath.Dir(path))
		if err := text.Text(h.stderr, "! ", left, h.width()); err != nil {
			return err
		}
	}
	return nil
}

// historyView is the list as it is printed.
func historyView(list []pkigen.PastRun) []text.HistoryRun {
	out := make([]text.HistoryRun, len(list))
	for i := range list {
		e := &list[i]
		out[i] = text.HistoryRun{Backup: e.Backup, Time: e.Time, Done: e.Command, Created: e.Created, Replaced: e.Replaced,
			Removed: e.Removed, Modes: e.Modes, Answers: e.Answers, Manifest: e.Manifest, Why: e.Why}
		if e.Operation == "wizard" {
			out[i].Done = "the wizard: " + e.Command
		}
	}
	return out
}
