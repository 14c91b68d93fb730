// Package components is the table of the programs of a cluster that are told about
// certificates: on which nodes each runs, at which port it answers, and what it is told
// besides its files.
package components

import (
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// Component is one program of a cluster that is told about certificates.
type Component struct {
	Name string // of the program: "kube-apiserver"
	On   spec.NodeRoles
	// Config is the name of the configuration file that it reads besides its
	// flags; "" for none. ConfigKind and APIVersion stand in it.
	Config, ConfigKind, APIVersion string
	// Yours names flags, or fields of the configuration file, that most clusters
	// set and that have nothing to do with certificates.
	Yours string
	// Once names flags that count when the program starts for the first time, and
	// never again.
	Once []string
	// Static reports whether kubeadm has the kubelet run it, by a manifest.
	Static bool
	// Asked is how one sees on a node that it is back, and Port where it answers there.
	Asked Asked
	Port  int
	// Endpoints are the ports at which it answers.
	Endpoints []Endpoint
	// Seen are flags by whose files it is known to run on a machine where nothing is told.
	Seen []string
	// Short is a name by which files and variables with its flags may be called too, besides
	// its own and that without "kube-"; "" for none.
	Short string
	// Settings are the flags and fields beyond those that name files: what makes
	// the files count, and the addresses that they are made for.
	Settings func(*spec.Cluster, *spec.Node) []Setting
}

// Asked is by what question a program shows that it is back.
type Asked string

// The questions.
const (
	AskMembers   Asked = "etcdctl"   // etcdctl asks all members
	AskReady     Asked = "readyz"    // it is ready, and answers one who needs rights
	AskDelegated Asked = "delegated" // it asks the API server whether one may read
	AskHealthz   Asked = "healthz"   // plain HTTP
	AskLease     Asked = "lease"     // its node's lease is renewed
)

// Setting is one flag ("--client-ca-file") or one field of a configuration file
// ("authentication.x509.clientCAFile") with its value.
type Setting struct{ Name, Value string }

// Variable is the variable that holds the flags in the component's environment
// file: "KUBE_APISERVER_ARGS".
func (c *Component) Variable() string {
	return strings.ToUpper(strings.ReplaceAll(c.Name, "-", "_")) + "_ARGS"
}

// EnvFile is where the component's flags lie on its nodes.
func (c *Component) EnvFile() string { return Folder + "/" + c.Name + ".env" }

// ConfigFile is where its configuration file lies; "" where it reads none.
func (c *Component) ConfigFile() string {
	if c.Config == "" {
		return ""
	}
	return Folder + "/" + c.Config
}

// ReadsOnce reports whether all these flags count at the first start of a program only.
func (c *Component) ReadsOnce(flags []string) bool {
	return len(flags) > 0 && !slices.ContainsFunc(flags, func(f string) bool { return !slices.Contains(c.Once, f) })
}

// Find finds a program by its name; nil for another one.
func Find(name string) *Component {
	for i := range All {
		if All[i].Name == name {
			return &All[i]
		}
	}
	return nil
}

// Folder is where the programs look on a node, wherever the certificates lie: kubeadm's
// place, which its guides and other tools expect.
const Folder = "/etc/kubernetes"

// TokenFile is where kube-apiserver reads bootstrap tokens from a file.
const TokenFile = Folder + "/bootstrap-tokens.csv"

// The ports at which programs answer; kube-apiserver's is spec.DefaultPort.
const (
	EtcdPort              = 2379
	EtcdPeerPort          = 2380
	KubeletPort           = 10250
	ControllerManagerPort = 10257
	SchedulerPort         = 10259
	ProxyPort             = 10256
)

// All are the programs in the order in which they are started.
var All = []Component{
	{Name: id.Etcd, On: spec.Etcd, Settings: etcdSettings, Static: true, Asked: AskMembers, Port: EtcdPort, Endpoints: etcdEndpoints,
		Seen: []string{"--cert-file", "--peer-cert-file"},
		// With data of its own a member goes by the list of members in it
		// (https://etcd.io/docs/latest/op-guide/configuration/#clustering).
		Once: []string{"--initial-cluster", "--initial-cluster-state", "--initial-advertise-peer-urls"}},
	{Name: id.KubeAPIServer, On: spec.ControlPlane, Settings: apiserverSettings, Static: true, Asked: AskReady, Port: spec.DefaultPort, Endpoints: apiserverEndpoints,
		Short: "kube-api",
		Seen:  []string{"--tls-cert-file", "--tls-private-key-file", "--kubelet-client-certificate", "--etcd-certfile"}},
	{Name: id.KubeControllerManager, On: spec.ControlPlane, Settings: controllerSettings, Static: true, Asked: AskDelegated, Port: ControllerManagerPort, Endpoints: leaderEndpoints(ControllerManagerPort, ""),
		Short: "kube-controller",
		Seen:  []string{"--kubeconfig"},
		Yours: "--allocate-node-cidrs, --cluster-cidr"},
	{Name: id.KubeScheduler, On: spec.ControlPlane, Settings: noSettings, Static: true, Asked: AskDelegated, Port: SchedulerPort, Endpoints: leaderEndpoints(SchedulerPort, "/readyz"),
		Seen: []string{"--kubeconfig"}},
	{Name: id.Kubelet, On: spec.Kubelet, Config: "kubelet-config.yaml", ConfigKind: "KubeletConfiguration",
		APIVersion: "kubelet.config.k8s.io/v1beta1", Settings: kubeletSettings, Asked: AskLease, Port: KubeletPort, Endpoints: kubeletEndpoints,
		Seen:  []string{"--kubeconfig"},
		Yours: "containerRuntimeEndpoint, cgroupDriver, clusterDNS"},
	{Name: id.KubeProxy, On: spec.Kubelet, Config: "kube-proxy-config.yaml", ConfigKind: "KubeProxyConfiguration",
		APIVersion: "kubeproxy.config.k8s.io/v1alpha1", Settings: proxySettings, Asked: AskHealthz, Port: ProxyPort, Endpoints: proxyEndpoints,
		Seen:  []string{"clientConnection.kubeconfig"},
		Yours: "mode, clusterCIDR"},
}

// tools are the programs that nobody starts with the cluster: people run them.
var tools = []Component{{Name: id.Etcdctl, On: spec.Etcd}, {Name: id.Kubectl}}

// RunsOn says on which nodes a program or a tool runs; 0 for one that runs on none.
func RunsOn(name string) spec.NodeRoles {
	for _, c := range slices.Concat(All, tools) {
		if c.Name == name {
			return c.On
		}
	}
	return 0
}

func noSettings(*spec.Cluster, *spec.Node) []Setting { return nil }

func etcdSettings(c *spec.Cluster, n *spec.Node) []Setting {
	client, peer := n.URL(EtcdPort), n.URL(EtcdPeerPort)
	var members []string
	for i := range c.Nodes {
		if m := &c.Nodes[i]; m.Roles.Has(spec.Etcd) {
			members = append(members, m.Name+"="+m.URL(EtcdPeerPort))
		}
	}
	return []Setting{
		{"--client-cert-auth", "true"},
		{"--peer-client-cert-auth", "true"},
		{"--name", n.Name},
		{"--data-dir", "/var/lib/etcd"},
		{"--listen-client-urls", client + ",https://127.0.0.1:" + strconv.Itoa(EtcdPort)},
		{"--advertise-client-urls", client},
		{"--listen-peer-urls", peer},
		{"--initial-advertise-peer-urls", peer},
		{"--initial-cluster", strings.Join(members, ",")},
		{"--initial-cluster-state", "new"},
	}
}

func apiserverSettings(c *spec.Cluster, n *spec.Node) []Setting {
	out := []Setting{
		{"--etcd-servers", strings.Join(etcdURLs(c, n), ",")},
		{"--advertise-address", n.FirstAddress()},
		{securePort, strconv.Itoa(spec.DefaultPort)},
		{"--service-cluster-ip-range", prefixes(c)},
		{"--service-account-issuer", Issuer(c)},
		{"--enable-admission-plugins", "NodeRestriction"},
		{"--kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"},
		{"--requestheader-allowed-names", id.FrontProxyClient},
		{"--requestheader-username-headers", "X-Remote-User"},
		{"--requestheader-group-headers", "X-Remote-Group"},
		{"--requestheader-extra-headers-prefix", "X-Remote-Extra-"},
	}
	if !c.Revocation { // else a file says it
		out = append(out, Setting{"--authorization-mode", "Node,RBAC"})
	}
	switch c.Bootstrap {
	case spec.BootstrapSecret:
		out = append(out, Setting{"--enable-bootstrap-token-auth", "true"})
	case spec.BootstrapFile:
		out = append(out, Setting{"--token-auth-file", TokenFile})
	}
	return out
}

// etcdURLs are the members, the one on the same node first.
func etcdURLs(c *spec.Cluster, n *spec.Node) []string {
	var own, others []string
	for i := range c.Nodes {
		m := &c.Nodes[i]
		switch {
		case !m.Roles.Has(spec.Etcd):
		case m.Name == n.Name:
			own = append(own, m.URL(EtcdPort))
		default:
			others = append(others, m.URL(EtcdPort))
		}
	}
	return append(own, others...)
}

// Issuer is the name that service account tokens bear as their issuer: where
// pods find the API server.
func Issuer(c *spec.Cluster) string { return "https://kubernetes.default.svc." + c.DNSDomain }

func controllerSettings(c *spec.Cluster, _ *spec.Node) []Setting {
	out := []Setting{
		{"--use-service-account-credentials", "true"},
		{"--service-cluster-ip-range", prefixes(c)},
	}
	if c.Bootstrap == spec.BootstrapSecret {
		// Both are off by default: without the second, tokens that ended stay.
		out = append(out, Setting{"--controllers", "*,bootstrapsigner,tokencleaner"})
	}
	return out
}

func kubeletSettings(c *spec.Cluster, n *spec.Node) []Setting {
	out := []Setting{
		{"--hostname-override", n.Name},
		{"--node-ip", n.FirstAddress()},
		{"authentication.anonymous.enabled", "false"},
		{"authentication.webhook.enabled", "true"},
		{"authorization.mode", "Webhook"},
		{"clusterDomain", yamlText(c.DNSDomain)},
	}
	if c.Bootstraps() {
		out = append(out,
			Setting{"--kubeconfig", Folder + "/kubelet.conf"}, // it writes this file itself
			Setting{"rotateCertificates", "true"},
			Setting{"serverTLSBootstrap", "true"})
	}
	return out
}

func proxySettings(_ *spec.Cluster, n *spec.Node) []Setting {
	return []Setting{{"hostnameOverride", yamlText(n.Name)}}
}

// yamlText writes a DNS name for a configuration file: bare, unless YAML takes it
// for a number, a truth value or nothing (YAML 1.1, which sigs.k8s.io/yaml reads).
func yamlText(name string) string {
	words := []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
	if name != "" && 'a' <= name[0] && name[0] <= 'z' && !slices.Contains(words, name) {
		return name
	}
	return strconv.Quote(name)
}

// prefixes are the service networks, the primary one first.
func prefixes(c *spec.Cluster) string {
	var out []string
	for _, p := range c.ServiceSubnets {
		out = append(out, p.String())
	}
	return strings.Join(out, ",")
}
