package imports

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// hostLine is a line of /etc/hosts.
type hostLine struct {
	addr  netip.Addr
	names []string
}

// parseHostLine reads an address and the names behind it; ok is false for another line, and
// there is no name in an empty one.
func parseHostLine(line string) (h hostLine, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	words := strings.Fields(line)
	if len(words) == 0 {
		return h, true
	}
	a, err := netip.ParseAddr(words[0])
	if err != nil || len(words) < 2 {
		return h, false
	}
	return hostLine{a, words[1:]}, true
}

// machine reports whether a line may be about another machine.
func (h hostLine) machine() bool {
	a := h.addr.Unmap()
	return len(h.names) > 0 && !a.IsLoopback() && !a.IsMulticast() && !a.IsUnspecified() && !strings.HasPrefix(h.names[0], "ip6-") &&
		h.names[0] != "broadcasthost"
}

// beginsHosts is for lines that all begin with an address, and go on with names. The words
// of roles are no names: lines with them are those of the answer, in another order.
func beginsHosts(lines []string) int {
	first := 0
	for i, line := range lines {
		h, ok := parseHostLine(line)
		if !ok {
			return 0
		}
		if len(h.names) == 0 {
			continue
		}
		if first == 0 {
			first = i + 1
		}
		for j, name := range h.names {
			if strings.ContainsAny(name, ",;") || j > 0 && isRole(name) {
				return 0
			}
		}
	}
	return first
}

// HasLoopback reports whether a text has the line of the machine itself that every
// /etc/hosts has. Without it the lines are what the answer takes anyway.
func HasLoopback(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if h, ok := parseHostLine(line); ok && len(h.names) > 0 && h.addr.IsLoopback() {
			return true
		}
	}
	return false
}

// isRole reports whether the answer takes a word for a role.
func isRole(word string) bool {
	nodes, _ := spec.ParseNodes(nodesKey, "192.0.2.1 "+word)
	return len(nodes) == 1 && nodes[0].Name != strings.ToLower(word)
}

// readHosts takes each line for a node: the file does not say which are.
func readHosts(r *reader, lines []string) {
	byAddr := map[netip.Addr]int{}
	for i, line := range lines {
		h, _ := parseHostLine(line)
		if !h.machine() {
			continue
		}
		at := r.at(i+1, h.names[0])
		if j, ok := byAddr[h.addr]; ok {
			n := &r.in.nodes[j]
			for _, name := range h.names {
				if name != n.name && !slices.Contains(n.aliases, name) {
					n.aliases = append(n.aliases, name)
				}
			}
			continue
		}
		byAddr[h.addr] = len(r.in.nodes)
		r.in.nodes = append(r.in.nodes, node{name: h.names[0], addrs: []netip.Addr{h.addr}, aliases: h.names[1:], at: at})
	}
}

// memberList is etcd's initial cluster, as a flag, a variable, a key of YAML, or alone.
var memberList = regexp.MustCompile(`^\s*(?:export\s+|Environment=)?(?:-{0,2}initial-cluster|"?ETCD_INITIAL_CLUSTER)?\s*[=: ]?\s*["']?([A-Za-z0-9._-]+=https?://[^\s"'\\]+)["']?\s*\\?\s*$`)

// beginsMembers is for such a list, wherever in a text it stands: a unit of systemd, etcd's
// configuration, a file of variables.
func beginsMembers(lines []string) int {
	for i, line := range lines {
		if memberList.MatchString(line) {
			return i + 1
		}
	}
	return 0
}

func readMembers(r *reader, lines []string) {
	at := beginsMembers(lines)
	place := r.at(at, "")
	for member := range strings.SplitSeq(memberList.FindStringSubmatch(lines[at-1])[1], ",") {
		name, peer, ok := strings.Cut(member, "=")
		if member = strings.TrimSpace(member); member == "" {
			continue
		}
		place.Key = name
		u, err := url.Parse(peer)
		if !ok || err != nil {
			r.leave(place, notAddress, member)
			continue
		}
		n := node{name: name, member: true, roles: spec.Etcd, knows: spec.Etcd, at: place}
		if i := slices.IndexFunc(r.in.nodes, func(n node) bool { return n.name == name }); i >= 0 {
			r.address(&r.in.nodes[i], u.Hostname())
			continue
		}
		r.address(&n, u.Hostname())
		if len(n.addrs) > 0 {
			r.in.nodes = append(r.in.nodes, n)
		}
	}
	for i, line := range lines {
		if i+1 != at && strings.TrimSpace(line) != "" {
			r.leave(r.at(i+1, ""), otherLine)
		}
	}
}
