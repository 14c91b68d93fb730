package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// Planted is one fault in a directory, as the trainer has to know it.
type Planted struct {
	Fault *Fault
	// Findings are what package check says of it: all of the fault's own check.
	Findings []check.Finding
}

// Files are the files that the fault shows in.
func (p *Planted) Files() []string {
	var out []string
	for i := range p.Findings {
		out = append(out, p.Findings[i].File)
		out = append(out, p.Findings[i].Also...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Selection says which faults are wanted.
type Selection struct {
	IDs   []string // exactly these; the rest counts only without any
	Level int      // faults of this level; 0 for any
	Count int      // how many, if so many find a place
}

// Bed is a directory to plant in: one that was made by its answers and that
// nothing is wrong with.
type Bed struct {
	Dir     string
	Layout  *catalog.Layout
	Cluster *spec.Cluster
	survey.Commands
	Now  time.Time // when the faults are to be found
	Made time.Time // the time that all files get
}

// Plant plants faults. Which, and where, is settled by rng; the keys are not. The
// directory is left without a hint of where they are. The error names a fault that
// was asked for and has no place, or tells of a directory that was not right.
func Plant(ctx context.Context, b *Bed, w Selection, rng *rand.Rand) ([]Planted, error) {
	before, err := b.check(ctx)
	if err != nil {
		return nil, err
	}
	if n := before.Count(check.Error) + before.Count(check.Warning); n > 0 {
		return nil, fmt.Errorf("%s: %d findings before anything was planted, the first: %s %s",
			b.Dir, n, before.Findings[0].File, before.Findings[0].What())
	}
	g := &ground{site: before.Site, now: b.Now, rng: rng, used: map[string]bool{}}
	var planted []Planted
	for _, f := range w.order(b.Cluster, rng) {
		if len(w.IDs) == 0 && len(planted) >= w.Count {
			break
		}
		p, err := b.plant(ctx, g, f, planted)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && len(w.IDs) > 0:
			return nil, fmt.Errorf("fault %q: %w", f.ID, err)
		case err != nil:
			continue // another is taken for it
		}
		planted = append(planted, *p)
	}
	if len(planted) == 0 {
		return nil, errors.New("no fault of that kind has a place in this cluster")
	}
	return planted, b.settle()
}

// order are the faults to try, one after another.
func (w Selection) order(c *spec.Cluster, rng *rand.Rand) []*Fault {
	var out []*Fault
	if len(w.IDs) > 0 {
		for _, id := range w.IDs {
			if f := Find(id); f != nil {
				out = append(out, f)
			}
		}
		return out
	}
	for i := range Faults {
		if f := &Faults[i]; f.Fits(c) && (w.Level == 0 || f.Level == w.Level) {
			out = append(out, f)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// plant plants one fault and holds that exactly its check finds it, beside what
// was planted before. Where it does not, the directory is as before.
func (b *Bed) plant(ctx context.Context, g *ground, f *Fault, planted []Planted) (*Planted, error) {
	if !f.Fits(b.Cluster) {
		if f.Needs != "" {
			return nil, fmt.Errorf("it needs %s, in one of the layouts %s", f.Needs, strings.Join(f.Layouts, ", "))
		}
		return nil, fmt.Errorf("it has a place in these layouts only: %s", strings.Join(f.Layouts, ", "))
	}
	before, err := readTree(b.Dir)
	if err != nil {
		return nil, err
	}
	p, err := b.try(ctx, g, f, planted)
	if err != nil {
		return nil, errors.Join(err, before.restore(b.Dir))
	}
	return p, nil
}

func (b *Bed) try(ctx context.Context, g *ground, f *Fault, planted []Planted) (*Planted, error) {
	if err := f.plant(g); err != nil {
		return nil, err
	}
	if err := b.sums(); err != nil {
		return nil, err
	}
	after, err := b.check(ctx)
	if err != nil {
		return nil, err
	}
	p := &Planted{Fault: f}
	seen := 0
	for i := range after.Findings {
		found := &after.Findings[i]
		switch {
		case found.Severity == check.Note:
		case slices.ContainsFunc(planted, func(p Planted) bool { return p.holds(found) }):
			seen++
		case found.Check.ID != f.check:
			return nil, fmt.Errorf("it shows as %q in %s too: %s", found.Check.ID, found.File, found.What())
		default:
			if found.Seat == nil {
				found.Seat = seatOf(after.Site, found.File)
			}
			p.Findings = append(p.Findings, *found)
		}
	}
	for i := range planted {
		seen -= len(planted[i].Findings)
	}
	switch {
	case len(p.Findings) == 0:
		return nil, fmt.Errorf("the check %q does not find it", f.check)
	case seen != 0:
		return nil, errors.New("it hides another fault")
	}
	return p, nil
}

// seatOf is whose a file is; nil for nobody's.
func seatOf(site *survey.Site, p string) *survey.Seat {
	for _, s := range site.Seats {
		if s.Cert.Path == p || s.Key.Path == p || s.Public.Path == p || s.Config.Path == p {
			return s
		}
	}
	return nil
}

// holds reports whether a finding is one of the fault's.
func (p *Planted) holds(f *check.Finding) bool {
	return slices.ContainsFunc(p.Findings, func(own check.Finding) bool { return own.Check == f.Check && own.File == f.File })
}

// Site surveys the directory by its answers.
func (b *Bed) Site(ctx context.Context) (*survey.Site, error) {
	s, err := scan.Read(ctx, b.Dir)
	if err != nil {
		return nil, err
	}
	site := survey.NewSite(s, b.Layout, b.Cluster)
	site.Commands = b.Commands
	return site, nil
}

// check judges the directory as certwright verify does. What programs are told is held
// against what it was, and who repairs a file need not write its sum.
func (b *Bed) check(ctx context.Context) (*verify.Judgement, error) {
	j, err := verify.Directory(ctx, b.Dir, &verify.Known{Layout: b.Layout, Cluster: b.Cluster, Commands: b.Commands}, b.Now)
	if err != nil {
		return nil, err
	}
	j.Findings = slices.DeleteFunc(j.Findings, func(f check.Finding) bool { return f.OfText() })
	return j, nil
}
