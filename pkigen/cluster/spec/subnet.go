package spec

import (
	"net/netip"
	"strings"

	"certwright/pkigen/cluster/problem"
)

// FirstServiceAddr is the address that kube-apiserver gives to the Service
// "kubernetes": the one behind the network address. Pods dial it, so the API
// server's certificate has to name it. The zero Addr for a prefix without one.
func FirstServiceAddr(p netip.Prefix) netip.Addr {
	if !p.IsValid() || p.IsSingleIP() {
		return netip.Addr{}
	}
	return p.Masked().Addr().Next()
}

// ParseServiceSubnets reads the service network, or two of different families
// with a comma between them; the first is the primary one. The sizes are those
// that kube-apiserver takes: at least 8 addresses, IPv6 not over /64; over /12 or
// /108 only from Kubernetes 1.34 on. With an error among the problems the list
// holds only what could be read.
func ParseServiceSubnets(key, text string) ([]netip.Prefix, []problem.Problem) {
	nets, ps := parseSubnets(key, text, serviceSizeFault)
	if len(nets) == 0 && len(ps) == 0 {
		ps = append(ps, problem.New(problem.Missing, key, 0, "10.96.0.0/12"))
	}
	return nets, ps
}

// ParsePodSubnets reads the pod network like ParseServiceSubnets, but it may be
// empty and of any size: it is only compared with the others.
func ParsePodSubnets(key, text string) ([]netip.Prefix, []problem.Problem) {
	return parseSubnets(key, text, func(netip.Prefix) *fault { return nil })
}

func parseSubnets(key, text string, size func(netip.Prefix) *fault) ([]netip.Prefix, []problem.Problem) {
	var nets []netip.Prefix
	var ps []problem.Problem
	lines := strings.Split(text, "\n")
	for i, raw := range lines {
		line := i + 1
		if len(lines) == 1 {
			line = 0
		}
		s, _, _ := strings.Cut(normalise(raw), "#")
		for word := range strings.FieldsFuncSeq(s, isSeparator) {
			p, f := parseSubnet(word)
			if f != nil {
				ps = append(ps, f.at(key, line))
				if !p.IsValid() {
					continue
				}
			}
			for _, f := range []*fault{size(p), reachFault(p), familyFault(nets, p)} {
				if f != nil {
					ps = append(ps, f.at(key, line))
				}
			}
			nets = append(nets, p)
		}
	}
	return nets, ps
}

func isSeparator(r rune) bool { return strings.ContainsRune(" \t\r,;", r) }

// parseSubnet reads one network. Host bits are cleared, with a fault beside a
// valid prefix, as kube-apiserver does without a word.
func parseSubnet(s string) (netip.Prefix, *fault) {
	if f := textFault(s); f != nil {
		return netip.Prefix{}, f
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return netip.Prefix{}, badSubnet(s)
	case p.Addr().Is4In6():
		return netip.Prefix{}, faulty(subnetBad, s)
	case p != p.Masked():
		return p.Masked(), faulty(subnetHostBits, s, p.Masked().String())
	}
	return p, nil
}

// badSubnet says why s is no network.
func badSubnet(s string) *fault {
	addr, mask, slash := strings.Cut(s, "/")
	a, err := netip.ParseAddr(addr)
	if !slash {
		first, _, _ := strings.Cut(s, "-")
		if _, err2 := netip.ParseAddr(first); err2 == nil && first != s {
			return faulty(subnetIsRange, s)
		}
		if err != nil {
			return faulty(subnetBad, s)
		}
		return faulty(subnetNoMask, s, s+map[bool]string{true: "/16", false: "/108"}[a.Is4()])
	}
	if err != nil {
		if f := dottedFault(addr); f != nil && (f.code == addrOctet || f.code == addrZeros) {
			return faulty(subnetAddr, s, addr)
		}
		return faulty(subnetBad, s)
	}
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && a.Is4() {
		if bits, ok := maskBits(m); ok {
			return faulty(subnetNetmask, s, netip.PrefixFrom(a, bits).Masked().String())
		}
	}
	return faulty(subnetMask, s, mask, a.BitLen())
}

// maskBits is the length of a mask such as 255.255.0.0.
func maskBits(m netip.Addr) (int, bool) {
	b := m.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	bits := 0
	for n&(1<<31) != 0 {
		bits++
		n <<= 1
	}
	return bits, n == 0
}

// serviceSizeFault holds the limits of kube-apiserver
// (--service-cluster-ip-range) on the number of service addresses.
func serviceSizeFault(p netip.Prefix) *fault {
	host := p.Addr().BitLen() - p.Bits()
	switch {
	case host < 3:
		return faulty(subnetSmall, p.String(), 1<<host, p.Addr().BitLen()-3)
	case p.Addr().Is6() && p.Bits() < 64:
		return faulty(subnetOver64, p.String())
	case host > 20:
		return faulty(subnetLarge, p.String(), p.Addr().BitLen()-20)
	}
	return nil
}

// Networks that no cluster may take, because every machine reads them
// otherwise, and those that belong to nobody in the Internet.
var (
	specialNets = prefixes("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/127", "fe80::/10", "ff00::/8")
	privateNets = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "240.0.0.0/4",
		"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "fc00::/7", "2001:db8::/32", "3fff::/20")
)

func prefixes(list ...string) []netip.Prefix {
	var ps []netip.Prefix
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

// reachFault finds networks whose addresses mean something else already.
func reachFault(p netip.Prefix) *fault {
	for _, q := range specialNets {
		if p.Overlaps(q) {
			return faulty(subnetSpecial, p.String(), q.String())
		}
	}
	for _, q := range privateNets {
		if q.Contains(p.Addr()) && q.Bits() <= p.Bits() {
			return nil
		}
	}
	return faulty(subnetPublic, p.String())
}

// familyFault holds that there are two networks at most, one of each family.
func familyFault(before []netip.Prefix, p netip.Prefix) *fault {
	switch {
	case len(before) >= 2:
		return faulty(subnetThird, p.String())
	case len(before) == 1 && before[0].Addr().Is4() == p.Addr().Is4():
		return faulty(subnetSameFamily, p.String(), before[0].String(), family(p.Addr()))
	}
	return nil
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
