package rehearse

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// voice is how a program words what it sees of others. In the texts {err} is the
// error, {from} the address that a client comes from, and a q before a name
// ({qerr}) has it in quotes, as JSON and klog write it.
type voice struct {
	starts string // it cannot use its own files
	hears  string // a handshake with it failed
	denies string // it does not know the user
}

var (
	// klog's words; the first by component-base/cli/run.go, the second by
	// net/http/server.go, the third by apiserver/pkg/endpoints/filters/authentication.go.
	kubeServer = voice{`"command failed" err={qerr}`, `http: TLS handshake error from {from}: {err}`,
		`"Unable to authenticate the request" err={qerr}`}
	// server/v3/etcdmain/etcd.go and server/v3/embed/config_logging.go.
	etcdServer = voice{starts: `"msg":"discovery failed","error":{qerr}`,
		hears: `"msg":"rejected connection on client endpoint","remote-addr":{qfrom},"server-name":{qname},"error":{qerr}`}
	etcdPeerServer = voice{starts: etcdServer.starts,
		hears: `"msg":"rejected connection on peer endpoint","remote-addr":{qfrom},"server-name":{qname},"error":{qerr}`}
)

// voices are those of the programs.
var voices = map[string]voice{
	"etcd":             etcdServer,
	"kube-apiserver":   kubeServer,
	"extension server": kubeServer,
	// kubernetes/cmd/kubelet/app/server.go and pkg/kubelet/server/server.go.
	"kubelet": {`"command failed" err="failed to run Kubelet: {err}"`, kubeServer.hears,
		`"Unable to authenticate the request due to an error" err={qerr}`},
	"kube-controller-manager": {starts: kubeServer.starts},
	"kube-scheduler":          {starts: kubeServer.starts},
	"kube-proxy":              {starts: kubeServer.starts},
	"new kubelet":             {starts: `"command failed" err="failed to run Kubelet: {err}"`},
	"kubectl":                 {starts: `error: {err}`},
	"etcdctl":                 {starts: `Error: {err}`},
	"pods":                    {starts: `{err}`},
}

// call is how a program words that its call failed. {url} is https://HOST:PORT,
// {host} HOST:PORT, {node} its machine, {user} whom the other side takes it for,
// and {text} the inner text.
type call struct {
	outer string // around the others
	fails string // in the handshake
	late  string // after its own side of the handshake, as TLS 1.3 has it; "" for the same
	// denied is what a 401 makes of it, forbidden a 403.
	denied, forbidden string
}

// gRPC's words: google.golang.org/grpc internal/transport/http2_client.go.
const (
	grpcFails = `connection error: desc = "transport: authentication handshake failed: {err}"`
	grpcLate  = `connection error: desc = "error reading server preface: {err}"`
)

// denied is client-go's text of a 401 (apimachinery pkg/api/errors/errors.go).
const denied = "the server has asked for the client to provide credentials"

// calls are those of the arrows, by their ID.
var calls = map[string]call{
	// grpc clientconn.go, addrConn.createTransport.
	"apiserver-to-etcd": {outer: `grpc: addrConn.createTransport failed to connect to {Addr: {qhost}, ServerName: {qhost}, }. Err: {text}`,
		fails: grpcFails, late: grpcLate},
	"etcd-gateway": {outer: `grpc: addrConn.createTransport failed to connect to {Addr: {qhost}, ServerName: {qhost}, }. Err: {text}`,
		fails: grpcFails, late: grpcLate},
	// grpc picker_wrapper.go; etcdctl waits for its deadline first.
	"etcdctl-to-etcd": {outer: `rpc error: code = DeadlineExceeded desc = latest balancer error: last connection error: {text}`,
		fails: grpcFails, late: grpcLate},
	// etcd server/v3/etcdserver/api/rafthttp/probing_status.go.
	"etcd-peers": {outer: `"msg":"prober detected unhealthy status","error":{qtext}`, fails: `Get "{url}/raft/probing": {err}`},
	// client-go tools/leaderelection/leaderelection.go.
	"controller-manager-to-apiserver": leader("kube-controller-manager"),
	"scheduler-to-apiserver":          leader("kube-scheduler"),
	// kubernetes pkg/kubelet/kubelet_node_status.go.
	"kubelet-to-apiserver": {outer: `"Unable to register node with API server" err={qtext} node={qnode}`,
		fails: `Post "{url}/api/v1/nodes": {err}`, denied: "Unauthorized",
		forbidden: `nodes {qnode} is forbidden: User {quser} cannot create resource "nodes" in API group "" at the cluster scope`},
	// client-go tools/cache/reflector.go.
	"kube-proxy-to-apiserver": {outer: `"Failed to watch" err={qtext} reflector="k8s.io/client-go/informers/factory.go" type="*v1.Service"`,
		fails: `failed to list *v1.Service: Get "{url}/api/v1/services?limit=500&resourceVersion=0": {err}`, denied: "failed to list *v1.Service: Unauthorized",
		forbidden: `failed to list *v1.Service: services is forbidden: User {quser} cannot list resource "services" in API group "" at the cluster scope`},
	"admin-to-apiserver":       kubectl,
	"super-admin-to-apiserver": kubectl,
	"pods-to-apiserver": {fails: `Get "{url}/api/v1/namespaces/default/pods": {err}`, denied: "Unauthorized",
		forbidden: `pods is forbidden: User {quser} cannot list resource "pods" in API group "" in the namespace "default"`},
	"bootstrap-to-apiserver":      bootstrap,
	"bootstrap-file-to-apiserver": bootstrap,
	// What kubectl logs prints of it; the 403 is of kubernetes pkg/kubelet/server/server.go.
	"apiserver-to-kubelet": {outer: `Error from server: {text}`,
		fails: `Get "{url}/containerLogs/NAMESPACE/POD/CONTAINER": {err}`, denied: denied,
		forbidden: `Forbidden (user={user}, verb=get, resource=nodes, subresource(s)=[proxy])`},
	// apimachinery pkg/util/proxy/transport.go.
	"apiserver-to-extension": {fails: `error trying to reach service: {err}`, denied: "Unauthorized",
		forbidden: `nodes.metrics.k8s.io is forbidden: User {quser} cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope`},
}

// kubectl's words: kubectl pkg/cmd/util/helpers.go.
var kubectl = call{fails: `Unable to connect to the server: {err}`,
	denied:    `error: You must be logged in to the server (` + denied + `)`,
	forbidden: `Error from server (Forbidden): nodes is forbidden: User {quser} cannot list resource "nodes" in API group "" at the cluster scope`}

// bootstrap's words: client-go util/certificate/csr/csr.go, as the kubelet logs them.
var bootstrap = call{outer: `"command failed" err="failed to run Kubelet: cannot create certificate signing request: {text}"`,
	fails:  `Post "{url}/apis/certificates.k8s.io/v1/certificatesigningrequests": {err}`,
	denied: "Unauthorized",
	forbidden: `certificatesigningrequests.certificates.k8s.io is forbidden: ` +
		`User {quser} cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope`}

// leader is a program that first of all wants to lead.
func leader(name string) call {
	return call{outer: `"Error retrieving lease lock" err={qtext} lock="kube-system/` + name + `"`,
		fails:  `Get "{url}/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/` + name + `?timeout=5s": {err}`,
		denied: "Unauthorized",
		forbidden: `leases.coordination.k8s.io "` + name + `" is forbidden: ` +
			`User {quser} cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "kube-system"`}
}

// notAllowed is NodeRestriction's word to a kubelet that speaks of another's node
// (kubernetes plugin/pkg/admission/noderestriction/admission.go).
func notAllowed(own, other string) string {
	return fmt.Sprintf("nodes %q is forbidden: node %[2]q is not allowed to modify node %[1]q", other, own)
}

// words fills the texts of one case.
type words struct{ c *Case }

func (w words) fill(text string, values ...string) string {
	c := w.c
	port := c.Port
	if port == 0 {
		port = c.Arrow.Port
	}
	host := net.JoinHostPort(c.Dial, strconv.Itoa(port))
	name := c.Dial
	if _, err := netip.ParseAddr(name); err == nil {
		name = "" // an address is not sent as a server name
	}
	from := "ADDRESS:PORT"
	if c.Source.IsValid() {
		from = netip.AddrPortFrom(c.Source, sourcePort).String()
	}
	all := append([]string{"url", "https://" + host, "host", host, "name", name, "from", from, "node", c.From.Machine}, values...)
	var pairs []string
	for i := 0; i+1 < len(all); i += 2 {
		pairs = append(pairs, "{"+all[i]+"}", all[i+1], "{q"+all[i]+"}", strconv.Quote(all[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// answerer is the voice of the answering side.
func (w words) answerer() voice {
	if w.c.Arrow.ID == "etcd-peers" {
		return etcdPeerServer
	}
	return voices[w.c.To.Program]
}

func (w words) starts(side *Side, err error) string {
	v, is := voices[side.Program]
	if !is {
		return err.Error() // who tries what must be refused
	}
	return w.fill(v.starts, "err", err.Error())
}

func (w words) hears(err error) string {
	if err == nil {
		return ""
	}
	return w.fill(w.answerer().hears, "err", err.Error())
}

func (w words) denies(err error) string {
	if err == errDenied {
		return err.Error() // nothing is logged of it
	}
	return w.fill(w.answerer().denies, "err", err.Error())
}

// dials is what the dialling side says of an error. Who tries what must be
// refused is no program with words of its own.
func (w words) dials(err error, late bool) string {
	if err == nil {
		return ""
	}
	if w.c.Refusal != nil {
		return err.Error()
	}
	k := calls[w.c.Arrow.ID]
	text := k.fails
	if late && k.late != "" {
		text = k.late
	}
	return w.around(k, w.fill(text, "err", err.Error()))
}

func (w words) denied() string {
	if w.c.Refusal != nil {
		return "401 Unauthorized"
	}
	k := calls[w.c.Arrow.ID]
	return w.around(k, k.denied)
}

func (w words) forbidden(who Identity) string {
	k := calls[w.c.Arrow.ID]
	if own, is := strings.CutPrefix(who.User, nodePrefix); is && w.c.From.Program == "kubelet" && own != w.c.From.Machine {
		return w.around(k, notAllowed(own, w.c.From.Machine))
	}
	return w.around(k, w.fill(k.forbidden, "user", who.User))
}

func (w words) around(k call, text string) string {
	if k.outer == "" {
		return text
	}
	return w.fill(k.outer, "text", text)
}

// nodePrefix is before a node's name in the user of its kubelet.
const nodePrefix = "system:node:"

func trimNode(user string) string { return strings.TrimPrefix(user, nodePrefix) }
