package plan

import (
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/store"
)

// Refused are the actions that stop the run, in the order of Files.
func (p *Plan) Refused() []Action {
	var out []Action
	for _, a := range p.Files {
		if a.Verb == Refuse {
			out = append(out, a)
		}
	}
	return out
}

// Changes reports whether a run of the plan changes anything on disk: a byte or a
// file mode. A plan that is refused changes nothing, whatever this says.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.Files, func(a Action) bool { return a.Verb != Keep || a.FixMode })
}

// NothingThere reports whether none of the plan's certificates and keys lies there.
func (p *Plan) NothingThere() bool {
	return !slices.ContainsFunc(p.Certificates, func(c Certificate) bool {
		return c.OldCert != nil || c.OldKey != nil || c.Key == Refuse
	})
}

// Count is the number of files, without folders, that the verb happens to.
func (p *Plan) Count(v Verb) int {
	n := 0
	for i := range p.Files {
		if a := &p.Files[i]; a.Verb == v && !a.IsFolder() {
			n++
		}
	}
	return n
}

// Find finds a certificate by name; nil if the plan has none of that name.
func (p *Plan) Find(name string) *Certificate {
	if i, ok := p.byName[name]; ok && i < len(p.Certificates) && p.Certificates[i].Name == name {
		return &p.Certificates[i]
	}
	if len(p.byName) == len(p.Certificates) { // of one that Make has made
		return nil
	}
	for i := range p.Certificates {
		if p.Certificates[i].Name == name {
			return &p.Certificates[i]
		}
	}
	return nil
}

// SignerName is the signing certificate as a reader knows it, by its CN.
func (p *Plan) SignerName(c *Certificate) string {
	switch c.Signer {
	case c.Name:
		if c.Intermediate() {
			return c.OldCert.Issuer.CommonName
		}
		return "itself"
	case "":
		return "nobody"
	}
	for i := range p.Certificates {
		if p.Certificates[i].Name == c.Signer {
			return p.Certificates[i].Subject.CN
		}
	}
	return c.Signer
}

// EndedCA tells of a CA that had expired, and is renewed by the plan: nobody trusts
// anything through it any more.
func (p *Plan) EndedCA(name string) bool {
	c := p.Find(name)
	return c != nil && c.IsCA() && c.Cert.Writes() && c.OldCert != nil && p.Made.After(c.OldCert.NotAfter)
}

// Have are the bytes of a file as it was found; nil for one that was not there.
func (p *Plan) Have(path string) []byte { return p.have[path].Data }

// Forget drops what nobody asks for once all is made, and what is most of a plan of
// a large cluster: the texts of keys, of certificates that are made again, and the
// bytes as they were found of files on the nodes. What is rendered from a text
// stays: which of its flags are others now is asked later.
func (p *Plan) Forget() {
	left := store.Directory{}
	for i := range p.Files {
		a := &p.Files[i]
		if f, there := p.have[a.Path]; there && (catalog.NodeOf(a.Path) == "" || a.Verb.Writes() && a.Data != nil) {
			left[a.Path] = f
		}
	}
	p.have = left
	for i := range p.Certificates {
		c := &p.Certificates[i]
		c.KeyPEM = nil
		if c.Cert.Writes() {
			c.CertPEM = nil
		}
	}
}

// Summary counts what will happen to the files, in words: "create 15, keep 2".
// Verbs that happen to no file are left out.
func (p *Plan) Summary() string {
	var parts []string
	for _, v := range []Verb{Create, Renew, Replace, Remove, Refuse, Keep} {
		if n := p.Count(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", v, n))
		}
	}
	return strings.Join(parts, ", ")
}

// moving tells of a CA or a key pair, or the one that comes or goes in its place,
// that it is being replaced in stages.
func (p *Plan) moving(name string) bool {
	return slices.ContainsFunc(p.Moves, func(m Move) bool { return name == m.Name || name == m.Comes || name == m.Goes })
}

// RefusedError stops a run that would touch what must not be touched without
// the operator's confirmation. Programs exit with code 3 on it.
type RefusedError struct {
	Actions []Action // those with the verb Refuse
}

// Error says for each certificate what is in the way, and which word would
// allow it.
func (e *RefusedError) Error() string {
	var b strings.Builder
	b.WriteString("refused, nothing was changed")
	said := map[string]bool{} // key and certificate of one pair have one reason
	for i := range e.Actions {
		a := &e.Actions[i]
		if said[a.Certificate] {
			continue
		}
		said[a.Certificate] = true
		fmt.Fprintf(&b, "\n  %s: %s (%s)", a.Certificate, a.Reason, a.wayOut())
	}
	return b.String()
}

// wayOut is how to get past a refusal, beside setting right what its reason says.
func (a *Action) wayOut() string {
	lost, way := "", fmt.Sprintf("--replace-key %s makes a new key instead", a.Certificate)
	if a.Away {
		lost = "if it is lost: "
	}
	if a.CA {
		way = fmt.Sprintf("--replace-key %s makes a new CA instead, and all its certificates anew", a.Certificate)
	}
	switch {
	case a.Irreplaceable:
		lost, way = "", "another CA in its place would leave everybody with the old one in their kubeconfigs"
	case a.Moving && a.Away:
		way = "certwright rotate goes on, and from the switch on the new one signs"
	case a.Moving:
		way = "a replacement is under way: set this right, in the files or in the answers, and go on with certwright rotate"
	case a.Rotates && a.Away:
		way = "certwright rotate makes another CA in stages, without an outage"
	case a.Rotates:
		way += ", at once; certwright rotate does it in stages, without an outage"
	}
	return lost + way
}

// OnlyAway reports whether nothing stands in the way but keys that are not here:
// whoever has them puts them back, and lets none go.
func (e *RefusedError) OnlyAway() bool {
	return !slices.ContainsFunc(e.Actions, func(a Action) bool { return !a.Away })
}

// Replaceable are the certificates whose private key the operator could let go to get
// past the refusal: the values of --replace-key, without duplicates.
func (e *RefusedError) Replaceable() []string {
	var names []string
	seen := make(map[string]bool, len(e.Actions))
	for _, a := range e.Actions {
		// A CA whose key is merely elsewhere is replaced in stages, if ever.
		if a.Certificate != "" && !a.Irreplaceable && !a.Moving && !(a.Away && a.Rotates) && !seen[a.Certificate] {
			seen[a.Certificate] = true
			names = append(names, a.Certificate)
		}
	}
	return names
}
