package check

import (
	"crypto/x509"
	"net/netip"
	"net/url"
	"strings"

	"certwright/pkigen/survey"
)

// members are the members of etcd that are here, by machine.
type members map[string]*member

// member is where one member of etcd answers.
type member struct {
	leaf  *x509.Certificate
	hosts map[string]bool // that it is told
	ports map[string]bool // none where nobody has told
}

// members learns them from etcd's own flags, and from its certificates.
func (c *checker) members(orders []*survey.Order) members {
	all := members{}
	for _, seat := range c.site.Seats {
		leaf := seat.Leaf()
		if seat.Role.Name == "etcd-server" && leaf != nil && len(leaf.IPAddresses)+len(leaf.DNSNames) > 0 {
			all[seat.Machine] = &member{leaf, map[string]bool{}, map[string]bool{}}
		}
	}
	for _, o := range orders {
		m := all[o.Machine]
		if o.Program != "etcd" || m == nil {
			continue
		}
		for _, flag := range []string{"--listen-client-urls", "--advertise-client-urls"} {
			list, _ := o.Value(flag)
			for _, text := range strings.Split(list, ",") {
				if u, err := url.Parse(text); err == nil && u.Host != "" {
					m.hosts[u.Hostname()], m.ports[u.Port()] = true, true
				}
			}
		}
	}
	return all
}

// answers tells that it is dialled by such a host and port; it may listen at all its
// addresses.
func (m *member) answers(host, port string) bool {
	known := m.hosts[host] || m.hosts["0.0.0.0"] || m.hosts["::"] || m.leaf.VerifyHostname(host) == nil
	return known && (len(m.ports) == 0 || m.ports[port])
}

// answer tells that one of these servers is a member, or that none is here to ask.
// The loopback is the machine's own.
func (all members) answer(machine, servers string) bool {
	if len(all) == 0 {
		return true
	}
	for _, text := range strings.Split(servers, ",") {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			return true // a variable, or a socket
		}
		addr, _ := netip.ParseAddr(u.Hostname())
		for at, m := range all {
			if m.answers(u.Hostname(), u.Port()) && (!addr.IsLoopback() || at == machine) {
				return true
			}
		}
	}
	return false
}
