package text

import (
	"fmt"
	"io"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
)

// HistoryRun is one run of a directory's history.
type HistoryRun struct {
	Backup                            string // by which undo names it
	Time                              time.Time
	Done                              string // the command
	Created, Replaced, Removed, Modes int    // files
	Answers                           []string
	Manifest                          bool
	Why                               string // why it cannot be undone; "" where it can
}

// History prints the runs, the last one first.
func History(w io.Writer, dir string, runs []HistoryRun, width int) error {
	p := newPrinter(w, width)
	if len(runs) == 0 {
		p.text("", fmt.Sprintf("%s has no history: no run has left a backup in %s.backup.", Clean(dir), Clean(strings.TrimRight(dir, "/"))))
		return p.end()
	}
	can := ""
	for i := range runs {
		r := &runs[i]
		if i > 0 {
			p.blank()
		}
		p.line(r.Backup + "  " + r.Time.UTC().Format("2006-01-02 15:04:05") + " UTC")
		if !r.Manifest {
			p.text("  ", "a backup without a readable manifest: what was done is not known")
			p.text("  cannot be undone: ", Clean(r.Why))
			continue
		}
		if r.Done != "" {
			p.text("  ", Clean(r.Done))
		}
		p.text("  files: ", historyFiles(r))
		answers := "as before"
		if len(r.Answers) > 0 {
			answers = Clean(strings.Join(r.Answers, "; "))
		}
		p.text("  answers: ", answers)
		if r.Why != "" {
			p.text("  cannot be undone: ", Clean(r.Why))
			continue
		}
		if can == "" {
			can = r.Backup
		}
	}
	p.blank()
	if can == "" {
		p.text("", "None of these can be undone.")
		return p.end()
	}
	p.text("", "To go back to before one of them, and all that came after it:")
	p.command("  ", shell.Command("certwright undo").File(dir).Word(can).Own("--dry-run"))
	return p.end()
}

func historyFiles(r *HistoryRun) string {
	return countsOf([]int{r.Created, r.Replaced, r.Removed, r.Modes}, []string{"made", "replaced", "removed", "only another mode"})
}

// countsOf joins what there is any of: "3 made, 1 replaced".
func countsOf(numbers []int, words []string) string {
	var parts []string
	for i, n := range numbers {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, words[i]))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// UndoView is what the printing of an undo needs besides it.
type UndoView struct {
	Dir   string
	Brief bool // files by node, and not each of them
	Width int
}

// shownForeign is how many files a sentence names that were changed by another hand.
const shownForeign = 8

// Undo prints what going back would do.
func Undo(w io.Writer, u *history.Undo, v UndoView) error {
	p := newPrinter(w, v.Width)
	p.text("", fmt.Sprintf("Undo in %s takes back, the last one first:", Clean(v.Dir)))
	for _, r := range u.Runs {
		p.text("  "+r.Name()+"  ", Clean(r.Manifest.Command))
	}
	p.undoes(u, v.Brief)
	for _, s := range u.Warnings {
		p.text("! ", Clean(s))
	}
	if len(u.Foreign) > 0 {
		p.text("! ", "changed since by another hand: "+Clean(spec.List(u.Foreign, shownForeign)))
	}
	p.text("", fmt.Sprintf("Files: %s. All others stay as they are.", UndoCounts(u)))
	return p.end()
}

// undoes prints what becomes of each file, or in brief of those of each node.
func (p *printer) undoes(u *history.Undo, brief bool) {
	if brief {
		o := newOutline()
		for i := range u.Files {
			f := &u.Files[i]
			will, _ := undoVerb(f)
			node := catalog.NodeOf(f.Path)
			o.add(node, nameOn(node, f.Path), outlineLine{verb: []string{"restore", "bring back", string(plan.Remove), "set the mode of"}[will], kind: "file", full: true})
		}
		p.outline(o)
		return
	}
	t := Table{Columns: []Column{{Title: "FILE", Min: 20}, {Title: "WILL"}, {Title: "MODE"}}}
	for i := range u.Files {
		f := &u.Files[i]
		will, mode := undoVerb(f)
		t.Rows = append(t.Rows, []string{Clean(f.Path), []string{"be restored", "come back", "be removed", "keep its bytes"}[will], mode})
	}
	if len(t.Rows) > 0 {
		p.table("  ", t)
	}
}

// UndoCounts is "1 restored, 14 removed".
func UndoCounts(u *history.Undo) string {
	var numbers [4]int
	for i := range u.Files {
		will, _ := undoVerb(&u.Files[i])
		numbers[will]++
	}
	return countsOf(numbers[:], []string{"restored", "brought back", "removed", "only given their mode"})
}

// undoVerb is the place of what becomes of a file, and its mode then.
func undoVerb(f *history.File) (int, string) {
	switch f.Verb() {
	case history.Remove:
		return 2, ""
	case history.BringBack:
		return 1, f.Then.Mode
	case history.Mode:
		return 3, f.Then.Mode
	}
	return 0, f.Then.Mode
}

// UndoTodo is what has to happen on the nodes after an undo.
type UndoTodo struct {
	Plan    *restart.Plan // nil where the answers of what comes back are not known
	Removed []string      // files of nodes that go
	Told    bool          // Plan says what becomes of them
}

// Undone prints what is left to know after an undo.
func Undone(w io.Writer, r *pkigen.UndoResult, todo UndoTodo, v UndoView) error {
	p := newPrinter(w, v.Width)
	p.text("", fmt.Sprintf("Went back in %s to before %s: %s.", Clean(v.Dir), r.Undo.Runs[len(r.Undo.Runs)-1].Name(), UndoCounts(r.Undo)))
	p.text("Proven: ", "each file against the checksum in its backup's manifest")
	for _, s := range r.Notes {
		p.text("Note: ", Clean(s))
	}
	p.backup(nil, v.Dir, r.Backup)
	p.undoNext(todo, v)
	p.verify(v.Dir)
	return p.end()
}

// UndoNext prints what has to happen on the nodes after an undo.
func UndoNext(w io.Writer, todo UndoTodo, v UndoView) error {
	p := newPrinter(w, v.Width)
	p.undoNext(todo, v)
	return p.end()
}

func (p *printer) undoNext(todo UndoTodo, v UndoView) {
	if todo.Plan != nil {
		p.restart(todo.Plan, v.Dir)
	}
	if len(todo.Removed) > 0 && !todo.Told {
		p.text("! ", "where these were copied to their nodes, take them out there too: "+restart.FileList(todo.Removed))
	}
}
