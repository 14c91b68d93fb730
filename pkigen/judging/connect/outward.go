package connect

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
)

// toKubelets makes the cases of an API server and the kubelets of its cluster.
func (b *builder) toKubelets(p *programs.Program) {
	if !p.Whole && !p.Has("--kubelet-client-certificate") {
		return
	}
	from := b.side(p)
	from.Cert, from.Key = b.pair(p, "--kubelet-client-certificate", "--kubelet-client-key")
	from.CA = b.file(p.File("--kubelet-certificate-authority"))
	if s, _ := p.Value("--kubelet-certificate-authority"); s.Basis == programs.Assumed {
		from.CA = rehearse.File{} // kubeadm leaves it out, and kubelets make certificates for themselves
	}
	for _, k := range b.mates(p.Machine, "kubelet") {
		to := b.kubelet(k, from.CA.Path != "")
		dial := b.kubeletAddress(p, k)
		unasked := from.CA.Path == ""
		if dial == "" && !unasked {
			b.cannotTell("nobody says at which address kube-apiserver dials the kubelet of %s", k.Machine.Label())
			unasked = true
		}
		if to.Cert.Path == "" && !k.Configured && !unasked {
			b.cannotTell("the configuration of the kubelet of %s is not here", k.Machine.Label())
			unasked = true
		}
		if to.Cert.Path == "" && k.Yes("serverTLSBootstrap") {
			unasked = true // it has asked for its certificate
		}
		b.add(rehearse.Case{Connection: between(p.Name, k.Name), From: from, To: to, Dial: dial, Unasked: unasked, Source: source(p.Machine, dial)})
	}
}

// kubelet is the side of a kubelet that is dialled; checked reports whether its certificate is.
func (b *builder) kubelet(k *programs.Program, checked bool) *rehearse.Side {
	at := door{k, strconv.FormatBool(checked)}
	if to := b.doors[at]; to != nil {
		return to
	}
	to := b.side(k)
	b.doors[at] = to
	to.Cert, to.Key = b.file(k.File("tlsCertFile")), b.file(k.File("tlsPrivateKeyFile"))
	to.CA = b.file(k.File("authentication.x509.clientCAFile"))
	if k.Config != nil {
		to.Told = k.Config.Path
	}
	if s, _ := k.Value("tlsCertFile"); s.Basis == programs.Assumed && !checked {
		to.Cert, to.Key = rehearse.File{}, rehearse.File{}
	}
	if !k.Configured && to.CA.Path == "" {
		to.CA = rehearse.File{Path: "clientCAFile", Unseen: true}
	}
	return to
}

// kubeletAddress is where kube-apiserver dials a kubelet, by the types of addresses
// that it is told to prefer; "" where nobody knows.
func (b *builder) kubeletAddress(p, k *programs.Program) string {
	types := p.List("--kubelet-preferred-address-types")
	if len(types) == 0 {
		types = []string{"Hostname", "InternalDNS", "InternalIP"}
	}
	for _, t := range types {
		switch t {
		case "Hostname":
			if k.Machine.Name != "" {
				return k.Machine.Name
			}
		case "InternalIP":
			if ip, _, _ := strings.Cut(k.Text("--node-ip"), ","); ip != "" {
				return ip
			}
			if a := k.Machine.Address(); a != "" {
				return a
			}
			return ""
		}
	}
	return ""
}

// toExtension makes the case of an API server in front of extension servers.
func (b *builder) toExtension(p *programs.Program) {
	if !p.Has("--requestheader-client-ca-file") || !p.Has("--proxy-client-cert-file", "--proxy-client-key-file") {
		return
	}
	from := b.side(p)
	from.Cert, from.Key = b.pair(p, "--proxy-client-cert-file", "--proxy-client-key-file")
	to := b.beside(p, "extension server")
	to.Machine = ""
	b.clients(p, to)
	if to.HeaderCA.Path == "" {
		to.HeaderCA = b.file(p.File("--requestheader-client-ca-file"))
	}
	b.add(rehearse.Case{Connection: between(p.Name, to.Program), From: from, To: to, Dial: "metrics-server.kube-system.svc", Source: source(p.Machine, ""),
		Want: rehearse.Identity{User: "kubernetes-admin"}})
}

// pair are the two files of a client: half a pair is none.
func (b *builder) pair(p *programs.Program, cert, key string) (rehearse.File, rehearse.File) {
	if !p.Has(cert) || !p.Has(key) {
		return rehearse.File{}, rehearse.File{}
	}
	return b.file(p.File(cert)), b.file(p.File(key))
}

// serviceHost is the address at which pods dial the API server; "" where nobody says.
func (b *builder) serviceHost(p *programs.Program) string {
	ranges := p.List("--service-cluster-ip-range")
	if len(ranges) == 0 {
		if k := p.Machine.Program("kube-controller-manager"); k != nil {
			ranges = k.List("--service-cluster-ip-range")
		}
	}
	if len(ranges) > 0 { // the first is that of the service kubernetes
		if n, err := netip.ParsePrefix(ranges[0]); err == nil {
			return spec.FirstServiceAddr(n.Masked()).String()
		}
	}
	return ""
}

// pods makes the cases of pods whose tokens one API server has signed, at each of its
// cluster.
func (b *builder) pods(p *programs.Program) {
	at := p.File("--service-account-signing-key-file")
	if at.Told == "" {
		if p.Basis == programs.Assumed {
			b.cannotTell("no key pair for the tokens of service accounts is here, and no API server starts without one")
		}
		return
	}
	from := b.beside(p, "pods")
	from.Key = b.file(at)
	if issuers := p.All("--service-account-issuer"); len(issuers) > 0 {
		from.Issuer = issuers[0].Value
	}
	from.CA = b.rootCA(p)
	for _, q := range b.mates(p.Machine, "kube-apiserver") {
		if b.halts[p] != nil && q != p {
			continue // it signs nothing
		}
		host := b.serviceHost(q)
		dial := cmp.Or(host, "kubernetes.default.svc")
		to := b.copied(b.apiserver(q, dial))
		to.Public = b.joined(q.Files("--service-account-key-file"))
		if to.Public.Path == "" {
			continue
		}
		to.Issuer = from.Issuer // where nobody says what one of them is told
		if p.Whole && q.Whole {
			to.Issuer = issuer(q, from.Issuer)
		}
		b.add(rehearse.Case{Connection: between(from.Program, q.Name), From: from, To: to, Dial: dial, Port: 443, Source: source(p.Machine, ""),
			Unasked: host == "" || from.CA.Path == "" || from.CA.Unseen, Want: rehearse.Identity{User: "system:serviceaccount:default:default"}})
	}
}

// issuer is the one of an API server's issuers that a token has, or else its first.
func issuer(q *programs.Program, token string) string {
	all := q.List("--service-account-issuer")
	if len(all) == 0 || slices.Contains(all, token) {
		return token
	}
	return all[0]
}

// rootCA is what pods check API servers by: --root-ca-file of the controller-manager.
func (b *builder) rootCA(p *programs.Program) rehearse.File {
	all := b.mates(p.Machine, "kube-controller-manager")
	if own := p.Machine.Program("kube-controller-manager"); own != nil {
		all = append([]*programs.Program{own}, all...)
	}
	for _, k := range all {
		if at := k.File("--root-ca-file"); at.File != nil {
			return b.file(at)
		}
		if config := k.File("--kubeconfig"); config.File != nil { // its own CA, where it is told none
			if call, _ := b.call(config); call != nil && len(call.CA) > 0 && !k.Has("--root-ca-file") {
				return rehearse.File{Path: config.Path, Data: call.CA}
			}
		}
	}
	return rehearse.File{}
}

// serverNames warns of names by which pods find the API server and that it has not.
func (b *builder) serverNames(p *programs.Program) {
	f := b.file(p.File("--tls-cert-file"))
	c := leaf(f)
	if c == nil {
		return
	}
	for _, name := range []string{"kubernetes.default.svc"} {
		if c.VerifyHostname(name) != nil && len(c.DNSNames)+len(c.IPAddresses) > 0 {
			b.lack(Lack{Check: findings.SANMissing, Program: p, File: f.Path, Args: []any{name, "pods may dial"}, Warning: true})
		}
	}
	k := p.Machine.Program("kube-controller-manager")
	if k == nil {
		return
	}
	signs := k.File("--service-account-private-key-file")
	public := b.joined(p.Files("--service-account-key-file"))
	if signs.File == nil || public.Data == nil || p.File("--service-account-signing-key-file").Path == signs.Path {
		return
	}
	if !rehearse.Checks(b.file(signs).Data, public.Data) {
		b.lack(Lack{Check: findings.SALegacy, Program: k, File: signs.Path, Args: []any{public.Path}, Warning: true})
	}
}
