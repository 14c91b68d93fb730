package connect

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
)

// Set is what the answers of a set of ours say beside what its programs are told.
type Set struct {
	Layout  *catalog.Layout
	Cluster *spec.Cluster
}

// sort has the programs in the order of the answers' nodes, and the operator's last.
func (s *Set) sort(all []*programs.Program) []*programs.Program {
	at := map[string]int{}
	for i := range s.Cluster.Nodes {
		at[s.Cluster.Nodes[i].Name] = i + 1
	}
	place := func(p *programs.Program) int {
		if n := at[p.Machine.Label()]; n > 0 {
			return n
		}
		return len(at) + 1
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b *programs.Program) int { return cmp.Compare(place(a), place(b)) })
}

// sorted has cases in the order of the catalogue, and last what must be refused.
func sorted(all []rehearse.Case) []rehearse.Case {
	out := make([]rehearse.Case, 0, len(all))
	for i := range connections.All {
		for _, c := range all {
			if c.Refusal == nil && c.Connection == &connections.All[i] {
				out = append(out, c)
			}
		}
	}
	for i := range connections.Refusals {
		for _, c := range all {
			if c.Refusal == &connections.Refusals[i] {
				out = append(out, c)
			}
		}
	}
	return out
}

// healthClient makes the case of the certificate by which backups and health checks
// on a member of etcd dial it, in a set of ours: no program is told of it.
func (b *builder) healthClient(q *programs.Program) {
	server := q.Text("--cert-file")
	if b.set == nil || server == "" {
		return
	}
	r := programs.FindRole(id.EtcdHealthcheckClient)
	lies := func(part catalog.Part) rehearse.File {
		for _, p := range programs.Usual(r, part) {
			if path.Base(path.Dir(p)) == "etcd" {
				return b.file(q.Machine.Resolve(path.Join(path.Dir(server), path.Base(p)), nil))
			}
		}
		return rehearse.File{}
	}
	to := b.member(q)
	from := &rehearse.Side{Machine: to.Machine, Program: "etcdctl", Cert: lies(catalog.Cert), Key: lies(catalog.Key), CA: to.CA}
	if from.Cert.Path != "" {
		b.add(rehearse.Case{Connection: between(from.Program, q.Name), From: from, To: to, Dial: "127.0.0.1", Source: programs.AddressOf("127.0.0.1")})
	}
}

// joins makes the cases of a new kubelet, which has nothing but a token: of what the
// API servers know of it, a set of ours has the Secret.
func (b *builder) joins(p *programs.Program) {
	at := p.File("--bootstrap-kubeconfig")
	if b.set == nil || !b.set.Cluster.Bootstraps() || at.Told == "" {
		return
	}
	call, err := b.call(at)
	side := b.side(p)
	side.Program, side.Config, side.ConfigErr = "new kubelet", b.file(at), err
	host, n := "", 0
	if call != nil {
		if u, err := url.Parse(call.Server); err == nil {
			host, n = u.Hostname(), port(u)
		}
		side.CA, side.Token = b.held(p, at, call.CA, call.CAFile), rehearse.File{Path: at.Path, Data: []byte(call.Token)}
	}
	for _, q := range b.apiservers(p.Machine, host) {
		to := b.copied(b.apiserver(q, host))
		to.Token = b.file(programs.Place{Told: catalog.TokenManifest, Path: catalog.TokenManifest, File: b.model.Scan.File(catalog.TokenManifest)})
		if b.set.Cluster.Bootstrap == spec.BootstrapFile {
			to.Token = b.file(q.File("--token-auth-file"))
		}
		b.add(rehearse.Case{Connection: between(side.Program, q.Name, func(a *connections.Connection) bool { return a.When(b.set.Cluster) }), From: side, To: to, Dial: host, Port: n, Source: source(p.Machine, host)})
	}
}

// another is a node that a kubelet is not; "" for none.
func (b *builder) another(p *programs.Program) string {
	all := b.named["kubelet"]
	i := slices.Index(all, p)
	if other := all[(i+1)%len(all)]; other != p {
		return strings.ToLower(other.Machine.Label())
	}
	return ""
}
