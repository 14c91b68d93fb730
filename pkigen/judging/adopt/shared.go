package adopt

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/reading/programs"
)

// shareRoles finds, in a folder without any flags of kube-apiserver and etcd, what
// one certificate is used for besides: where one role is in nothing else that
// lies there, the certificate that may stand for it by its usages does.
func (l *look) shareRoles() {
	told := slices.ContainsFunc(l.settings, func(s setting) bool { return s.Program == id.KubeAPIServer || s.Program == id.Etcd })
	for i := range programs.Kubeadm.Entries {
		switch e := &programs.Kubeadm.Entries[i].Entry; {
		case e.Shares == "":
		case ofKubelet(e):
			l.shareOfNode(e)
		case !told:
			l.share(e)
		}
	}
}

// bothSides is the profile of a certificate that may stand for two.
const bothSides = "peer"

// shareOfNode finds nodes with one certificate for both sides.
func (l *look) shareOfNode(e *catalog.Entry) {
	have := map[string]bool{}
	for _, it := range l.items {
		if it.is(e.Name) {
			have[it.seats[0].Node] = true
		}
	}
	for _, it := range l.items {
		if it.is(e.Shares) && profileOf(it.cert) == bothSides && len(it.line.Certs) > 0 && !have[it.seats[0].Node] {
			it.alone(e.Name)
		}
	}
}

// alone adds a role that nothing else can have.
func (it *item) alone(name string) {
	it.line.Roles = append(it.line.Roles, name)
	const also = ", and nothing else here can be "
	if strings.Contains(it.by, also) {
		it.by += ", " + name
	} else {
		it.by += also + name
	}
}

// share gives a role that nothing has to the one certificate that it may share, if that is
// for both sides and of the only CA that there is.
func (l *look) share(e *catalog.Entry) {
	var with []*item
	cas := 0
	for _, it := range l.items {
		switch {
		case it.is(e.Name):
			return
		case it.cert != nil && it.signer == nil:
			cas++
		case it.is(e.Shares) && it.cert != nil && profileOf(it.cert) == bothSides:
			with = append(with, it)
		}
	}
	if len(with) != 1 || cas != 1 {
		return
	}
	with[0].alone(e.Name)
}

// shareAuthorities says of each CA for which trust domains it signs: one CA
// may serve all, and etcd's members may have one among themselves.
func (l *look) shareAuthorities() {
	signs := map[*item][]*catalog.Entry{}
	var etcd []*item // sign for etcd's clients
	peer := func(r *catalog.Entry) bool { return r.Authority(true) != r.Authority(false) }
	for _, it := range l.items {
		for _, name := range it.line.Roles {
			if r := catalog.CatalogueEntry(name); it.signer != nil && r != nil {
				signs[it.signer] = append(signs[it.signer], r)
				if r.Domain == catalog.Etcd && !peer(r) {
					etcd = append(etcd, it.signer)
				}
			}
		}
	}
	for ca, roles := range signs {
		apart := len(etcd) > 0 && !slices.ContainsFunc(roles, func(r *catalog.Entry) bool { return !peer(r) })
		if apart {
			ca.line.Roles = nil
		}
		for _, r := range roles {
			if name := r.Authority(apart); !ca.is(name) {
				ca.line.Roles = append(ca.line.Roles, name)
			}
		}
	}
}

// clusters are the machines by the cluster that they belong to, the one with the most
// first: those whose certificates are of one Kubernetes CA belong together. Machines
// that nothing tells of are left out.
func (l *look) clusters() [][]string {
	const leaf, authority = 1000, 1 // what lies there was signed by one CA, whatever others lie there
	votes := map[string]map[string]int{}
	for _, it := range l.items {
		for _, seat := range it.seats {
			ca, weight := it, 0
			switch {
			case it.signer != nil && seat.Entry.Domain == catalog.Kubernetes:
				ca, weight = it.signer, leaf
			case it.cert != nil && it.signer == nil && seat.Entry.Told("kube-apiserver", "--client-ca-file"):
				weight = authority
			}
			if votes[seat.Machine] == nil {
				votes[seat.Machine] = map[string]int{}
			}
			if weight > 0 {
				votes[seat.Machine][string(ca.cert.RawSubjectPublicKeyInfo)] += weight
			}
		}
	}
	of := map[string][]string{}
	for _, machine := range slices.Sorted(maps.Keys(votes)) {
		best := ""
		for _, ca := range slices.Sorted(maps.Keys(votes[machine])) {
			if best == "" || votes[machine][ca] > votes[machine][best] {
				best = ca
			}
		}
		if best != "" {
			of[best] = append(of[best], machine)
		}
	}
	return slices.SortedFunc(maps.Values(of), func(a, b []string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a[0], b[0]))
	})
}

// nameItems gives every line a name: its role where it has one and no other line
// has it, else its file's.
func (l *look) nameItems() {
	count := map[string]int{}
	for _, it := range l.items {
		count[it.line.Node+"/"+it.line.Roles[0]]++
	}
	used := map[string]bool{}
	for _, it := range l.items {
		name := it.line.Roles[0]
		if len(it.line.Roles) > 1 && !it.is(id.KubeletClient, id.KubeletServer) || count[it.line.Node+"/"+name] > 1 {
			name = fileName(it)
		}
		free := name
		for n := 2; used[it.line.Node+"/"+free]; n++ {
			free = fmt.Sprintf("%s-%d", name, n)
		}
		used[it.line.Node+"/"+free] = true
		it.line.Name = free
	}
	for _, it := range l.items {
		if it.signer != nil {
			it.line.Signer = it.signer.line.Name
		}
	}
}

// fileName is the name of the first file, as far as it can be a line's.
func fileName(it *item) string {
	p := slices.Concat(it.line.Certs, it.line.Configs, it.line.Keys)[0]
	name := strings.ToLower(strings.TrimSuffix(path.Base(p), path.Ext(p)))
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-_", r) {
			return r
		}
		return '-'
	}, name)
}
