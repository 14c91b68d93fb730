package tui

import (
	"io"
	"strings"

	"github.com/charmbracelet/bubbles/key"

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

// takeRenewal works out what changes.
func (r *review) takeRenewal(m *Model) {
	r.takeChanges(m)
	if r.Plan.Changes() && len(r.Refused) == 0 {
		r.facts.counts += ". " + text.BackupSentence(m.Dir())
	}
}

// file is the file with the cursor; nil for none.
func (r *review) file() *plan.Action {
	if i := r.lists[viewFiles].selected(); r.Plan != nil && i >= 0 {
		return &r.Plan.Files[r.facts.files[i]]
	}
	return nil
}

// selected is the certificate with the cursor; nil for none.
func (r *review) selected() *plan.Certificate {
	view, order := viewCertificates, r.facts.certs
	if r.renews() {
		view, order = viewChanges, r.facts.changed
	}
	if i := r.lists[view].selected(); r.Plan != nil && i >= 0 {
		return &r.Plan.Certificates[order[i]]
	}
	return nil
}

// differences say what becomes of a certificate, its end first; the reason stands
// among its details.
func differences(m *Model, c *plan.Certificate) []string {
	if !c.IsCertificate() {
		return []string{text.KeyWord(c.Key) + ": " + c.Reason}
	}
	old := "there is none now"
	if c.OldCert != nil {
		old = "expires "
		if m.Now().After(c.OldCert.NotAfter) {
			old = "expired "
		}
		old += text.Ends(c.OldCert.NotAfter, m.Now())
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
