package plan

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"fmt"
	"io/fs"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
)

// What was adopted is held against the answers by what it says, and not by how
// it is written: another tool orders names, and encodes a subject, in its own way.

// asFound is a certificate with its names in the order of the one that was
// found, and those behind them that it lacks; any other as it is.
func asFound(c *catalog.Certificate, have *x509.Certificate) *catalog.Certificate {
	if !c.AsFound || have == nil || len(c.Hosts) == 0 {
		return c
	}
	place := make(map[string]int, len(have.DNSNames)+len(have.IPAddresses))
	for i, name := range certNames(have).all() {
		if _, known := place[name]; !known {
			place[name] = i
		}
	}
	at := func(h spec.Host) int {
		if i, ok := place[h.String()]; ok {
			return i
		}
		return len(place) + len(c.Hosts)
	}
	out := *c
	out.Hosts = slices.Clone(c.Hosts)
	slices.SortStableFunc(out.Hosts, func(a, b spec.Host) int { return at(a) - at(b) })
	return &out
}

// among finds the certificate in a text that may hold others beside it: a leaf stands
// before its chain, as who shows it reads it; a CA is that of its key, and else the
// first of its name.
func (f *found) among(c *catalog.Certificate, text []byte) (*x509.Certificate, []byte) {
	certs, blocks := pkey.Certificates(text)
	at := 0
	if c.IsCA() {
		ofKey := slices.IndexFunc(certs, func(o *x509.Certificate) bool { return f.key != nil && pkey.Same(o.PublicKey, f.key.Public()) })
		ofName := slices.IndexFunc(certs, func(o *x509.Certificate) bool { return SameSubject(o.Subject, c.Subject) })
		at = max(0, cmp.Or(ofKey+1, ofName+1)-1)
	}
	return certs[at], append(bytes.TrimSpace(blocks[at]), '\n')
}

// Fill is what a file of a certificate holds once made is its certificate: that alone, or
// in an adopted directory what lies there, with it in the old one's place.
func (p *Plan) Fill(c *Certificate, path string, made []byte) []byte {
	if !c.AsFound || c.OldCert == nil {
		return made
	}
	have := p.have[path].Data
	is := c.OldCert.Equal
	if certs, _ := pkey.Certificates(have); !slices.ContainsFunc(certs, is) {
		// Another edition of the CA, or whatever the file's users show.
		is = func(o *x509.Certificate) bool { return !c.IsCA() || pkey.Same(o.PublicKey, c.OldCert.PublicKey) }
	}
	if filled := pkey.Exchange(have, made, is); filled != nil {
		return filled
	}
	return made
}

// intermediate reports whether there is a CA that another one has signed.
func (f *found) intermediate() bool {
	return f.cert != nil && !bytes.Equal(f.cert.RawIssuer, f.cert.RawSubject)
}

// Intermediate reports whether it is a CA of an adopted directory that another one has
// signed. It signs as any other, and is itself made again by who has that one.
func (c *Certificate) Intermediate() bool {
	f := found{cert: c.OldCert}
	return c.IsCA() && c.AsFound && f.intermediate()
}

// intermediateObstacle says why an intermediate has to come from its own CA before
// anything goes on; "" where it may stay.
func (m *maker) intermediateObstacle(c *catalog.Certificate, f *found) string {
	switch {
	case !f.intermediate() || m.passed[c.Name]:
	case m.now.After(f.cert.NotAfter):
		return fmt.Sprintf("%s expired %s: %s", c.Place(catalog.Cert), day(f.cert.NotAfter), fromAbove(f.cert))
	case m.asked(c, f):
		return fmt.Sprintf("%s is an intermediate: %s", c.Place(catalog.Cert), fromAbove(f.cert))
	}
	return ""
}

// fromAbove says who makes an intermediate anew.
func fromAbove(c *x509.Certificate) string {
	return fmt.Sprintf("have %q, which signed it, sign it again for the same key, and put that here", c.Issuer.CommonName)
}

// RawSubject is the DER of the subject that the certificate will have. What was adopted
// keeps it as it was found, as long as the answers ask for the same fields: who compares
// a subject does so by its order and its kinds of strings too.
func (c *Certificate) RawSubject() ([]byte, error) {
	if c.AsFound && c.OldCert != nil && SameSubject(c.OldCert.Subject, c.Subject) {
		return c.OldCert.RawSubject, nil
	}
	return catalog.RawSubject(c.Subject)
}

// leafSubjectDifference compares the subject of a leaf: what was adopted by its
// fields, everything else byte for byte.
func leafSubjectDifference(have *x509.Certificate, c *catalog.Certificate) string {
	if c.AsFound && SameSubject(have.Subject, c.Subject) {
		return ""
	}
	return subjectDifference(have.RawSubject, have.Subject, c.Subject)
}

// leafNameDifference compares the names of a leaf: what was adopted may have
// them twice, or in another order.
func leafNameDifference(have *x509.Certificate, c *catalog.Certificate) string {
	old, want := certNames(have), wantedNames(c.Hosts)
	if c.AsFound && len(without(old.all(), want.all())) == 0 && len(without(want.all(), old.all())) == 0 {
		return ""
	}
	return nameDifference(old, c.Hosts)
}

// staleNames is leafNameDifference where the question is whether a certificate may
// stay. One that was adopted stays though it has names that no client can dial.
func staleNames(have *x509.Certificate, c *catalog.Certificate) string {
	if !c.AsFound {
		return leafNameDifference(have, c)
	}
	clean := *have
	clean.DNSNames = slices.DeleteFunc(slices.Clone(have.DNSNames), func(n string) bool { return !spec.IsHost(n) })
	return leafNameDifference(&clean, c)
}

// strictMode is the mode of a file that was found where that is no looser than
// the wanted one, and else what the two have in common; its owner always reads it.
func strictMode(have, want fs.FileMode) fs.FileMode {
	return have.Perm()&want.Perm() | 0o400
}
