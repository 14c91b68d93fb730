package certinfo

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"path"

	"certwright/pkigen/cluster/pkey"
	foreign "certwright/pkigen/reading/scan"
)

// contents reads the bytes of one file: PEM blocks, a kubeconfig, or one DER
// certificate. Anything else is an entry that says so, without judging it.
func (s *scanner) contents(name string, data []byte) {
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		if foreign.Within(name, data) {
			s.quoted(name, data)
			return
		}
		s.blocks(Entry{File: name}, data)
		return
	}
	if isKubeconfig(data) {
		s.kubeconfig(name, data)
		return
	}
	if len(bytes.TrimSpace(data)) == 0 {
		s.add(Entry{File: name, Kind: Other, Error: errEmpty})
		return
	}
	if cert, err := pkey.ParseCertificate(data); err == nil {
		e := Entry{File: name, Note: "in DER form"}
		e.describe(cert)
		s.add(e)
		return
	}
	e := Entry{File: name, Kind: Other}
	switch path.Ext(name) {
	case ".crt", ".cer", ".pem": // whoever watches for ends has to know that nothing is watched here
		e.Error = "it is named as a certificate, and holds neither PEM nor DER that can be read"
	}
	s.add(e)
}

// quoted adds entries for PEM blocks that stand whole within another text, indented or
// not: a script, values in YAML, notes. What is no whole block there is none of ours.
func (s *scanner) quoted(name string, data []byte) {
	lines := bytes.Split(data, []byte("\n"))
	for i, l := range lines {
		lines[i] = bytes.TrimSpace(l)
	}
	blocks, _ := s.pem.Decode(bytes.Join(lines, []byte("\n")))
	for i := range blocks {
		if e := s.block(Entry{File: name}, i, &blocks[i]); e.Error == "" {
			e.Note = "within another text"
			s.add(e)
		}
	}
	if len(blocks) == 0 {
		s.add(Entry{File: name, Kind: Other})
	}
}

// blocks adds an entry for each PEM block. from carries the file and, within a
// kubeconfig, the field.
func (s *scanner) blocks(from Entry, data []byte) {
	blocks, whole := s.pem.Decode(data)
	for i := range blocks {
		s.add(s.block(from, i, &blocks[i]))
	}
	if len(blocks) == 0 || !whole {
		from.Kind = Other
		from.Error = "a PEM block is damaged: its text cannot be decoded"
		s.add(from)
	}
}

// block makes an entry of one PEM block. Of many copies of a certificate only the
// first is described.
func (s *scanner) block(from Entry, index int, b *foreign.Block) Entry {
	e, seen := s.described[b.Cert]
	if !seen {
		e = newEntry(b)
		if s.described == nil {
			s.described = map[*x509.Certificate]Entry{}
		}
		if b.Cert != nil {
			s.described[b.Cert] = e
		}
	}
	e.File, e.Field, e.Index = from.File, from.Field, index
	return e
}

// kinds are those of forms.
var kinds = map[foreign.Form]Kind{foreign.Certificate: Certificate, foreign.Request: Request, foreign.PublicKey: PublicKey, foreign.PrivateKey: PrivateKey, foreign.Unknown: Other}

// newEntry describes one PEM block.
func newEntry(b *foreign.Block) Entry {
	e := Entry{Kind: kinds[b.Form]}
	switch {
	case b.Err != nil:
		e.Error = b.Err.Error()
	case b.Encrypted:
		e.Note = "encrypted, not opened here"
	case b.Cert != nil:
		e.describe(b.Cert)
	case b.CSR != nil:
		e.describeRequest(b.CSR)
	case b.Public != nil:
		e.setKey(b.Public)
	case b.Label == "OPENSSH PRIVATE KEY":
		e.Note = "a private key of SSH"
	default:
		e.Note = fmt.Sprintf("PEM block %q", b.Label)
	}
	return e
}
