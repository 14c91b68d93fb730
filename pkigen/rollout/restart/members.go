package restart

import (
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
)

// remember keeps the cluster before.
func (m *maker) remember(before *spec.Cluster) {
	m.before, m.past = before, map[string]*spec.Node{}
	if before != nil {
		for i := range before.Nodes {
			m.past[before.Nodes[i].Name] = &before.Nodes[i]
		}
	}
}

// was is a node of the cluster before; nil for one that was not there, or where
// nobody has said what was before.
func (m *maker) was(name string) *spec.Node { return m.past[name] }

// is is a node of the cluster as it is now; nil for one that is gone.
func (m *maker) is(name string) *spec.Node {
	if i, ok := m.nodes[name]; ok {
		return &m.cluster.Nodes[i]
	}
	return nil
}

// leaving is what comes before anything else: pods and members leave the nodes that
// go, and the members learn new addresses.
func (m *maker) leaving() []Step {
	if m.before == nil || !m.layout.PerNode {
		return nil
	}
	var out []Step
	for i := range m.before.Nodes {
		old := &m.before.Nodes[i]
		now := m.is(old.Name)
		lost := old.Roles
		if now != nil {
			lost &^= now.Roles
		}
		if now == nil && old.Roles&spec.Kubelet != 0 {
			out = append(out, Step{Node: old.Name, Component: operatorProgram, What: Drain, Here: true,
				Command: m.health.kubectl.Own("drain").Word(old.Name).Own("--ignore-daemonsets --delete-emptydir-data")})
		}
		if lost.Has(spec.Etcd) && m.joins() {
			out = append(out, m.leave(old.Name)...)
		}
		if now != nil && old.Roles.Has(spec.Etcd) && now.Roles.Has(spec.Etcd) && old.URL(components.EtcdPeerPort) != now.URL(components.EtcdPeerPort) {
			out = append(out, m.member(now.Name, Move, shell.Command("etcdctl member update").Output(memberID(now.Name)).Set("--peer-urls", now.URL(components.EtcdPeerPort)))...)
		}
		out = append(out, stop(old.Name, programsOf(old, now))...)
	}
	return out
}

// parting is what comes when no API server dials a member of etcd any more that goes:
// what it is asked in that moment fails. A member that is new would not start while
// one is in the list that it is not told of, and then the old one leaves first of all.
func (m *maker) parting() []Step {
	if m.before == nil || !m.layout.PerNode {
		return nil
	}
	var out []Step
	for i := range m.before.Nodes {
		old := &m.before.Nodes[i]
		if now := m.is(old.Name); !old.Roles.Has(spec.Etcd) || now != nil && now.Roles.Has(spec.Etcd) {
			continue
		}
		if !m.joins() {
			out = append(out, m.leave(old.Name)...)
		}
		out = append(out, stop(old.Name, []string{id.Etcd})...)
	}
	return out
}

// joins reports whether a member of etcd comes.
func (m *maker) joins() bool {
	return slices.ContainsFunc(m.cluster.Nodes, func(n spec.Node) bool {
		old := m.was(n.Name)
		return n.Roles.Has(spec.Etcd) && (old == nil || !old.Roles.Has(spec.Etcd))
	})
}

func (m *maker) leave(node string) []Step {
	return m.member(node, Leave, shell.Command("etcdctl member remove").Output(memberID(node)))
}

// stop stops programs of a node for good.
func stop(node string, programs []string) []Step {
	if len(programs) == 0 {
		return nil
	}
	return []Step{{Node: node, Component: strings.Join(programs, ", "), What: Stop,
		Command: shell.Command("systemctl disable --now").Word(programs...)}}
}

// programsOf are those but etcd that run on a node and do not belong there any more.
// The last to be started is the first to stop.
func programsOf(old, now *spec.Node) []string {
	var out []string
	for i := range components.All {
		if c := &components.All[i]; c.Name != id.Etcd && old.Roles&c.On != 0 && (now == nil || now.Roles&c.On == 0) {
			out = append(out, c.Name)
		}
	}
	slices.Reverse(out)
	return out
}

// memberID is the command that finds the number of a member by its name.
func memberID(name string) shell.Line {
	return shell.Command("etcdctl member list").Pipe(shell.Command(`awk -F", "`).Word(fmt.Sprintf("$3 == %q { print $1 }", name)))
}

// member is a step of etcd's list of members. It is run where a member stays.
func (m *maker) member(node string, what What, command shell.Line) []Step {
	for i := range m.cluster.Nodes {
		n := &m.cluster.Nodes[i]
		old := m.was(n.Name)
		if n.Name == node || !n.Roles.Has(spec.Etcd) || m.before != nil && (old == nil || !old.Roles.Has(spec.Etcd)) {
			continue
		}
		s := Step{Node: node, Component: id.Etcd, What: what, On: n.Name, Command: m.health.etcdctlEnv(n.Name).Then(command)}
		if what == Leave { // one that moves is away until it is restarted
			s.Health, s.HealthHere = m.health.of(id.Etcd, n)
		}
		return []Step{s}
	}
	return nil
}

// joining puts, before the start of a member in an etcd that is there already,
// what makes it a member, and lets it start as one that joins. It comes as a learner,
// so that the others have their majority also while it is not there yet
// (https://etcd.io/docs/latest/learning/design-learner/); behind the start it is made one that
// votes, which etcd refuses until it has caught up.
func (m *maker) joining(steps []Step) []Step {
	isNew := func(s *Step) bool { return s.Component == id.Etcd && s.What == Start }
	fresh := map[string]bool{}
	for i := range steps {
		if isNew(&steps[i]) {
			fresh[steps[i].Node] = true
		}
	}
	var first *spec.Node // a member that was there
	for i := range m.cluster.Nodes {
		if n := &m.cluster.Nodes[i]; n.Roles.Has(spec.Etcd) && !fresh[n.Name] {
			first = n
			break
		}
	}
	if first == nil {
		return steps // all are new
	}
	var out []Step
	for _, s := range steps {
		if !isNew(&s) {
			out = append(out, s)
			continue
		}
		on := func(what What, command shell.Line) Step {
			return Step{Node: s.Node, Component: id.Etcd, What: what, On: first.Name, Command: m.health.etcdctlEnv(first.Name).Then(command)}
		}
		joins := shell.Command("sed -i s/--initial-cluster-state=new/--initial-cluster-state=existing/").File(components.Find(id.Etcd).EnvFile())
		s.Command = shell.And(joins, s.Command)
		s.Alone, s.Health = true, "" // a learner answers no question after its health
		vote := on(Vote, shell.Command("until etcdctl member promote").Output(memberID(s.Node)).Own("; do sleep 2; done"))
		vote.Health, vote.HealthHere = m.health.of(id.Etcd, first)
		out = append(out,
			on(Join, shell.Command("etcdctl member add").Word(s.Node).Own("--learner").Set("--peer-urls", m.is(s.Node).URL(components.EtcdPeerPort))),
			s, vote)
	}
	return out
}

// goes takes in a file that goes, if its node stays.
func (m *maker) goes(p string) {
	if node, on := catalog.SplitNode(p); m.is(node) != nil {
		m.gone[node] = append(m.gone[node], on)
	}
}

// left is what is left to do at the end: files that go from nodes that stay, and
// nodes that the API has to forget.
func (m *maker) left() []Step {
	var out []Step
	for i := range m.cluster.Nodes {
		name := m.cluster.Nodes[i].Name
		files := m.gone[name]
		if len(files) == 0 {
			continue
		}
		s := Step{Node: name, What: Delete, Command: shell.Command("rm -f").File(files...)}
		for _, f := range files {
			s.Files = append(s.Files, File{Path: f})
		}
		out = append(out, s)
	}
	if m.before == nil || !m.layout.PerNode {
		return out
	}
	for i := range m.before.Nodes {
		if old := &m.before.Nodes[i]; m.is(old.Name) == nil && old.Roles&spec.Kubelet != 0 {
			out = append(out, Step{Node: old.Name, Component: operatorProgram, What: Forget, Here: true,
				Command: m.health.kubectl.Own("delete node").Word(old.Name)})
		}
	}
	return out
}

// movingNotes say what has to be seen to besides, that no file tells of.
func (m *maker) movingNotes() []string {
	if m.before == nil {
		return nil
	}
	var out []string
	note := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	endpoint := m.cluster.Endpoint.String()
	for i := range m.cluster.Nodes {
		now := &m.cluster.Nodes[i]
		old := m.was(now.Name)
		switch {
		case now.Roles.Has(spec.ControlPlane) && (old == nil || !old.Roles.Has(spec.ControlPlane)) && endpoint != "":
			note("%s gets clients once what is behind %s leads to it: add it there when its API server answers", now.Name, endpoint)
		case old != nil && len(old.Addresses) > 0 && len(now.Addresses) > 0 && old.Addresses[0] != now.Addresses[0]:
			note("%s has to have both %s and %s until all of this is done", now.Name, old.Addresses[0], now.Addresses[0])
		}
	}
	gone := false
	for i := range m.before.Nodes {
		old := &m.before.Nodes[i]
		gone = gone || m.is(old.Name) == nil
		if now := m.is(old.Name); old.Roles.Has(spec.ControlPlane) && (now == nil || !now.Roles.Has(spec.ControlPlane)) && endpoint != "" {
			note("take %s out of what is behind %s before it stops", old.Name, endpoint)
		}
	}
	if gone {
		note("of a machine that is dead already, leave out the drain and the stop")
	}
	if old := m.before.Endpoint; !old.IsZero() && old != m.cluster.Endpoint && !m.layout.AsFound {
		note("%s has to lead to the API servers until every node has its new files", old)
	}
	if !slices.Equal(m.before.ServiceSubnets, m.cluster.ServiceSubnets) {
		note("Services keep their addresses until they are made again: first of all kubernetes in the namespace default (kubectl delete service kubernetes, " +
			"when all API servers have been restarted; they make it again), then that of the cluster's DNS, with clusterDNS of every kubelet. " +
			"From Kubernetes 1.33 on the ServiceCIDR object kubernetes has to be replaced too")
	}
	return out
}
