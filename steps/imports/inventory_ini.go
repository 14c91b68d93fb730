package imports

import (
	"regexp"
	"slices"
	"strings"
)

// groupLine is the head of a group: "[etcd]", "[k8s_cluster:children]".
var groupLine = regexp.MustCompile(`^\s*\[([^\[\]:]+)(?::([a-z]+))?\]\s*(?:[#;].*)?$`)

// beginsINI finds the first group of an inventory that makes nodes. Others than these, and
// other programs' INI files, are not recognised.
func beginsINI(lines []string) int {
	for i, line := range lines {
		m := groupLine.FindStringSubmatch(line)
		if m != nil && (roleOfGroup(m[1]) != 0 || slices.Contains(shared, m[1])) {
			return i + 1
		}
	}
	return 0
}

// readINI reads an inventory of lines, as far as inventories of clusters need it.
func readINI(r *reader, lines []string) {
	in := newInventory(r)
	g, part := in.group("ungrouped"), ""
	for i, line := range lines {
		at := r.at(i+1, "")
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		if text[0] == '[' && !strings.ContainsRune(text, ' ') || groupLine.MatchString(text) {
			m := groupLine.FindStringSubmatch(text)
			if m == nil || !slices.Contains([]string{"", "children", "vars"}, m[2]) {
				r.faults = append(r.faults, Fault{i + 1, 1, FaultGroup, []any{text}})
				g, part = in.group("ungrouped"), "skip"
				continue
			}
			g, part = in.group(m[1]), m[2]
			continue
		}
		at.Key = "[" + g.name + "]"
		switch part {
		case "":
			in.iniHosts(g, at, text)
		case "children":
			child, _, _ := strings.Cut(text, "#")
			g.children = append(g.children, strings.TrimSpace(child))
		case "vars":
			in.iniVariable(g, at, text)
		}
	}
	if len(r.faults) == 0 {
		in.take()
	}
}

// iniHosts reads "node[1:3] ansible_host=192.0.2.1 ip=10.3.0.1".
func (in *inventory) iniHosts(g *hostGroup, at Place, line string) {
	words, ok := shellWords(line)
	if !ok || len(words) == 0 {
		in.fault(at, FaultVariable, line)
		return
	}
	names, code := expand(withoutPort(words[0]), mostHosts-len(in.hosts))
	if code != "" {
		in.fault(at, code, rangeArgs(code, words[0])...)
		return
	}
	for _, name := range names {
		h := in.host(g, name, at)
		for _, w := range words[1:] {
			key, value, ok := strings.Cut(w, "=")
			if !ok {
				in.fault(at, FaultVariable, w)
				return
			}
			place := at
			place.Key += " " + name + " " + key
			in.setHost(h, key, variable{value, place})
		}
	}
}

// iniVariable reads a line of [all:vars].
func (in *inventory) iniVariable(g *hostGroup, at Place, line string) {
	key, value, ok := strings.Cut(line, "=")
	if !ok {
		in.fault(at, FaultVariable, line)
		return
	}
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if words, ok := shellWords(value); ok && len(words) == 1 {
		value = words[0] // without its quotes, and without a comment
	}
	at.Key = "[" + g.name + ":vars] " + key
	if value != "" {
		g.vars = append(g.vars, namedVariable{key, variable{value, at}})
	}
}
