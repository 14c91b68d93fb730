package ansible

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const inventoryYAML = `
all:
  vars: {ansible_user: root}
  hosts:
    bastion: {ansible_host: 10.0.0.1}
  children:
    masters:
      hosts:
        node[1:2]:
        cp-b: {ansible_host: 192.168.214.89, ip: 10.1.1.2}
      children:
        deeper:
          hosts:
            etcd3.lab.example: {}
`

const inventoryINI = `
# comment
; another
[etcd]
MASTER1 ansible_host=10.9.9.9 # by its name
db ansible_host="fd00:214:0::90"
[kube_node]
w[1:2:1].lab.example ansible_user=root
worker1.lab.example
[all:vars]
ansible_host=1.2.3.4
[everything:children]
etcd
`

func TestParseInventory(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"YAML":                  {inventoryYAML, "bastion [10.0.0.1], cp-b [192.168.214.89 10.1.1.2], etcd3.lab.example [], node1 [], node2 []"},
		"INI":                   {inventoryINI, "MASTER1 [10.9.9.9], db [fd00:214:0::90], w1.lab.example [], w2.lab.example [], worker1.lab.example []"},
		"hosts without a group": {"web01\nweb[a:c]\n", "web01 [], weba [], webb [], webc []"},
		"zeros":                 {"[x]\nn[08:11:2]-a\n", "n08-a [], n10-a []"},
	} {
		hosts, err := ParseInventory([]byte(test.text))
		var got []string
		for _, h := range hosts {
			got = append(got, fmt.Sprintf("%s %v", h.Name, h.Addresses))
		}
		if err != nil || strings.Join(got, ", ") != test.want {
			t.Errorf("%s: got %q (%v)\nwant %q", name, got, err, test.want)
		}
	}
	for text, want := range map[string]string{
		"#!/usr/bin/env python3\n": "it is a script",
		"":                         "it is empty",
		"---\nall: {}\n":           "it has no host",
		"---\nall: [a\n":           "ansible-inventory -i YOURS --list",
		"[x]\nn[1:\n":              `"n[1:" is no range`,
		"[x]\nn[5:1]\n":            "the smaller one first",
		"[x]\nn[1:9:0]\n":          "the step",
		"[x]\nn[0:9999999]\n":      "two numbers",
		"[x]\nn[0:999][0:999]\n":   "more than 100000 hosts",
		"[x\nn\n":                  "is no group",
	} {
		if _, err := ParseInventory([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestMatch finds nodes by name, address and full name, and nothing where two could be meant.
func TestMatch(t *testing.T) {
	for name, test := range map[string]struct {
		hosts   []Host
		want    string // of the nodes, in their order
		missing []string
		unused  []string
	}{
		"each way": {
			hosts: []Host{{Name: "MASTER1"}, {Name: "cp-b", Addresses: []string{"192.168.214.89"}}, {Name: "db", Addresses: []string{"fd00:214:0::90"}},
				{Name: "192.168.214.91"}, {Name: "worker2.lab.example"}, {Name: "bastion"}},
			want: "MASTER1 cp-b db 192.168.214.91 worker2.lab.example", unused: []string{"bastion"},
		},
		"the name goes before the address": {
			hosts:   []Host{{Name: "master1", Addresses: []string{"192.168.214.89"}}, {Name: "master2", Addresses: []string{"192.168.214.88"}}},
			want:    "master1 master2   ",
			missing: []string{"etcd3", "worker1", "worker2"},
		},
		"two hosts for one node": {
			hosts:   []Host{{Name: "a", Addresses: []string{"192.168.214.91"}}, {Name: "b", Addresses: []string{"192.168.214.91"}}},
			want:    "    ",
			missing: []string{"master1", "master2", "etcd3", "worker1", "worker2"}, unused: []string{"a", "b"},
		},
		"one host for two nodes": {
			hosts:   []Host{{Name: "a", Addresses: []string{"192.168.214.91", "192.168.214.92"}}},
			want:    "    ",
			missing: []string{"master1", "master2", "etcd3", "worker1", "worker2"}, unused: []string{"a"},
		},
		"a name that is none": {
			hosts:   []Host{{Name: "w;id", Addresses: []string{"192.168.214.91"}}},
			want:    "    ",
			missing: []string{"master1", "master2", "etcd3", "worker1", "worker2"}, unused: []string{"w;id"},
		},
	} {
		c := cluster()
		m := Match(c, test.hosts)
		var got []string
		for i := range c.Nodes {
			got = append(got, m.Hosts[c.Nodes[i].Name])
		}
		if strings.Join(got, " ") != test.want || !slices.Equal(m.Missing, test.missing) || !slices.Equal(m.Unused, test.unused) {
			t.Errorf("%s: got %q, missing %q, unused %q", name, got, m.Missing, m.Unused)
		}
	}
}

// TestInventoryOfOthers: what is added to an inventory names its hosts, and leaves the way
// to them to it.
func TestInventoryOfOthers(t *testing.T) {
	s := setOf(t, cluster())
	s.Hosts, s.Inventory = map[string]string{"master1": "cp-a.lab.example", "worker1": "w1"}, "/home/a b/hosts.yaml"
	files := filesOf(t, s)
	got := string(files["inventory.yaml"])
	for _, want := range []string{`    "cp-a.lab.example":` + "\n" + `      certwright_node: "master1"`, `    kube_node:` + "\n" + `      hosts:` + "\n" + `        "w1": {}`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "ansible_host") || strings.Contains(got, "worker2") {
		t.Errorf("more than was asked for:\n%s", got)
	}
	if readme := string(files["README.md"]); !strings.Contains(readme, "    ansible-playbook -i '/home/a b/hosts.yaml' -i inventory.yaml handout.yaml --check\n") {
		t.Errorf("the README does not name the inventory:\n%s", readme)
	}
}
