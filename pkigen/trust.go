package pkigen

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/trust"
)

// Trust draws who shows which certificate to whom in a cluster: all of it, or what
// some certificates, CAs, programs and files have to do with. unknown is the first word
// that is none of these; the map is whole then.
func Trust(l *catalog.Layout, c *spec.Cluster, words ...string) (m *trust.Map, unknown string) {
	m = trust.Resolve(l, c)
	known := m.Names()
	var names []string
	for _, word := range words {
		name, ok := word, slices.Contains(known, word)
		if !ok {
			name, ok = trust.RoleOf(l, c, word)
		}
		if !ok {
			return m, word
		}
		names = append(names, name)
	}
	if len(names) > 0 {
		m = m.Only(names)
	}
	return m, ""
}
