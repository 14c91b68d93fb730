package survey

import (
	"maps"
	"slices"
	"strings"
)

// Order is what one program of a machine is told, where a file tells it all: a
// static pod, or a file of flags, or of the fields of its configuration. What such
// a file does not say, the program does not know.
type Order struct {
	Machine, Program string
	In               *File // the file that says the most of it
	Fields           bool  // it is the fields of a configuration file, and not flags
	values           map[string]string
}

// Value is what the program is told by a flag or a field; false where it is told
// nothing. A flag without a value says yes.
func (o *Order) Value(name string) (string, bool) {
	v, told := o.values[name]
	return v, told
}

// Told tells that the program is told one of these.
func (o *Order) Told(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { v, told := o.values[n]; return told && v != "" })
}

// Orders are those of a site without answers, by machine. A file that has a few
// flags only, a unit's drop-in, is none.
func (s *Site) Orders() []*Order {
	var out []*Order
	for _, machine := range slices.Sorted(maps.Keys(s.settings)) {
		out = append(out, orders(machine, s.settings[machine])...)
	}
	return out
}

// orders are those of one machine, in the order of their files.
func orders(machine string, settings []setting) []*Order {
	type key struct {
		program string
		pod     *File // each pod is a command of its own
		fields  bool
	}
	known := map[key]*Order{}
	count := map[*File]int{}
	var out []*Order
	for _, set := range settings {
		k := key{program: set.Program, fields: !strings.HasPrefix(set.Name, "--")}
		if set.in.pod {
			k.pod = set.in
		}
		o := known[k]
		if o == nil {
			o = &Order{Machine: machine, Program: set.Program, In: set.in, Fields: k.fields, values: map[string]string{}}
			known[k], out = o, append(out, o)
		}
		if _, have := o.values[set.Name]; !have {
			o.values[set.Name] = set.Value
		}
		if count[set.in]++; count[set.in] > count[o.In] {
			o.In = set.in
		}
	}
	return slices.DeleteFunc(out, func(o *Order) bool { return !o.whole() })
}

// enough is how many flags about files make a file the one that tells a program all.
const enough = 3

// whole tells that these are all the flags or fields of the program, as far as they
// have to do with certificates.
func (o *Order) whole() bool {
	if o.In.pod {
		return true
	}
	n := 0
	for name := range o.values {
		if o.Fields && (strings.HasPrefix(name, "authentication.") || strings.HasPrefix(name, "authorization.")) {
			return true
		}
		if r, _ := flagSlot(Setting{o.Program, name, ""}); r != nil {
			n++
		}
	}
	return n >= enough || o.Program == "kubelet" && o.Told("--config") && o.Told("--hostname-override", "--node-ip")
}

// Usual is how a flag would name the file that usually is what it names: the path
// of what lies on the machine, or "".
func (o *Order) Usual(s *Site, flag string) string {
	r, part := flagSlot(Setting{o.Program, flag, ""})
	if r == nil {
		return ""
	}
	_, p := s.usual(o.Machine, r, part)
	return p
}
