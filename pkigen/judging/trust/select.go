package trust

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

// Only is the part of the map that the names touch: CAs, roles and programs.
func (m *Map) Only(names []string) *Map {
	out := *m
	out.Connections, out.Danger = []Connection{}, []Danger{}
	for _, a := range m.Connections {
		if slices.ContainsFunc(names, a.touches) {
			out.Connections = append(out.Connections, a)
		}
	}
	for _, d := range m.Danger {
		if slices.ContainsFunc(names, func(n string) bool { return n == d.CA || n == d.To || slices.Contains(d.Roles, n) }) {
			out.Danger = append(out.Danger, d)
		}
	}
	return &out
}

func (a Connection) touches(name string) bool {
	return slices.Contains([]string{a.ID, a.From, a.To, a.Shows.Entry, a.Answers.Entry, a.Server.CA, a.Client.CA}, name)
}

// Names are all words that Only knows in this map, sorted.
func (m *Map) Names() []string {
	var out []string
	for _, a := range m.Connections {
		out = append(out, a.ID, a.From, a.To, a.Shows.Entry, a.Answers.Entry, a.Server.CA, a.Client.CA)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}

// RoleOf is the role that a name or a file stands for: a certificate
// ("master1/etcd-server"), a path in the directory or below any folder that
// holds it ("pki/nodes/master1/..."), or a path on a node
// ("/etc/kubernetes/pki/apiserver.crt").
func RoleOf(l *catalog.Layout, c *spec.Cluster, name string) (string, bool) {
	full := *c
	if len(full.Nodes) == 0 {
		full.Nodes = []spec.Node{stand}
	}
	asked := path.Clean(filepath.ToSlash(name))
	certs := l.Certificates(&full)
	for i := range certs {
		cert := &certs[i]
		if cert.Name == name || cert.Entry.Name == name {
			return cert.Entry.Name, true
		}
		for _, part := range []catalog.Part{catalog.Cert, catalog.Key, catalog.Public, catalog.Trust, catalog.CSR, catalog.Request, catalog.Config} {
			for _, p := range cert.Places(part) {
				if asked == p || strings.HasSuffix(asked, "/"+p) || asked == "/"+p || asked == nodePath(p) {
					return cert.Entry.Name, true
				}
			}
		}
	}
	return "", false
}

// nodePath is the path on its node of a file in a node's tree; "" for another.
func nodePath(p string) string {
	_, on := catalog.SplitNode(p)
	return on
}
