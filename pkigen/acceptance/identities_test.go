package acceptance

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// everybody is the group that the API server adds to who has shown who it is.
const everybody = "system:authenticated"

// identity is one way to be known to the API server: a kubeconfig or a pair of
// certificate and key, on the node where it lies.
type identity struct {
	node   *node
	conf   string // a kubeconfig; or else
	pair   string // the path without ending of a certificate and its key
	user   string // "" means: the API server must not know it
	groups []string
	can    []string // words for kubectl auth can-i
	cannot []string
}

func (i identity) String() string {
	return i.node.name + ":" + strings.ReplaceAll(strings.TrimPrefix(i.conf+i.pair, "/"), "/", "_")
}

// kubectl asks as the identity. What only is a pair asks the API server of the first control-plane node.
func (i identity) kubectl(c *cluster, args ...string) (string, error) {
	flags := []string{"kubectl", "--kubeconfig", i.conf}
	if i.conf == "" {
		flags = []string{"kubectl", "--server", c.server(c.masters[0]), "--certificate-authority", path.Join(c.pki, "ca.crt"),
			"--client-certificate", i.pair + ".crt", "--client-key", i.pair + ".key"}
	}
	return i.node.try(append(flags, args...)...)
}

// identities lists whom the files of a cluster make, each with what it must be
// able to do, and the nearest things that it must not.
func (c *cluster) identities() []identity {
	master, worker := c.masters[0], c.workers[0]
	pki := func(name string) string { return path.Join(c.pki, name) }
	list := []identity{
		{node: c.operator, conf: "/harness/set/pki/admin/super-admin.conf", user: "kubernetes-super-admin",
			groups: []string{"system:masters"}, can: []string{"* *"}},
		{node: c.operator, conf: "/harness/set/pki/admin/admin.conf", user: "kubernetes-admin",
			groups: []string{"kubeadm:cluster-admins"}, can: []string{"* *"}},
		{node: master, conf: "/etc/kubernetes/controller-manager.conf", user: "system:kube-controller-manager",
			can: []string{"create serviceaccounts", "list pods"}, cannot: []string{"create pods", "delete nodes"}},
		{node: master, conf: "/etc/kubernetes/scheduler.conf", user: "system:kube-scheduler",
			can: []string{"create pods --subresource=binding", "list nodes"}, cannot: []string{"create pods", "get secrets"}},
		{node: worker, conf: "/etc/kubernetes/kube-proxy.conf", user: "system:kube-proxy",
			can: []string{"list services", "watch endpointslices"}, cannot: []string{"get secrets", "list pods"}},
		{node: worker, conf: "/etc/kubernetes/kubelet.conf", user: "system:node:" + worker.name, groups: []string{"system:nodes"},
			can: []string{"create nodes", "list services"}, cannot: []string{"list secrets", "create deployments", "create pods --subresource=exec"}},
		{node: master, pair: pki("apiserver-kubelet-client"), user: "kube-apiserver-kubelet-client",
			can: []string{"get nodes --subresource=proxy"}, cannot: []string{"create pods", "get secrets"}},
		// A certificate for a server is none for a client.
		{node: master, pair: pki("apiserver")},
	}
	if c.bootstrap == "off" {
		list = append(list, identity{node: worker, pair: "/var/lib/kubelet/pki/kubelet"})
	}
	for name, user := range map[string]string{
		"apiserver-etcd-client": "kube-apiserver-etcd-client", "front-proxy-client": "front-proxy-client",
	} {
		stranger := identity{node: master, pair: pki(name)}
		if c.layout == "single-ca" { // known by name, but allowed nothing
			stranger.user, stranger.cannot = user, []string{"get pods", "get secrets"}
		}
		list = append(list, stranger)
	}
	return list
}

// checkIdentity asks the API server who somebody is and what that one may do.
func (c *cluster) checkIdentity(t *testing.T, who identity) {
	out, err := who.kubectl(c, "auth", "whoami", "-o", "json")
	if who.user == "" {
		if err == nil || !strings.Contains(err.Error(), "Unauthorized") && !strings.Contains(err.Error(), "must be logged in") {
			t.Fatalf("want it refused as unauthorized, got %s, error %v", out, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var review struct {
		Status struct {
			UserInfo struct {
				Username string
				Groups   []string
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &review); err != nil {
		t.Fatal(err)
	}
	got, want := review.Status.UserInfo, append(slices.Clone(who.groups), everybody)
	if slices.Sort(got.Groups); got.Username != who.user || !slices.Equal(got.Groups, slices.Sorted(slices.Values(want))) {
		t.Errorf("is user %s of %v, want %s of %v", got.Username, got.Groups, who.user, want)
	}
	for _, verb := range who.can {
		if err := c.canI(who, verb); err != nil {
			t.Errorf("should be able to %s: %v", verb, err)
		}
	}
	for _, verb := range who.cannot {
		if err := c.canI(who, verb); err == nil {
			t.Errorf("should not be able to %s", verb)
		} else if !strings.Contains(err.Error(), "no") {
			t.Error(err)
		}
	}
}

// canI returns an error when the API server says no.
func (c *cluster) canI(who identity, words string) error {
	out, err := who.kubectl(c, append([]string{"auth", "can-i", "-A"}, strings.Fields(words)...)...)
	if err == nil && strings.TrimSpace(out) != "yes" {
		err = fmt.Errorf("answered %q", out)
	}
	return err
}

// checkNodeBounds lets a node write to its own Node, and to no other's.
func (c *cluster) checkNodeBounds(t *testing.T) {
	own, other := c.workers[0], c.workers[1]
	who := identity{node: own, conf: "/etc/kubernetes/kubelet.conf"}
	if _, err := who.kubectl(c, "label", "node", own.name, "lab=own"); err != nil {
		t.Errorf("its own Node: %v", err)
	}
	if _, err := who.kubectl(c, "get", "node", other.name); err == nil || !strings.Contains(err.Error(), "only its own Node object") {
		t.Errorf("want %s refused to read the Node of %s, got %v", own.name, other.name, err)
	}
	// A raw request, because kubectl's own verbs read before they write.
	url := "/api/v1/nodes/" + other.name
	_, err := own.tryWith(c.must(t, "get", "--raw", url), "kubectl", "--kubeconfig", who.conf, "replace", "--raw", url, "-f", "-")
	if err == nil || !strings.Contains(err.Error(), "is not allowed to modify node") {
		t.Errorf("want %s refused to write the Node of %s, got %v", own.name, other.name, err)
	}
	_, err = who.kubectl(c, "get", "secret", "-n", "kube-system", "somebody-elses")
	if err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("want %s refused for a Secret of no pod of its own, got %v", own.name, err)
	}
}

// checkServiceAccounts makes a token at each API server and shows it to the other.
func (c *cluster) checkServiceAccounts(t *testing.T) {
	c.wait(t, "the first service account", func() error {
		_, err := c.kubectl("get", "serviceaccount", "default")
		return err
	})
	for i, issuer := range c.masters[:2] {
		other := c.masters[1-i]
		token := strings.TrimSpace(c.must(t, "--server", c.server(issuer), "create", "token", "default"))
		out, err := c.operator.try("kubectl", "--server", c.server(other), "--certificate-authority", "/harness/set/pki/authority/ca.crt",
			"--token", token, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")
		if err != nil || out != "system:serviceaccount:default:default" {
			t.Errorf("a token of %s, shown to %s, is %q, %v", issuer.name, other.name, out, err)
		}
	}
}
