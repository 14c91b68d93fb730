package plan

import (
	"crypto"
	"errors"
	"fmt"
	"io"

	"certwright/pkigen/cluster/catalog"
)

// awayKey is the private key of a CA that its owner keeps elsewhere, and of which
// the certificate tells the public half: as kubeadm's external CA
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/#external-ca-mode).
// A plan lets such a CA be where nothing is to be signed by it.
type awayKey struct{ public crypto.PublicKey }

// Public is the key in the CA's certificate.
func (k awayKey) Public() crypto.PublicKey { return k.public }

// Sign always fails.
func (awayKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the private key is not here")
}

// lookOrAway is look, for a CA that may go on without its key. The operator's
// word for another CA is about just that, and so it may not then.
func (m *maker) lookOrAway(c *catalog.Certificate) found {
	f := look(m.have, c)
	// With copies on nodes it is a component that needs it there.
	if c.IsCA() && !f.hasKey && f.cert != nil && len(c.Places(catalog.Key)) == 1 &&
		!m.mayReplace(&Certificate{Certificate: *c, Asked: m.asked(c, &f)}) {
		f.hasKey, f.key = true, awayKey{f.cert.PublicKey}
	}
	return f
}

// lostPair is a file with the public half of a key pair; "" for none. Where the
// private half is in no file, it is not still to be made: it was taken away.
func (m *maker) lostPair(c *catalog.Certificate) string {
	if c.Entry.Kind != catalog.KeyPair {
		return ""
	}
	for _, path := range append(c.Places(catalog.Public), c.Places(catalog.Trust)...) {
		if _, there := m.have[path]; there {
			return path
		}
	}
	return ""
}

// passOver finds what a renewal of all leaves as it is: certificates of a CA whose key
// is not here, as those of an etcd that another team has, and of an intermediate that
// has expired. Where none is left that can
// be signed, they are asked for all the same, and the plan says which key is missing.
func (m *maker) passOver() {
	if m.opt.Renewal == nil || m.named != nil {
		return
	}
	passed, rest := map[string]bool{}, false
	for i := range m.certs {
		c := &m.certs[i]
		f := m.found[c.Name]
		ca := m.found[c.Signer]
		if _, away := ca.key.(awayKey); !away && !(ca.intermediate() && m.now.After(ca.cert.NotAfter)) {
			rest = rest || c.Entry.Kind == catalog.Leaf && m.asked(c, &f)
		} else if c.IsCertificate() && f.paired() && !f.more {
			passed[c.Name] = true
		}
	}
	if rest {
		m.passed = passed
	}
}

// passedOver tells which certificates a renewal of all has left as they are.
func (m *maker) passedOver() []string {
	keys := map[string][]*Certificate{}
	var order, out []string
	for _, c := range pick(m.plan, func(c *Certificate) bool {
		return m.passed[c.Name] && !c.IsCA() && m.opt.Renewal.Due(c.NotAfter, m.now)
	}) {
		if keys[c.Signer] == nil {
			order = append(order, c.Signer)
		}
		keys[c.Signer] = append(keys[c.Signer], c)
	}
	for _, name := range order {
		if ca := m.plan.Find(name); ca.Away != "" {
			out = append(out, fmt.Sprintf("not renewed, since %s, which signs them, is not here: %s; put it back and renew them, or have its owner do it",
				ca.Away, endings(keys[name])))
		} else {
			out = append(out, fmt.Sprintf("not renewed, since %s, which signs them, expired %s: %s; %s, and renew them",
				ca.Place(catalog.Cert), day(ca.NotAfter), endings(keys[name]), fromAbove(ca.OldCert)))
		}
	}
	return out
}

// needKeys refuses each CA whose key is away and needed; of the others there is no
// key among the files.
func (m *maker) needKeys() {
	signs := map[string][]string{} // by signer
	for i := range m.plan.Certificates {
		if c := &m.plan.Certificates[i]; c.Cert.Writes() {
			signs[c.Signer] = append(signs[c.Signer], c.Name)
		}
	}
	for i := range m.plan.Certificates {
		c := &m.plan.Certificates[i]
		if _, away := c.OldKey.(awayKey); !away {
			continue
		}
		c.Away, c.OldKey = c.Files.Key, nil
		if len(signs[c.Name]) == 0 {
			c.Files.Key = ""
			if c.CSR.Writes() { // of its own request nobody needs a new one until then
				c.CSR, c.Files.CSR = Keep, ""
			}
			continue
		}
		what := list(signs[c.Name])
		if c.Cert.Writes() {
			what = fmt.Sprintf("%s itself (%s)", c.Name, c.Reason)
		}
		c.Key, c.Cert, c.CSR = Refuse, Refuse, Keep
		c.Reason = fmt.Sprintf("%s is not here: put it back, since it has to sign %s; a new key would make a new CA", c.Away, what)
	}
}

// keysAway tells which keys a later run may need.
func keysAway(p *Plan) []string {
	var paths []string
	for _, c := range pick(p, func(c *Certificate) bool { return c.Away != "" && c.Key == Keep }) {
		paths = append(paths, c.Away)
	}
	if len(paths) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("not here, and not needed in this run: %s; a run that signs by them needs them back", list(paths))}
}
