package connect

import (
	"slices"
	"strings"

	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
)

func (b *builder) learnAddresses() {
	for _, m := range b.model.Machines {
		for _, h := range m.Hosts() {
			if !slices.Contains(b.owners[h], m) {
				b.owners[h] = append(b.owners[h], m)
			}
		}
	}
}

// learnGroups finds which machines are of one cluster: by a common CA, and by whom
// they dial, unless one address is that of several machines, as it is where a folder
// holds several clusters of the same plan.
func (b *builder) learnGroups() {
	first := map[string]*programs.Machine{}
	join := func(key string, m *programs.Machine) {
		if first[key] == nil {
			first[key] = m
			return
		}
		b.groups[b.group(m)] = b.group(first[key])
	}
	several := false
	for h, all := range b.owners {
		roots := map[string]bool{}
		for _, m := range all {
			roots[m.Root] = true
		}
		several = several || len(roots) > 1 && programs.AddressOf(h).IsValid()
	}
	for _, m := range b.model.Machines {
		b.groups[m] = m
	}
	if b.set != nil {
		for _, m := range b.model.Machines {
			join("the set", m)
		}
		return
	}
	if !several {
		defer b.learnUnknown()
	}
	for _, m := range b.model.Machines {
		for _, p := range m.Programs {
			for _, f := range b.trusts(p) {
				for _, c := range f.Certs("") {
					join("ca "+pkey.Text(c.PublicKey), m)
				}
				for _, c := range f.Certs(scan.FieldCA) {
					join("ca "+pkey.Text(c.PublicKey), m)
				}
			}
			if several {
				continue
			}
			switch p.Name {
			case "etcd":
				for _, member := range p.List("--initial-cluster") {
					_, u, _ := strings.Cut(member, "=")
					for _, h := range programs.HostsOf([]string{u}) {
						if !programs.ItsOwn(h) {
							join("host "+strings.ToLower(h), m)
						}
					}
				}
			case "kube-apiserver":
				for _, h := range programs.HostsOf(p.List("--etcd-servers")) {
					if !programs.ItsOwn(h) {
						join("host "+strings.ToLower(h), m)
					}
				}
			}
			if h := b.server(p); h != "" && !programs.ItsOwn(h) {
				join("host "+strings.ToLower(h), m)
			}
		}
		if !several {
			for _, h := range m.Hosts() {
				if programs.AddressOf(h).IsValid() {
					join("host "+h, m)
				}
			}
		}
	}
}

// learnUnknown joins machines that know no API server by CA or address to those
// whose certificate names what they dial: that they are of another CA is the point.
func (b *builder) learnUnknown() {
	for _, p := range b.model.Programs {
		h := b.server(p)
		if h == "" || programs.ItsOwn(h) || len(b.mates(p.Machine, "kube-apiserver")) > 0 {
			continue
		}
		for _, q := range b.named["kube-apiserver"] {
			if c := leaf(b.file(q.File("--tls-cert-file"))); c != nil && c.VerifyHostname(h) == nil {
				b.groups[b.group(p.Machine)] = b.group(q.Machine)
				break
			}
		}
	}
}

// group is what stands for the cluster of a machine.
func (b *builder) group(m *programs.Machine) *programs.Machine {
	for b.groups[m] != nil && b.groups[m] != m {
		b.groups[m] = b.groups[b.groups[m]]
		m = b.groups[m]
	}
	return m
}

// toAPI is the connection that a program makes to API servers by a kubeconfig; nil
// for none.
func toAPI(p *programs.Program) *connections.Connection {
	i := slices.IndexFunc(connections.All, func(a connections.Connection) bool {
		return a.From == p.Name && a.To == apiserver && (p.Name != "kubectl" || a.Shows == adminOf(p))
	})
	if i < 0 {
		return nil
	}
	return &connections.All[i]
}

// configOf is where the kubeconfig of a program lies; the zero Place for none.
func configOf(p *programs.Program) programs.Place {
	if a := toAPI(p); a != nil {
		return p.File(a.Server.Flag)
	}
	return programs.Place{}
}

// server is the host that a program's kubeconfig dials; "" for none.
func (b *builder) server(p *programs.Program) string {
	call, _ := b.call(configOf(p))
	if call == nil {
		return ""
	}
	return programs.HostOf(call.Server)
}

// trusts are the files of the Kubernetes CA that a program is told of.
func (b *builder) trusts(p *programs.Program) []*scan.File {
	var out []*scan.File
	for _, at := range []programs.Place{p.File("--client-ca-file"), p.File(clientCAField), configOf(p)} {
		if at.File != nil && p.Name != "etcd" {
			out = append(out, at.File)
			if c := at.File.Config; c != nil && c.CAFile != "" {
				if ca := p.Machine.Resolve(c.CAFile, at.File); ca.File != nil {
					out = append(out, ca.File)
				}
			}
		}
	}
	return out
}

// call reads the kubeconfig at a place; nil without an error where it is not here.
func (b *builder) call(at programs.Place) (*kubeconfig.Call, error) {
	f := b.file(at)
	if f.Data == nil || at.File == nil {
		return nil, nil
	}
	known, read := b.calls[at.Path]
	if !read {
		if known.call, known.err = kubeconfig.ParseCall(f.Data); known.err != nil {
			known.call = nil
		}
		b.calls[at.Path] = known
	}
	return known.call, known.err
}

// held is what a kubeconfig holds itself, or the file that it names.
func (b *builder) held(p *programs.Program, at programs.Place, data []byte, told string) rehearse.File {
	switch {
	case told != "":
		return b.file(p.Machine.Resolve(told, at.File))
	case len(data) == 0:
		return rehearse.File{}
	}
	return rehearse.File{Path: at.Path, Data: data}
}

// mates are the programs of a name in the cluster of a machine.
func (b *builder) mates(m *programs.Machine, program string) []*programs.Program {
	var out []*programs.Program
	for _, p := range b.named[program] {
		if b.group(p.Machine) == b.group(m) {
			out = append(out, p)
		}
	}
	return out
}

// owned are the machines at an address; of several those of the same cluster.
func (b *builder) owned(from *programs.Machine, host string) []*programs.Machine {
	all := b.owners[strings.ToLower(host)]
	var same []*programs.Machine
	for _, m := range all {
		if b.group(m) == b.group(from) {
			same = append(same, m)
		}
	}
	if len(same) > 0 {
		return same
	}
	return all
}

// apiservers are those that answer at a host: the machine's own at the loopback, the
// machine of an address, and else, behind a load balancer, those of the cluster.
func (b *builder) apiservers(from *programs.Machine, host string) []*programs.Program {
	if programs.ItsOwn(host) {
		if p := from.Program("kube-apiserver"); p != nil {
			return []*programs.Program{p}
		}
		return b.mates(from, "kube-apiserver") // a proxy of the machine's own
	}
	var out []*programs.Program
	for _, m := range b.owned(from, host) {
		if p := m.Program("kube-apiserver"); p != nil {
			out = append(out, p)
		}
	}
	if len(out) > 0 {
		return out
	}
	if b.elsewhere(from, host) {
		return nil
	}
	return b.mates(from, "kube-apiserver")
}

// elsewhere reports whether a host is a member of the cluster of which no files are
// here, as others are told of it.
func (b *builder) elsewhere(from *programs.Machine, host string) bool {
	if len(b.owners[strings.ToLower(host)]) > 0 {
		return false
	}
	for _, p := range b.mates(from, "etcd") {
		for _, member := range p.List("--initial-cluster") {
			if _, u, ok := strings.Cut(member, "="); ok && slices.Contains(programs.HostsOf([]string{u}), host) {
				return true
			}
		}
	}
	for _, p := range b.mates(from, "kube-apiserver") {
		if slices.Contains(programs.HostsOf(p.List("--etcd-servers")), host) {
			return true
		}
	}
	return false
}
