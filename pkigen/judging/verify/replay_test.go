package verify_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
)

// planted is a fault in a file of a role, which the roles that are named have.
type planted struct {
	name  string
	roles string
	plant func(f files, path string)
}

var certificateData = regexp.MustCompile(`client-certificate-data: (\S+)`)

// pairOf is what was issued for a file: a certificate, or a kubeconfig.
func (f files) pairOf(path string) *authority {
	text := f[path]
	if m := certificateData.FindStringSubmatch(text); m != nil {
		data, _ := base64.StdEncoding.DecodeString(m[1])
		text = string(data)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		panic(path + " holds no certificate")
	}
	a, ok := issued.Load(string(block.Bytes))
	if !ok {
		panic(path + " was not issued here")
	}
	return a.(*authority)
}

// again puts another pair in the place of one, in this file and in the others in which
// the same lies.
func (f files) again(path string, change func(c *x509.Certificate, by **authority)) {
	old := f.pairOf(path)
	c, by := old.template, old.by
	change(&c, &by)
	fresh := issue(c, by)
	r := strings.NewReplacer(old.pem, fresh.pem, string(old.KeyPEM), string(fresh.KeyPEM), b64(old.pem), b64(fresh.pem), b64(string(old.KeyPEM)), b64(string(fresh.KeyPEM)))
	for p, text := range f {
		f[p] = r.Replace(text)
	}
}

// changedBy is a fault in the contents of a certificate.
func changedBy(change func(c *x509.Certificate)) func(f files, path string) {
	return func(f files, path string) {
		f.again(path, func(c *x509.Certificate, _ **authority) { change(c) })
	}
}

// keyOf is the file of a private key beside its certificate.
func (f files) keyOf(path string) string {
	stem, _, _ := strings.Cut(path, ".crt")
	if s, ok := strings.CutSuffix(path, ".pem"); ok {
		return s + "-key.pem"
	}
	return stem + ".key"
}

const (
	servers = "api etcd "
	clients = "etcd-client manager scheduler kubelet proxy admin "
	lone    = "member "                   // of etcd, whom nobody here dials
	guessed = "api-file user admin-file " // of which no program is told
)

// faultsOf are the faults that are planted wherever there is such a file.
var faultsOf = []planted{
	{"has expired", servers + clients + lone + guessed, changedBy(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(-2, 0, 0), time.Now().AddDate(-1, 0, 0)
	})},
	{"is not valid yet", servers + clients + lone + guessed, changedBy(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(0, 1, 0), time.Now().AddDate(1, 0, 0)
	})},
	{"is of a CA of the same name", servers + clients + lone + guessed + "peer front kubelet-client", func(f files, path string) {
		f.again(path, func(_ *x509.Certificate, by **authority) { *by = issue((*by).template, nil) })
	}},
	{"is of another CA", servers + clients + lone + guessed + "peer", func(f files, path string) {
		f.again(path, func(_ *x509.Certificate, by **authority) { *by = issue(ca("another"), nil) })
	}},
	{"is not for servers", servers, changedBy(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })},
	{"is not for clients", clients + "peer", changedBy(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })},
	{"has none of the names", servers, changedBy(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"elsewhere.example.com"}, nil })},
	{"is for another user", "manager scheduler proxy", changedBy(func(c *x509.Certificate) { c.Subject.CommonName = "kube-thing" })},
	{"is of another group", "kubelet", changedBy(func(c *x509.Certificate) { c.Subject.Organization = []string{"system:node"} })},
	{"is cut off", servers + lone + guessed + "etcd-client", func(f files, path string) { f[path] = f[path][:300] }},
	{"is empty", servers + lone + guessed + "etcd-client", func(f files, path string) { f[path] = "" }},
	{"is gone", servers + lone + "etcd-client manager", func(f files, path string) { delete(f, path) }},
	{"has the key of another pair", servers + lone + guessed + "etcd-client", func(f files, path string) { f[f.keyOf(path)] = string(issue(leaf("x", "", ""), nil).KeyPEM) }},
	{"has lost its key", servers + lone + "etcd-client", func(f files, path string) { delete(f, f.keyOf(path)) }},
	{"is of another key", "sa", func(f files, path string) { f[path] = public(issue(leaf("other", "", ""), nil)) }},
	{"trusts an old CA", "manager scheduler kubelet admin", func(f files, path string) {
		f[path] = regexp.MustCompile(`certificate-authority-data: \S+`).ReplaceAllString(f[path], "certificate-authority-data: "+b64(issue(ca("kubernetes"), nil).pem))
	}},
	{"is no YAML any more", "manager scheduler", func(f files, path string) { f[path] = strings.Replace(f[path], "clusters:", "clusters: [", 1) }},
	{"names what is not there", "api-told etcd-told", func(f files, path string) {
		f[path] = regexp.MustCompile(`((?:--tls-cert-file|--cert-file|ETCD_CERT_FILE)=\S*/)[^\s/]+`).ReplaceAllString(f[path], "${1}nosuch.pem")
	}},
}

// replays are the guides.
var replays = []replay{
	{name: "the article", make: article, want: verify.WouldRun, at: map[string]string{"api-file": "kubernetes.pem", "user": "kube-proxy.pem", "admin-file": "admin.pem"}, assumed: true},
	{name: "Kubernetes the hard way, 1.10 to 1.21", make: func() files { return newGuide().files }, want: verify.WouldRun, at: map[string]string{"api": "any0" + lib + "kubernetes.pem", "manager": "any0" + lib + "kube-controller-manager.kubeconfig",
		"scheduler": "any0" + lib + "kube-scheduler.kubeconfig", "kubelet": "w" + lets + "kubeconfig", "proxy": "w/var/lib/kube-proxy/kubeconfig", "api-told": "any0" + system + "kube-apiserver.service", "etcd-told": "any1" + system + "etcd.service"}},
	{name: "Kubernetes the hard way", make: hardWayNow, want: verify.WouldRun, at: map[string]string{"api": "server" + lib + "kube-api-server.crt", "manager": "server" + lib + "kube-controller-manager.kubeconfig", "scheduler": "server" + lib + "kube-scheduler.kubeconfig",
		"kubelet": "node-0" + lets + "kubeconfig", "proxy": "node-0/var/lib/kube-proxy/kubeconfig", "admin": "server/root/admin.kubeconfig", "api-told": "server" + system + "kube-apiserver.service"}},
	{name: "kubeadm, one node", make: kubeadmSingle, want: verify.WouldRun, at: kubeadmFiles("etc/kubernetes/")},
	{name: "kubeadm, stacked", make: kubeadmStacked, want: verify.WouldRun, at: kubeadmFiles("backup/host2/etc/kubernetes/")},
	{name: "kubeasz", make: kubeasz, want: verify.WouldRun, at: map[string]string{"api": ssl[1:] + "kubernetes.pem", "etcd": ssl[1:] + "etcd.pem", "front": ssl[1:] + "aggregator-proxy.pem", "manager": "etc/kubernetes/kube-controller-manager.kubeconfig",
		"scheduler": "etc/kubernetes/kube-scheduler.kubeconfig", "proxy": "etc/kubernetes/kube-proxy.kubeconfig", "kubelet": "etc/kubernetes/kubelet.kubeconfig",
		"api-told": system[1:] + "kube-apiserver.service", "etcd-told": system[1:] + "etcd.service"}},
	{name: "kubespray", make: kubespray, want: verify.WouldRun, at: map[string]string{"api": "node1" + ssl + "apiserver.crt", "etcd": "node2/etc/ssl/etcd/ssl/member-node2.pem", "etcd-client": "node1/etc/ssl/etcd/ssl/node-node1.pem", "front": "node1" + ssl + "front-proxy-client.crt",
		"manager": "node1/etc/kubernetes/controller-manager.conf", "scheduler": "node1/etc/kubernetes/scheduler.conf", "sa": "node1" + ssl + "sa.pub", "admin": "node1/etc/kubernetes/admin.conf", "kubelet": "node1/etc/kubernetes/kubelet.conf",
		"api-told": "node1/etc/kubernetes/" + api, "etcd-told": "node3/etc/etcd.env"}},
	{name: "opsnull", make: opsnull, want: verify.WouldRun, at: map[string]string{"api": "m1/etc/kubernetes/cert/kubernetes.pem", "etcd": "m2/etc/etcd/cert/etcd.pem", "front": "m1/etc/kubernetes/cert/proxy-client.pem", "manager": "m1/etc/kubernetes/kube-controller-manager.kubeconfig",
		"scheduler": "m2/etc/kubernetes/kube-scheduler.kubeconfig", "api-told": "m1" + system + "kube-apiserver.service", "etcd-told": "m1" + system + "etcd.service"}},
	{name: "RKE", make: rke, want: verify.WouldRun, at: map[string]string{"api-file": ssl[1:] + "kube-apiserver.pem", "admin": "kube_config_cluster.yml", "user": ssl[1:] + "kube-scheduler.pem"}, assumed: true},
	{name: "minikube", make: minikubeMachine, want: verify.WouldRun, at: func() map[string]string {
		at := kubeadmFiles("etc/kubernetes/")
		for role, p := range at {
			at[role] = strings.Replace(p, "etc/kubernetes/pki/", "var/lib/minikube/certs/", 1)
		}
		return at
	}()},
	{name: "k3s", make: k3s, want: verify.CannotBeTold, at: map[string]string{"api-file": "var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt", "user": "var/lib/rancher/k3s/server/tls/client-scheduler.crt", "admin-file": "var/lib/rancher/k3s/server/tls/client-admin.crt"}, assumed: true},
	{name: "the hard way by OpenSSL", make: opensslGuide, want: verify.WouldRun, at: map[string]string{"api": "controlplane01/var/lib/kubernetes/pki/kube-apiserver.crt", "etcd": "controlplane02/etc/etcd/etcd-server.crt",
		"api-told": "controlplane02" + system + "kube-apiserver.service", "etcd-told": "controlplane01" + system + "etcd.service"}},
	{name: "etcd apart by kubeadm", make: externalEtcd, want: verify.WouldRun, at: map[string]string{"peer": "tmp/10.0.0.7/etc/kubernetes/pki/etcd/peer.crt", "member": "tmp/10.0.0.6/etc/kubernetes/pki/etcd/server.crt", "etcd-told": "tmp/10.0.0.8/etc/kubernetes/" + etcds}},
}

// kubeadmFiles are the files of kubeadm's folder.
func kubeadmFiles(at string) map[string]string {
	return map[string]string{"api": at + "pki/apiserver.crt", "etcd": at + "pki/etcd/server.crt", "etcd-client": at + "pki/apiserver-etcd-client.crt", "front": at + "pki/front-proxy-client.crt", "manager": at + "controller-manager.conf",
		"scheduler": at + "scheduler.conf", "admin": at + "admin.conf", "sa": at + "pki/sa.pub", "api-told": at + api, "etcd-told": at + etcds}
}

// spoken is what a judgement says, and the files that it names.
func spoken(j *verify.Judgement) (said []string, named map[string]bool) {
	named = map[string]bool{}
	for i := range j.Findings {
		f := &j.Findings[i]
		if f.Severity == check.Note {
			continue
		}
		said = append(said, fmt.Sprintf("%s %s %s: %s", f.Severity, f.Check.ID, f.File, f.What()))
		named[f.File] = true
		for _, p := range f.Also {
			named[p] = true
		}
	}
	for _, w := range j.Wrong() {
		said = append(said, fmt.Sprintf("%s %s > %s %s: %s", w.Case.From.Program, w.Case.From.Machine, w.Case.To.Program, w.Case.To.Machine, w.Failure.Cause))
		named[w.Failure.File] = true
	}
	return said, named
}

// every has each fault planted in each file of a guide, and a thousand directories
// damaged; without it each fault is planted in one.
var every = flag.Bool("every", false, "plant each fault in each file, and damage a thousand directories")

// TestGuides judges what guides and installers leave behind: all right as it is, and
// each fault is found and the file that is at fault is named.
func TestGuides(t *testing.T) {
	const most = 10
	for g, r := range replays {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			right := r.make()
			dir := right.put(t)
			j, err := verify.Directory(t.Context(), dir, nil, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			healthy, _ := spoken(j)
			if j.Verdict() != r.want {
				t.Errorf("the verdict is %d, want %d; it says\n%s", j.Verdict(), r.want, strings.Join(healthy, "\n"))
			}
			count := 0
			for n, p := range faultsOf {
				roles := slices.DeleteFunc(strings.Fields(p.roles), func(role string) bool { return r.at[role] == "" })
				if !*every && !r.assumed && len(roles) > 0 { // by turns
					roles = roles[(g+n)%len(roles):][:1]
				}
				for _, role := range roles {
					count++
					t.Run(role+" "+p.name, func(t *testing.T) { r.plant(t, dir, right, healthy, p.plant, r.at[role]) })
				}
			}
			if count < most {
				t.Errorf("%d faults were planted, at least %d should be", count, most)
			}
		})
	}
}

// plant judges the directory with one fault, and sets it right again.
func (r *replay) plant(t *testing.T, dir string, right files, healthy []string, plant func(files, string), path string) {
	t.Helper()
	f := maps.Clone(right)
	plant(f, path)
	if maps.Equal(f, right) {
		t.Fatal("nothing was changed")
	}
	f.over(t, dir, right)
	defer right.over(t, dir, f)
	j, err := verify.Directory(t.Context(), dir, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	said, named := spoken(j)
	found := slices.ContainsFunc(slices.Collect(maps.Keys(named)), func(p string) bool {
		_, there := f[p] // or a file is named that a flag names now
		return f[p] != right[p] || !there && p != ""
	}) && !slices.Equal(said, healthy)
	if j.Verdict() != verify.WouldNot && !r.assumed || !found {
		t.Errorf("the verdict is %d, the file is named: %v; it says\n%s", j.Verdict(), found, strings.Join(said, "\n"))
	}
}
