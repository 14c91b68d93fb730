package spec

import (
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/problem"
)

const (
	// maxNodes is twice what Kubernetes supports
	// (https://kubernetes.io/docs/setup/best-practices/cluster-large/).
	maxNodes = 10000
	// maxNodeCN is the longest name that leaves "system:node:" + name within the
	// 64 characters of RFC 5280, ub-common-name.
	maxNodeCN = 52
	// maxWords bounds one line: a machine has a few addresses and names, and a
	// list pasted onto one line is a mistake.
	maxWords = 64
	// maxEtcd is the largest etcd cluster that its authors advise
	// (https://etcd.io/docs/latest/faq/#what-is-maximum-cluster-size).
	maxEtcd = 7
)

// ParseNodes reads the list of machines, one on a line:
//
//	name address[,address...] [role[,role...]]
//	address[,address...] [name [alias...]] [role...]    as in /etc/hosts
//
// Roles are control-plane (also controlplane, cp, master), etcd and worker (also
// node); without any they are assumed, from the name where it says one. An address
// may be a range (192.168.214.88-90), which makes one node of each, and the name one
// of as many names (master1-3); a line without a name gets one made from its
// address. Words are parted by spaces, tabs, commas or semicolons; "#" starts a
// comment. Full-width forms are read as plain ones.
//
// A line with an error among its problems gives no node. Problems stand in the
// order of the lines; those of the whole list come last, with line 0, and only
// where every line could be read.
func ParseNodes(key, text string) ([]Node, []problem.Problem) {
	return parseNodes(key, text, false)
}

// ParseFoundNodes is ParseNodes for a directory that was made elsewhere. It may hold a part
// of a cluster: etcd's members, or a worker.
func ParseFoundNodes(key, text string) ([]Node, []problem.Problem) {
	nodes, ps := ParseNodes(key, text)
	return nodes, slices.DeleteFunc(ps, func(p problem.Problem) bool { return p.Code == nodesNoControl })
}

// FormerNodes are the nodes as ParseNodes read them before names said roles and ran
// along with addresses; nil where it would have refused the list. Sets that were made
// then keep their lines as they were typed.
func FormerNodes(key, text string) []Node {
	nodes, ps := parseNodes(key, text, true)
	if problem.HasErrors(ps) {
		return nil
	}
	return nodes
}

func parseNodes(key, text string, former bool) ([]Node, []problem.Problem) {
	size := min(strings.Count(text, "\n")+1, maxNodes)
	p := nodeParser{
		key: key, former: former,
		nodes: make([]Node, 0, size),
		pool:  make([]netip.Addr, 0, size),
		names: make(map[string]int, size),
		addrs: make(map[netip.Addr]int, size),
	}
	for raw := range strings.SplitSeq(text, "\n") {
		p.line++
		s, _, _ := strings.Cut(normalise(raw), "#")
		p.splitWords(s)
		if len(p.words) == 0 {
			continue
		}
		if len(p.nodes) >= maxNodes {
			p.say(nodesTooMany, maxNodes)
			break
		}
		p.readLine()
		if p.full {
			break
		}
	}
	p.assumeRoles()
	p.judgeList()
	if len(p.nodes) == 0 {
		return nil, p.problems
	}
	return p.nodes, p.problems
}

// nodeParser holds the list as far as it is read, and buffers that serve one
// line after the other.
type nodeParser struct {
	key      string
	former   bool // as FormerNodes has it
	line     int
	nodes    []Node
	problems []problem.Problem
	errors   int
	full     bool               // there are as many nodes as may be, and more to come
	names    map[string]int     // name: its line
	aliases  map[string]int     // alias: its line
	addrs    map[netip.Addr]int // address: its line
	pool     []netip.Addr       // the nodes' addresses, cut into slices

	words []string
	entry nodeEntry
}

// nodeEntry is one line, sorted into its parts.
type nodeEntry struct {
	name    string
	names   nameRange // where the name stands for several
	spans   []span
	roles   NodeRoles
	assumed bool // the line has no roles
	aliases []string
	broken  bool // an error has been noted
}

func (p *nodeParser) say(code problem.Code, args ...any) {
	pr := problem.New(code, p.key, p.line, args...)
	if pr.Severity() == problem.Error {
		p.errors++
		p.entry.broken = true
	}
	p.problems = append(p.problems, pr)
}

func (p *nodeParser) sayFault(f *fault) { p.say(f.code, f.args...) }

// splitWords cuts a line at white space, commas and semicolons.
func (p *nodeParser) splitWords(s string) {
	p.words = p.words[:0]
	start := -1
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\v', '\f', ',', ';':
			if start >= 0 {
				p.words = append(p.words, s[start:i])
			}
			start = -1
		default:
			if start < 0 {
				start = i
			}
		}
	}
	if start >= 0 {
		p.words = append(p.words, s[start:])
	}
}

// readLine turns the words of one line into nodes or problems.
func (p *nodeParser) readLine() {
	if len(p.words) > maxWords {
		p.say(nodeLineLong, len(p.words), maxWords)
		return
	}
	p.entry = nodeEntry{spans: p.entry.spans[:0], aliases: p.entry.aliases[:0]}
	if p.isLoopbackLine() {
		return
	}
	p.sortWords()
	e := &p.entry
	if len(e.spans) == 0 && !e.broken {
		p.say(nodeNoAddress, e.name)
	}
	e.name = p.lowerName(e.name)
	p.checkAliases()
	p.checkSpans()
	if e.broken {
		return
	}
	if e.roles == 0 {
		e.assumed, e.roles = true, p.said(e)
	}
	p.addNodes()
}

// isLoopbackLine notes and reports whether the line is one of those that every
// /etc/hosts begins with: whoever pastes the file means the others.
func (p *nodeParser) isLoopbackLine() bool {
	if len(p.words) < 2 || !looksLikeAddress(p.words[0]) {
		return false
	}
	name := strings.ToLower(p.words[1])
	if name != "localhost" && name != "broadcasthost" && !strings.HasPrefix(name, "localhost.") &&
		!strings.HasPrefix(name, "ip6-") {
		return false
	}
	if _, f := parseSpan(p.words[0]); f == nil {
		return false // an ordinary address: somebody's machine after all
	}
	p.say(nodeLoopbackLine, p.words[0]+" "+p.words[1])
	return true
}

// sortWords tells names, addresses and roles apart. What comes first decides:
// behind a leading address any word that is no role is a name, as in
// /etc/hosts; behind a leading name it is a mistake.
func (p *nodeParser) sortWords() {
	e, words := &p.entry, p.words
	addressFirst := looksLikeAddress(words[0])
	if !addressFirst {
		e.name, words = words[0], words[1:]
	}
	addressSeen := false
	for _, w := range words {
		if looksLikeAddress(w) || !addressFirst && !addressSeen && roleOf(w) == 0 {
			addressSeen = true
			if s, f := parseSpan(w); f != nil {
				p.sayFault(f)
			} else {
				e.spans = append(e.spans, s)
			}
			continue
		}
		role := roleOf(w)
		switch {
		case role != 0:
			e.roles |= role
		case !addressFirst:
			p.sayFault(roleFault(w))
		default:
			if near := nearestRole(w); near != "" {
				p.say(nodeNameLikeRole, w, near)
			}
			if e.name == "" {
				e.name = w
			} else {
				e.aliases = append(e.aliases, w)
			}
		}
	}
}

// lowerName judges a name as it was typed, and gives it in lower case.
func (p *nodeParser) lowerName(name string) string {
	if name == "" {
		return ""
	}
	f := nameFault(name, false, maxName)
	if f != nil {
		if g := shapeFault(name); g != nil {
			f = g // a better reason than the first strange character
		}
		p.sayFault(f)
		return name
	}
	low := strings.ToLower(name)
	if low != name {
		p.say(nodeUpper, name, low)
	}
	return low
}

// checkAliases judges the further names of an /etc/hosts line and drops those
// that say nothing new.
func (p *nodeParser) checkAliases() {
	e := &p.entry
	kept := e.aliases[:0]
	for _, a := range e.aliases {
		a = p.lowerName(a)
		if a == e.name || contains(kept, a) {
			continue
		}
		kept = append(kept, a)
	}
	e.aliases = kept
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// checkSpans holds that all entries of a line stand for equally many machines.
func (p *nodeParser) checkSpans() {
	e := &p.entry
	if e.broken {
		return
	}
	for _, s := range e.spans {
		if s.count != e.spans[0].count {
			p.say(nodeRangeMixed, e.spans[0].count, s.count)
			return
		}
	}
	if e.spans[0].count > 1 && len(e.aliases) > 0 {
		p.say(nodeRangeAlias, e.aliases[0])
	}
	if p.former || !e.spans[0].isRange {
		return // of a single machine, what looks like a range is its name
	}
	if e.names = parseNameRange(e.name); e.names.first != "" && e.names.count != e.spans[0].count {
		p.say(nodeRangeNames, e.name, e.spans[0].count, e.names.upTo(e.spans[0].count))
	}
}
