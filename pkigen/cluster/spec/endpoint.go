package spec

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/problem"
)

// DefaultPort is the port of kube-apiserver (--secure-port) where an endpoint
// names none.
const DefaultPort = 6443

// IsZero reports whether no endpoint was given.
func (e Endpoint) IsZero() bool { return e.Host.IsZero() }

// String is host:port, with brackets around an IPv6 address; "" for none.
func (e Endpoint) String() string {
	if e.IsZero() {
		return ""
	}
	return net.JoinHostPort(e.Host.String(), strconv.Itoa(e.Port))
}

// EndpointURL is how all but the control plane's own programs reach the API:
// by the endpoint of the answers, or where there is none by the first
// control-plane node. It is "" where there is neither yet.
func (c *Cluster) EndpointURL() string {
	if !c.Endpoint.IsZero() {
		return "https://" + c.Endpoint.String()
	}
	for i := range c.Nodes {
		if n := &c.Nodes[i]; n.Roles.Has(ControlPlane) {
			return n.URL(DefaultPort)
		}
	}
	return ""
}

// ParseEndpoint reads "host[:port]", the address that clients of the API use;
// an IPv6 address with a port stands in brackets. The answer may be empty: the
// endpoint is zero then, as it is when there is an error among the problems.
func ParseEndpoint(key, s string) (Endpoint, []problem.Problem) {
	s = oneValue(s)
	if s == "" {
		return Endpoint{}, nil
	}
	if f := endpointShape(s); f != nil {
		return Endpoint{}, []problem.Problem{f.at(key, 0)}
	}
	host, portText := splitEndpoint(s)
	if host == "" {
		return Endpoint{}, []problem.Problem{problem.New(endpointNoHost, key, 0, s)}
	}
	port, ok := parsePort(portText)
	if !ok {
		return Endpoint{}, []problem.Problem{problem.New(endpointPort, key, 0, s, strings.TrimPrefix(portText, ":"))}
	}
	h, ps := endpointHost(key, host)
	if h.IsZero() {
		return Endpoint{}, ps
	}
	if f := ambiguousPort(s, h); f != nil {
		ps = append(ps, f.at(key, 0))
	}
	return Endpoint{Host: h, Port: port}, ps
}

// endpointShape finds what is more than host and port.
func endpointShape(s string) *fault {
	switch {
	case strings.ContainsAny(s, ",; \t\n"):
		return faulty(endpointList, s)
	case textFault(s) != nil:
		return textFault(s)
	case strings.Contains(s, "://"):
		bare := bareHostPort(s)
		if bare == "" {
			bare = "kube-api.example.com:6443"
		}
		return faulty(endpointURL, s, bare)
	}
	if host, rest, ok := strings.Cut(s, "/"); ok && host != "" {
		if _, err := netip.ParsePrefix(s); err != nil && !isDigits(rest) {
			return faulty(endpointURL, s, host)
		}
	}
	return nil
}

// splitEndpoint parts host and port; the port keeps its colon, so that an empty
// one differs from none. Brackets go only from around an IPv6 address: a wrong
// use of them is left for the host's own rules.
func splitEndpoint(s string) (host, port string) {
	if inner, rest, ok := strings.Cut(s, "]"); ok && s[0] == '[' && (rest == "" || rest[0] == ':') {
		if a, err := netip.ParseAddr(inner[1:]); err == nil && a.Is6() {
			return inner[1:], rest
		}
	}
	if i := strings.IndexByte(s, ':'); i >= 0 && strings.IndexByte(s[i+1:], ':') < 0 && !strings.Contains(s, "[") {
		return s[:i], s[i:]
	}
	return s, ""
}

// parsePort reads ":6443"; "" is the default.
func parsePort(s string) (int, bool) {
	if s == "" {
		return DefaultPort, true
	}
	digits := s[1:]
	n, err := strconv.ParseUint(digits, 10, 16)
	return int(n), err == nil && isDigits(digits) && digits[0] != '0'
}

// endpointHost is parseHost without what only a certificate may name.
func endpointHost(key, s string) (Host, []problem.Problem) {
	if strings.Contains(s, "*") {
		return Host{}, []problem.Problem{problem.New(wildcardNotHere, key, 0, s)}
	}
	h, ps := parseHost(key, 0, s)
	if len(ps) > 0 && ps[0].Code == sanNotDialled {
		kind := oddAddr(h.Addr)
		return Host{}, []problem.Problem{problem.New(nodeAddrSpecial, key, 0, s, kind)}
	}
	return h, ps
}

// ambiguousPort finds IPv6 addresses that end in what is probably a port.
func ambiguousPort(s string, h Host) *fault {
	if !h.Addr.Is6() || s[0] == '[' {
		return nil
	}
	i := strings.LastIndexByte(s, ':')
	switch port := s[i+1:]; port {
	case "443", "6443", "8443", "9443", "16443":
		for _, rest := range []string{s[:i], s[:i+1]} {
			if a, err := netip.ParseAddr(rest); err == nil {
				return faulty(endpointV6Port, s, port, a.String())
			}
		}
	}
	return nil
}
