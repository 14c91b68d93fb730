// Package render makes the files that lie around the certificates of a cluster:
// kubeconfigs, what each component is told, manifests. All of them follow from
// the catalogue, from the answers and from finished certificates.
//
// It writes nothing: it says which files there are, what each needs, and how its
// bytes come about.
package render

import (
	"io/fs"
	"path"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

// The modes of what is rendered.
const (
	secretMode fs.FileMode = 0o600
	openMode   fs.FileMode = 0o644
)

// Source is the text of one part of a certificate, by its name; nil for none.
type Source func(certificate string, part catalog.Part) []byte

// Text is one file that is made of answers and of finished certificates.
type Text struct {
	Path        string // slash-separated, below the output directory
	Mode        fs.FileMode
	Part        catalog.Part // catalog.Config for a kubeconfig; "" for others
	Certificate string       // of a kubeconfig: whose it is
	Needs       []string     // the certificates whose own texts are in it
	Trusts      string       // the CA by which it says to check, whose catalog.Trust is in it; "" for none
	make        func(Source) ([]byte, error)
	// edit makes the bytes of those that are there, of which most stay; nil where
	// make makes all.
	edit func(have []byte, from Source) ([]byte, error)
}

// Render makes the bytes. have are those that are there; nil for none. The same
// source gives the same bytes.
func (t *Text) Render(from Source, have []byte) ([]byte, error) {
	if t.edit != nil && len(have) > 0 {
		return t.edit(have, from)
	}
	return t.make(from)
}

// Texts are the files of a cluster in this layout, in no particular order. The
// cluster has passed every rule. A flat layout has none.
func Texts(l *catalog.Layout, c *spec.Cluster) []Text { return TextsOf(l, c, l.Certificates(c)) }

// TextsOf is Texts with the certificates that the layout makes of the cluster.
func TextsOf(l *catalog.Layout, c *spec.Cluster, certs []catalog.Certificate) []Text {
	if !l.PerNode && !l.AsFound {
		return nil
	}
	r := &renderer{layout: l, cluster: c, certs: certs}
	for i := range r.certs {
		r.kubeconfigs(&r.certs[i])
	}
	r.revocation()
	if l.AsFound {
		return r.out // flags and manifests are the operator's
	}
	r.components()
	r.manifests()
	return r.out
}

// renderer is one call of Texts.
type renderer struct {
	layout  *catalog.Layout
	cluster *spec.Cluster
	certs   []catalog.Certificate
	out     []Text
}

// fixed adds a file that needs no certificate.
func (r *renderer) fixed(path string, text string) {
	r.out = append(r.out, Text{Path: path, Mode: openMode, make: func(Source) ([]byte, error) { return []byte(text), nil }})
}

// Trees are the trees of all nodes, below the output directory.
func Trees(c *spec.Cluster) []string {
	out := make([]string, len(c.Nodes))
	for i := range c.Nodes {
		out[i] = catalog.NodeRoot(c.Nodes[i].Name)
	}
	return out
}

// SplitTree parts a path into the tree of a node and the path in it; the tree is
// "" for what lies in none.
func SplitTree(p string) (tree, rel string) {
	node, onNode := catalog.SplitNode(p)
	if node == "" {
		return "", ""
	}
	return catalog.NodeRoot(node), strings.TrimPrefix(onNode, "/")
}

// SumsPath is where the checksums of a node's tree lie.
func SumsPath(tree string) string { return path.Join(tree, SumsFile) }

// Paths are all files of these texts, and the checksums of the nodes.
func Paths(l *catalog.Layout, c *spec.Cluster, texts []Text) []string {
	out := make([]string, 0, len(texts)+len(c.Nodes))
	for i := range texts {
		out = append(out, texts[i].Path)
	}
	if l.PerNode {
		for _, tree := range Trees(c) {
			out = append(out, SumsPath(tree))
		}
	}
	return out
}
