package scan

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"strings"

	"certwright/pkigen/pkey"
)

var (
	utf8BOM  = []byte("\xef\xbb\xbf")
	pemBegin = []byte("-----BEGIN ")
)

// blocks reads PEM blocks, of the file itself or of a field in it, and what is
// odd about their text. Go's reader passes over what it cannot read, so what it
// left out is counted against the lines that begin a block.
func (f *File) blocks(field string, data []byte) {
	if len(data) == 0 {
		return
	}
	f.accidents(data)
	begun := bytes.Count(data, pemBegin)
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		begun--
		f.block(field, block)
	}
	if begun > 0 {
		f.odd(PEMBroken, brokenPlace(data))
	}
}

// accidents are what editors and other systems do to a text: some readers pass
// over it, and some fail.
func (f *File) accidents(data []byte) {
	first := bytes.Index(data, pemBegin)
	switch {
	case bytes.HasPrefix(data, utf8BOM):
		f.odd(PEMAccident, "it begins with a byte order mark, as some Windows editors write it")
	case first > 0 && (data[first-1] == ' ' || data[first-1] == '\t'):
		f.odd(PEMAccident, describeLine(data, first)+" begins with white space")
	case bytes.Contains(data, []byte("\r\n")):
		f.odd(PEMAccident, "its lines end as on Windows (CRLF)")
	}
}

// brokenPlace finds the first BEGIN line from which nothing can be read.
func brokenPlace(data []byte) string {
	for at := 0; ; {
		i := bytes.Index(data[at:], pemBegin)
		if i < 0 {
			return "a PEM block in it cannot be read"
		}
		at += i
		next := len(data)
		if j := bytes.Index(data[at+len(pemBegin):], pemBegin); j >= 0 {
			next = at + len(pemBegin) + j
		}
		if block, _ := pem.Decode(data[at:next]); block == nil {
			place := "the PEM block at " + describeLine(data, at)
			if !bytes.Contains(data[at:next], []byte("-----END ")) {
				return place + " has no END line: the file was cut off"
			}
			return place + " cannot be read: its text is not base64"
		}
		at = next
	}
}

// block adds one.
func (f *File) block(field string, b *pem.Block) {
	out := Block{Form: Unknown, Label: b.Type, Field: field}
	switch t := b.Type; {
	case t == "EC PARAMETERS", t == "DH PARAMETERS":
		return // OpenSSL writes them before a key; they say nothing more
	case t == "CERTIFICATE", t == "TRUSTED CERTIFICATE", t == "X509 CERTIFICATE":
		out.Form = Certificate
		cert, err := pkey.ParseCertificate(b.Bytes)
		if err != nil {
			f.unreadable(err, err.Error())
		}
		out.Cert = cert
	case t == "CERTIFICATE REQUEST", t == "NEW CERTIFICATE REQUEST":
		out.Form = Request
		req, err := pkey.ParseRequest(b.Bytes)
		if err != nil {
			f.unreadable(err, err.Error())
		}
		out.CSR = req
	case t == "PUBLIC KEY", t == "RSA PUBLIC KEY":
		out.Form = PublicKey
		out.Public = f.publicKey(b)
	case t == "OPENSSH PRIVATE KEY": // of SSH, and nothing of ours
	case strings.HasSuffix(t, "PRIVATE KEY"):
		out.Form = PrivateKey
		out.Public = f.privateKey(b)
	}
	f.Blocks = append(f.Blocks, out)
}

func (f *File) publicKey(b *pem.Block) crypto.PublicKey {
	pub, err := pkey.ParsePublic(b)
	if err != nil {
		f.unreadable(err, err.Error())
		return nil
	}
	return pub
}

// privateKey keeps the public half of a private key and nothing else.
func (f *File) privateKey(b *pem.Block) crypto.PublicKey {
	if pkey.Encrypted(b) {
		f.odd(KeyEncrypted, "it is encrypted with a passphrase")
		return nil
	}
	key, err := pkey.ParsePrivate(b.Bytes)
	if err != nil {
		f.unreadable(err, "the private key in it cannot be read")
		return nil
	}
	return key.Public()
}
