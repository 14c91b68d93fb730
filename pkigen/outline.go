package pkigen

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

// outline is what a layout makes of a cluster, before anything is read.
type outline struct {
	certs []catalog.Certificate
	texts []render.Text
	paths []string // all files that a run may make
	gone  []string // files that only the cluster before had
}

func newOutline(l *catalog.Layout, j *Job) *outline {
	o := &outline{certs: l.Certificates(j.Cluster)}
	companions := l.Companions(o.certs)
	o.texts = render.TextsOf(l, j.Cluster, o.certs)
	o.paths = append(l.PathsOf(o.certs), render.Paths(l, j.Cluster, o.texts)...)
	for i := range companions {
		for _, part := range []catalog.Part{catalog.Key, catalog.Public, catalog.Cert} {
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
func goneFrom(l *catalog.Layout, before *spec.Cluster, paths []string) []string {
	now := make(map[string]bool, len(paths))
	for _, p := range paths {
		now[p] = true
	}
	certs := l.Certificates(before)
	all := append(l.PathsOf(certs), render.Paths(l, before, render.TextsOf(l, before, certs))...)
	return slices.DeleteFunc(all, func(p string) bool { return p == "" || now[p] })
}

// plan reads what a run may touch, and decides.
func (j *Job) plan(l *catalog.Layout, from *store.Tree) (*plan.Plan, error) {
	o := newOutline(l, j)
	have, err := from.Read(slices.Concat(o.paths, o.gone))
	if err != nil {
		return nil, err
	}
	opt := j.Options
	opt.Gone = append(slices.Clone(opt.Gone), o.gone...)
	if opt.UnknownNodes, err = j.unknownNodes(l, from); err != nil {
		return nil, err
	}
	if files := l.Revocation(j.Cluster); files != nil && have[files.Record].Data == nil {
		if opt.Issued, err = history.Issued(j.Dir, o.owners()); err != nil {
			return nil, err
		}
	}
	return plan.MakeOf(j.Cluster, l, o.certs, o.texts, have, j.now(), opt)
}

// owners are the leaves by the files that hold their certificates.
func (o *outline) owners() map[string]history.Owner {
	out := map[string]history.Owner{}
	for i := range o.certs {
		c := &o.certs[i]
		if c.Entry.Kind != catalog.Leaf {
			continue
		}
		for _, p := range c.Places(catalog.Cert) {
			out[p] = history.Owner{Name: c.Name, Signer: c.Signer}
		}
	}
	return out
}

// unknownNodes are those that have a tree in the directory, but no line in the
// answers, nor in those before where their files go.
func (j *Job) unknownNodes(l *catalog.Layout, from *store.Tree) ([]string, error) {
	if !l.PerNode {
		return nil, nil
	}
	names, err := from.Folders(catalog.NodesFolder)
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
