package survey

import (
	"path"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
)

// Guess sees a survey of a directory without answers: by the flags in it, then
// by the names that kubeadm gives, then by what the certificates are.
func Guess(s *scan.Scan) *Site {
	g := &guess{site: &Site{Scan: s}, live: s.Live(), seats: map[string]*Seat{}, taken: map[string]bool{}, configs: map[string]*Seat{}}
	g.site.learn()
	g.flags()
	for _, f := range g.live {
		g.name(f)
	}
	for _, seat := range g.site.Seats {
		g.configs[seat.Config.Path] = seat
	}
	for _, f := range g.live {
		g.config(f)
	}
	for _, f := range g.live {
		g.contents(f)
	}
	g.pairs()
	g.expect()
	g.apart()
	g.nodes()
	g.site.sort()
	return g.site
}

// guess is a site that comes to be.
type guess struct {
	site    *Site
	live    []*scan.File
	seats   map[string]*Seat // by machine and role
	taken   map[string]bool  // paths that have a seat
	configs map[string]*Seat // by the path of the kubeconfig
}

// seatAt is the seat of a role on a machine.
func (g *guess) seatAt(machine string, r *catalog.Entry, by Basis) *Seat {
	key := machine + "\x00" + r.Name
	if g.seats[key] == nil {
		g.seats[key] = &Seat{Entry: r, Machine: machine, By: by}
		g.site.Seats = append(g.site.Seats, g.seats[key])
	}
	return g.seats[key]
}

// flags takes the files that programs are told of: whatever they are called, these
// are what they read.
func (g *guess) flags() {
	for _, p := range g.site.Model.Programs {
		if p.Basis == programs.Assumed || p.Name == "kubectl" {
			continue
		}
		for _, name := range p.Names() {
			slot := programs.SlotOf(p.Name, name)
			set, _ := p.Value(name)
			if slot.Entry == nil || set.Value == "" || set.Basis == programs.Assumed {
				continue
			}
			if slot.Part == catalog.Config && name != "--kubeconfig" && p.Has("--kubeconfig") {
				continue // a program is who it is by the other one
			}
			at := p.Open(set)
			if at.Path == "" || at.File == nil && slot.Part == catalog.Config && p.Name == "kubelet" {
				continue // elsewhere; a kubelet writes its own when it has its certificate
			}
			seat := g.seatAt(p.Machine.Root, slot.Entry, ByFlag)
			place := g.site.place(at.Path, "")
			if slot.Part == catalog.Config && at.File == nil {
				seat.Cert, seat.Key = g.site.place(at.Path, scan.FieldUser), g.site.place(at.Path, scan.FieldUser)
			}
			if slot.Entry.Kind == catalog.KeyPair && seat.Part(slot.Part).Path != "" {
				continue // kube-apiserver signs the tokens of pods, and comes first
			}
			switch {
			case slot.Entry.Kind != catalog.Authority || slot.Part == catalog.Key || seat.Cert.Path == "" || seat.Cert.Path == at.Path:
				seat.put(slot.Part, place)
			case slot.Part == catalog.Cert: // what a CA signs with is no more than what is checked by it
				seat.Also = append(seat.Also, place)
			default:
				seat.Also = append(seat.Also, seat.Cert)
				seat.put(slot.Part, place)
			}
			g.taken[at.Path] = true
		}
	}
}

// name takes a file by its well-known name, if it holds what the name says and no
// program is told of another: a kubelet.conf that is a unit's drop-in is none of ours.
func (g *guess) name(f *scan.File) {
	e, machine, ok := programs.ByName(f.Path)
	if !ok || f.Within || g.taken[f.Path] || e.Part == catalog.Config && !f.Kubeconfig && !f.Odd(scan.Unreadable) && !f.Odd(scan.Empty) {
		return
	}
	if m := g.site.Model.MachineOf(f.Path); m != nil {
		machine = m.Root
	}
	if have := g.seats[machine+"\x00"+e.Entry.Name]; have != nil && have.Part(e.Part).Path != "" {
		return // the first, by path, is it
	}
	seat := g.seatAt(machine, e.Entry, ByName)
	seat.put(e.Part, g.site.place(f.Path, ""))
	g.taken[f.Path] = true
}

// Part is where a part of the seat lies.
func (s *Seat) Part(p catalog.Part) Place {
	switch p {
	case catalog.Trust:
		return s.Part(ownPart(s.Entry))
	case catalog.Cert:
		return s.Cert
	case catalog.Key:
		return s.Key
	case catalog.Public:
		return s.Public
	}
	return s.Config
}

// config takes what a kubeconfig embeds or names, by its own name or by whom it
// is for.
func (g *guess) config(f *scan.File) {
	if f.Config == nil {
		return
	}
	seat := g.configSeat(f)
	if seat == nil {
		return
	}
	seat.Config = g.site.place(f.Path, "")
	g.taken[f.Path] = true
	switch c := f.Config; {
	case len(f.Certs(scan.FieldUser)) > 0 || f.Key(scan.FieldUser) != nil:
		seat.Cert, seat.Key = g.site.place(f.Path, scan.FieldUser), g.site.place(f.Path, scan.FieldUser)
	case c.CertFile != "":
		seat.Cert = g.pointed(seat.Machine, f.Path, c.CertFile)
		seat.Key = g.pointed(seat.Machine, f.Path, c.KeyFile)
	}
}

// pointed is a file that a kubeconfig names.
func (g *guess) pointed(machine, config, name string) Place {
	p := g.site.Resolve(machine, config, name)
	g.taken[p.Path] = true
	return p
}

func (g *guess) configSeat(f *scan.File) *Seat {
	if seat := g.configs[f.Path]; seat != nil {
		return seat
	}
	certs := f.Certs(scan.FieldUser)
	if len(certs) == 0 {
		return nil
	}
	r, node := programs.Recognise(certs[0])
	if r != programs.Other && r.Kubeconfig == nil {
		return nil
	}
	seat := g.add(f, r)
	seat.Node = node
	return seat
}

// contents takes a file of no well-known name by what is in it.
func (g *guess) contents(f *scan.File) {
	if g.taken[f.Path] || f.Within || len(f.Blocks) == 0 || f.Config != nil || f.Odd(scan.CFSSLJSON) {
		return
	}
	certs := f.Certs("")
	if len(certs) == 0 {
		return
	}
	if programs.Companions()[path.Base(f.Path)] {
		g.taken[f.Path] = true // of a CA that is being replaced: nobody is told of it
		return
	}
	r, node := programs.Recognise(certs[0])
	if r.Name == id.EtcdServer && strings.Contains(path.Base(f.Path), "peer") {
		r = programs.FindRole(id.EtcdPeer)
	}
	seat := g.add(f, r)
	seat.Node = node
	seat.Cert = g.site.place(f.Path, "")
	g.taken[f.Path] = true
}

// add makes a seat of its own for a file: a folder may hold the certificates of
// many nodes.
func (g *guess) add(f *scan.File, r *catalog.Entry) *Seat {
	seat := &Seat{Entry: r, Machine: g.machineNear(f.Path), By: BySubject}
	g.site.Seats = append(g.site.Seats, seat)
	return seat
}

// machineNear is the machine that a file lies on, or the file's folder.
func (g *guess) machineNear(p string) string {
	if m := g.site.Model.MachineOf(p); m != nil {
		return m.Root
	}
	return path.Dir(p)
}

// pairs finds the private keys of certificates by the names that openssl and
// cfssl guides give; where there is none, by what fits in the same folder.
func (g *guess) pairs() {
	type place struct{ folder, public string }
	keys := map[place]string{}
	for _, f := range g.live {
		if public := pkey.Text(f.Key("")); public != "" {
			keys[place{path.Dir(f.Path), public}] = f.Path
		}
	}
	for _, seat := range g.site.Seats {
		if seat.Key.Path != "" || seat.Cert.Path == "" || seat.Cert.Field != "" {
			continue
		}
		p := g.keyBeside(seat)
		if leaf := seat.Leaf(); leaf != nil {
			fits := keys[place{path.Dir(seat.Cert.Path), string(leaf.RawSubjectPublicKeyInfo)}]
			if p == "" || p != seat.Cert.Path && g.taken[p] && fits != p {
				p = fits // what has its name belongs to another certificate: ca.key to ca.crt, not to ca.pem
			}
		}
		if p != "" {
			seat.Key = g.site.place(p, "")
			g.taken[p] = true
		}
	}
}

// keyBeside is the key of a usual name; "" for none.
func (g *guess) keyBeside(seat *Seat) string {
	if seat.Cert.File != nil && seat.Cert.File.Holds(scan.PrivateKey) {
		return seat.Cert.Path // both in one file, as the kubelet has it
	}
	ext := path.Ext(seat.Cert.Path)
	stem := strings.TrimSuffix(seat.Cert.Path, ext)
	for _, name := range []string{stem + "-key.pem", stem + ".key", stem + ".key.pem", stem + "-key" + ext} {
		if g.site.Scan.File(name) != nil {
			return name
		}
	}
	return ""
}

// expect adds the other half of a pair that has a well-known name, and of a CA whose key
// alone is here.
func (g *guess) expect() {
	for _, seat := range g.site.Seats {
		switch kind := seat.Entry.Kind; {
		case kind != catalog.Authority && (kind != catalog.Leaf || seat.By != ByName || seat.Config.Path != ""):
		case seat.Cert.Path == "" && seat.Key.Path != "":
			seat.Cert = g.site.place(certBeside(seat.Key.Path), "")
		case seat.Key.Path == "" && kind == catalog.Leaf:
			seat.Key = g.site.place(strings.TrimSuffix(seat.Cert.Path, path.Ext(seat.Cert.Path))+".key", "")
		}
	}
}

// certBeside is the name of the certificate that goes with a key, by the names of
// kubeadm and of cfssl.
func certBeside(key string) string {
	if p, ok := strings.CutSuffix(key, "-key.pem"); ok {
		return p + ".pem"
	}
	return strings.TrimSuffix(key, path.Ext(key)) + ".crt"
}

// apart finds the folder of a distribution with a CA for servers and another for
// clients (https://docs.k3s.io/cli/certificate#certificate-authority-ca-certificates).
func (g *guess) apart() {
	for _, f := range g.live {
		if path.Base(f.Path) != "server-ca.crt" {
			continue
		}
		other := g.site.Scan.File(path.Join(path.Dir(f.Path), "client-ca.crt"))
		if other == nil || other.Sum == f.Sum {
			continue
		}
		g.site.Apart = path.Dir(f.Path)
		return
	}
}

// nodes learns the name of each machine's node from its kubelet's certificates
// or etcd's, and tells it to the seats that must name it. Where these do not
// agree, nobody knows which is right.
func (g *guess) nodes() {
	names := map[string]map[string]bool{} // by machine
	for _, seat := range g.site.Seats {
		leaf := seat.Leaf()
		if leaf == nil || !seat.Entry.NamesNode() {
			continue
		}
		name, _ := programs.CutFold(leaf.Subject.CommonName, "system:node:")
		if name == "" || strings.Contains(name, ":") {
			continue
		}
		if names[seat.Machine] == nil {
			names[seat.Machine] = map[string]bool{}
		}
		names[seat.Machine][name] = true
	}
	for _, seat := range g.site.Seats {
		if known := names[seat.Machine]; seat.Node == "" && seat.Entry.Each && len(known) == 1 {
			for name := range known {
				seat.Node = name
			}
		}
	}
}
