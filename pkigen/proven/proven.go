// Package proven is the index of a large set: which nodes' files were proven by
// an earlier run, of which answers they were made, and how they looked on disk.
// A node on which nothing of this has changed need not be read again.
//
// The index is a convenience and never needed. One that is damaged, of another
// program, or about other answers, counts as none. It holds certificates and
// sums, and nothing that is secret.
package proven

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"hash"
	"os"
	"runtime/debug"
	"slices"

	"certwright/pkigen/role"
	"certwright/pkigen/spec"
)

// File is the name of the index in the output directory.
const File = ".certwright-index"

// Sum is a SHA-256.
type Sum = [sha256.Size]byte

// Node is what is known of one node.
type Node struct {
	Wanted Sum      // of all that its files are made of
	Found  Sum      // of how they looked on disk when they were proven
	Certs  [][]byte // DER of the certificates that name it, in the layout's order
}

// Index is what is known of all nodes, by name.
type Index map[string]Node

// Encode gives the bytes of an index file.
func (x Index) Encode() ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(map[string]Node(x)); err != nil {
		return nil, fmt.Errorf("encode the index: %w", err)
	}
	sum := sha256.Sum256(b.Bytes())
	return append(b.Bytes(), sum[:]...), nil
}

// Decode reads what Encode wrote. It is empty for anything else.
func Decode(data []byte) Index {
	at := len(data) - sha256.Size
	if at < 0 || sha256.Sum256(data[:at]) != Sum(data[at:]) {
		return nil
	}
	var x map[string]Node
	if gob.NewDecoder(bytes.NewReader(data[:at])).Decode(&x) != nil {
		return nil
	}
	return x
}

// Unit is one node whose files can be known without being read.
type Unit struct {
	Node  string
	Paths []string // all its files, in the plan's order
	Certs []string // names of the certificates that name it, in the layout's order
	index int      // in the cluster's nodes
}

// Units are the nodes of a cluster that can be known: the workers. Those of the
// control plane are few and hang on each other, and where a certificate that
// nodes share is read first, it has to be read.
func Units(c *spec.Cluster, certs []role.Certificate, paths []string) []Unit {
	at := make(map[string]int, len(c.Nodes))
	units := make([]Unit, 0, len(c.Nodes))
	for i := range c.Nodes {
		if n := &c.Nodes[i]; n.Roles&(spec.ControlPlane|spec.Etcd) == 0 {
			at[n.Name] = len(units)
			units = append(units, Unit{Node: n.Name, index: i})
		}
	}
	for i := range certs {
		k := &certs[i]
		if k.Node != "" {
			if u, ok := at[k.Node]; ok {
				units[u].Certs = append(units[u].Certs, k.Name)
			}
			continue
		}
		for _, part := range sharedParts {
			delete(at, role.NodeOf(k.Place(part)))
		}
	}
	for _, p := range paths {
		if u, ok := at[role.NodeOf(p)]; ok {
			units[u].Paths = append(units[u].Paths, p)
		}
	}
	return slices.DeleteFunc(units, func(u Unit) bool { _, ok := at[u.Node]; return !ok })
}

// sharedParts are what nodes hold of a certificate that is not only theirs.
var sharedParts = []role.Part{role.Key, role.Cert, role.Public}

// Wanted are the sums of all that the files of each unit are made of: this
// program, the answers for the whole cluster, the nodes of the control plane,
// the node itself, and the certificates and keys that nodes share, as they lie on
// disk (have).
func Wanted(c *spec.Cluster, certs []role.Certificate, units []Unit, have func(path string) []byte) []Sum {
	all := sha256.New()
	fmt.Fprintf(all, "%s\n", program())
	whole := *c
	whole.Nodes = nil
	fmt.Fprintf(all, "%+v\n", whole)
	for _, n := range c.Nodes {
		if n.Roles&(spec.ControlPlane|spec.Etcd) != 0 {
			addNode(all, n)
		}
	}
	for i := range certs {
		for _, part := range sharedParts {
			if p := certs[i].Place(part); certs[i].Node == "" && p != "" {
				fmt.Fprintf(all, "%q %x\n", p, sha256.Sum256(have(p)))
			}
		}
	}
	shared := all.Sum(nil)
	out := make([]Sum, len(units))
	for i, u := range units {
		one := sha256.New()
		one.Write(shared)
		addNode(one, c.Nodes[u.index])
		for _, p := range u.Paths {
			fmt.Fprintln(one, p)
		}
		out[i] = Sum(one.Sum(nil))
	}
	return out
}

func addNode(h hash.Hash, n spec.Node) {
	n.Line = 0 // where it stands among the answers changes nothing
	fmt.Fprintf(h, "%+v\n", n)
}

// program tells this build of the program from any other, since another one may
// make other files of the same answers.
func program() string {
	id := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		id = info.String()
	}
	if name, err := os.Executable(); err == nil {
		if info, err := os.Stat(name); err == nil {
			id += fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return id
}
