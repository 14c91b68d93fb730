package plan

import (
	"crypto/x509"
	"io/fs"
	"slices"

	"certwright/pkigen/role"
	"certwright/pkigen/spec"
)

// What was adopted is held against the answers by what it says, and not by how
// it is written: another tool orders names, and encodes a subject, in its own way.

// asFound is a certificate with its names in the order of the one that was
// found, and those behind them that it lacks; any other as it is.
func asFound(c *role.Certificate, have *x509.Certificate) *role.Certificate {
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

// RawSubject is the DER of the subject that the certificate will have. What was adopted
// keeps it as it was found, as long as the answers ask for the same fields: who compares
// a subject does so by its order and its kinds of strings too.
func (c *Certificate) RawSubject() ([]byte, error) {
	if c.AsFound && c.OldCert != nil && SameSubject(c.OldCert.Subject, c.Subject) {
		return c.OldCert.RawSubject, nil
	}
	return role.RawSubject(c.Subject)
}

// leafSubjectDifference compares the subject of a leaf: what was adopted by its
// fields, everything else to the byte.
func leafSubjectDifference(have *x509.Certificate, c *role.Certificate) string {
	if c.AsFound && SameSubject(have.Subject, c.Subject) {
		return ""
	}
	return subjectDifference(have.RawSubject, have.Subject, c.Subject)
}

// leafNameDifference compares the names of a leaf: what was adopted may have
// them twice, or in another order.
func leafNameDifference(have *x509.Certificate, c *role.Certificate) string {
	old, want := certNames(have), wantedNames(c.Hosts)
	if c.AsFound && len(without(old.all(), want.all())) == 0 && len(without(want.all(), old.all())) == 0 {
		return ""
	}
	return nameDifference(old, c.Hosts)
}

// staleNames is leafNameDifference where the question is whether a certificate may
// stay. One that was adopted stays though it has names that no client can dial.
func staleNames(have *x509.Certificate, c *role.Certificate) string {
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
