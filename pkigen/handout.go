package pkigen

import (
	"bytes"
	"context"
	"io"
	"slices"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/ansible"
	"certwright/pkigen/rollout/handout"
)

// InstallOver installs an archive on the standard input on the node to which ssh leads.
func InstallOver(ssh shell.Line) shell.Line { return handout.InstallOver(ssh) }

// What an archive can be refused for: a node that is not there, a file that is, and a
// folder that others can read.
type (
	UnknownNodeError   = handout.UnknownNodeError
	ArchiveExistsError = handout.ExistsError
	OpenFolderError    = handout.OpenFolderError
)

// Packing is what to hand out.
type Packing struct {
	Dir   string
	Nodes []string // none for all that have files
	To    string   // folder for the archives; "" for the one beside the directory
	Force bool     // archives that are there are replaced
	Known func() *Known
}

// Packed is what was handed out, and what was noticed.
type Packed struct {
	To       string
	Archives []handout.Archive
	Removed  []string   // folders of killed runs that are gone
	Known    *Known     // by the answers of the directory; nil without
	Missing  []string   // nodes of the answers without files, which get no archive
	Unknown  []string   // nodes with files that the answers do not have
	Install  shell.Line // what root runs on a node to install its archive
	// Of playbooks: what was written, and which hosts of the operator's inventory the
	// nodes are; nil for archives, and without an inventory.
	Playbooks *ansible.Saved
	Matched   *ansible.Matched
}

// Nodes are those that have files in the directory; none where it cannot be read.
func (d Dir) Nodes() []string {
	tree, err := handout.Open(string(d))
	if err != nil {
		return nil
	}
	defer tree.Close()
	return tree.Nodes()
}

// open opens the directory, and reads the answers of the same state of it.
func (job Packing) open(ctx context.Context) (tree *handout.Tree, known *Known, err error) {
	if err := store.NoBackup(job.Dir); err != nil {
		return nil, nil, err
	}
	err = walk.Whole(ctx, func() (err error) {
		if tree != nil {
			tree.Close()
		}
		tree, err = handout.Open(job.Dir)
		known = job.Known()
		return err
	}, job.Dir)
	return tree, known, err
}

// HandOut packs an archive for each node. What was noticed is there also with an error.
func (job Packing) HandOut(ctx context.Context) (*Packed, error) {
	p := &Packed{To: job.To, Install: handout.InstallArchive}
	tree, known, err := job.open(ctx)
	if err != nil {
		return p, err
	}
	defer tree.Close()
	p.Known = known
	nodes := job.Nodes
	if len(nodes) == 0 {
		nodes = tree.Nodes()
		p.compare(nodes)
	}
	if p.To == "" {
		if p.To, err = handout.Folder(job.Dir); err != nil {
			return p, err
		}
	}
	if p.Removed, err = handout.CleanUp(p.To); err != nil {
		return p, err
	}
	p.Archives, err = tree.Save(ctx, nodes, p.To, job.Force)
	return p, err
}

// compare holds the nodes that have files against those of the answers.
func (p *Packed) compare(have []string) {
	if p.Known == nil || !p.Known.Layout.PerNode {
		return
	}
	named := map[string]bool{}
	for i := range p.Known.Cluster.Nodes {
		n := p.Known.Cluster.Nodes[i].Name
		named[n] = true
		if !slices.Contains(have, n) {
			p.Missing = append(p.Missing, n)
		}
	}
	for _, n := range have {
		if !named[n] {
			p.Unknown = append(p.Unknown, n)
		}
	}
}

// Stream writes the archive of one node: the whole of it or, where the node's files are
// not as they should be, nothing.
func (job Packing) Stream(ctx context.Context, name string, w io.Writer) (*Packed, error) {
	tree, known, err := job.open(ctx)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	node, err := tree.Node(name)
	if err != nil {
		return nil, err
	}
	var whole bytes.Buffer
	if err := node.Write(&whole); err != nil {
		return nil, err
	}
	_, err = io.Copy(w, &whole)
	return &Packed{Known: known}, err
}
