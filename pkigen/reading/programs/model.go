package programs

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/reading/scan"
)

// Find reads all settings of a scan, and sorts them to machines and programs.
func Find(s *scan.Scan) *Model {
	m := &Model{Scan: s, folders: map[string]int{}, roots: map[string]*Machine{}, files: map[*Machine][]*scan.File{}}
	live := s.Live()
	var all []*source
	var lost []*source // that no folder above them fits
	for _, f := range live {
		m.folders[path.Dir(f.Path)]++
	}
	known := map[string]spot{} // of folders: what lies in one is of one machine
	for _, f := range live {
		if f.Odd(scan.SetAside) || f.Text == nil {
			continue
		}
		found := sources(f)
		if len(found) == 0 {
			continue
		}
		at, ok := known[path.Dir(f.Path)]
		if !ok {
			if at, ok = m.root(f); ok && at.prefix == "" {
				known[path.Dir(f.Path)] = at
			}
		}
		for _, src := range found {
			src.at = at
			if ok {
				all = append(all, src)
			} else {
				lost = append(lost, src)
			}
		}
	}
	var configs []*scan.File
	for _, f := range live {
		if f.Kubeconfig && !f.Odd(scan.SetAside) {
			configs = append(configs, f)
		}
	}
	at := map[*Machine][]*source{}
	m.place(all, at)
	for _, f := range configs { // a worker may have nothing else
		e, folder, named := ByName(f.Path)
		if mc := m.MachineOf(f.Path); mc != nil && (mc.whole() || !named || folder == mc.Root || !inside(folder, mc.Root)) {
			continue
		} else if mc != nil { // below a flat folder that of a worker
			m.machine(spot{folder, e.Left}.simple())
			continue
		}
		s, ok := m.root(f)
		if !ok {
			s = usualRoot(f)
		}
		m.machine(s)
	}
	for _, src := range lost {
		m.placeLost(src, at)
	}
	for _, mc := range m.Machines {
		slices.SortStableFunc(mc.spots, func(a, b spot) int { return len(b.prefix) - len(a.prefix) })
		mc.build(at[mc])
	}
	m.remaining(live)
	for _, f := range live {
		if mc := m.MachineOf(f.Path); mc != nil && !f.Odd(scan.SetAside) && !f.Within {
			m.files[mc] = append(m.files[mc], f)
		}
	}
	for _, mc := range m.Machines {
		mc.kubeadm()
		mc.usual()
	}
	m.kubelets(configs)
	for _, mc := range m.Machines {
		mc.name()
		slices.SortStableFunc(mc.Programs, func(a, b *Program) int { return startOrder(a.Name) - startOrder(b.Name) })
		m.Programs = append(m.Programs, mc.Programs...)
	}
	return m
}

func startOrder(program string) int {
	return slices.IndexFunc(components.All, func(c components.Component) bool { return c.Name == program })
}

// place sorts sources to machines: whole ones first, so that a folder of one that is
// told by another path joins it.
func (m *Model) place(all []*source, at map[*Machine][]*source) {
	for _, whole := range []bool{true, false} {
		for _, src := range all {
			if (src.at.prefix == "") == whole {
				mc := m.machine(src.at)
				at[mc] = append(at[mc], src)
			}
		}
	}
}

// machine is the one of a spot: it joins one that holds its folder, if that is a
// whole machine and this is a part of one.
func (m *Model) machine(s spot) *Machine {
	var mc *Machine
	for folder := s.folder; ; folder = path.Dir(folder) {
		if have := m.roots[folder]; have != nil && (folder == s.folder || s.prefix != "" && have.whole()) {
			mc = have
			break
		}
		if folder == "." {
			break
		}
	}
	if mc == nil {
		mc = &Machine{Root: s.folder, model: m}
		m.roots[s.folder] = mc
		m.Machines = append(m.Machines, mc)
	}
	if !slices.Contains(mc.spots, s) {
		mc.spots = append(mc.spots, s)
	}
	return mc
}

// MachineOf is the machine that a file lies on: the one with the nearest folder above
// it; nil for none.
func (m *Model) MachineOf(p string) *Machine {
	for folder := path.Dir(p); ; folder = path.Dir(folder) {
		if mc := m.roots[folder]; mc != nil {
			return mc
		}
		if folder == "." || folder == "/" {
			return nil
		}
	}
}

// placeLost finds the machines of a file of settings beside their folders: those in
// which its paths resolve. Where there is none, it is what its place says.
func (m *Model) placeLost(src *source, at map[*Machine][]*source) {
	own := m.MachineOf(src.file.Path)
	if own != nil && own.whole() {
		at[own] = append(at[own], src)
		return
	}
	told := paths(src.file)
	count := map[*Machine]int{}
	most := 0
	for _, mc := range m.Machines {
		if inside(src.file.Path, mc.Root) {
			continue
		}
		for _, p := range told {
			for _, s := range mc.spots {
				if q := s.at(p); q != "" && m.Scan.File(q) != nil {
					count[mc]++
				}
			}
		}
		most = max(most, count[mc])
	}
	if own != nil && most == 0 {
		at[own] = append(at[own], src)
		return
	}
	if most == 0 {
		mc := m.machine(usualRoot(src.file))
		at[mc] = append(at[mc], src)
		return
	}
	for _, mc := range m.Machines {
		if count[mc] == most {
			at[mc] = append(at[mc], src)
		}
	}
}

// build makes the programs of a machine of what its files say.
func (mc *Machine) build(all []*source) {
	files := map[*scan.File]*source{} // of variables
	for _, src := range all {
		if src.vars {
			files[src.file] = src
		}
	}
	used := map[*source]bool{}
	for _, u := range mc.units(all, files, used) {
		mc.add(u)
	}
	for _, src := range all {
		if src.pod && mc.Program(src.program) == nil {
			p := &Program{Name: src.program, Machine: mc, In: src.file, Basis: Told, Whole: true, mounts: src.mounts, pod: true}
			for _, s := range flags(src.program, src.words, src.file) {
				p.set(s)
			}
			p.image(src.image)
			mc.add(p)
		}
	}
	for _, src := range all {
		if src.vars && !used[src] {
			mc.variables(src)
		}
	}
	mc.configure(all)
}

func (mc *Machine) add(p *Program) { mc.Programs = append(mc.Programs, p) }

var version = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:v(1\.\d+)`) })

// image notes the version that a pod's image tells.
func (p *Program) image(name string) {
	if m := version().FindStringSubmatch(name); m != nil {
		p.set(Setting{Name: "image", Value: m[1], In: p.In, Basis: Told})
	}
}

// units makes one program of each unit, with its drop-ins and files of variables.
func (mc *Machine) units(all []*source, files map[*scan.File]*source, used map[*source]bool) []*Program {
	byUnit := map[string][]*source{}
	for _, src := range all {
		if src.unit != "" {
			byUnit[src.unit] = append(byUnit[src.unit], src)
		}
	}
	var out []*Program
	for _, name := range slices.Sorted(maps.Keys(byUnit)) {
		parts := byUnit[name]
		slices.SortStableFunc(parts, func(a, b *source) int { // drop-ins come after their unit
			if a.dropIn != b.dropIn {
				if a.dropIn {
					return 1
				}
				return -1
			}
			return strings.Compare(path.Base(a.file.Path), path.Base(b.file.Path))
		})
		var main *source
		env := map[string]string{}
		complete := true
		var from []*source
		for _, src := range parts {
			if src.command || src.reset && main != nil {
				main = src
			}
			maps.Copy(env, src.env)
			for _, p := range src.envFiles {
				at := mc.Resolve(p, src.file)
				vars := files[at.File]
				if vars == nil {
					complete = complete && !at.Unseen()
					continue
				}
				used[vars] = true
				from = append(from, vars)
			}
		}
		for _, vars := range from { // files come after Environment=
			maps.Copy(env, vars.env)
		}
		if main == nil || main.program == "" {
			continue
		}
		p := &Program{Name: main.program, Machine: mc, In: main.file, Basis: Told, Whole: true, unit: name}
		words, known := expand(main.words, env)
		p.Whole = known || complete
		if p.Name == "etcd" {
			for _, s := range etcdVariables(env, whichFile(main.file, parts, from)) {
				p.set(s)
			}
		}
		in := main.file
		for _, vars := range from { // the file that says the flags
			if slices.ContainsFunc(slices.Collect(maps.Values(vars.env)), func(v string) bool { return strings.Contains(v, "--") }) {
				in = vars.file
			}
		}
		for _, s := range flags(p.Name, words, main.file) {
			if v, held := holder(s, from); held {
				s.In = v
			}
			p.replaceEnv(s)
		}
		if in != main.file && len(p.settings) > 0 {
			p.In = in
		}
		out = append(out, p)
	}
	return out
}

// holder finds the file of variables that a flag came from.
func holder(s Setting, from []*source) (*scan.File, bool) {
	for _, src := range from {
		for _, v := range src.env {
			if strings.Contains(v, s.Name) && strings.Contains(v, s.Value) {
				return src.file, true
			}
		}
	}
	return nil, false
}

// replaceEnv sets a flag; etcd takes it in place of its variable.
func (p *Program) replaceEnv(s Setting) {
	for _, have := range p.settings[s.Name] {
		if strings.HasPrefix(have.Name, "--") && have.fromVariable() {
			p.override(s)
			return
		}
	}
	p.set(s)
}

func (s Setting) fromVariable() bool {
	return s.Basis == Told && s.In != nil && s.In.Text != nil && strings.Contains(string(s.In.Text), variableOf(s.Name)+"=")
}

func variableOf(flag string) string {
	return "ETCD_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
}

// whichFile finds the file that has a variable.
func whichFile(main *scan.File, parts, from []*source) func(name string) *scan.File {
	return func(name string) *scan.File {
		for _, list := range [][]*source{from, parts} {
			for i := len(list) - 1; i >= 0; i-- {
				if _, ok := list[i].env[name]; ok {
					return list[i].file
				}
			}
		}
		return main
	}
}
