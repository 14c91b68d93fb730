package check

import (
	"slices"
	"strings"

	"certwright/pkigen/survey"
)

// need is what a program has to be told. A flag without which it works is none.
type need struct {
	program, flag string
	// half is the flag of the other half of a pair; "" for none. With one half only
	// stops says whether the program starts.
	half  string
	stops bool
	why   string // what becomes of it without the flag, or without both; "" where that may be
	// unless are flags with which it need not be told, and when is what asks for it;
	// nil for always.
	unless []string
	when   func(*survey.Order) bool
}

const (
	controller = "kube-controller-manager"
	// clientCAField is the field by which a kubelet knows kube-apiserver.
	clientCAField = "authentication.x509.clientCAFile"
)

// needs are those of all programs.
var needs = []need{
	{program: apiserver, flag: "--client-ca-file",
		why: "It knows nobody by a certificate then: kubelets, controllers and kubectl all get 401 (Unauthorized)."},
	{program: apiserver, flag: "--tls-cert-file", half: "--tls-private-key-file", stops: true, unless: []string{"--cert-dir"},
		why: "It makes up a certificate of its own then, which none of its clients trusts."},
	{program: apiserver, flag: "--service-account-issuer", stops: true, unless: []string{"--authentication-config"}, why: "kube-apiserver does not start without it."},
	{program: apiserver, flag: "--service-account-signing-key-file", stops: true, unless: []string{"--service-account-signing-endpoint"}, why: "kube-apiserver does not start without it."},
	{program: apiserver, flag: "--service-account-key-file", stops: true, unless: []string{"--service-account-signing-endpoint"},
		why: "It does not start then, or takes its own TLS key for that of tokens: every token of a pod is refused."},
	{program: apiserver, flag: "--etcd-cafile", when: etcdByTLS,
		why: "It checks etcd by the CAs of the machine then, none of which has signed etcd's certificate, and does not start."},
	{program: apiserver, flag: "--etcd-certfile", half: "--etcd-keyfile", stops: true, when: etcdByTLS,
		why: "It shows etcd no certificate then, and is refused: it does not start."},
	{program: apiserver, flag: "--kubelet-client-certificate", half: "--kubelet-client-key",
		why: "It shows kubelets no certificate then, and gets 401: no kubectl logs, exec and port-forward."},
	{program: apiserver, flag: "--proxy-client-cert-file", half: "--proxy-client-key-file"},
	{program: "etcd", flag: "--cert-file", half: "--key-file", stops: true, unless: []string{"--config-file", "--auto-tls"}, when: serves("--trusted-ca-file", "--listen-client-urls", "--advertise-client-urls"),
		why: "etcd does not start with a URL of https and no certificate for it."},
	{program: "etcd", flag: "--peer-cert-file", half: "--peer-key-file", stops: true, unless: []string{"--config-file", "--peer-auto-tls"}, when: serves("--peer-trusted-ca-file", "--listen-peer-urls", "--initial-advertise-peer-urls"),
		why: "etcd does not start with a URL of https and no certificate for it."},
	{program: "etcd", flag: "--trusted-ca-file", unless: []string{"--config-file", "--auto-tls"}, when: serves("--cert-file", "--listen-client-urls", "--advertise-client-urls"),
		why: "Whoever reaches its port reads and writes everything then, without a certificate; with --client-cert-auth=true nobody does, since none of its clients is of a CA of the machine."},
	{program: "etcd", flag: "--peer-trusted-ca-file", unless: []string{"--config-file", "--peer-auto-tls"}, when: serves("--peer-cert-file", "--listen-peer-urls", "--initial-advertise-peer-urls"),
		why: "It asks no peer for a certificate then, and trusts none of the members that it dials."},
	{program: controller, flag: "--kubeconfig", stops: true, unless: []string{"--master"}, why: "It knows neither the API server nor its own user without it."},
	{program: controller, flag: "--cluster-signing-cert-file", half: "--cluster-signing-key-file"},
	{program: "kube-scheduler", flag: "--kubeconfig", stops: true, unless: []string{"--config", "--master"}, why: "It knows neither the API server nor its own user without it."},
	{program: "kubelet", flag: "--kubeconfig", unless: []string{"--bootstrap-kubeconfig"}, when: byConfig,
		why: "It stands alone then, and joins no cluster."},
	{program: "kubelet", flag: clientCAField, when: func(o *survey.Order) bool { return o.Fields },
		why: "It knows kube-apiserver by no certificate then, and answers 401: no kubectl logs, exec and port-forward."},
}

// halfPair is why one flag of two is no use.
const halfPair = "A certificate without its key, or a key without its certificate, is no use: "

// etcdByTLS tells that kube-apiserver dials etcd by https.
func etcdByTLS(o *survey.Order) bool {
	servers, told := o.Value("--etcd-servers")
	return !told || strings.Contains(servers, "https://")
}

// serves tells that etcd is told of one of its files, or serves https at one of
// these URLs.
func serves(file string, urls ...string) func(*survey.Order) bool {
	return func(o *survey.Order) bool {
		return o.Told(file) || slices.ContainsFunc(urls, func(f string) bool {
			v, _ := o.Value(f)
			return strings.Contains(v, "https://")
		})
	}
}

// byConfig tells that these are the flags of a kubelet, and that the rest is in a file.
func byConfig(o *survey.Order) bool { return !o.Fields && o.Told("--config") }

// Lack is a flag that a program is not told, or not as it would have to be.
type Lack struct {
	Check, File, Flag string
	Text              string // what is so
	Why               string
	Halts             bool // the program does not start
}

// needs finds what programs are not told, and would have to be.
func (c *checker) needs() {
	if c.site.Layout != nil {
		return // what programs are told is compared with what the answers make
	}
	orders := c.site.Orders()
	clientCA := map[string]bool{} // machines whose kubelet is told by a flag
	for _, o := range orders {
		clientCA[o.Machine] = clientCA[o.Machine] || o.Program == "kubelet" && o.Told("--client-ca-file")
	}
	members := c.members(orders)
	for _, o := range orders {
		for i := range needs {
			if n := &needs[i]; n.program == o.Program && !(n.flag == clientCAField && clientCA[o.Machine]) {
				c.need(o, n)
			}
		}
		c.asked(o)
		if servers, _ := o.Value("--etcd-servers"); o.Program == apiserver && servers != "" && !members.answer(o.Machine, servers) {
			c.add("etcd-servers", o.In.Path, nil, servers)
			at := [2]string{o.Machine, o.Program}
			c.lacks[at] = append(c.lacks[at], Lack{"etcd-servers", o.In.Path, "--etcd-servers", "no etcd answers at " + servers, "No member of etcd answers where kube-apiserver dials it.", true})
		}
	}
}

func (c *checker) need(o *survey.Order, n *need) {
	if o.Told(n.unless...) || n.when != nil && !n.when(o) {
		return
	}
	missing, why := "", n.why
	switch have, half := o.Told(n.flag), n.half != "" && o.Told(n.half); {
	case have && (half || n.half == ""):
		return
	case have:
		missing = n.half
	case half:
		missing = n.flag
	case why == "":
		return
	default:
		missing = n.flag
	}
	if have := o.Told(n.flag); n.half != "" && have != o.Told(n.half) {
		why = halfPair + "it is as if it were told of neither."
		if n.stops {
			why = halfPair + o.Program + " does not start."
		}
	}
	value := o.Usual(c.site, missing)
	if value == "" {
		value = "its file"
	}
	c.add("flag-missing", o.In.Path, nil, o.Program, missing, why, value)
	at := [2]string{o.Machine, o.Program}
	c.lacks[at] = append(c.lacks[at], Lack{"flag-missing", o.In.Path, missing, "no " + missing + " is given", why, n.stops})
}

// asked finds servers that are not told to ask for certificates, or take everybody.
func (c *checker) asked(o *survey.Order) {
	switch {
	case o.Program == "kubelet" && o.Fields:
		if v, _ := o.Value("authentication.anonymous.enabled"); v == "true" {
			c.add("kubelet-anonymous", o.In.Path, nil)
		}
	case o.Program == "etcd" && !o.Told("--config-file"):
		for _, f := range [][2]string{{"--client-cert-auth", "--trusted-ca-file"}, {"--peer-client-cert-auth", "--peer-trusted-ca-file"}} {
			if v, told := o.Value(f[0]); o.Told(f[1]) && (!told || v == "false") {
				c.add("etcd-auth", o.In.Path, nil, f[0], f[1])
			}
		}
	}
}
