package plan

import (
	"bytes"
	"encoding/pem"
	"fmt"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
)

// findLostReplacement holds the stage, as the operator's files tell it, against what
// verifiers trust: one of their files that has the right one in it and another
// beside, of which nothing lies with the operator, is of a replacement whose
// files are lost. To Rewrite it would narrow trust without a word.
func (m *maker) findLostReplacement(c *catalog.Certificate, companions ...*catalog.Certificate) {
	if !c.Trusted() {
		return
	}
	known, own := map[string]bool{}, ""
	for i, one := range append([]*catalog.Certificate{c}, companions...) {
		f := look(m.have, one)
		keys := publicKeys(m.have[one.Place(one.Own())].Data)
		if f.cert != nil {
			keys = append(keys, pkey.Text(f.cert.PublicKey))
		}
		if f.key != nil {
			keys = append(keys, pkey.Text(f.key.Public()))
		}
		for _, k := range keys {
			known[k] = true
			if i == 0 {
				own = k
			}
		}
	}
	var last []byte // thousands of nodes have the same bytes
	for _, path := range c.Places(catalog.Trust) {
		data := m.have[path].Data
		if bytes.Equal(data, last) {
			continue
		}
		last = data
		stranger, right := false, false
		for _, k := range publicKeys(data) {
			stranger = stranger || !known[k]
			right = right || k == own
		}
		if stranger && right {
			m.broken[c.Name] = fmt.Sprintf("%s trusts another one beside %s, as in a replacement, and nothing of that is in the operator's folder: "+
				"put %s or %s back from a backup, or leave only the right one in each file", path, c.Place(c.Own()),
				companions[0].Place(c.Own()), companions[1].Place(c.Own()))
			return
		}
	}
}

// publicKeys are those of the certificates and public keys in a PEM text.
func publicKeys(data []byte) []string {
	var out []string
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			if cert, err := pkey.ParseCertificate(block.Bytes); err == nil {
				out = append(out, pkey.Text(cert.PublicKey))
			}
		case "PUBLIC KEY":
			out = append(out, string(block.Bytes))
		}
	}
	return out
}
