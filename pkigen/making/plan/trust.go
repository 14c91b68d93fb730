package plan

import (
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/render"
)

// Trusting gives, beside the parts of single certificates, what verifiers of a CA
// or a key pair hold: its own part, and while it is replaced that of the other
// one too. The old one stands first and stays first: a file for verifiers changes
// when trust changes, and never else.
func (p *Plan) Trusting(from func(name string, part catalog.Part) []byte) func(name string, part catalog.Part) []byte {
	return func(name string, part catalog.Part) []byte {
		switch part {
		case catalog.Trust:
		case render.Issued:
			return p.recordText(from)
		case render.Revoked:
			return p.issued.Text()
		default:
			return from(name, part)
		}
		var out []byte
		for _, c := range p.trusted(name) {
			text := from(c.Name, c.Own())
			if text == nil {
				return nil
			}
			out = append(out, text...)
		}
		return out
	}
}

// trusted are those that verifiers of a CA or a key pair trust, the old one first.
func (p *Plan) trusted(name string) []*Certificate {
	var out []*Certificate
	for _, m := range p.Moves {
		if m.Name == name && m.To == Switched {
			out = append(out, p.Find(m.Goes))
		}
	}
	if c := p.Find(name); c != nil {
		out = append(out, c)
	}
	for _, m := range p.Moves {
		if m.Name == name && m.To == Widened {
			out = append(out, p.Find(m.Comes))
		}
	}
	return out
}

// trust adds the files by which others check what a CA has signed, or a pair.
func (l *lister) trust(c *Certificate, of func(catalog.Part, string, Verb, string) Action) {
	verb, reason := ownVerb(c), c.Reason
	if c.Entry.Kind == catalog.KeyPair {
		reason = keyReason(c)
	}
	for _, other := range l.plan.trusted(c.Name) {
		switch v := ownVerb(other); {
		case verb != Keep || v == Keep:
		case v == Refuse:
			verb, reason = Refuse, other.Reason
		case v == Renew:
			verb, reason = Renew, other.Name+" is rewritten"
		default:
			verb, reason = Renew, "trusts "+other.Name+" as well"
		}
	}
	text := l.plan.Trusting(l.plan.kept)(c.Name, catalog.Trust)
	for _, path := range c.Places(catalog.Trust) {
		verb, reason := l.copyVerb(path, 1, verb, reason, text, c.moved)
		l.add(of(catalog.Trust, path, verb, reason))
	}
}

// ownVerb is what happens to the part that verifiers trust.
func ownVerb(c *Certificate) Verb {
	if c.Entry.Kind == catalog.KeyPair {
		return c.Key
	}
	return c.Cert
}
