package restart

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
)

// health makes the commands that tell whether a program is back.
type health struct {
	kubectl shell.Line
	files   map[reader]string // what programs are told by which they are asked, as it lies on their nodes
	verify  bool              // what is served in the layout names the loopback address
}

// etcdctlFlags are the flags with which etcdctl asks; where the catalogue has no
// certificate for it, it takes the member's own.
var etcdctlFlags = []struct {
	flag, variable shell.Line
	member         string
}{
	{"--cacert", "ETCDCTL_CACERT", "--trusted-ca-file"}, {"--cert", "ETCDCTL_CERT", "--cert-file"}, {"--key", "ETCDCTL_KEY", "--key-file"},
}

func newHealth(r *readers, dir string) *health {
	h := &health{kubectl: operatorProgram, files: map[reader]string{}, verify: r.layout.PerNode}
	for _, p := range slices.Sorted(maps.Keys(r.byPath)) {
		for _, w := range r.byPath[p] {
			if components.RunsOn(w.component)&spec.Worker == 0 && h.files[w] == "" { // kubelets are asked by none
				h.files[w] = r.onNode(p)
			}
		}
	}
	if admin := r.layout.Find(id.Admin); admin != nil && (r.layout.PerNode || r.layout.AsFound) {
		if configs := admin.Files(r.cluster, nil).Configs; len(configs) > 0 {
			h.kubectl = h.kubectl.Own("--kubeconfig").File(path.Join(dir, configs[0].Path))
		}
	}
	return h
}

// etcdctl is the file that a flag of etcdctl gets on a node.
func (h *health) etcdctl(node string, flag shell.Line, member string) string {
	return cmp.Or(h.files[reader{node, id.Etcdctl, flag.String()}], h.files[reader{node, id.Etcd, member}])
}

// of is the command for one program of one node, and whether it is run on the
// operator's machine.
func (h *health) of(component string, n *spec.Node) (command shell.Line, here bool) {
	c := components.Find(component)
	if c == nil {
		return "", false
	}
	switch c.Asked {
	case components.AskMembers:
		// All members, by the addresses that they tell each other.
		command = shell.Command("etcdctl --endpoints").Word(onLoopback("https", c.Port))
		for _, f := range etcdctlFlags {
			command = command.Own(f.flag).File(h.etcdctl(n.Name, f.flag, f.member))
		}
		return command.Own("endpoint health --cluster"), false
	case components.AskReady:
		// This one, and not the one that the endpoint leads to. It says that it is ready
		// before it has read the RBAC rules, and for a moment refuses those who have
		// their rights by them: so it is asked for something that needs rights too.
		ask := h.kubectl.Own("--server").Word(n.URL(spec.DefaultPort))
		return shell.And(ask.Own("get --raw /readyz"), ask.Own("get namespace default")), true
	case components.AskDelegated:
		return h.asksAPI(n.Name, c), false
	case components.AskHealthz:
		// Open only once it has read its Node.
		return shell.Command("curl -sf").Word(onLoopback("http", c.Port) + "/healthz"), false
	case components.AskLease:
		return h.renews(n.Name), true
	}
	return "", false
}

// onLoopback is where a program answers on its own node
// (https://kubernetes.io/docs/reference/networking/ports-and-protocols/).
func onLoopback(scheme string, port int) string {
	return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port)
}

// shows reports whether a program shows the certificates of these files already; "" for
// none.
func shows(n *spec.Node, files map[string]string) shell.Line {
	var out []shell.Line
	for _, at := range slices.Sorted(maps.Keys(files)) {
		address := at
		if strings.HasPrefix(at, ":") {
			address = net.JoinHostPort(n.Addresses[0].String(), at[1:])
		}
		out = append(out, shell.Command("openssl s_client -connect").Word(address).
			Own("</dev/null 2>/dev/null | openssl x509 | cmp -").File(files[at]))
	}
	return shell.And(out...)
}

// etcdctlEnv sets what etcdctl needs on a node, for several calls.
func (h *health) etcdctlEnv(node string) shell.Line {
	out := shell.Command("export").Set("ETCDCTL_ENDPOINTS", onLoopback("https", components.Find(id.Etcd).Port))
	for _, f := range etcdctlFlags {
		out = out.Set(f.variable, h.etcdctl(node, f.flag, f.member))
	}
	return out
}

// notThere is a path that no program serves, and each time another one.
const notThere shell.Line = "https://127.0.0.1:{port}/certwright-$(date +%s)"

// asksAPI reports whether a program on its own node is let in by the API server, which
// its /healthz does not: who does not lead is healthy there, and who is refused never
// leads. Whether a stranger may read a path it asks the API server, with its own
// kubeconfig: its answer 403 says that it was told so, and 500 that it was refused. No
// two questions are alike, since it remembers answers.
//
// Where it serves a certificate of the cluster, and none that it made up, that is checked
// too.
func (h *health) asksAPI(node string, c *components.Component) shell.Line {
	ask := shell.Command("curl -sk")
	if ca := h.files[reader{node, c.Name, "--client-ca-file"}]; h.verify && ca != "" && h.files[reader{node, c.Name, "--tls-cert-file"}] != "" {
		ask = shell.Command("curl -s --cacert").File(ca)
	}
	path := notThere.Fill(func(string) (string, shell.Line) { return strconv.Itoa(c.Port), "" })
	return shell.Command("test").Output(ask.Own("-o /dev/null -w '%{http_code}'").Own(path)).Own("= 403")
}

// renews reports whether a kubelet renews the lease of its node, as it does every ten
// seconds where the API server lets it in. Its node stays Ready for a minute after it
// was refused.
func (h *health) renews(node string) shell.Line {
	renewed := h.kubectl.Own("-n kube-node-lease get lease").Word(node).Own("-o jsonpath='{.spec.renewTime}'")
	return shell.Command("was=$(").Own(renewed).Own(") && sleep 12 && test").Output(renewed).Own(`!= "$was"`)
}
