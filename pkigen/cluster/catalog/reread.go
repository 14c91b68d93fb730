package catalog

import (
	"strconv"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// Effect is what a change of a file does to a program that runs.
type Effect string

// The effects.
const (
	Rereads  Effect = "reload"  // it reads the file again by itself
	Restarts Effect = "restart" // it has read the file when it started, and never again
	AtUse    Effect = "nothing" // it reads the file each time it needs it
)

// Reread is what a component does when a file that it was told about changes.
type Reread struct {
	Component, Flag string // as in Use
	Effect          Effect
	// Within is how long it takes at most until a program that reads again has
	// done so; 0 for the next connection.
	Within time.Duration
	// Since is the first minor version of Kubernetes that reads the file again;
	// older ones have to be restarted. "" where all do that are still in use.
	Since string
	// Shown is where the certificate in the file is shown to every client, so that one
	// can see on the node whether it was read: "127.0.0.1:6443", or ":2380" where only
	// the node's own address is served; "" for a file that is not shown.
	Shown string
}

// Flags by which a kubeconfig, and not a command line, names a file. A kubeconfig
// that embeds a certificate has none of them.
const (
	ConfigCA   = "kubeconfig certificate-authority"
	ConfigCert = "kubeconfig client-certificate"
	ConfigKey  = "kubeconfig client-key"
)

// How often the programs look: kube-apiserver's files are watched, and read each
// minute besides (apiserver/pkg/server/dynamiccertificates); client-go compares
// its certificates each five (transport/cert_rotation.go). At a CA file it looks since
// 1.36 only (gate ClientsAllowCARotation), and then at the first request that comes
// five minutes after the last look: who holds watches open sends none, and has no
// time within which it has looked. So a changed CA file needs a restart.
const (
	watched  = time.Minute
	compared = 5 * time.Minute
)

// rereads has every flag of the catalogue, by its component.
var rereads = []Reread{
	// etcd gives Go functions that read the pair at each handshake
	// (client/pkg/transport/listener.go), but the CAs only once.
	{Component: id.Etcd, Flag: "--cert-file", Effect: Rereads, Shown: loopback(etcdClientPort)},
	{Component: id.Etcd, Flag: "--key-file", Effect: Rereads},
	{Component: id.Etcd, Flag: "--peer-cert-file", Effect: Rereads, Shown: ":" + strconv.Itoa(etcdPeerPort)},
	{Component: id.Etcd, Flag: "--peer-key-file", Effect: Rereads},
	{Component: id.Etcd, Flag: "--trusted-ca-file", Effect: Restarts},
	{Component: id.Etcd, Flag: "--peer-trusted-ca-file", Effect: Restarts},
	{Component: id.Etcdctl, Flag: "--cert", Effect: AtUse},
	{Component: id.Etcdctl, Flag: "--key", Effect: AtUse},
	{Component: id.Etcdctl, Flag: "--cacert", Effect: AtUse},

	{Component: id.KubeAPIServer, Flag: "--tls-cert-file", Effect: Rereads, Within: watched, Shown: loopback(spec.DefaultPort)},
	{Component: id.KubeAPIServer, Flag: "--tls-private-key-file", Effect: Rereads, Within: watched},
	{Component: id.KubeAPIServer, Flag: "--client-ca-file", Effect: Rereads, Within: watched},
	{Component: id.KubeAPIServer, Flag: "--requestheader-client-ca-file", Effect: Rereads, Within: watched},
	{Component: id.KubeAPIServer, Flag: "--proxy-client-cert-file", Effect: Rereads, Within: watched},
	{Component: id.KubeAPIServer, Flag: "--proxy-client-key-file", Effect: Rereads, Within: watched},
	{Component: id.KubeAPIServer, Flag: "--kubelet-client-certificate", Effect: Rereads, Within: compared},
	{Component: id.KubeAPIServer, Flag: "--kubelet-client-key", Effect: Rereads, Within: compared},
	{Component: id.KubeAPIServer, Flag: "--kubelet-certificate-authority", Effect: Restarts},
	{Component: id.KubeAPIServer, Flag: "--etcd-certfile", Effect: Rereads},
	{Component: id.KubeAPIServer, Flag: "--etcd-keyfile", Effect: Rereads},
	{Component: id.KubeAPIServer, Flag: "--etcd-cafile", Effect: Restarts},
	{Component: id.KubeAPIServer, Flag: "--service-account-key-file", Effect: Restarts},
	{Component: id.KubeAPIServer, Flag: "--service-account-signing-key-file", Effect: Restarts},
	{Component: id.KubeAPIServer, Flag: "--token-auth-file", Effect: Restarts},

	{Component: id.KubeControllerManager, Flag: "--tls-cert-file", Effect: Rereads, Within: watched, Shown: loopback(controllerPort)},
	{Component: id.KubeControllerManager, Flag: "--tls-private-key-file", Effect: Rereads, Within: watched},
	{Component: id.KubeControllerManager, Flag: "--client-ca-file", Effect: Rereads, Within: watched},
	{Component: id.KubeControllerManager, Flag: "--requestheader-client-ca-file", Effect: Rereads, Within: watched},
	{Component: id.KubeControllerManager, Flag: "--cluster-signing-cert-file", Effect: Rereads, Within: watched},
	{Component: id.KubeControllerManager, Flag: "--cluster-signing-key-file", Effect: Rereads, Within: watched},
	{Component: id.KubeControllerManager, Flag: "--root-ca-file", Effect: Restarts},
	{Component: id.KubeControllerManager, Flag: "--service-account-private-key-file", Effect: Restarts},
	{Component: id.KubeControllerManager, Flag: "--kubeconfig", Effect: Restarts},
	{Component: id.KubeControllerManager, Flag: "--authentication-kubeconfig", Effect: Restarts},
	{Component: id.KubeControllerManager, Flag: "--authorization-kubeconfig", Effect: Restarts},

	{Component: id.KubeScheduler, Flag: "--tls-cert-file", Effect: Rereads, Within: watched, Shown: loopback(schedulerPort)},
	{Component: id.KubeScheduler, Flag: "--tls-private-key-file", Effect: Rereads, Within: watched},
	{Component: id.KubeScheduler, Flag: "--client-ca-file", Effect: Rereads, Within: watched},
	{Component: id.KubeScheduler, Flag: "--requestheader-client-ca-file", Effect: Rereads, Within: watched},
	{Component: id.KubeScheduler, Flag: "--kubeconfig", Effect: Restarts},
	{Component: id.KubeScheduler, Flag: "--authentication-kubeconfig", Effect: Restarts},
	{Component: id.KubeScheduler, Flag: "--authorization-kubeconfig", Effect: Restarts},

	// The list of CAs that the kubelet tells its clients is read again since 1.36
	// only (gate ReloadKubeletClientCAFile); what it checks by, always.
	{Component: id.Kubelet, Flag: "authentication.x509.clientCAFile", Effect: Rereads, Within: watched},
	{Component: id.Kubelet, Flag: "tlsCertFile", Effect: Rereads, Within: watched, Since: "1.31", Shown: loopback(kubeletPort)},
	{Component: id.Kubelet, Flag: "tlsPrivateKeyFile", Effect: Rereads, Within: watched, Since: "1.31"},
	{Component: id.Kubelet, Flag: "--kubeconfig", Effect: Restarts},
	{Component: id.Kubelet, Flag: "--bootstrap-kubeconfig", Effect: AtUse}, // where it has no kubeconfig yet

	{Component: id.KubeProxy, Flag: "clientConnection.kubeconfig", Effect: Restarts},
	{Component: id.Kubectl, Flag: "--kubeconfig", Effect: AtUse},
}

// configRereads holds for any program with a kubeconfig that names files.
var configRereads = []Reread{
	{Flag: ConfigCert, Effect: Rereads, Within: compared},
	{Flag: ConfigKey, Effect: Rereads, Within: compared},
	{Flag: ConfigCA, Effect: Restarts},
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

// RereadOf says what a component does when the file behind a flag changes. What
// is not known is restarted, which is right for any file.
func RereadOf(component, flag string) (r Reread, known bool) {
	for _, r := range rereads {
		if r.Component == component && r.Flag == flag {
			return r, true
		}
	}
	for _, r := range configRereads {
		if r.Flag == flag {
			r.Component = component
			if component == id.Kubectl {
				r.Effect, r.Within, r.Since = AtUse, 0, ""
			}
			return r, true
		}
	}
	return Reread{Component: component, Flag: flag, Effect: Restarts}, false
}
