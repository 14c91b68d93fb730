package check

import (
	"bytes"
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/survey"
)

// together judges what only shows when files are held against each other.
func (c *checker) together() {
	c.copies()
	c.tokenKeys()
	c.serials()
	c.sharedKeys()
	c.caKeys()
	files := c.fileCerts()
	for _, seat := range c.site.Seats {
		if seat.Config.File != nil && seat.Config.File.Config != nil {
			c.configCert(seat, files)
		}
	}
	c.tokens()
	c.rotations()
}

// copies holds all places of one certificate against each other: by the answers
// those of each certificate, without answers those of each CA.
func (c *checker) copies() {
	groups := map[any][]*survey.Seat{}
	var order []any
	for _, seat := range c.site.Seats {
		var group any
		switch {
		case seat.Entry.Kind == catalog.KeyPair, seat.Leaf() == nil:
			continue
		case verifies(seat):
			group = verifiersOf{seat.Want}
		case seat.Want != nil:
			group = seat.Want
		case seat.Entry.Kind == catalog.Authority:
			group = seat.Entry.Name
		default:
			continue
		}
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], seat)
	}
	for _, group := range order {
		c.copiesOf(groups[group])
	}
}

func (c *checker) copiesOf(seats []*survey.Seat) {
	best := most(seats, whole)
	if i := slices.IndexFunc(seats, c.holdsOwn); i >= 0 {
		best = seats[i]
	}
	for _, seat := range seats {
		have, want := seat.Leaf(), best.Leaf()
		if have == want || whole(seat) == whole(best) || c.covered(seat) {
			continue
		}
		if seat.Want == nil && !bytes.Equal(have.RawSubject, want.RawSubject) {
			continue // another CA by its own name is no copy of this one
		}
		if seat.Want == nil && (inFile(have, best) || inFile(want, seat)) {
			continue // while a CA is replaced, some files hold it and another one
		}
		severity := Error
		if seat.Entry.Kind == catalog.Leaf || pkey.Same(have.PublicKey, want.PublicKey) && bytes.Equal(have.RawSubject, want.RawSubject) {
			// A certificate that passed every other question is taken, and so is a CA
			// that was made again from the same key.
			severity = Warning
		}
		c.addAs(severity, findings.CopyStale, seat.Cert.Path, seat, best.Cert.Path)
	}
}

// inFile reports whether a certificate is in the file of a seat.
func inFile(cert *x509.Certificate, seat *survey.Seat) bool {
	return slices.ContainsFunc(certsOf(seat.Cert), cert.Equal)
}

func certsOf(p survey.Place) []*x509.Certificate {
	if p.File == nil {
		return nil
	}
	return p.File.Certs(p.Field)
}

// whole is what two copies have to have in common: one certificate, or all that
// a file for verifiers holds.
func whole(seat *survey.Seat) string {
	if !verifies(seat) {
		return string(seat.Leaf().Raw)
	}
	var out []byte
	for _, cert := range certsOf(seat.Cert) {
		out = append(out, cert.Raw...)
	}
	return string(out)
}

// covered reports whether a seat has an error already that says what is wrong with it.
func (c *checker) covered(seat *survey.Seat) bool { return c.failed[seat] }

// most is the first of those that are alike and the most.
func most(seats []*survey.Seat, form func(*survey.Seat) string) *survey.Seat {
	count := map[string]int{}
	for _, s := range seats {
		count[form(s)]++
	}
	return slices.MaxFunc(seats, func(a, b *survey.Seat) int { return count[form(a)] - count[form(b)] })
}

// tokenKeys: all control-plane nodes sign and check tokens with one pair.
func (c *checker) tokenKeys() {
	var pairs []*survey.Seat
	for _, seat := range c.site.Seats {
		if seat.Entry.Kind == catalog.KeyPair && keyText(seat) != "" && !c.covered(seat) {
			pairs = append(pairs, seat)
		}
	}
	if len(pairs) == 0 {
		return
	}
	best := most(pairs, keyText)
	for _, seat := range pairs {
		if keyText(seat) != keyText(best) {
			c.add(findings.SADiffers, seat.File(), seat, best.File())
		}
	}
}

// keyText is a form of a pair's public key to compare; "" where there is none.
func keyText(seat *survey.Seat) string {
	key := seat.Private()
	if key == nil && seat.Public.File != nil {
		if publics, _ := tokenPublics(seat.Public.File); len(publics) > 0 {
			key = publics[0]
		}
	}
	return pkey.Text(key)
}

// serials: a CA gives each number once (RFC 5280, 4.1.2.2).
func (c *checker) serials() {
	type number struct{ issuer, key, serial string }
	seen := map[number]*survey.Seat{}
	for _, seat := range c.site.Seats {
		leaf := seat.Leaf()
		if leaf == nil || seat.Entry.Kind == catalog.Authority {
			continue
		}
		n := number{string(leaf.RawIssuer), string(leaf.AuthorityKeyId), string(leaf.SerialNumber.Bytes())}
		first := seen[n]
		if first == nil {
			seen[n] = seat
			continue
		}
		if !bytes.Equal(first.Leaf().Raw, leaf.Raw) {
			c.add(DuplicateSerial, seat.Cert.Path, seat, leaf.SerialNumber.String(), first.Cert.Path)
		}
	}
}

// sharedKeys finds one key under two names.
func (c *checker) sharedKeys() {
	type owner struct {
		seat    *survey.Seat
		subject string
	}
	seen := map[string]owner{}
	for _, seat := range c.site.Seats {
		var key, subject string
		if leaf := seat.Leaf(); leaf != nil {
			key, subject = string(leaf.RawSubjectPublicKeyInfo), identityOf(leaf)
		} else if seat.Entry.Kind == catalog.KeyPair {
			key, subject = keyText(seat), "service account tokens"
		}
		if key == "" || c.covered(seat) {
			continue
		}
		first, known := seen[key]
		if !known {
			seen[key] = owner{seat, subject}
			continue
		}
		switch pair := first.seat.Entry.Kind == catalog.KeyPair || seat.Entry.Kind == catalog.KeyPair; {
		case first.subject == subject:
		case pair && (first.seat.Entry.Kind == catalog.Authority || seat.Entry.Kind == catalog.Authority):
			c.add(caSignsTokens, keyFile(seat, first.seat), seat)
		case pair && first.seat.Key.Path == seat.Key.Path: // a certificate around the public key
		default:
			c.add(findings.KeyShared, seat.File(), seat, first.seat.File())
		}
	}
}

// keyFile is the file of the private key that two seats have.
func keyFile(a, b *survey.Seat) string {
	for _, s := range []*survey.Seat{a, b} {
		if s.Key.File != nil {
			return s.Key.Path
		}
	}
	return a.File()
}

// caKeys finds CA keys on machines that only work for the cluster.
func (c *checker) caKeys() {
	cas := map[string]*x509.Certificate{}
	plain, signing := map[string]bool{}, map[string]bool{}
	for _, seat := range c.site.Seats {
		switch {
		case seat.Entry.Kind == catalog.Authority && seat.Leaf() != nil:
			cas[string(seat.Leaf().RawSubjectPublicKeyInfo)] = seat.Leaf()
		case seat.Entry.Kind == catalog.Leaf && seat.Entry.On.Has(spec.Worker):
			plain[seat.Machine] = true
		default:
			signing[seat.Machine] = true
		}
	}
	for _, f := range c.site.Files {
		ca := cas[pkey.Text(f.Key(""))]
		if ca == nil {
			continue
		}
		for m := range plain {
			if c.misplaced(f.Path, m, !signing[m]) {
				c.add(CAKeyHere, f.Path, nil, ca.Subject.CommonName)
			}
		}
	}
}

// misplaced reports whether a CA key on a machine has no business there: by the
// answers on any node that the layout gives none to, and else on workers.
func (c *checker) misplaced(file, machine string, worker bool) bool {
	if !survey.Within(file, machine) || machine == "." && !worker {
		return false
	}
	if c.site.Layout == nil {
		return worker
	}
	return c.site.Layout.PerNode && !c.used[file]
}
