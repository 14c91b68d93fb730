package survey

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"certwright/pkigen/role"
)

// settings reads what tells programs about files: environment files of systemd,
// its units, static pods, and the configuration files of kubelet and kube-proxy.
// It returns false for a file that is none of these.
func (f *File) settings(text []byte) bool {
	switch ext := path.Ext(f.Path); {
	case isObject(text):
		return f.object(text)
	case ext == ".service", ext == ".env", ext == ".conf", ext == ".sh", ext == "":
		return f.flags(string(text))
	}
	return false
}

// flags takes the flags out of an environment file, a unit or a script. The
// program is the last one named before them, in a path, or as the prefix of the
// variable that holds them.
func (f *File) flags(text string) bool {
	if !isPlain([]byte(text)) || !strings.Contains(text, "--") {
		return false
	}
	program := programOf(path.Base(f.Path))
	var words []string
	for _, line := range strings.Split(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	for i, w := range words {
		w = strings.Trim(w, `"'`)
		if name, value, ok := strings.Cut(w, "="); ok && !strings.HasPrefix(w, "--") {
			// KUBE_APISERVER_ARGS="--a=b", or ExecStart=/usr/bin/etcd
			if p := programOf(path.Base(value)); p != "" {
				program = p
			} else if p := programOf(strings.ToLower(strings.ReplaceAll(name, "_", "-"))); p != "" {
				program = p
			}
			if w = strings.TrimLeft(value, `"'`); !strings.HasPrefix(w, "--") {
				continue
			}
		} else if p := programOf(path.Base(w)); p != "" && !strings.HasPrefix(w, "-") {
			program = p
			continue
		}
		if !strings.HasPrefix(w, "--") || program == "" {
			continue
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			value = words[i+1]
		}
		f.Settings = append(f.Settings, Setting{program, name, strings.Trim(value, `"'`)})
	}
	return len(f.Settings) > 0
}

// programOf is the program whose name a word begins with: "etcd.service",
// "kube-apiserver-args".
func programOf(word string) string {
	for _, c := range role.Components {
		if rest, ok := strings.CutPrefix(word, c.Name); ok && (rest == "" || strings.ContainsAny(rest[:1], ".-_@")) {
			return c.Name
		}
	}
	return ""
}

// object reads a Kubernetes object: the flags of a static pod, or the fields of
// a component's configuration.
func (f *File) object(text []byte) bool {
	var o struct {
		Kind string `json:"kind"`
		Spec struct {
			Containers []struct {
				Command, Args []string
			} `json:"containers"`
		} `json:"spec"`
	}
	if yaml.Unmarshal(text, &o) != nil {
		return false
	}
	if o.Kind == "Pod" {
		for _, c := range o.Spec.Containers {
			f.command(append(slices.Clone(c.Command), c.Args...))
		}
		return true
	}
	for _, c := range role.Components {
		if c.ConfigKind != "" && c.ConfigKind == o.Kind {
			var fields map[string]any
			if yaml.Unmarshal(text, &fields) != nil {
				return false
			}
			f.fields(c.Name, "", fields)
			return true
		}
	}
	return false
}

// command takes the flags of one program as it is started.
func (f *File) command(words []string) {
	if len(words) == 0 {
		return
	}
	program := programOf(path.Base(words[0]))
	if program == "" {
		return
	}
	f.pod = true
	for i, w := range words {
		if i == 0 || !strings.HasPrefix(w, "--") {
			continue
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			value = words[i+1]
		}
		f.Settings = append(f.Settings, Setting{program, name, value})
	}
}

// fields flattens a configuration: "authentication.x509.clientCAFile".
func (f *File) fields(program, prefix string, fields map[string]any) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch v := fields[name].(type) {
		case map[string]any:
			f.fields(program, prefix+name+".", v)
		case bool:
			f.Settings = append(f.Settings, Setting{program, prefix + name, strconv.FormatBool(v)})
		case string:
			f.Settings = append(f.Settings, Setting{program, prefix + name, v})
		}
	}
}
