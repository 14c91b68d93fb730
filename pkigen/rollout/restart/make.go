package restart

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/handout"
)

// maker is one call of Make.
type maker struct {
	layout  *catalog.Layout
	cluster *spec.Cluster
	before  *spec.Cluster         // nil where no node has come, gone or moved
	past    map[string]*spec.Node // its nodes, by name
	dir     string
	readers *readers
	health  *health
	order   map[string]int // places of the components, and of the nodes
	nodes   map[string]int

	copies map[string]*Copy
	steps  map[[2]string]*Step // by node and component
	whats  map[[2]string]map[What]bool
	shown  map[[2]string]map[string]string // files with certificates that a program shows, by the address
	here   []Step                          // of the operator's machine, in the order of the changes
	gone   map[string][]string             // files that go from nodes that stay, as they lie there

	published string // the file that kube-controller-manager hands to all pods, where it changed
}

func newMaker(l *catalog.Layout, c *spec.Cluster, dir string) *maker {
	m := &maker{
		layout: l, cluster: c, dir: dir, readers: findReaders(l, c),
		order: map[string]int{}, nodes: make(map[string]int, len(c.Nodes)),
		copies: map[string]*Copy{}, steps: map[[2]string]*Step{}, whats: map[[2]string]map[What]bool{}, shown: map[[2]string]map[string]string{}, gone: map[string][]string{},
	}
	m.health = newHealth(m.readers, dir)
	for i := range components.All {
		m.order[components.All[i].Name] = i
	}
	for i := range c.Nodes {
		m.nodes[c.Nodes[i].Name] = i
	}
	return m
}

// change takes in one file.
func (m *maker) change(c Change) {
	tree, rel := render.SplitTree(c.Path)
	if path.Dir(c.Path) == catalog.ManifestFolder {
		m.here = append(m.here, m.manifest(c.Path))
		return
	}
	if tree != "" && rel != render.SumsFile {
		m.copy(path.Base(tree), "/"+rel)
	}
	for _, who := range m.readers.byPath[c.Path] {
		file := File{Path: c.Path, Flag: who.flag}
		if who.node == "" {
			m.operators(file)
			continue
		}
		file.Path = m.readers.onNode(c.Path)
		if tree == "" {
			m.copy(who.node, m.readers.copied(c.Path))
		}
		m.program(who, file, &c, tree != "")
	}
}

// copy notes a file that a node needs.
func (m *maker) copy(node, file string) {
	c := m.copies[node]
	if c == nil {
		c = &Copy{Node: node}
		if m.layout.PerNode {
			c.Command = shell.Command("certwright handout").File(m.dir).Word(node).Own("--to -").
				Pipe(handout.InstallOver(shell.Command("ssh").Word("root@" + node)))
		}
		m.copies[node] = c
	}
	if !slices.Contains(c.Files, file) {
		c.Files = append(c.Files, file)
	}
}

// program notes what a changed file does to a program that reads it. placed tells
// that it belongs to a tree, so that it is new on the node if it is new here.
func (m *maker) program(who reader, file File, c *Change, placed bool) {
	at := [2]string{who.node, who.component}
	s := m.steps[at]
	if s == nil {
		s = &Step{Node: who.node, Component: who.component}
		m.steps[at], m.whats[at] = s, map[What]bool{}
	}
	r, shown := catalog.RereadOf(who.component, who.flag)
	if who.flag == "" || !m.layout.PerNode && viaConfig(who.flag) || m.static(who.component) {
		r = components.Reread{}
	}
	file.Effect, file.Since, file.Shown = r.Effect, r.Since, shown
	s.Files = append(s.Files, file)
	s.Together = s.Together || c.Ended && who.component == id.Etcd
	if who.flag == rootCAFlag && !(c.New && placed) && m.published == "" {
		m.published = c.Path
	}
	switch {
	case who.flag == "" && c.New && placed:
		m.whats[at][Start] = true
	case who.flag == "" && components.Find(who.component).ReadsOnce(c.Flags):
	case r.Effect == components.Restarts:
		m.whats[at][Restart] = true
	case r.Effect == components.Rereads:
		m.whats[at][Reload] = true
		s.WithinSeconds = max(s.WithinSeconds, int(r.Within.Seconds()))
		if r.Since != "" {
			s.Since = r.Since
		}
		if shown != "" && m.layout.PerNode { // elsewhere more than the certificate may lie in the file
			if m.shown[at] == nil {
				m.shown[at] = map[string]string{}
			}
			m.shown[at][shown] = file.Path
		}
	}
}

// static tells of a program that the kubelet runs by a manifest. Its container has
// mounted the folder that was there when it started; a run puts another folder in
// that one's place, and the container does not see it.
func (m *maker) static(component string) bool {
	c := components.Find(component)
	return m.cluster.StaticPods && c != nil && c.Static
}

// restartCommand restarts a program on its node.
func (m *maker) restartCommand(component string) shell.Line {
	return CommandOf("", component, m.static(component))
}

// viaConfig tells of a file that a kubeconfig names. Where the layout makes no
// kubeconfigs, most embed it.
func viaConfig(flag string) bool {
	return flag == catalog.ConfigCA || flag == catalog.ConfigCert || flag == catalog.ConfigKey
}

// operators notes a file that stays with the operator, as copies of it may not.
func (m *maker) operators(file File) {
	for i := range m.here {
		s := &m.here[i]
		if s.What == Rewrite && s.Files[0].Path == file.Path {
			return
		}
	}
	s := Step{Component: operatorProgram, What: Rewrite, Files: []File{file}}
	if path.Ext(file.Path) == ".conf" {
		s.Health = shell.Command("kubectl --kubeconfig").File(path.Join(m.dir, file.Path)).Own("auth whoami")
		s.HealthHere = true
	}
	m.here = append(m.here, s)
}

// rootCAFlag names the CA that kube-controller-manager gives to all pods.
const rootCAFlag = "--root-ca-file"

// awaitPublished is the step that waits until pods can have the CA: the leader among
// the controller-managers writes it into a ConfigMap of each namespace, from where
// kubelets bring it to pods
// (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume).
// Who goes on earlier leaves pods behind that refuse the API servers.
func (m *maker) awaitPublished() Step {
	return Step{Component: operatorProgram, What: Await, Files: []File{{Path: m.published, Flag: rootCAFlag}}, HealthHere: true,
		Health: m.health.kubectl.Own(`-n default get configmap kube-root-ca.crt -o jsonpath='{.data.ca\.crt}' | cmp -`).File(path.Join(m.dir, m.published))}
}

func (m *maker) manifest(file string) Step {
	return Step{Component: operatorProgram, What: Apply, Files: []File{{Path: file}},
		Command: m.health.kubectl.Own("apply -f").File(path.Join(m.dir, file))}
}

// finish puts everything into its order: etcd before what needs it, and of each
// program the nodes in the order of the answers.
func (m *maker) finish() *Plan {
	p := &Plan{First: m.leaving(), Copies: []Copy{}, Steps: []Step{}}
	for _, c := range m.copies {
		slices.Sort(c.Files)
		p.Copies = append(p.Copies, *c)
	}
	slices.SortFunc(p.Copies, func(a, b Copy) int { return m.nodes[a.Node] - m.nodes[b.Node] })
	for at, s := range m.steps {
		m.settle(s, m.whats[at])
		p.Steps = append(p.Steps, *s)
	}
	slices.SortFunc(p.Steps, func(a, b Step) int {
		if d := m.place(&a) - m.place(&b); d != 0 {
			return d
		}
		return m.nodes[a.Node] - m.nodes[b.Node]
	})
	if m.published != "" {
		m.here = append(m.here, m.awaitPublished())
	}
	for i := range p.Steps {
		if next := i + 1; next < len(p.Steps) && p.Steps[i].Together && p.Steps[next].Together {
			p.Steps[i].Health = ""
		}
	}
	slices.SortStableFunc(m.here, func(a, b Step) int { return strings.Compare(string(a.What), string(b.What)) })
	p.Steps = append(m.joining(p.Steps), m.parting()...)
	p.Steps = append(p.Steps, m.here...)
	p.Steps = append(p.Steps, m.left()...)
	p.Notes = slices.Concat(m.notes(p), m.ownFiles(), m.movingNotes())
	return p
}

// place is where a component's step stands; what needs nothing comes last.
func (m *maker) place(s *Step) int {
	if i, ok := m.order[s.Component]; ok && s.What != Nothing {
		return i
	}
	return len(m.order)
}

// settle decides what happens to a program of which several files changed: one
// start, or one restart, reads them all.
func (m *maker) settle(s *Step, whats map[What]bool) {
	slices.SortFunc(s.Files, func(a, b File) int { return strings.Compare(a.Path+a.Flag, b.Path+b.Flag) })
	n := &m.cluster.Nodes[m.nodes[s.Node]]
	switch {
	case whats[Start]:
		s.What, s.Command = Start, shell.Command("systemctl enable --now").Word(s.Component)
	case whats[Restart]:
		s.What, s.Command = Restart, m.restartCommand(s.Component)
	case whats[Reload]:
		s.What = Reload
	default:
		s.What = Nothing
		return
	}
	if s.What != Reload {
		s.WithinSeconds, s.Since = 0, ""
	} else if s.Since != "" {
		s.Older = m.restartCommand(s.Component)
	}
	// Kubelets may go several at a time: their pods run on.
	s.Together = s.Together && s.What == Restart
	s.Alone = (s.What == Restart || s.Older != "") && components.RunsOn(s.Component)&spec.Worker == 0 && !s.Together
	s.Health, s.HealthHere = m.health.of(s.Component, n)
	if files := m.shown[[2]string{s.Node, s.Component}]; s.What == Reload && len(files) > 0 {
		s.Health, s.HealthHere = shows(n, files), false
	}
}

// notes say what stands still meanwhile, where one of a kind is all there is.
func (m *maker) notes(p *Plan) []string {
	var out []string
	restarted := func(name string) bool {
		return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Component == name && s.What == Restart })
	}
	count := func(r spec.NodeRoles) (n int) {
		for i := range m.cluster.Nodes {
			if m.cluster.Nodes[i].Roles&r != 0 {
				n++
			}
		}
		return n
	}
	// Of two members both are the majority.
	if n := count(spec.Etcd); n < 3 && restarted(id.Etcd) {
		out = append(out, fmt.Sprintf("with %s etcd is not there while one restarts, and the API with it", spec.Count(n, "member", "members")))
	}
	if count(spec.ControlPlane) == 1 && restarted(id.KubeAPIServer) {
		out = append(out, "with one API server the API does not answer while it restarts; pods go on")
	}
	return out
}
