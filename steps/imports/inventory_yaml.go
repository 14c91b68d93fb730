package imports

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// showsInventory is for kubespray's hosts.yaml, and what is built like it: groups with
// hosts below them, one of which is known, or all of them below "all".
func showsInventory(n *yaml.Node) (string, bool) {
	known := has(n, yaml.MappingNode, "all", "hosts") || has(n, yaml.MappingNode, "all", "children") ||
		slices.ContainsFunc(keysOf(n), func(name string) bool {
			return roleOfGroup(name) != 0 && (has(n, yaml.MappingNode, name, "hosts") || has(n, yaml.MappingNode, name, "children"))
		})
	return "an inventory of Ansible", known
}

func readInventory(r *reader, docs []*yaml.Node) {
	for _, doc := range docs[1:] {
		r.leave(r.at(doc.Line, ""), otherDocument, "")
	}
	in := newInventory(r)
	root := rootOf(docs[0])
	for pair := range slices.Chunk(root.Content, 2) {
		in.yamlGroup(r.at(pair[0].Line, pair[0].Value), pair[0].Value, pair[1])
	}
	if len(r.faults) == 0 {
		in.take()
	}
}

// yamlGroup reads a group: its hosts, its children, its variables.
func (in *inventory) yamlGroup(at Place, name string, n *yaml.Node) {
	g := in.group(name)
	if isEmpty(n) {
		return
	}
	group(fields{
		"hosts": func(r *reader, at Place, n *yaml.Node) {
			in.each(at, n, func(at Place, name string, vars *yaml.Node) { in.yamlHosts(g, at, name, vars) })
		},
		"children": func(r *reader, at Place, n *yaml.Node) {
			in.each(at, n, func(at Place, child string, n *yaml.Node) {
				g.children = append(g.children, child)
				in.yamlGroup(at, child, n)
			})
		},
		"vars": func(r *reader, at Place, n *yaml.Node) {
			in.each(at, n, func(at Place, name string, v *yaml.Node) { in.yamlVariable(g, at, name, v) })
		},
	})(in.r, at, n)
}

// each calls take for the entries of a mapping.
func (in *inventory) each(at Place, n *yaml.Node, take func(at Place, name string, v *yaml.Node)) {
	if !in.r.wants(n, yaml.MappingNode, FaultWantsGroup, at.Key) {
		return
	}
	for pair := range slices.Chunk(n.Content, 2) {
		take(in.r.at(pair[0].Line, at.Key+"."+pair[0].Value), pair[0].Value, pair[1])
	}
}

// yamlHosts reads the host, or the range of hosts, below one key.
func (in *inventory) yamlHosts(g *hostGroup, at Place, pattern string, vars *yaml.Node) {
	names, code := expand(pattern, mostHosts-len(in.hosts))
	if code != "" {
		in.r.faults = append(in.r.faults, Fault{at.Line, 0, code, rangeArgs(code, pattern)})
		return
	}
	for _, name := range names {
		h := in.host(g, name, at)
		if isEmpty(vars) {
			continue
		}
		in.each(at, vars, func(at Place, key string, v *yaml.Node) {
			if v.Kind != yaml.ScalarNode {
				in.r.leave(at, noQuestion)
				return
			}
			in.setHost(h, key, variable{v.Value, at})
		})
	}
}

func (in *inventory) yamlVariable(g *hostGroup, at Place, name string, v *yaml.Node) {
	switch {
	case isEmpty(v):
	case v.Kind == yaml.ScalarNode:
		g.vars = append(g.vars, namedVariable{name, variable{v.Value, at}})
	case name == "supplementary_addresses_in_ssl_keys": // kubespray's certSANs
		answers(namesKey)(in.r, at, v)
	case name == "loadbalancer_apiserver":
		in.balancer(at, v)
	default:
		in.r.leave(at, noQuestion)
	}
}

// balancer is kubespray's load balancer before the API servers.
func (in *inventory) balancer(at Place, n *yaml.Node) {
	address, port := text(n, "address"), text(n, "port")
	if address == "" || isTemplate(address+port) {
		in.r.leave(at, template)
		return
	}
	in.r.say(endpointKey, hostPort(address, port), at)
}
