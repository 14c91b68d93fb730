package main

import (
	"context"
	"errors"
	"fmt"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/tui/text"
)

// checkAnsible refuses flags that do not go together.
func (h *handoutCall) checkAnsible() error {
	switch {
	case h.ansible == "" && h.inventory != "":
		return usage("add --ansible FOLDER", "--inventory is for playbooks")
	case h.ansible != "" && h.to != "":
		return usage("leave out one of them", "--ansible writes playbooks, and --to archives")
	case h.ansible != "" && len(h.nodes) > 0:
		return usage("leave out the nodes, and give ansible-playbook --limit", "--ansible writes playbooks for all nodes, and here are %d", len(h.nodes))
	}
	return nil
}

// ansibleReport is what handout --ansible --format json prints, also for a run that
// failed. Fields are only ever added to it.
type ansibleReport struct {
	Dir       string            `json:"dir"`
	To        string            `json:"to"`
	Written   []string          `json:"written"`             // files below To
	Same      []string          `json:"same,omitempty"`      // files that were right already
	Edited    []string          `json:"edited,omitempty"`    // files that were edited, and left so
	Missing   []string          `json:"missing,omitempty"`   // nodes of the answers without files
	Hosts     map[string]string `json:"hosts,omitempty"`     // of --inventory, by the nodes
	Unmatched []string          `json:"unmatched,omitempty"` // nodes that --inventory does not have
	Unused    []string          `json:"unused,omitempty"`    // hosts of --inventory that are no node
	Error     *reportError      `json:"error,omitempty"`
}

// playbooks writes what Ansible runs.
func (h *handoutCall) playbooks(ctx context.Context) error {
	var p *pkigen.Packed
	err := h.reported(h.format, func() (err error) {
		ctx, stop := h.catchSignals(ctx)
		defer stop()
		job := h.packing()
		job.To = h.ansible
		p, err = job.Ansible(ctx, h.inventory)
		return errors.Join(h.tellRemoved(p.Removed), ansibleFailure(err))
	}, func(failed *reportError) any { return h.ansibleReport(p, failed) })
	if err != nil || h.format == "json" {
		return err
	}
	if err := text.Playbooks(h.stdout, h.ansible, h.inventory, len(p.Playbooks.Written)+len(p.Playbooks.Same), h.width()); err != nil {
		return err
	}
	for _, line := range playbookNotes(p) {
		if err := text.Text(h.stderr, "! ", line, h.width()); err != nil {
			return err
		}
	}
	return h.tellOfNodes(p, "delete its folder here", "the playbooks stop at it")
}

// playbookNotes say what was left as it is, and what could not be matched.
func playbookNotes(p *pkigen.Packed) []string {
	var out []string
	if edited := p.Playbooks.Edited; len(edited) > 0 {
		out = append(out, fmt.Sprintf("You have edited %s, and so it stays as it is: --force writes it anew", text.Clean(spec.List(edited, 8))))
	}
	if p.Matched == nil {
		return out
	}
	if missing := p.Matched.Missing; len(missing) > 0 {
		out = append(out, fmt.Sprintf("The inventory has no host, or more than one, for %s: the playbooks leave it out. A host is found by its name, or by an address of the node in ansible_host, ip or access_ip",
			text.Clean(spec.List(missing, 8))))
	}
	if unused := p.Matched.Unused; len(unused) > 0 {
		out = append(out, fmt.Sprintf("%s of the inventory is no node of the set: the playbooks stop at it where it is in one of their groups", text.Clean(spec.List(unused, 8))))
	}
	return out
}

func (h *handoutCall) ansibleReport(p *pkigen.Packed, failed *reportError) ansibleReport {
	r := ansibleReport{Dir: h.dir, To: h.ansible, Written: append([]string{}, p.Playbooks.Written...), Same: p.Playbooks.Same, Edited: p.Playbooks.Edited, Missing: p.Missing, Error: failed}
	if p.Matched != nil {
		r.Hosts, r.Unmatched, r.Unused = p.Matched.Hosts, p.Matched.Missing, p.Matched.Unused
	}
	return r
}

// ansibleFailure gives an error of the backend its exit code and hint.
func ansibleFailure(err error) error {
	var exists *pkigen.ArchiveExistsError
	if errors.As(err, &exists) {
		return &failure{code: exitRefused, err: err, hint: "to replace it, add --force; or name another folder with --ansible"}
	}
	return handoutFailure(err)
}
