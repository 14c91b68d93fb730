package programs

import (
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
)

// Kubeadm is the layout whose names foreign directories are read by: it has
// kubeadm's.
var Kubeadm = func() *catalog.Layout {
	l, ok := catalog.FindLayout("three-ca")
	if !ok {
		panic("programs: the layout three-ca is gone from the catalogue")
	}
	return l
}()

// Slot is what a well-known name stands for.
type Slot struct {
	Entry *catalog.Entry
	Part  catalog.Part
}

// stand is a node that stands for any: its name is replaced by what is found.
const stand = "NODE"

// nodePaths are the well-known paths on a node, and those of the operator's
// folders, as the catalogue has them: "/etc/kubernetes/pki/apiserver.crt",
// "/authority/ca.key".
var nodePaths = sync.OnceValue(func() map[string]Slot {
	out := map[string]Slot{}
	for _, form := range []spec.Kubeconfigs{spec.ByPath, spec.Embedded} {
		certs := Kubeadm.Certificates(catalog.Everything(stand, form))
		for i := range certs {
			c := &certs[i]
			for _, part := range []catalog.Part{catalog.Config, catalog.Public, catalog.Key, catalog.Cert, catalog.Trust} {
				if c.Embedded() && part != catalog.Config {
					continue
				}
				places := c.Places(part)
				if c.IsCA() && part == catalog.Cert {
					places = places[:1] // what a node signs with lies beside what it checks by
				}
				for _, p := range places {
					out["/"+strings.TrimPrefix(strings.TrimPrefix(p, catalog.NodeRoot(stand)), "/")] = Slot{c.Entry, part}
				}
			}
		}
	}
	// CA keys lie on a node only where it signs; kubeadm leaves all of them there.
	for p, s := range maps.Clone(out) {
		if s.Entry.Kind == catalog.Authority && (s.Part == catalog.Cert || s.Part == catalog.Trust) {
			out[strings.TrimSuffix(p, path.Ext(p))+".key"] = Slot{s.Entry, catalog.Key}
		}
	}
	// What kubeadm lays where our layouts lay none.
	for _, f := range []string{"admin.conf", "super-admin.conf"} {
		out[path.Join(components.Folder, f)] = out["/admin/"+f]
	}
	return out
})

// Companions are the names of files with a CA that replaces another, or was
// replaced: "ca-next.crt".
var Companions = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	certs := Kubeadm.Companions(Kubeadm.Certificates(catalog.Everything(stand, spec.Embedded)))
	for i := range certs {
		if certs[i].IsCA() {
			out[path.Base(certs[i].Files.Cert)] = true
		}
	}
	return out
})

// Ending is a well-known path, found by an ending of it.
type Ending struct {
	Slot
	Left string // what of it is above the machine's folder: "/etc/kubernetes"
}

// endings are the well-known paths by all their endings that say enough:
// "/pki/apiserver.crt" and "/apiserver.crt", but no "/server.crt", which may be
// anybody's, without its folder "/etcd".
var endings = sync.OnceValue(func() map[string]Ending {
	out := map[string]Ending{}
	for p, s := range nodePaths() {
		least := 1
		if path.Base(path.Dir(p)) == "etcd" {
			least = 2
		}
		for at := 0; strings.Count(p[at:], "/") >= least; {
			// The certificates' own folder is where most of a machine's files lie.
			if have, ok := out[p[at:]]; !ok || len(have.Left) < at {
				out[p[at:]] = Ending{s, p[:at]}
			}
			next := strings.IndexByte(p[at+1:], '/')
			if next < 0 {
				break
			}
			at += next + 1
		}
	}
	return out
})

// ByName finds the role of a path by the longest well-known ending, and the
// folder of the machine that it lies on.
func ByName(p string) (found Ending, machine string, ok bool) {
	whole := "/" + p
	for at := 0; ; {
		if e, known := endings()[whole[at:]]; known {
			return e, folder(whole[:at]), true
		}
		next := strings.IndexByte(whole[at+1:], '/')
		if next < 0 {
			return Ending{}, "", false
		}
		at += next + 1
	}
}

func folder(p string) string {
	if p = strings.Trim(p, "/"); p == "" {
		return "."
	}
	return p
}

// SlotOf is what a flag of a program names, by the catalogue; its role is nil for a
// flag that names no file.
func SlotOf(program, flag string) Slot {
	for i := range Kubeadm.Entries {
		r := &Kubeadm.Entries[i].Entry
		for _, u := range r.Uses {
			if u.Component == program && u.Flag == flag {
				return Slot{r, u.File}
			}
		}
	}
	return Slot{}
}

// Usual are the well-known paths of what a flag names, sorted.
func Usual(r *catalog.Entry, part catalog.Part) []string {
	var out []string
	for p, s := range nodePaths() {
		if s.Entry.Name == r.Name && own(s.Entry, s.Part) == own(r, part) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// own is a part, or for what verifiers trust the part that holds it.
func own(r *catalog.Entry, part catalog.Part) catalog.Part {
	if part == catalog.Trust {
		return (&catalog.Certificate{Entry: r}).Own()
	}
	return part
}
