package plan

import (
	"fmt"
	"time"
)

// Years outside of which the clock is not believed: before the first a machine
// has lost its battery, and ASN.1 has no year after the last.
const (
	firstYear = 2020
	lastYear  = 9999
)

// backdate is how far before now a certificate begins, as cfssl and kubeadm have
// it, for the sake of machines whose clocks are a little slow.
const backdate = 5 * time.Minute

func checkClock(now time.Time) error {
	if y := now.UTC().Year(); y < firstYear || y > lastYear {
		return fmt.Errorf("the clock says %s, which cannot be right: set it, since every certificate begins and ends by it", Minute(now))
	}
	return nil
}

// dates fills in when the certificate begins and ends: those it has, where it
// stays, and else those that cfssl would give it, but never beyond its CA.
func (m *maker) dates(p *Certificate, by issuer) error {
	if p.Cert == Keep || p.Cert == Refuse && p.OldCert != nil {
		p.NotBefore, p.NotAfter = p.OldCert.NotBefore.UTC(), p.OldCert.NotAfter.UTC()
		p.Cut = isCut(p.OldCert, &p.Certificate, by)
		return nil
	}
	p.NotBefore = m.now.Round(time.Minute).Add(-backdate)
	// A certificate counts in whole seconds.
	p.NotAfter = p.NotBefore.Add(p.Expiry).Truncate(time.Second)
	if p.NotAfter.Year() > lastYear {
		return fmt.Errorf("certificate %q would expire in the year %d: a certificate can end in %d at the latest, choose a shorter expiry",
			p.Name, p.NotAfter.Year(), lastYear)
	}
	if !by.self && !by.notAfter.IsZero() && p.NotAfter.After(by.notAfter) {
		p.NotAfter, p.Cut = by.notAfter, true
	}
	if !p.NotAfter.After(m.now) {
		return fmt.Errorf("certificate %q would have expired on %s, before it is made: choose a longer expiry than %v", p.Name, Minute(p.NotAfter), p.Expiry)
	}
	return nil
}

// Minute is a time in a sentence: "2006-01-02 15:04 UTC".
func Minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// day is a date in a reason.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
