package connect

import (
	"slices"

	"certwright/pkigen/reading/programs"
	"certwright/pkigen/rehearse"
	"certwright/pkigen/role"
)

// refusals makes the cases of what must be refused: whether a cluster that somebody
// else made can refuse it is told, and never an error.
func (b *builder) refusals() {
	for i := range role.Refusals {
		r := &role.Refusals[i]
		if r.Poses == role.AsNode || r.ID == "front-proxy-as-user" {
			continue
		}
		a := arrow(r.Arrow)
		for _, to := range b.named[a.To] {
			if to.Basis == programs.Assumed {
				continue
			}
			side := b.member(to)
			host := "127.0.0.1"
			if a.To == "kube-apiserver" {
				side = b.apiserver(to, host)
				if side.HeaderCA.Path == "" {
					continue
				}
			} else if !b.serves(to, "--listen-client-urls", "--advertise-client-urls") || !to.Has("--cert-file") {
				continue
			}
			for _, from := range b.tries(r, to) {
				c := rehearse.Case{Arrow: a, Refusal: r, Open: true, From: from, To: side, Dial: host, Source: addr(host)}
				if r.Poses == role.AsProxy {
					c.Poses = "kubernetes-admin"
				}
				b.add(c)
			}
		}
	}
}

// tries are those who show what a refusal is about.
func (b *builder) tries(r *role.Refusal, to *programs.Program) []*rehearse.Side {
	program := map[string]string{"kubelet-client": "kubelet", "admin": "kubectl", "kube-proxy": "kube-proxy"}[r.Shows]
	if r.Shows == "" {
		return []*rehearse.Side{{Program: r.Who}}
	}
	var out []*rehearse.Side
	for _, p := range b.mates(to.Machine, program) {
		at := p.File(configFlag(p))
		call, _ := b.call(p, at)
		if call == nil || !call.ByCertificate() || b.halts[p] != nil {
			continue
		}
		s := &rehearse.Side{Program: r.Who, Machine: p.Machine.Label(), Cert: rehearse.File{Path: at.Path, Data: call.Cert}, Key: rehearse.File{Path: at.Path, Data: call.Key}}
		if call.CertFile != "" {
			s.Cert, s.Key = b.file(p.Machine.Resolve(call.CertFile, at.File)), b.file(p.Machine.Resolve(call.KeyFile, at.File))
		}
		if s.Cert.Data == nil || s.Key.Data == nil || r.Shows == "admin" && slices.ContainsFunc(out, func(o *rehearse.Side) bool { return o.Machine == s.Machine }) {
			continue
		}
		out = append(out, s)
	}
	return out
}
