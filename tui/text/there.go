package text

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/plan"
)

// There is one certificate of a set that is there.
type There struct {
	Name     string // in the plan
	Title    string // what it is for
	Identity string
	Signer   string
	File     string    // its own, below the directory, or the first that holds it
	Names    []string  // for which it speaks
	Ends     time.Time // zero for one that is not there, or cannot be read
	CA       bool
	Wrong    string // why a run would make it anew, or stops at it; "" where it is right
}

// Soon is how long before its end a certificate is told of.
const Soon = 30 * day

// Stock lists the certificates that lie in a set, the one that ends first at the
// top and those that are not there at the end. The plan is one without a goal; the
// list keeps nothing of it.
func Stock(p *plan.Plan) []There {
	var out []There
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if !c.IsCertificate() {
			continue
		}
		t := There{
			Name: Clean(c.Name), Title: c.Entry.Title, Identity: Clean(Identity(c.Subject)), Signer: Clean(Signer(p, c)),
			File: Clean(c.Place(catalog.Cert)), CA: c.IsCA(), Wrong: Clean(c.Reason),
		}
		for _, h := range c.Hosts {
			t.Names = append(t.Names, Clean(h.String()))
		}
		switch {
		case c.OldCert != nil:
			t.Ends = c.OldCert.NotAfter
		case t.Wrong == "":
			t.Wrong = "it is not there"
		}
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b There) int {
		switch {
		case a.Ends.IsZero() != b.Ends.IsZero():
			if a.Ends.IsZero() {
				return 1
			}
			return -1
		case a.CA != b.CA && a.Ends.Equal(b.Ends):
			if a.CA {
				return -1
			}
			return 1
		}
		return a.Ends.Compare(b.Ends)
	})
	return out
}

// UnderWay says which replacements are not finished, and how far each has come.
func UnderWay(p *plan.Plan) []string {
	var out []string
	for _, m := range p.Moves {
		if m.To != plan.Steady {
			out = append(out, fmt.Sprintf("%s is being replaced; it is %s: %s", Clean(m.Name), m.To, StageText(m.To)))
		}
	}
	return out
}

// ErrNothingThere says that a directory holds nothing that could be renewed.
func ErrNothingThere(dir string) error {
	return fmt.Errorf("%s holds none of the certificates of its answers: there is nothing to renew", dir)
}

// Ended reports whether it is worth nothing any more.
func (t *There) Ended(now time.Time) bool { return !t.Ends.IsZero() && !now.Before(t.Ends) }

// EndedCA is the first CA of a list that has ended; "" for none.
func EndedCA(list []There, now time.Time) string {
	for i := range list {
		if list[i].CA && list[i].Ended(now) {
			return list[i].Name
		}
	}
	return ""
}

// Mark stands before it: "! " for one that has ended or is not there, "~ " for one
// that ends soon.
func (t *There) Mark(now time.Time) string {
	switch {
	case t.Ends.IsZero() || t.Ended(now):
		return "! "
	case t.Ends.Before(now.Add(Soon)):
		return "~ "
	}
	return "  "
}

// Left says in words how long it lasts: "ended 2 days ago", "in 12 days", "not
// there".
func (t *There) Left(now time.Time) string {
	switch {
	case t.Ends.IsZero():
		return "not there"
	case t.Ended(now):
		return "ended " + Left(t.Ends, now)
	}
	return Left(t.Ends, now)
}

// Date is the day of its end; "" for one that has none.
func (t *There) Date() string {
	if t.Ends.IsZero() {
		return ""
	}
	return Date(t.Ends)
}

// Worst says how the certificates stand, beginning with what is worst: how many
// have ended, how many will soon, and when the first does. CAs are named, since
// everything below them goes with them.
func Worst(list []There, now time.Time) string {
	var ended, soon, missing, cas []string
	for i := range list {
		t := &list[i]
		switch {
		case t.Ends.IsZero():
			missing = append(missing, t.Name)
			continue
		case t.Ended(now):
			ended = append(ended, t.Name)
		case t.Ends.Before(now.Add(Soon)):
			soon = append(soon, t.Name)
		default:
			continue
		}
		if t.CA {
			cas = append(cas, t.Name)
		}
	}
	if len(missing) == len(list) {
		return "None of these certificates is there."
	}
	first := func(i int) string { return "the first " + dayOf(list[i].Ends, now) }
	var parts []string
	if n := len(ended); n > 0 {
		parts = append(parts, Count(n, "certificate has", "certificates have")+" ended, "+first(0))
	}
	if n := len(soon); n > 0 {
		if len(ended) > 0 {
			parts = append(parts, Count(n, "more ends", "more end")+" within 30 days")
		} else {
			parts = append(parts, Count(n, "certificate ends", "certificates end")+" within 30 days, "+first(0))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "No certificate ends within 30 days, "+first(0))
	}
	s := strings.Join(parts, "; ")
	switch {
	case len(cas) == 1:
		s += "; among them the CA " + cas[0] + ", and with it all that it signed"
	case len(cas) > 1:
		s += "; among them the CAs " + firstOf(cas, shownFiles) + ", and with them all that they signed"
	}
	if n := len(missing); n > 0 {
		s += "; " + Count(n, "is", "are") + " not there"
	}
	return s + "."
}

// dayOf is a day as one says it, with the weekday while it is near.
func dayOf(t, now time.Time) string {
	form := "on 2006-01-02"
	if d := t.Sub(now); -14*day < d && d < 60*day {
		form = "on Monday 2006-01-02"
	}
	return t.UTC().Format(form)
}

// Lasting prints what is there: how it stands, and a row for each certificate, the
// first most rows (0 for all).
func Lasting(w io.Writer, list []There, now time.Time, most, width int) error {
	p := newPrinter(w, width)
	p.text("", Worst(list, now))
	p.blank()
	t := Table{Columns: []Column{{}, {Title: "NAME"}, {Title: "IDENTITY", Min: 14}, {Title: "ENDS"}, {Title: "LEFT"}}}
	for i := range list {
		c := &list[i]
		t.Columns[1].Min = min(max(t.Columns[1].Min, Width(c.Name)), width/2) // broken names cannot be searched for
		t.Rows = append(t.Rows, []string{strings.TrimRight(c.Mark(now), " "), c.Name, c.Identity, c.Date(), c.Left(now)})
	}
	left := 0
	if most > 0 && len(t.Rows) > most {
		left, t.Rows = len(t.Rows)-most, t.Rows[:most]
	}
	p.table("", t)
	if left > 0 {
		p.text("  ", fmt.Sprintf("… and %d more, which end later", left))
	}
	return p.end()
}
