package render

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
)

// components adds, for each node, a file for each component that runs there.
func (r *renderer) components() {
	told := r.tellAll()
	for i := range r.cluster.Nodes {
		n := &r.cluster.Nodes[i]
		for _, comp := range components.All {
			if n.Roles&comp.On != 0 {
				r.component(&comp, n, told[n.Name+" "+comp.Name])
			}
		}
	}
}

// tellAll collects what the catalogue tells each component of each node about
// files there, by "NODE COMPONENT". Each certificate is looked at once, since
// there may be thousands of nodes.
func (r *renderer) tellAll() map[string][]components.Setting {
	out := map[string][]components.Setting{}
	tell := func(component, flag, file string) {
		if tree, rel := SplitTree(file); tree != "" {
			at := path.Base(tree) + " " + component
			out[at] = append(out[at], components.Setting{Name: flag, Value: "/" + rel})
		}
	}
	for i := range r.certs {
		c := &r.certs[i]
		for _, use := range c.Entry.Uses {
			if use.When != nil && !use.When(r.cluster) {
				continue
			}
			for _, p := range c.Places(use.File) {
				tell(use.Component, use.Flag, p)
			}
		}
	}
	for _, f := range r.layout.Revocation(r.cluster).Told() {
		tell(f.Component, f.Flag, f.Path)
	}
	return out
}

// component adds the files of one component on one node: its flags as an
// environment file, and its configuration file if it reads one.
func (r *renderer) component(comp *components.Component, n *spec.Node, told []components.Setting) {
	told = slices.Concat(told, comp.Settings(r.cluster, n))
	flags, fields := split(told)
	root := catalog.NodeRoot(n.Name)
	if file := comp.ConfigFile(); file != "" {
		flags = append(flags, components.Setting{Name: "--config", Value: file})
		r.fixed(root+file, configText(comp, fields))
	}
	r.fixed(root+comp.EnvFile(), envText(comp, flags))
}

// split parts flags from fields of a configuration file.
func split(all []components.Setting) (flags, fields []components.Setting) {
	for _, s := range all {
		if strings.HasPrefix(s.Name, "--") {
			flags = append(flags, s)
		} else {
			fields = append(fields, s)
		}
	}
	return flags, fields
}

// envText is one variable with all flags, in a form that both systemd
// (EnvironmentFile=) and a POSIX shell read: a line that ends in a backslash
// goes on, also inside quotes. No value has blanks or quotes in it.
func envText(comp *components.Component, flags []components.Setting) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Flags of %s. systemd: EnvironmentFile=%s/%s.env and ExecStart=/usr/local/bin/%s $%s\n",
		comp.Name, components.Folder, comp.Name, comp.Name, comp.Variable())
	if comp.Config == "" {
		fmt.Fprintf(&b, "# Your own flags%s go behind $%s there: a handout rewrites this file.\n", yours(comp), comp.Variable())
	}
	fmt.Fprintf(&b, "%s=\"", comp.Variable())
	for _, f := range flags {
		fmt.Fprintf(&b, "\\\n %s=%s ", f.Name, f.Value)
	}
	b.WriteString("\"\n")
	return b.String()
}

// yours are examples of what the operator adds, in brackets.
func yours(comp *components.Component) string {
	if comp.Yours == "" {
		return ""
	}
	return " (" + comp.Yours + ")"
}

// configText is a component's configuration file in YAML, with the fields'
// dotted names as maps.
func configText(comp *components.Component, fields []components.Setting) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What %s is told about certificates. A handout rewrites this file: your own fields%s\n"+
		"# go into a copy of it, and --config=COPY behind $%s in the unit.\n", comp.Name, yours(comp), comp.Variable())
	fmt.Fprintf(&b, "apiVersion: %s\nkind: %s\n", comp.APIVersion, comp.ConfigKind)
	sorted := slices.Clone(fields)
	slices.SortStableFunc(sorted, func(a, b components.Setting) int { return strings.Compare(a.Name, b.Name) })
	var open []string
	for _, f := range sorted {
		keys := strings.Split(f.Name, ".")
		folders, last := keys[:len(keys)-1], keys[len(keys)-1]
		same := 0
		for same < len(folders) && same < len(open) && folders[same] == open[same] {
			same++
		}
		for depth := same; depth < len(folders); depth++ {
			fmt.Fprintf(&b, "%s%s:\n", strings.Repeat("  ", depth), folders[depth])
		}
		open = folders
		fmt.Fprintf(&b, "%s%s: %s\n", strings.Repeat("  ", len(folders)), last, f.Value)
	}
	return b.String()
}
