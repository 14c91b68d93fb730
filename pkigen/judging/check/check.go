// Package check judges a directory of certificates, ours or anybody's: what
// would keep the cluster from running, why, and what fixes it. All that it can
// find stands in one table; a finding is an entry of the table with arguments.
package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/survey"
)

// Severity is how much a finding matters.
type Severity string

// The severities, the worst first.
const (
	Error   Severity = "error"   // a connection of the cluster fails, or a program does not start
	Warning Severity = "warning" // it runs, but not for long, not for everybody, or not safely
	Note    Severity = "note"    // nothing is wrong; it is worth knowing
)

// rank sorts severities.
func (s Severity) rank() int { return slices.Index([]Severity{Error, Warning, Note}, s) }

// Check is one thing that can be wrong, as the table has it. The texts are
// formats for the arguments of a finding, which each of them may use by index.
type Check struct {
	ID       string // stable: findings.SANMissing
	Severity Severity
	What     string // what is wrong, behind the file's name; lower case, no final stop
	Why      string // why it matters
	Fix      string // what to do
	Says     []Says
	fix      fix // in a shell
}

// Says is what a component would say of it.
type Says struct {
	At   string // the program, or "the other side"
	Text string // a part of its message that does not vary
}

// Finding is one thing that is wrong in a directory.
type Finding struct {
	Check    *Check
	Severity Severity // of the check, unless the place makes it matter less
	File     string   // slash-separated, below the directory
	Also     []string // further files of which the same is true
	Seat     *survey.Seat
	Args     []any
	Command  shell.Line // what fixes it, typed in a shell; "" where no command does

	others  []*survey.Seat // those of Also
	further string         // what to do besides
	instead string         // what to do in place of what the check says
	as      fixedAs        // where not the seat says it
	way     way            // of Command
}

// What says what is wrong.
func (f *Finding) What() string { return format(f.Check.What, f.Args) }

// Why says why it matters.
func (f *Finding) Why() string { return format(f.Check.Why, f.Args) }

// Says are the words of components about it. A weak key that they still take has none,
// whatever they say of one that they refuse.
func (f *Finding) Says() []Says {
	if f.Check.ID == findings.WeakKey && f.Severity != Error {
		return nil
	}
	return f.Check.Says
}

// Fix says what to do.
func (f *Finding) Fix() string {
	text := format(f.Check.Fix, f.Args)
	if f.instead != "" {
		text = f.instead
	}
	if f.further != "" {
		text += " " + f.further
	}
	return text
}

// Raise makes errors of what a check has found.
func (r *Report) Raise(id string) {
	for i := range r.Findings {
		if r.Findings[i].Check.ID == id {
			r.Findings[i].Severity = Error
		}
	}
	r.Findings = merge(r.kubeadm, r.Findings)
}

func format(text string, args []any) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Find is the entry of a check by its id; nil for none.
func Find(id string) *Check {
	if i := slices.IndexFunc(Table, func(c Check) bool { return c.ID == id }); i >= 0 {
		return &Table[i]
	}
	return nil
}

// Report is the judgement on a directory.
type Report struct {
	Site     *survey.Site
	Now      time.Time
	Findings []Finding       // the worst first, then by file
	Proven   int             // signatures that were checked and are right
	Ends     time.Time       // when the first certificate in use ends; zero without one
	kubeadm  bool            // kubeadm made it
	asked    map[string]bool // files of an adopted directory that its answers have
}

// Count is how many findings have a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == s {
			n++
		}
	}
	return n
}

// Run judges a site. What is found in files is held against evidence, what a rehearsal
// has shown, and without answers what programs are told; nil for none. The error is
// for a ctx that ended.
func Run(ctx context.Context, site *survey.Site, seen *Evidence, now time.Time) (*Report, error) {
	c := newChecker(site, now)
	c.files()
	if err := c.seats(ctx); err != nil {
		return nil, err
	}
	c.together()
	c.texts()
	switch {
	case seen == nil:
	case site.Layout == nil:
		c.confirm(seen)
	default:
		for i := range seen.Results {
			if r := &seen.Results[i]; r.State == rehearse.Broken {
				c.conclude(r.Failure)
			}
		}
	}
	r := &Report{Site: site, Now: now, Proven: c.proven, Ends: c.ends, kubeadm: site.Kubeadm(), asked: map[string]bool{}}
	for _, s := range site.Seats {
		if site.Layout == nil && s.Want != nil {
			r.asked[s.Cert.Path], r.asked[s.Key.Path], r.asked[s.Public.Path], r.asked[s.Config.Path] = true, true, true, true
		}
	}
	r.Findings = merge(r.kubeadm, c.found)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.way = r.command(f)
		f.Command = r.line(f.way)
	}
	return r, nil
}

// merge brings the worst to the front, a CA before what hangs on it, and makes one
// finding of those that say the same of copies, and are fixed in the same way.
func merge(kubeadm bool, found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(order(a.Check), order(b.Check)),
			cmp.Compare(a.fixedAs(kubeadm), b.fixedAs(kubeadm)), strings.Compare(a.File, b.File))
	})
	type key struct {
		id, args string
		as       fixedAs
	}
	at := map[key]int{}
	out := found[:0]
	for _, f := range found {
		k := key{f.Check.ID + string(f.Severity), fmt.Sprint(f.Args...), f.fixedAs(kubeadm)}
		if i, ok := at[k]; ok {
			out[i].join(&f)
			continue
		}
		at[k] = len(out)
		out = append(out, f)
	}
	return out
}

// join takes in the files of another one that says the same.
func (f *Finding) join(other *Finding) {
	seats := other.seats()
	for i, file := range append([]string{other.File}, other.Also...) {
		if f.File != file && !slices.Contains(f.Also, file) {
			f.Also, f.others = append(f.Also, file), append(f.others, seats[i])
		}
	}
}

// order is the place of a check in the table: causes stand before what they cause.
func order(c *Check) int { return slices.IndexFunc(Table, func(t Check) bool { return t.ID == c.ID }) }
