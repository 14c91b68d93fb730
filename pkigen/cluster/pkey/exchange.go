package pkey

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
)

// Certificates are the certificates of a PEM text, each with the text of its block. Those
// that cannot be read are left out.
func Certificates(text []byte) (certs []*x509.Certificate, blocks [][]byte) {
	for at, block := range certificateBlocks(text) {
		if cert, err := ParseCertificate(block); err == nil {
			certs, blocks = append(certs, cert), append(blocks, text[at.start:at.end])
		}
	}
	return certs, blocks
}

// Exchange puts a certificate into a PEM text in the place of the first one that is
// meant by is, and of the description that stands before it. The rest stays: a chain
// keeps what is above the leaf. It is nil where the text has none that is meant.
func Exchange(text, made []byte, is func(*x509.Certificate) bool) []byte {
	before := 0
	for at, block := range certificateBlocks(text) {
		cert, err := ParseCertificate(block)
		if err != nil || !is(cert) {
			before = at.end
			continue
		}
		if have, _ := pem.Decode(made); have != nil && bytes.Equal(have.Bytes, block) {
			return text
		}
		return append(append(bytes.Clone(text[:before]), made...), bytes.TrimLeft(text[at.end:], "\r\n")...)
	}
	return nil
}

// span is where a block stands in a text.
type span struct{ start, end int }

// certificateBlocks goes through the blocks of a PEM text that are certificates.
func certificateBlocks(text []byte) func(yield func(span, []byte) bool) {
	return func(yield func(span, []byte) bool) {
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			end := len(text) - len(rest)
			start := bytes.LastIndex(text[:end], []byte("-----BEGIN "+block.Type+"-----"))
			if block.Type == "CERTIFICATE" && start >= 0 && !yield(span{start, end}, block.Bytes) {
				return
			}
		}
	}
}
