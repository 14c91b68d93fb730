package plan

import (
	"fmt"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/visible"
)

// Inventory is what lies in a set: its certificates, and the replacements of CAs and
// keys that are not finished.
type Inventory struct {
	Items     []InventoryItem // the first to expire at the top, those that are not there at the end
	Rotations []Move
}

// InventoryItem is one certificate of a set. Its texts are fit to be shown.
type InventoryItem struct {
	Name     string // in the plan
	Title    string // what it is for
	Identity string
	Signer   string
	File     string    // its own, below the directory, or the first that holds it
	Names    []string  // for which it speaks
	NotAfter time.Time // zero for one that is not there, or cannot be read
	CA       bool
	Wrong    string // why a run would make it again, or stops at it; "" where it is right
}

// NothingThereError says that a directory holds nothing that could be renewed.
type NothingThereError struct{ Dir string }

func (e *NothingThereError) Error() string {
	return fmt.Sprintf("%s holds none of the certificates of its answers: there is nothing to renew", e.Dir)
}

// Inventory lists what lies in the directory of a plan without a goal.
func (p *Plan) Inventory() *Inventory {
	inv := &Inventory{}
	for _, m := range p.Moves {
		if m.To != Steady {
			inv.Rotations = append(inv.Rotations, m)
		}
	}
	for i := range p.Certificates {
		if c := &p.Certificates[i]; c.IsCertificate() {
			inv.Items = append(inv.Items, itemOf(p, c))
		}
	}
	slices.SortStableFunc(inv.Items, byUrgency)
	return inv
}

// itemOf keeps nothing of the plan.
func itemOf(p *Plan, c *Certificate) InventoryItem {
	item := InventoryItem{
		Name: visible.Text(c.Name), Title: c.Entry.Title, Identity: visible.Text(c.Subject.Identity()), Signer: visible.Text(p.SignerName(c)),
		File: visible.Text(c.Place(catalog.Cert)), CA: c.IsCA(), Wrong: visible.Text(c.Reason),
	}
	for _, h := range c.Hosts {
		item.Names = append(item.Names, visible.Text(h.String()))
	}
	switch {
	case c.OldCert != nil:
		item.NotAfter = c.OldCert.NotAfter
	case item.Wrong == "":
		item.Wrong = "it is not there"
	}
	return item
}

// byUrgency orders by expiry; of those that expire together a CA comes first.
func byUrgency(a, b InventoryItem) int {
	switch {
	case a.Missing() != b.Missing():
		if a.Missing() {
			return 1
		}
		return -1
	case a.CA != b.CA && a.NotAfter.Equal(b.NotAfter):
		if a.CA {
			return -1
		}
		return 1
	}
	return a.NotAfter.Compare(b.NotAfter)
}

// Missing reports whether it is not there, or cannot be read.
func (i *InventoryItem) Missing() bool { return i.NotAfter.IsZero() }

// Expired reports whether it is worth nothing any more.
func (i *InventoryItem) Expired(now time.Time) bool { return !i.Missing() && !now.Before(i.NotAfter) }

// ExpiresSoon reports whether it expires within the month that one is told of it.
func (i *InventoryItem) ExpiresSoon(now time.Time) bool {
	const soon = 30 * 24 * time.Hour
	return !i.Missing() && !i.Expired(now) && i.NotAfter.Before(now.Add(soon))
}

// ExpiredCA is the first CA that has expired; "" for none.
func (inv *Inventory) ExpiredCA(now time.Time) string {
	for i := range inv.Items {
		if item := &inv.Items[i]; item.CA && item.Expired(now) {
			return item.Name
		}
	}
	return ""
}

// Meant gives the places of the certificates that a renewal is about, or without one
// those that any run makes again.
func (inv *Inventory) Meant(r *Renewal, now time.Time) []int {
	named := map[string]bool{} // there may be thousands
	if r != nil {
		for _, name := range r.Names {
			named[name] = true
		}
	}
	var out []int
	for i := range inv.Items {
		item := &inv.Items[i]
		switch {
		case r == nil && item.Wrong == "":
		case r != nil && (len(named) == 0 && item.CA || len(named) > 0 && !named[item.Name]):
		case r != nil && r.Within > 0 && (item.Missing() || !r.Due(item.NotAfter, now)):
		default:
			out = append(out, i)
		}
	}
	return out
}
