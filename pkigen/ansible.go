package pkigen

import (
	"context"
	"fmt"
	"path/filepath"

	"certwright/pkigen/rollout/ansible"
	"certwright/pkigen/rollout/handout"
)

// largestInventory is the size that an inventory may have, in bytes.
const largestInventory = 64 << 20

// Ansible writes playbooks into the folder To that bring the nodes their files, and restart
// what has to be restarted. inventory is a file of the operator's; "" for none. What was
// noticed is there also with an error.
func (job Packing) Ansible(ctx context.Context, inventory string) (*Packed, error) {
	p := &Packed{To: job.To, Playbooks: &ansible.Saved{}}
	tree, known, err := job.open(ctx)
	if err != nil {
		return p, err
	}
	defer tree.Close()
	if known == nil || !known.Layout.PerNode {
		return p, fmt.Errorf("no answers lie in %q, and they say which program runs on which node: Ansible can be handed a set of certwright's own only", job.Dir)
	}
	p.Known = known
	p.compare(tree.Nodes())
	set := &ansible.Set{Layout: known.Layout, Cluster: known.Cluster}
	if set.Dir, err = filepath.Abs(job.Dir); err != nil {
		return p, err
	}
	if inventory != "" {
		if p.Matched, err = job.match(known, inventory); err != nil {
			return p, err
		}
		set.Hosts = p.Matched.Hosts
		if set.Inventory, err = filepath.Abs(inventory); err != nil {
			return p, err
		}
	}
	if err := handout.Outside(job.Dir, job.To); err != nil {
		return p, err
	}
	files, err := set.Files()
	if err != nil {
		return p, err
	}
	p.Playbooks, err = ansible.Save(ctx, files, job.To, job.Force)
	p.Removed = p.Playbooks.Removed
	return p, err
}

// match finds the nodes in an inventory of the operator's.
func (job Packing) match(known *Known, inventory string) (*ansible.Matched, error) {
	text, err := ReadFile(inventory, largestInventory, false)
	if err != nil {
		return nil, err
	}
	hosts, err := ansible.ParseInventory(text)
	if err != nil {
		return nil, fmt.Errorf("cannot read the inventory %q: %w", inventory, err)
	}
	m := ansible.Match(known.Cluster, hosts)
	if len(m.Hosts) == 0 {
		return nil, fmt.Errorf("no host of the inventory %q is a node of %q: neither by a name nor by an address", inventory, job.Dir)
	}
	return m, nil
}
