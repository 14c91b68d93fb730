package ansible

import (
	"maps"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/restart"
)

// rollout is the restart plan as the playbooks have it: program by program, each on all of
// its nodes.
type rollout struct {
	Programs []*program
	// Published is the program behind whose nodes' API servers pods find the CA in publishedCA.
	Published   *program
	publishedCA string   // below the set; "" for none
	manifests   []string // below the set
	tokens      []string // manifests with a token
	secrets     []string // files that only root may read, on whatever node they lie
	member      etcdClient
	data        string // where etcd has its data
}

// program is one program on all of its nodes.
type program struct {
	Name          string
	Hosts         string // pattern, quoted
	Serial        string // how many at a time
	Batched       bool   // Serial is the operator's to set
	Together      bool   // none is well before most of them run
	Asked         components.Asked
	Port          int
	ThenManifests bool // the manifests can be applied when it is well

	restarts []string          // files that it reads only when it starts
	rereads  []rereadFile      // files that it reads again by itself, since a version
	shown    []shownFile       // files whose certificate it shows
	told     map[string]string // files by the flag
}

type rereadFile struct{ file, since string }

type shownFile struct{ at, file string }

// etcdClient is by what etcd is asked on its nodes.
type etcdClient struct{ ca, cert, key string }

// Batched are the programs of which some nodes go at a time.
func (r *rollout) Batched() []*program {
	return slices.DeleteFunc(slices.Clone(r.Programs), func(p *program) bool { return !p.Batched })
}

// Shows reports whether some of its files can be seen from outside.
func (p *program) Shows() bool { return len(p.shown) > 0 }

// plan is the restart plan for a change of every file of the set.
func (s *Set) plan() *rollout {
	certs := s.Layout.Certificates(s.Cluster)
	texts := render.TextsOf(s.Layout, s.Cluster, certs)
	var all restart.Changes
	for _, p := range slices.Concat(s.Layout.PathsOf(certs), render.Paths(s.Layout, s.Cluster, texts)) {
		all.Written = append(all.Written, restart.Change{Path: p})
	}
	steps := restart.Make(s.Layout, s.Cluster, s.Dir, all).Steps
	r := &rollout{secrets: secretFiles(certs, texts)}
	by := map[string]*program{}
	for i := range steps {
		st := &steps[i]
		switch st.What {
		case restart.Apply:
			r.apply(st.Files[0].Path)
			continue
		case restart.Await:
			r.publishedCA = st.Files[0].Path
			continue
		case restart.Rewrite:
			continue
		}
		p := by[st.Component]
		if p == nil {
			p = &program{Name: st.Component, told: map[string]string{}}
			by[st.Component] = p
			if c := components.Find(st.Component); c != nil {
				p.runsAs(c, st)
				r.Programs = append(r.Programs, p)
			}
		}
		p.add(st.Files)
	}
	r.settle(by, s.Cluster)
	return r
}

// apply takes in a manifest.
func (r *rollout) apply(file string) {
	if file == catalog.TokenManifest {
		r.tokens = append(r.tokens, file)
	} else {
		r.manifests = append(r.manifests, file)
	}
}

// settle finds what follows from all programs together.
func (r *rollout) settle(by map[string]*program, c *spec.Cluster) {
	for _, p := range r.Programs {
		if p.Asked == components.AskReady {
			p.ThenManifests = len(r.manifests) > 0
			if r.publishedCA != "" {
				r.Published = p
			}
		}
		if p.Asked == components.AskMembers {
			r.member = memberClient(by[id.Etcdctl], p)
			r.data = dataFolder(p.Name, c)
		}
	}
}

// runsAs says how a program is restarted.
func (p *program) runsAs(c *components.Component, st *restart.Step) {
	p.Hosts, p.Asked, p.Port = hostsWith(c.On), c.Asked, c.Port
	p.Together = c.Asked == components.AskMembers
	switch {
	case p.Together: // all at once where what they know each other by has expired
		p.Serial = `"{{ '100%' if certwright_together | default(false) | bool else 1 }}"`
	case st.Alone:
		p.Serial = "1"
	default:
		p.Serial, p.Batched = `"{{ certwright_worker_batch }}"`, true
	}
}

// add takes in the files of one node. A file lies at the same place on all nodes.
func (p *program) add(files []restart.File) {
	for _, f := range files {
		switch {
		case f.Effect == components.Restarts && !slices.Contains(p.restarts, f.Path):
			p.restarts = append(p.restarts, f.Path)
		case f.Effect == components.Rereads && f.Since != "" && !slices.Contains(p.rereads, rereadFile{f.Path, f.Since}):
			p.rereads = append(p.rereads, rereadFile{f.Path, f.Since})
		}
		if f.Shown != "" && !slices.Contains(p.shown, shownFile{f.Shown, f.Path}) {
			p.shown = append(p.shown, shownFile{f.Shown, f.Path})
		}
		p.told[f.Flag] = f.Path
	}
}

// servingCA is by what one checks a program that the API server tells about others; ""
// where it serves a certificate that it has made up.
func (p *program) servingCA() string {
	if p.Asked != components.AskDelegated || p.told["--tls-cert-file"] == "" {
		return ""
	}
	return p.told["--client-ca-file"]
}

// memberClient is by what etcd is asked: by the files of its tool, or where there is none
// by the member's own.
func memberClient(tool, member *program) etcdClient {
	if tool == nil {
		return etcdClient{member.told["--trusted-ca-file"], member.told["--cert-file"], member.told["--key-file"]}
	}
	return etcdClient{tool.told["--cacert"], tool.told["--cert"], tool.told["--key"]}
}

// dataFolder is where a program is told to keep its data.
func dataFolder(name string, c *spec.Cluster) string {
	comp := components.Find(name)
	for i := range c.Nodes {
		if n := &c.Nodes[i]; n.Roles&comp.On != 0 {
			for _, s := range comp.Settings(c, n) {
				if s.Name == "--data-dir" {
					return s.Value
				}
			}
		}
	}
	return ""
}

// secretFiles are the files of nodes that only root may read, each path once.
func secretFiles(certs []catalog.Certificate, texts []render.Text) []string {
	seen := map[string]bool{}
	add := func(p string) {
		if _, onNode := catalog.SplitNode(p); onNode != "" {
			seen[onNode] = true
		}
	}
	for i := range certs {
		for _, p := range certs[i].Places(catalog.Key) {
			add(p)
		}
	}
	for i := range texts {
		if texts[i].Mode.Perm()&0o077 == 0 {
			add(texts[i].Path)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// address is the first address of a node as a URL has it.
func address(n *spec.Node) string {
	if len(n.Addresses) == 0 {
		return n.Name
	}
	if a := n.Addresses[0]; a.Is6() {
		return "[" + a.String() + "]"
	}
	return n.Addresses[0].String()
}

// kubeconfig is the operator's kubeconfig of an entry, below the set.
func (s *Set) kubeconfig(entry string) string {
	if e := s.Layout.Find(entry); e != nil {
		for _, f := range e.Files(s.Cluster, nil).Configs {
			return s.inSet(f.Path)
		}
	}
	return ""
}
