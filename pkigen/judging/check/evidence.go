package check

import (
	"crypto/x509"
	"fmt"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/connect"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// Evidence is what programs are told, and what became of the connections that they
// make. An error is what it shows, and nothing else.
type Evidence struct {
	*connect.Stage
	Results []rehearse.Result
	// Further fail too, behind one of Results.
	Further []rehearse.Result
}

// bytesChecks find what is wrong with a file whoever reads it: where nothing fails for
// it, it is worth a warning.
var bytesChecks = []string{findings.Expired, findings.NotYetValid, findings.NeverValid, scan.PEMBroken, findings.KeyMismatch, findings.KeyMissing, findings.CertMissing, findings.SwappedFiles, findings.RequestForCert,
	scan.Empty, scan.LinkLoop, scan.LinkDangling, scan.CFSSLJSON, findings.WeakKey, scan.HugeKey, findings.SHA1, findings.SAKind, scan.KeyEncrypted,
	scan.ConfigBroken, scan.ConfigScheme, scan.TokenForm, scan.PEMAccident, findings.TokenMismatch, findings.CertOrder}

// unusedChecks find what is wrong with a file that no connection needed: it would not
// do for what it seems to be.
var unusedChecks = []string{findings.IdentityUser, findings.IdentityGroup, findings.NodeName, findings.UsageMissing, findings.SANNone, findings.UnknownSigner, findings.TwoCAsOneName, findings.SADiffers, findings.CopyStale, findings.KubeconfigCAStale}

// confirm holds what was found in files against the evidence.
func (c *checker) confirm(seen *Evidence) {
	var failures []*rehearse.Failure
	results := slices.Concat(seen.Results, seen.Further)
	for i := range results {
		if r := &results[i]; r.State == rehearse.Broken {
			c.locate(r.Failure)
			if f := r.Failure; f.Check == findings.IdentityUser && r.Case.Connection.To == "extension server" && r.Case.To.Told != "" {
				f.Check, f.File = allowedNames, r.Case.To.Told // the flag is easier to change than the CN
			}
			if f := r.Failure; f.Trust && (f.Check == findings.UnknownSigner || f.Check == findings.TwoCAsOneName) {
				f.Check = otherCA
			}
			if l, is := seen.Astray(r); is {
				l.Halts = true
				if !slices.ContainsFunc(seen.Lacks, func(o connect.Lack) bool {
					return o.Check == l.Check && o.File == l.File && fmt.Sprint(o.Args) == fmt.Sprint(l.Args)
				}) {
					seen.Lacks = append(seen.Lacks, l)
				}
				continue
			}
			failures = append(failures, r.Failure)
		}
	}
	for _, h := range seen.Halts {
		flagged := func(l connect.Lack) bool {
			return l.Halts && l.Program == h.Program && (l.Names == "" || l.Names == h.Why.File || slices.Contains(h.Why.Args, any(l.Names))) && l.Check == findings.FlagFile
		}
		if h.Why.Check != "" && !slices.ContainsFunc(seen.Lacks, flagged) {
			failures = append(failures, &rehearse.Failure{Check: h.Why.Check, File: h.Why.File, Args: h.Why.Args, By: h.Why.By})
		}
	}
	shown := map[string]bool{} // files at fault
	for _, f := range failures {
		shown[f.File] = true
	}
	for _, l := range seen.Lacks {
		shown[l.File] = shown[l.File] || l.Halts
	}
	shown[""] = false
	tried := map[string]bool{}
	for i := range results {
		for _, side := range []*rehearse.Side{results[i].Case.From, results[i].Case.To} {
			for _, f := range []rehearse.File{side.Cert, side.Key, side.CA, side.HeaderCA, side.Public, side.Config} {
				tried[f.Path] = true
			}
		}
	}
	named := map[string]bool{"": false}
	for _, l := range seen.Lacks {
		named[l.Names] = l.Names != ""
	}
	c.found = slices.DeleteFunc(c.found, func(f Finding) bool {
		switch {
		case named[f.File] && (f.Check.ID == findings.CertMissing || f.Check.ID == findings.KeyMissing):
			return true // the flag is at fault
		case f.Check.ID == findings.KeyMismatch && f.Seat != nil && named[f.Seat.Cert.Path]:
			return true
		case f.Severity != Error || c.stands(&f, shown) || f.Check.ID == scan.Unreadable:
			return false
		case f.Check.ID == findings.KeyMismatch && f.Seat != nil && f.Seat.Entry.Kind == catalog.Authority && f.Seat.By == survey.ByFlag:
			return true // its key is another file's
		case c.site.Apart != "" && (f.Check.ID == findings.UnknownSigner || f.Check.ID == findings.TwoCAsOneName):
			return false
		}
		if (f.Check.ID == findings.TwoCAsOneName || f.Check.ID == findings.UnknownSigner) && !tried[f.File] && c.signedHere(f.Seat) {
			return true // of another CA or another cluster that lies here too
		}
		return !slices.Contains(bytesChecks, f.Check.ID) && (tried[f.File] || c.site.Apart != "" || !slices.Contains(unusedChecks, f.Check.ID))
	})
	for i := range c.found {
		f := &c.found[i]
		if f.Severity == Error && f.Check.ID != scan.Unreadable && !c.stands(f, shown) {
			f.Severity = Warning
		}
	}
	for _, f := range failures {
		for i := range c.found {
			if have := &c.found[i]; have.Check.ID == f.Check && (have.File == f.File || have.Seat != nil && have.Seat.Entry.Kind == catalog.Leaf && f.File != "" && have.Seat.Key.Path == f.File) {
				have.Severity = Error // what is a warning else
			}
		}
	}
	for _, l := range seen.Lacks {
		severity := Find(l.Check).Severity
		if l.Warning || severity == Error && !l.Halts && !slices.ContainsFunc(failures, func(f *rehearse.Failure) bool { return f.Check == l.Check && f.File == l.File }) {
			severity = Warning
		}
		c.addAs(severity, l.Check, l.File, c.seatOf(l.File), l.Args...)
	}
	for _, f := range failures {
		if f.Check == findings.CertOrder { // all else is said of a certificate that is not its own
			if seat := c.seatOf(f.File); seat != nil {
				c.found = slices.DeleteFunc(c.found, func(have Finding) bool {
					return have.Seat == seat && have.File != "" && have.Check.ID != findings.CertOrder
				})
			}
		}
		c.conclude(f)
	}
}

// conclude notes what a connection failed for, unless that is found.
func (c *checker) conclude(f *rehearse.Failure) {
	if f.Check != "" && f.File != "" && f.Check != findings.FlagMissing && Find(f.Check) != nil && !c.tells(f) {
		c.addAs(Error, f.Check, f.File, c.seatOf(f.File), f.Args...)
	}
}

// TakeFlags adds to a judgement on a set of ours what its programs are told wrongly;
// certwright generate writes these files again.
func (r *Report) TakeFlags(seen *Evidence) {
	lacks := seen.Lacks
	for i := range seen.Results {
		if r := &seen.Results[i]; r.State == rehearse.Broken {
			if l, is := seen.Astray(r); is {
				l.Halts = true
				lacks = append(lacks, l)
			}
		}
	}
	var found []Finding
	for _, l := range lacks {
		if !told(l.Check) {
			continue
		}
		f := Finding{Check: Find(l.Check), Severity: Find(l.Check).Severity, File: l.File, Args: l.Args, way: way{then: r.Site.Again}}
		if f.Severity == Error && !l.Halts && !slices.ContainsFunc(seen.Results, func(r rehearse.Result) bool {
			return r.State == rehearse.Broken && r.Failure.Check == l.Check && r.Failure.File == l.File
		}) {
			f.Severity = Warning
		}
		f.Command = r.line(f.way)
		found = append(found, f)
	}
	r.Findings = merge(r.kubeadm, append(r.Findings, found...))
}

// stands reports whether the file of a finding is one at fault, or the other half of
// such a pair.
func (c *checker) stands(f *Finding, shown map[string]bool) bool {
	if shown[f.File] || slices.ContainsFunc(f.Also, func(p string) bool { return shown[p] }) {
		return true
	}
	return f.Seat != nil && f.Seat.Entry.Kind != catalog.Authority && (shown[f.Seat.Key.Path] || shown[f.Seat.Public.Path]) && f.File != f.Seat.Cert.Path
}

// tells reports whether an error says already what a failure is for: of the same
// file, and not only beside it, or of the CAs by which it was checked.
func (c *checker) tells(f *rehearse.Failure) bool {
	return slices.ContainsFunc(c.found, func(have Finding) bool {
		if have.Severity != Error {
			return false
		}
		if have.File == f.File || have.File == f.By || slices.Contains(have.Also, f.File) {
			return !told(have.Check.ID) || have.Check.ID == f.Check
		}
		s := have.Seat
		return s != nil && s.Entry.Kind != catalog.Authority && have.Check.ID == f.Check &&
			(s.Cert.Path == f.File || s.Key.Path == f.File || s.Public.Path == f.File)
	})
}

// signedHere reports whether some CA of the directory, told of or not, signed a
// certificate.
func (c *checker) signedHere(seat *survey.Seat) bool {
	if c.authorities == nil {
		c.authorities = map[string][]*x509.Certificate{}
		for _, f := range c.site.Files {
			for _, cert := range f.Certs("") {
				if isCA(cert) {
					c.authorities[string(cert.RawSubject)] = append(c.authorities[string(cert.RawSubject)], cert)
				}
			}
		}
	}
	leaf := seat.Leaf()
	return leaf != nil && slices.ContainsFunc(c.authorities[string(leaf.RawIssuer)], func(ca *x509.Certificate) bool { return pkey.CheckSignature(leaf, ca) == nil })
}

// locate names the file of a CA that is at fault where a kubeconfig only holds a copy.
func (c *checker) locate(f *rehearse.Failure) {
	if f.Blamed == nil {
		return
	}
	for _, seat := range c.site.Seats {
		if seat.Entry.Kind != catalog.Authority {
			break // CAs come first
		}
		if seat.Cert.File != nil && slices.ContainsFunc(certsOf(seat.Cert), f.Blamed.Equal) {
			f.File = seat.Cert.Path
			return
		}
	}
}

// seatOf is who has a file; nil for nobody.
func (c *checker) seatOf(file string) *survey.Seat {
	i := slices.IndexFunc(c.site.Seats, func(s *survey.Seat) bool {
		return s.Config.Path == file || s.Cert.Path == file || s.Key.Path == file || s.Public.Path == file
	})
	if i < 0 {
		return nil
	}
	return c.site.Seats[i]
}
