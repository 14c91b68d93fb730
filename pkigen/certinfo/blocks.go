package certinfo

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"path"
	"strings"

	"certwright/pkigen/pkey"
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
	index := 0
	for block, rest := pem.Decode(bytes.Join(lines, []byte("\n"))); block != nil; block, rest = pem.Decode(rest) {
		e := s.block(Entry{File: name}, index, block)
		index++
		if e.Error == "" {
			e.Note = "within another text"
			s.add(e)
		}
	}
	if index == 0 {
		s.add(Entry{File: name, Kind: Other})
	}
}

// blocks adds an entry for each PEM block. from carries the file and, within a
// kubeconfig, the field.
func (s *scanner) blocks(from Entry, data []byte) {
	found := false
	for index := 0; ; index++ {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		data = rest
		if block.Type == "EC PARAMETERS" {
			index-- // OpenSSL writes them before a key; they say nothing more
			continue
		}
		found = true
		s.add(s.block(from, index, block))
	}
	if !found || bytes.Contains(data, []byte("-----BEGIN ")) {
		from.Kind = Other
		from.Error = "a PEM block is damaged: its text cannot be decoded"
		s.add(from)
	}
}

// block makes an entry of one PEM block. Of many copies of a certificate only the
// first is taken apart.
func (s *scanner) block(from Entry, index int, block *pem.Block) Entry {
	e, seen := s.described[string(block.Bytes)]
	if !seen || block.Type != "CERTIFICATE" {
		e = Entry{}
		e.read(block)
	}
	if !seen && block.Type == "CERTIFICATE" && e.Error == "" {
		if s.described == nil {
			s.described = map[string]Entry{}
		}
		s.described[string(block.Bytes)] = e
	}
	e.File, e.Field, e.Index = from.File, from.Field, index
	return e
}

// read fills an entry from one PEM block.
func (e *Entry) read(block *pem.Block) {
	switch t := block.Type; {
	case t == "CERTIFICATE", t == "TRUSTED CERTIFICATE", t == "X509 CERTIFICATE":
		e.Kind = Certificate
		cert, err := pkey.ParseCertificate(block.Bytes)
		if err != nil {
			e.Error = err.Error()
			return
		}
		e.describe(cert)
	case t == "CERTIFICATE REQUEST", t == "NEW CERTIFICATE REQUEST":
		e.Kind = Request
		req, err := pkey.ParseRequest(block.Bytes)
		if err != nil {
			e.Error = err.Error()
			return
		}
		e.describeRequest(req)
	case t == "PUBLIC KEY":
		e.Kind = PublicKey
		pub, err := pkey.ParsePublic(block)
		if err != nil {
			e.Error = err.Error()
			return
		}
		e.setKey(pub)
	case t == "OPENSSH PRIVATE KEY":
		e.Kind = Other
		e.Note = "a private key of SSH"
	case t == "PRIVATE KEY", strings.HasSuffix(t, " PRIVATE KEY"):
		e.Kind = PrivateKey
		e.readPrivateKey(block)
	default:
		e.Kind = Other
		e.Note = fmt.Sprintf("PEM block %q", t)
	}
}

// readPrivateKey keeps the public half of a private key and nothing else. The
// parser's own errors are not shown: they might quote what they could not read.
func (e *Entry) readPrivateKey(block *pem.Block) {
	if pkey.Encrypted(block) {
		e.Note = "encrypted: not compared with its certificate"
		return
	}
	key, err := pkey.ParsePrivate(block.Bytes)
	if err != nil {
		e.Error = err.Error()
		return
	}
	e.setKey(key.Public())
}
