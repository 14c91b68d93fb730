package text

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/next"
	"certwright/pkigen/rollout/restart"
)

// printRenewal prints what a renewal makes again, each certificate against the old
// one, with every warning.
func printRenewal(w io.Writer, pl *plan.Plan, v PlanView) error {
	p := newPrinter(w, v.Width)
	asked, what := pl.Asked(), "Renewal"
	if pl.Revokes() {
		what = "Revocation, with new keys and certificates,"
	}
	p.text("", fmt.Sprintf("%s in %s, layout %s: %s", what, Clean(v.Dir), pl.Layout.Name, spec.Count(len(asked), "certificate", "certificates")))
	p.renewals(pl, v, onlyDates)
	if made := created(pl); len(made) > 0 {
		p.text("! ", "these files are missing and are made as well: "+restart.FileList(made))
	}
	p.warnings(pl, v)
	p.text("", Counts(pl, v.Dir)+".")
	return p.end()
}

// renewals prints what is asked for, each certificate against the old one; dates says
// that it is as before but for them.
func (p *printer) renewals(pl *plan.Plan, v PlanView, dates string) {
	if !v.Brief {
		t := renewalTable(pl.Asked(), v.Now)
		for _, row := range t.Rows {
			if last := len(row) - 1; row[last] == onlyDates {
				row[last] = dates
			}
		}
		p.table("  ", t)
		return
	}
	o := newOutline()
	for _, c := range pl.Asked() {
		o.certificate(pl, c)
	}
	p.outline(o)
}

// created are the files that come along because they are not there; those of the
// renewal itself are not told again.
func created(pl *plan.Plan) []string {
	var out []string
	for i := range pl.Files {
		a := &pl.Files[i]
		if c := pl.Find(a.Certificate); a.Verb == plan.Create && (c == nil || !c.Asked) {
			out = append(out, a.Path)
		}
	}
	return out
}

// renewalTable is each certificate with its end before and after, what becomes
// of its key, and in what it differs from the old one.
func renewalTable(asked []*plan.Certificate, now time.Time) Table {
	t := Table{Columns: []Column{{Title: "NAME", Min: 12}, {Title: "EXPIRES"}, {Title: "DAYS"}, {Title: "NEW EXPIRY"}, {Title: "KEY"}, {Title: "CHANGES", Min: 16}}}
	for _, c := range asked {
		old, days := "none", ""
		if c.OldCert != nil {
			old, days = Date(c.OldCert.NotAfter), daysLeft(c.OldCert.NotAfter, now)
		}
		t.Rows = append(t.Rows, []string{Clean(c.Name), old, days, Date(c.NotAfter), KeyWord(c.Key), strings.Join(DifferenceLines(c), "\n")})
	}
	return t
}

// KeyWord says what becomes of a private key.
func KeyWord(v plan.Verb) string {
	switch v {
	case plan.Keep:
		return "kept"
	case plan.Refuse:
		return "refused"
	}
	return "new"
}

// onlyDates is the change of a certificate that is as the one before it but for dates
// and serial number, and otherCA that of one whose signer changes.
const (
	onlyDates = "only the dates"
	otherCA   = "another signer"
)

// DifferenceLines say in what a certificate differs from the one before it,
// besides dates and serial number.
func DifferenceLines(c *plan.Certificate) []string {
	if c.Key == plan.Refuse {
		return []string{Clean(c.Reason)}
	}
	switch {
	case c.Cert == plan.Create:
		return []string{"new"}
	case c.OldCert == nil:
		return []string{"the old one cannot be read"}
	}
	var out []string
	for _, d := range c.Differences() {
		out = append(out, differenceLine(d))
	}
	if c.Resigned() {
		out = append(out, otherCA)
	}
	if len(out) == 0 {
		return []string{onlyDates}
	}
	return out
}

// differenceLine is one difference: "usages: -key encipherment".
func differenceLine(d plan.Difference) string {
	line := d.Field + ":"
	for _, s := range d.Gone {
		line += " -" + s
	}
	for _, s := range d.New {
		line += " +" + s
	}
	switch {
	case d.Note == "":
	case len(d.Gone)+len(d.New) == 0:
		line += " " + d.Note
	default:
		line += " (" + d.Note + ")"
	}
	return Clean(line)
}

// differ says in what renewed certificates differ from those before them, once for
// all that differ in the same.
func (p *printer) differ(pl *plan.Plan) {
	var order []string
	names := map[string][]string{}
	for i := range pl.Certificates {
		c := &pl.Certificates[i]
		var lines []string
		for _, d := range c.Differences() {
			lines = append(lines, differenceLine(d))
		}
		text := strings.Join(lines, "; ")
		if text == "" {
			continue
		}
		if names[text] == nil {
			order = append(order, text)
		}
		names[text] = append(names[text], Clean(c.Name))
	}
	for _, text := range order {
		p.text("Differs from before: ", restart.NodeList(names[text])+": "+text)
	}
}

// printRenewed prints what is left to know after a renewal.
func printRenewed(w io.Writer, r *pkigen.Result, v SummaryView) error {
	p := newPrinter(w, v.Width)
	p.text("", fmt.Sprintf("Renewed %s. %s", spec.Count(len(r.Plan.Asked()), "certificate", "certificates"), Done(r, v.Dir)))
	p.made(r, v.Dir, v.Brief)
	p.restart(next.After(r.Plan, nil, v.Dir), v.Dir)
	p.verify(v.Dir)
	return p.end()
}

// made says what was proven of a run, what came up, and where the backup is.
func (p *printer) made(r *pkigen.Result, dir string, brief bool) {
	p.differ(r.Plan)
	p.proven(r, brief)
	for _, s := range r.Notes {
		p.text("Note: ", Clean(s))
	}
	p.backup(r.Plan, dir, r.Backup)
}

// proven says what was proven of a set, in brief that it was.
func (p *printer) proven(r *pkigen.Result, brief bool) {
	n := 0
	for i := range r.Plan.Certificates {
		if r.Plan.Certificates[i].IsCertificate() {
			n++
		}
	}
	switch {
	case len(r.Proofs) == 0:
	case brief:
		p.text("Proven: ", spec.Count(n, "certificate", "certificates")+" with keys, names and dates, as they lie on the disk")
	default:
		p.text("Proven: ", Clean(strings.Join(r.Proofs, "; ")))
	}
}

// verify says how to see what a run comes to.
func (p *printer) verify(dir string) {
	p.text("", "To see whether a cluster runs with it: "+next.VerifyCommand(dir).String())
}

// backup says where the files lie that a run has replaced, and what brings them
// back; nothing where there are none.
func (p *printer) backup(pl *plan.Plan, dir, backup string) {
	if backup == "" {
		return
	}
	p.text("", "Backup of the files as they were before; "+next.UndoHint(pl, dir)+":")
	p.line("  " + Clean(backup)) // not wrapped: it is there to be copied
}

// BackupSentence says where the state before a run is kept.
func BackupSentence(dir string) string {
	return "What is there now goes into " + Clean(filepath.Clean(dir)) + ".backup."
}
