// Package handout brings the files of a node to the node: the list of sums that
// lies in each node's tree, and one archive per node.
//
// An archive is unpacked on the node, and installed by the script in it, as root
// (InstallCommand). The same tree gives the same bytes. It holds the node's secrets,
// and besides the script nothing that the tree's list of sums does not name.
package handout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/leftover"
)

// nodesFolder is where the trees of the nodes lie in a directory.
const nodesFolder = "nodes"

// Tree is a directory with the trees of its nodes. It stays the directory that
// was opened, also where another run swaps a new one into its place.
type Tree struct {
	dir   string // as the operator gave it, for messages
	held  *walk.Held
	root  *os.Root // of held
	nodes []string
}

// UnknownNodeError says that a directory holds no such node.
type UnknownNodeError struct {
	Dir   string
	Node  string
	Nodes []string // those it holds, sorted
}

// Error says what was written, and which name was meant or which there are.
func (e *UnknownNodeError) Error() string {
	if near := spec.Nearest(e.Node, e.Nodes, 2); near != "" {
		return fmt.Sprintf("%q holds no node %q: did you mean %q?", e.Dir, e.Node, near)
	}
	return fmt.Sprintf("%q holds no node %q: the nodes are %s", e.Dir, e.Node, spec.List(e.Nodes, 8))
}

// Open opens a directory of the layouts that have a tree per node. The error
// says so where there is none, as in the article's layout.
func Open(dir string) (*Tree, error) {
	if strings.TrimSpace(dir) == "" {
		return nil, errors.New("no directory given; name the one that certwright made, such as pki")
	}
	dir = filepath.Clean(dir)
	held, err := walk.Hold(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the directory %q: %w", dir, bare(err))
	}
	t := &Tree{dir: dir, held: held, root: held.Root}
	if t.nodes, err = t.list(); err != nil {
		held.Close()
		return nil, err
	}
	return t, nil
}

// Close gives the directory back.
func (t *Tree) Close() error { return t.held.Close() }

// Nodes are the names of all nodes, sorted.
func (t *Tree) Nodes() []string { return slices.Clone(t.nodes) }

// list finds the nodes. A link among them is refused, since what it leads to
// would be left out or handed out without a word; a file is no node.
func (t *Tree) list() ([]string, error) {
	info, err := t.root.Lstat(nodesFolder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%q has no folder %q, so there is nothing to hand out node by node: "+
			"the layouts single-ca and three-ca have it; the files of the layout article are the same for all nodes, and copied by hand", t.dir, nodesFolder)
	case err != nil:
		return nil, t.cannotRead(nodesFolder, err)
	case !info.IsDir():
		return nil, t.wrongKind(nodesFolder, info, "a folder")
	}
	names, err := leftover.Entries(t.root, nodesFolder)
	if err != nil {
		return nil, t.cannotRead(nodesFolder, err)
	}
	var nodes []string
	for _, name := range names {
		at := nodesFolder + "/" + name
		info, err := t.root.Lstat(at)
		switch {
		case err != nil:
			return nil, t.cannotRead(at, err)
		case info.IsDir():
			nodes = append(nodes, name)
		case !info.Mode().IsRegular():
			return nil, t.wrongKind(at, info, "a folder")
		}
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%q holds no node", t.shown(nodesFolder))
	}
	return nodes, nil
}

// known refuses a name that is none of the nodes.
func (t *Tree) known(node string) error {
	if _, ok := slices.BinarySearch(t.nodes, node); !ok {
		return &UnknownNodeError{Dir: t.dir, Node: node, Nodes: t.nodes}
	}
	return nil
}

// shown is a path below the directory as messages name it.
func (t *Tree) shown(path string) string { return filepath.Join(t.dir, filepath.FromSlash(path)) }

func (t *Tree) cannotRead(path string, err error) error {
	return fmt.Errorf("cannot read %q: %w", t.shown(path), bare(err))
}

func (t *Tree) wrongKind(path string, info fs.FileInfo, want string) error {
	return fmt.Errorf("%q is %s, and has to be %s", t.shown(path), walk.Kind(info.Mode()), want)
}

// bare is an error of the system without the path, which below an opened
// directory is only the end of it.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}
