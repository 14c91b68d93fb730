package check

import (
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"certwright/pkigen/role"
	"certwright/pkigen/survey"
)

// names judges the names of a server's certificate.
func (c *checker) names(seat *survey.Seat, leaf *x509.Certificate) {
	wants := c.wanted(seat)
	odd := c.oddNames(seat, leaf, wants)
	if !slices.Contains(seat.Role.Purposes, role.Server) {
		return
	}
	if len(leaf.DNSNames)+len(leaf.IPAddresses)+len(leaf.URIs)+len(leaf.EmailAddresses) == 0 {
		c.add("san-none", seat.Cert.Path, seat, seat.Name())
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
		c.add("san-missing", seat.Cert.Path, seat, strings.Join(missing[why], ", "), why)
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
		return "san-is-network", func(host string) bool {
			addr, err := netip.ParseAddr(host)
			return err == nil && p.Contains(addr)
		}
	}
	if addr, err := netip.ParseAddr(bare); err == nil {
		return "san-is-address", func(host string) bool { return host == addr.String() }
	}
	if bare == name && !strings.ContainsAny(name, ":/@[] ,") {
		return "", nil
	}
	if u, err := url.Parse(bare); err == nil && u.Hostname() != "" {
		bare = u.Hostname()
	} else if host, _, err := net.SplitHostPort(bare); err == nil {
		bare = host
	}
	return "san-is-port", func(host string) bool {
		return host == bare || slices.Contains(strings.FieldsFunc(name, isSeparator), host)
	}
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == ';' }

// covers tells whether a client that dials a host finds it.
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
	get := func(program, flag string) string { return c.site.Setting(seat.Machine, program, flag) }
	switch seat.Role.Name {
	case "apiserver":
		const program = "kube-apiserver"
		want(program+" is reached by", get(program, "--advertise-address"))
		want("pods dial as the first service address", firstAddresses(get(program, "--service-cluster-ip-range"))...)
		want("pods dial", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
		want("a kubeconfig dials", c.dialled(seat)...)
	case "etcd-server":
		want("etcd tells its clients to dial", hostsOf(get("etcd", "--advertise-client-urls"))...)
	case "etcd-peer":
		want("etcd tells its members to dial", hostsOf(get("etcd", "--initial-advertise-peer-urls"))...)
	case "kubelet-server":
		want("kube-apiserver dials", seat.Node)
	}
	return out
}

// firstAddresses are those that kube-apiserver gives to the service kubernetes.
func firstAddresses(ranges string) []string {
	var out []string
	for _, r := range strings.Split(ranges, ",") {
		if p, err := netip.ParsePrefix(strings.TrimSpace(r)); err == nil {
			out = append(out, p.Masked().Addr().Next().String())
			break // the first range is the one of the service
		}
	}
	return out
}

// hostsOf are the hosts of a list of URLs.
func hostsOf(urls string) []string {
	var out []string
	for _, u := range strings.Split(urls, ",") {
		if parsed, err := url.Parse(strings.TrimSpace(u)); err == nil && parsed.Hostname() != "" {
			out = append(out, parsed.Hostname())
		}
	}
	return out
}

// dialled are the hosts by which kubeconfigs dial this API server: the endpoint
// of all, and what names this machine.
func (c *checker) dialled(seat *survey.Seat) []string {
	var out []string
	for _, other := range c.site.Seats {
		if other.Config.File == nil || other.Config.File.Config == nil {
			continue
		}
		u, err := url.Parse(other.Config.File.Config.Server)
		if err != nil || slices.Contains(out, u.Hostname()) {
			continue
		}
		host := u.Hostname()
		if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() || host == "localhost" {
			continue // a proxy of the machine's own, or the API server's own port
		}
		if at := c.advertised()[host]; at == "" || at == seat.Machine {
			out = append(out, host)
		}
	}
	return out
}

// advertised are the machines of API servers by their addresses.
func (c *checker) advertised() map[string]string {
	c.once.Do(func() {
		c.addresses = map[string]string{}
		for _, m := range c.site.Machines() {
			if a := c.site.Setting(m, "kube-apiserver", "--advertise-address"); a != "" {
				c.addresses[a] = m
			}
		}
		if c.site.Cluster == nil {
			return
		}
		for i := range c.site.Cluster.Nodes {
			n := &c.site.Cluster.Nodes[i]
			for _, a := range n.Addresses {
				c.addresses[a.String()] = role.NodeRoot(n.Name)
			}
		}
	})
	return c.addresses
}
