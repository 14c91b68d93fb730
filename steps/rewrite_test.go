package steps

import (
	"bytes"
	"strings"
	"testing"
)

const noted = `# Our lab. Ask Ann before you change it.

layout: three-ca
ca: {CN: lab-ca, O: k8s, expiry: 87600h} # never again

# One node a line.
nodes:
  - m1 10.1.0.1 control-plane,etcd # rack 4
  # The next one is old.
  - w1 10.1.0.2 worker
  - w2 10.1.0.3 worker    # rack 5

# For all clients.
serviceSubnet: 10.96.0.0/12   # as kubeadm has it
certSANs: [api.example.com]
`

// TestRewrite holds that only what changes is rewritten, and that notes stay
// with their entries.
func TestRewrite(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a *Answers)
		old    string
		gone   []string // lines
		come   []string
	}{
		"nothing": {change: func(*Answers) {}},
		"one value": {change: func(a *Answers) { a.explicit["serviceSubnet"] = "10.97.0.0/16" },
			gone: []string{"serviceSubnet: 10.96.0.0/12   # as kubeadm has it"},
			come: []string{"serviceSubnet: 10.97.0.0/16 # as kubeadm has it"}},
		"a name more": {change: func(a *Answers) { a.explicit["certSANs"] += "\n10.1.0.200" },
			gone: []string{"certSANs: [api.example.com]"}, come: []string{"certSANs: [api.example.com, 10.1.0.200]"}},
		"a node more": {change: func(a *Answers) { a.explicit["nodes"] += "\nw3 10.1.0.4 worker" },
			gone: []string{"  - w2 10.1.0.3 worker    # rack 5"},
			come: []string{"  - w2 10.1.0.3 worker # rack 5", "  - w3 10.1.0.4 worker"}},
		"a node less": {change: func(a *Answers) {
			a.explicit["nodes"] = strings.ReplaceAll(a.Get("nodes"), "w2 10.1.0.3 worker", "")
		}, gone: []string{"  - w2 10.1.0.3 worker    # rack 5"}},
		"a node changed": {change: func(a *Answers) {
			a.explicit["nodes"] = strings.ReplaceAll(a.Get("nodes"), "10.1.0.3", "10.1.0.33,10.1.0.3")
		}, gone: []string{"  - w2 10.1.0.3 worker    # rack 5"}, come: []string{"  - w2 10.1.0.33,10.1.0.3 worker # rack 5"}},
		"an entry that was not there": {change: func(a *Answers) { a.explicit["controlPlaneEndpoint"] = "vip.example.com:6443" },
			come: []string{"controlPlaneEndpoint: vip.example.com:6443"}},
		"in a group": {change: func(a *Answers) { a.explicit["ca.OU"] = "Lab" },
			gone: []string{"ca: {CN: lab-ca, O: k8s, expiry: 87600h} # never again"},
			come: []string{"ca: {CN: lab-ca, O: k8s, expiry: 87600h, OU: Lab} # never again"}},
		"a block of text": {old: "nodes: |\n  m1 10.1.0.1 # rack 4\n  w1 10.1.0.2 worker\n\n# The end.\nclusterName: lab\n",
			change: func(a *Answers) { a.explicit["nodes"] += "w2 10.1.0.3 worker\n" }, come: []string{"  w2 10.1.0.3 worker"}},
		"no line end": {old: "nodes: [m1 10.1.0.1]\nclusterName: lab",
			change: func(a *Answers) { a.explicit["dnsDomain"] = "lab.local" }, come: []string{"dnsDomain: lab.local"}},
	} {
		old := test.old
		if old == "" {
			old = noted
		}
		f, bad := ParseFile("answers.yaml", []byte(old))
		if len(bad) > 0 {
			t.Fatalf("%s: %v", name, bad)
		}
		test.change(f.Answers)
		got := string(f.Answers.Rewrite([]byte(old)))
		gone, come := difference(old, got), difference(got, old)
		if strings.Join(gone, "\n") != strings.Join(test.gone, "\n") || strings.Join(come, "\n") != strings.Join(test.come, "\n") {
			t.Errorf("%s: gone %q, come %q:\n%s", name, gone, come, got)
		}
		if again, bad := ParseFile("answers.yaml", []byte(got)); len(bad) > 0 || !bytes.Equal(again.Answers.YAML(), f.Answers.YAML()) {
			t.Errorf("%s: says something else: %v", name, bad)
		}
	}
}

// TestRewriteStrange holds that a file in a form that cannot be kept still gets
// the answers.
func TestRewriteStrange(t *testing.T) {
	for _, old := range []string{"", "# nothing\n", "{nodes: [m1 10.1.0.1], clusterName: lab}", "nodes: [", "nodes:\n\t- m1 10.1.0.1\n"} {
		a := NewAnswers()
		a.explicit["nodes"], a.explicit["clusterName"] = "m2 10.1.0.2", "other"
		if got := a.Rewrite([]byte(old)); !bytes.Equal(got, a.YAML()) {
			t.Errorf("%q became %q", old, got)
		}
	}
}

// difference is the lines of a that b does not have.
func difference(a, b string) []string {
	var out []string
	for line := range strings.SplitSeq(a, "\n") {
		if line != "" && !strings.Contains("\n"+b+"\n", "\n"+line+"\n") {
			out = append(out, line)
		}
	}
	return out
}
