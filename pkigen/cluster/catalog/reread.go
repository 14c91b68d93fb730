package catalog

import (
	"strconv"
	"time"

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
	{Component: "etcd", Flag: "--cert-file", Effect: Rereads, Shown: loopback(etcdClientPort)},
	{Component: "etcd", Flag: "--key-file", Effect: Rereads},
	{Component: "etcd", Flag: "--peer-cert-file", Effect: Rereads, Shown: ":" + strconv.Itoa(etcdPeerPort)},
	{Component: "etcd", Flag: "--peer-key-file", Effect: Rereads},
	{Component: "etcd", Flag: "--trusted-ca-file", Effect: Restarts},
	{Component: "etcd", Flag: "--peer-trusted-ca-file", Effect: Restarts},
	{Component: "etcdctl", Flag: "--cert", Effect: AtUse},
	{Component: "etcdctl", Flag: "--key", Effect: AtUse},
	{Component: "etcdctl", Flag: "--cacert", Effect: AtUse},

	{Component: "kube-apiserver", Flag: "--tls-cert-file", Effect: Rereads, Within: watched, Shown: loopback(spec.DefaultPort)},
	{Component: "kube-apiserver", Flag: "--tls-private-key-file", Effect: Rereads, Within: watched},
	{Component: "kube-apiserver", Flag: "--client-ca-file", Effect: Rereads, Within: watched},
	{Component: "kube-apiserver", Flag: "--requestheader-client-ca-file", Effect: Rereads, Within: watched},
	{Component: "kube-apiserver", Flag: "--proxy-client-cert-file", Effect: Rereads, Within: watched},
	{Component: "kube-apiserver", Flag: "--proxy-client-key-file", Effect: Rereads, Within: watched},
	{Component: "kube-apiserver", Flag: "--kubelet-client-certificate", Effect: Rereads, Within: compared},
	{Component: "kube-apiserver", Flag: "--kubelet-client-key", Effect: Rereads, Within: compared},
	{Component: "kube-apiserver", Flag: "--kubelet-certificate-authority", Effect: Restarts},
	{Component: "kube-apiserver", Flag: "--etcd-certfile", Effect: Rereads},
	{Component: "kube-apiserver", Flag: "--etcd-keyfile", Effect: Rereads},
	{Component: "kube-apiserver", Flag: "--etcd-cafile", Effect: Restarts},
	{Component: "kube-apiserver", Flag: "--service-account-key-file", Effect: Restarts},
	{Component: "kube-apiserver", Flag: "--service-account-signing-key-file", Effect: Restarts},
	{Component: "kube-apiserver", Flag: "--token-auth-file", Effect: Restarts},

	{Component: "kube-controller-manager", Flag: "--client-ca-file", Effect: Rereads, Within: watched},
	{Component: "kube-controller-manager", Flag: "--requestheader-client-ca-file", Effect: Rereads, Within: watched},
	{Component: "kube-controller-manager", Flag: "--cluster-signing-cert-file", Effect: Rereads, Within: watched},
	{Component: "kube-controller-manager", Flag: "--cluster-signing-key-file", Effect: Rereads, Within: watched},
	{Component: "kube-controller-manager", Flag: "--root-ca-file", Effect: Restarts},
	{Component: "kube-controller-manager", Flag: "--service-account-private-key-file", Effect: Restarts},
	{Component: "kube-controller-manager", Flag: "--kubeconfig", Effect: Restarts},
	{Component: "kube-controller-manager", Flag: "--authentication-kubeconfig", Effect: Restarts},
	{Component: "kube-controller-manager", Flag: "--authorization-kubeconfig", Effect: Restarts},

	{Component: "kube-scheduler", Flag: "--client-ca-file", Effect: Rereads, Within: watched},
	{Component: "kube-scheduler", Flag: "--requestheader-client-ca-file", Effect: Rereads, Within: watched},
	{Component: "kube-scheduler", Flag: "--kubeconfig", Effect: Restarts},
	{Component: "kube-scheduler", Flag: "--authentication-kubeconfig", Effect: Restarts},
	{Component: "kube-scheduler", Flag: "--authorization-kubeconfig", Effect: Restarts},

	// The list of CAs that the kubelet tells its clients is read again since 1.36
	// only (gate ReloadKubeletClientCAFile); what it checks by, always.
	{Component: "kubelet", Flag: "authentication.x509.clientCAFile", Effect: Rereads, Within: watched},
	{Component: "kubelet", Flag: "tlsCertFile", Effect: Rereads, Within: watched, Since: "1.31", Shown: loopback(kubeletPort)},
	{Component: "kubelet", Flag: "tlsPrivateKeyFile", Effect: Rereads, Within: watched, Since: "1.31"},
	{Component: "kubelet", Flag: "--kubeconfig", Effect: Restarts},
	{Component: "kubelet", Flag: "--bootstrap-kubeconfig", Effect: AtUse}, // where it has no kubeconfig yet

	{Component: "kube-proxy", Flag: "clientConnection.kubeconfig", Effect: Restarts},
	{Component: "kubectl", Flag: "--kubeconfig", Effect: AtUse},
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
			if component == "kubectl" {
				r.Effect, r.Within, r.Since = AtUse, 0, ""
			}
			return r, true
		}
	}
	return Reread{Component: component, Flag: flag, Effect: Restarts}, false
}
