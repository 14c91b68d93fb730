package restart

import (
	"fmt"
	"path"
	"strings"

	"certwright/pkigen/role"
	"certwright/pkigen/shell"
	"certwright/pkigen/spec"
)

// health makes the commands that tell whether a program is back.
type health struct {
	kubectl string
	etcdctl map[string]map[string]string // node -> flag -> file there
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
var etcdctlFlags = []struct{ flag, member string }{
	{"--cacert", "--trusted-ca-file"}, {"--cert", "--cert-file"}, {"--key", "--key-file"},
}

func newHealth(r *readers, dir string) *health {
	h := &health{kubectl: "kubectl", etcdctl: map[string]map[string]string{}}
	for p, who := range r.byPath {
		for _, w := range who {
			if w.component == "etcdctl" || w.component == "etcd" {
				h.noteEtcd(r.onNode(p), w)
			}
		}
	}
	if admin := r.layout.Find("admin"); admin != nil && (r.layout.PerNode || r.layout.AsFound) {
		if configs := admin.Files(r.cluster, nil).Configs; len(configs) > 0 {
			h.kubectl += " --kubeconfig " + shell.Quote(path.Join(dir, configs[0].Path))
		}
	}
	return h
}

// noteEtcd keeps a file with which one may ask etcd on a node.
func (h *health) noteEtcd(onNode string, who reader) {
	for _, f := range etcdctlFlags {
		own := who.component == "etcdctl" && who.flag == f.flag
		if !own && (who.component != "etcd" || who.flag != f.member) {
			continue
		}
		flags := h.etcdctl[who.node]
		if flags == nil {
			flags = map[string]string{}
			h.etcdctl[who.node] = flags
		}
		if own || flags[f.flag] == "" {
			flags[f.flag] = onNode
		}
	}
}

// of is the command for one program of one node, and whether it is run on the
// operator's machine.
func (h *health) of(component string, n *spec.Node) (command string, here bool) {
	switch component {
	case "etcd":
		// All members, by the addresses that they tell each other.
		command = fmt.Sprintf("etcdctl --endpoints https://127.0.0.1:%d", etcdPort)
		for _, f := range etcdctlFlags {
			command += " " + f.flag + " " + shell.Quote(h.etcdctl[n.Name][f.flag])
		}
		return command + " endpoint health --cluster", false
	case "kube-apiserver":
		// This one, and not the one that the endpoint leads to.
		return fmt.Sprintf("%s --server %s get --raw /readyz", h.kubectl, shell.Quote(role.LocalURL(n))), true
	case "kube-controller-manager":
		return probe("https", controllerPort), false
	case "kube-scheduler":
		return probe("https", schedulerPort), false
	case "kube-proxy":
		return probe("http", proxyPort), false
	case "kubelet":
		return fmt.Sprintf("%s wait --for=condition=Ready node/%s --timeout=2m", h.kubectl, shell.Quote(n.Name)), true
	}
	return "", false
}

// etcdctlEnv sets what etcdctl needs on a node, for several calls.
func (h *health) etcdctlEnv(node string) string {
	out := fmt.Sprintf("export ETCDCTL_ENDPOINTS=https://127.0.0.1:%d", etcdPort)
	for _, f := range etcdctlFlags {
		out += fmt.Sprintf(" ETCDCTL_%s=%s", strings.ToUpper(strings.TrimPrefix(f.flag, "--")), shell.Quote(h.etcdctl[node][f.flag]))
	}
	return out
}

// probe asks a program on its own node. Those of https have a certificate there
// that nobody has signed.
func probe(scheme string, port int) string {
	insecure := ""
	if scheme == "https" {
		insecure = "k"
	}
	return fmt.Sprintf("curl -sf%s %s://127.0.0.1:%d/healthz", insecure, scheme, port)
}
