package plan

import (
	"fmt"
	"strings"

	"certwright/pkigen/cluster/catalog"
)

// decide finds the verbs of key and certificate.
func (m *maker) decide(c *catalog.Certificate, f *found, by issuer) Certificate {
	p := Certificate{Certificate: *c, OldCert: f.cert, KeyPEM: f.keyPEM, CertPEM: f.certPEM, Asked: m.asked(c, f)}
	p.plainPEM, p.Sealed = f.plain, m.seals(c, f)
	p.moved = m.moved[c.Name]
	if m.retire(&p, f) {
		return p
	}
	if obstacle := m.obstacle(c, f); obstacle != "" {
		p.Reason = obstacle
		if !f.hasKey && m.lostPair(c) != "" {
			p.Away = c.Place(catalog.Key)
		}
		if !m.mayReplace(&p) {
			p.Key, p.Cert = Refuse, Refuse
			return p
		}
		p.Key, p.Cert = over(f.hasKey), over(f.hasCert)
		return p.alone()
	}
	switch {
	case !f.hasKey && !f.hasCert:
		p.Key, p.Cert = Create, Create
		return p.alone()
	case !f.hasKey:
		// No word is asked for: what could be lost is lost already.
		p.Key, p.Cert, p.Reason = Create, Renew, "its private key is not here"
		return p
	}
	p.Key, p.OldKey = Keep, f.key
	if c.IsCertificate() {
		p.Cert = Keep
		if !m.passed[c.Name] {
			p.Cert, p.Reason = decideCert(c, f, by, m)
		}
		m.renew(&p)
	}
	return p.alone()
}

// alone leaves the certificate out of what has none: a key pair, a token.
func (c Certificate) alone() Certificate {
	if !c.IsCertificate() {
		c.Cert = Keep
	}
	return c
}

// over is the verb of a new file with a new key behind it.
func over(there bool) Verb {
	if there {
		return Replace
	}
	return Create
}

// obstacle says what needs the operator's confirmation; "" for nothing.
func (m *maker) obstacle(c *catalog.Certificate, f *found) string {
	if s := m.broken[c.Name]; s != "" {
		return s
	}
	if m.retired[c.Name] && c.IsCA() && f.cert == nil {
		return fmt.Sprintf("%s is not here or cannot be read: put it back from a backup, since others still trust it", c.Place(catalog.Cert))
	}
	if s := f.keyObstacle(c); s != "" {
		return s
	}
	if public := m.lostPair(c); public != "" && !f.hasKey {
		return fmt.Sprintf("%s is not here, but its public half is, in %s: put it back, from a control-plane node too, since no token that it signed is taken any more with a new one",
			c.Place(catalog.Key), public)
	}
	if at := m.revoked(c, f); f.hasKey && !at.IsZero() {
		return fmt.Sprintf("its certificate was revoked on %s, and is refused: it needs a new one, with a new key", day(at))
	}
	if c.IsCA() {
		if s := m.intermediateObstacle(c, f); s != "" {
			return s
		}
		if s := f.authorityObstacle(c, m.orphans[c.Name]); s != "" || !f.renewable() {
			return s
		}
		return m.forbidden(c, f.cert)
	}
	return ""
}

// decideCert finds the verb of the certificate of a key that stays.
func decideCert(c *catalog.Certificate, f *found, by issuer, m *maker) (Verb, string) {
	switch {
	case !f.hasCert:
		return Create, "the certificate is not here, its private key is"
	case f.cert == nil:
		return Renew, c.Place(catalog.Cert) + " " + f.certErr.Error()
	case f.more:
		return Renew, "the file holds more than the certificate"
	case !f.paired():
		return Renew, "belongs to another private key"
	}
	if diffs := differences(f.cert, c, by, m.now); len(diffs) > 0 {
		return Renew, strings.Join(diffs, "; ")
	}
	return Keep, ""
}

// decideRequest finds the verb of the certificate request.
func (m *maker) decideRequest(p *Certificate) {
	file, there := m.have[p.Files.CSR]
	switch {
	case p.Files.CSR == "" || p.Key == Refuse:
		p.CSR = Keep
	case !there:
		p.CSR = Create
	case p.Key != Keep || requestDifference(file.Data, &p.Certificate, p.OldKey.Public()) != "":
		p.CSR = Renew
	default:
		p.CSR = Keep
	}
}
