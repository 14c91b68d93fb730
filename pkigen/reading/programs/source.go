package programs

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/reading/scan"
)

// source is one file that tells programs something, as it stands there.
type source struct {
	file *scan.File
	at   spot // the machine's folder that its paths lead to

	// Of a unit, a pod or a configuration file.
	program string
	words   []string          // the command line after the program, variables as they stand
	fields  map[string]string // of a configuration file, by dotted path
	mounts  []mount
	image   string // of the container
	pod     bool

	unit     string            // the name of the unit: "kubelet.service"; drop-ins have that of theirs
	dropIn   bool              //
	command  bool              // it has an ExecStart
	reset    bool              // it clears those before it
	envFiles []string          // paths of EnvironmentFile=
	env      map[string]string // Environment=, or what a file of variables has
	vars     bool              // a file of variables
}

// sources reads a file.
func sources(f *scan.File) []*source {
	text := string(f.Text)
	switch {
	case text == "":
		return nil
	case strings.Contains(text, "[Service]"):
		return []*source{readUnit(f, text)}
	case isYAML(text):
		return readObjects(f, text)
	}
	if env := readVariables(text); env != nil {
		return []*source{{file: f, env: env, vars: true}}
	}
	return nil
}

func isYAML(text string) bool {
	for _, word := range []string{"kind:", `"kind"`, "-transport-security:", "kind\":"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return strings.Contains(text, "initial-cluster:") || strings.Contains(text, "listen-client-urls:")
}

// readObjects reads static pods and configuration files.
func readObjects(f *scan.File, text string) []*source {
	var out []*source
	for _, doc := range strings.Split("\n"+strings.ReplaceAll(text, "\r\n", "\n"), "\n---") {
		data, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			continue
		}
		var o object
		if json.Unmarshal(data, &o) != nil {
			continue
		}
		if o.Kind == "Pod" {
			out = append(out, podSources(f, &o)...)
			continue
		}
		program := ""
		for _, c := range components.All {
			if c.ConfigKind != "" && c.ConfigKind == o.Kind {
				program = c.Name
			}
		}
		switch {
		case o.Kind == "KubeSchedulerConfiguration":
			program = "kube-scheduler"
		case o.Kind == "" && (strings.Contains(doc, "-transport-security:") || strings.Contains(doc, "initial-cluster:") || strings.Contains(doc, "listen-client-urls:")):
			program = "etcd"
		}
		var fields map[string]any
		if program == "" || json.Unmarshal(data, &fields) != nil {
			continue
		}
		flat := map[string]string{}
		flatten(flat, "", fields)
		out = append(out, &source{file: f, program: program, fields: flat})
	}
	return out
}

// object is what is read of a Kubernetes object.
type object struct {
	Kind string `json:"kind"`
	Spec struct {
		Containers []struct {
			Image         string
			Command, Args []string
			VolumeMounts  []struct{ Name, MountPath, SubPath string }
		} `json:"containers"`
		Volumes []struct {
			Name     string
			HostPath struct{ Path string }
		} `json:"volumes"`
	} `json:"spec"`
}

func podSources(f *scan.File, o *object) []*source {
	host := map[string]string{}
	for _, v := range o.Spec.Volumes {
		host[v.Name] = v.HostPath.Path
	}
	var out []*source
	for _, c := range o.Spec.Containers {
		program, words := command(shellWords(append(slices.Clone(c.Command), c.Args...)))
		if program == "" {
			continue
		}
		s := &source{file: f, program: program, words: words, image: c.Image, pod: true, command: true}
		for _, m := range c.VolumeMounts {
			if p := host[m.Name]; p != "" && m.MountPath != "" {
				s.mounts = append(s.mounts, mount{path.Clean(m.MountPath), path.Clean(path.Join(p, m.SubPath))})
			}
		}
		out = append(out, s)
	}
	return out
}

// shellWords splits the text of sh -c into words.
func shellWords(words []string) []string {
	for i, w := range words {
		if w == "-c" && i > 0 && i+1 < len(words) {
			return append(slices.Clone(words[:i]), split(words[i+1])...)
		}
	}
	return words
}

// command finds the program in a command line, and its arguments. hyperkube names it
// by its first argument.
func command(words []string) (program string, args []string) {
	for i, w := range words {
		name := path.Base(strings.TrimLeft(w, "-@+!:"))
		if name == "hyperkube" && i+1 < len(words) {
			name = words[i+1]
			if components.Find(name) == nil {
				name = "kube-" + name
			}
			if name == "kube-kubelet" {
				name = "kubelet"
			}
			i++
		}
		if components.Find(name) != nil && !strings.HasPrefix(w, "--") {
			return name, words[i+1:]
		}
	}
	return "", nil
}

// flatten writes a configuration by dotted paths: "authentication.x509.clientCAFile".
func flatten(into map[string]string, prefix string, fields map[string]any) {
	for name, v := range fields {
		switch v := v.(type) {
		case map[string]any:
			flatten(into, prefix+name+".", v)
		case bool:
			into[prefix+name] = strconv.FormatBool(v)
		case string:
			into[prefix+name] = v
		case float64:
			into[prefix+name] = strconv.FormatFloat(v, 'f', -1, 64)
		case []any:
			var parts []string
			for _, e := range v {
				if s, ok := e.(string); ok {
					parts = append(parts, s)
				}
			}
			into[prefix+name] = strings.Join(parts, ",")
		}
	}
}

// readUnit reads a unit of systemd or a drop-in of one: the sections do not matter.
func readUnit(f *scan.File, text string) *source {
	s := &source{file: f, env: map[string]string{}, unit: path.Base(f.Path)}
	if dir := path.Base(path.Dir(f.Path)); strings.HasSuffix(dir, ".service.d") {
		s.unit, s.dropIn = strings.TrimSuffix(dir, ".d"), true
	}
	for _, line := range joined(text) {
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "ExecStart":
			if value == "" {
				s.program, s.words, s.command, s.reset = "", nil, false, true
				continue
			}
			if program, args := command(shellWords(split(value))); program != "" {
				s.program, s.words, s.command = program, args, true
			}
		case "Environment":
			for _, w := range split(value) {
				if name, v, ok := strings.Cut(w, "="); ok {
					s.env[name] = v
				}
			}
		case "EnvironmentFile":
			if value == "" {
				s.envFiles = nil
				continue
			}
			s.envFiles = append(s.envFiles, strings.TrimPrefix(strings.Trim(value, `"'`), "-"))
		}
	}
	return s
}

// joined are the lines of a text, with those that go on made one.
func joined(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var out []string
	next := ""
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if next != "" && (strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, ";")) {
			continue // comments may stand between the lines of a value
		}
		if before, ok := strings.CutSuffix(strings.TrimRight(line, " \t"), `\`); ok {
			next += before + " "
			continue
		}
		out = append(out, strings.TrimSpace(next+line))
		next = ""
	}
	if next != "" {
		out = append(out, strings.TrimSpace(next))
	}
	return out
}

// readVariables reads a file of variables, as systemd and shells take it; nil for
// one that is none. Values in quotes may go over several lines.
func readVariables(text string) map[string]string {
	out := map[string]string{}
	rest := strings.ReplaceAll(text, "\r\n", "\n")
	rest = strings.ReplaceAll(rest, "\\\n", " ")
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		trimmed := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		if trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';' {
			rest = after
			continue
		}
		name, value, ok := strings.Cut(trimmed, "=")
		if !ok || !isVariable(name) {
			return nil // something else
		}
		value = strings.TrimSpace(value)
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			quote := value[:1]
			body := value[1:]
			if end := strings.Index(body, quote); end >= 0 {
				out[name], rest = body[:end], after
				continue
			}
			more, tail, closed := strings.Cut(after, quote)
			if !closed {
				return nil
			}
			_, rest, _ = strings.Cut(tail, "\n")
			out[name] = body + "\n" + more
			continue
		}
		out[name], rest = value, after
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func isVariable(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// split parts a command line into words, as systemd and shells do.
func split(text string) []string {
	var out []string
	var word strings.Builder
	in, quote, escaped := false, rune(0), false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, in = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '"' || r == '\'':
			quote, in = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if in {
				out = append(out, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}
