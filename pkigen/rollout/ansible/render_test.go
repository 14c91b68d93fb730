package ansible

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/shell/shelltest"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/restart"
)

// parsed is a YAML file; Ansible's tag for what is no template is dropped.
func parsed(t *testing.T, name string, text []byte) any {
	t.Helper()
	var out any
	if err := yaml.Unmarshal(regexp.MustCompile(`(: |- )!unsafe "`).ReplaceAll(text, []byte(`$1"`)), &out); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	return out
}

// TestForm holds what Ansible's users expect of each play and task.
func TestForm(t *testing.T) {
	plays, tasks := 0, 0
	var task func(string, map[string]any)
	task = func(file string, one map[string]any) {
		tasks++
		if one["name"] == nil {
			t.Errorf("%s: a task has no name: %v", file, one)
		}
		for _, part := range []string{"block", "rescue", "always"} {
			list, _ := one[part].([]any)
			for _, inner := range list {
				task(file, inner.(map[string]any))
			}
		}
		if one["block"] != nil {
			return
		}
		module := ""
		for key := range one {
			if strings.Contains(key, ".") {
				module = key
			}
		}
		if !strings.HasPrefix(module, "ansible.builtin.") {
			t.Errorf("%s: %v runs %q", file, one["name"], module)
		}
		if module == "ansible.builtin.command" && one["changed_when"] == nil {
			t.Errorf("%s: %v does not say when it has changed something", file, one["name"])
		}
		if module == "ansible.builtin.shell" || module == "ansible.builtin.raw" {
			t.Errorf("%s: %v is read by a shell", file, one["name"])
		}
	}
	for name, text := range filesOf(t, setOf(t, cluster())) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		if bytes.HasPrefix(text, []byte("---\n")) == false {
			t.Errorf("%s does not begin with ---", name)
		}
		list, _ := parsed(t, name, text).([]any)
		for _, one := range list {
			one := one.(map[string]any)
			if one["hosts"] == nil {
				task(name, one)
				continue
			}
			plays++
			if one["name"] == nil || one["gather_facts"] != false {
				t.Errorf("%s: a play without a name, or one that gathers facts: %v", name, one["name"])
			}
			if strings.HasPrefix(name, "restart") && (one["any_errors_fatal"] != true || one["tags"] == nil) {
				t.Errorf("%s: %v goes on after an error, or has no tag", name, one["name"])
			}
			for _, inner := range one["tasks"].([]any) {
				task(name, inner.(map[string]any))
			}
		}
	}
	if plays < 10 || tasks < 30 {
		t.Errorf("%d plays and %d tasks were seen; this test looks at nothing", plays, tasks)
	}
}

// TestOrder: restart.yaml has the programs of the restart plan in its order, and one node
// after another where the plan has it so.
func TestOrder(t *testing.T) {
	s := setOf(t, cluster())
	var want []string
	plan := restart.Make(s.Layout, s.Cluster, s.Dir, restart.Changes{Written: everyFile(s)})
	for i := range plan.Steps {
		st := &plan.Steps[i]
		if components.Find(st.Component) == nil || st.What != restart.Restart {
			continue
		}
		if line := fmt.Sprintf("%s alone %t", st.Component, st.Alone); !slices.Contains(want, line) {
			want = append(want, line)
		}
	}
	var got []string
	list := parsed(t, "restart.yaml", filesOf(t, s)["restart.yaml"]).([]any)
	for _, one := range list {
		play := one.(map[string]any)
		serial, restarts := play["serial"]
		if restarts {
			alone := serial == 1 || strings.HasSuffix(fmt.Sprint(serial), "else 1 }}")
			got = append(got, fmt.Sprintf("%s alone %t", play["tags"].([]any)[0], alone))
		}
	}
	if len(want) < 6 || !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// everyFile is a change of each file of a set.
func everyFile(s *Set) (out []restart.Change) {
	for _, p := range slices.Concat(s.Layout.Paths(s.Cluster), render.Paths(s.Layout, s.Cluster, render.Texts(s.Layout, s.Cluster))) {
		out = append(out, restart.Change{Path: p})
	}
	return out
}

// TestAsked: there is a file of tasks for each question that shows that a program is back.
func TestAsked(t *testing.T) {
	files := filesOf(t, setOf(t, cluster()))
	for _, c := range components.All {
		if files["tasks/well-"+string(c.Asked)+".yaml"] == nil {
			t.Errorf("nothing asks %s by %q", c.Name, c.Asked)
		}
	}
	imported := regexp.MustCompile(`import_tasks: (\S+)`)
	used := map[string]bool{}
	for _, text := range files {
		for _, m := range imported.FindAllSubmatch(text, -1) {
			used[string(m[1])] = true
			if files[string(m[1])] == nil {
				t.Errorf("%s is not there", m[1])
			}
		}
	}
	for name := range files {
		if strings.HasPrefix(name, "tasks/") && !used[name] {
			t.Errorf("%s is used nowhere", name)
		}
	}
}

// TestNoSecret: no file holds a key or a token, nor a word that names one in a set.
func TestNoSecret(t *testing.T) {
	c := cluster()
	c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true
	for name, text := range filesOf(t, setOf(t, c)) {
		for _, secret := range []string{"PRIVATE KEY", "client-key-data", "token-secret", "ansible_password", "ansible_become_password", "ansible_user", "private_key_file"} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	vars := string(filesOf(t, setOf(t, c))["group_vars/all/certwright.yaml"])
	if !strings.Contains(vars, "certwright_token_manifests:\n  - \"/srv/lab/pki/"+catalog.TokenManifest+`"`) {
		t.Errorf("the token is no manifest of its own:\n%s", vars)
	}
}

// TestHostile: whatever nodes, the set and the folder of certificates are called, each file
// is YAML, and each value comes out as it went in, and is no template.
func TestHostile(t *testing.T) {
	hostile := append(slices.Clone(shelltest.Hostile), `{{ lookup('pipe','id') }}`, "{% raw %}", "{# a", "a: b", "- a", "!unsafe x", "&a *a", "'\"{{ 1 }}\"'", "a}}", "<< .X >>")
	for i, w := range hostile {
		c := cluster()
		c.CertificatesDir = "/etc/" + strings.ToValidUTF8(w, "x")
		for j := range c.Nodes {
			c.Nodes[j].Name = strings.ReplaceAll(strings.ToValidUTF8(w, "x")+c.Nodes[j].Name, "/", "")
		}
		s := setOf(t, c)
		s.Dir = "/srv/" + strings.ToValidUTF8(hostile[(i+5)%len(hostile)], "x") + "/pki"
		files := filesOf(t, s)
		for name, text := range files {
			if strings.HasSuffix(name, ".yaml") {
				parsed(t, name, text)
			}
		}
		vars := parsed(t, "certwright.yaml", files["group_vars/all/certwright.yaml"]).(map[string]any)
		if vars["certwright_set"] != s.Dir {
			t.Errorf("%q became %q", s.Dir, vars["certwright_set"])
		}
		all := parsed(t, "inventory.yaml", files["inventory.yaml"]).(map[string]any)[allNodes].(map[string]any)["hosts"].(map[string]any)
		var nodes, want []string
		for name, host := range all {
			if !plainName.MatchString(name) {
				t.Errorf("%q is a host", name)
			}
			nodes = append(nodes, host.(map[string]any)["certwright_node"].(string))
		}
		for j := range c.Nodes {
			want = append(want, c.Nodes[j].Name)
		}
		slices.Sort(nodes)
		slices.Sort(want)
		if !slices.Equal(nodes, want) {
			t.Errorf("got  %q\nwant %q", nodes, want)
		}
		for _, name := range []string{"inventory.yaml", "group_vars/all/certwright.yaml"} {
			for line := range strings.Lines(string(files[name])) {
				if value := strings.TrimSpace(line); strings.Contains(value, "{{") && !strings.Contains(value, "!unsafe ") && !ownTemplate(value) {
					t.Errorf("%s: %s is a template", name, value)
				}
			}
		}
	}
}

// ownTemplate reports whether a line is one of the templates that we write.
func ownTemplate(line string) bool {
	return strings.HasPrefix(line, "certwright_tree:") || line == `certwright_node: "{{ inventory_hostname }}"` ||
		line == `certwright_address: "{{ ansible_host | default(inventory_hostname) }}"`
}

// TestScripts: what runs on nodes is a script that a POSIX shell reads.
func TestScripts(t *testing.T) {
	seen := 0
	for name, text := range filesOf(t, setOf(t, cluster())) {
		if !strings.HasPrefix(name, "files/") {
			continue
		}
		seen++
		for _, sh := range []string{"dash", "bash"} {
			if _, err := exec.LookPath(sh); err != nil {
				continue
			}
			cmd := exec.Command(sh, "-n")
			cmd.Stdin = bytes.NewReader(text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v\n%s", name, sh, err, out)
			}
		}
	}
	if seen < 5 {
		t.Errorf("%d scripts", seen)
	}
}

// TestLarge: playbooks for 5,000 nodes are there in a moment, and one file of them grows.
func TestLarge(t *testing.T) {
	c := cluster()
	for i := range 5000 {
		c.Nodes = append(c.Nodes, spec.Node{Name: fmt.Sprintf("n%d", i), Roles: spec.Worker,
			Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})}})
	}
	small, begin := filesOf(t, setOf(t, cluster())), time.Now()
	s := setOf(t, c)
	large := filesOf(t, s)
	took := time.Since(begin)
	if took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	t.Logf("5,000 nodes: %s, inventory of %d KiB", took, len(large["inventory.yaml"])/1024)
	for name := range maps.Keys(large) {
		if name != "inventory.yaml" && len(large[name]) != len(small[name]) {
			t.Errorf("%s grows with the nodes", name)
		}
	}
	hosts := make([]Host, len(c.Nodes))
	for i := range c.Nodes {
		hosts[i] = Host{Name: "host" + fmt.Sprint(i), Addresses: []string{c.Nodes[i].Addresses[0].String()}}
	}
	begin = time.Now()
	if m := Match(c, hosts); len(m.Hosts) != len(c.Nodes) {
		t.Errorf("%d of %d nodes were matched", len(m.Hosts), len(c.Nodes))
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("matching took %s", took)
	}
}
