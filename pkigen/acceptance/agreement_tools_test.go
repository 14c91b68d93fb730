package acceptance

import (
	"path"
	"strings"
)

// convention is where a tool lays files, what it calls them, and how it tells
// programs of them.
type convention struct {
	name           string
	certs, configs string            // folders
	names          map[string]string // of roles, where they are not the role's
	pem            bool              // NAME.pem and NAME-key.pem, not NAME.crt and NAME.key
	suffix         string            // of kubeconfigs
	caKeys         bool              // the keys of all CAs lie on the node
	checksKubelets bool              // kube-apiserver is told the CA of kubelets, and they are given a certificate
	flat           bool              // one folder, beside the units, before anything was handed out
	settings       func(*configuration)
}

func (v *convention) base(role string) string {
	if name := v.names[role]; name != "" {
		return path.Join(v.certs, name)
	}
	return path.Join(v.certs, role)
}

func (v *convention) cert(role string) string {
	if v.pem {
		return v.base(role) + ".pem"
	}
	return v.base(role) + ".crt"
}

func (v *convention) key(role string) string {
	if v.pem {
		return v.base(role) + "-key.pem"
	}
	return v.base(role) + ".key"
}

func (v *convention) public() string {
	if v.pem {
		return v.base("sa") + ".pem"
	}
	return v.base("sa") + ".pub"
}

func (v *convention) private() string   { return v.key("sa") }
func (v *convention) oldPublic() string { return path.Join(v.certs, "sa-old.pub") }

func (v *convention) config(name string) string { return path.Join(v.configs, name+v.suffix) }

// conventions are the tools' ways.
var conventions = []*convention{
	{name: "kubeadm", certs: "/etc/kubernetes/pki", configs: "/etc/kubernetes", suffix: ".conf", caKeys: true, settings: staticPods, names: map[string]string{
		"etcd-ca": "etcd/ca", "etcd-server": "etcd/server", "etcd-peer": "etcd/peer", "etcd-client": "apiserver-etcd-client", "kubelet-client": "apiserver-kubelet-client",
		"front-ca": "front-proxy-ca", "front-client": "front-proxy-client", "peer-ca": "etcd/peer-ca"}},
	{name: "hard way", certs: "/var/lib/kubernetes", configs: "/var/lib/kubernetes", suffix: ".kubeconfig", pem: true, checksKubelets: true, settings: units, names: map[string]string{
		"apiserver": "kubernetes", "sa": "service-account"}},
	{name: "kubeasz", certs: "/etc/kubernetes/ssl", configs: "/etc/kubernetes", suffix: ".kubeconfig", pem: true, checksKubelets: true, settings: environments, names: map[string]string{
		"apiserver": "kubernetes", "front-client": "aggregator-proxy", "etcd-server": "etcd", "etcd-peer": "etcd-peer"}},
	{name: "flat", certs: "/var/lib/kubernetes", configs: "/var/lib/kubernetes", suffix: ".kubeconfig", pem: true, flat: true, settings: units, names: map[string]string{
		"apiserver": "kubernetes", "sa": "service-account"}},
}

// programsOfNode are those that settings are laid out for.
var programsOfNode = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}

// staticPods lays out pods as kubeadm does, and the kubelet's drop-in.
func staticPods(c *configuration) {
	for _, p := range programsOfNode {
		if p == "etcd" && c.hidden {
			continue
		}
		text := "apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + p + "\n  namespace: kube-system\nspec:\n  hostNetwork: true\n  containers:\n  - name: " + p + "\n    image: registry.k8s.io/" + p + ":v1.37.2\n    command:\n    - " + p + "\n"
		for _, f := range c.flags[p] {
			text += "    - " + f + "\n"
		}
		text += "    volumeMounts:\n    - {mountPath: /etc/kubernetes, name: k8s, readOnly: true}\n  volumes:\n  - hostPath: {path: /etc/kubernetes, type: DirectoryOrCreate}\n    name: k8s\n"
		c.files["/etc/kubernetes/manifests/"+p+".yaml"] = []byte(text)
	}
	config, kubeconfig, rest := c.flags["kubelet"][0], c.flags["kubelet"][1], c.flags["kubelet"][2:]
	c.onKubelet("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", []byte("[Service]\nEnvironment=\"KUBELET_KUBECONFIG_ARGS="+kubeconfig+"\"\nEnvironment=\"KUBELET_CONFIG_ARGS="+config+
		"\"\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS\n"))
	c.onKubelet("/var/lib/kubelet/kubeadm-flags.env", []byte("KUBELET_KUBEADM_ARGS=\""+strings.Join(rest, " ")+"\"\n"))
	c.onKubelet("/etc/systemd/system/kubelet.service", []byte("[Unit]\nDescription=kubelet\n\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n"))
}

// units lays out a systemd unit for each program, with all flags in it.
func units(c *configuration) {
	for _, p := range append([]string{"kubelet"}, programsOfNode...) {
		c.unit(p, "", c.flags[p])
	}
}

// unit lays out one unit.
func (c *configuration) unit(program, environment string, flags []string) {
	text := "[Unit]\nDescription=" + program + "\n\n[Service]\n" + environment + "ExecStart=/usr/local/bin/" + strings.Join(append([]string{program}, flags...), " \\\n  ") + "\nRestart=on-failure\nRestartSec=5\n\n[Install]\nWantedBy=multi-user.target\n"
	name := "/etc/systemd/system/" + program + ".service"
	switch {
	case program == "kubelet":
		c.onKubelet(name, []byte(text))
	case program == "etcd" && c.hidden:
	default:
		c.files[name] = []byte(text)
	}
}

// environments lays out units that take their flags from files; etcd's are
// variables that it reads itself.
func environments(c *configuration) {
	for _, p := range append([]string{"kubelet"}, programsOfNode...) {
		file := "/etc/kubernetes/" + p + ".env"
		variable := strings.ToUpper(strings.ReplaceAll(p, "-", "_")) + "_ARGS"
		text, flags := variable+"=\""+strings.Join(c.flags[p], " ")+"\"\n", []string{"$" + variable}
		if p == "etcd" {
			if c.hidden {
				continue
			}
			text, flags = strings.Join(etcdVariables(c.flags[p]), "\n")+"\n", nil
		}
		c.unit(p, "EnvironmentFile="+file+"\n", flags)
		if p == "kubelet" {
			c.onKubelet(file, []byte(text))
			continue
		}
		c.files[file] = []byte(text)
	}
}

// etcdVariables are etcd's flags as variables.
func etcdVariables(flags []string) []string {
	var out []string
	for _, f := range flags {
		name, value, _ := strings.Cut(strings.TrimPrefix(f, "--"), "=")
		out = append(out, "ETCD_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
	}
	return out
}
