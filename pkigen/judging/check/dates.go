package check

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/handshake"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

const day = 24 * time.Hour

func (c *checker) dates(seat *survey.Seat, cert *x509.Certificate) {
	c.mu.Lock()
	if c.ends.IsZero() || cert.NotAfter.Before(c.ends) {
		c.ends = cert.NotAfter
	}
	c.mu.Unlock()
	left := cert.NotAfter.Sub(c.now)
	switch {
	case cert.NotAfter.Before(cert.NotBefore):
		c.add(findings.NeverValid, seat.Cert.Path, seat, plan.Minute(cert.NotAfter), plan.Minute(cert.NotBefore))
	case left <= 0:
		c.add(findings.Expired, seat.Cert.Path, seat, plan.Minute(cert.NotAfter))
	case c.now.Before(cert.NotBefore):
		c.add(findings.NotYetValid, seat.Cert.Path, seat, plan.Minute(cert.NotBefore))
	case left < c.warned(seat, cert):
		c.add(EndsSoon, seat.Cert.Path, seat, plan.Minute(cert.NotAfter), span(left))
	}
}

// size judges what a server sends of certificates by what its clients take.
func (c *checker) size(seat *survey.Seat) {
	if !slices.Contains(seat.Entry.Purposes, catalog.Server) || seat.Cert.File == nil {
		return
	}
	var sizes []int
	for _, cert := range seat.Cert.File.Certs(seat.Cert.Field) {
		sizes = append(sizes, len(cert.Raw))
	}
	switch size := handshake.MessageSize(sizes...); {
	case size > handshake.MostGo:
		c.addAs(Error, findings.CertLarge, seat.Cert.Path, seat, size>>10, "Kubernetes and etcd", handshake.MostGo>>10)
	case size > handshake.MostOpenSSL:
		c.add(findings.CertLarge, seat.Cert.Path, seat, size>>10, "OpenSSL, as curl, Python and nginx use it,", handshake.MostOpenSSL>>10)
	}
}

// warned is how long before its end a certificate is warned of. One that nobody here
// renews by a plan is warned of a week before, however short its life is.
func (c *checker) warned(seat *survey.Seat, cert *x509.Certificate) time.Duration {
	d := soon(cert, seat.Entry.Kind == catalog.Authority)
	if seat.Want == nil {
		return max(d, 7*day)
	}
	return d
}

// seconds are as much as the making of a set takes: a certificate that outlives its CA
// by no more was meant to end with it.
const seconds = 10 * time.Minute

// span judges the dates of a certificate by those of its CA.
func (c *checker) span(seat *survey.Seat, leaf, ca *x509.Certificate) {
	if leaf.NotAfter.Sub(ca.NotAfter) > seconds {
		c.add(findings.OutlivesCA, seat.Cert.Path, seat, plan.Minute(leaf.NotAfter), plan.Minute(ca.NotAfter))
	}
	if leaf.NotBefore.Before(ca.NotBefore) {
		c.add(findings.StartsBeforeCA, seat.Cert.Path, seat, plan.Minute(leaf.NotBefore), plan.Minute(ca.NotBefore))
	}
}

// span is a length of time for people.
func span(d time.Duration) string {
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d minutes", d/time.Minute)
}

// The sizes of RSA keys in bits that one should have, and that Go's TLS takes at
// most (crypto/tls, maxRSAKeySize).
const (
	leastRSA = 2048
	goodRSA  = 1024 // below, crypto/rsa refuses to check a signature
	mostRSA  = 8192
)

func (c *checker) strength(seat *survey.Seat, cert *x509.Certificate) {
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return
	}
	switch bits := key.N.BitLen(); {
	case bits < goodRSA:
		c.addAs(Error, findings.WeakKey, seat.Cert.Path, seat, bits)
	case bits < leastRSA:
		c.add(findings.WeakKey, seat.Cert.Path, seat, bits)
	case bits > mostRSA:
		c.add(scan.HugeKey, seat.Cert.Path, seat, fmt.Sprintf("has an RSA key of %d bits", bits))
	}
}
