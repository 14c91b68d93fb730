package catalog

import (
	"crypto/x509/pkix"
	"encoding/asn1"

	"certwright/pkigen/cluster/spec"
)

// PKIXName is a subject as crypto/x509 takes it, in the form that cfssl makes of
// the same request: one value for each field that is not empty, but for further groups.
func PKIXName(s spec.Subject) pkix.Name {
	one := func(v string) []string {
		if v == "" {
			return nil
		}
		return []string{v}
	}
	return pkix.Name{
		CommonName:         s.CN,
		Country:            one(s.C),
		Province:           one(s.ST),
		Locality:           one(s.L),
		Organization:       s.Os(),
		OrganizationalUnit: one(s.OU),
	}
}

// RawSubject is the DER of a subject, byte for byte as it will stand in the
// certificate. A chain is built by comparing these bytes, so subjects are
// compared by them too. The error is that of a value that is not UTF-8.
func RawSubject(s spec.Subject) ([]byte, error) {
	return asn1.Marshal(PKIXName(s).ToRDNSequence())
}
