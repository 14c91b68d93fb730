package rehearse

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/connections"
)

// voice is how a program words what it sees of others. In the texts {err} is the
// error, {from} the address that a client comes from, a q before a name ({qerr})
// has it in quotes, as JSON and klog write it, and an e ({eerr}) as it stands
// within such quotes. What cannot be known stands in capitals: ADDRESS, PORT.
type voice struct {
	starts string // it cannot use its own files
	hears  string // a handshake with it failed
	denies string // it does not know the user
	// quiet reports whether it logs hears at verbosity 5 only.
	quiet bool
}

var (
	// klog's words; the first by component-base/cli/run.go, the second by
	// net/http/server.go and apiserver/pkg/server/secure_serving.go, the third by
	// apiserver/pkg/endpoints/filters/authentication.go.
	kubeServer = voice{`"command failed" err={qerr}`, `http: TLS handshake error from {from}: {err}`,
		`"Unable to authenticate the request" err={qerr}`, true}
	// server/v3/etcdmain/etcd.go, where the files of the client port are read when
	// it opens, and those of the peers before; server/v3/embed/config_logging.go.
	etcdServer = voice{starts: `"msg":"listener failed","error":{qerr}`,
		hears: `"msg":"rejected connection on client endpoint","remote-addr":{qfrom},"server-name":{qname},{shown}"error":{qerr}`}
	etcdPeerServer = voice{starts: `"msg":"discovery failed","error":{qerr}`,
		hears: `"msg":"rejected connection on peer endpoint","remote-addr":{qfrom},"server-name":{qname},{shown}"error":{qerr}`}
)

// voices are those of the programs.
var voices = map[string]voice{
	"etcd":             etcdServer,
	"kube-apiserver":   kubeServer,
	"extension server": kubeServer,
	// kubernetes/cmd/kubelet/app/server.go and pkg/kubelet/server/server.go.
	"kubelet": {`"command failed" err="failed to run Kubelet: {err}"`, kubeServer.hears,
		`"Unable to authenticate the request due to an error" err={qerr}`, false},
	"kube-controller-manager": {starts: kubeServer.starts},
	"kube-scheduler":          {starts: kubeServer.starts},
	"kube-proxy":              {starts: kubeServer.starts},
	"new kubelet":             {starts: `"command failed" err="failed to run Kubelet: {err}"`},
	"kubectl":                 {starts: `error: {err}`},
	"etcdctl":                 {starts: `Error: {err}`},
	"pods":                    {starts: `{err}`},
}

// call is how a program words that its call failed. {url} is https://HOST:PORT,
// {host} HOST:PORT, {dialled} the same with the address that a name stands for,
// {node} its machine, {user} whom the other side takes it for, and {text} the
// inner text.
type call struct {
	outer   string // around the others
	fails   string // in the handshake
	late    string // after its own side of the handshake, as TLS 1.3 has it; "" for the same
	refused string // where nothing listens; "" for fails with the system's error
	// denied is what a 401 makes of it, forbidden a 403, which may have an outer
	// text of its own.
	denied, forbidden, forbiddenOuter string
}

// connectionRefused is the system's error of a port at which nothing listens.
const connectionRefused = "dial tcp {dialled}: connect: connection refused"

// gRPC's words: google.golang.org/grpc internal/transport/http2_client.go.
const (
	grpcFails   = `connection error: desc = "transport: authentication handshake failed: {eerr}"`
	grpcLate    = `connection error: desc = "error reading server preface: {eerr}"`
	grpcRefused = `connection error: desc = "transport: Error while dialing: ` + connectionRefused + `"`
)

// etcdctl's words: grpc picker_wrapper.go, once etcdctl has waited for its deadline.
const etcdctl = `rpc error: code = DeadlineExceeded desc = latest balancer error: `

// denied is client-go's text of a 401 (apimachinery pkg/api/errors/errors.go).
const denied = "the server has asked for the client to provide credentials"

// callOf are the words of a connection. The gateway dials one of etcd's own addresses,
// whichever (etcd server/v3/embed/etcd.go, pickGRPCGatewayServeContext).
func callOf(a *connections.Connection) call {
	if a.Itself {
		return transport("ADDRESS:2379")
	}
	return calls[[2]string{a.From, a.To}]
}

// calls are those of the connections, by who dials whom.
var calls = map[[2]string]call{
	// grpc clientconn.go, addrConn.createTransport.
	{"kube-apiserver", "etcd"}: transport("{host}"),
	// etcd client/v3/retry_interceptor.go.
	{"etcdctl", "etcd"}: {outer: `"error":{qtext}`, fails: etcdctl + grpcFails, late: etcdctl + grpcLate, refused: etcdctl + grpcRefused},
	// etcd server/v3/etcdserver/api/rafthttp/probing_status.go.
	{"etcd", "etcd"}: {outer: `"msg":"prober detected unhealthy status","round-tripper-name":"ROUND_TRIPPER_RAFT_MESSAGE",` +
		`"remote-peer-id":"ID","rtt":"0s","error":{qtext}`, fails: `{err}`},
	{"kube-controller-manager", "kube-apiserver"}: leader("kube-controller-manager"),
	{"kube-scheduler", "kube-apiserver"}:          watcher("pods", "Pod", `pods`, "fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed"),
	// kubernetes pkg/kubelet/kubelet_node_status.go; a kubelet that may not create
	// its Node looks whether it is there.
	{"kubelet", "kube-apiserver"}: {outer: `"Unable to register node with API server" err={qtext} node={qnode}`,
		fails: `Post "{url}/api/v1/nodes": {err}`, denied: "Unauthorized",
		forbidden:      `nodes {qnode} is forbidden: User {quser} cannot get resource "nodes" in API group "" at the cluster scope`,
		forbiddenOuter: `"Unable to register node with API server, error getting existing node" err={qtext} node={qnode}`},
	{"kube-proxy", "kube-apiserver"}: watcher("nodes", "Node", `nodes {qnode}`, "fieldSelector=metadata.name%3D{node}"),
	{"kubectl", "kube-apiserver"}:    kubectl,
	{"pods", "kube-apiserver"}: {fails: `Get "{url}/api/v1/namespaces/default/pods": {err}`, denied: "Unauthorized",
		forbidden: `pods is forbidden: User {quser} cannot list resource "pods" in API group "" in the namespace "default"`},
	{"new kubelet", "kube-apiserver"}: bootstrap,
	// What kubectl logs prints of it; the 403 is of kubernetes pkg/kubelet/server/server.go.
	{"kube-apiserver", "kubelet"}: {fails: `Error from server: Get "{url}/containerLogs/NAMESPACE/POD/CONTAINER": {err}`,
		denied:    `error: You must be logged in to the server (` + denied + ` ( pods/log POD))`,
		forbidden: `Forbidden (user={user}, verb=get, resource=nodes, subresource(s)=[proxy])`},
	// apimachinery pkg/util/proxy/transport.go.
	{"kube-apiserver", "extension server"}: {fails: `error trying to reach service: {err}`, denied: "Unauthorized",
		forbidden: `nodes.metrics.k8s.io is forbidden: User {quser} cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope`},
}

// kubectl's words: kubectl pkg/cmd/util/helpers.go.
var kubectl = call{fails: `Unable to connect to the server: {err}`,
	refused:   `The connection to the server {host} was refused - did you specify the right host or port?`,
	denied:    `error: You must be logged in to the server (` + denied + `)`,
	forbidden: `Error from server (Forbidden): nodes is forbidden: User {quser} cannot list resource "nodes" in API group "" at the cluster scope`}

// bootstrap's words: client-go util/certificate/csr/csr.go, as the kubelet logs them.
var bootstrap = call{outer: `"command failed" err="failed to run Kubelet: cannot create certificate signing request: {text}"`,
	fails:  `Post "{url}/apis/certificates.k8s.io/v1/certificatesigningrequests": {err}`,
	denied: "Unauthorized",
	forbidden: `certificatesigningrequests.certificates.k8s.io is forbidden: ` +
		`User {quser} cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope`}

// leader is a program that first of all wants to lead
// (client-go tools/leaderelection/leaderelection.go).
func leader(name string) call {
	return call{outer: `"Error retrieving lease lock" err={qtext} lock="kube-system/` + name + `"`,
		fails:  `Get "{url}/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/` + name + `?timeout=5s": {err}`,
		denied: "Unauthorized",
		forbidden: `leases.coordination.k8s.io "` + name + `" is forbidden: ` +
			`User {quser} cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "kube-system"`}
}

// watcher is a program that first of all lists some objects, which it watches
// then (client-go tools/cache/reflector.go). what are they where it may not.
func watcher(resource, kind, what, query string) call {
	list := "failed to list *v1." + kind + ": "
	return call{outer: `"Failed to watch" err={qtext}`,
		fails:     list + `Get "{url}/api/v1/` + resource + "?" + query + `&limit=500&resourceVersion=0": {err}`,
		denied:    list + "Unauthorized",
		forbidden: list + what + ` is forbidden: User {quser} cannot list resource "` + resource + `" in API group "" at the cluster scope`}
}

// transport is a program that keeps a connection to an address by gRPC.
func transport(addr string) call {
	return call{outer: `grpc: addrConn.createTransport failed to connect to {Addr: "` + addr + `", ServerName: "` + addr + `", }. Err: {text}`,
		fails: grpcFails, late: grpcLate, refused: grpcRefused}
}

// notAllowed is NodeRestriction's word to a kubelet that speaks of another's node
// (kubernetes plugin/pkg/admission/noderestriction/admission.go).
func notAllowed(own, other string) string {
	return fmt.Sprintf("nodes %q is forbidden: node %[2]q is not allowed to modify node %[1]q", other, own)
}

// notRead is the Node authorizer's word to a kubelet that asks for another's node
// (kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go).
func notRead(own, other string) string {
	return fmt.Sprintf(": node: node '%s' cannot read '%s', only its own Node object", own, other)
}

// words fills the texts of one case.
type words struct{ c *Case }

func (w words) fill(text string, values ...string) string {
	c := w.c
	port := c.Port
	if port == 0 {
		port = c.Connection.Port
	}
	host := net.JoinHostPort(c.Dial, strconv.Itoa(port))
	name, reached := c.Dial, net.JoinHostPort("ADDRESS", strconv.Itoa(port))
	if _, err := netip.ParseAddr(name); err == nil {
		name, reached = "", host // an address is not sent as a server name
	}
	from := "ADDRESS:PORT"
	if c.Source.IsValid() && !c.Connection.Itself {
		from = netip.AddrPortFrom(c.Source, sourcePort).String()
	}
	all := append([]string{"url", "https://" + host, "host", host, "dialled", reached, "name", name, "from", from, "node", c.From.Machine}, values...)
	var pairs []string
	for i := 0; i+1 < len(all); i += 2 {
		quoted := strconv.Quote(all[i+1])
		pairs = append(pairs, "{"+all[i]+"}", all[i+1], "{q"+all[i]+"}", quoted, "{e"+all[i]+"}", quoted[1:len(quoted)-1])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// answerer is the voice of the answering side.
func (w words) answerer() voice {
	if w.c.Connection.Peers {
		return etcdPeerServer
	}
	return voices[w.c.To.Program]
}

func (w words) starts(side *Side, err error) string {
	v, is := voices[side.Program]
	if !is {
		return err.Error() // who tries what must be refused
	}
	if w.c.Connection.Peers {
		v = etcdPeerServer
	}
	if halt := (*Halt)(nil); errors.As(err, &halt) && halt.starts != "" {
		v.starts = halt.starts
	}
	return w.fill(v.starts, "err", err.Error())
}

// hears is what the answering side says of a handshake that it ended. shown is
// the certificate that etcd adds, once it has verified one; nil for none.
func (w words) hears(err error, shown *x509.Certificate) string {
	return w.fill(w.answerer().hears, "err", err.Error(), "shown", names(shown))
}

// overhears is what it says of a handshake that the other side ended.
func (w words) overhears(err error) string {
	if err == nil {
		return ""
	}
	return w.hears(err, nil)
}

// names are those of a certificate as etcd logs them.
func names(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	list := func(texts []string) string {
		for i, t := range texts {
			texts[i] = strconv.Quote(t)
		}
		return "[" + strings.Join(texts, ",") + "]"
	}
	var ips []string
	for _, ip := range c.IPAddresses {
		ips = append(ips, ip.String())
	}
	return `"ip-addresses":` + list(ips) + `,"dns-names":` + list(slices.Clone(c.DNSNames)) + `,`
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
	k := callOf(w.c.Connection)
	text := k.fails
	if late && k.late != "" {
		text = k.late
	}
	return w.around(k.outer, w.fill(text, "err", err.Error()))
}

// unheard is what the dialling side says where the other has not started.
func (w words) unheard() string {
	k := callOf(w.c.Connection)
	if w.c.Refusal != nil || k.refused == "" {
		return w.dials(errors.New(w.fill(connectionRefused)), false)
	}
	return w.around(k.outer, w.fill(k.refused))
}

func (w words) denied() string {
	if w.c.Refusal != nil {
		return "401 Unauthorized"
	}
	k := callOf(w.c.Connection)
	return w.around(k.outer, k.denied)
}

func (w words) forbidden(who Identity) string {
	k := callOf(w.c.Connection)
	text, outer := w.fill(k.forbidden, "user", who.User), k.outer
	if own, is := strings.CutPrefix(who.User, nodePrefix); is && w.c.From.Program == "kubelet" && own != w.c.From.Machine {
		text += notRead(own, w.c.From.Machine)
	}
	if k.forbiddenOuter != "" {
		outer = k.forbiddenOuter
	}
	return w.around(outer, text)
}

func (w words) around(outer, text string) string {
	if outer == "" {
		return text
	}
	return w.fill(outer, "text", text)
}

// nodePrefix is before a node's name in the user of its kubelet.
const nodePrefix = "system:node:"

func trimNode(user string) string { return strings.TrimPrefix(user, nodePrefix) }
