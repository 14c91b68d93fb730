package rehearse

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// checkSAN compares the address that a peer comes from with the names of the
// certificate that it shows, with the words of etcd
// (client/pkg/v3/transport/listener_tls.go, checkCertSAN and isHostInDNS). etcd
// asks the resolver, whose answers are names here.
func checkSAN(cert *x509.Certificate, source netip.Addr, names []string) error {
	if len(cert.IPAddresses) == 0 && len(cert.DNSNames) == 0 {
		return nil
	}
	host := source.String()
	if len(cert.IPAddresses) > 0 {
		err := cert.VerifyHostname(host)
		if err == nil || len(cert.DNSNames) == 0 {
			return err
		}
	}
	for _, dns := range cert.DNSNames {
		suffix, wildcard := strings.CutPrefix(dns, "*")
		if slices.ContainsFunc(names, func(n string) bool { return n == dns || wildcard && strings.HasSuffix(n, suffix) }) {
			return nil
		}
	}
	return fmt.Errorf("tls: %q does not match any of DNSNames %q", host, cert.DNSNames)
}
