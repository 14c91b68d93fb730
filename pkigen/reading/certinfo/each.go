package certinfo

import (
	"cmp"
	"context"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/programs"
)

// Seen is one certificate that lies in a directory, however many files hold it, or a
// file that could not be read.
type Seen struct {
	Entry
	Also []string // further files that hold it
	// Name is what commands call it; its file below the directory where nobody knows it.
	Name string
	// Group is the node that has it alone, or where no answers say so its folder; "" for
	// what belongs to all.
	Group string
	// Shown is who shows it, and to whom: "the API server, as all clients dial it"; "" for
	// a file that is not recognised.
	Shown string
	// Reads are the programs that are told of the file, each with its flag or field.
	Reads []string

	place int // among all, by the catalogue
}

// Each reads the certificates in a directory, each once. What each is for comes from the
// layout and the cluster of its answers, and without them, which are nil then, from the
// names of the files.
func Each(ctx context.Context, dir string, layout *catalog.Layout, cluster *spec.Cluster) ([]Seen, error) {
	entries, err := ScanContext(ctx, []string{dir}, Everything)
	if err != nil {
		return nil, err
	}
	r := newRecogniser(dir, layout, cluster)
	at := map[string]int{} // by fingerprint
	var out []Seen
	for _, e := range entries {
		if e.Kind != Certificate && e.Error == "" {
			continue
		}
		s := r.recognise(e)
		i, twice := at[e.Fingerprint]
		switch {
		case e.Fingerprint == "" || !twice:
			at[e.Fingerprint] = len(out)
			out = append(out, s)
		case s.place < out[i].place: // the certificate itself, and not a copy in a kubeconfig
			s.Also = append(out[i].Also, out[i].File)
			out[i] = s
		default:
			out[i].Also = append(out[i].Also, e.File)
		}
	}
	slices.SortStableFunc(out, func(a, b Seen) int {
		return cmp.Or(cmp.Compare(a.place, b.place), strings.Compare(a.Group, b.Group), strings.Compare(a.File, b.File))
	})
	for i := range out {
		slices.Sort(out[i].Also)
	}
	return out, nil
}

// recogniser knows what files of a directory are for.
type recogniser struct {
	dir     string
	cluster *spec.Cluster                   // nil where no answers are known
	ours    map[string]*catalog.Certificate // by the path below the directory
	place   map[*catalog.Certificate]int
}

func newRecogniser(dir string, layout *catalog.Layout, cluster *spec.Cluster) *recogniser {
	r := &recogniser{dir: filepath.ToSlash(filepath.Clean(dir)) + "/", ours: map[string]*catalog.Certificate{}, place: map[*catalog.Certificate]int{}}
	if layout == nil {
		return r
	}
	r.cluster = cluster
	node := map[string]int{"": 0}
	for i := range cluster.Nodes {
		node[cluster.Nodes[i].Name] = i + 1
	}
	certs := layout.Certificates(cluster)
	for i := range certs {
		c := &certs[i]
		r.place[c] = node[c.Node]*(len(certs)+1) + i
		for _, part := range []catalog.Part{catalog.Cert, catalog.Trust, catalog.Config} {
			for _, p := range c.Places(part) {
				if r.ours[p] == nil {
					r.ours[p] = c
				}
			}
		}
	}
	return r
}

// nowhere is the place of what no answers have, and of copies in kubeconfigs.
const nowhere = math.MaxInt

// recognise says what an entry is for.
func (r *recogniser) recognise(e Entry) Seen {
	below := strings.TrimPrefix(filepath.ToSlash(e.File), r.dir)
	s := Seen{Entry: e, Name: path.Base(below), place: nowhere}
	if folder := path.Dir(below); folder != "." {
		s.Group = folder
	}
	if c := r.ours[below]; c != nil {
		s.Group = c.Node
		if e.IsCA == c.IsCA() {
			s.Name, s.Shown, s.place = c.Name, c.Entry.Title, r.place[c]
			s.Reads = r.reads(c.Entry)
		}
		return s
	}
	if found, _, ok := programs.ByName(below); ok && e.IsCA == (found.Entry.Kind == catalog.Authority) {
		s.Shown, s.Reads = found.Entry.Title, r.reads(found.Entry)
	}
	return s
}

// reads are the programs that are told of a certificate, as far as the answers have them.
func (r *recogniser) reads(e *catalog.Entry) []string {
	var out []string
	for _, use := range e.Uses {
		if use.File != catalog.Key && (use.When == nil || r.cluster != nil && use.When(r.cluster)) {
			out = append(out, use.Component+" "+use.Flag)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
