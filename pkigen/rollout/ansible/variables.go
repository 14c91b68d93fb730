package ansible

import (
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/render"
)

// variables are what the playbooks are told of the set: group_vars/all/certwright.yaml.
func (s *Set) variables(r *rollout) []byte {
	w := &writer{}
	w.line("---")
	w.line("# What the playbooks know of the set. The next certwright handout --ansible writes it anew:")
	w.line("# settings of your own go into settings.yaml and batches.yaml.")
	w.line("certwright_set: %s", text(s.Dir))
	w.line(`certwright_tree: "{{ certwright_set }}/%s/{{ certwright_node }}"`, catalog.NodesFolder)
	w.line("certwright_sums_file: %s", render.SumsFile)
	w.line("")
	w.line("# Of a host that our inventory does not have.")
	w.line(`certwright_node: "{{ inventory_hostname }}"`)
	w.line(`certwright_address: "{{ ansible_host | default(inventory_hostname) }}"`)
	w.line("")
	w.line("# By what the API servers are asked, from here.")
	w.line("certwright_admin: %s", text(s.kubeconfig(id.Admin)))
	w.line("certwright_super_admin: %s", text(s.kubeconfig(id.SuperAdmin)))
	w.list("", "certwright_manifests", s.allInSet(r.manifests))
	w.list("", "certwright_token_manifests", s.allInSet(r.tokens))
	if r.publishedCA != "" {
		w.line("certwright_published_ca: %s", text(s.inSet(r.publishedCA)))
	}
	w.line("")
	w.line("# By what etcd is asked, on its nodes.")
	w.line("certwright_etcd_ca: %s", text(r.member.ca))
	w.line("certwright_etcd_cert: %s", text(r.member.cert))
	w.line("certwright_etcd_key: %s", text(r.member.key))
	w.line("certwright_etcd_data: %s", text(r.data))
	w.line("")
	w.line("# What only root may read, on whatever node it lies.")
	w.list("", "certwright_secret_files", r.secrets)
	w.line("")
	w.line("# restart: what a program reads only when it starts. reread: what it reads again by")
	w.line("# itself, since a version of Kubernetes. shown: where one sees which certificate it has.")
	w.line("certwright_programs:")
	for _, p := range r.Programs {
		p.variables(w)
	}
	return w.bytes()
}

func (p *program) variables(w *writer) {
	w.line("  %s:", p.Name)
	w.list("    ", "restart", p.restarts)
	if len(p.rereads) == 0 {
		w.line("    reread: []")
	} else {
		w.line("    reread:")
	}
	for _, f := range p.rereads {
		w.line("      - file: %s", text(f.file))
		w.line("        since: %s", text(f.since))
	}
	if p.Shows() {
		w.line("    shown:")
	}
	for _, f := range p.shown {
		w.line("      - file: %s", text(f.file))
		w.line("        at: %s", text(f.at))
	}
	if ca := p.servingCA(); ca != "" {
		w.line("    serving_ca: %s", text(ca))
	}
}

func (s *Set) allInSet(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = s.inSet(f)
	}
	return out
}

// settings are the operator's to change: group_vars/all/settings.yaml.
func settings(r *rollout) []byte {
	w := &writer{}
	w.line("---")
	w.line("# Yours to change: a later handout leaves this file as you have edited it.")
	w.line("")
	w.line("# The units of the programs.")
	w.line("certwright_units:")
	for _, p := range r.Programs {
		w.line("  %s: %s", p.Name, p.Name)
	}
	w.line("")
	w.line("# The kubectl of the machine on which Ansible runs.")
	w.line("certwright_kubectl: kubectl")
	w.line("")
	w.line("# The oldest version of Kubernetes that runs here: older ones read fewer files again by")
	w.line("# themselves, and are restarted for them.")
	w.line(`certwright_kubernetes_version: "%s"`, newest(r))
	w.line("")
	w.line("# Where etcd says that it is well. Before 3.4.29 and 3.5.11 it is /health.")
	w.line("certwright_etcd_health: /readyz")
	w.line("")
	w.line("# How many times a check is repeated, once a second, before the playbook stops.")
	w.line("certwright_patience: 90")
	return w.bytes()
}

// newest is the newest version since which a file is read again.
func newest(r *rollout) string {
	out := ""
	for _, p := range r.Programs {
		for _, f := range p.rereads {
			out = max(out, f.since)
		}
	}
	return max(out, "1.31")
}

// batches are the operator's to change. They are a file of their own, because a play has
// to read them before it has hosts.
const batches = `---
# Yours to change: a later handout leaves this file as you have edited it.

# How many nodes restart their kubelet, or their kube-proxy, at a time: a number, a share,
# or a list of them.
certwright_worker_batch: "10%"
`
