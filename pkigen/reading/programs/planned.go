package programs

import (
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/scan"
)

// Planned is what a layout that makes no files of settings tells its reader to tell
// the programs of each node.
func Planned(s *scan.Scan, layout *catalog.Layout, cluster *spec.Cluster) *Model {
	m := &Model{Scan: s}
	certs := layout.Certificates(cluster)
	for i := range cluster.Nodes {
		n := &cluster.Nodes[i]
		mc := m.planned(n.Name)
		for _, c := range components.All {
			if n.Roles&c.On == 0 {
				continue
			}
			p := mc.planned(c.Name, certs, cluster)
			for _, s := range c.Settings(cluster, n) {
				p.set(Setting{Name: canonical(c.Name, s.Name), Value: s.Value, Basis: Default})
			}
		}
	}
	m.planned("").planned("kubectl", certs, cluster)
	for _, mc := range m.Machines {
		m.Programs = append(m.Programs, mc.Programs...)
	}
	return m
}

func (m *Model) planned(node string) *Machine {
	mc := &Machine{Root: ".", Name: node, NameBy: Told, model: m, spots: []spot{{".", ""}}}
	m.Machines = append(m.Machines, mc)
	return mc
}

// planned adds a program, with the files that the catalogue has it read.
func (mc *Machine) planned(program string, certs []catalog.Certificate, cluster *spec.Cluster) *Program {
	p := &Program{Name: program, Machine: mc, Basis: Default}
	mc.add(p)
	for i := range certs {
		for _, u := range certs[i].Entry.Uses {
			place := certs[i].Place(u.File)
			if u.Component != program || place == "" || u.When != nil && !u.When(cluster) {
				continue
			}
			name, user := strings.CutPrefix(u.Flag, "kubeconfig ")
			if user { // the reader makes the kubeconfig
				p.set(Setting{Name: "server", Value: cluster.EndpointURL(), Basis: Default})
			}
			p.set(Setting{Name: canonical(program, name), Value: "/" + place, Basis: Default})
		}
	}
	return p
}
