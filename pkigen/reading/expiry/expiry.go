// Package expiry says which of the certificates that were found expire soon, for
// people and for monitoring. It reads no file and asks no clock: what was found
// comes from package certinfo.
package expiry

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/walk"
)

// State is why an entry is told of.
type State string

// The states, the most urgent first. Ended, not valid yet and unreadable mean
// that something is broken now.
const (
	Ended       State = "ended"
	NotValidYet State = "not-valid-yet"
	EndsSoon    State = "ends-soon"
	Unreadable  State = "unreadable"
)

var urgency = map[State]int{Ended: 0, NotValidYet: 1, EndsSoon: 2}

// Place is where a certificate lies.
type Place struct {
	File  string `json:"file"`
	Index int    `json:"index"`           // the position of the block in its file, from 0
	Field string `json:"field,omitempty"` // of a kubeconfig
}

// Item is one certificate to see to, in however many places it lies.
type Item struct {
	*certinfo.Entry // where it was found first, in a file of its own if it has one
	State           State
	Copies          []Place // the other places
	// UsedBy are the programs that use it in any place, as far as names tell:
	// "kube-apiserver"; for one that no program is told of, what it is for.
	UsedBy []string
	// DieWith is, of a CA, how many other certificates would hold for longer but
	// are worth nothing when it has expired.
	DieWith int
}

// DaysLeft is how many whole days an end is away, rounded down: 0 on the last
// day, negative from the moment of the end.
func DaysLeft(end, now time.Time) int {
	const day = 24 * time.Hour
	d := end.Sub(now)
	if d == math.MaxInt64 { // more than 292 years
		return int((end.Unix() - now.Unix()) / int64(day/time.Second))
	}
	days := int(d / day)
	if d < 0 && d%day != 0 || d == 0 {
		days--
	}
	return days
}

// Report is what has to be seen to among many certificates.
type Report struct {
	Now    time.Time
	Within time.Duration
	// Items are sorted: what has expired, what is not yet valid, what expires within
	// the time; each by the end, CAs before leaves.
	Items []Item
	// Unread are the files that could not be read, and where the scan was cut off.
	Unread []*certinfo.Entry
	// Certificates counts all that were found, each once, whether or not it ends.
	Certificates int
	// Superseded counts those that a kubelet has replaced and left lying. They
	// are used by nobody and are among no items.
	Superseded int
	// Backups counts the certificates in certwright's own backups, which were not
	// looked at.
	Backups int
	// Links are links to directories: they were not followed.
	Links []string
}

// Look sorts out of entries what expires within a time from now, has expired, does
// not hold yet, or could not be read. The entries are kept, not copied.
func Look(entries []certinfo.Entry, now time.Time, within time.Duration) *Report {
	r := &Report{Now: now, Within: within}
	old := Superseded(entries)
	seen := map[string]bool{}
	at := map[string]int{} // by fingerprint, in all
	var all []Item
	for i := range entries {
		e := &entries[i]
		key := once(e)
		if seen[key] {
			continue // two of the paths led to it
		}
		seen[key] = true
		switch {
		case e.Error != "" || e.Cut():
			r.Unread = append(r.Unread, e)
			continue
		case e.Note == walk.LinkedDir.Note():
			r.Links = append(r.Links, e.File)
			continue
		case e.Kind != certinfo.Certificate:
			continue
		}
		if old[e.Fingerprint] {
			r.Superseded++
			continue
		}
		n, have := at[e.Fingerprint]
		if !have {
			at[e.Fingerprint] = len(all)
			all = append(all, Item{Entry: e, State: stateOf(e, now, within)})
			continue
		}
		all[n].also(e)
	}
	r.Certificates = len(all)
	countDead(all)
	r.Items = slices.DeleteFunc(all, func(it Item) bool { return it.State == "" })
	for i := range r.Items {
		r.Items[i].UsedBy = usedBy(&r.Items[i])
	}
	slices.SortStableFunc(r.Items, moreUrgent)
	return r
}

// once tells one finding from all others, however often its file was named.
func once(e *certinfo.Entry) string {
	return fmt.Sprintf("%s\x00%s\x00%d\x00%s\x00%s", filepath.Clean(e.File), e.Field, e.Index, e.Error, e.Fingerprint)
}

// also takes a further place. A file of its own tells more than a kubeconfig.
func (it *Item) also(e *certinfo.Entry) {
	if it.Field != "" && e.Field == "" {
		it.Entry, e = e, it.Entry
	}
	it.Copies = append(it.Copies, Place{e.File, e.Index, e.Field})
}

// stateOf is "" for a certificate that nobody needs to see to.
func stateOf(e *certinfo.Entry, now time.Time, within time.Duration) State {
	switch {
	case !e.NotAfter.After(now):
		return Ended
	case e.NotBefore.After(now):
		return NotValidYet
	case !e.NotAfter.After(now.Add(within)):
		return EndsSoon
	}
	return ""
}

func moreUrgent(a, b Item) int {
	leaf := func(it Item) int {
		if it.IsCA {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(urgency[a.State], urgency[b.State]),
		a.NotAfter.Compare(b.NotAfter),
		cmp.Compare(leaf(a), leaf(b)),
		strings.Compare(a.File, b.File),
		strings.Compare(a.Field, b.Field),
		cmp.Compare(a.Index, b.Index),
	)
}

// Count is how many items are in a state.
func (r *Report) Count(s State) int {
	if s == Unreadable {
		return len(r.Unread)
	}
	n := 0
	for i := range r.Items {
		if r.Items[i].State == s {
			n++
		}
	}
	return n
}

// Quiet reports whether there is nothing to see to: certificates were found, all of
// them hold, and none expires within the time. A scan that found none proves
// nothing, so it is not quiet.
func (r *Report) Quiet() bool {
	return len(r.Items) == 0 && len(r.Unread) == 0 && r.Certificates+r.Superseded > 0
}
