package spec

import (
	"slices"
	"strings"
	"unicode"

	"certwright/pkigen/cluster/problem"
)

// ParseHosts reads a list of hosts, on lines of their own or with commas,
// semicolons or spaces between them; "#" starts a comment, and what JSON or YAML has
// around an entry is taken off (the hosts of a cfssl request are pasted). A range of addresses
// (192.168.214.200-210) is each of them. Entries that stand there already are left
// out, with a warning. Refused entries are missing from the result; the others keep
// their order.
func ParseHosts(key, text string) ([]Host, []problem.Problem) {
	var hosts []Host
	var ps []problem.Problem
	seen := map[Host]int{}
	line := 0
	for raw := range strings.SplitSeq(text, "\n") {
		line++
		s, _, _ := strings.Cut(normalise(raw), "#")
		for entry := range strings.FieldsFuncSeq(s, betweenHosts) {
			if entry = outOfList(entry); entry == "" {
				continue
			}
			list, more := parseEntry(key, line, entry)
			ps = append(ps, more...)
			twice := false
			for _, h := range list {
				first, ok := seen[h]
				if ok && !twice { // once is enough of a range
					ps = append(ps, problem.New(sanDuplicate, key, line, h.String(), first))
				}
				if twice = twice || ok; !ok {
					seen[h] = line
					hosts = append(hosts, h)
				}
			}
		}
	}
	return hosts, ps
}

func betweenHosts(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }

// parseEntry reads one host, or a range of addresses.
func parseEntry(key string, line int, s string) ([]Host, []problem.Problem) {
	if !strings.Contains(s, "-") || !looksLikeAddress(s) {
		h, ps := parseHost(key, line, s)
		if h.IsZero() {
			return nil, ps
		}
		return []Host{h}, ps
	}
	r, f := parseSpan(s)
	if f != nil {
		if f.code == nodeRangeLarge {
			f = faulty(sanRangeLarge, f.args...)
		}
		return nil, []problem.Problem{f.at(key, line)}
	}
	hosts := make([]Host, r.count)
	for i := range hosts {
		hosts[i].Addr, r.first = r.first, r.first.Next()
	}
	return hosts, nil
}

// OutOf is the text of a list of hosts without this one. What else stands there
// stays, the comment of its line too where that has others; of a range what is before it
// and what is behind it.
func (h Host) OutOf(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if hosts, _ := ParseHosts("", line); !slices.Contains(hosts, h) {
			lines = append(lines, line)
			continue
		}
		var others []string
		body, comment, _ := strings.Cut(line, "#")
		for entry := range strings.FieldsFuncSeq(body, betweenHosts) {
			hosts, _ := ParseHosts("", entry)
			at := slices.Index(hosts, h)
			if at < 0 {
				others = append(others, entry)
				continue
			}
			others = append(others, hostRange(hosts[:at])...)
			others = append(others, hostRange(hosts[at+1:])...)
		}
		if len(others) == 0 {
			continue
		}
		line = strings.Join(others, ", ")
		if comment != "" {
			line += " #" + comment
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// hostRange writes addresses that follow one another; none for none.
func hostRange(hosts []Host) []string {
	switch n := len(hosts); n {
	case 0:
		return nil
	case 1:
		return []string{hosts[0].String()}
	default:
		return []string{hosts[0].String() + "-" + hosts[n-1].String()}
	}
}

// outOfList is an entry of a list in JSON or YAML without the marks of the list; "" where
// it is only such a mark.
func outOfList(s string) string {
	switch s = strings.TrimPrefix(s, `"hosts":`); s {
	case "[", "]", "-":
		return ""
	}
	if strings.HasPrefix(s, `["`) {
		s = s[1:]
	}
	if strings.HasSuffix(s, `"]`) {
		s = s[:len(s)-1]
	}
	return unquote(s)
}

func unquote(s string) string {
	if n := len(s); n >= 2 && s[0] == s[n-1] && (s[0] == '"' || s[0] == '\'') {
		return s[1 : n-1]
	}
	return s
}

// IsHost reports whether a text is, letter by letter, a name or an address that a
// certificate can have and a client can dial.
func IsHost(s string) bool {
	hosts, ps := ParseHosts("", s)
	return !problem.HasErrors(ps) && len(hosts) == 1 && hosts[0].String() == s
}
