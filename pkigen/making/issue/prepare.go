package issue

import (
	"crypto"
	"errors"
	"fmt"

	"certwright/pkigen/making/plan"
)

// item is one certificate of the plan on its way through a run. Only one
// goroutine works on an item at a time.
type item struct {
	cert   *plan.Certificate
	signer *item // itself for a root
	// What there is to do. A request is made in any case where a certificate is
	// signed, whether or not its file is written.
	makeKey, makeCSR, makeCert bool

	key       crypto.Signer
	authority *authority // of a CA, once it can sign; not changed afterwards
	finished  bool       // read and written by the scheduling goroutine only

	keyPEM, publicPEM, csrPEM, certPEM []byte
}

// idle reports whether nothing of the certificate changes.
func (it *item) idle() bool { return !it.makeKey && !it.makeCSR && !it.makeCert }

// renews tells of a CA that gets another certificate for its key.
func (it *item) renews() bool {
	return it.makeCert && !it.makeKey && it.cert.IsCA() && it.cert.Renewable()
}

// prepare checks the whole plan before the first key is made, so that a mistake
// is found in no time and not after a minute of work.
func prepare(p *plan.Plan) ([]*item, error) {
	items := make([]*item, 0, len(p.Certificates))
	byName := make(map[string]*item, len(p.Certificates))
	for i := range p.Certificates {
		c := &p.Certificates[i]
		it, err := newItem(c, byName)
		if err == nil && !it.idle() {
			err = check(p.Cluster, it)
		}
		if err == nil && it.makeCert && it.signer != it {
			err = it.signer.prepareCA(c)
		}
		if err != nil {
			return nil, fmt.Errorf("certificate %q: %w", c.Name, err)
		}
		items = append(items, it)
		byName[c.Name] = it
	}
	return items, nil
}

// newItem reads off the plan what there is to do. earlier holds the certificates
// before this one: a signer stands before what it signs.
func newItem(c *plan.Certificate, earlier map[string]*item) (*item, error) {
	if c.Key == plan.Refuse || c.Cert == plan.Refuse {
		return nil, fmt.Errorf("refused by the plan: %s", c.Reason)
	}
	if earlier[c.Name] != nil {
		return nil, errors.New("stands twice in the plan")
	}
	it := &item{
		cert:     c,
		key:      c.OldKey,
		makeKey:  c.Key == plan.Create || c.Key == plan.Replace,
		makeCSR:  c.CSR == plan.Create || c.CSR == plan.Renew || c.CSR == plan.Replace,
		makeCert: c.Cert != plan.Keep,
	}
	switch {
	case !c.IsCertificate():
	case it.makeKey:
		it.key = nil
		if !it.makeCert {
			return nil, errors.New("the plan makes a new private key but keeps the certificate, which fits the old one")
		}
	case it.idle():
	case it.key == nil:
		return nil, errors.New("the plan keeps the private key, but it is not there")
	}
	if c.Signer == c.Name || !c.IsCertificate() {
		it.signer = it
	} else if it.signer = earlier[c.Signer]; it.signer == nil && it.makeCert {
		return nil, fmt.Errorf("its signer %q does not stand before it in the plan", c.Signer)
	}
	return it, nil
}

// prepareCA readies a kept CA for signing, and checks that a leaf fits into the
// lifetime of its CA, whether that is kept or still to be made.
func (it *item) prepareCA(leaf *plan.Certificate) (err error) {
	if it.makeCert {
		return checkWithin(leaf, it.cert.Name, it.cert.NotBefore, it.cert.NotAfter)
	}
	if it.authority == nil {
		it.authority, err = newAuthority(it.cert.Name, it.cert.OldCert, it.cert.OldKey)
		if err != nil {
			return err
		}
	}
	return checkWithin(leaf, it.cert.Name, it.authority.cert.NotBefore, it.authority.cert.NotAfter)
}
