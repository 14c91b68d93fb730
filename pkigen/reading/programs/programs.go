// Package programs says which programs run on each machine of which a directory
// holds files, and what each is told: value, file and how that is known. It goes by
// units, environment files, static pods, configuration files and kubeconfigs, and by
// the structure of folders; what files and folders are called proves nothing. It
// judges nothing.
package programs

import (
	"slices"
	"strings"

	"certwright/pkigen/reading/scan"
)

// Basis is how a setting is known, the surest first.
type Basis string

// The ways in which a setting is known.
const (
	Told    Basis = "told"    // a file says so
	Default Basis = "default" // what the program, or the tool that set it up, does where nothing is told
	Assumed Basis = "assumed" // nobody says; an assumption never makes an error
)

// Setting is one flag, variable or field of a configuration file.
type Setting struct {
	Name  string // as a flag, "--client-ca-file", or a field, "authentication.x509.clientCAFile"
	Value string
	In    *scan.File // the file that says it; nil where none does
	Basis Basis
}

// Program is one program on one machine with its effective settings.
type Program struct {
	Name    string // "kube-apiserver"
	Machine *Machine
	In      *scan.File // the file that tells most; nil where nothing is told
	Basis   Basis      // how it is known that it runs
	// Whole reports whether all its flags are known: what is not among them it is not told.
	Whole bool
	// Configured reports whether its configuration file is known, where it reads one.
	Configured bool
	Config     *scan.File // that file; nil for none

	settings map[string][]Setting
	mounts   []mount
	unit     string // of systemd: "etcd.service"; "" where none here runs it
	pod      bool
}

// Unit is the unit of systemd that runs it, without its ending; "" where none is here.
func (p *Program) Unit() string { return strings.TrimSuffix(p.unit, ".service") }

// Static reports whether the kubelet runs it, by a manifest that is here.
func (p *Program) Static() bool { return p.pod }

// mount is a folder of the machine as a container has it.
type mount struct{ inside, outside string }

// Value is the effective setting of a name: of several the last.
func (p *Program) Value(name string) (Setting, bool) {
	all := p.settings[name]
	if len(all) == 0 {
		return Setting{}, false
	}
	return all[len(all)-1], true
}

// Text is the value of a setting; "" where there is none.
func (p *Program) Text(name string) string {
	s, _ := p.Value(name)
	return s.Value
}

// Has reports whether one of these is set, to more than nothing.
func (p *Program) Has(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return p.Text(n) != "" })
}

// All are the settings of a name that may be given several times.
func (p *Program) All(name string) []Setting { return p.settings[name] }

// List is a setting whose value is a list, given once or several times.
func (p *Program) List(name string) []string {
	var out []string
	for _, s := range p.settings[name] {
		for _, v := range strings.Split(s.Value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}

// Yes reports whether a setting is true.
func (p *Program) Yes(name string) bool {
	switch strings.ToLower(p.Text(name)) {
	case "true", "1", "t", "yes":
		return true
	}
	return false
}

// Names are the names of all settings, sorted.
func (p *Program) Names() []string {
	out := make([]string, 0, len(p.settings))
	for name := range p.settings {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (p *Program) set(s Setting) {
	if p.settings == nil {
		p.settings = map[string][]Setting{}
	}
	p.settings[s.Name] = append(p.settings[s.Name], s)
}

// override puts one in the place of all of its name.
func (p *Program) override(s Setting) {
	delete(p.settings, s.Name)
	p.set(s)
}

// Place is what a program finds under a path.
type Place struct {
	Told string     // the path as it is told
	Path string     // below the directory; "" for one outside of what is looked at
	File *scan.File // nil where nothing lies there
	By   Basis      // Assumed where it was found by its name alone
}

// Gone reports whether it is told and is not there, though its folder was looked at.
func (p Place) Gone() bool { return p.Path != "" && p.File == nil }

// Unseen reports whether it lies outside of what is looked at.
func (p Place) Unseen() bool { return p.Told != "" && p.Path == "" }

// File is what lies where a setting leads; the zero Place where it is not set.
func (p *Program) File(name string) Place {
	s, ok := p.Value(name)
	if !ok {
		return Place{}
	}
	return p.Open(s)
}

// Files are those of a setting that may be given several times.
func (p *Program) Files(name string) []Place {
	var out []Place
	for _, s := range p.settings[name] {
		if s.Value != "" {
			out = append(out, p.Open(s))
		}
	}
	return out
}

// Open is what lies where a setting leads.
func (p *Program) Open(s Setting) Place {
	at := p.Machine.Resolve(p.outside(s.Value), s.In)
	at.Told = s.Value
	if s.Basis == Assumed {
		at.By = Assumed
	}
	return at
}

// outside is the path on the machine of one in the program's container.
func (p *Program) outside(name string) string {
	best := -1
	for i, m := range p.mounts {
		if within(name, m.inside) && (best < 0 || len(m.inside) > len(p.mounts[best].inside)) {
			best = i
		}
	}
	if best < 0 {
		return name
	}
	return p.mounts[best].outside + name[len(p.mounts[best].inside):]
}

func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}

// Model is all that is known.
type Model struct {
	Scan     *scan.Scan
	Machines []*Machine
	Programs []*Program // by machine, in the order in which they are started

	folders map[string]int // how many files lie in each folder
	roots   map[string]*Machine
	files   map[*Machine][]*scan.File
}

// Of are the programs of a name.
func (m *Model) Of(name string) []*Program {
	var out []*Program
	for _, p := range m.Programs {
		if p.Name == name {
			out = append(out, p)
		}
	}
	return out
}

// Program is the one of a name on a machine; nil for none.
func (m *Machine) Program(name string) *Program {
	for _, p := range m.Programs {
		if p.Name == name {
			return p
		}
	}
	return nil
}
