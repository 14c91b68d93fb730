package spec

import (
	"net/netip"

	"certwright/pkigen/cluster/problem"
)

// addNodes adds the one node of a line, or all of a range, up to the first
// that is there already.
func (p *nodeParser) addNodes() {
	e := &p.entry
	count := e.spans[0].count
	warned := false
	for i := range count {
		name := e.name
		switch {
		case name == "":
			name = nameOf(e.spans[0].first)
		case e.names.first != "":
			name = numbered(e.names.first, i)
		case e.spans[0].isRange:
			name = numbered(name, i)
		}
		if !p.claimName(name) {
			return
		}
		start := len(p.pool)
		for j := range e.spans {
			a := e.spans[j].first
			if !p.claimAddr(a) {
				return
			}
			if end := lastByte(a); !warned && (end == "0" || end == "255") {
				warned = true
				p.say(nodeAddrEnd, a.String(), end)
			}
			p.pool = append(p.pool, a)
			e.spans[j].first = a.Next()
		}
		p.nodes = append(p.nodes, Node{
			Name:      name,
			Aliases:   append([]string(nil), e.aliases...),
			Addresses: p.pool[start:len(p.pool):len(p.pool)],
			Roles:     e.roles,
			Assumed:   e.assumed,
			Line:      p.line,
		})
		if len(p.nodes) >= maxNodes && i+1 < count {
			p.say(nodesTooMany, maxNodes)
			p.full = true
			return
		}
	}
}

// claimName notes the name of a node, unless another line has it.
func (p *nodeParser) claimName(name string) bool {
	if line, ok := p.names[name]; ok {
		p.say(nodeDuplicateName, name, line)
		return false
	}
	if p.entry.spans[0].isRange { // the number may have made it too long
		if f := nameFault(name, false, maxName); f != nil {
			p.sayFault(f)
			return false
		}
	}
	p.names[name] = p.line
	if len(name) > maxNodeCN {
		p.say(nodeNameOver52, name, len(name))
	}
	if line, ok := p.aliases[name]; ok {
		p.say(nodeAliasTaken, name, line)
	}
	for _, a := range p.entry.aliases {
		line, ok := p.names[a]
		if !ok {
			line, ok = p.aliases[a]
		}
		if ok {
			p.say(nodeAliasTaken, a, line)
			continue
		}
		if p.aliases == nil {
			p.aliases = map[string]int{}
		}
		p.aliases[a] = p.line
	}
	return true
}

func (p *nodeParser) claimAddr(a netip.Addr) bool {
	if line, ok := p.addrs[a]; ok {
		p.say(nodeDuplicateAddr, a.String(), line)
		return false
	}
	p.addrs[a] = p.line
	return true
}

// lastByte is the end of an IPv4 address that a network or broadcast address
// of a usual size has; "" for any other.
func lastByte(a netip.Addr) string {
	if !a.Is4() {
		return ""
	}
	switch a.As4()[3] {
	case 0:
		return "0"
	case 255:
		return "255"
	}
	return ""
}

// judgeList judges the list as a whole, where every line could be read: half a
// list would give reasons that are not the operator's.
func (p *nodeParser) judgeList() {
	if p.errors > 0 {
		return
	}
	p.line = 0
	if len(p.nodes) == 0 {
		p.say(problem.Missing, "master1 192.168.214.88 control-plane,etcd")
		return
	}
	control, etcd := 0, 0
	for i := range p.nodes {
		if p.nodes[i].Roles.Has(ControlPlane) {
			control++
		}
		if p.nodes[i].Roles.Has(Etcd) {
			etcd++
		}
	}
	if control == 0 {
		p.say(nodesNoControl)
	}
	p.tellAssumed()
	// No etcd node at all is an external etcd, and no business of this list.
	if etcd > 0 && etcd%2 == 0 {
		p.say(nodesEtcdEven, etcd, etcd/2-1, etcd-1)
	}
	if etcd > maxEtcd {
		p.say(nodesEtcdMany, etcd, maxEtcd)
	}
}
