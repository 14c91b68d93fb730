package restart

import (
	"fmt"
	"path"

	"certwright/pkigen/role"
	"certwright/pkigen/shell"
	"certwright/pkigen/spec"
)

// health makes the commands that tell whether a program is back.
type health struct {
	kubectl shell.Line
	etcdctl map[string]map[shell.Line]string // node -> flag -> file there
}

// The ports at which the programs tell how they are, on the node itself
// (https://kubernetes.io/docs/reference/networking/ports-and-protocols/).
const (
	etcdPort       = 2379
	controllerPort = 10257
	schedulerPort  = 10259
	proxyPort      = 10256
)

// etcdctlFlags are the flags with which etcdctl asks; where the catalogue has no
// certificate for it, it takes the member's own.
var etcdctlFlags = []struct {
	flag, variable shell.Line
	member         string
}{
	{"--cacert", "ETCDCTL_CACERT", "--trusted-ca-file"}, {"--cert", "ETCDCTL_CERT", "--cert-file"}, {"--key", "ETCDCTL_KEY", "--key-file"},
}

// etcdURL is where a member listens on its own node.
var etcdURL = fmt.Sprintf("https://127.0.0.1:%d", etcdPort)

func newHealth(r *readers, dir string) *health {
	h := &health{kubectl: "kubectl", etcdctl: map[string]map[shell.Line]string{}}
	for p, who := range r.byPath {
		for _, w := range who {
			if w.component == "etcdctl" || w.component == "etcd" {
				h.noteEtcd(r.onNode(p), w)
			}
		}
	}
	if admin := r.layout.Find("admin"); admin != nil && (r.layout.PerNode || r.layout.AsFound) {
		if configs := admin.Files(r.cluster, nil).Configs; len(configs) > 0 {
			h.kubectl = h.kubectl.Own("--kubeconfig").File(path.Join(dir, configs[0].Path))
		}
	}
	return h
}

// noteEtcd keeps a file with which one may ask etcd on a node.
func (h *health) noteEtcd(onNode string, who reader) {
	for _, f := range etcdctlFlags {
		own := who.component == "etcdctl" && who.flag == f.flag.String()
		if !own && (who.component != "etcd" || who.flag != f.member) {
			continue
		}
		flags := h.etcdctl[who.node]
		if flags == nil {
			flags = map[shell.Line]string{}
			h.etcdctl[who.node] = flags
		}
		if own || flags[f.flag] == "" {
			flags[f.flag] = onNode
		}
	}
}

// of is the command for one program of one node, and whether it is run on the
// operator's machine.
func (h *health) of(component string, n *spec.Node) (command shell.Line, here bool) {
	switch component {
	case "etcd":
		// All members, by the addresses that they tell each other.
		command = shell.Command("etcdctl --endpoints").Word(etcdURL)
		for _, f := range etcdctlFlags {
			command = command.Own(f.flag).File(h.etcdctl[n.Name][f.flag])
		}
		return command.Own("endpoint health --cluster"), false
	case "kube-apiserver":
		// This one, and not the one that the endpoint leads to.
		return h.kubectl.Own("--server").Word(role.LocalURL(n)).Own("get --raw /readyz"), true
	case "kube-controller-manager":
		return probe("curl -sfk", "https", controllerPort), false
	case "kube-scheduler":
		return probe("curl -sfk", "https", schedulerPort), false
	case "kube-proxy":
		return probe("curl -sf", "http", proxyPort), false
	case "kubelet":
		return h.kubectl.Own("wait --for=condition=Ready").Word("node/" + n.Name).Own("--timeout=2m"), true
	}
	return "", false
}

// etcdctlEnv sets what etcdctl needs on a node, for several calls.
func (h *health) etcdctlEnv(node string) shell.Line {
	out := shell.Command("export").Set("ETCDCTL_ENDPOINTS", etcdURL)
	for _, f := range etcdctlFlags {
		out = out.Set(f.variable, h.etcdctl[node][f.flag])
	}
	return out
}

// probe asks a program on its own node. Those of https have a certificate there
// that nobody has signed.
func probe(curl shell.Line, scheme string, port int) shell.Line {
	return curl.Word(fmt.Sprintf("%s://127.0.0.1:%d/healthz", scheme, port))
}
