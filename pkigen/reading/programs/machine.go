package programs

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"certwright/pkigen/reading/scan"
)

// Machine is one machine of which files are here.
type Machine struct {
	// Root is the folder below the directory in which its files lie.
	Root string
	// Name is the node's name, and NameBy how it is known; "" where nothing tells it.
	Name     string
	NameBy   Basis
	Programs []*Program

	model *Model
	spots []spot
}

// spot says that a folder below the directory is a folder of the machine: with an
// empty prefix the one that stands for its root.
type spot struct{ folder, prefix string }

// inside reports whether a path lies below a folder of a scan; "." is above all.
func inside(p, folder string) bool { return folder == "." || strings.HasPrefix(p, folder+"/") }

// simple is a spot with what both of its sides end with taken away.
func (s spot) simple() spot {
	for s.prefix != "" && s.folder != "." && path.Base(s.prefix) == path.Base(s.folder) {
		s.prefix, s.folder = path.Dir(s.prefix), path.Dir(s.folder)
		if s.prefix == "/" {
			s.prefix = ""
		}
	}
	return s
}

// at is where a path of the machine lies by this spot; "" outside of it.
func (s spot) at(name string) string {
	if s.prefix != "" && !within(name, s.prefix) {
		return ""
	}
	return path.Join(s.folder, strings.TrimPrefix(name, s.prefix))
}

// toldPath finds absolute paths in the text of a file, whatever its form.
var toldPath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s="':,\[({]|=-)(/[\w.+@%-]+(?:/[\w.+@%-]+)+)`)
})

// paths are the absolute paths that a file tells.
func paths(f *scan.File) []string {
	var out []string
	add := func(p string) {
		if p = path.Clean(p); path.IsAbs(p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, m := range toldPath().FindAllSubmatch(f.Text, -1) {
		add(string(m[1]))
	}
	if f.Config != nil {
		for _, p := range []string{f.Config.CAFile, f.Config.CertFile, f.Config.KeyFile} {
			if p != "" {
				add(p)
			}
		}
	}
	return out
}

// root finds the folder that stands for the machine of a file: the one below which
// the paths that it tells resolve. It is false where none does.
func (m *Model) root(f *scan.File) (spot, bool) {
	score, order := map[spot]int{}, []spot(nil)
	told := paths(f)
	for _, p := range told {
		for folder := path.Dir(f.Path); ; folder = path.Dir(folder) {
			if s, n := m.resolves(folder, p); n > 0 {
				if score[s] == 0 {
					order = append(order, s)
				}
				score[s] += n
			}
			if folder == "." {
				break
			}
		}
	}
	return best(order, score)
}

// best is the spot with the most; of equal ones a whole machine, and else the nearest.
func best(order []spot, score map[spot]int) (spot, bool) {
	var out spot
	most := 0
	for _, s := range order {
		if n := 4 * score[s]; n > most || n == most && s.prefix == "" && out.prefix != "" {
			out, most = s, n
		}
	}
	return out, most > 0
}

// resolves finds the longest ending of a path that lies below a folder, and how much
// that tells: a name in a folder of its own name is more than a name.
func (m *Model) resolves(folder, p string) (spot, int) {
	for at := 0; at >= 0; {
		if m.Scan.File(path.Join(folder, p[at:])) != nil {
			n := 1
			if strings.Count(p[at:], "/") > 1 {
				n = 3
			}
			return spot{folder, p[:at]}.simple(), n
		}
		next := strings.IndexByte(p[at+1:], '/')
		if next < 0 {
			return spot{}, 0
		}
		at += next + 1
	}
	return spot{}, 0
}

// tops are the folders that begin the paths of a machine.
var tops = []string{"etc", "var", "usr", "opt", "lib", "srv", "root", "home"}

// usualRoot is the machine of a file by where such a file usually lies.
func usualRoot(f *scan.File) spot {
	parts := strings.Split(path.Dir(f.Path), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if slices.Contains(tops, parts[i]) && !(i > 0 && parts[i-1] == "usr") {
			for i > 0 && slices.Contains(tops, parts[i-1]) {
				i-- // usr/lib, var/lib
			}
			return spot{path.Join(append([]string{"."}, parts[:i]...)...), ""}
		}
	}
	dir := path.Dir(f.Path)
	switch base := path.Base(dir); {
	case base == "manifests":
		return spot{path.Dir(dir), "/etc/kubernetes"}.simple()
	case base == "pki":
		return spot{path.Dir(dir), "/etc/kubernetes"}.simple()
	}
	return spot{dir, "/etc/kubernetes"}.simple()
}

// Resolve finds what lies at a path of the machine. One that is relative counts from
// the file that names it.
func (m *Machine) Resolve(name string, from *scan.File) Place {
	if name == "" {
		return Place{}
	}
	if !path.IsAbs(name) {
		if from == nil {
			return Place{Told: name}
		}
		p := path.Join(path.Dir(from.Path), name)
		return Place{Told: name, Path: p, File: m.model.Scan.File(p), By: Told}
	}
	name = path.Clean(name)
	want := ""
	for _, s := range m.spots {
		p := s.at(name)
		if p == "" {
			continue
		}
		if f := m.model.Scan.File(p); f != nil {
			return Place{Told: name, Path: p, File: f, By: Told}
		}
		if want == "" && m.looked(name, p) {
			want = p
		}
	}
	if want == "" && !m.whole() { // a flat folder: by the name alone
		for _, s := range m.spots {
			if f := m.model.Scan.File(path.Join(s.folder, path.Base(name))); f != nil {
				return Place{Told: name, Path: f.Path, File: f, By: Assumed}
			}
		}
	}
	return Place{Told: name, Path: want, By: Told}
}

// whole reports whether the folder stands for the machine's root.
func (m *Machine) whole() bool {
	return slices.ContainsFunc(m.spots, func(s spot) bool { return s.prefix == "" })
}

// shared are folders that hold what has nothing to do with each other: that one of
// them is here says nothing of what is not.
var shared = []string{"/", "/etc", "/var", "/var/lib", "/usr", "/usr/lib", "/usr/local", "/usr/local/etc", "/opt", "/srv", "/root", "/home", "/run"}

// looked reports whether the folder of a path was looked at: it, or the one above
// it, has files here.
func (m *Machine) looked(name, p string) bool {
	folder, on := path.Dir(p), path.Dir(name)
	if m.model.folders[folder] > 0 || m.model.Scan.HasFolder(folder) {
		return !slices.Contains(shared, on)
	}
	up := path.Dir(on)
	return m.model.folders[path.Dir(folder)] > 0 && !slices.Contains(shared, up)
}

// Label is what the machine is called: its node, or its folder.
func (m *Machine) Label() string {
	if m.Name != "" {
		return m.Name
	}
	for folder := m.Root; folder != "." && folder != "/"; folder = path.Dir(folder) {
		if base := path.Base(folder); base != "nodes" && !slices.Contains(tops, base) {
			return base
		}
	}
	return ""
}
