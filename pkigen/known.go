package pkigen

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/plan"
	"certwright/pkigen/proven"
	"certwright/pkigen/render"
	"certwright/pkigen/role"
	"certwright/pkigen/spec"
	"certwright/pkigen/store"
)

// manyNodes is from how many workers on a set has an index of what was proven:
// fewer are read in less than a second.
const manyNodes = 200

// outline is what a layout makes of a cluster, before anything is read.
type outline struct {
	layout *role.Layout
	certs  []role.Certificate
	shared []role.Certificate // certs, and those that lie beside a CA or a key pair while it is replaced
	texts  []render.Text
	paths  []string // all files that a run may make
	gone   []string // files that only the cluster before had
}

func newOutline(l *role.Layout, j *Job) *outline {
	o := &outline{layout: l, certs: l.Certificates(j.Cluster)}
	companions := l.Companions(o.certs)
	o.shared = slices.Concat(o.certs, companions)
	o.texts = render.TextsOf(l, j.Cluster, o.certs)
	o.paths = append(l.PathsOf(o.certs), render.Paths(l, j.Cluster, o.texts)...)
	for i := range companions {
		for _, part := range []role.Part{role.Key, role.Public, role.Cert} {
			o.paths = append(o.paths, companions[i].Places(part)...)
		}
	}
	if l.Answers {
		o.paths = append(o.paths, plan.AnswersFile)
	}
	if j.Before != nil {
		o.gone = goneFrom(l, j.Before, o.paths)
	}
	return o
}

// goneFrom are the files that a layout makes of a cluster and that are not among
// the paths.
func goneFrom(l *role.Layout, before *spec.Cluster, paths []string) []string {
	now := make(map[string]bool, len(paths))
	for _, p := range paths {
		now[p] = true
	}
	certs := l.Certificates(before)
	all := append(l.PathsOf(certs), render.Paths(l, before, render.TextsOf(l, before, certs))...)
	return slices.DeleteFunc(all, func(p string) bool { return p == "" || now[p] })
}

// sight is what a run knows of the nodes: by the index of an earlier one, and by
// how their files look.
type sight struct {
	outline *outline

	units  []proven.Unit // none where there is no use for an index
	before []store.Fingerprint
	staged []store.Fingerprint // of the new state, before it is proven; nil for none
	wanted []proven.Sum
	index  proven.Index
	known  plan.Known
}

// plan reads what has to be read, and decides.
func (j *Job) plan(l *role.Layout) (*plan.Plan, *sight, error) {
	o := newOutline(l, j)
	s := j.lookAround(o)
	have, err := store.Read(j.Dir, append(s.without(o.paths, func(u *proven.Unit) bool { return true }), o.gone...))
	if err != nil {
		return nil, nil, err
	}
	s.want(j, o, func(path string) []byte { return have[path].Data })
	now := j.now()
	s.recognise(now)
	p, err := j.planKnowing(o, s.known, now, have, s.without(s.pathsOf(), func(u *proven.Unit) bool { return s.known.Nodes[u.Node] }))
	if err != nil || len(s.known.Nodes) == 0 || p.Settled() {
		return p, s, err
	}
	s.known = plan.Known{}
	p, err = j.planKnowing(o, s.known, now, have, s.pathsOf())
	return p, s, err
}

// want says what the files of the units are made of, by what lies there.
func (s *sight) want(j *Job, o *outline, have func(path string) []byte) {
	s.outline = o
	s.wanted = proven.Wanted(j.Cluster, o.shared, s.units, have)
}

// planKnowing reads further files, and decides.
func (j *Job) planKnowing(o *outline, known plan.Known, now time.Time, have plan.Directory, further []string) (*plan.Plan, error) {
	more, err := store.Read(j.Dir, further)
	if err != nil {
		return nil, err
	}
	maps.Copy(have, more)
	opt := j.Options
	opt.Gone = append(slices.Clone(opt.Gone), o.gone...)
	if opt.UnknownNodes, err = j.unknownNodes(o.layout); err != nil {
		return nil, err
	}
	return plan.MakeOf(j.Cluster, o.layout, o.certs, o.texts, have, known, now, opt)
}

// unknownNodes are those that have a tree in the directory, but no line in the
// answers, nor in those before where their files go.
func (j *Job) unknownNodes(l *role.Layout) ([]string, error) {
	if !l.PerNode {
		return nil, nil
	}
	names, err := store.Folders(j.Dir, role.NodesFolder)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	known := map[string]bool{}
	for _, c := range []*spec.Cluster{j.Cluster, j.Before} {
		if c != nil {
			for i := range c.Nodes {
				known[c.Nodes[i].Name] = true
			}
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return known[n] }), nil
}

// lookAround looks at the files of all nodes, and reads the index, where that
// pays and the operator does not want everything read. New certificates for keys
// that lie there need the keys.
func (j *Job) lookAround(o *outline) *sight {
	s := &sight{}
	if j.Reread || len(j.Options.ReplaceKeys) > 0 || j.Options.Renewal != nil || j.Options.Rotation != nil || !o.layout.PerNode || len(j.Cluster.Nodes) < cmp.Or(j.indexFrom, manyNodes) {
		return s
	}
	s.units = proven.Units(j.Cluster, o.certs, o.paths)
	s.before = store.Fingerprints(j.Dir, groups(s.units))
	s.index = proven.Decode(store.ReadIndex(filepath.Join(j.Dir, proven.File)))
	return s
}

func groups(units []proven.Unit) [][]string {
	out := make([][]string, len(units))
	for i := range units {
		out[i] = units[i].Paths
	}
	return out
}

func (s *sight) pathsOf() []string {
	var out []string
	for i := range s.units {
		out = append(out, s.units[i].Paths...)
	}
	return out
}

// without are the paths that belong to none of the units that leave says.
func (s *sight) without(paths []string, leave func(*proven.Unit) bool) []string {
	left := make(map[string]bool, len(s.units))
	for i := range s.units {
		left[s.units[i].Node] = leave(&s.units[i])
	}
	out := make([]string, 0, len(paths))
	for _, p := range paths {
		if !left[role.NodeOf(p)] {
			out = append(out, p)
		}
	}
	return out
}

// recognise finds the nodes on which nothing has changed: neither what they are
// made of nor how they look. A certificate that has ended is one to be read.
func (s *sight) recognise(now time.Time) {
	certs := make([][]*x509.Certificate, len(s.units))
	_ = parallel.Each(len(s.units), runtime.GOMAXPROCS(0), func(i int) error {
		certs[i] = s.recogniseUnit(i, now)
		return nil
	})
	s.known = plan.Known{Nodes: map[string]bool{}, Certs: map[string]*x509.Certificate{}}
	for i, list := range certs {
		if list == nil {
			continue
		}
		s.known.Nodes[s.units[i].Node] = true
		for n, cert := range list {
			s.known.Certs[s.units[i].Certs[n]] = cert
		}
	}
}

// recogniseUnit are the certificates of a unit that is as it was; nil for any other.
func (s *sight) recogniseUnit(i int, now time.Time) []*x509.Certificate {
	u := &s.units[i]
	n, ok := s.index[u.Node]
	if !ok || n.Wanted != s.wanted[i] || n.Found != s.before[i].Sum || len(n.Certs) != len(u.Certs) {
		return nil
	}
	certs := make([]*x509.Certificate, len(n.Certs))
	for k, der := range n.Certs {
		cert, err := x509.ParseCertificate(der)
		if err != nil || now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
			return nil
		}
		certs[k] = cert
	}
	return certs
}

// stage looks at the new state, before it is proven.
func (s *sight) stage(tx *store.Tx) {
	if len(s.units) > 0 {
		s.staged = tx.StagedFingerprints(groups(s.units))
	}
}

// remember writes down which nodes were proven in this run, beside those that
// were known before. made gives the PEM text of a certificate that was made; nil
// for none. That the index cannot be written is no fault of the set, and costs
// the next run some reading.
func (s *sight) remember(tx *store.Tx, dir string, made func(name string, part role.Part) []byte) {
	fresh := make([]proven.Unit, 0, len(s.units))
	var from []int
	for i := range s.units {
		if !s.known.Nodes[s.units[i].Node] {
			fresh, from = append(fresh, s.units[i]), append(from, i)
		}
	}
	next, added := proven.Index{}, false
	for k, after := range store.Fingerprints(dir, groups(fresh)) {
		i := from[k]
		before := s.before[i]
		if s.staged != nil && s.staged[i] != (store.Fingerprint{}) {
			before = s.staged[i]
		}
		if !before.Settled || before.Sum != after.Sum {
			continue
		}
		if der := derOf(fresh[k].Certs, made); der != nil {
			next[fresh[k].Node], added = proven.Node{Wanted: s.wanted[i], Found: after.Sum, Certs: der}, true
		}
	}
	if !added {
		return
	}
	for name := range s.known.Nodes {
		next[name] = s.index[name]
	}
	if data, err := next.Encode(); err == nil {
		_ = tx.WriteIndex(proven.File, data)
	}
}

// derOf are certificates as they lie in the set now; nil if one is missing.
func derOf(names []string, made func(string, role.Part) []byte) [][]byte {
	out := make([][]byte, 0, len(names))
	for _, name := range names {
		block, _ := pem.Decode(made(name, role.Cert))
		if block == nil {
			return nil
		}
		out = append(out, block.Bytes)
	}
	return out
}
