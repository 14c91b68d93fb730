package verify

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
	"certwright/pkigen/making/plan"
)

// checkKind checks that a CA is one and a leaf is none.
func checkKind(c *plan.Certificate, cert *x509.Certificate) error {
	isCA := pkey.IsCA(cert)
	switch {
	case c.IsCA() && !isCA:
		return errors.New("is not a CA")
	case c.IsCA() && cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0:
		// Without the extension every usage is allowed (RFC 5280, 4.2.1.3).
		return fmt.Errorf("is a CA without the usage %q", "cert sign")
	case !c.IsCA() && isCA:
		return errors.New("is a CA, though it should not be one")
	}
	return nil
}

func checkSubject(c *plan.Certificate, cert *x509.Certificate) error {
	return sameSubject(cert.Subject, c.Subject)
}

// sameSubject compares the fields that the answers know.
func sameSubject(have pkix.Name, want spec.Subject) error {
	w := catalog.PKIXName(want)
	for _, f := range []struct {
		name       string
		have, want []string
	}{
		{"CN", []string{have.CommonName}, []string{w.CommonName}},
		{"C", have.Country, w.Country},
		{"ST", have.Province, w.Province},
		{"L", have.Locality, w.Locality},
		{"O", have.Organization, w.Organization},
		{"OU", have.OrganizationalUnit, w.OrganizationalUnit},
	} {
		if !slices.Equal(f.have, f.want) {
			return fmt.Errorf("its subject has %s %q, %q was planned", f.name, strings.Join(f.have, ","), strings.Join(f.want, ","))
		}
	}
	return nil
}

// sans are the subject alternative names of a certificate or a request.
type sans struct {
	dns    []string
	ips    []net.IP
	emails []string
	uris   []*url.URL
}

// checkNames compares the names, in order for a certificate just made. A kept
// one may have them in another order, which no client minds, and one that was
// adopted names that no client can dial; a CA's names no client reads, and one that is renewed keeps them (kubeadm's have one).
func checkNames(c *plan.Certificate, cert *x509.Certificate) error {
	if c.IsCA() && (!c.Cert.Writes() || c.OldCert != nil) {
		return nil
	}
	dns := cert.DNSNames
	if c.AsFound && !c.Cert.Writes() {
		dns = slices.DeleteFunc(slices.Clone(dns), func(n string) bool { return !spec.IsHost(n) })
	}
	return sameNames(c, sans{dns, cert.IPAddresses, cert.EmailAddresses, cert.URIs}, c.Cert.Writes())
}

func sameNames(c *plan.Certificate, have sans, ordered bool) error {
	if len(have.emails)+len(have.uris) > 0 {
		return fmt.Errorf("has names that are neither addresses nor DNS names: %v %v", have.emails, have.uris)
	}
	var dns, ips, haveIPs []string
	for _, h := range c.Hosts {
		if h.Addr.IsValid() {
			ips = append(ips, h.Addr.Unmap().String())
		} else {
			dns = append(dns, h.Name)
		}
	}
	for _, ip := range have.ips {
		haveIPs = append(haveIPs, ip.String())
	}
	if err := sameList("DNS names", have.dns, dns, ordered); err != nil {
		return err
	}
	return sameList("addresses", haveIPs, ips, ordered)
}

// sameList compares two lists, and names the first difference of either kind.
func sameList(what string, have, want []string, ordered bool) error {
	if slices.Equal(have, want) {
		return nil
	}
	if w, ok := missing(want, have); ok {
		return fmt.Errorf("lacks %q among its %s", w, what)
	}
	if h, ok := missing(have, want); ok {
		return fmt.Errorf("has %q among its %s, which was not planned", h, what)
	}
	if ordered {
		return fmt.Errorf("has its %s in another order than planned: %s", what, strings.Join(have, " "))
	}
	return nil
}

// missing is the first of list that other has not.
func missing(list, other []string) (string, bool) {
	known := make(map[string]bool, len(other))
	for _, s := range other {
		known[s] = true
	}
	i := slices.IndexFunc(list, func(s string) bool { return !known[s] })
	if i < 0 {
		return "", false
	}
	return list[i], true
}

// checkUsages compares the usages of a leaf bit by bit. A kept certificate from
// elsewhere may have more than its profile says; what it lacks counts.
func checkUsages(c *plan.Certificate, cert *x509.Certificate) error {
	if c.IsCA() {
		return nil // checkKind has seen what matters
	}
	ku, eku, unknown := usage.Bits(c.Usages)
	if len(unknown) > 0 {
		return fmt.Errorf("its profile has the unknown usage %q", unknown[0])
	}
	exact := c.Cert.Writes()
	if cert.KeyUsage&ku != ku || exact && cert.KeyUsage != ku {
		return fmt.Errorf("its key usages are %#x, %#x were planned (%s)", int(cert.KeyUsage), int(ku), strings.Join(c.Usages, ", "))
	}
	for _, u := range eku {
		if !slices.Contains(cert.ExtKeyUsage, u) {
			return fmt.Errorf("lacks an extended usage of its profile (%s)", strings.Join(c.Usages, ", "))
		}
	}
	if exact && (!slices.Equal(cert.ExtKeyUsage, eku) || len(cert.UnknownExtKeyUsage) > 0) {
		return fmt.Errorf("has other extended usages than its profile (%s)", strings.Join(c.Usages, ", "))
	}
	return nil
}

// checkDates compares the dates to the second, as certificates hold them.
func checkDates(c *plan.Certificate, cert *x509.Certificate) error {
	if want := c.NotBefore.Truncate(time.Second); !cert.NotBefore.Equal(want) {
		return fmt.Errorf("begins on %s, %s was planned", stamp(cert.NotBefore), stamp(want))
	}
	if want := c.NotAfter.Truncate(time.Second); !cert.NotAfter.Equal(want) {
		return fmt.Errorf("expires on %s, %s was planned", stamp(cert.NotAfter), stamp(want))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// purposes translates what a role is used for into what crypto/x509 checks.
var purposes = map[catalog.Purpose]x509.ExtKeyUsage{
	catalog.Server: x509.ExtKeyUsageServerAuth,
	catalog.Client: x509.ExtKeyUsageClientAuth,
}

// checkSigner builds the chain to the planned signer and no other, once for each
// purpose of the role, as the two sides of a handshake do.
func (s *set) checkSigner(c *plan.Certificate, cert *x509.Certificate) error {
	by := s.signers[c.Signer]
	if c.Signer == c.Name {
		by = newSigner(cert)
	}
	if by == nil {
		return fmt.Errorf("its signer %q was not checked before it", c.Signer)
	}
	signer := by.cert
	if signer != cert {
		if err := checkAuthorityKeyID(c, cert, signer); err != nil {
			return err
		}
		if cert.NotAfter.After(signer.NotAfter) && (!c.AsFound || c.Cert.Writes()) { // what was adopted may, until it is renewed
			return fmt.Errorf("expires on %s, after its CA, which expires on %s", stamp(cert.NotAfter), stamp(signer.NotAfter))
		}
	}
	switch expired := outside(cert, s.now) || outside(signer, s.now); {
	case !expired || !c.AsFound || c.Cert.Writes():
	case c.Intermediate():
		return nil
	default:
		// Nobody here can renew it, and the plan says so.
		return signer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	}
	wanted := []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	if len(c.Entry.Purposes) > 0 && !c.AsFound { // what was adopted keeps the usages that it had
		wanted = nil
		for _, p := range c.Entry.Purposes {
			wanted = append(wanted, purposes[p])
		}
	}
	for _, usage := range wanted {
		_, err := cert.Verify(x509.VerifyOptions{Roots: by.pool, CurrentTime: s.now, KeyUsages: []x509.ExtKeyUsage{usage}})
		if err != nil {
			return fmt.Errorf("does not chain to %q: %w", signer.Subject.CommonName, err)
		}
	}
	if signer == cert && !c.Intermediate() {
		// The pool trusts what lies in it; the signature must be right as well.
		if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
			return fmt.Errorf("is not signed by its own key: %w", err)
		}
	}
	return nil
}

// outside reports whether a certificate is not valid at a time.
func outside(c *x509.Certificate, now time.Time) bool {
	return now.Before(c.NotBefore) || now.After(c.NotAfter)
}

// checkAuthorityKeyID: without it, OpenSSL takes a leaf that bears its CA's name
// for self-signed. A kept certificate may lack it, but not name another key.
func checkAuthorityKeyID(c *plan.Certificate, cert, signer *x509.Certificate) error {
	switch {
	case len(cert.AuthorityKeyId) == 0 && c.Cert.Writes():
		return errors.New("has no authority key id")
	case len(cert.AuthorityKeyId) > 0 && len(signer.SubjectKeyId) > 0 &&
		!bytes.Equal(cert.AuthorityKeyId, signer.SubjectKeyId):
		return fmt.Errorf("its authority key id %X is not that of %q, %X",
			cert.AuthorityKeyId, signer.Subject.CommonName, signer.SubjectKeyId)
	}
	return nil
}

// checkHostnames tries each name of a server as a client would dial it. A
// wildcard cannot be dialled itself.
func checkHostnames(c *plan.Certificate, cert *x509.Certificate) error {
	if !slices.Contains(c.Entry.Purposes, catalog.Server) {
		return nil
	}
	for _, h := range c.Hosts {
		name := h.String()
		if rest, wild := strings.CutPrefix(name, "*."); wild {
			name = "any." + rest
		}
		if err := cert.VerifyHostname(name); err != nil {
			return fmt.Errorf("a client that dials %q would refuse it: %w", name, err)
		}
	}
	return nil
}
