package survey

import (
	"maps"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/role"
)

// Told is one flag by which a program is told of the file of a role.
type Told struct {
	Setting
	In    *File // the file that has the flag
	Seat  *Seat
	Place Place // what the flag names
	// Usual is what lies where such a file usually does; the zero Place where nothing
	// does. Path is how a flag would name it.
	Usual Place
	Path  string
	// Of is the role whose file usually lies where the flag leads, if another one.
	Of string
}

// Told are the flags of a site without answers that name files.
func (s *Site) Told() []Told { return s.told }

// setting is one with the file that has it.
type setting struct {
	Setting
	in *File
}

// flags takes the files that programs are told of. Of a flag that names another
// file than the well-known one, the flag is right: the program reads that.
func (g *guess) flags() {
	for _, machine := range slices.Sorted(maps.Keys(g.site.settings)) {
		for _, set := range g.site.settings[machine] {
			r, part := flagSlot(set.Setting)
			if r == nil || !path.IsAbs(set.Value) {
				continue
			}
			p := g.site.Resolve(machine, "", set.Value)
			if owner := g.owners[p.Path]; owner != "" && owner != machine && Within(owner, machine) {
				g.within[owner] = machine
			}
			if part == role.Config && p.File == nil {
				continue // a kubelet writes its own when it has its certificate
			}
			seat := g.seatAt(machine, r, ByFlag)
			seat.By = ByFlag
			g.tell(seat, set, part, p)
			if r.Kind != role.Authority || part != role.Cert || seat.Cert.Path == "" {
				seat.put(part, p) // what a CA signs with is no more than what is checked by it
			}
			g.taken[p.Path] = true
		}
	}
}

// tell notes a flag, and what it might have meant.
func (g *guess) tell(seat *Seat, set setting, part role.Part, p Place) {
	t := Told{Setting: set.Setting, In: set.in, Seat: seat, Place: p}
	if e, _, known := byName(p.Path); known && e.role.Name != seat.Role.Name {
		t.Of = e.role.Name
	}
	if part == role.Trust {
		part = ownPart(seat.Role)
	}
	for _, known := range slices.Sorted(maps.Keys(nodePaths())) {
		slot := nodePaths()[known]
		of := slot.part
		if of == role.Trust {
			of = ownPart(slot.role)
		}
		if slot.role.Name != seat.Role.Name || of != part {
			continue
		}
		if usual := g.site.Resolve(seat.Machine, "", known); usual.File != nil {
			t.Usual = usual
			t.Path = path.Join(g.site.above[seat.Machine]+"/", strings.TrimPrefix(usual.Path, seat.Machine+"/"))
			break
		}
	}
	g.site.told = append(g.site.told, t)
}

// flagSlot is what a flag names, by the catalogue.
func flagSlot(set Setting) (*role.Role, role.Part) {
	for i := range kubeadm.Roles {
		r := &kubeadm.Roles[i].Role
		for _, u := range r.Uses {
			if u.Component == set.Program && u.Flag == set.Name {
				return r, u.File
			}
		}
	}
	return nil, ""
}

// readSettings sorts the settings of all files to their machines.
func (s *Site) readSettings() {
	s.settings = map[string][]setting{}
	machines := map[string]bool{}
	for _, seat := range s.Seats {
		machines[seat.Machine] = true
	}
	for _, f := range s.Files {
		if len(f.Settings) == 0 || f.Odd(SetAside) {
			continue
		}
		machine, ok := above(f.Path, func(folder string) bool { return machines[folder] })
		if !ok {
			machine = path.Dir(f.Path)
		}
		for _, set := range f.Settings {
			s.settings[machine] = append(s.settings[machine], setting{set, f})
		}
	}
}
