package check

import (
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/survey"
)

// names judges the names of a server's certificate.
func (c *checker) names(seat *survey.Seat, leaf *x509.Certificate) {
	wants := c.wanted(seat)
	odd := c.oddNames(seat, leaf, wants)
	if !slices.Contains(seat.Entry.Purposes, catalog.Server) {
		return
	}
	if len(leaf.DNSNames)+len(leaf.IPAddresses)+len(leaf.URIs)+len(leaf.EmailAddresses) == 0 {
		c.add(findings.SANNone, seat.Cert.Path, seat, seat.Name())
		return
	}
	missing := map[string][]string{} // hosts by the reason
	var reasons []string
	for _, w := range wants {
		if covers(leaf, w.host) || odd[w.host] {
			continue
		}
		if missing[w.why] == nil {
			reasons = append(reasons, w.why)
		}
		missing[w.why] = append(missing[w.why], w.host)
	}
	for _, why := range reasons {
		c.add(findings.SANMissing, seat.Cert.Path, seat, strings.Join(missing[why], ", "), why)
	}
}

// oddNames tells of names that no client can ever dial, and returns the wanted
// names that they stand for: these are missing for that reason. One that stands
// for nothing that is missing does no harm.
func (c *checker) oddNames(seat *survey.Seat, leaf *x509.Certificate, wants []wanted) map[string]bool {
	odd := map[string]bool{}
	for _, n := range leaf.DNSNames {
		id, means := oddName(n)
		if id == "" {
			continue
		}
		severity := Warning
		for _, w := range wants {
			if means(w.host) && !covers(leaf, w.host) {
				odd[w.host], severity = true, Error
			}
		}
		if len(wants) == 0 && !slices.ContainsFunc(leaf.IPAddresses, func(ip net.IP) bool { return means(ip.String()) }) {
			severity = Error // nobody knows what is dialled
		}
		c.addAs(severity, id, seat.Cert.Path, seat, n)
	}
	return odd
}

// oddName is the check that a DNS name fails, and which hosts it was meant for;
// "" for a name that can be dialled.
func oddName(name string) (id string, means func(host string) bool) {
	bare := strings.TrimSpace(name)
	if p, err := netip.ParsePrefix(bare); err == nil {
		return findings.SANIsNetwork, func(host string) bool {
			addr, err := netip.ParseAddr(host)
			return err == nil && p.Contains(addr)
		}
	}
	if addr, err := netip.ParseAddr(bare); err == nil {
		return findings.SANIsAddress, func(host string) bool { return host == addr.String() }
	}
	if bare == name && !strings.ContainsAny(name, ":/@[] ,") {
		return "", nil
	}
	if u, err := url.Parse(bare); err == nil && u.Hostname() != "" {
		bare = u.Hostname()
	} else if host, _, err := net.SplitHostPort(bare); err == nil {
		bare = host
	}
	return findings.SANIsPort, func(host string) bool {
		return host == bare || slices.Contains(strings.FieldsFunc(name, isSeparator), host)
	}
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == ';' }

// covers reports whether a client that dials a host finds it.
func covers(leaf *x509.Certificate, host string) bool {
	if strings.HasPrefix(host, "*.") {
		return slices.Contains(leaf.DNSNames, host)
	}
	return leaf.VerifyHostname(host) == nil
}

// askedFor is why a name is wanted that stands in the answers.
const askedFor = "the answers ask for"

// wanted is a name that a certificate needs, and why.
type wanted struct{ host, why string }

// wanted are the names that a certificate must have: those of the answers, or
// what flags and kubeconfigs of the directory dial.
func (c *checker) wanted(seat *survey.Seat) []wanted {
	var out []wanted
	want := func(why string, hosts ...string) {
		for _, h := range hosts {
			if h != "" && !slices.ContainsFunc(out, func(w wanted) bool { return w.host == h }) {
				out = append(out, wanted{h, why})
			}
		}
	}
	if seat.Want != nil {
		for _, h := range seat.Want.Hosts {
			want(askedFor, h.String())
		}
	}
	return out
}
