package ansible

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Host is a host of an inventory.
type Host struct {
	Name      string
	Addresses []string // by which the inventory says that it is reached
}

// addressVariables are the variables of a host that hold an address: Ansible's own, and
// those of kubespray.
var addressVariables = []string{"ansible_host", "ansible_ssh_host", "ip", "access_ip"}

// exportHint says what makes an inventory that can be read of any other.
const exportHint = "an inventory in YAML or INI is wanted: of a script, a folder or a plugin, ansible-inventory -i YOURS --list --yaml --output FILE makes one"

// ParseInventory reads the hosts of an inventory in YAML or in INI, in the order of their
// names. It runs nothing, and asks nobody.
func ParseInventory(text []byte) ([]Host, error) {
	var found map[string]*Host
	var err error
	switch first := firstLine(text); {
	case strings.HasPrefix(first, "#!"):
		return nil, errors.New("it is a script; " + exportHint)
	case first == "":
		return nil, errors.New("it is empty; " + exportHint)
	case strings.HasPrefix(first, "[") || !strings.Contains(first, ":") || strings.Contains(first, "="):
		found, err = parseINI(string(text))
	default:
		found, err = parseYAML(text)
	}
	if err == nil && len(found) == 0 {
		err = errors.New("it has no host; " + exportHint)
	}
	if err != nil {
		return nil, err
	}
	out := make([]Host, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[name])
	}
	return out, nil
}

// firstLine is the first line that says something.
func firstLine(text []byte) string {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#!") || line != "" && line != "---" && line[0] != '#' && line[0] != ';' {
			return line
		}
	}
	return ""
}

// inventoryGroup is a group of an inventory in YAML.
type inventoryGroup struct {
	Hosts    map[string]map[string]any  `yaml:"hosts"`
	Children map[string]*inventoryGroup `yaml:"children"`
}

// parseYAML reads the form of the plugin ansible.builtin.yaml.
func parseYAML(text []byte) (map[string]*Host, error) {
	var top map[string]*inventoryGroup
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, fmt.Errorf("%w; %s", err, exportHint)
	}
	out := map[string]*Host{}
	var failed error
	var visit func(*inventoryGroup)
	visit = func(g *inventoryGroup) {
		if g == nil {
			return
		}
		for pattern, variables := range g.Hosts {
			names, err := expand(pattern)
			failed = errors.Join(failed, err)
			for _, name := range names {
				h := hostOf(out, name)
				for _, v := range addressVariables {
					if value, there := variables[v]; there {
						h.add(fmt.Sprint(value))
					}
				}
			}
		}
		for _, child := range g.Children {
			visit(child)
		}
	}
	for _, g := range top {
		visit(g)
	}
	return out, failed
}

// parseINI reads the form of the plugin ansible.builtin.ini: a host and its variables on
// each line below a group.
func parseINI(text string) (map[string]*Host, error) {
	out := map[string]*Host{}
	inHosts := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			section, _, ok := strings.Cut(line[1:], "]")
			if !ok {
				return nil, fmt.Errorf("%q is no group; %s", line, exportHint)
			}
			inHosts = !strings.HasSuffix(section, ":vars") && !strings.HasSuffix(section, ":children")
			continue
		}
		if !inHosts {
			continue
		}
		words := strings.Fields(line)
		names, err := expand(words[0])
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			h := hostOf(out, name)
			for _, word := range words[1:] {
				if strings.HasPrefix(word, "#") {
					break
				}
				key, value, ok := strings.Cut(word, "=")
				if ok && slices.Contains(addressVariables, key) {
					h.add(strings.Trim(value, `"'`))
				}
			}
		}
	}
	return out, nil
}

func hostOf(all map[string]*Host, name string) *Host {
	h := all[name]
	if h == nil {
		h = &Host{Name: name}
		all[name] = h
	}
	return h
}

func (h *Host) add(address string) {
	if address != "" && !slices.Contains(h.Addresses, address) {
		h.Addresses = append(h.Addresses, address)
	}
}

// mostHosts bounds what a range stands for.
const mostHosts = 100_000

// expand are the hosts that a pattern stands for: node[01:12] and node[a:c], with a step
// behind a further colon.
func expand(pattern string) ([]string, error) {
	before, rest, ok := strings.Cut(pattern, "[")
	if !ok {
		return []string{pattern}, nil
	}
	inside, after, ok := strings.Cut(rest, "]")
	parts := strings.Split(inside, ":")
	if !ok || len(parts) < 2 || len(parts) > 3 || parts[1] == "" {
		return nil, fmt.Errorf("%q is no range of hosts: one is written node[01:12]", pattern)
	}
	middle, err := rangeOf(parts)
	if err != nil {
		return nil, fmt.Errorf("%q is no range of hosts: %w", pattern, err)
	}
	tails, err := expand(after)
	if err != nil {
		return nil, err
	}
	if len(middle)*len(tails) > mostHosts {
		return nil, fmt.Errorf("%q stands for more than %d hosts", pattern, mostHosts)
	}
	var out []string
	for _, m := range middle {
		for _, t := range tails {
			out = append(out, before+m+t)
		}
	}
	return out, nil
}

// rangeOf is what stands in the brackets, written out.
func rangeOf(parts []string) ([]string, error) {
	step := 1
	if len(parts) == 3 {
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 {
			return nil, fmt.Errorf("the step %q has to be a number from 1 on", parts[2])
		}
		step = n
	}
	first, last := parts[0], parts[1]
	letters := len(first) == 1 && len(last) == 1 && (first[0] > '9' || last[0] > '9')
	if letters {
		var out []string
		for c := int(first[0]); c <= int(last[0]); c += step {
			out = append(out, string(rune(c)))
		}
		return out, nil
	}
	if first == "" {
		first = "0"
	}
	from, err1 := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || from < 0 || to < from || (to-from)/step >= mostHosts {
		return nil, fmt.Errorf("from %q to %q has to be two numbers or two letters, the smaller one first", first, last)
	}
	var out []string
	for n := from; n <= to; n += step {
		s := strconv.Itoa(n)
		if pad := len(first) - len(s); first[0] == '0' && pad > 0 {
			s = strings.Repeat("0", pad) + s
		}
		out = append(out, s)
	}
	return out, nil
}
