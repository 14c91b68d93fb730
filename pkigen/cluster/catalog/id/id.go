// Package id has the stable names of what the catalogue's tables hold, for code
// that is about one entry, program or connection in particular.
//
// What is merely true of an entry is a field of it: see catalog.Entry,
// components.Component and connections.Connection.
package id

// The entries: certificates, key pairs and tokens, as kubeadm calls them.
const (
	CA           = "ca"
	EtcdCA       = "etcd-ca"
	EtcdPeerCA   = "etcd-peer-ca" // in adopted directories only
	FrontProxyCA = "front-proxy-ca"

	EtcdServer              = "etcd-server"
	EtcdPeer                = "etcd-peer"
	EtcdHealthcheckClient   = "etcd-healthcheck-client"
	APIServerEtcdClient     = "apiserver-etcd-client"
	APIServer               = "apiserver"
	APIServerKubeletClient  = "apiserver-kubelet-client"
	FrontProxyClient        = "front-proxy-client"
	ControllerManager       = "controller-manager"
	Scheduler               = "scheduler"
	ControllerManagerServer = "controller-manager-server"
	SchedulerServer         = "scheduler-server"
	Admin                   = "admin"
	SuperAdmin              = "super-admin"
	KubeletClient           = "kubelet-client"
	KubeletServer           = "kubelet-server"
	ServiceAccount          = "sa"
	BootstrapToken          = "bootstrap-token"
)

// The programs, and the tools of people. KubeProxy is the entry of this name too.
const (
	Etcd                  = "etcd"
	KubeAPIServer         = "kube-apiserver"
	KubeControllerManager = "kube-controller-manager"
	KubeScheduler         = "kube-scheduler"
	Kubelet               = "kubelet"
	KubeProxy             = "kube-proxy"
	Kubectl               = "kubectl"
	Etcdctl               = "etcdctl"
)

// Who else stands on a side of a connection.
const (
	Pods            = "pods"
	NewKubelet      = "new kubelet" // has nothing but a token yet
	ExtensionServer = "extension server"
)

// The connections.
const (
	APIServerToEtcd              = "apiserver-to-etcd"
	EtcdctlToEtcd                = "etcdctl-to-etcd"
	EtcdGateway                  = "etcd-gateway"
	EtcdPeers                    = "etcd-peers"
	ControllerManagerToAPIServer = "controller-manager-to-apiserver"
	SchedulerToAPIServer         = "scheduler-to-apiserver"
	KubeletToAPIServer           = "kubelet-to-apiserver"
	KubeProxyToAPIServer         = "kube-proxy-to-apiserver"
	AdminToAPIServer             = "admin-to-apiserver"
	SuperAdminToAPIServer        = "super-admin-to-apiserver"
	PodsToAPIServer              = "pods-to-apiserver"
	BootstrapToAPIServer         = "bootstrap-to-apiserver"
	BootstrapFileToAPIServer     = "bootstrap-file-to-apiserver"
	APIServerToKubelet           = "apiserver-to-kubelet"
	APIServerToExtension         = "apiserver-to-extension"
)
