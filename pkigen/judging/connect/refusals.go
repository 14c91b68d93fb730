package connect

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
)

// refusals makes the cases of what must be refused: whether a cluster that somebody
// else made can refuse it is told, and never an error, and a set of ours refuses what
// its layout can.
func (b *builder) refusals() {
	tried := map[try][]*rehearse.Side{}
	for i := range connections.Refusals {
		r := &connections.Refusals[i]
		if b.set == nil && r.Own {
			continue
		}
		a := &connections.All[slices.IndexFunc(connections.All, func(a connections.Connection) bool { return a.ID == r.Connection })]
		for _, to := range b.named[a.To] {
			if to.Basis == programs.Assumed {
				continue
			}
			side := b.member(to)
			host := "127.0.0.1"
			if a.To == "kube-apiserver" {
				side = b.apiserver(to, host)
				if side.HeaderCA.Path == "" && b.set == nil {
					continue
				}
			} else if !b.serves(to, "--listen-client-urls", "--advertise-client-urls") || !to.Has("--cert-file") {
				continue
			}
			who := try{r.Who, r.Shows, b.group(to.Machine)}
			if _, known := tried[who]; !known {
				tried[who] = b.tries(r, to)
			}
			for _, from := range tried[who] {
				c := rehearse.Case{Connection: a, Refusal: r, Open: b.set == nil || r.Open(b.set.Layout), From: from, To: side, Dial: host, Source: programs.AddressOf(host)}
				switch r.Poses {
				case connections.AsProxy:
					c.Poses = "kubernetes-admin"
				case connections.AsNode:
					other := b.another(b.sides[from])
					if other == "" {
						continue
					}
					c.Poses = nodePrefix + other
				}
				b.add(c)
			}
		}
	}
}

// try is who shows what in a cluster.
type try struct {
	who, shows string
	cluster    *programs.Machine
}

// tries are those who show what a refusal is about.
func (b *builder) tries(r *connections.Refusal, to *programs.Program) []*rehearse.Side {
	if r.Shows == "" {
		return []*rehearse.Side{{Program: r.Who}}
	}
	var out []*rehearse.Side
	for _, p := range b.mates(to.Machine, catalog.CatalogueEntry(r.Shows).Program()) {
		if b.halts[p] != nil || p.Name == id.Kubectl && adminOf(p) != r.Shows {
			continue
		}
		s := b.side(p)
		s.Program = r.Who
		at := configOf(p)
		call, _ := b.call(at)
		switch {
		case p.Name == "kube-apiserver":
			s.Cert, s.Key = b.pair(p, "--proxy-client-cert-file", "--proxy-client-key-file")
		case call != nil && call.ByCertificate():
			s.Cert, s.Key = b.held(p, at, call.Cert, call.CertFile), b.held(p, at, call.Key, call.KeyFile)
		default:
			s.Cert, s.Key = b.pair(p, "client-certificate", "client-key")
		}
		if s.Cert.Data == nil || s.Key.Data == nil || p.Name == id.Kubectl && slices.ContainsFunc(out, func(o *rehearse.Side) bool { return o.Machine == s.Machine }) {
			continue
		}
		out = append(out, s)
	}
	return out
}
