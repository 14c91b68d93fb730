package catalog

import (
	"path"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/spec"
)

// The files of a node by which certificates are revoked.
const (
	authorizationFile = components.Folder + "/authorization.yaml"
	webhookFile       = components.Folder + "/nobody.yaml"
	crlBase           = "etcd/revoked.crl"
)

// revocationFolder holds them in an adopted directory, of which no program is told of
// them yet.
const revocationFolder = "revocation"

// Revocation is where the lists of what is revoked lie; nil where the cluster has none, or
// the layout no place for them.
func (l *Layout) Revocation(c *spec.Cluster) *issued.Files {
	switch {
	case !c.Revocation, !l.PerNode && !l.AsFound:
		return nil
	case l.AsFound:
		return l.foundRevocation()
	}
	f := &issued.Files{Record: path.Join(authorityFolder, issued.FileName), Webhook: webhookFile}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if n.Roles.Has(spec.ControlPlane) {
			f.Configs = append(f.Configs, inTree(n, authorizationFile))
			f.Webhooks = append(f.Webhooks, inTree(n, webhookFile))
		}
		if n.Roles.Has(spec.Etcd) {
			f.CRLs = append(f.CRLs, inTree(n, onNode(c, crlBase)))
		}
	}
	return f
}

// foundRevocation is that of an adopted directory: its owner brings the files to where
// programs are told of them.
func (l *Layout) foundRevocation() *issued.Files {
	at := func(name string) string { return path.Join(revocationFolder, name) }
	f := &issued.Files{Record: at(issued.FileName), Webhook: webhookFile,
		Configs: []string{at(path.Base(authorizationFile))}, Webhooks: []string{at(path.Base(webhookFile))}}
	if l.CAs[Etcd] != "" {
		f.CRLs = []string{at("etcd-" + path.Base(crlBase))}
	}
	return f
}
