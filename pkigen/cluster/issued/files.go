package issued

import "certwright/pkigen/cluster/catalog/id"

// The flags by which programs are told of lists of what is revoked. kube-apiserver needs
// 1.32 for the first one (https://kubernetes.io/docs/reference/access-authn-authz/authorization/).
const (
	ConfigFlag = "--authorization-config"
	CRLFlag    = "--client-crl-file"
)

// Files are where the files lie by which a certificate is shut out before it expires, below
// the directory.
type Files struct {
	Record string // of all that was issued; it stays with the operator
	// Configs are the AuthorizationConfigurations of kube-apiserver, which hold the deny
	// list, Webhooks the kubeconfigs of the webhook in them that nobody answers, and CRLs
	// the lists of etcd's clients, in DER.
	Configs, Webhooks, CRLs []string
	Webhook                 string // as the configurations name it
}

// Told is a file that a program is told of by a flag.
type Told struct{ Path, Component, Flag string }

// Told are the files that flags name.
func (f *Files) Told() []Told {
	if f == nil {
		return nil
	}
	var out []Told
	for _, p := range f.Configs {
		out = append(out, Told{p, id.KubeAPIServer, ConfigFlag})
	}
	for _, p := range f.CRLs {
		out = append(out, Told{p, id.Etcd, CRLFlag})
	}
	return out
}

// Read are the files with the programs that read them: the configuration names another one.
func (f *Files) Read() []Told {
	out := f.Told()
	if f != nil {
		for _, p := range f.Webhooks {
			out = append(out, Told{p, id.KubeAPIServer, ConfigFlag})
		}
	}
	return out
}
