package adopt

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/scan"
)

// serverItems are the certificates of API servers.
func (l *look) serverItems() []*item {
	var out []*item
	for _, it := range l.items {
		if it.is(id.APIServer) {
			out = append(out, it)
		}
	}
	return out
}

// services reads the service network off the flags. A certificate has its first
// address, which says nothing of its size.
func (l *look) services() {
	const key = "serviceSubnet"
	text, from := "", ""
	for _, program := range []string{"kube-apiserver", "kube-controller-manager"} {
		for _, set := range l.find(program, serviceFlag) {
			if text == "" {
				text, from = set.Value, set.from()
			} else if set.Value != text {
				from = "" // two that differ: nobody knows which is right
			}
		}
	}
	_, told := l.given[key]
	switch {
	case len(l.serverItems()) == 0 && !told:
		return
	case text != "" && from == "" && !told:
		l.ask(key, serviceFlag+" is not the same everywhere", text)
		return
	case text == "" && !told:
		l.ask(key, l.firstAddressHint(), "NETWORK/BITS")
		return
	}
	l.cluster.ServiceSubnets, _ = spec.ParseServiceSubnets(key, l.answer(key, text, from))
}

// firstAddressHint says which addresses among the names may be the first of the
// service network.
func (l *look) firstAddressHint() string {
	for _, it := range l.serverItems() {
		var may []string
		for _, ip := range it.cert.IPAddresses {
			if a, ok := netip.AddrFromSlice(ip); ok && !ip.IsLoopback() && a.Unmap().AsSlice()[len(a.Unmap().AsSlice())-1] == 1 {
				may = append(may, ip.String())
			}
		}
		switch where := it.seats[0].Cert.Path; len(may) {
		case 0:
		case 1:
			return fmt.Sprintf("first address %s among the names of %s, and no file tells the network: see %s of kube-apiserver", may[0], where, serviceFlag)
		default:
			return fmt.Sprintf("%s among the names of %s, of which one may be its first address, and no file tells the network: see %s of kube-apiserver",
				strings.Join(may, ", "), where, serviceFlag)
		}
	}
	return "no file tells the network of the services: see " + serviceFlag + " of kube-apiserver"
}

const serviceFlag = "--service-cluster-ip-range"

// isService reports whether an address is the first of a service network.
func (l *look) isService(addr string) bool {
	return slices.ContainsFunc(l.cluster.ServiceSubnets, func(p netip.Prefix) bool { return spec.FirstServiceAddr(p).String() == addr })
}

// domain reads the cluster's domain off the names of the API server, which are
// all that it is for.
func (l *look) domain() {
	const key, prefix = "dnsDomain", "kubernetes.default.svc."
	best, from := "", ""
	for _, it := range l.serverItems() {
		for _, n := range it.cert.DNSNames {
			// Guides write kubernetes.default.svc.cluster as well, which is half a domain.
			if d, ok := strings.CutPrefix(n, prefix); ok && len(d) > len(best) && strings.Contains(d, ".") {
				best, from = d, fmt.Sprintf("%s among the names of %s", n, it.seats[0].Cert.Path)
			}
		}
	}
	l.cluster.DNSDomain = l.answer(key, best, from)
}

// endpoint reads the address of the API off the kubeconfigs that dial neither a
// node nor the machine itself.
func (l *look) endpoint() {
	const key = "controlPlaneEndpoint"
	dialled := map[string][]string{} // files by host and port
	var order []string
	for _, f := range l.site.Files {
		if f.Config == nil || !l.ours(f) {
			continue
		}
		u, err := url.Parse(f.Config.Server)
		if err != nil || l.ownMachine(u.Hostname()) {
			continue
		}
		port := u.Port()
		if port == "" {
			port = "443"
		}
		at := net.JoinHostPort(u.Hostname(), port)
		if dialled[at] == nil {
			order = append(order, at)
		}
		dialled[at] = append(dialled[at], f.Path)
	}
	text, from := "", ""
	switch {
	case slices.ContainsFunc(l.out.Questions, func(q Question) bool { return q.Key == "nodes" }):
		// It may be one of them.
	case len(order) == 1:
		text, from = order[0], "server in "+firstFew(dialled[order[0]])
	case len(order) > 1:
		l.out.Notes = append(l.out.Notes, "kubeconfigs dial several addresses ("+strings.Join(order, ", ")+"): none is taken for "+key+", and each kubeconfig keeps its own")
	}
	l.cluster.Endpoint, _ = spec.ParseEndpoint(key, l.answer(key, text, from))
}

// ours reports whether a kubeconfig checks its server by a CA of the directory, or
// does not say by which.
func (l *look) ours(f *scan.File) bool {
	cas := f.Certs(scan.FieldCA)
	return len(cas) == 0 || slices.ContainsFunc(l.items, func(it *item) bool {
		return it.cert != nil && it.signer == nil && slices.ContainsFunc(cas, func(c *x509.Certificate) bool { return pkey.Same(it.cert.PublicKey, c.PublicKey) })
	})
}

// ownMachine tells of a host that is a node, or the machine itself.
func (l *look) ownMachine(host string) bool {
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(l.cluster.Nodes, func(n spec.Node) bool {
		return n.Name == host || slices.ContainsFunc(n.Addresses, func(a netip.Addr) bool { return a.String() == host })
	})
}

func firstFew(files []string) string {
	const most = 3
	if len(files) > most {
		return strings.Join(files[:most], ", ") + " " + spec.More(len(files)-most)
	}
	return strings.Join(files, ", ")
}

// furtherNames are those of all API servers that nothing else explains: the
// operator's own.
func (l *look) furtherNames() {
	const key = "certSANs"
	var common []string
	from := ""
	for i, it := range l.serverItems() {
		rest := slices.DeleteFunc(l.unexplained(it), func(n string) bool {
			ip := net.ParseIP(n)
			return fixedName(n) || ip != nil && ip.IsLoopback()
		})
		if i == 0 {
			common, from = rest, "names of "+it.seats[0].Cert.Path+" that nothing else here explains"
			continue
		}
		common = slices.DeleteFunc(common, func(n string) bool { return !slices.Contains(rest, n) })
	}
	if len(l.out.Questions) > 0 {
		common = nil // these would explain some of them
	}
	l.cluster.SANs, _ = spec.ParseHosts(key, l.answer(key, strings.Join(common, "\n"), from))
}

// unexplained are the names of a certificate that no answer so far has.
func (l *look) unexplained(it *item) []string {
	rest := namesOf(it.cert)
	for _, word := range []string{adoption.Node, adoption.Addresses, adoption.Nodes, adoption.Service, adoption.Endpoint} {
		for _, h := range catalog.Expand(word, &l.cluster, l.node(it.line.Node)) {
			rest = slices.DeleteFunc(rest, func(n string) bool { return n == h.String() })
		}
	}
	return rest
}

// node is a node by its name; nil for none.
func (l *look) node(name string) *spec.Node {
	for i := range l.cluster.Nodes {
		if n := &l.cluster.Nodes[i]; name != "" && n.Name == name {
			return n
		}
	}
	return nil
}

// placeItems says of each certificate to which node it belongs.
func (l *look) placeItems() {
	for _, it := range l.items {
		if it.cert == nil || it.signer == nil {
			continue
		}
		node := l.nodeOf[it.seats[0].Machine]
		for _, s := range it.seats {
			if s.Entry.On == 0 || l.nodeOf[s.Machine] != node {
				node = "" // the operator's, or on several nodes
			}
		}
		for _, s := range it.seats {
			if node == "" && ofKubelet(s.Entry) {
				node = strings.ToLower(s.Node)
			}
		}
		if l.node(node) != nil {
			it.line.Node = node
		}
	}
}

// installation finds where the directory lies on its nodes, and what runs there.
func (l *look) installation() {
	prefix, from := l.onNodes()
	l.answer(adoption.OnNodesKey, prefix, from)
	for _, n := range l.cluster.Nodes {
		if sums := render.SumsPath(catalog.NodeRoot(n.Name)); l.site.File(sums) != nil {
			l.out.Notes = append(l.out.Notes, sums+" lists the files of a set that certwright has made; what is adopted goes on without it. If its answers can be found, put them back instead")
			break
		}
	}
	l.staticPods()
}

// staticPods reports whether kubelets start the control plane: by its manifest, or by
// the file of another kind that tells kube-apiserver. Where both lie elsewhere and
// the certificates have kubeadm's names, nobody knows: as static pods they would
// go on with the old files, which renewed ones do not replace in their mounts.
func (l *look) staticPods() {
	static, file := "no", "no manifest of a static pod is here"
	told := len(l.find("kube-apiserver", "--tls-cert-file")) > 0
	for _, f := range l.site.Files {
		if strings.HasSuffix(f.Path, "manifests/kube-apiserver.yaml") {
			static, file, told = "yes", f.Path, true
		}
	}
	if _, given := l.given[adoption.StaticPodsKey]; !told && !given && l.kubeadmNames() {
		l.ask(adoption.StaticPodsKey, "these are kubeadm's names, and its manifests, which would tell, are not in this folder: kubeadm starts the control plane as static pods", "yes")
		return
	}
	l.answer(adoption.StaticPodsKey, static, file)
}

// kubeadmNames reports whether certificates of kube-apiserver have the names that kubeadm
// gives them, in the folder that was named itself.
func (l *look) kubeadmNames() bool {
	return l.site.File("apiserver.crt") != nil && l.site.File("apiserver-kubelet-client.crt") != nil
}

// onNodes is where the directory lies on its nodes, by the paths in flags; ""
// where they do not tell, or tell of several places.
func (l *look) onNodes() (prefix, from string) {
	for i := range l.settings {
		set := &l.settings[i]
		at, inside := l.prefixOf(set)
		switch {
		case !inside:
		case prefix == "":
			prefix, from = at, set.from()
		case at != prefix:
			return "", ""
		}
	}
	return prefix, from
}

// prefixOf is what of a path in a setting is above the directory.
func (l *look) prefixOf(set *setting) (string, bool) {
	if !path.IsAbs(set.Value) {
		return "", false
	}
	for _, m := range append(l.site.Machines(), ".") {
		p := l.site.Resolve(m, "", set.Value)
		if p.File == nil {
			continue
		}
		at, ok := strings.CutSuffix(set.Value, "/"+p.Path)
		return at, ok && at != ""
	}
	return "", false
}
