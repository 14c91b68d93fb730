// Package handshake knows how large the messages of a TLS handshake may be.
package handshake

import "certwright/pkigen/cluster/spec"

// The largest message with certificates that the other side of a handshake takes.
const (
	// MostOpenSSL is that of OpenSSL, and so of curl, Python, nginx and their like
	// (SSL_MAX_CERT_LIST_DEFAULT).
	MostOpenSSL = 100 << 10
	// MostGo is that of every component of Kubernetes and etcd (crypto/tls,
	// maxHandshakeCertificateMsg).
	MostGo = 256 << 10
)

// MessageSize is the size of the message (TLS 1.3) with certificates of these sizes.
func MessageSize(certs ...int) int {
	size := 4
	for _, n := range certs {
		size += n + 5
	}
	return size
}

// CertificateSize is about the size of a certificate for a key that names hosts: what there is
// beside them differs by little.
func CertificateSize(key spec.KeyAlgorithm, hosts []spec.Host) int {
	const frame = 700 // subject, issuer, dates and all extensions but the names
	size := frame
	if key.ECDSA() {
		size += 160
	} else {
		_, bits := key.CFSSL()
		size += bits / 8 * 2 // the key, and a signature by one like it
	}
	for _, h := range hosts {
		switch {
		case h.Addr.Is4():
			size += 2 + 4
		case h.Addr.IsValid():
			size += 2 + 16
		case len(h.Name) < 128:
			size += 2 + len(h.Name)
		default:
			size += 3 + len(h.Name)
		}
	}
	return size
}
