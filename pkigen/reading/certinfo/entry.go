// Package certinfo describes what lies in certificate files: one certificate as
// cfssl-certinfo prints it, and whole directories as data. It reads what others
// made, so it takes every file as it comes: a broken one is a finding, not a
// failure. It never keeps or shows private key material.
package certinfo

import (
	"crypto/x509"
	"strings"
	"time"
)

// Kind is what an entry is about.
type Kind string

// The kinds of entry.
const (
	Certificate Kind = "certificate"
	PrivateKey  Kind = "private key"
	Request     Kind = "certificate request"
	PublicKey   Kind = "public key"
	Kubeconfig  Kind = "kubeconfig" // one without an embedded certificate
	Other       Kind = "other"
)

// Name is a distinguished name. Text is the whole in RFC 2253 form; the fields
// have the names that cfssl-certinfo gives them, but keep several values apart.
type Name struct {
	Text               string   `json:"text"`
	CommonName         string   `json:"common_name,omitempty"`
	Country            []string `json:"country,omitempty"`
	Organization       []string `json:"organization,omitempty"`
	OrganizationalUnit []string `json:"organizational_unit,omitempty"`
	Locality           []string `json:"locality,omitempty"`
	Province           []string `json:"province,omitempty"`
}

// String is the name for people: the common name if there is one, else the whole.
func (n Name) String() string {
	if n.CommonName != "" {
		return n.CommonName
	}
	return n.Text
}

// Entry is one thing found in a file: a certificate, a key, a request, or the
// reason why the file could not be read. A file with several certificates
// gives several entries.
type Entry struct {
	File  string `json:"file"`            // as it was given or walked to
	Index int    `json:"index"`           // the position of the block in its file, from 0
	Field string `json:"field,omitempty"` // where it stands in a kubeconfig: "user admin"
	Kind  Kind   `json:"kind"`
	Error string `json:"error,omitempty"` // why it could not be read or understood
	Note  string `json:"note,omitempty"`  // why it was not read, or what is odd about it

	Subject            Name      `json:"subject,omitzero"`
	Issuer             Name      `json:"issuer,omitzero"`
	SerialNumber       string    `json:"serial_number,omitempty"` // decimal
	SANs               []string  `json:"sans,omitempty"`          // all of them: DNS, IP, email, URI
	DNSNames           []string  `json:"dns_names,omitempty"`
	IPAddresses        []string  `json:"ip_addresses,omitempty"`
	EmailAddresses     []string  `json:"email_addresses,omitempty"`
	URIs               []string  `json:"uris,omitempty"`
	Usages             []string  `json:"usages,omitempty"` // in cfssl's words
	NotBefore          time.Time `json:"not_before,omitzero"`
	NotAfter           time.Time `json:"not_after,omitzero"`
	KeyAlgorithm       string    `json:"key_algorithm,omitempty"` // "RSA-2048", "ECDSA-P256", "Ed25519"
	SignatureAlgorithm string    `json:"sigalg,omitempty"`        // in cfssl's words
	IsCA               bool      `json:"is_ca"`
	SelfSigned         bool      `json:"self_signed"`
	AuthorityKeyID     string    `json:"authority_key_id,omitempty"`
	SubjectKeyID       string    `json:"subject_key_id,omitempty"`
	Fingerprint        string    `json:"sha256_fingerprint,omitempty"` // of the DER bytes, AA:BB:...
	// SignerFile is the file of the CA that signed it, where that was among the
	// scanned ones; for a self-signed certificate its own file.
	SignerFile string `json:"signer_file,omitempty"`
	// PrivateKeyFile is the file of the private key that fits, among the scanned
	// ones or beside it under a usual name.
	PrivateKeyFile string `json:"private_key_file,omitempty"`

	der  []byte            // of a certificate
	cert *x509.Certificate // until it is linked
	pub  []byte            // SubjectPublicKeyInfo, to match keys, requests and certificates

	authority, signedBy string
	cut                 bool
}

// Authority tells CAs apart: certificates of one CA, also of one that was signed
// anew with the same key, have the same one. It is bytes without meaning, and ""
// for what is no CA.
func (e *Entry) Authority() string { return e.authority }

// SignedBy is the Authority of the CA among the scanned ones that signed a
// certificate; "" where there is none.
func (e *Entry) SignedBy() string { return e.signedBy }

// Cut reports whether the scan ended here, before its end, because of its limit.
func (e *Entry) Cut() bool { return e.cut }

// Signer is the issuer for people: "itself" for a self-signed certificate.
func (e *Entry) Signer() string {
	if e.SelfSigned {
		return "itself"
	}
	return e.Issuer.String()
}

// Identity is the subject for people, as Kubernetes reads it: the common name,
// and the organizations, which are the groups of a client certificate.
func (e *Entry) Identity() string {
	parts := make([]string, 0, 1+len(e.Subject.Organization))
	if s := e.Subject.String(); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(append(parts, e.Subject.Organization...), ", ")
}
