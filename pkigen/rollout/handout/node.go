package handout

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/bootstrap"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/leftover"
)

// largest is the largest file that is handed out, in bytes: no key, certificate
// or fragment of a configuration is that long.
const largest = 1 << 20

// Node is the tree of one node in memory, as it was checked.
type Node struct {
	Name    string
	Files   int // with the list of sums
	Secrets int // files among them that hold a private key or a token
	items   []item
}

// item is a file or folder of a node.
type item struct {
	path string // relative to the root of the node, slash-separated
	mode fs.FileMode
	data []byte
}

// Node reads a node's tree, and holds it against its list of sums. Nothing that
// was not listed is taken, and no link followed. The error is an
// *UnknownNodeError for a name that the directory does not hold, a *render.SumError
// where the list and the files do not agree, and else names the file and what
// is wrong: a kind or a mode that must not be, or a fault of the system.
func (t *Tree) Node(name string) (*Node, error) {
	if err := t.known(name); err != nil {
		return nil, err
	}
	n, err := t.read(name)
	if err != nil && t.held.Replaced() {
		return nil, &walk.ReplacedError{Dir: t.dir}
	}
	return n, err
}

func (t *Tree) read(name string) (*Node, error) {
	at := nodesFolder + "/" + name
	root, err := t.root.OpenRoot(at)
	if err != nil {
		return nil, t.cannotRead(at, err)
	}
	defer root.Close()
	r := &reader{tree: t, at: at, node: &Node{Name: name}}
	if err := r.sums(root); err != nil {
		return nil, err
	}
	if err := r.folder(root, ""); err != nil {
		return nil, err
	}
	if len(r.unseen) > 0 {
		return nil, &render.SumError{File: t.shown(at + "/" + slices.Min(slices.Collect(maps.Keys(r.unseen)))), Fault: render.Missing}
	}
	slices.SortFunc(r.node.items, func(a, b item) int { return strings.Compare(a.path, b.path) })
	return r.node, nil
}

// reader is the reading of one node.
type reader struct {
	tree   *Tree
	at     string // of the node, below the directory
	node   *Node
	listed render.SumList
	unseen render.SumList // listed, and not found so far
}

// sums reads the list of sums, before anything else.
func (r *reader) sums(root *os.Root) error {
	info, err := root.Lstat(render.SumsFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%q has no %s, so nobody can say whether its files are whole: run certwright generate again", r.tree.shown(r.at), render.SumsFile)
	case err != nil:
		return r.cannotRead(render.SumsFile, err)
	}
	data, err := r.file(root, render.SumsFile, render.SumsFile, info)
	if err != nil {
		return err
	}
	if r.listed, err = render.ParseSums(data); err != nil {
		return fmt.Errorf("%q: %w", r.tree.shown(r.at), err)
	}
	if len(r.listed) == 0 {
		return fmt.Errorf("%q lists no file: there is nothing to hand out", r.tree.shown(r.at+"/"+render.SumsFile))
	}
	r.unseen = maps.Clone(r.listed)
	r.add(item{render.SumsFile, info.Mode().Perm(), data})
	return nil
}

// folder reads what is in one folder. It is opened once, and everything below
// it is reached through it.
func (r *reader) folder(root *os.Root, at string) error {
	names, err := leftover.Entries(root, ".")
	if err != nil {
		return r.cannotRead(at, err)
	}
	for _, name := range names {
		p := path.Join(at, name)
		info, err := root.Lstat(name)
		switch {
		case err != nil:
			return r.cannotRead(p, err)
		case p == installFile:
			return fmt.Errorf("%q is in the way of the script of that name in the archive: give certificatesDir another first folder", r.tree.shown(r.at+"/"+p))
		case info.IsDir():
			err = r.below(root, p, name, info)
		case p == render.SumsFile:
			continue
		default:
			err = r.listedFile(root, p, name, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// below reads a folder in a folder.
func (r *reader) below(root *os.Root, p, name string, info fs.FileInfo) error {
	if err := r.checkMode(p, info, false); err != nil {
		return err
	}
	sub, err := root.OpenRoot(name)
	if err != nil {
		return r.cannotRead(p, err)
	}
	defer sub.Close()
	if opened, err := sub.Stat("."); err != nil || !os.SameFile(opened, info) {
		return r.cannotRead(p, errMoved)
	}
	if !ofTheSystem(p) {
		r.add(item{path: p, mode: fs.ModeDir | info.Mode().Perm()})
	}
	return r.folder(sub, p)
}

// listedFile reads a file that the list has to name.
func (r *reader) listedFile(root *os.Root, p, name string, info fs.FileInfo) error {
	shown := r.tree.shown(r.at + "/" + p)
	if _, ok := r.listed[p]; !ok && info.Mode().IsRegular() {
		return &render.SumError{File: shown, Fault: render.Unlisted}
	}
	data, err := r.file(root, p, name, info)
	if err != nil {
		return err
	}
	if err := r.listed.Check(p, shown, render.SumOf(data)); err != nil {
		return err
	}
	delete(r.unseen, p)
	r.add(item{p, info.Mode().Perm(), data})
	return nil
}

func (r *reader) add(i item) {
	r.node.items = append(r.node.items, i)
	if i.mode.IsDir() {
		return
	}
	r.node.Files++
	if holdsSecret(i.data) {
		r.node.Secrets++
	}
}

// errMoved is a name that stands for something else than a moment ago.
var errMoved = errors.New("it was changed while it was read")

// file reads a regular file, and looks at what it has opened.
func (r *reader) file(root *os.Root, p, name string, info fs.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() {
		return nil, r.tree.wrongKind(r.at+"/"+p, info, "a file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, r.cannotRead(p, err)
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(opened, info) {
		return nil, r.cannotRead(p, errMoved)
	}
	var b bytes.Buffer
	b.Grow(int(min(info.Size(), largest)) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(f, largest+1)); err != nil {
		return nil, r.cannotRead(p, err)
	}
	if b.Len() > largest {
		return nil, r.cannotRead(p, fmt.Errorf("it has more than %d bytes: no file of a node is that long", largest))
	}
	return b.Bytes(), r.checkMode(p, info, holdsSecret(b.Bytes()))
}

// checkMode refuses modes that the archive would carry to the node: a secret
// that others can read, and anything that others can write.
func (r *reader) checkMode(p string, info fs.FileInfo, secret bool) error {
	mode, shown := info.Mode().Perm(), r.tree.shown(r.at+"/"+p)
	switch {
	case secret && mode&0o077 != 0:
		return fmt.Errorf("%q is open to other users (%04o), and holds a private key or a token: chmod 600 it first, since the archive keeps modes", shown, mode)
	case mode&0o022 != 0:
		return fmt.Errorf("%q can be written by other users (%04o): chmod go-w it first, since the archive keeps modes", shown, mode)
	}
	return nil
}

// holdsSecret reports whether a file holds a private key, in PEM form or in a
// kubeconfig, or a bootstrap token.
func holdsSecret(data []byte) bool {
	return bytes.Contains(data, []byte("PRIVATE KEY-----")) || bytes.Contains(data, []byte("client-key-data:")) || bootstrap.Held(data)
}

func (r *reader) cannotRead(p string, err error) error {
	return r.tree.cannotRead(path.Join(r.at, p), err)
}
