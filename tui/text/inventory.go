package text

import (
	"fmt"
	"io"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
)

// Rotating says of a replacement that is not finished how far it has come.
func Rotating(m plan.Move) string {
	return fmt.Sprintf("%s is being replaced; it is %s: %s", Clean(m.Name), m.To, m.To.Meaning())
}

// Lasts says how long a certificate of an inventory lasts: a mark, "!" for one that has
// expired or is not there and "~" for one that expires soon, and words: "expired 2 days
// ago", "in 12 days", "not there".
func Lasts(i *plan.InventoryItem, now time.Time) (mark, words string) {
	switch {
	case i.Missing():
		return "!", "not there"
	case i.Expired(now):
		return "!", "expired " + timeLeft(i.NotAfter, now)
	case i.ExpiresSoon(now):
		return "~", timeLeft(i.NotAfter, now)
	}
	return "", timeLeft(i.NotAfter, now)
}

// Worst says how the certificates of an inventory stand, beginning with what is worst:
// how many have expired, how many will soon, and when the first does. CAs are named,
// since everything below them goes with them.
func Worst(inv *plan.Inventory, now time.Time) string {
	var ended, soon, missing int
	var cas []string
	for i := range inv.Items {
		item := &inv.Items[i]
		switch {
		case item.Missing():
			missing++
			continue
		case item.Expired(now):
			ended++
		case item.ExpiresSoon(now):
			soon++
		default:
			continue
		}
		if item.CA {
			cas = append(cas, item.Name)
		}
	}
	if missing == len(inv.Items) {
		return "None of these certificates is there."
	}
	first := ", the first " + dayOf(inv.Items[0].NotAfter, now)
	s := "No certificate expires within 30 days" + first
	switch {
	case ended > 0 && soon > 0:
		s = spec.Count(ended, "certificate has", "certificates have") + " expired" + first + "; " + spec.Count(soon, "more expires", "more expire") + " within 30 days"
	case ended > 0:
		s = spec.Count(ended, "certificate has", "certificates have") + " expired" + first
	case soon > 0:
		s = spec.Count(soon, "certificate expires", "certificates expire") + " within 30 days" + first
	}
	switch {
	case len(cas) == 1:
		s += "; among them the CA " + cas[0] + ", and with it all that it signed"
	case len(cas) > 1:
		s += "; among them the CAs " + restart.FileList(cas) + ", and with them all that they signed"
	}
	if missing > 0 {
		s += "; " + spec.Count(missing, "is", "are") + " not there"
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

// Inventory prints what is there: how it stands, and a row for each certificate, the
// first most rows (0 for all).
func Inventory(w io.Writer, inv *plan.Inventory, now time.Time, most, width int) error {
	p := newPrinter(w, width)
	for _, m := range inv.Rotations {
		p.text("~ ", Rotating(m)+".")
	}
	p.text("", Worst(inv, now))
	p.blank()
	t := Table{Columns: []Column{{}, {Title: "NAME"}, {Title: "IDENTITY", Min: 14}, {Title: "EXPIRES"}, {Title: "LEFT"}}}
	for i := range inv.Items {
		item := &inv.Items[i]
		t.Columns[1].Min = min(max(t.Columns[1].Min, cellWidth(item.Name)), width/2) // broken names cannot be searched for
		ends := ""
		if !item.Missing() {
			ends = Date(item.NotAfter)
		}
		mark, left := Lasts(item, now)
		t.Rows = append(t.Rows, []string{mark, item.Name, item.Identity, ends, left})
	}
	left := 0
	if most > 0 && len(t.Rows) > most {
		left, t.Rows = len(t.Rows)-most, t.Rows[:most]
	}
	p.table("", t)
	if left > 0 {
		p.text("  ", "… "+spec.More(left)+", which expire later")
	}
	return p.end()
}
