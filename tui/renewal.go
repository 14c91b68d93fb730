package tui

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// What the review of a renewal shows beside that of a new set: each certificate
// against the old one, and what has to be restarted afterwards.

// renews tells a review of a set that is there from one of a new set.
func (r *review) renews() bool { return r.all[0].view != viewCertificates }

func (r *review) makeKey() key.Binding {
	if r.renews() {
		return named(keyMake, "do it")
	}
	return keyMake
}

// takeRenewal works out what changes. The files that change come first: of a large
// set hardly any does.
func (r *review) takeRenewal(m *Model) {
	p := r.Plan
	for i := range p.Certificates {
		if will(&p.Certificates[i]) != plan.Keep {
			r.facts.changed = append(r.facts.changed, i)
		}
	}
	for i := range p.Files {
		r.facts.files = append(r.facts.files, i)
	}
	slices.SortStableFunc(r.facts.files, func(a, b int) int { return kept(&p.Files[a]) - kept(&p.Files[b]) })
	if p.Changes() && len(r.Refused) == 0 {
		r.facts.counts += ". " + text.BackupSentence(m.Dir())
	}
}

// kept orders files: those that stay as they are come last.
func kept(a *plan.Action) int {
	if a.Verb == plan.Keep && !a.FixMode {
		return 1
	}
	return 0
}

// file is the file of a row; nil where there is none.
func (r *review) file(row int) *plan.Action {
	if r.Plan == nil || row < 0 || row >= len(r.Plan.Files) {
		return nil
	}
	if r.facts.files != nil {
		row = r.facts.files[row]
	}
	return &r.Plan.Files[row]
}

// selected is the certificate with the cursor; nil for none.
func (r *review) selected() *plan.Certificate {
	switch {
	case r.Plan == nil:
		return nil
	case !r.renews():
		return r.facts.certs.at(r.rows[viewCertificates].at)
	}
	if at := r.rows[viewChanges].at; at < len(r.facts.changed) {
		return &r.Plan.Certificates[r.facts.changed[at]]
	}
	return nil
}

// changes draws each certificate that changes against the old one.
func (r *review) changes(m *Model, list *rows, w, h int) []string {
	if len(r.facts.changed) == 0 {
		return m.item(m.theme.good.Render, "✓", "No certificate changes.", w)
	}
	cols := r.changeColumns(w - 2)
	head := m.theme.faint.Render("  " + cols.head())
	return append([]string{head}, list.lines(m, len(r.facts.changed), w, h-1, func(i, _ int) string {
		c := &r.Plan.Certificates[r.facts.changed[i]]
		mark, old := "  ", "none"
		if c.OldCert != nil {
			old = text.Date(c.OldCert.NotAfter)
			if !m.Now().Before(c.OldCert.NotAfter) {
				mark = "! "
			}
		}
		end := "never"
		if c.IsCertificate() {
			end = text.Date(c.NotAfter)
		}
		return cols.row(mark+text.Clean(c.Name), old, end, text.KeyWord(c.Key), strings.Join(text.DifferenceLines(c), "; "))
	})...)
}

const differenceLeast = 14 // "only the dates"

// changeColumns are the columns of the certificates that change, in w cells.
func (r *review) changeColumns(w int) columns {
	name, key := 0, len("kept")
	if len(r.Refused) > 0 {
		key = len("refused")
	}
	for _, i := range r.facts.changed {
		name = max(name, ansi.StringWidth(r.Plan.Certificates[i].Name)+2)
	}
	w -= gap // the marks of a list that goes on
	return fit(w, column{title: "  NAME", want: min(name, nameMost), name: true}, column{title: "EXPIRES", want: endWidth, drop: 1}, column{title: "NEW EXPIRY", want: endWidth},
		column{title: "KEY", want: key, drop: 2}, column{title: "DIFFERENCE", want: w, least: differenceLeast})
}

// difference is the selected certificate against the old one, always as high.
func (r *review) difference(m *Model, c *plan.Certificate, w, h int) []string {
	var lines []string
	says := append([]string{c.Name + ": " + c.Entry.Title}, differences(m, c)...)
	if c.IsCertificate() && c.Reason != "" {
		says = append(says, text.Clean(c.Reason))
	}
	for _, s := range says {
		lines = append(lines, wrap(s, w-2)...)
	}
	return append(m.fixed(lines, w, h), "")
}

// differences say what becomes of a certificate, its end first; the reason stands
// among its details.
func differences(m *Model, c *plan.Certificate) []string {
	if !c.IsCertificate() {
		return []string{text.KeyWord(c.Key) + ": " + c.Reason}
	}
	old := "there is none now"
	if c.OldCert != nil {
		old = "ends " + text.Ends(c.OldCert.NotAfter, m.Now())
	}
	out := []string{old + "; the new one expires " + text.Ends(c.NotAfter, m.Now())}
	if c.Cert != plan.Create {
		out = append(out, text.DifferenceLines(c)...)
	}
	return out
}

// restart is what has to happen on the nodes when it is done.
func (r *review) restart(m *Model, w int) []string {
	lines := restartLines(m, m.After(r.Plan), w)
	if len(lines) == 0 {
		return []string{"  No program has to be restarted."}
	}
	return append([]string{"  " + m.theme.faint.Render("What will have to happen on the nodes then, as a list to tick:"), ""}, lines...)
}

// transitionLines say which answers change, and what stays for now.
func (r *review) transitionLines(m *Model, w int) []string {
	t := m.Transition()
	return printed(w, func(out io.Writer, w int) error {
		return text.Transition(out, text.ChangeView{
			PlanView: text.PlanView{Dir: m.Dir(), Now: m.Now(), Width: w},
			Answers:  t.Changes, Kept: t.Kept, Staying: r.Staying,
		})
	})
}

// printed is what package text prints, as lines of a page w cells wide.
func printed(w int, print func(out io.Writer, w int) error) []string {
	var b strings.Builder
	_ = print(&b, w-2) // a builder takes everything
	return indent("  ", strings.Split(strings.TrimRight(b.String(), "\n"), "\n"))
}
