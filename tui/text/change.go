package text

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/change"
	"certwright/pkigen/rollout/restart"
	"certwright/steps"
)

// ChangeView is what Change needs besides the plan.
type ChangeView struct {
	PlanView
	// Before is the cluster until now, where its answers are changed; nil for not.
	Before  *spec.Cluster
	Answers []steps.Difference
	Kept    []steps.Kept
	Staying []change.Staying
}

// printChange prints what a change of the answers does: which answers, which files and
// why, what becomes of certificates, what stays for now, and every warning.
func printChange(w io.Writer, pl *plan.Plan, v ChangeView) error {
	p := newPrinter(w, v.Width)
	p.text("", fmt.Sprintf("Change in %s, layout %s", Clean(v.Dir), pl.Layout.Name))
	p.table("  ", answerTable(v.Answers))
	if v.Brief {
		p.outline(outlineOf(pl))
	} else {
		for _, t := range []Table{changeTable(pl), renamedTable(pl, v.Now)} {
			if len(t.Rows) > 0 {
				p.blank()
				p.table("  ", t)
			}
		}
		p.blank()
	}
	p.warnings(pl, v.PlanView)
	p.keptNames(v.Kept, v.Dir)
	p.staying(v.Staying, v.Now)
	p.text("", Counts(pl, v.Dir)+".")
	return p.end()
}

// Transition prints which answers change, and what stays for now, without the files.
func Transition(w io.Writer, v ChangeView) error {
	p := newPrinter(w, v.Width)
	if len(v.Answers) == 0 {
		p.text("", "The answers are those that made this set.")
	}
	p.table("", answerTable(v.Answers))
	if len(v.Kept)+len(v.Staying) > 0 {
		p.blank()
	}
	p.keptNames(v.Kept, v.Dir)
	p.staying(v.Staying, v.Now)
	return p.end()
}

// answerTable is each answer that changes, with what goes and what comes.
func answerTable(list []steps.Difference) Table {
	t := Table{Columns: []Column{{Min: 12}, {Min: 24}}}
	for _, d := range list {
		var lines []string
		for _, s := range d.Gone {
			lines = append(lines, "- "+Clean(s))
		}
		for _, s := range d.New {
			lines = append(lines, "+ "+Clean(s))
		}
		t.Rows = append(t.Rows, []string{Clean(d.Key), strings.Join(lines, "\n")})
	}
	return t
}

// changeTable is each file that does not stay as it is, with the reason. The files
// of a node that is new or gone are one line.
func changeTable(pl *plan.Plan) Table {
	whole := wholeNodes(pl)
	var shown []plan.Action
	at := map[string]int{} // of a whole node's folder -> place in shown
	count := map[string]int{}
	for i := range pl.Files {
		a := pl.Files[i]
		node := catalog.NodeOf(a.Path)
		switch verb := whole[node]; {
		case a.Verb == plan.Keep && !a.FixMode:
		case node == "" || verb != a.Verb:
			a.Reason = changeReason(pl, &a)
			shown = append(shown, a)
		default:
			folder := a.Path[:strings.Index(a.Path, "/"+node+"/")+len(node)+1]
			if count[folder]++; count[folder] == 1 {
				at[folder] = len(shown)
				shown = append(shown, plan.Action{Path: folder, Verb: a.Verb, Mode: fs.ModeDir})
			}
		}
	}
	for folder, i := range at {
		why := "the node is new"
		if shown[i].Verb == plan.Remove {
			why = "the node is gone"
		}
		shown[i].Reason = why + ": " + spec.Count(count[folder], "file", "files")
	}
	t := fileTree(shown)
	const mode = 2 // modes do not change here
	t.Columns = slices.Delete(t.Columns, mode, mode+1)
	for i, row := range t.Rows {
		if len(row) > mode {
			t.Rows[i] = slices.Delete(row, mode, mode+1)
		}
	}
	return t
}

// changeReason says more than that a file has other bytes, where that is known.
func changeReason(pl *plan.Plan, a *plan.Action) string {
	if flags := restart.ChangedFlags(pl.Have(a.Path), a.Data); len(flags) > 0 {
		return "other values of " + strings.Join(flags, ", ")
	}
	if c := pl.Find(a.Certificate); c != nil && a.Part == catalog.Request && c.Cert.Writes() && c.Reason != "" {
		return c.Reason
	}
	return a.Reason
}

// wholeNodes are the nodes of which every file is made, or goes.
func wholeNodes(pl *plan.Plan) map[string]plan.Verb {
	out := map[string]plan.Verb{}
	for i := range pl.Files {
		a := &pl.Files[i]
		node := catalog.NodeOf(a.Path)
		switch verb, known := out[node]; {
		case !known && (a.Verb == plan.Create || a.Verb == plan.Remove):
			out[node] = a.Verb
		case verb != a.Verb:
			out[node] = plan.Keep
		}
	}
	return out
}

// renamedTable is each certificate that is made again over an old one, against it.
func renamedTable(pl *plan.Plan, now time.Time) Table {
	t := Table{Columns: []Column{{Title: "CERTIFICATE", Min: 12}, {Title: "KEY"}, {Title: "NEW EXPIRY"}, {Title: "CHANGES", Min: 16}}}
	for i := range pl.Certificates {
		if c := &pl.Certificates[i]; c.Cert.Writes() && c.OldCert != nil {
			t.Rows = append(t.Rows, []string{Clean(c.Name), KeyWord(c.Key), Date(c.NotAfter), strings.Join(DifferenceLines(c), "\n")})
		}
	}
	return t
}

// keptNames says which names stay in certificates for now, and how they go later.
func (p *printer) keptNames(kept []steps.Kept, dir string) {
	for _, k := range kept {
		p.text("! ", fmt.Sprintf("%s was %s and stays in the certificates for now, since clients that do not know of the change still dial it. When none does any more:",
			Clean(k.Name), Clean(k.Was)))
		p.command("    ", shell.Command("certwright change").File(dir).Own("--remove-name").Word(k.Name))
	}
}

// staying says what the cluster still takes from machines that are no nodes any more.
func (p *printer) staying(list []change.Staying, now time.Time) {
	if len(list) == 0 {
		return
	}
	p.text("! ", "what these machines have stays valid although it goes from here. Wipe them; whoever has a copy keeps what it opens, until its end or until it is shut out:")
	t := Table{Columns: []Column{{Title: "NODE"}, {Title: "UNTIL"}, {Title: "WHAT IT OPENS", Min: 30}}}
	for i := 0; i < len(list); {
		s := list[i]
		var what []string
		for ; i < len(list) && alikeStaying(&s, &list[i]); i++ {
			what = append(what, Clean(path.Base(list[i].Name)))
		}
		until := "for ever"
		if !s.Ends.IsZero() {
			until = Date(s.Ends)
			if !s.Ends.After(now) {
				until += ", over"
			}
		}
		t.Rows = append(t.Rows, []string{Clean(s.Node), until,
			fmt.Sprintf("%s\nby %s\nshut out by %s", Clean(s.Opens), strings.Join(what, ", "), Clean(s.Shuts))})
	}
	p.rows(t, shownStaying)
}

// rows prints the first rows of a table, and tells how many it leaves out.
func (p *printer) rows(t Table, most int) {
	left := max(len(t.Rows)-most, 0)
	t.Rows = t.Rows[:len(t.Rows)-left]
	p.table("  ", t)
	if left > 0 {
		p.text("  ", "… "+spec.More(left)+"; --format json has them all")
	}
}

// shownStaying bounds a list that would name every certificate of many nodes.
const shownStaying = 60

func alikeStaying(a, b *change.Staying) bool {
	return a.Node == b.Node && a.Ends.Equal(b.Ends) && a.Opens == b.Opens && a.Shuts == b.Shuts
}

// printChanged prints what is left to know after a change.
func printChanged(w io.Writer, r *pkigen.Result, next *restart.Plan, v SummaryView) error {
	p := newPrinter(w, v.Width)
	p.text("", "Changed. "+Done(r, v.Dir))
	p.made(r, v.Dir, v.Brief)
	p.restart(next, v.Dir)
	p.verify(v.Dir)
	return p.end()
}
