package scan

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"certwright/pkigen/cluster/pkey"
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
	blocks, whole := new(Decoder).Decode(data)
	for i := range blocks {
		f.block(field, &blocks[i])
	}
	if !whole {
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

// block adds one, and notes what is odd about it.
func (f *File) block(field string, b *Block) {
	b.Field = field
	f.Blocks = append(f.Blocks, *b)
	switch {
	case b.Encrypted:
		f.odd(KeyEncrypted, "it is encrypted with a passphrase")
	case b.Err != nil && b.Form == PrivateKey:
		f.unreadable(b.Err, "the private key in it cannot be read")
	case b.Err != nil:
		f.unreadable(b.Err, b.Err.Error())
	}
}

// Decoder takes PEM apart. Of many copies of a certificate it parses the first.
type Decoder struct{ certs map[string]*x509.Certificate }

// Decode are the blocks of a text, in order, and whether all that begin there could be
// read: what no block holds is passed over.
func (d *Decoder) Decode(data []byte) (blocks []Block, whole bool) {
	begun := bytes.Count(data, pemBegin)
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		begun--
		if b.Type != "EC PARAMETERS" { // OpenSSL writes them before a key; they say nothing more
			blocks = append(blocks, d.block(b))
		}
	}
	return blocks, begun <= 0
}

func (d *Decoder) block(b *pem.Block) Block {
	out := Block{Form: Unknown, Label: b.Type}
	switch t := b.Type; {
	case t == "CERTIFICATE", t == "TRUSTED CERTIFICATE", t == "X509 CERTIFICATE":
		out.Form = Certificate
		if out.Cert = d.certs[string(b.Bytes)]; out.Cert != nil {
			return out
		}
		if out.Cert, out.Err = pkey.ParseCertificate(b.Bytes); out.Err == nil {
			if d.certs == nil {
				d.certs = map[string]*x509.Certificate{}
			}
			d.certs[string(b.Bytes)] = out.Cert
		}
	case t == "CERTIFICATE REQUEST", t == "NEW CERTIFICATE REQUEST":
		out.Form = Request
		out.CSR, out.Err = pkey.ParseRequest(b.Bytes)
	case t == "PUBLIC KEY", t == "RSA PUBLIC KEY":
		out.Form = PublicKey
		out.Public, out.Err = pkey.ParsePublic(b)
	case t == "OPENSSH PRIVATE KEY": // of SSH, and nothing of ours
	case strings.HasSuffix(t, "PRIVATE KEY"):
		out.Form, out.Encrypted = PrivateKey, pkey.Encrypted(b)
		if !out.Encrypted {
			out.Public, out.Err = publicHalf(b.Bytes)
		}
	}
	return out
}

// publicHalf is that of a private key, of which nothing else is kept.
func publicHalf(der []byte) (crypto.PublicKey, error) {
	key, err := pkey.ParsePrivate(der)
	if err != nil {
		return nil, err
	}
	return key.Public(), nil
}
