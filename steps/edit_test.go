package steps

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const threeMasters = `layout: three-ca
nodes:
  - m1 10.1.0.1 control-plane,etcd
  - m2 10.1.0.2 control-plane,etcd
  - m3 10.1.0.3 control-plane,etcd
  - w 10.1.0.11-13 worker
controlPlaneEndpoint: api.example.com:6443
certSANs: [old.example.com, 10.1.0.200]
serviceSubnet: 10.96.0.0/12
`

// TestApply holds what an edit makes of the answers, and what it leaves in
// certificates for now.
func TestApply(t *testing.T) {
	for name, test := range map[string]struct {
		edit Edit
		want []string // answers that change, as KEY=VALUE
		kept string
	}{
		"nothing": {},
		"names": {edit: Edit{AddNames: []string{"new.example.com,10.1.0.201", "old.example.com"}, RemoveNames: []string{"10.1.0.200"}},
			want: []string{"certSANs=old.example.com|new.example.com|10.1.0.201"}},
		"endpoint": {edit: Edit{Endpoint: "vip.example.com:6443"},
			want: []string{"controlPlaneEndpoint=vip.example.com:6443", "certSANs=old.example.com|10.1.0.200|api.example.com"},
			kept: "api.example.com was the endpoint"},
		"port":                 {edit: Edit{Endpoint: "api.example.com:8443"}, want: []string{"controlPlaneEndpoint=api.example.com:8443"}},
		"endpoint, known":      {edit: Edit{Endpoint: "10.1.0.100", AddNames: []string{"api.example.com"}}, want: []string{"controlPlaneEndpoint=10.1.0.100", "certSANs=old.example.com|10.1.0.200|api.example.com"}},
		"services":             {edit: Edit{ServiceSubnet: "10.97.0.0/16"}, want: []string{"certSANs=old.example.com|10.1.0.200|10.96.0.1", "serviceSubnet=10.97.0.0/16"}, kept: "10.96.0.1 was the first service address"},
		"services, one more":   {edit: Edit{ServiceSubnet: "10.96.0.0/12,fd00:1::/112"}, want: []string{"serviceSubnet=10.96.0.0/12,fd00:1::/112"}},
		"a node more":          {edit: Edit{AddNodes: []string{"w9 10.1.0.19 worker"}}, want: []string{"nodes=m1 10.1.0.1 control-plane,etcd|m2 10.1.0.2 control-plane,etcd|m3 10.1.0.3 control-plane,etcd|w 10.1.0.11-13 worker|w9 10.1.0.19 worker"}},
		"a node that is there": {edit: Edit{AddNodes: []string{"m2 10.1.0.2 etcd,control-plane", "w 10.1.0.11-13 worker"}}},
		"one of a range less": {edit: Edit{RemoveNodes: []string{"w2"}},
			want: []string{"nodes=m1 10.1.0.1 control-plane,etcd|m2 10.1.0.2 control-plane,etcd|m3 10.1.0.3 control-plane,etcd|w1 10.1.0.11 worker|w3 10.1.0.13 worker"}},
		"renamed": {edit: Edit{RemoveNodes: []string{"w1", "w2", "w3"}, AddNodes: []string{"n1 10.1.0.11 worker"}},
			want: []string{"nodes=m1 10.1.0.1 control-plane,etcd|m2 10.1.0.2 control-plane,etcd|m3 10.1.0.3 control-plane,etcd|n1 10.1.0.11 worker"}},
		"address": {edit: Edit{Addresses: []NodeValue{{"m2", "10.2.0.2"}}},
			want: []string{"nodes=m1 10.1.0.1 control-plane,etcd|m2 10.2.0.2,10.1.0.2 control-plane,etcd|m3 10.1.0.3 control-plane,etcd|w 10.1.0.11-13 worker"},
			kept: "10.1.0.2 was an address of m2"},
		"same address": {edit: Edit{Addresses: []NodeValue{{"m2", "10.1.0.2"}}}},
		"address, and the old one goes": {edit: Edit{Addresses: []NodeValue{{"m2", "10.2.0.2"}}, RemoveNames: []string{"10.1.0.2"}},
			want: []string{"nodes=m1 10.1.0.1 control-plane,etcd|m2 10.2.0.2 control-plane,etcd|m3 10.1.0.3 control-plane,etcd|w 10.1.0.11-13 worker"}},
		"roles": {edit: Edit{Roles: []NodeValue{{"m3", "control-plane"}}},
			want: []string{"nodes=m1 10.1.0.1 control-plane,etcd|m2 10.1.0.2 control-plane,etcd|m3 10.1.0.3 control-plane|w 10.1.0.11-13 worker"}},
	} {
		before := parsed(t, threeMasters)
		after, kept, err := applied(before, test.edit)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, key := range fileKeys() {
			if v := after.Get(key); v != before.Get(key) {
				got = append(got, key+"="+strings.ReplaceAll(v, "\n", "|"))
			}
		}
		if strings.Join(got, "; ") != strings.Join(test.want, "; ") {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, test.want)
		}
		if said := keptText(kept); said != test.kept {
			t.Errorf("%s: kept %q, want %q", name, said, test.kept)
		}
		again, kept, err := applied(after, Edit{AddNames: test.edit.AddNames, Endpoint: test.edit.Endpoint, ServiceSubnet: test.edit.ServiceSubnet, AddNodes: test.edit.AddNodes, Roles: test.edit.Roles})
		if err != nil || !again.Equal(after) || len(kept) > 0 {
			t.Errorf("%s, once more: %v, kept %v", name, err, kept)
		}
	}
}

// TestApplyRefuses holds what is said of an edit that cannot be done.
func TestApplyRefuses(t *testing.T) {
	for want, edit := range map[string]Edit{
		`remove node: there is no node "m4": did you mean "m1"?`:                                       {RemoveNodes: []string{"m4"}},
		`remove node: there is no node "database" in the answers`:                                      {RemoveNodes: []string{"database"}},
		`remove name: 10.1.0.2 is how node m2 is known: change the node instead`:                       {RemoveNames: []string{"10.1.0.2"}},
		`remove name: api2.example.com is neither among certSANs nor a further name of a node`:         {RemoveNames: []string{"api2.example.com"}},
		`add node: m1 is there already as "m1 10.1.0.1 control-plane,etcd": a node that changes`:       {AddNodes: []string{"m1 10.1.0.9 worker"}},
		`add node: "192.168.214.1/24" is a network`:                                                    {AddNodes: []string{"w9 192.168.214.1/24 worker"}},
		`add node: "# w9" is no node`:                                                                  {AddNodes: []string{"# w9"}},
		`add node: "w 10.1.0.11-14 worker" stands for several nodes`:                                   {AddNodes: []string{"w 10.1.0.11-14 worker"}},
		`node address: "m2.example.com" is no address`:                                                 {Addresses: []NodeValue{{"m2", "m2.example.com"}}},
		`node roles: "masters"`:                                                                        {Roles: []NodeValue{{"m2", "masters"}}},
		`node roles: "" are no roles: write control-plane, etcd or worker, with commas between`:        {Roles: []NodeValue{{"m2", ""}}},
		`add name: "192.168.214.1/24" is a network, not an address: a certificate cannot name a range`: {AddNames: []string{"192.168.214.1/24"}},
		`add name: "," holds no name: write a DNS name or an address`:                                  {AddNames: []string{","}},
	} {
		_, _, err := applied(parsed(t, threeMasters), edit)
		var bad *EditError
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %s\ngot  %v", want, err)
		}
	}
}

func parsed(t *testing.T, text string) *Answers {
	t.Helper()
	f, bad := ParseFile("answers.yaml", []byte(text))
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return f.Answers
}

func applied(a *Answers, e Edit) (*Answers, []Kept, error) {
	before, _ := Build(a, time.Now())
	return a.Apply(before, e)
}

func keptText(kept []Kept) string {
	var out []string
	for _, k := range kept {
		out = append(out, fmt.Sprintf("%s was %s", k.Name, k.Was))
	}
	return strings.Join(out, ", ")
}
