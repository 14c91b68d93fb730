package survey

import (
	"path"
	"slices"
	"strings"

	"certwright/pkigen/pkey"
	"certwright/pkigen/role"
)

// Guess sees a survey of a directory without answers: by the flags in it, then
// by the names that kubeadm gives, then by what the certificates are.
func Guess(s *Survey) *Site {
	g := &guess{site: &Site{Survey: s}, live: s.live(), seats: map[string]*Seat{}, taken: map[string]bool{}, configs: map[string]*Seat{}, owners: map[string]string{}, within: map[string]string{}}
	g.site.above = map[string]string{}
	for _, f := range g.live {
		g.name(f)
	}
	g.site.readSettings()
	g.flags()
	g.absorb()
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
	live    []*File
	seats   map[string]*Seat  // by machine and role
	taken   map[string]bool   // paths that have a seat
	configs map[string]*Seat  // by the path of the kubeconfig
	owners  map[string]string // by path: the machine whose name it was taken by
	within  map[string]string // by machine: the one that it turned out to be a folder of
}

// seatAt is the seat of a role on a machine.
func (g *guess) seatAt(machine string, r *role.Role, by Basis) *Seat {
	key := machine + "\x00" + r.Name
	if g.seats[key] == nil {
		g.seats[key] = &Seat{Role: r, Machine: machine, By: by}
		g.site.Seats = append(g.site.Seats, g.seats[key])
	}
	return g.seats[key]
}

// name takes a file by its well-known name, if it holds what the name says: a
// kubelet.conf that is a unit's drop-in is none of ours.
func (g *guess) name(f *File) {
	e, machine, ok := byName(f.Path)
	if !ok || e.part == role.Config && f.Config == nil && !f.Odd(ConfigBroken) && !f.Odd(ConfigScheme) && !f.Odd(Unreadable) {
		return
	}
	if have := g.seats[machine+"\x00"+e.role.Name]; have != nil && have.Part(e.part).File != nil {
		return // the first, by path, is it
	}
	seat := g.seatAt(machine, e.role, ByName)
	seat.put(e.part, g.site.place(f.Path, ""))
	g.taken[f.Path], g.owners[f.Path] = true, machine
	if g.site.above[machine] == "" {
		g.site.above[machine] = e.left
	}
}

// Part is where a part of the seat lies.
func (s *Seat) Part(p role.Part) Place {
	switch p {
	case role.Trust:
		return s.Part(ownPart(s.Role))
	case role.Cert:
		return s.Cert
	case role.Key:
		return s.Key
	case role.Public:
		return s.Public
	}
	return s.Config
}

// absorb takes a folder of certificates that lies elsewhere than kubeadm's for a
// part of the machine whose programs are told of it.
func (g *guess) absorb() {
	g.site.Seats = slices.DeleteFunc(g.site.Seats, func(seat *Seat) bool {
		machine, is := g.within[seat.Machine]
		if !is {
			return false
		}
		seat.Machine = machine
		return g.seats[machine+"\x00"+seat.Role.Name] != nil
	})
}

// config takes what a kubeconfig embeds or names, by its own name or by whom it
// is for.
func (g *guess) config(f *File) {
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
	case len(f.Certs(FieldUser)) > 0 || f.Key(FieldUser) != nil:
		seat.Cert, seat.Key = g.site.place(f.Path, FieldUser), g.site.place(f.Path, FieldUser)
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

func (g *guess) configSeat(f *File) *Seat {
	if seat := g.configs[f.Path]; seat != nil {
		return seat
	}
	certs := f.Certs(FieldUser)
	if len(certs) == 0 {
		return nil
	}
	r, node := recognise(certs[0])
	if r != Other && r.Kubeconfig == nil {
		return nil
	}
	seat := g.add(f, r)
	seat.Node = node
	return seat
}

// contents takes a file of no well-known name by what is in it.
func (g *guess) contents(f *File) {
	if g.taken[f.Path] || len(f.Blocks) == 0 || f.Config != nil || f.Odd(CFSSLJSON) {
		return
	}
	certs := f.Certs("")
	if len(certs) == 0 {
		return
	}
	if companions()[path.Base(f.Path)] {
		g.taken[f.Path] = true // of a CA that is being replaced: nobody is told of it
		return
	}
	r, node := recognise(certs[0])
	if r.Name == "etcd-server" && strings.Contains(path.Base(f.Path), "peer") {
		r = findRole("etcd-peer")
	}
	seat := g.add(f, r)
	seat.Node = node
	seat.Cert = g.site.place(f.Path, "")
	g.taken[f.Path] = true
}

// add makes a seat of its own for a file: a folder may hold the certificates of
// many nodes.
func (g *guess) add(f *File, r *role.Role) *Seat {
	seat := &Seat{Role: r, Machine: g.machineNear(f.Path), By: BySubject}
	g.site.Seats = append(g.site.Seats, seat)
	return seat
}

// machineNear is the machine that a file lies on, or the file's folder.
func (g *guess) machineNear(p string) string {
	known := func(folder string) bool { _, ok := g.site.above[folder]; return ok }
	if m, ok := above(p, known); ok {
		return m
	}
	return path.Dir(p)
}

// above is the nearest folder above a path that is known.
func above(p string, known func(folder string) bool) (string, bool) {
	for p != "." {
		if p = path.Dir(p); known(p) {
			return p, true
		}
	}
	return "", false
}

// Within tells whether a path lies below a folder; "." is above all.
func Within(p, folder string) bool { return folder == "." || strings.HasPrefix(p, folder+"/") }

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
	if seat.Cert.File != nil && seat.Cert.File.Holds(PrivateKey) {
		return seat.Cert.Path // both in one file, as the kubelet has it
	}
	ext := path.Ext(seat.Cert.Path)
	stem := strings.TrimSuffix(seat.Cert.Path, ext)
	for _, name := range []string{stem + "-key.pem", stem + ".key", stem + ".key.pem", stem + "-key" + ext} {
		if g.site.byPath[name] != nil {
			return name
		}
	}
	return ""
}

// nodes learns the name of each machine's node from its kubelet's certificates
// or etcd's, and tells it to the seats that must name it. Where these do not
// agree, nobody knows which is right.
func (g *guess) nodes() {
	names := map[string]map[string]bool{} // by machine
	for _, seat := range g.site.Seats {
		leaf := seat.Leaf()
		if leaf == nil || !seat.Role.Each || seat.Role.Name == "apiserver" {
			continue
		}
		name, _ := cutFold(leaf.Subject.CommonName, "system:node:")
		if name == "" || strings.Contains(name, ":") {
			continue
		}
		if names[seat.Machine] == nil {
			names[seat.Machine] = map[string]bool{}
		}
		names[seat.Machine][name] = true
	}
	for _, seat := range g.site.Seats {
		if known := names[seat.Machine]; seat.Node == "" && seat.Role.Each && len(known) == 1 {
			for name := range known {
				seat.Node = name
			}
		}
	}
}
