package catalog

import (
	"slices"

	"certwright/pkigen/cluster/catalog/id"
)

// The layouts with a tree for each node: the same certificates, under three CAs
// or under one.
var (
	threeCA = perNode(Layout{
		Name:  "three-ca",
		Title: "all certificates, three CAs, a tree for each node",
		Text: "Every certificate of the cluster, with kubeadm's names and in its places; each node gets only what it needs. " +
			"Kubernetes, etcd and the front proxy have a CA each, as kubeadm has it.",
		Risk: "A kubelet's certificate opens the API for that one node, and neither etcd nor anybody else's name.",
		CAs:  map[Domain]string{Kubernetes: id.CA, Etcd: id.EtcdCA, FrontProxy: id.FrontProxyCA},
	})

	singleCA = perNode(Layout{
		Name:  "single-ca",
		Title: "all certificates, one CA, a tree for each node",
		Text: "The same certificates and trees under one CA, as most guides for manual installs have it. " +
			"One file to trust, and one to guard.",
		Risk: "With one CA every kubelet's certificate opens etcd, which holds all Secrets: whoever takes over one worker has the cluster.",
		CAs:  map[Domain]string{Kubernetes: id.CA, Etcd: id.CA, FrontProxy: id.CA},
	})
)

// domainOrder is the order in which the CAs stand everywhere.
var domainOrder = []Domain{Kubernetes, Etcd, FrontProxy}

// perNode fills a layout with the catalogue: the CAs that it names, and below
// them everything else.
func perNode(l Layout) Layout {
	l.PerNode, l.Answers = true, true
	l.Config = cfsslFolder + "/ca-config.json"
	l.Profiles = kubeadmProfiles
	served := map[string][]Domain{}
	for _, d := range domainOrder {
		served[l.CAs[d]] = append(served[l.CAs[d]], d)
	}
	for _, d := range domainOrder {
		if domains := served[l.CAs[d]]; domains[0] == d {
			l.Entries = append(l.Entries, authorities[d].place(domains...))
		}
	}
	for _, e := range slices.Concat(etcdRoles, apiserverRoles, clientRoles, servingEntries, kubeletEntries, secretRoles) {
		p := Placed{Entry: e.Entry, Signer: l.CAs[e.Domain]}
		switch e.Kind {
		case KeyPair:
			p.Files = placeKeyPair(&e.Entry, e.file)
		case Token:
			p.Files = placeToken(&e.Entry)
		default:
			p.Files = placeLeaf(&e.Entry, e.file)
		}
		l.Entries = append(l.Entries, p)
	}
	return l
}

// kubeadmProfiles are kubeadm's kinds of certificates.
var kubeadmProfiles = []ProfileDefault{
	{Name: "server", Title: "what only answers: API server, kubelet", Expiry: "8760h",
		Usages: []string{"digital signature", "key encipherment", "server auth"}},
	{Name: "client", Title: "what only dials", Expiry: "8760h",
		Usages: []string{"digital signature", "key encipherment", "client auth"}},
	{Name: "peer", Title: "etcd's members, which do both", Expiry: "8760h",
		Usages: []string{"digital signature", "key encipherment", "server auth", "client auth"}},
}

// entry is one of the catalogue with its files' name, without the ending:
// relative to the folder of the certificates on the nodes, or absolute. For what
// has no node it is relative to the operator's folder.
type entry struct {
	Entry
	file string
}
