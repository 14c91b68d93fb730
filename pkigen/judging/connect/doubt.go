package connect

import (
	"crypto/x509"
	"fmt"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/programs"
)

// adminGroups are the groups to which Kubernetes and kubeadm give all rights.
var adminGroups = []string{catalog.Masters, "kubeadm:cluster-admins"}

// doubt is why it cannot be told whether a server lets a client do its work, which it
// knows by the certificate of a file; "" for no doubt.
func (b *builder) doubt(p, server *programs.Program, c *x509.Certificate, file string) string {
	modes := b.modes(server)
	if c == nil || server.Whole && !slices.Contains(modes, "RBAC") {
		return ""
	}
	cn := c.Subject.CommonName
	switch p.Name {
	case "kubectl":
		r, _ := programs.Named(c)
		if r == nil || !r.UsedBy(id.Kubectl) || slices.ContainsFunc(c.Subject.Organization, func(o string) bool { return slices.Contains(adminGroups, o) }) {
			return ""
		}
		b.doubted(Lack{Check: findings.RightsUnknown, Program: p, File: file, Args: []any{cn}})
		return fmt.Sprintf("what the user %q of %s may do is said by role bindings in the cluster, and by no file", cn, file)
	case "kubelet":
		own, is := programs.CutFold(cn, nodePrefix)
		if !is || p.Machine.NameBy == programs.Told || server.Whole && !slices.Contains(modes, "Node") {
			return ""
		}
		other := b.otherName(p.Machine, own)
		if other == "" {
			return ""
		}
		b.doubted(Lack{Check: findings.NodeUnsure, Program: p, File: file, Args: []any{own, other}})
		return fmt.Sprintf("%s is of the node %q, other files of its machine name %q, and none says what the machine is called", file, own, other)
	}
	return ""
}

// doubted notes a doubt, once for all servers that have it.
func (b *builder) doubted(l Lack) {
	l.Warning = true
	if !slices.ContainsFunc(b.out.Lacks, func(o Lack) bool { return o.Check == l.Check && o.File == l.File }) {
		b.lack(l)
	}
}

// otherName is the name that the programs of a machine give it where none of them
// gives it the one that its kubelet shows; "" for none. One alone may be called as
// anybody likes: it counts where two agree, or where the kubelet's own certificate,
// kube-proxy or kubeadm says it.
func (b *builder) otherName(m *programs.Machine, own string) string {
	count := map[string]int{}
	agrees := false
	vote := func(weight int, names ...string) {
		seen := map[string]bool{}
		for _, n := range names {
			n = strings.ToLower(n)
			agrees = agrees || sameNode(n, own)
			if n != "" && n != "localhost" && n != "default" && !strings.HasPrefix(n, "kubernetes") && !strings.Contains(n, "*") && !programs.AddressOf(n).IsValid() && !seen[n] {
				seen[n] = true
				count[n] += weight
			}
		}
	}
	heard := map[string]bool{} // certificates: one for several programs says it once
	dns := func(p *programs.Program, flags ...string) []string {
		var out []string
		for _, flag := range flags {
			if c := leaf(b.file(p.File(flag))); c != nil && !heard[string(c.Raw)] {
				heard[string(c.Raw)] = true
				out = append(out, c.DNSNames...)
			}
		}
		return out
	}
	for _, p := range m.Programs {
		switch p.Name {
		case "etcd":
			vote(1, p.Text("--name"))
			vote(1, dns(p, "--cert-file", "--peer-cert-file")...)
		case "kube-apiserver":
			weight := 1
			if p.In != nil && path.Base(path.Dir(p.In.Path)) == "manifests" {
				weight = 2 // kubeadm has the node's name in it
			}
			vote(weight, dns(p, "--tls-cert-file")...)
		case "kubelet":
			vote(2, dns(p, "tlsCertFile")...)
		case "kube-proxy":
			vote(2, p.Text("hostnameOverride"))
		}
	}
	if agrees {
		return ""
	}
	best := ""
	for n, votes := range count {
		if votes > 1 && (best == "" || votes > count[best] || votes == count[best] && n < best) {
			best = n
		}
	}
	return best
}

// sameNode reports whether two names are of one node, of which one may have its domain.
func sameNode(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}
