package plan

import (
	"fmt"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
)

// Revocation is the operator's confirmation that certificates are refused from now on. Of
// those that lie in the directory the owners get new ones, with new keys. A plan with one
// changes nothing else that lies there, as with a Renewal.
type Revocation struct {
	At           time.Time
	Certificates []issued.Certificate
}

// NotPreparedError says that no program of the cluster is told of a list of revoked
// certificates.
type NotPreparedError struct{}

// Error says what would prepare it.
func (*NotPreparedError) Error() string {
	return "nothing can be revoked yet: no program is told of a list of revoked certificates (the answer revocation is not \"ready\")"
}

// readRecord reads what was issued before, with what lies here, and marks what is revoked.
func (m *maker) readRecord(l *catalog.Layout) error {
	files := l.Revocation(m.plan.Cluster)
	if files == nil {
		if m.opt.Revoke != nil {
			return &NotPreparedError{}
		}
		return nil
	}
	r, err := issued.Parse(m.have[files.Record].Data)
	if err != nil {
		return fmt.Errorf("%s: %w; put it back from a backup, since nothing else knows all that was issued", files.Record, err)
	}
	r.Add(m.opt.Issued...)
	var here []issued.Certificate
	for i := range m.certs {
		c := &m.certs[i]
		if f := m.found[c.Name]; c.Entry.Kind == catalog.Leaf && f.cert != nil {
			here = append(here, issued.Of(c.Name, c.Signer, f.cert))
		}
	}
	r.Add(here...)
	if w := m.opt.Revoke; w != nil {
		r.Revoke(w.At, w.Certificates...)
		m.plan.revokes = true
	}
	m.plan.issued = r
	return nil
}

// Issued is the record of what was issued until now; nil where the set keeps none.
func (p *Plan) Issued() *issued.Record { return p.issued }

// Revokes reports whether the plan shuts certificates out.
func (p *Plan) Revokes() bool { return p.revokes }

// revoked says when the certificate that lies here was revoked; zero for not.
func (m *maker) revoked(c *catalog.Certificate, f *found) (at time.Time) {
	if m.plan.issued == nil || c.Entry.Kind != catalog.Leaf || f.cert == nil {
		return at
	}
	is := issued.Of(c.Name, c.Signer, f.cert)
	if entry := m.plan.issued.Find(&is); entry != nil {
		at = entry.Revoked
	}
	return at
}

// recordText is the record with the certificates that from has, too.
func (p *Plan) recordText(from func(name string, part catalog.Part) []byte) []byte {
	if p.issued == nil {
		return nil
	}
	r := p.issued.Clone()
	var fresh []issued.Certificate
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if c.Entry.Kind != catalog.Leaf || !c.Cert.Writes() {
			continue
		}
		certs, _ := pkey.Certificates(from(c.Name, catalog.Cert))
		if len(certs) > 0 {
			fresh = append(fresh, issued.Of(c.Name, c.Signer, certs[0]))
		}
	}
	r.Add(fresh...)
	return r.Text()
}

// makesLeaves reports whether the plan issues any certificate that goes into the record.
func (p *Plan) makesLeaves() bool {
	for i := range p.Certificates {
		if c := &p.Certificates[i]; c.Entry.Kind == catalog.Leaf && c.Cert.Writes() {
			return true
		}
	}
	return false
}

// listed reports whether an action writes the record, or because of it a list of what is
// revoked.
func (m *maker) listed(a *Action) bool {
	switch a.Part {
	case render.Issued:
		return true
	case render.Revoked:
		for _, name := range a.Text.Needs {
			if c := m.plan.Find(name); c != nil && c.Asked {
				return true // its CA is renewed
			}
		}
		return m.opt.Revoke != nil
	}
	return false
}
