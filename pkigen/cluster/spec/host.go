package spec

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"certwright/pkigen/cluster/problem"
)

// The length limits of RFC 1035, 2.3.4, as text.
const (
	maxName  = 253
	maxLabel = 63
)

// parseHost reads one subject alternative name: an address, a DNS name
// (RFC 1123, in lower case), or a wildcard such as "*.example.com". Whatever
// cfssl would take for an e-mail address or URI, or write as a DNS name that
// matches nothing, is refused with its reason. The host is zero when there is
// an error among the problems.
func parseHost(key string, line int, s string) (Host, []problem.Problem) {
	s = oneValue(s)
	if s == "" {
		return Host{}, []problem.Problem{problem.New(problem.Missing, key, line, "kube-api.example.com")}
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		if kind := oddAddr(a); kind != "" && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			return Host{Addr: a}, []problem.Problem{problem.New(sanNotDialled, key, line, s, kind)}
		}
		return Host{Addr: a}, nil
	}
	f := shapeFault(s)
	if f == nil {
		f = nameFault(s, true, maxName)
	}
	if f != nil {
		return Host{}, []problem.Problem{f.at(key, line)}
	}
	name, ps := lowered(key, line, s)
	return Host{Name: name}, ps
}

// lowered is the name in lower case, with a warning where that changed it.
func lowered(key string, line int, s string) (string, []problem.Problem) {
	low := strings.ToLower(s)
	if low == s {
		return s, nil
	}
	return low, []problem.Problem{problem.New(nameUpper, key, line, s, low)}
}

// oddAddr says in words what is special about an address that no single
// machine answers to, or only to itself; "" for an ordinary one.
func oddAddr(a netip.Addr) string {
	switch {
	case a.IsUnspecified():
		return "the address that means any address"
	case a.IsLoopback():
		return "a loopback address"
	case a.IsMulticast():
		return "a multicast address"
	case a.IsLinkLocalUnicast():
		return "a link-local address"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address"
	case a.Is4() && a.As4()[0] == 0:
		return "an address of the network 0.0.0.0/8"
	}
	return ""
}

// shapeFault finds what makes s something else than a name: a network, a
// range, a URL, a host with a port, a mistyped address. Addresses have been
// sorted out before; nil leaves the judgement to nameFault.
func shapeFault(s string) *fault {
	if strings.ContainsAny(s, " \t") {
		return faulty(sanHasSpace, s)
	}
	if f := textFault(s); f != nil {
		return f
	}
	switch {
	case strings.Contains(s, "://"):
		return faulty(sanIsURL, s, bareHost(s))
	case strings.Contains(s, "/") && strings.IndexByte("/.", s[0]) >= 0:
		return faulty(sanIsPath, s)
	case strings.Contains(s, "/"):
		return slashFault(s)
	case strings.Contains(s, "@"):
		return faulty(sanIsEmail, s)
	case strings.ContainsAny(s, "[]"):
		return bracketFault(s)
	case strings.Contains(s, "%"):
		if _, err := netip.ParseAddr(s); err == nil {
			return faulty(addrZone, s)
		}
		return faulty(nameChar, s, "%")
	case strings.Contains(s, ":"):
		return colonFault(s)
	}
	return dottedFault(s)
}

// slashFault judges what has a slash: an address with a mask, or a URL that
// lacks its scheme.
func slashFault(s string) *fault {
	left, _, _ := strings.Cut(s, "/")
	a, err := netip.ParseAddr(left)
	if err != nil {
		if f := dottedFault(left); f != nil {
			return f.about(s)
		}
		return faulty(sanIsURL, s, bareHost(s))
	}
	if p, err := netip.ParsePrefix(s); err == nil && p.IsSingleIP() {
		return faulty(sanHasMask, s, a.String())
	}
	return faulty(sanIsNetwork, s)
}

// bracketFault judges "[::1]", "[::1]:6443" and the like.
func bracketFault(s string) *fault {
	inner, rest, closed := strings.Cut(strings.TrimPrefix(s, "["), "]")
	a, err := netip.ParseAddr(inner)
	switch {
	case err != nil || !closed || s[0] != '[':
		return faulty(addrBad, s)
	case rest == "":
		return faulty(addrBrackets, s, a.Unmap().WithZone("").String())
	}
	return faulty(sanHasPort, s, a.Unmap().WithZone("").String())
}

// colonFault judges "host:6443", mistyped IPv6 addresses, and names such as
// "system:node:n1".
func colonFault(s string) *fault {
	host, port, _ := strings.Cut(s, ":")
	switch {
	case isDigits(port) && host != "":
		if _, err := netip.ParseAddr(host); err != nil {
			if f := dottedFault(host); f != nil {
				return f.about(s)
			}
		}
		return faulty(sanHasPort, s, host)
	case strings.Count(s, ":") > 1 && strings.Trim(s, "0123456789abcdefABCDEF:.-") == "":
		if _, _, ok := strings.Cut(s, "-"); ok {
			return faulty(sanIsRange, s)
		}
		return faulty(addrBad, s)
	}
	return faulty(sanHasColon, s)
}

// dottedFault judges what is made of digits and dots, or is a range of IPv4
// addresses; nil for anything else. The first argument of its faults is s.
func dottedFault(s string) *fault {
	if first, last, ok := strings.Cut(s, "-"); ok {
		if a, err := netip.ParseAddr(first); err == nil && a.Is4() && strings.Trim(last, "0123456789.") == "" {
			return faulty(sanIsRange, s)
		}
	}
	if !strings.Contains(s, ".") || strings.Trim(s, "0123456789.") != "" || strings.Trim(s, ".") == "" {
		return nil
	}
	if t := strings.TrimSuffix(s, "."); t != s {
		if _, err := netip.ParseAddr(t); err == nil {
			return faulty(nameTrailingDot, s, t)
		}
	}
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return faulty(addrParts, s)
	}
	zeros := false
	for i, p := range parts {
		trimmed := strings.TrimLeft(p, "0")
		switch {
		case p == "":
			return faulty(addrParts, s)
		case len(trimmed) > 3 || atoi(trimmed) > 255:
			return faulty(addrOctet, s, p)
		case p != "0" && trimmed != p:
			zeros = true
			parts[i] = strconv.Itoa(atoi(trimmed))
		}
	}
	if zeros {
		return faulty(addrZeros, s, strings.Join(parts, "."))
	}
	return faulty(addrBad, s)
}

// atoi reads digits that are known to be few; "" is 0.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// nameFault judges a DNS name by RFC 1123, of limit characters at most, in
// either case. A wildcard is allowed as the whole first label of three or more. The
// last label is no number, so that no name is taken for an address (section 2.1).
func nameFault(s string, wildcard bool, limit int) *fault {
	if t := strings.TrimRight(s, "."); t != s && t != "" {
		return faulty(nameTrailingDot, s, t)
	}
	if len(s) > limit {
		return faulty(nameLong, s, utf8.RuneCountInString(s), limit)
	}
	rest := s
	if strings.Contains(s, "*") {
		if !wildcard {
			return faulty(wildcardNotHere, s)
		}
		tail, first := strings.CutPrefix(s, "*.")
		switch {
		case s == "*" || first && !strings.Contains(tail, ".") && !strings.Contains(tail, "*"):
			return faulty(wildcardTooWide, s)
		case !first || strings.Contains(tail, "*"):
			return faulty(wildcardPlace, s)
		}
		rest = tail
	}
	for {
		label, more, dot := strings.Cut(rest, ".")
		if f := labelFault(s, label); f != nil {
			return f
		}
		if !dot && isDigits(label) {
			return faulty(nameNumber, s)
		}
		if !dot {
			return nil
		}
		rest = more
	}
}

func labelFault(s, label string) *fault {
	for i := range len(label) {
		c := label[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c >= 'A' && c <= 'Z':
		case c == '_':
			return faulty(nameUnderscore, s, strings.ReplaceAll(s, "_", "-"))
		case c >= utf8.RuneSelf:
			r, _ := utf8.DecodeRuneInString(label[i:])
			return faulty(nameNotASCII, s, strconv.QuoteRune(r))
		default:
			return faulty(nameChar, s, string(rune(c)))
		}
	}
	switch {
	case label == "":
		return faulty(nameEmptyLabel, s)
	case label[0] == '-' || label[len(label)-1] == '-':
		return faulty(nameHyphen, s)
	case len(label) > maxLabel:
		return faulty(nameLabelLong, s, len(label))
	}
	return nil
}

// bareHost takes scheme, user, path and port off what looks like a URL.
func bareHost(s string) string {
	s = bareHostPort(s)
	if inner, _, ok := strings.Cut(strings.TrimPrefix(s, "["), "]"); ok {
		s = inner
	} else if host, _, ok := strings.Cut(s, ":"); ok && strings.Count(s, ":") == 1 {
		s = host
	}
	if s == "" {
		return "kube-api.example.com"
	}
	return s
}

// bareHostPort takes scheme, user and path off what looks like a URL.
func bareHostPort(s string) string {
	if _, after, ok := strings.Cut(s, "://"); ok {
		s = after
	}
	s, _, _ = strings.Cut(s, "/")
	if i := strings.LastIndex(s, "@"); i >= 0 {
		s = s[i+1:]
	}
	return s
}
