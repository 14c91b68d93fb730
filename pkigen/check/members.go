package check

import (
	"net/netip"
	"net/url"
	"strings"

	"certwright/pkigen/survey"
)

// members are the members of etcd that are here: the hosts that each answers at.
type members struct {
	hosts map[string]map[string]bool // by machine
	ports map[string]map[string]bool // by machine; none where nobody has told
}

// members learns them from etcd's own flags, and from its certificates.
func (c *checker) members(orders []*survey.Order) *members {
	m := &members{map[string]map[string]bool{}, map[string]map[string]bool{}}
	for _, seat := range c.site.Seats {
		leaf := seat.Leaf()
		if seat.Role.Name != "etcd-server" || leaf == nil || len(leaf.IPAddresses)+len(leaf.DNSNames) == 0 {
			continue
		}
		if m.hosts[seat.Machine] == nil {
			m.hosts[seat.Machine], m.ports[seat.Machine] = map[string]bool{}, map[string]bool{}
		}
		for _, ip := range leaf.IPAddresses {
			m.hosts[seat.Machine][ip.String()] = true
		}
		for _, name := range leaf.DNSNames {
			m.hosts[seat.Machine][name] = true
		}
	}
	for _, o := range orders {
		if o.Program != "etcd" || m.hosts[o.Machine] == nil {
			continue
		}
		for _, flag := range []string{"--listen-client-urls", "--advertise-client-urls"} {
			list, _ := o.Value(flag)
			for _, text := range strings.Split(list, ",") {
				if u, err := url.Parse(text); err == nil && u.Host != "" {
					m.hosts[o.Machine][u.Hostname()], m.ports[o.Machine][u.Port()] = true, true
				}
			}
		}
	}
	return m
}

// answer tells that one of these servers is a member, or that none is here to ask.
// The loopback is the machine's own.
func (m *members) answer(machine, servers string) bool {
	if len(m.hosts) == 0 {
		return true
	}
	for _, text := range strings.Split(servers, ",") {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			return true // a variable, or a socket
		}
		addr, _ := netip.ParseAddr(u.Hostname())
		for at, hosts := range m.hosts {
			if (hosts[u.Hostname()] || hosts["0.0.0.0"] || hosts["::"]) && (len(m.ports[at]) == 0 || m.ports[at][u.Port()]) && (!addr.IsLoopback() || at == machine) {
				return true
			}
		}
	}
	return false
}
