package components

import "certwright/pkigen/cluster/spec"

// Endpoint is a port at which a program answers, and what can be seen there without any
// credential: a handshake shows the certificate that it serves and the client CAs that it
// asks for.
type Endpoint struct {
	Name string // where a program has several: "client", "peer"; "" for the one that it has
	Port int    // where nothing is told
	// At are the settings that say where it answers, by URLs or addresses: first those by
	// which others dial it. PortAt says the port alone; "" where the URLs do.
	At     []string
	PortAt string
	Plain  bool   // plain HTTP: nothing of certificates is to be seen
	Serves string // the setting that names its certificate
	// MakesUp reports whether it makes up a certificate at each start where Serves is not
	// told: CN=localhost@SECONDS, the time of its start, which nobody can prove.
	MakesUp bool
	// Asks are the settings that name the client CAs that it asks for, in their order.
	Asks []string
	// Mutual reports whether it talks to nobody who shows no certificate.
	Mutual bool
	// StartName is the name for which it shows a certificate that it made up at its start,
	// CN=NAME@SECONDS; "" for none.
	StartName string
	// Healthy is the path that says whether it is well, and who is refused is not: "/readyz".
	// Some say "ok" while the API server refuses them; those are not asked (see Component.Asked).
	Healthy string
	// Metrics is the path with process_start_time_seconds, for who may read it; "" for none,
	// or where StartName tells it for less.
	Metrics string
}

// shownAtStart is the name for which kube-apiserver shows its loopback certificate, made
// at each start (k8s.io/apiserver/pkg/server/options, LoopbackClientServerNameOverride).
const shownAtStart = "apiserver-loopback-client"

// The endpoints of the programs.
var (
	etcdEndpoints = []Endpoint{
		{Name: "client", Port: EtcdPort, At: []string{"--advertise-client-urls", "--listen-client-urls"},
			Serves: "--cert-file", Asks: []string{"--trusted-ca-file"}, Mutual: true, Healthy: "/readyz", Metrics: metrics},
		{Name: "peer", Port: EtcdPeerPort, At: []string{"--initial-advertise-peer-urls", "--listen-peer-urls"},
			Serves: "--peer-cert-file", Asks: []string{"--peer-trusted-ca-file"}, Mutual: true, Healthy: "/version"},
	}
	apiserverEndpoints = []Endpoint{
		{Port: spec.DefaultPort, At: []string{"--advertise-address", "--bind-address"}, PortAt: securePort,
			Serves: "--tls-cert-file", Asks: []string{"--client-ca-file", "--requestheader-client-ca-file"},
			StartName: shownAtStart, Healthy: "/readyz"},
	}
	kubeletEndpoints = []Endpoint{
		{Port: KubeletPort, At: []string{"address", "--address"}, PortAt: "port",
			Serves: "tlsCertFile", Asks: []string{"authentication.x509.clientCAFile"}, Healthy: "/healthz", Metrics: metrics},
	}
	proxyEndpoints = []Endpoint{{Port: ProxyPort, At: []string{"healthzBindAddress"}, Plain: true, Healthy: "/healthz"}}
)

// leaderEndpoints are those of kube-controller-manager and kube-scheduler.
func leaderEndpoints(port int, healthy string) []Endpoint {
	return []Endpoint{{Port: port, At: []string{"--bind-address"}, PortAt: securePort,
		Serves: "--tls-cert-file", MakesUp: true, Asks: []string{"--client-ca-file", "--requestheader-client-ca-file"}, Healthy: healthy, Metrics: metrics}}
}

// securePort is the flag by which Kubernetes' programs are told their port.
const securePort = "--secure-port"

const metrics = "/metrics"
