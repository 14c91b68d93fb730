package programs

import (
	"maps"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/reading/scan"
)

// variables takes a file of variables that no unit here names.
func (mc *Machine) variables(src *source) {
	if found := etcdVariables(src.env, func(string) *scan.File { return src.file }); len(found) > 0 {
		p := mc.Program("etcd")
		if p == nil {
			p = &Program{Name: "etcd", Machine: mc, In: src.file, Basis: Told, Whole: true}
			mc.add(p)
			for _, s := range found {
				p.set(s)
			}
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(src.env)) {
		value := src.env[name]
		if !strings.Contains(value, "--") {
			continue
		}
		program := programOfVariable(name, path.Base(src.file.Path))
		found := flags(program, split(value), src.file)
		if program == "" || len(found) == 0 {
			continue
		}
		p := mc.Program(program)
		switch {
		case p == nil:
			p = &Program{Name: program, Machine: mc, In: src.file, Basis: Told}
			mc.add(p)
		case p.Whole:
			continue // its unit takes its flags elsewhere
		}
		for _, s := range found {
			p.set(s)
		}
		p.Whole = p.Whole || p.fileFlags() >= enough
	}
}

// enough is how many flags about files make a file the one that tells a program all.
const enough = 3

func (p *Program) fileFlags() int {
	n := 0
	for name := range p.settings {
		if SlotOf(p.Name, name).Entry != nil {
			n++
		}
	}
	return n
}

// programOfVariable is the program whose flags a variable has, by its name or else by
// that of its file.
func programOfVariable(name, file string) string {
	for _, word := range []string{strings.ReplaceAll(strings.ToLower(name), "_", "-"), strings.ToLower(file)} {
		begins := func(name string) bool { return name != "" && strings.HasPrefix(word, name) }
		for i := range components.All {
			if c := &components.All[i]; begins(c.Name) || begins(strings.TrimPrefix(c.Name, "kube-")) || begins(c.Short) {
				return c.Name
			}
		}
	}
	return ""
}

// configFlags are the flags by which programs are told of their configuration file.
var configFlags = map[string]string{"kubelet": "--config", "kube-proxy": "--config", "kube-scheduler": "--config", "etcd": "--config-file"}

// configure adds the fields of configuration files: a flag goes before a field, but
// for kube-proxy, kube-scheduler and etcd, which take no flags beside them.
func (mc *Machine) configure(all []*source) {
	for _, program := range []string{"kubelet", "kube-proxy", "kube-scheduler", "etcd"} {
		var found []*source
		for _, src := range all {
			if src.fields != nil && src.program == program {
				found = append(found, src)
			}
		}
		p := mc.Program(program)
		if len(found) == 0 {
			if p != nil {
				p.Configured = !p.Has(configFlags[program])
			}
			continue
		}
		src := found[0]
		if p == nil {
			p = &Program{Name: program, Machine: mc, In: src.file, Basis: Told}
			mc.add(p)
		} else if at := p.File(configFlags[program]); at.File != nil {
			i := slices.IndexFunc(found, func(s *source) bool { return s.file == at.File })
			if i < 0 {
				continue
			}
			src = found[i]
		} else if at.Gone() || !p.Has(configFlags[program]) && p.Whole && program != "kubelet" {
			continue
		}
		p.Configured, p.Config = true, src.file
		for _, name := range slices.Sorted(maps.Keys(src.fields)) {
			s := Setting{Name: canonical(program, name), Value: src.fields[name], In: src.file, Basis: Told}
			if program == "kubelet" && p.Has(s.Name) {
				continue
			}
			p.override(s)
		}
	}
}
