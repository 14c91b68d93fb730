package connect

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
)

const nodePrefix = "system:node:"

// leaf is the first certificate of a file; nil for none.
func leaf(f rehearse.File) *x509.Certificate {
	for block, rest := pem.Decode(f.Data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			c, err := pkey.ParseCertificate(block.Bytes)
			if err != nil {
				return nil
			}
			return c
		}
	}
	return nil
}

// port of a URL; 0 for the usual one of a connection.
func port(u *url.URL) int {
	n, _ := strconv.Atoi(u.Port())
	if n == 0 && u.Scheme == "https" {
		return 443
	}
	return n
}

// source is where a machine dials from; the zero address where nobody knows.
func source(m *programs.Machine, host string) netip.Addr {
	if a := programs.AddressOf(host); a.IsLoopback() {
		return a
	}
	return programs.AddressOf(m.Address())
}

// apiserver is the side of an API server that is dialled at a host.
func (b *builder) apiserver(p *programs.Program, host string) *rehearse.Side {
	if s := b.doors[door{p, host}]; s != nil {
		return s
	}
	s := b.side(p)
	b.doors[door{p, host}] = s
	s.Cert, s.Key = b.file(p.File("--tls-cert-file")), b.file(p.File("--tls-private-key-file"))
	for _, one := range b.sni(p) {
		if one.answers(host) {
			s.Cert, s.Key = one.cert, one.key
		}
	}
	if p.Basis == programs.Assumed && s.Key.Path == "" {
		s.Key = rehearse.File{Path: s.Cert.Path, Unseen: true}
		b.cannotTell("the private key of %s is not here", s.Cert.Path)
	}
	b.clients(p, s)
	return s
}

// clients is by what kube-apiserver knows its clients.
func (b *builder) clients(p *programs.Program, s *rehearse.Side) {
	s.CA = b.setting(p, "--client-ca-file")
	s.HeaderCA = b.file(p.File("--requestheader-client-ca-file"))
	s.AllowedNames = p.List("--requestheader-allowed-names")
	s.Revoked = b.denies(p)
	if at := p.File("--requestheader-client-ca-file"); at.By == programs.Assumed {
		s.HeaderCA, s.AllowedNames = rehearse.File{}, nil // nobody says which names are allowed
	}
}

// answers reports whether a pair is shown to whoever asks for a name.
func (p pair) answers(host string) bool {
	if programs.AddressOf(host).IsValid() {
		return false // an address is not sent as a name
	}
	names := p.names
	if len(names) == 0 {
		if c := leaf(p.cert); c != nil {
			names = append(slices.Clone(c.DNSNames), c.Subject.CommonName)
		}
	}
	return slices.ContainsFunc(names, func(n string) bool {
		rest, wild := strings.CutPrefix(n, "*.")
		_, tail, _ := strings.Cut(host, ".")
		return strings.EqualFold(n, host) || wild && strings.EqualFold(rest, tail)
	})
}

// client makes the cases of a program that dials API servers by a kubeconfig.
func (b *builder) client(p *programs.Program, a *connections.Connection) {
	at := p.File(a.Server.Flag)
	if at.Told == "" {
		b.bare(p, a)
		return
	}
	if at.Gone() && p.Name == "kubelet" && p.Yes("rotateCertificates") && b.halts[p] == nil {
		if b.set == nil {
			b.cannotTell("%s is not here: a kubelet that rotates its certificates writes it itself", at.Path)
		}
		return
	}
	if at.Unseen() {
		b.cannotTell("%s of %s lies outside of this directory", at.Told, p.Name)
		return
	}
	side := b.side(p)
	side.Config = b.file(at)
	call, err := b.call(at)
	host, name, n, unasked := "", "", 0, false
	switch {
	case err != nil:
		side.ConfigErr = err
	case call == nil: // it is not there
	default:
		u, bad := url.Parse(call.Server)
		if bad != nil || u.Scheme == "http" {
			_, side.ConfigErr = kubeconfig.Parse(side.Config.Data)
		} else {
			host, n = u.Hostname(), port(u)
		}
		name, unasked = call.ServerName, call.Unchecked
		if !call.ByCertificate() {
			b.cannotTell("the user of %s has no certificate: who that is, the cluster knows", at.Path)
			return
		}
		side.CA, side.Cert, side.Key = b.held(p, at, call.CA, call.CAFile), b.held(p, at, call.Cert, call.CertFile), b.held(p, at, call.Key, call.KeyFile)
		if side.CA.Path == "" && !unasked {
			b.cannotTell("%s names no CA: it goes by those of its machine", at.Path)
			return
		}
	}
	servers := b.apiservers(p.Machine, host)
	if host == "" {
		servers = b.mates(p.Machine, "kube-apiserver")
	}
	if len(servers) == 0 {
		if halt := side.Halt; halt != nil { // it talks to nobody, whoever would answer
			b.add(rehearse.Case{Connection: a, From: side, To: &rehearse.Side{Program: "kube-apiserver"}, Dial: host, Port: n})
		}
		b.cannotTell("no files of the API server at %s are here", cmp.Or(host, "an unknown address"))
		if p.Name == "kubelet" && host != "" && len(b.named["kube-apiserver"]) > 0 && !b.elsewhere(p.Machine, host) {
			b.lack(Lack{Check: findings.MachineAlone, Program: p, File: at.Path, Args: []any{host}})
		}
		return
	}
	shown := leaf(side.Cert)
	for _, q := range servers {
		dial := cmp.Or(host, q.Machine.Address())
		b.add(rehearse.Case{Connection: a, From: side, To: b.apiserver(q, cmp.Or(name, dial)), Dial: dial, Name: name, Port: n, Unasked: unasked,
			Source: source(p.Machine, dial), Want: b.want(p, q, shown), Unsure: b.doubt(p, q, shown, side.Cert.Path)})
	}
}

// bare makes the case of a client of whom a certificate and its key lie in a folder,
// and no kubeconfig: at the API server of that folder, by its CA.
func (b *builder) bare(p *programs.Program, a *connections.Connection) {
	if !p.Has("client-certificate") {
		return
	}
	side := b.side(p)
	side.Cert, side.Key = b.file(p.File("client-certificate")), b.file(p.File("client-key"))
	var servers []*programs.Program
	host := ""
	if q := p.Machine.Program("kube-apiserver"); q != nil {
		servers = append(servers, q)
	}
	if u, err := url.Parse(p.Text("server")); err == nil && u.Host != "" { // by the answers
		host = u.Hostname()
		servers = b.apiservers(p.Machine, host)
	}
	shown := leaf(side.Cert)
	for _, q := range servers {
		to := b.apiserver(q, host)
		c := leaf(to.Cert)
		if c == nil || to.CA.Unseen {
			continue
		}
		side.CA = to.CA
		b.add(rehearse.Case{Connection: a, From: side, To: to, Dial: cmp.Or(host, anyName(c)), Source: source(p.Machine, ""), Want: b.want(p, q, shown), Unsure: b.doubt(p, q, shown, side.Cert.Path)})
	}
}

// want is who an API server must take a program for. Where nobody says how it
// authorizes, or says that everything is allowed, that is anybody.
func (b *builder) want(p, server *programs.Program, shown *x509.Certificate) rehearse.Identity {
	modes := b.modes(server)
	if server.Whole && !slices.Contains(modes, "RBAC") {
		return rehearse.Identity{}
	}
	cn := ""
	if shown != nil {
		cn = shown.Subject.CommonName
	}
	switch p.Name {
	case "kube-controller-manager", "kube-scheduler", "kube-proxy":
		return rehearse.Identity{User: "system:" + p.Name}
	case "kubelet":
		if server.Whole && !slices.Contains(modes, "Node") {
			return rehearse.Identity{}
		}
		node := p.Machine.Name
		if p.Machine.NameBy != programs.Told {
			if own, is := programs.CutFold(cn, nodePrefix); is {
				node = strings.ToLower(own)
			}
		}
		if node == "" {
			if node = p.Machine.Label(); node == "" {
				node = "NODE"
			}
		}
		return rehearse.Identity{User: nodePrefix + node, Groups: []string{"system:nodes"}}
	case "kubectl":
		if p.Basis == programs.Default && strings.HasPrefix(cn, "system:") {
			return rehearse.Identity{User: "kubernetes-admin"}
		}
		if p.Basis == programs.Default && cn == "" {
			return rehearse.Identity{User: "kubernetes-admin"}
		}
	}
	return rehearse.Identity{}
}
