package check

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

var rotationChecks = []Check{
	{trustNarrow, Error, "does not trust %[1]s",
		"While a CA or the service account keys are replaced, everybody trusts the old one and the new one: who lacks one refuses those who have it from the other.",
		"Copy the file again from where both are in it, and restart what uses it.",
		nil, fix{}},
	{rotation, Note, "tells that %[1]s is being replaced, and %[2]s",
		"Old and new are both trusted meanwhile, which is as it must be for a while and not for good.",
		"certwright rotate DIR says how to go on.", nil, fix{}},
}

// verifiersOf are the seats by which others are checked, of one CA of the answers.
type verifiersOf struct{ want *catalog.Certificate }

// verifies tells a file for verifiers from the CA's own, where the answers have both.
func verifies(seat *survey.Seat) bool { return seat.Verifies && seat.Entry.Kind == catalog.Authority }

// holdsOwn reports whether a file for verifiers has the operator's own certificate of
// the CA in it.
func (c *checker) holdsOwn(seat *survey.Seat) bool {
	if !verifies(seat) {
		return false
	}
	own := c.site.File(seat.Want.Place(catalog.Cert))
	if own == nil {
		return false
	}
	ok, asked := holds(seat.Cert.File, own)
	return ok && asked
}

// rotations holds, of each CA and key pair of the answers, what verifiers trust
// against what lies with the operator: the one that signs, and the one beside it
// while it is replaced, of which it tells.
func (c *checker) rotations() {
	if c.site.Layout == nil {
		return
	}
	for i := range c.certs {
		main := &c.certs[i]
		if !c.site.Layout.Rotates(main) {
			continue
		}
		var trusted []*scan.File
		for _, seat := range c.site.Seats {
			if f := seat.Part(main.Own()).File; seat.Verifies && seat.Want.Name == main.Name && f != nil && !c.covered(seat) {
				trusted = append(trusted, f)
			}
		}
		c.trusting(main, trusted)
		for _, turn := range []struct {
			catalog.Generation
			text string
		}{{catalog.Next, "widened: the old one signs"}, {catalog.Previous, "switched: the new one signs"}} {
			companion := main.Companion(turn.Generation)
			f := c.site.File(companion.Place(companion.Own()))
			if f == nil {
				continue
			}
			c.add(rotation, f.Path, nil, main.Name, turn.text)
			c.trusting(&companion, trusted)
		}
	}
}

// trusting holds that files for verifiers have one in them.
func (c *checker) trusting(one *catalog.Certificate, files []*scan.File) {
	own := c.site.File(one.Place(one.Own()))
	if own == nil || isBroken(own) {
		return
	}
	for _, f := range files {
		if ok, asked := holds(f, own); asked && !ok {
			c.add(trustNarrow, f.Path, nil, own.Path)
		}
	}
}

// holds reports whether a file has the first certificate, or the first public key,
// of another in it. asked is whether that has one.
func holds(f, own *scan.File) (ok, asked bool) {
	if certs := own.Certs(""); len(certs) > 0 {
		return slices.ContainsFunc(f.Certs(""), func(c *x509.Certificate) bool { return bytes.Equal(c.Raw, certs[0].Raw) }), true
	}
	keys, _ := tokenPublics(own)
	if len(keys) == 0 {
		return false, false
	}
	have, _ := tokenPublics(f)
	return slices.ContainsFunc(have, func(k crypto.PublicKey) bool { return pkey.Same(k, keys[0]) }), true
}
