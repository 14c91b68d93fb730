package imports

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/problem"
)

func (in *inventory) fault(at Place, code problem.Code, args ...any) {
	in.r.faults = append(in.r.faults, Fault{at.Line, 1, code, args})
}

// hostVariables are those of hosts that are read; others are named as not used.
var hostVariables = map[string]bool{
	"ip": true, "access_ip": true, "ansible_host": true, "ansible_ssh_host": true, "k8s_nodename": true,
	"etcd_member_name": true, "NODE_NAME": true, endpointOfBalancer: true, portOfBalancer: true,
}

// setHost gives a host a variable. The first one counts, as the texts do that come first.
func (in *inventory) setHost(h *host, key string, v variable) {
	old, there := h.vars[key]
	switch {
	case !hostVariables[key] && in.named[key]:
	case !hostVariables[key]: // named once, and not for each host
		in.named[key] = true
		in.r.leave(v.at, noQuestion)
	case !there:
		h.vars[key] = v
	case old.value != v.value:
		in.r.leave(v.at, saidBefore, v.value, old.value, old.at.String())
	}
}

// expand makes the names of a range: node[1:3], node[01:10:2], rack[a:c].
func expand(pattern string, most int) (names []string, code problem.Code) {
	const longest = 256
	open := strings.IndexByte(pattern, '[')
	switch {
	case len(pattern) > longest:
		return nil, FaultRange
	case open < 0:
		if most < 1 {
			return nil, FaultManyHosts
		}
		return []string{pattern}, ""
	}
	length := strings.IndexByte(pattern[open:], ']')
	if length < 0 {
		return nil, FaultRange
	}
	head, tail := pattern[:open], pattern[open+length+1:]
	words, code := stepped(pattern[open+1:open+length], most)
	if code != "" {
		return nil, code
	}
	rest, code := expand(tail, most)
	if code != "" {
		return nil, code
	}
	if len(words)*len(rest) > most {
		return nil, FaultManyHosts
	}
	for _, w := range words {
		for _, r := range rest {
			names = append(names, head+w+r)
		}
	}
	return names, ""
}

// stepped are the values of a range, both ends among them.
func stepped(text string, most int) (out []string, code problem.Code) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, FaultRange
	}
	step := 1
	if len(parts) == 3 {
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 {
			return nil, FaultRange
		}
		step = n
	}
	first, last, write := letters(parts[0], parts[1])
	if write == nil {
		if first, last, write = numbers(parts[0], parts[1]); write == nil {
			return nil, FaultRange
		}
	}
	if first > last {
		return nil, FaultRange
	}
	if (last-first)/step >= most {
		return nil, FaultManyHosts
	}
	for i := first; i <= last; i += step {
		out = append(out, write(i))
	}
	return out, ""
}

// numbers reads the ends of "1:3"; with a zero before them all have as many digits.
func numbers(a, b string) (first, last int, write func(int) string) {
	const digits = 6
	first, errA := strconv.Atoi(a)
	last, errB := strconv.Atoi(b)
	if errA != nil || errB != nil || first < 0 || len(a) > digits || len(b) > digits || a[0] == '+' || b[0] == '+' {
		return 0, 0, nil
	}
	width := 0
	if len(a) > 1 && a[0] == '0' {
		width = len(a)
	}
	return first, last, func(i int) string { return fmt.Sprintf("%0*d", width, i) }
}

func letters(a, b string) (first, last int, write func(int) string) {
	if len(a) != 1 || len(b) != 1 || !isLetter(a[0]) || !isLetter(b[0]) {
		return 0, 0, nil
	}
	return int(a[0]), int(b[0]), func(i int) string { return string(rune(i)) }
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// rangeArgs are what the sentence of a fault quotes.
func rangeArgs(code problem.Code, pattern string) []any {
	if code == FaultManyHosts {
		return []any{pattern, mostHosts}
	}
	return []any{pattern}
}

// withoutPort takes the port of SSH from a host; an IPv6 address has none here.
func withoutPort(host string) string {
	if _, err := netip.ParseAddr(host); err == nil || strings.HasSuffix(host, "]") {
		return host
	}
	at := strings.LastIndexByte(host, ':')
	if at < 0 {
		return host
	}
	if _, err := strconv.Atoi(host[at+1:]); err != nil {
		return host
	}
	return host[:at]
}

func hostPort(host, port string) string {
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// shellWords parts a line as a shell does: quotes keep blanks, "#" begins a comment. It is
// not ok where a quote is not closed.
func shellWords(s string) (words []string, ok bool) {
	var word strings.Builder
	var quote byte
	in := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, in = c, true
		case c == '#' && !in:
			return words, true
		case c == ' ' || c == '\t':
			if in {
				words = append(words, word.String())
			}
			word.Reset()
			in = false
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		words = append(words, word.String())
	}
	return words, quote == 0
}
