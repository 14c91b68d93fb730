package catalog

import (
	"fmt"
	"path"
	"strings"
)

// Generation says which of two a CA or a key pair is, while it is replaced, beside the
// one that signs.
type Generation string

// While trust is being widened there is one that will sign; after the
// switch there is the one that has signed before.
const (
	Next     Generation = "next"
	Previous Generation = "previous"
)

// Rotates reports whether a CA or a key pair of the layout can be replaced in
// stages: verifiers need files of their own, which may hold two, and which the
// layout lays onto the nodes.
func (l *Layout) Rotates(c *Certificate) bool {
	return l.PerNode && (c.Entry.Kind == Authority || c.Entry.Kind == KeyPair)
}

// Companion is the one that lies beside c with the operator, while c is replaced:
// "authority/ca-next.crt". It has no request, and no program is told of it: what
// verifiers trust holds it (Trust).
func (c *Certificate) Companion(t Generation) Certificate {
	r := Entry{Name: c.Entry.Name + "-" + string(t), Kind: c.Entry.Kind}
	switch t {
	case Next:
		r.Title = fmt.Sprintf("what will replace %s", c.Name)
		r.Why = fmt.Sprintf("It signs nothing yet. Everybody learns to trust it beside %s first, so that nobody is refused when it takes over.", c.Name)
	default:
		r.Title = fmt.Sprintf("what %s has replaced", c.Name)
		r.Why = "It signs nothing any more. It is trusted until nothing that it has signed is in use, and then goes, with its key."
	}
	out := Certificate{Entry: &r, Name: r.Name, Subject: c.Subject, Key: c.Key, Expiry: c.Expiry}
	if c.IsCA() {
		out.Signer = out.Name
	}
	for _, p := range []struct{ from, to *string }{
		{&c.Files.Cert, &out.Files.Cert}, {&c.Files.Key, &out.Files.Key}, {&c.Files.Public, &out.Files.Public},
	} {
		if ext := path.Ext(*p.from); *p.from != "" {
			*p.to = strings.TrimSuffix(*p.from, ext) + "-" + string(t) + ext
		}
	}
	return out
}

// Companions are both companions of each CA and key pair that can be replaced.
func (l *Layout) Companions(certs []Certificate) []Certificate {
	var out []Certificate
	for i := range certs {
		if l.Rotates(&certs[i]) {
			out = append(out, certs[i].Companion(Next), certs[i].Companion(Previous))
		}
	}
	return out
}
