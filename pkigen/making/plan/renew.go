package plan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

// Renewal is the operator's confirmation that certificates are made again although they
// fit. A CA, which has to be named, gets later dates for its key: what it signed
// stays valid, and what was cut to its end, or begins in the future as it did, is made
// anew with it.
// A plan with one changes nothing else that lies there: where it would have to,
// Make gives an *OtherChangesError.
type Renewal struct {
	Names []string // of leaves and CAs; none for all leaves
	// Within leaves out those that end later than this from now; 0 for none.
	Within time.Duration
	// NewKeys gives them new private keys; the old ones go into the backup. It is
	// for leaves: a CA with a new key is another CA, and that is a Rotation.
	NewKeys bool
}

// Due reports whether what ends at a time is one to be renewed, as far as the time
// decides.
func (r *Renewal) Due(end, now time.Time) bool { return r.Within == 0 || end.Before(now.Add(r.Within)) }

// NotRenewableError says that a name is of something that no renewal makes again.
type NotRenewableError struct {
	Name string
	Kind catalog.Kind
}

// Error says what it is, and why that is no case for a renewal.
func (e *NotRenewableError) Error() string {
	switch e.Kind {
	case catalog.Authority:
		return fmt.Sprintf("%s is a CA: with a new key it is another one, which nothing trusts yet", e.Name)
	case catalog.Token:
		return fmt.Sprintf("%s is a token and no certificate", e.Name)
	}
	return fmt.Sprintf("%s is a key pair and no certificate: it does not end", e.Name)
}

// UnknownNameError says that nothing in a plan has this name.
type UnknownNameError struct {
	Name       string
	Suggestion string // what was meant most likely; "" for nothing
}

// Error says what was written, and what may have been meant.
func (e *UnknownNameError) Error() string {
	if e.Suggestion != "" {
		return fmt.Sprintf("there is no certificate %q: did you mean %q?", e.Name, e.Suggestion)
	}
	return fmt.Sprintf("there is no certificate %q", e.Name)
}

// OtherChange is something besides the renewal that a plan would write anew.
type OtherChange struct {
	Name   string // of a certificate, or the path of a file
	Reason string
	CA     bool
	Ended  bool // a certificate that has expired, and would be renewed for that alone
}

// OtherChangesError stops a renewal that would change more than what was asked
// for: an operator who renews one certificate does not look for others.
type OtherChangesError struct {
	Changes []OtherChange
	Empty   bool // nothing at all lies there
}

// shownOthers bounds an error that would name a certificate of every node.
const shownOthers = 8

// Error lists them, the first few.
func (e *OtherChangesError) Error() string {
	var b strings.Builder
	b.WriteString("more than what was asked for would be rewritten, so nothing was changed")
	for i, c := range e.Changes {
		if i == shownOthers {
			b.WriteString("\n  " + spec.More(len(e.Changes)-i))
			break
		}
		fmt.Fprintf(&b, "\n  %s: %s", c.Name, c.Reason)
	}
	return b.String()
}

// EndedCA is the first CA among them that has expired; "" for none.
func (e *OtherChangesError) EndedCA() string {
	for _, c := range e.Changes {
		if c.CA && c.Ended {
			return c.Name
		}
	}
	return ""
}

// OnlyEnded reports whether nothing but leaves that have expired are in the way.
func (e *OtherChangesError) OnlyEnded() bool {
	return !slices.ContainsFunc(e.Changes, func(c OtherChange) bool { return c.CA || !c.Ended })
}

// Select finds the leaves and CAs that a word means: the certificate of that name, all of
// a role ("apiserver"), all of a node, or the one that a file belongs to, by its
// path below dir with or without dir before it.
func Select(certs []catalog.Certificate, dir, word string) ([]string, error) {
	file := strings.TrimPrefix(path.Clean(word), path.Clean(dir)+"/")
	var names, known []string
	var not *NotRenewableError
	for _, match := range []func(c *catalog.Certificate) bool{
		func(c *catalog.Certificate) bool { return c.Name == word },
		func(c *catalog.Certificate) bool { return c.Entry.Name == word },
		func(c *catalog.Certificate) bool { return c.Node == word && c.Node != "" },
		func(c *catalog.Certificate) bool { return holds(c, file) },
	} {
		for i := range certs {
			switch c := &certs[i]; {
			case !match(c):
			case !c.IsCertificate():
				not = &NotRenewableError{c.Name, c.Entry.Kind}
			default:
				names = append(names, c.Name)
			}
		}
		if len(names) > 0 {
			return names, nil
		}
		if not != nil {
			return nil, not
		}
	}
	for i := range certs {
		known = append(known, certs[i].Name, certs[i].Entry.Name)
	}
	return nil, &UnknownNameError{word, spec.Nearest(word, known, 3)}
}

// holds reports whether a file is one of the certificate's.
func holds(c *catalog.Certificate, file string) bool {
	for _, part := range []catalog.Part{catalog.Cert, catalog.Key, catalog.CSR, catalog.Request, catalog.Config, catalog.Public, catalog.Trust} {
		if slices.Contains(c.Places(part), file) {
			return true
		}
	}
	return false
}

// prepareRenewal notes whose turn it is.
func (m *maker) prepareRenewal() error {
	r := m.opt.Renewal
	if r == nil || len(r.Names) == 0 {
		return nil
	}
	kinds := make(map[string]catalog.Kind, len(m.certs))
	for i := range m.certs {
		kinds[m.certs[i].Name] = m.certs[i].Entry.Kind
	}
	m.named = make(map[string]bool, len(r.Names))
	for _, name := range r.Names {
		switch kind, there := kinds[name]; {
		case !there:
			return &UnknownNameError{Name: name}
		case kind != catalog.Leaf && (kind != catalog.Authority || r.NewKeys):
			return &NotRenewableError{name, kind}
		}
		m.named[name] = true
	}
	return nil
}

// asked reports whether the operator wants the certificate anew.
func (m *maker) asked(c *catalog.Certificate, f *found) bool {
	if m.step != nil && m.step.To == Switched && c.Entry.Kind == catalog.Leaf && c.Signer == m.step.Name {
		return true // by its new CA
	}
	if m.opt.Revoke != nil {
		return !m.revoked(c, f).IsZero()
	}
	r := m.opt.Renewal
	switch {
	case r == nil, !c.IsCertificate(), c.IsCA() && !m.named[c.Name], m.passed[c.Name]:
		return false
	case m.named != nil && !m.named[c.Name]:
		return m.named[c.Signer] && (m.cutBy(c, f) || m.early(c))
	}
	return r.Within == 0 || f.cert != nil && r.Due(f.cert.NotAfter, m.now)
}

// cutBy reports whether a leaf was cut to the end of its CA, which is made again: it is
// not as long as its profile says any more.
func (m *maker) cutBy(c *catalog.Certificate, f *found) bool {
	ca := m.plan.Find(c.Signer)
	return ca != nil && ca.Cert == Renew && ca.OldCert != nil && f.cert != nil &&
		isCut(f.cert, c, issuer{notAfter: ca.OldCert.NotAfter})
}

// mayReplace reports whether the operator lets the private key go.
func (m *maker) mayReplace(p *Certificate) bool {
	return slices.Contains(m.opt.ReplaceKeys, p.Name) || p.Asked && m.newKeys()
}

// newKeys reports whether what was asked for gets new private keys.
func (m *maker) newKeys() bool {
	if m.step != nil {
		return m.step.NewKeys
	}
	return m.opt.Renewal != nil && m.opt.Renewal.NewKeys || m.opt.Revoke != nil
}

// renew makes again what was asked for, where nothing else has decided so.
func (m *maker) renew(p *Certificate) {
	if !p.Asked || p.Key != Keep {
		return
	}
	if p.Cert == Keep {
		p.Cert, p.Reason = Renew, "renewed on request"
	}
	if m.newKeys() {
		p.Key, p.Cert, p.OldKey = Replace, over(p.Cert == Renew), nil
		p.Reason += ", with a new key"
	}
}

// otherChanges is an error where a renewal would write anew what is not part of
// it. Missing files come along: they stand in nobody's way. A refused plan is
// there to be shown.
func (m *maker) otherChanges() error {
	if m.opt.Renewal == nil && m.opt.Revoke == nil || len(m.plan.Refused()) > 0 {
		return nil
	}
	e := &OtherChangesError{}
	said := map[string]bool{}
	for i := range m.plan.Files {
		a := &m.plan.Files[i]
		c := m.plan.Find(a.Certificate)
		if a.Path == m.plan.Layout.Config && m.plan.formerConfig() {
			continue // it goes along with the certificates that are made by it
		}
		if a.Verb != Renew && a.Verb != Replace || a.Sums != "" || m.listed(a) || c != nil && (c.Asked || said[c.Name]) {
			continue
		}
		if a.Text != nil {
			if ca := m.plan.Find(a.Text.Trusts); ca != nil && ca.Asked && c != nil && c.Cert == Keep {
				continue // it holds the CA that is made again
			}
		}
		if c != nil {
			said[c.Name] = true
		}
		e.Changes = append(e.Changes, m.otherFile(a))
	}
	if len(e.Changes) == 0 {
		return nil
	}
	// The CA is the reason of all others.
	slices.SortStableFunc(e.Changes, func(a, b OtherChange) int {
		if a.CA == b.CA {
			return 0
		} else if a.CA {
			return -1
		}
		return 1
	})
	return e
}

// otherFile says why a file would come along.
func (m *maker) otherFile(a *Action) OtherChange {
	if c := m.plan.Find(a.Certificate); c != nil {
		return m.otherCertificate(c, a)
	}
	return OtherChange{Name: a.Path, Reason: cmp.Or(a.Reason, "is not here")}
}

// otherCertificate says why a certificate would come along.
func (m *maker) otherCertificate(c *Certificate, a *Action) OtherChange {
	o := OtherChange{Name: c.Name, Reason: c.Reason, CA: c.IsCA()}
	if c.Reason == "" {
		o.Name, o.Reason = a.Path, cmp.Or(a.Reason, "is not here")
	}
	if c.OldCert != nil {
		// Nothing but its end: the reason has no second part.
		o.Ended = m.now.After(c.OldCert.NotAfter) && !strings.Contains(o.Reason, "; ")
	}
	return o
}

// renewalWarnings say what a renewal does not do.
func renewalWarnings(p *Plan, opt Options) []string {
	if opt.Renewal == nil {
		return nil
	}
	var out []string
	due := func(c *Certificate) bool {
		return opt.Renewal.Within > 0 && c.Asked && !c.Cut && c.NotAfter.Sub(p.Made) < opt.Renewal.Within
	}
	if list := pick(p, func(c *Certificate) bool {
		return c.Asked && c.OldCert != nil && !c.NotAfter.After(c.OldCert.NotAfter) && !due(c)
	}); len(list) > 0 {
		out = append(out, fmt.Sprintf("another serial number, but no later end than before: %s", endings(list)))
	}
	if list := pick(p, due); len(list) > 0 {
		out = append(out, fmt.Sprintf("the new ones are due for renewal again at once: %s; that is all the time their profiles give. Write a longer lifetime of %s into the answers first", endings(list), strings.Join(profilesOf(list), ", ")))
	}
	if opt.Renewal.NewKeys {
		var last time.Time
		for _, c := range pick(p, func(c *Certificate) bool { return c.Asked && c.OldCert != nil && c.Key == Replace }) {
			if end := c.OldCert.NotAfter; end.After(last) {
				last = end
			}
		}
		if !last.IsZero() {
			out = append(out, fmt.Sprintf("a new key does not shut out the old one: what had it is let in until the old certificates end, the last on %s; only a new CA is quicker", day(last)))
		}
	}
	return out
}

// profilesOf are the answers that say how long certificates live.
func profilesOf(certs []*Certificate) []string {
	var out []string
	for _, c := range certs {
		if key := (&spec.Profile{Name: c.Entry.Profile}).ExpiryKey(); !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// Asked are the certificates that the operator wants anew, in the plan's order.
func (p *Plan) Asked() []*Certificate { return pick(p, func(c *Certificate) bool { return c.Asked }) }

// Resigned reports whether another CA signs it than the one that was found.
func (c *Certificate) Resigned() bool {
	return c.OldCert != nil && strings.Contains(c.Reason, otherSigner)
}
