package check

import (
	"path/filepath"
	"strings"

	"certwright/pkigen/shell"
	"certwright/pkigen/survey"
)

// renewals are kubeadm's names for what it can renew, by role
// (kubeadm certs renew --help, v1.37).
var renewals = map[string]string{
	"admin": "admin.conf", "super-admin": "super-admin.conf",
	"controller-manager": "controller-manager.conf", "scheduler": "scheduler.conf",
	"apiserver": "apiserver", "apiserver-etcd-client": "apiserver-etcd-client",
	"apiserver-kubelet-client": "apiserver-kubelet-client", "front-proxy-client": "front-proxy-client",
	"etcd-server": "etcd-server", "etcd-peer": "etcd-peer", "etcd-healthcheck-client": "etcd-healthcheck-client",
}

// renewable are the findings that signing again mends.
var renewable = map[string]bool{
	"cert-missing": true, "key-missing": true, "key-mismatch": true, "request-for-cert": true, "swapped-files": true,
	"two-cas-one-name": true, "signature-wrong": true, "unknown-signer": true, "sha1": true, "leaf-is-ca": true,
	"empty-cn": true, "node-name": true, "identity-user": true, "identity-group": true, "usage-missing": true,
	"san-none": true, "san-missing": true, "expired": true, "ends-soon": true, "copy-stale": true,
	"pem-broken": true, "file-empty": true, "kubeconfig-ca-stale": true,
}

// command is what mends a finding in a shell; "" where a person has to decide.
func command(site *survey.Site, f *Finding) string {
	file := filepath.Join(site.Root, filepath.FromSlash(f.File))
	switch f.Check.ID {
	case "mode-open":
		return "chmod 600 " + shell.Quote(file)
	case "cfssl-json":
		return "cfssljson -f " + shell.Quote(file) + " -bare " + shell.Quote(strings.TrimSuffix(file, filepath.Ext(file)))
	case "ca-key-here":
		return "rm " + shell.Quote(file)
	case "sa-mismatch":
		return "openssl pkey -in " + shell.Quote(filepath.Join(site.Root, f.Args[0].(string))) + " -pubout -out " + shell.Quote(file)
	}
	if !renewable[f.Check.ID] {
		return ""
	}
	if site.Layout != nil {
		return site.Again
	}
	if f.Seat != nil && site.Kubeadm() {
		if name := renewals[f.Seat.Role.Name]; name != "" {
			return "kubeadm certs renew " + name
		}
	}
	return ""
}
