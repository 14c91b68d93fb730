// Package lab plants faults in a right directory, so that students can look for
// them, and marks their repair, by what certwright verify says. Each fault is one of
// the table of package check; the faults stand in one table too.
//
// A planted directory does not say where its faults are: file times are alike,
// sums are made again, the dates of a certificate that was replaced are kept.
package lab

import (
	"errors"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
)

// The levels of faults.
const (
	Easy   = 1 // a look at the file, or at its dates, is enough
	Medium = 2 // one certificate or kubeconfig has to be read
	Hard   = 3 // two files have to be held against each other, or nothing looks wrong
)

// Fault is one way to spoil a directory.
type Fault struct {
	// ID is stable, and the id of the check that finds it, followed by a word where
	// there are several: "usage-missing-etcd".
	ID    string
	Level int
	Title string // what was done, one sentence without a stop, for the trainer
	// Layouts are the names of the layouts that have a place for it.
	Layouts []string
	// When says which clusters of these layouts have one; nil for all. Needs says
	// the same to people.
	When  func(*spec.Cluster) bool
	Needs string
	// NewCA is the CA that has to be made again to fix it; "" for none.
	NewCA string

	check string // what finds it
	word  string // behind the check in ID, where a check has several faults
	plant func(*ground) error
}

// Check is what finds the fault.
func (f *Fault) Check() *check.Check { return check.Find(f.check) }

// Fits reports whether a cluster has a place for the fault.
func (f *Fault) Fits(c *spec.Cluster) bool {
	return slices.Contains(f.Layouts, c.Layout) && (f.When == nil || f.When(c))
}

// Find is the fault of an id; nil for none.
func Find(id string) *Fault {
	if i := slices.IndexFunc(Faults, func(f Fault) bool { return f.ID == id }); i >= 0 {
		return &Faults[i]
	}
	return nil
}

// Faults are all that can be planted, in the order of the checks. Notes of package check
// are no faults, and have none here.
var Faults = named(slices.Concat(fileFaults, placeFaults, dateFaults, configFaults, subjectFaults, nameFaults, keyFaults, revokedFaults, chainFaults, trustFaults))

// named gives each fault its id.
func named(faults []Fault) []Fault {
	for i := range faults {
		f := &faults[i]
		f.ID = f.check
		if f.word != "" {
			f.ID += "-" + f.word
		}
	}
	return faults
}

// The layouts by what they have.
var (
	everywhere = []string{"three-ca", "single-ca", "article"}
	inTrees    = []string{"three-ca", "single-ca"}
	inThreeCA  = []string{"three-ca"}
)

// errNoPlace says that every place of a fault is taken by another one.
var errNoPlace = errors.New("no file is left that this fault can be planted in")

func signsCSRs(c *spec.Cluster) bool { return c.SignCSRs }

func embeds(c *spec.Cluster) bool { return c.Kubeconfigs != spec.ByPath }

func handsOut(c *spec.Cluster) bool { return !c.Bootstraps() }

// isUser reports whether somebody reads the subject of a role as a user.
func isUser(r *catalog.Entry) bool {
	return r.Kind == catalog.Leaf && r.Domain != catalog.Etcd && r.Domain != catalog.FrontProxy && slices.Contains(r.Purposes, catalog.Client)
}

func isServer(r *catalog.Entry) bool {
	return r.Kind == catalog.Leaf && slices.Contains(r.Purposes, catalog.Server)
}
