package check

import "certwright/pkigen/survey"

// kubeadmCert is how kubeadm calls a certificate: in "certs renew", and in the
// phase of "init" that makes it (kubeadm certs renew --help, kubeadm init phase
// certs --help, v1.37).
type kubeadmCert struct{ renew, phase string }

const kubeletClient = "kubelet-client"

var kubeadmCerts = map[string]kubeadmCert{
	"admin":              {"admin.conf", "kubeconfig admin"},
	"super-admin":        {"super-admin.conf", "kubeconfig super-admin"},
	"controller-manager": {"controller-manager.conf", "kubeconfig controller-manager"},
	"scheduler":          {"scheduler.conf", "kubeconfig scheduler"},
	kubeletClient:        {"", "kubeconfig kubelet"},
	"apiserver":          {"apiserver", "certs apiserver"}, "apiserver-etcd-client": {"apiserver-etcd-client", "certs apiserver-etcd-client"},
	"apiserver-kubelet-client": {"apiserver-kubelet-client", "certs apiserver-kubelet-client"},
	"front-proxy-client":       {"front-proxy-client", "certs front-proxy-client"},
	"etcd-server":              {"etcd-server", "certs etcd-server"}, "etcd-peer": {"etcd-peer", "certs etcd-peer"},
	"etcd-healthcheck-client": {"etcd-healthcheck-client", "certs etcd-healthcheck-client"},
	"sa":                      {"", "certs sa"},
}

// renewable are the findings that kubeadm certs renew mends. It takes subject,
// names and usages from the certificate that is there, so nothing of these
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/).
var renewable = map[string]bool{
	"expired": true, "ends-soon": true, "two-cas-one-name": true, "unknown-signer": true, "signature-wrong": true, "sha1": true,
	"weak-key": true, "huge-key": true, "key-shared": true, "duplicate-serial": true, "leaf-is-ca": true, "outlives-ca": true,
}

// byKubeadm is kubeadm's way, on the machine itself: to renew, or to remove what is
// wrong and make it by the cluster's configuration. It makes no CA anew: that is
// certwright's way.
func (r *Report) byKubeadm(f *Finding) string {
	if f.Seat == nil || mendings[f.Check.ID] == byHand {
		return ""
	}
	name := kubeadmCerts[f.Seat.Role.Name]
	dir := quoted(r.Site, ".")
	switch {
	case f.Check.ID == "expired" && len(r.cas(f.Check)) > 0: // with their CA, nothing below it can be renewed
		return "certwright adopt " + dir + " && certwright generate --dir " + dir
	case f.Check.ID == "ends-soon" && f.mendedAs(r.kubeadm) == asCA:
		return "certwright adopt " + dir + " && " + r.renew(f, "certwright renew "+dir)
	case f.Check.ID == "ends-soon" && name.renew == "":
		return "" // a kubelet renews its own
	case renewable[f.Check.ID] && name.renew != "" && r.several(f.Check):
		return "kubeadm certs renew all"
	case renewable[f.Check.ID] && name.renew != "":
		return "kubeadm certs renew " + name.renew
	case name.phase == "":
		return ""
	}
	var there []string
	for _, p := range []survey.Place{f.Seat.Config, f.Seat.Cert, f.Seat.Key, f.Seat.Public} {
		if p.File != nil && (len(there) == 0 || there[len(there)-1] != p.Path) {
			there = append(there, p.Path)
		}
	}
	if len(there) == 0 {
		return "kubeadm init phase " + name.phase
	}
	return remove(r.Site, there...) + " && kubeadm init phase " + name.phase
}

// several tells that kubeadm can renew more than one of what a check has found.
func (r *Report) several(c *Check) bool {
	names := map[string]bool{}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Check == c {
			for _, s := range f.seats() {
				names[kubeadmCerts[s.Role.Name].renew] = true
			}
		}
	}
	delete(names, "")
	return len(names) > 1
}
