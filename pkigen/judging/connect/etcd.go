package connect

import (
	"cmp"
	"crypto/x509"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
)

// toEtcd makes the cases of an API server and the members of etcd that it is told of.
func (b *builder) toEtcd(p *programs.Program) {
	a := between(p.Name, "etcd")
	from := b.side(p)
	from.Cert, from.Key, from.CA = b.file(p.File("--etcd-certfile")), b.file(p.File("--etcd-keyfile")), b.setting(p, "--etcd-cafile")
	servers := p.List("--etcd-servers")
	if len(servers) == 0 {
		if p.Whole || !p.Has("--etcd-certfile") {
			return
		}
		for _, q := range b.mates(p.Machine, "etcd") { // nobody says where: at an address that it names
			to := b.member(q)
			if c := leaf(to.Cert); c != nil {
				b.add(rehearse.Case{Connection: a, From: from, To: to, Dial: anyName(c), Source: source(p.Machine, "")})
			}
		}
		return
	}
	for _, text := range servers {
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" {
			continue
		}
		members := b.members(p.Machine, u)
		for _, q := range members {
			switch {
			case u.Scheme != "https":
				b.spared[p] = true
			case b.listens(q, u):
				b.add(rehearse.Case{Connection: a, From: from, To: b.member(q), Dial: u.Hostname(), Port: port(u), Source: source(p.Machine, u.Hostname())})
			}
		}
		if len(members) == 0 {
			b.spared[p] = true
			b.cannotTell("no files of the etcd at %s are here", u.Host)
		}
	}
	if from.Halt != nil && from.Halt.Check == findings.EtcdServers {
		b.add(rehearse.Case{Connection: a, From: from, To: &rehearse.Side{Program: "etcd"}, Dial: programs.HostOf(servers[0])})
	}
}

// etcdServers finds an API server that is told of no address at which etcd answers.
func (b *builder) etcdServers(p *programs.Program) {
	servers := p.List("--etcd-servers")
	for _, text := range servers {
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" {
			return // a variable, or a socket
		}
		members := b.members(p.Machine, u)
		if len(members) == 0 && !b.nobody(p.Machine, u) {
			return // elsewhere
		}
		if slices.ContainsFunc(members, func(q *programs.Program) bool { return b.listens(q, u) }) {
			return
		}
	}
	if len(servers) > 0 {
		list := strings.Join(servers, ",")
		b.lack(Lack{Check: findings.EtcdServers, Program: p, File: fileOf(p), Args: []any{list}, Halts: true,
			Text: withoutEtcd, Why: "No member of etcd answers where kube-apiserver dials it."})
	}
}

// nobody reports whether nothing answers at an address: all members of etcd are here,
// and it is none of theirs.
func (b *builder) nobody(from *programs.Machine, u *url.URL) bool {
	all := b.mates(from, "etcd")
	if programs.ItsOwn(u.Hostname()) {
		return len(all) > 0
	}
	for _, q := range all {
		c := leaf(b.file(q.File("--cert-file")))
		if c == nil || c.VerifyHostname(u.Hostname()) == nil || max(len(q.List("--initial-cluster")), 1) != len(all) {
			return false
		}
	}
	return len(all) > 0
}

func fileOf(p *programs.Program) string {
	if p.In == nil {
		return ""
	}
	return p.In.Path
}

// anyName is a name by which a certificate's owner can be dialled.
func anyName(c *x509.Certificate) string {
	for _, ip := range c.IPAddresses {
		if !ip.IsLoopback() {
			return ip.String()
		}
	}
	for _, n := range c.DNSNames {
		return n
	}
	for _, ip := range c.IPAddresses {
		return ip.String()
	}
	return c.Subject.CommonName
}

// member is the side of etcd towards its clients.
func (b *builder) member(q *programs.Program) *rehearse.Side {
	s := b.side(q)
	s.Cert, s.Key, s.CA = b.file(q.File("--cert-file")), b.file(q.File("--key-file")), b.setting(q, "--trusted-ca-file")
	s.Asks = q.Yes("--client-cert-auth")
	s.Revoked = b.revokes(q)
	return s
}

// members are those that answer at a URL.
func (b *builder) members(from *programs.Machine, u *url.URL) []*programs.Program {
	host := u.Hostname()
	if programs.ItsOwn(host) {
		if q := from.Program("etcd"); q != nil {
			return []*programs.Program{q}
		}
		return nil
	}
	var out []*programs.Program
	for _, m := range b.owned(from, host) {
		if q := m.Program("etcd"); q != nil {
			out = append(out, q)
		}
	}
	return out
}

// listens reports whether etcd answers at a URL by what it is told.
func (b *builder) listens(q *programs.Program, u *url.URL) bool {
	urls := q.List("--listen-client-urls")
	if len(urls) == 0 {
		return true
	}
	dialled := u.Port()
	for _, text := range urls {
		at, err := url.Parse(text)
		if err != nil {
			return true // a variable
		}
		host := at.Hostname()
		if at.Port() == dialled && at.Scheme == u.Scheme && (host == u.Hostname() || host == "" || programs.AddressOf(host).IsUnspecified() || programs.ItsOwn(host) && programs.ItsOwn(u.Hostname()) || !programs.AddressOf(host).IsValid() || !programs.AddressOf(u.Hostname()).IsValid()) {
			return true
		}
	}
	return false
}

// gateway is etcd's own client, with its serving certificate.
func (b *builder) gateway(q *programs.Program) {
	if !b.serves(q, "--listen-client-urls", "--advertise-client-urls") || q.Has("--client-cert-file") || q.Text("--enable-grpc-gateway") == "false" || !q.Has("--cert-file") {
		return
	}
	to := b.member(q)
	b.add(rehearse.Case{Connection: between(q.Name, q.Name, func(a *connections.Connection) bool { return a.Itself }), From: to, To: to, Dial: "127.0.0.1", Source: programs.AddressOf("127.0.0.1")})
}

// peerURL is where the other members dial a member; nil for none.
func peerURL(q *programs.Program) *url.URL {
	for _, flag := range []string{"--initial-advertise-peer-urls", "--listen-peer-urls"} {
		for _, text := range q.List(flag) {
			if u, err := url.Parse(text); err == nil && u.Hostname() != "" && !programs.AddressOf(u.Hostname()).IsUnspecified() {
				return u
			}
		}
	}
	return nil
}

// peer is the side of etcd among its members.
func (b *builder) peer(q *programs.Program) *rehearse.Side {
	s := b.side(q)
	s.Cert, s.Key, s.CA = b.file(q.File("--peer-cert-file")), b.file(q.File("--peer-key-file")), b.setting(q, "--peer-trusted-ca-file")
	s.Asks = q.Yes("--peer-client-cert-auth")
	return s
}

// peers makes the cases of a member and the others that its cluster has.
func (b *builder) peers(q *programs.Program) {
	if !b.serves(q, "--listen-peer-urls", "--initial-advertise-peer-urls") || !q.Has("--peer-cert-file") || q.Yes("--peer-auto-tls") {
		return
	}
	cluster := map[string]*url.URL{} // by the member's name
	for _, one := range q.List("--initial-cluster") {
		if name, text, ok := strings.Cut(one, "="); ok {
			if u, err := url.Parse(text); err == nil {
				cluster[name] = u
			}
		}
	}
	here := map[string]bool{}
	from := b.peer(q)
	for _, other := range b.mates(q.Machine, "etcd") {
		u := peerURL(other)
		name := other.Text("--name")
		known := cluster[name]
		if u == nil || known != nil && known.Host == u.Host {
			u = cmp.Or(known, u)
		} else if len(cluster) > 0 {
			if name = memberAt(cluster, u); name == "" {
				continue // of another cluster
			}
		}
		here[name] = true
		if other == q || !b.serves(other, "--listen-peer-urls", "--initial-advertise-peer-urls") {
			continue
		}
		to := b.peer(other)
		host, n := "", 0
		switch {
		case u != nil:
			host, n = u.Hostname(), port(u)
		case leaf(to.Cert) != nil:
			host = anyName(leaf(to.Cert))
		}
		b.add(b.peerCase(q, from, to, host, n))
	}
	for _, name := range slices.Sorted(maps.Keys(cluster)) {
		if here[name] || name == q.Text("--name") || len(cluster) < 2 {
			continue
		}
		// A member whose files are not here trusts what this one trusts, or they are no cluster.
		to := b.peer(q)
		to.Machine, to.Halt, to.Told = name, nil, ""
		c := b.peerCase(q, from, to, cluster[name].Hostname(), port(cluster[name]))
		c.Unasked = true
		b.add(c)
		b.cannotTell("no files of the etcd member %s are here", name)
	}
}

// memberAt is the name of the member at a URL; "" for none.
func memberAt(cluster map[string]*url.URL, u *url.URL) string {
	for _, name := range slices.Sorted(maps.Keys(cluster)) {
		if cluster[name].Host == u.Host {
			return name
		}
	}
	return ""
}

// peerCase is one member that dials another. etcd compares where a connection comes
// from with the names of the certificate: where nobody knows, it is one of them.
func (b *builder) peerCase(q *programs.Program, from, to *rehearse.Side, host string, n int) rehearse.Case {
	c := rehearse.Case{Connection: between(q.Name, q.Name, func(a *connections.Connection) bool { return a.Peers }), From: from, To: to, Dial: host, Port: n, Unasked: host == ""}
	if u := peerURL(q); u != nil && programs.AddressOf(u.Hostname()).IsValid() {
		c.Source = programs.AddressOf(u.Hostname())
		if c.Source.IsLoopback() && !programs.ItsOwn(host) {
			c.Source = source(q.Machine, host)
		}
	} else if u != nil {
		c.SourceNames = []string{u.Hostname()}
	}
	if own := leaf(from.Cert); own != nil && !c.Source.IsValid() {
		c.SourceNames = append(c.SourceNames, own.DNSNames...)
		for _, ip := range own.IPAddresses {
			a, _ := netip.AddrFromSlice(ip)
			c.Source = a.Unmap()
		}
	}
	return c
}
