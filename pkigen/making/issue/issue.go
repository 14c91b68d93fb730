// Package issue makes what a plan asks for: private keys, requests and
// certificates. cfssl does the signing, in process; this package chooses every
// date, name and usage that cfssl is given, and refuses beforehand what cfssl
// would sign without a word.
//
// Nothing here touches a disk, and no private key reaches an error or a log.
package issue

import (
	"context"
	"crypto/x509"
	"fmt"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/plan"
)

// State is how far one certificate has come.
type State string

// The states, in the order in which a certificate passes through them. Kept,
// Done and Failed are final.
const (
	Waiting   State = "waiting"    // for a processor, or for its CA
	MakingKey State = "making key" // the slow part with RSA
	Signing   State = "signing"    // the request and the certificate
	Done      State = "done"
	Kept      State = "kept" // nothing of it changes
	Failed    State = "failed"
)

// Event says that a certificate of the plan has reached a state. Err is set
// with Failed only.
type Event struct {
	Name  string // the certificate's name in the plan
	State State
	Err   error
}

// Made is what a run has made.
type Made struct {
	// Files are the bytes of each file that holds nothing but a part of one
	// certificate, or bytes that the plan knew, by the path in the plan. Kept
	// files are not in it.
	Files map[string][]byte
	items map[string]*item
	plan  *plan.Plan
}

// Part is the text of one part of a certificate, made or kept; nil for none.
func (m *Made) Part(name string, part catalog.Part) []byte { return m.plan.Trusting(m.own)(name, part) }

func (m *Made) own(name string, part catalog.Part) []byte {
	if text := pemOf(m.items[name], part); text != nil {
		return text
	}
	if c := m.plan.Find(name); part == catalog.Key && c != nil && c.Sealed && c.OldKey != nil && !c.Locked() {
		text, _ := encodeKey(c.OldKey) // it was opened: what else is signed by it is signed from its text
		return text
	}
	return m.plan.Kept(name, part)
}

// Run makes the keys, requests and certificates of a plan. The bytes of what is
// made of several certificates are for the caller to make of them. It works on all processors; a certificate is
// signed as soon as its own key and its CA are there.
//
// keys may hold private keys made ahead of need, or be nil. progress may be nil;
// it is called from the calling goroutine only, one event at a time, and
// holds up the work while it runs. The first failure ends the run: the error
// names the certificate. When ctx ends, Run returns its cause at once, though an
// RSA key in the making cannot be interrupted and ends in the background.
func Run(ctx context.Context, p *plan.Plan, keys *Keys, progress func(Event)) (*Made, error) {
	if progress == nil {
		progress = func(Event) {}
	}
	if refused := p.Refused(); len(refused) > 0 {
		return nil, &plan.RefusedError{Actions: refused}
	}
	items, err := prepare(p)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(errRunOver)
	if err := newSchedule(ctx, items, keys, progress).run(); err != nil {
		return nil, err
	}
	if err := prove(items); err != nil {
		return nil, err
	}
	return collect(p, items)
}

// prove holds what is kept against the CAs that were made again above it, before one
// byte is swapped.
func prove(items []*item) error {
	for _, it := range items {
		ca := it.signer
		if ca == nil || !ca.renews() || it != ca && (it.makeCert || it.cert.OldCert == nil) {
			continue
		}
		var kept *x509.Certificate
		if it != ca {
			kept = it.cert.OldCert
		}
		if err := plan.StillSigned(kept, ca.cert.OldCert, ca.authority.cert); err != nil {
			return fmt.Errorf("the CA %q made again would not stand for the old one, for %q: %w", ca.cert.Name, it.cert.Name, err)
		}
	}
	return nil
}

// collect picks the bytes of each file that the plan writes.
func collect(p *plan.Plan, items []*item) (*Made, error) {
	m := &Made{Files: make(map[string][]byte, len(p.Files)), items: make(map[string]*item, len(items)), plan: p}
	for _, it := range items {
		m.items[it.cert.Name] = it
	}
	for _, a := range p.Files {
		if a.Verb == plan.Keep || a.Verb == plan.Remove || a.Text != nil || a.Sums != "" {
			continue
		}
		data := a.Data
		if data == nil {
			data = m.Part(a.Certificate, a.Part)
		}
		if a.Part == catalog.Key && len(data) > 0 {
			var err error
			if data, err = m.keyFile(&a, data); err != nil {
				return nil, fmt.Errorf("%s: %w", a.Path, err)
			}
		}
		if a.Part == catalog.Cert && len(data) > 0 {
			data = p.Fill(p.Find(a.Certificate), a.Path, data)
		}
		if len(data) == 0 {
			// An empty file would be worse than none: it stands for a lost key.
			return nil, fmt.Errorf("%s: the plan writes this file, but says nothing that makes it", a.Path)
		}
		m.Files[a.Path] = data
	}
	return m, nil
}

// keyFile is what a file of a private key holds: that of a CA lies behind a passphrase
// with the operator where the answers say so, and its copies for programs never do.
func (m *Made) keyFile(a *plan.Action, text []byte) ([]byte, error) {
	c := m.plan.Find(a.Certificate)
	key := c.OldKey
	if it := m.items[c.Name]; it.makeKey {
		key = it.key
	}
	return m.plan.KeyOf(c, a.Path, key, text, encodeKey)
}

// pemOf is the PEM text of one part of a certificate; nil if it was not made.
func pemOf(it *item, part catalog.Part) []byte {
	if it == nil {
		return nil
	}
	switch part {
	case catalog.Key:
		return it.keyPEM
	case catalog.Cert:
		return it.certPEM
	case catalog.Public:
		return it.publicPEM
	case catalog.CSR:
		return it.csrPEM
	}
	return nil
}
