package check

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/reading/survey"
)

// fixedAs are those that one way may fix, the first first: with a CA that ends
// all below it ends, and what is not asked for by answers is not made by them.
type fixedAs int

const (
	asSeat fixedAs = iota // by the seat
	asCA
	asAsked
	asForeign
	asKubelet // kubeadm certs renew leaves it to the kubelet
	asKeyOnly // the file of a private key that cannot be made again
	asStray   // the answers do not know it
)

func (f *Finding) fixedAs(kubeadm bool) fixedAs {
	switch {
	case f.as != asSeat:
		return f.as
	case f.Seat != nil && f.Seat.Entry.Kind == catalog.Authority:
		return asCA
	case f.Seat == nil || f.Seat.Want != nil:
		return asAsked
	case f.Seat.Entry.Name == id.KubeletClient && kubeadm:
		return asKubelet
	}
	return asForeign
}

// seats are those of all files of a finding.
func (f *Finding) seats() []*survey.Seat { return append([]*survey.Seat{f.Seat}, f.others...) }

// renew is the command that renews what expires soon: all CAs of which that is true,
// and else every certificate that ends as soon.
func (r *Report) renew(f *Finding, renew shell.Line) shell.Line {
	as := f.fixedAs(r.kubeadm)
	if renew == "" || as > asAsked {
		return ""
	}
	if as == asCA {
		return renew.Word(r.cas(f.Check)...)
	}
	var within time.Duration
	asked := map[catalog.Domain]bool{} // a node has many of each
	for _, s := range f.seats() {
		if !asked[s.Entry.Domain] {
			asked[s.Entry.Domain] = true
			if ca := r.Site.Signer(s); ca != nil && ca.Want != nil && r.away(ca.Want) {
				f.further = "The private key of " + ca.Name() + " is not here: put it back for that."
			}
		}
		within = max(within, soon(s.Leaf(), false))
	}
	return renew.Own("--expiring").Word(length(within))
}

// away reports whether the private key of a CA lies nowhere in the directory.
func (r *Report) away(ca *catalog.Certificate) bool {
	return !slices.ContainsFunc(ca.Places(catalog.Key), func(p string) bool { return r.Site.File(p) != nil })
}

// cas are the CAs of which a check has found the same, by their names in the answers.
func (r *Report) cas(c *Check) []string {
	var out []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Check != c || f.fixedAs(r.kubeadm) != asCA {
			continue
		}
		for _, s := range f.seats() {
			if !slices.Contains(out, s.Name()) {
				out = append(out, s.Name())
			}
		}
	}
	return out
}

// length is a time as --expiring takes it, in whole days where it is that long.
func length(d time.Duration) string {
	if d >= 2*day {
		return fmt.Sprintf("%dd", (d+day-1)/day)
	}
	return fmt.Sprintf("%dh", (d+time.Hour-1)/time.Hour)
}

// soon is how long before its end one is told of it: a month, or a quarter of
// its life where that is less; of a CA, whose renewal concerns everything, three
// months.
func soon(cert *x509.Certificate, ca bool) time.Duration {
	most := 30 * day
	if ca {
		most = 90 * day
	}
	return min(most, cert.NotAfter.Sub(cert.NotBefore)/4)
}
