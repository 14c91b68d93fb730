package spec

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// maxRange is how many nodes one line may stand for: more is a slip of the
// finger, not a rack.
const maxRange = 1024

const digits = "0123456789"

// span is one entry of addresses: a single one, or a range.
type span struct {
	first   netip.Addr
	count   int
	last    netip.Addr
	isRange bool
}

// parseSpan reads an address or a range: "192.168.214.88-90",
// "192.168.214.88-192.168.214.90", "fd00::88-8a" (the last group, hexadecimal)
// or "fd00::88-fd00::8a".
func parseSpan(s string) (span, *fault) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		if kind := oddAddr(a); kind != "" {
			return span{}, faulty(nodeAddrSpecial, s, kind)
		}
		return span{first: a, last: a, count: 1}, nil
	}
	left, right, ok := strings.Cut(s, "-")
	if !ok {
		return span{}, addressFault(s)
	}
	first, err := netip.ParseAddr(left)
	if err != nil || first.Zone() != "" {
		return span{}, addressFault(s)
	}
	first = first.Unmap()
	last, ok := rangeEnd(first, right)
	if !ok {
		return span{}, faulty(nodeRangeBad, s)
	}
	if last.Less(first) {
		return span{}, faulty(nodeRangeBack, s, last.String()+"-"+first.String())
	}
	n := distance(first, last)
	if n >= maxRange {
		return span{}, faulty(nodeRangeLarge, s, maxRange)
	}
	for _, a := range []netip.Addr{first, last} {
		if kind := oddAddr(a); kind != "" {
			return span{}, faulty(nodeAddrSpecial, a.String(), kind)
		}
	}
	return span{first: first, last: last, count: int(n) + 1, isRange: true}, nil
}

// rangeEnd reads what stands behind the hyphen: a whole address of the same
// family, or the last part of one.
func rangeEnd(first netip.Addr, s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap()
		return a, a.Zone() == "" && a.Is4() == first.Is4()
	}
	if first.Is4() {
		b := first.As4()
		n, err := strconv.ParseUint(s, 10, 8)
		if err != nil || !isDigits(s) || len(s) > 1 && s[0] == '0' {
			return netip.Addr{}, false
		}
		b[3] = byte(n)
		return netip.AddrFrom4(b), true
	}
	b := first.As16()
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil || first.Is4In6() {
		return netip.Addr{}, false
	}
	binary.BigEndian.PutUint16(b[14:], uint16(n))
	return netip.AddrFrom16(b), true
}

// distance is last minus first, or maxRange where it is that or more.
func distance(first, last netip.Addr) uint64 {
	a, b := first.As16(), last.As16()
	if [8]byte(a[:8]) != [8]byte(b[:8]) {
		return maxRange
	}
	return min(binary.BigEndian.Uint64(b[8:])-binary.BigEndian.Uint64(a[8:]), maxRange)
}

// addressFault says why s is no address, where one is wanted.
func addressFault(s string) *fault {
	if f := shapeFault(s); f != nil {
		return f
	}
	return faulty(addrBad, s)
}

// looksLikeAddress reports whether a word of a node line is meant as an address,
// right or wrong, and not as a name or role.
func looksLikeAddress(s string) bool {
	digit := s[0] >= '0' && s[0] <= '9'
	if strings.IndexByte(s, ':') < 0 {
		return s[0] == '[' || digit && strings.IndexByte(s, '.') > 0 && strings.Trim(s, "0123456789./-") == ""
	}
	return s[0] == '[' || strings.Contains(s, "://") || looksLikeV6(s) ||
		digit && strings.IndexByte(s, '.') > 0 && strings.Trim(s, "0123456789.:/-") == ""
}

// looksLikeV6 reports whether s has two colons and nothing but hexadecimal digits
// before the last of them.
func looksLikeV6(s string) bool {
	i := strings.LastIndexByte(s, ':')
	if i < 1 || strings.IndexByte(s, ':') == i {
		return false
	}
	head, _, _ := strings.Cut(s[:i], "%")
	return strings.Trim(head, "0123456789abcdefABCDEF:.-") == ""
}

// numbered names the machines of a range: "master" gives master1, master2...;
// a name that ends in a number counts on from it, keeping its width ("node08",
// "node09", "node10"). Only the first part of a name with dots is numbered.
func numbered(name string, i int) string {
	host, domain, dot := strings.Cut(name, ".")
	stem := strings.TrimRight(host, digits)
	number := host[len(stem):]
	start := 1
	if len(number) > 0 && len(number) < 10 {
		start = atoi(number)
	} else {
		stem, number = host, ""
	}
	n := strconv.Itoa(start + i)
	if pad := len(number) - len(n); pad > 0 {
		n = strings.Repeat("0", pad) + n
	}
	if dot {
		return stem + n + "." + domain
	}
	return stem + n
}

// nameRange is a name that stands for several: "master1-3", "node08-node10".
type nameRange struct {
	first string // "master1"; "" for a name of one machine
	count int
	stem  string // what stands before the numbers
	tail  string // the domain, with its dot
}

// parseNameRange reads the name of a range of machines. What ends before it begins
// has no count that fits any addresses.
func parseNameRange(name string) nameRange {
	host, domain, dot := strings.Cut(name, ".")
	until := strings.TrimRight(host, digits)
	to := host[len(until):]
	for i := range len(until) {
		if until[i] != '-' || to == "" || len(to) > 9 {
			continue
		}
		left, again := until[:i], until[i+1:]
		stem := strings.TrimRight(left, digits)
		from := left[len(stem):]
		if from == "" || len(from) > 9 || again != "" && again != stem {
			continue
		}
		r := nameRange{first: left, count: atoi(to) - atoi(from) + 1, stem: stem}
		if dot {
			r.tail = "." + domain
			r.first += r.tail
		}
		return r
	}
	return nameRange{}
}

// upTo is how a range from the same name would be written for n machines.
func (r nameRange) upTo(n int) string {
	first := strings.TrimSuffix(r.first, r.tail)
	last := strings.TrimSuffix(numbered(first, n-1), r.tail)
	return first + "-" + strings.TrimPrefix(last, r.stem) + r.tail
}
