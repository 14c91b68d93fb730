package survey

import (
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/scan"
)

// Adopted sees a survey of an adopted directory: by what the files are, as Guess
// does, and by the answers as far as they know them.
func Adopted(s *scan.Scan, layout *catalog.Layout, cluster *spec.Cluster) *Site {
	site := Guess(s)
	certs := layout.Certificates(cluster)
	at := map[Place]*catalog.Certificate{}
	for i := range certs {
		for _, p := range placesOf(&certs[i]) {
			at[p] = &certs[i]
		}
	}
	seen := map[*catalog.Certificate]bool{}
	for _, seat := range site.Seats {
		p := seat.Cert
		if seat.Entry.Kind == catalog.KeyPair {
			p = seat.Key
		}
		want := at[Place{Path: p.Path, Field: p.Field}]
		if want == nil {
			continue
		}
		seat.Want, seat.By, seen[want] = want, ByAnswers, true
		if want.Node != "" {
			seat.Node = want.Node
		}
	}
	for i := range certs {
		if c := &certs[i]; !seen[c] {
			site.seat(c) // its files are gone
		}
	}
	site.sort()
	return site
}

// placesOf are where a certificate, or the private key of a pair, lies.
func placesOf(c *catalog.Certificate) []Place {
	part := catalog.Cert
	if c.Entry.Kind == catalog.KeyPair {
		part = catalog.Key
	}
	var out []Place
	if !c.Embedded() {
		for _, p := range c.Places(part) {
			out = append(out, Place{Path: p})
		}
	}
	for _, f := range c.Files.Configs {
		out = append(out, Place{Path: f.Path, Field: scan.FieldUser})
	}
	return out
}
