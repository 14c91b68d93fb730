package tui

import (
	"slices"
	"strings"

	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// newDetails is the overlay of the review that says everything about the selected
// certificate, or the text of the tab, and every warning in full.
func newDetails(m *Model, r *review) overlay {
	return newReading(0, func(w int) []string {
		var lines []string
		add := func(title string, texts []string) {
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
			if r.at() >= viewJSON {
				lines = append(r.text(m, w), "")
			} else if c := r.selected(); c != nil {
				texts := slices.Concat(row(m, r.Plan, c), text.Details(c), []string{c.Entry.Why})
				if r.renews() {
					texts = slices.Concat(differences(m, c), texts)
				}
				add(c.Name+": "+c.Entry.Title, texts)
			}
			var refused []string
			for _, a := range r.Refused {
				refused = append(refused, refusal(a))
			}
			add("Refused", refused)
			add("Warnings", r.facts.warnings)
			add("What will happen", []string{r.facts.counts})
		}
		if r.Err != nil {
			add("It cannot be planned", strings.Split(r.Err.Error(), "\n"))
		}
		return lines
	})
}

// row is what the row of a certificate says, also what it has no room for.
func row(m *Model, p *plan.Plan, c *plan.Certificate) []string {
	if !c.IsCertificate() {
		return nil
	}
	return []string{
		"identity " + c.Subject.Identity(),
		"signed by " + p.SignerName(c) + ", expires " + text.Ends(c.NotAfter, m.Now()),
	}
}
