package certinfo

import (
	"encoding/json"
	"fmt"

	cfinfo "github.com/cloudflare/cfssl/certinfo"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/visible"
)

// CFSSL returns, for the contents of a file, exactly what `cfssl-certinfo -cert
// FILE` prints on stdout, the newline at the end included.
//
// It takes one certificate in PEM form, or a PKCS #7 envelope with one. For
// anything else, also for a file with two certificates, cfssl-certinfo prints
// nothing on stdout, one line on stderr, and exits with 0; the error's text is
// that line. (`cfssl certinfo` prints the same and exits with 1.)
func CFSSL(pemBytes []byte) (out []byte, err error) {
	defer func() {
		// cfssl's PKCS #7 parser is old and reads foreign bytes.
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("cfssl cannot read this file: %v", r)
		}
	}()
	if err := pkey.CheckPEM(pemBytes); err != nil {
		return nil, err
	}
	cert, err := cfinfo.ParseCertificatePEM(pemBytes)
	if err != nil {
		return nil, err
	}
	out, err = json.MarshalIndent(cert, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(visible.JSON(out), '\n'), nil
}
