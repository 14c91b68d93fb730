package tui

import (
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// newDetails is the overlay of the review that says everything about the selected
// row, or the text of the tab, and every warning in full.
func newDetails(m *Model, r *review) overlay {
	return newReading(0, func(w int) []string {
		var lines []string
		add := func(title string, texts ...string) {
			if len(texts) == 0 {
				return
			}
			lines = append(lines, m.theme.strong.Render(title))
			for _, s := range texts {
				lines = append(lines, m.styled(m.theme.text.Render, "  ", s, w)...)
			}
			lines = append(lines, "")
		}
		if r.Plan != nil {
			if list := r.list(); list == nil {
				lines = append(r.text(m, w), "")
			} else if i := list.selected(); i >= 0 {
				lines = append(list.about(i, w), "")
			}
			var refused []string
			for _, a := range r.Refused {
				refused = append(refused, refusal(a))
			}
			add("Refused", refused...)
			add("Warnings", r.facts.warnings...)
			add("What will happen", r.facts.counts)
		}
		if r.Err != nil {
			add("It cannot be planned", strings.Split(r.Err.Error(), "\n")...)
		}
		lines = append(lines, m.theme.strong.Render("Keys"))
		return append(lines, m.keyLines(w)...)
	})
}

// certificateLines is all that the plan says of a certificate: of a set that is there
// first what becomes of the old one.
func (r *review) certificateLines(m *Model, c *plan.Certificate, w int) []string {
	lines := m.styled(m.theme.strong.Render, "", c.Name+": "+c.Entry.Title, w)
	if r.renews() {
		for _, s := range differences(m, c) {
			lines = append(lines, wrap(s, w)...)
		}
	}
	var facts []fact
	if c.IsCertificate() {
		facts = append(facts, fact{"identity", c.Subject.Identity(), plain}, fact{"signed by", r.Plan.SignerName(c), plain},
			fact{"expires", text.Ends(c.NotAfter, m.Now()), plain})
	}
	lines = append(lines, m.facts(facts, w)...)
	for _, s := range slices.Concat(text.Details(c), []string{c.Entry.Why}) {
		lines = append(lines, wrap(s, w)...)
	}
	return lines
}

// fileLines is all that the plan says of a file.
func (m *Model) fileLines(a *plan.Action, w int) []string {
	secret := ""
	if a.Secret() {
		secret = "; it is secret"
	}
	lines := m.styled(m.theme.strong.Render, "", a.Path, w)
	return append(lines, m.facts([]fact{
		{"will", string(a.Verb), verbLevel(a.Verb)}, {"mode", fmt.Sprintf("%04o%s", a.Mode.Perm(), secret), plain},
		{"why", text.Why(*a), plain}, {"belongs to", a.Certificate, plain},
	}, w)...)
}
