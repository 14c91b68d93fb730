package plan

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/making/store"
)

// Make decides what a run at the time now would do to the directory. It is an
// error if the clock cannot be right, if the options name a certificate that
// does not exist, or if the cluster cannot be made into dates and subjects. A
// plan with refusals is no error here: it is there to be shown.
func Make(c *spec.Cluster, l *catalog.Layout, have store.Directory, now time.Time, opt Options) (*Plan, error) {
	certs := l.Certificates(c)
	return MakeOf(c, l, certs, render.TextsOf(l, c, certs), have, now, opt)
}

// MakeOf is Make with the certificates and texts that the layout makes of the
// cluster.
func MakeOf(c *spec.Cluster, l *catalog.Layout, certs []catalog.Certificate, texts []render.Text, have store.Directory,
	now time.Time, opt Options) (*Plan, error) {
	if err := checkClock(now); err != nil {
		return nil, err
	}
	if err := checkWords(opt, certs); err != nil {
		return nil, err
	}
	if opt.Rotation != nil {
		return rotate(c, l, certs, texts, have, now, opt)
	}
	m := maker{certs: certs, have: have, now: now.UTC(), opt: opt}
	return m.make(c, l, texts)
}

// make is one plan.
func (m *maker) make(c *spec.Cluster, l *catalog.Layout, texts []render.Text) (*Plan, error) {
	m.plan = &Plan{Cluster: c, Layout: l, Made: m.now, have: m.have, backups: m.opt.Backups, byName: make(map[string]int, len(m.certs))}
	m.found, m.issuers = make(map[string]found, len(m.certs)), map[string]issuer{}
	m.moves, m.moved, m.retired = map[string]bool{}, map[string]string{}, map[string]bool{}
	m.broken = map[string]string{}
	if err := m.prepareRenewal(); err != nil {
		return nil, err
	}
	m.expand(l)
	m.orphans = m.findOrphans(m.certs)
	m.passOver()
	err := m.readRecord(l)
	if err == nil {
		err = m.addAll()
	}
	if err != nil {
		return nil, err
	}
	m.needKeys()
	m.plan.keepSerials()
	if m.plan.Files, err = m.files(texts); err != nil {
		return nil, err
	}
	m.plan.needOpen()
	if err := m.otherChanges(); err != nil {
		return nil, err
	}
	m.plan.Warnings = append(m.passedOver(), warnings(m.plan, m.have, m.now, m.opt)...)
	return m.plan, nil
}

// maker is one call of Make.
type maker struct {
	certs   []catalog.Certificate
	have    store.Directory
	now     time.Time
	opt     Options
	plan    *Plan
	found   map[string]found
	issuers map[string]issuer // by name, filled signers first
	named   map[string]bool   // certificates that the renewal names; nil for all
	passed  map[string]bool   // those that a renewal of all leaves as they are: nobody here can sign them
	// Of replacements in stages: the one that this run moves on, and whether all
	// that is not new is judged by what it is.
	step    *Rotation
	free    bool
	moves   map[string]bool   // CAs and pairs that are being replaced
	moved   map[string]string // why files of one change that is kept
	retired map[string]bool   // those that sign no more
	gone    []obsolete
	broken  map[string]string // why the stage of one cannot be told
	orphans map[string]string // CA with nothing on disk -> file of a certificate it should have signed
}

// checkWords refuses a misspelt word: it would silently allow nothing.
func checkWords(opt Options, certs []catalog.Certificate) error {
	for _, name := range opt.ReplaceKeys {
		if slices.ContainsFunc(certs, func(c catalog.Certificate) bool { return c.Name == name && c.IsCA() && c.AsFound }) {
			// Its kubeconfigs are the owner's but for the certificate, and go on with the old CA.
			return fmt.Errorf("%s is a CA of a directory that was adopted: another CA in its place would leave everybody with the old one in their kubeconfigs", name)
		}
		if !slices.ContainsFunc(certs, func(c catalog.Certificate) bool { return c.Name == name }) {
			all := make([]string, len(certs))
			for i, c := range certs {
				all[i] = c.Name
			}
			return fmt.Errorf("there is no certificate %q whose key could be replaced: use one of %s", name, strings.Join(all, ", "))
		}
	}
	return nil
}

// findOrphans finds, for each CA of which neither key nor certificate is here, a
// certificate that some CA has signed: then the CA has been moved away, and is
// not merely still to be made.
func (m *maker) findOrphans(certs []catalog.Certificate) map[string]string {
	orphans := map[string]string{}
	for i := range certs {
		c := &certs[i]
		f := m.found[c.Name]
		if ca := m.found[c.Signer]; c.Entry.Kind != catalog.Leaf || ca.hasKey || ca.hasCert || orphans[c.Signer] != "" {
			continue
		}
		if f.cert != nil && !bytes.Equal(f.cert.RawIssuer, f.cert.RawSubject) {
			orphans[c.Signer] = c.Place(catalog.Cert)
		}
	}
	return orphans
}

// addAll decides all certificates in their order: each CA after its own signer,
// and what stands between two CAs at the same time, since nothing hangs on it.
func (m *maker) addAll() error {
	m.plan.Certificates = make([]Certificate, 0, len(m.certs))
	for begin := 0; begin < len(m.certs); {
		end := begin + 1
		for !m.certs[begin].IsCA() && end < len(m.certs) && !m.certs[end].IsCA() {
			end++
		}
		part := m.certs[begin:end]
		decided := m.plan.Certificates[begin:end:end]
		err := parallel.Each(len(part), runtime.GOMAXPROCS(0), func(i int) (err error) {
			decided[i], err = m.one(&part[i])
			return err
		})
		if err != nil {
			return err
		}
		for i := range part {
			m.plan.byName[part[i].Name] = begin + i
		}
		m.plan.Certificates = m.plan.Certificates[:end]
		begin = end
	}
	return nil
}

// one decides one certificate, after its signer. Unless it is a CA it changes
// nothing of the maker, and may be called from several goroutines.
func (m *maker) one(c *catalog.Certificate) (Certificate, error) {
	f := m.found[c.Name]
	c = asFound(c, f.cert)
	if !c.IsCertificate() {
		return m.decide(c, &f, issuer{}), nil
	}
	by, err := m.issuerOf(c, &f)
	if err != nil {
		return Certificate{}, err
	}
	p := m.decide(c, &f, by)
	p.by = by
	if c.Signer == c.Name && p.Key.Writes() {
		p.by.signs = signatures[c.Key]
	}
	if err := m.dates(&p, by); err != nil && !m.hangsOnRefusal(&p) {
		return Certificate{}, err
	}
	m.decideRequest(&p)
	if c.IsCA() {
		m.issuers[c.Name] = becomes(&p, by)
	}
	return p, nil
}

// hangsOnRefusal reports whether the certificate or its signer is refused: then
// nothing is made, and the refusal is what has to be said.
func (m *maker) hangsOnRefusal(p *Certificate) bool {
	signer := m.plan.Find(p.Signer)
	return p.Cert == Refuse || signer != nil && signer.Cert == Refuse
}

// issuerOf is what the certificate has to be signed by: its CA, or for a root
// itself, with the key and the subject that it has or will have.
func (m *maker) issuerOf(c *catalog.Certificate, f *found) (issuer, error) {
	if c.Signer != c.Name {
		by, ok := m.issuers[c.Signer]
		if !ok {
			return issuer{}, fmt.Errorf("certificate %q: its signer %q does not stand before it in layout %q", c.Name, c.Signer, m.plan.Layout.Name)
		}
		return by, nil
	}
	// A CA whose time has not come is a clock that has gone wrong, far more often
	// than a wrong CA; what is made now would be as wrong. Who renews it by its name
	// says that it is the CA.
	if m.early(c) && !m.named[c.Name] {
		anew := fromAbove(f.cert)
		if !f.intermediate() {
			anew = shell.Command("certwright renew DIR").Word(m.earlyCAs()...).String() + " makes it again for its key"
		}
		return issuer{}, fmt.Errorf("the clock says %s, but %s is valid only from %s: set the clock; if the clock is right and the CA was made under a wrong one, %s",
			Minute(m.now), c.Place(catalog.Cert), Minute(f.cert.NotBefore), anew)
	}
	by := issuer{self: true, unknown: c.AsFound && f.intermediate()}
	if f.key != nil {
		by.public, by.signs = f.key.Public(), SignatureOf(f.key.Public())
	}
	if f.renewable() {
		by.subject, by.keyID = f.cert.RawSubject, f.cert.SubjectKeyId
	} else {
		var err error
		if by.subject, err = catalog.RawSubject(c.Subject); err != nil {
			return issuer{}, fmt.Errorf("certificate %q: subject: %w", c.Name, err)
		}
	}
	if len(by.keyID) == 0 && by.public != nil {
		by.keyID = pkey.ID(by.public)
	}
	return by, nil
}

// early tells of a certificate that begins in the future.
func (m *maker) early(c *catalog.Certificate) bool {
	f := m.found[c.Name]
	return f.cert != nil && m.now.Before(f.cert.NotBefore)
}

// earlyCAs are all CAs that do: they are renewed together.
func (m *maker) earlyCAs() []string {
	var out []string
	for i := range m.certs {
		f := m.found[m.certs[i].Name]
		if c := &m.certs[i]; c.IsCA() && m.early(c) && !f.intermediate() {
			out = append(out, c.Name)
		}
	}
	return out
}

// becomes is the CA of a plan in the eyes of what it signs.
func becomes(p *Certificate, self issuer) issuer {
	by := issuer{public: self.public, subject: self.subject, keyID: self.keyID, signs: p.by.signs, notAfter: p.NotAfter}
	switch {
	case p.Key == Create || p.Key == Replace:
		by.public, by.keyID = nil, nil
		if raw, err := catalog.RawSubject(p.Subject); err == nil { // it goes by the answers, and not by what it replaces
			by.subject = raw
		}
	case p.Key == Refuse && p.OldCert != nil:
		// The run stops, but the plan is shown: the certificate here is the CA.
		by.public, by.subject, by.keyID = p.OldCert.PublicKey, p.OldCert.RawSubject, p.OldCert.SubjectKeyId
	case p.Key == Refuse:
		by.unknown, by.notAfter = true, time.Time{}
	}
	return by
}
