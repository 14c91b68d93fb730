package imports

import (
	"strings"

	"certwright/pkigen/cluster/spec"

	"go.yaml.in/yaml/v3"
)

// showsRKE is for the cluster.yml of RKE 1.
func showsRKE(n *yaml.Node) (string, bool) {
	list := value(n, "nodes")
	return "a cluster.yml of RKE", list != nil && list.Kind == yaml.SequenceNode && len(list.Content) > 0 &&
		text(list.Content[0], "address") != "" && has(list.Content[0], yaml.SequenceNode, "role")
}

// readRKE reads the nodes, and what kube-api, kube-controller and kubelet share.
func readRKE(r *reader, docs []*yaml.Node) {
	root := rootOf(docs[0])
	group(fields{
		"nodes":          rkeNodes,
		"cluster_name":   answer(clusterKey),
		"authentication": group(fields{"sans": answers(namesKey)}),
		"services": group(fields{
			"kube-api":        group(fields{"service_cluster_ip_range": answer(servicesKey)}),
			"kube-controller": group(fields{"cluster_cidr": answer(podsKey), "service_cluster_ip_range": answer(servicesKey)}),
			"kubelet":         group(fields{"cluster_domain": answer(domainKey)}),
		}),
	})(r, r.at(root.Line, ""), root)
}

func rkeNodes(r *reader, at Place, list *yaml.Node) {
	if !r.wants(list, yaml.SequenceNode, FaultWantsList, at.Key) {
		return
	}
	for _, item := range list.Content {
		address := text(item, "address")
		n := node{knows: spec.ControlPlane | spec.Etcd | spec.Worker, at: r.at(item.Line, at.Key+" "+address)}
		if n.name = text(item, "hostname_override"); n.name == "" {
			n.name = text(item, "nodeName")
		}
		if inside := text(item, "internal_address"); inside != "" {
			r.address(&n, inside)
		}
		r.address(&n, address)
		if roles := value(item, "role"); roles != nil {
			for _, word := range r.texts(roles, at.Key+".role") {
				role := kubectlRoles[strings.ToLower(word)]
				if role == 0 {
					r.leave(n.at, noRole, word, address)
				}
				n.roles |= role
			}
		}
		r.add(n)
	}
}
