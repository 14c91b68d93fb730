package render

import (
	"fmt"
	"path"
	"strings"
	"time"

	"certwright/pkigen/cluster/bootstrap"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
)

// binding is one ClusterRoleBinding that no cluster has by itself.
type binding struct {
	name, role, kind, subject string // kind: "User" or "Group"
	why                       string
}

// The bindings, with kubeadm's names, so that its users know them
// (cmd/kubeadm/app/constants/constants.go).
var (
	kubeletBindings = []binding{{
		"kubeadm:apiserver-kubelet-client", "system:kubelet-api-admin", "User", "kube-apiserver-kubelet-client",
		"lets the API server dial the kubelets for logs, exec and port-forward",
	}}
	adminBindings = []binding{{
		"kubeadm:cluster-admins", "cluster-admin", "Group", "kubeadm:cluster-admins",
		"makes admin.conf an administrator; apply it with super-admin.conf",
	}}
	bootstrapBindings = []binding{
		{"kubeadm:kubelet-bootstrap", "system:node-bootstrapper", "Group", bootstrappers,
			"lets new kubelets ask for a certificate"},
		{"kubeadm:node-autoapprove-bootstrap", "system:certificates.k8s.io:certificatesigningrequests:nodeclient", "Group", bootstrappers,
			"grants the first certificate of a kubelet unasked"},
		{"kubeadm:node-autoapprove-certificate-rotation", "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", "Group", "system:nodes",
			"grants a kubelet's next certificate unasked"},
	}
)

// bootstrappers is the group of every bootstrap token.
const bootstrappers = "system:bootstrappers"

// tokenUser is the user that a token in a file stands for; no binding names it.
const tokenUser = "kubelet-bootstrap"

// manifests adds what has to be applied to the new cluster.
func (r *renderer) manifests() {
	r.fixed(manifest("10-apiserver-to-kubelet"), bindings(kubeletBindings))
	r.fixed(manifest("20-admin"), bindings(adminBindings))
	if !r.cluster.Bootstraps() {
		return
	}
	r.fixed(manifest("30-bootstrap"), bindings(bootstrapBindings))
	for i := range r.certs {
		if c := &r.certs[i]; c.Entry.Kind == catalog.Token {
			r.token(c.Name)
		}
	}
}

// token adds the form in which the API server knows the token.
func (r *renderer) token(name string) {
	add := func(path string, form func(bootstrap.Token) string) {
		r.out = append(r.out, Text{Path: path, Mode: secretMode, Needs: []string{name},
			make: func(from Source) ([]byte, error) {
				t, err := bootstrap.Parse(from(name, catalog.Key))
				if err != nil {
					return nil, fmt.Errorf("the bootstrap token %w", err)
				}
				return []byte(form(t)), nil
			}})
	}
	if r.cluster.Bootstrap == spec.BootstrapSecret {
		add(catalog.TokenManifest, tokenSecret)
		return
	}
	for i := range r.cluster.Nodes {
		if n := &r.cluster.Nodes[i]; n.Roles.Has(spec.ControlPlane) {
			add(catalog.NodeRoot(n.Name)+components.TokenFile, tokenLine)
		}
	}
}

func manifest(name string) string { return path.Join(catalog.ManifestFolder, name+".yaml") }

func bindings(list []binding) string {
	var docs []string
	for _, b := range list {
		docs = append(docs, fmt.Sprintf(`# %s
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: %s
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: %s
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: %s
  name: %s
`, b.why, b.name, b.role, b.kind, b.subject))
	}
	return strings.Join(docs, "---\n")
}

// tokenSecret is the Secret that --enable-bootstrap-token-auth looks for
// (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#bootstrap-token-secret-format).
func tokenSecret(t bootstrap.Token) string {
	return fmt.Sprintf(`# The bootstrap token. Delete it when all nodes are there:
#   kubectl -n kube-system delete secret bootstrap-token-%[1]s
apiVersion: v1
kind: Secret
metadata:
  name: bootstrap-token-%[1]s
  namespace: kube-system
type: bootstrap.kubernetes.io/token
stringData:
  token-id: %[1]q
  token-secret: %[2]q
  expiration: %[3]q
  usage-bootstrap-authentication: "true"
`, t.ID, t.Secret, t.Ends.UTC().Format(time.RFC3339))
}

// tokenLine is the line of --token-auth-file: token, user, uid, groups
// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file).
func tokenLine(t bootstrap.Token) string {
	return fmt.Sprintf("%s,%s,10001,%q\n", t, tokenUser, bootstrappers)
}
