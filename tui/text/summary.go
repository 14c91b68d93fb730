package text

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/next"
)

// SummaryView is what Summary needs besides the result.
type SummaryView struct {
	Dir     string    // the output directory, as the operator wrote it
	Answers string    // the file that replays the run; "" if there is none
	Now     time.Time // for "in 3650 days"
	Width   int       // cells; 0 for no limit
	Brief   bool      // what is new, and that all was proven; not how
	// Before is the cluster until the run, where its answers were changed; nil for not.
	Before *spec.Cluster
}

// RunSummary prints what is left to know after a run, whatever it did: a stage of a
// replacement, a change, a renewal, or a set that was made.
func RunSummary(w io.Writer, r *pkigen.Result, v SummaryView) error {
	for _, m := range r.Plan.Moves {
		if m.From == m.To {
			continue
		}
		if err := printRotated(w, r, m.Name, next.After(r.Plan, v.Before, v.Dir), v); err != nil {
			return err
		}
		return printNextStage(w, r.Plan, m.Name, v.Dir, v.Width)
	}
	switch {
	case v.Before != nil:
		return printChanged(w, r, next.After(r.Plan, v.Before, v.Dir), v)
	case len(r.Plan.Asked()) > 0:
		return printRenewed(w, r, v)
	}
	return printSummary(w, r, v)
}

// printSummary prints what is left to know after a run: where the files are, what
// ends when, what was proven, which component uses which file, where the backup
// is, and the command that does it again without questions.
func printSummary(w io.Writer, r *pkigen.Result, v SummaryView) error {
	p := newPrinter(w, v.Width)
	p.text("", Done(r, v.Dir))
	p.table("  ", endTable(r.Plan, v.Now, v.Brief))
	p.differ(r.Plan)
	p.proven(r, v.Brief)
	if then := next.After(r.Plan, nil, v.Dir); !then.Empty() || len(then.ByHand) > 0 {
		p.restart(then, v.Dir)
	} else if !r.Plan.Layout.PerNode { // which tells what to do with each file in fewer lines
		p.line("Who uses what:")
		p.table("  ", useTable(r.Plan))
	} else if tasks := next.FirstTasks(r.Plan, v.Dir); len(tasks) > 0 {
		p.line("What next:")
		p.tasks(tasks)
	}
	for _, s := range r.Plan.Warnings {
		p.text("! ", Clean(s))
	}
	for _, s := range r.Notes {
		p.text("Note: ", Clean(s))
	}
	p.backup(r.Plan, v.Dir, r.Backup)
	if s := Guard(r.Plan); s != "" {
		p.text("", s)
	}
	if v.Answers != "" {
		p.line("Same again without questions:")
		p.command("  ", next.GenerateCommand(v.Answers, v.Dir))
	}
	return p.end()
}

// Done is the first sentence: what was written, and where.
func Done(r *pkigen.Result, dir string) string {
	if r.Unchanged {
		return Counts(r.Plan, dir) + "."
	}
	n := 0
	for _, a := range r.Plan.Files {
		if a.Verb != plan.Keep && a.Verb != plan.Remove {
			n++
		}
	}
	where := Clean(dir)
	if abs, err := filepath.Abs(dir); err == nil && abs != filepath.Clean(dir) {
		where += " (" + Clean(abs) + ")"
	}
	gone := r.Plan.Count(plan.Remove)
	if n == 0 && gone == 0 {
		return "The modes in " + where + " are right now."
	}
	kept := ""
	if gone > 0 {
		kept = fmt.Sprintf("; %d taken out", gone)
	}
	switch k := r.Plan.Count(plan.Keep); {
	case k == 1:
		kept += "; 1 kept as it was"
	case k > 1:
		kept += fmt.Sprintf("; %d kept as they were", k)
	}
	return fmt.Sprintf("Wrote %s in %s%s.", spec.Count(n, "file", "files"), where, kept)
}

// Guard says which new keys are the root of everything; "" where there are none.
func Guard(pl *plan.Plan) string {
	keys := authorityKeys(pl)
	if len(keys) == 0 {
		return ""
	}
	it := "it"
	if len(keys) > 1 {
		it = "one of them"
	}
	return "Guard " + strings.Join(keys, ", ") + ": whoever has " + it + " can be anyone in this cluster. Keep a copy offline."
}

// endTable says of each certificate where it lies and when it ends. Where each
// node has a tree, those below the CAs are counted in one row: there may be
// thousands.
// In brief a CA that was kept is left out.
func endTable(pl *plan.Plan, now time.Time, brief bool) Table {
	t := Table{Columns: []Column{{Min: 16}, {Min: 16}, {Min: 16}}}
	leaves, first := 0, time.Time{}
	for i := range pl.Certificates {
		c := &pl.Certificates[i]
		switch {
		case !c.IsCertificate(), brief && c.IsCA() && c.Cert == plan.Keep:
		case pl.Layout.PerNode && !c.IsCA():
			if leaves++; first.IsZero() || c.NotAfter.Before(first) {
				first = c.NotAfter
			}
		default:
			t.Rows = append(t.Rows, []string{Clean(c.Place(catalog.Cert)), Clean(c.Subject.Identity()), "until " + Ends(c.NotAfter, now)})
		}
	}
	if leaves > 0 {
		t.Rows = append(t.Rows, []string{"admin/, nodes/", spec.Count(leaves, "certificate", "certificates"), "until " + Ends(first, now)})
	}
	return t
}

// useTable is the catalogue read the other way round: for each component, in
// the order in which the catalogue names them, the files it is told about.
func useTable(pl *plan.Plan) Table {
	if pl.Layout.PerNode {
		return componentTable(pl)
	}
	var components []string
	files := map[string][]string{}
	for i := range pl.Certificates {
		c := &pl.Certificates[i]
		for _, use := range c.Entry.Uses {
			file := c.Files.Part(use.File)
			if file == "" || slices.Contains(files[use.Component], file) {
				continue
			}
			if files[use.Component] == nil {
				components = append(components, use.Component)
			}
			files[use.Component] = append(files[use.Component], file)
		}
	}
	t := Table{Columns: []Column{{Min: 12}, {Min: 20}}}
	for _, name := range components {
		t.Rows = append(t.Rows, []string{name, Clean(strings.Join(files[name], ", "))})
	}
	return t
}

// FlagTable is useTable with the flag or field by which a component is told
// about each file: what is typed when a component is started by hand.
func FlagTable(pl *plan.Plan) Table {
	if pl.Layout.PerNode {
		return componentTable(pl)
	}
	var components []string
	rows := map[string][][]string{}
	for i := range pl.Certificates {
		c := &pl.Certificates[i]
		for _, use := range c.Entry.Uses {
			file := c.Files.Part(use.File)
			if file == "" {
				continue
			}
			if rows[use.Component] == nil {
				components = append(components, use.Component)
			}
			rows[use.Component] = append(rows[use.Component], []string{"", use.Flag, Clean(file)})
		}
	}
	t := Table{Columns: []Column{{Title: "COMPONENT"}, {Title: "FLAG OR FIELD", Min: 16}, {Title: "FILE", Min: 10}}}
	for _, name := range components {
		rows[name][0][0] = name
		t.Rows = append(t.Rows, rows[name]...)
	}
	return t
}

// authorityKeys are the files that hold the private keys of new CAs.
func authorityKeys(pl *plan.Plan) []string {
	var out []string
	for i := range pl.Certificates {
		if c := &pl.Certificates[i]; c.IsCA() && c.Files.Key != "" && c.Key.Writes() {
			out = append(out, Clean(path.Clean(c.Files.Key)))
		}
	}
	return out
}

// componentTable says of each component where it runs, and which file tells it
// about all others.
func componentTable(pl *plan.Plan) Table {
	t := Table{Columns: []Column{{Title: "COMPONENT"}, {Title: "READS", Min: 24}, {Title: "ON", Min: 12}}}
	for _, p := range next.Programs(pl.Cluster) {
		t.Rows = append(t.Rows, []string{p.Name, strings.Join(p.Reads, "\n"), p.On})
	}
	return t
}
