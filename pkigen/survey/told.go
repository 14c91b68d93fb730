package survey

import (
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

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
	// Strays tells that Place was found by the end of its path alone, and that the other
	// flags of the file lead to its folder by another path.
	Strays bool
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
				if set.Program != "kubelet" { // which writes its own when it has its certificate
					g.noConfig(machine, r, set, p)
				}
				continue
			}
			seat := g.seatAt(machine, r, ByFlag)
			seat.By = ByFlag
			g.tell(seat, set, part, p)
			if part == role.Config && set.Name != "--kubeconfig" && seat.Config.Path != "" && g.site.Setting(machine, set.Program, "--kubeconfig") != "" {
				continue // a program is who it is by the other one
			}
			if r.Kind != role.Authority || part != role.Cert || seat.Cert.Path == "" {
				seat.put(part, p) // what a CA signs with is no more than what is checked by it
			}
			g.taken[p.Path] = true
		}
	}
	g.strays()
}

// strays finds flags that lead to a folder of a machine by another path than most
// flags of their file do.
func (g *guess) strays() {
	type folder struct {
		in          *File
		machine, of string
	}
	count := map[folder]map[string]int{} // by what stands before the folder
	of := func(t *Told) (folder, string, string) {
		rel := t.Place.Path
		if t.Seat.Machine != "." {
			rel = strings.TrimPrefix(rel, t.Seat.Machine+"/")
		}
		top, _, inside := strings.Cut(rel, "/")
		before, ends := strings.CutSuffix(t.Value, "/"+rel)
		if !inside || !ends || t.Place.File == nil {
			return folder{}, "", ""
		}
		return folder{t.In, t.Seat.Machine, top}, before, rel
	}
	for i := range g.site.told {
		at, before, _ := of(&g.site.told[i])
		if count[at] == nil {
			count[at] = map[string]int{}
		}
		count[at][before]++
	}
	for i := range g.site.told {
		t := &g.site.told[i]
		at, before, rel := of(t)
		if at.in == nil || len(count[at]) < 2 {
			continue
		}
		for other, n := range count[at] {
			if n > 2*count[at][before] {
				t.Strays, t.Path = true, other+"/"+rel
			}
		}
	}
}

// noConfig notes a flag that names a kubeconfig which is not there. Where its folder
// has others, and none for the role lies elsewhere, it is missing.
func (g *guess) noConfig(machine string, r *role.Role, set setting, p Place) {
	if seat := g.seats[machine+"\x00"+r.Name]; seat != nil {
		g.tell(seat, set, role.Config, p)
		return
	}
	beside := func(f *File) bool { return f.Config != nil && path.Dir(f.Path) == path.Dir(p.Path) }
	if p.Path != "" && slices.ContainsFunc(g.live, beside) {
		seat := g.seatAt(machine, r, ByFlag)
		seat.Config = p
		seat.Cert, seat.Key = g.site.place(p.Path, FieldUser), g.site.place(p.Path, FieldUser)
	}
}

// tell notes a flag, and what it might have meant.
func (g *guess) tell(seat *Seat, set setting, part role.Part, p Place) {
	t := Told{Setting: set.Setting, In: set.in, Seat: seat, Place: p}
	if e, _, known := byName(p.Path); known && e.role.Name != seat.Role.Name {
		t.Of = e.role.Name
	}
	t.Usual, t.Path = g.site.usual(seat.Machine, seat.Role, part)
	g.site.told = append(g.site.told, t)
}

// usual is what lies on a machine where a part of a role usually does, and how a
// flag would name it; the zero Place where nothing does.
func (s *Site) usual(machine string, r *role.Role, part role.Part) (Place, string) {
	if part == role.Trust {
		part = ownPart(r)
	}
	for _, known := range usualPaths() {
		slot := nodePaths()[known]
		of := slot.part
		if of == role.Trust {
			of = ownPart(slot.role)
		}
		if slot.role.Name != r.Name || of != part {
			continue
		}
		if usual := s.Resolve(machine, "", known); usual.File != nil {
			return usual, path.Join(s.above[machine]+"/", strings.TrimPrefix(usual.Path, machine+"/"))
		}
	}
	return Place{}, ""
}

// usualPaths are the well-known paths in their order.
var usualPaths = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(nodePaths())) })

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
