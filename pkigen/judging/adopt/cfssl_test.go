package adopt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/internal/cfssltool"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/making/plan"
)

// request is what a guide writes into NAME-csr.json.
type request struct {
	name, cn, o string
	hosts       []string
}

// cfssl makes a folder by the cfssl command line, as the guides do: the CA first.
func cfssl(t *testing.T, expiry, subject string, list []request) string {
	t.Helper()
	m := &maker{t, filepath.Join(t.TempDir(), "pki")}
	m.write("ca-config.json", []byte(fmt.Sprintf(`{"signing":{"default":{"expiry":%q},"profiles":{"kubernetes":{`+
		`"usages":["signing","key encipherment","server auth","client auth"],"expiry":%[1]q}}}}`, expiry)), 0o644)
	tool, split := cfssltool.Path(t, "cfssl"), cfssltool.Path(t, "cfssljson")
	for i, r := range list {
		hosts, err := json.Marshal(r.hosts)
		if err != nil {
			t.Fatal(err)
		}
		if r.hosts == nil {
			hosts = []byte("[]")
		}
		m.write(r.name+"-csr.json", []byte(fmt.Sprintf(`{"CN":%q,"hosts":%s,"key":{"algo":"ecdsa","size":256},"names":[{%s,"O":%q}]%s}`,
			r.cn, hosts, subject, r.o, map[bool]string{true: `,"ca":{"expiry":"87600h"}`}[i == 0])), 0o644)
		args := "gencert -initca"
		if i > 0 {
			args = "gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=kubernetes"
		}
		cmd := exec.Command("sh", "-c", fmt.Sprintf("%q %s %s-csr.json | %q -bare %s", tool, args, r.name, split, r.name))
		cmd.Dir = m.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return m.dir
}

// hardWay makes the folder of "Kubernetes the hard way", kubeconfigs as kubectl
// writes them with --embed-certs.
func hardWay(t *testing.T) string {
	t.Helper()
	const masters = "10.240.0.10 10.240.0.11 10.240.0.12"
	api := strings.Fields("10.32.0.1 " + masters + " 203.0.113.9 127.0.0.1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster kubernetes.svc.cluster.local")
	dir := cfssl(t, "8760h", `"C":"US","L":"Portland","ST":"Oregon","OU":"Kubernetes The Hard Way"`, []request{
		{"ca", "Kubernetes", "Kubernetes", nil},
		{"admin", "admin", "system:masters", nil},
		{"worker-0", "system:node:worker-0", "system:nodes", []string{"worker-0", "10.240.0.20"}},
		{"worker-1", "system:node:worker-1", "system:nodes", []string{"worker-1", "10.240.0.21"}},
		{"kube-controller-manager", "system:kube-controller-manager", "system:kube-controller-manager", nil},
		{"kube-proxy", "system:kube-proxy", "system:node-proxier", nil},
		{"kube-scheduler", "system:kube-scheduler", "system:kube-scheduler", nil},
		{"kubernetes", "kubernetes", "Kubernetes", api},
		{"service-account", "service-accounts", "Kubernetes", nil},
	})
	m := &maker{t, dir}
	for name, server := range map[string]string{"worker-0": "203.0.113.9", "worker-1": "203.0.113.9", "kube-proxy": "203.0.113.9",
		"kube-controller-manager": "127.0.0.1", "kube-scheduler": "127.0.0.1", "admin": "127.0.0.1"} {
		m.write(name+".kubeconfig", []byte(fmt.Sprintf("# of the day before\napiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: %s\n"+
			"    server: https://%s:6443\n  name: kubernetes-the-hard-way\ncontexts:\n- context:\n    cluster: kubernetes-the-hard-way\n    user: %[3]s\n"+
			"  name: default\ncurrent-context: default\nusers:\n- name: %[3]s\n  user:\n    client-certificate-data: %[4]s\n    client-key-data: %[5]s\n",
			base64Of(t, dir, "ca.pem"), server, name, base64Of(t, dir, name+".pem"), base64Of(t, dir, name+"-key.pem"))), 0o600)
	}
	return dir
}

// hardWayNodes are the machines that no file of the hard way names in full.
const hardWayNodes = "controller-0 10.240.0.10\ncontroller-1 10.240.0.11\ncontroller-2 10.240.0.12\nworker-0 10.240.0.20 worker\nworker-1 10.240.0.21 worker"

func TestHardWayAsks(t *testing.T) {
	p := look(t, hardWay(t), nil)
	var keys []string
	for _, q := range p.Questions {
		keys = append(keys, q.Key)
		if q.Why == "" || q.Example == "" {
			t.Errorf("%s is asked without a reason or an example", q.Key)
		}
	}
	if !slices.Equal(keys, []string{"serviceSubnet", "nodes"}) {
		t.Fatalf("asked for %v", keys)
	}
	if !strings.Contains(p.Questions[0].Why, "first address 10.32.0.1 among the names of kubernetes.pem") {
		t.Errorf("of the network it says %s", p.Questions[0].Why)
	}
	if !strings.Contains(p.Questions[1].Example, "worker-1 10.240.0.21 worker") {
		t.Errorf("of the nodes it gives %s", p.Questions[1].Example)
	}
	if v := value(p, "serviceSubnet") + value(p, "nodes") + value(p, "dnsDomain"); v != "" {
		t.Errorf("guessed %q", v)
	}
}

func TestHardWayRenewed(t *testing.T) {
	dir := hardWay(t)
	given := map[string]string{"serviceSubnet": "10.32.0.0/24", "nodes": hardWayNodes}
	p := look(t, dir, given)
	if v := value(p, "controlPlaneEndpoint"); v != "203.0.113.9:6443" {
		t.Errorf("the endpoint is %q", v)
	}
	if len(p.Left) != 1 || p.Left[0].Path != "service-account.pem" {
		t.Errorf("left are %v", p.Left)
	}
	i := slices.IndexFunc(p.Taken, func(a adopt.Taken) bool { return a.Certs[0] == "kubernetes.pem" })
	if got := strings.Join(p.Taken[i].Roles, " "); got != "apiserver etcd-server etcd-peer apiserver-etcd-client apiserver-kubelet-client" {
		t.Errorf("kubernetes.pem is %s", got)
	}
	c := clusterOf(t, p)
	before := snapshot(t, dir)
	run(t, dir, c, plan.Options{})
	if files := changed(before, snapshot(t, dir)); len(files) > 0 {
		t.Errorf("a run without a renewal changed %v", files)
	}
	run(t, dir, c, plan.Options{Renewal: &plan.Renewal{}})
	after := snapshot(t, dir)
	for path, old := range leaves(t, before) {
		if now := leaves(t, after)[path]; path != "service-account.pem" && (now.SerialNumber.Cmp(old.SerialNumber) == 0 ||
			now.Subject.String() != old.Subject.String() || !slices.Equal(now.DNSNames, old.DNSNames) || len(now.IPAddresses) != len(old.IPAddresses)) {
			t.Errorf("%s: %s %v, was %s %v", path, now.Subject, now.DNSNames, old.Subject, old.DNSNames)
		}
	}
	for path := range before {
		kept := strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".csr") || strings.HasSuffix(path, "-key.pem") || strings.HasPrefix(path, "service-account")
		if kept != (before[path] == after[path]) && path != "ca.pem" {
			t.Errorf("%s: kept is %v", path, before[path] == after[path])
		}
	}
	if !strings.HasPrefix(after["worker-0.kubeconfig"], "# of the day before\napiVersion: v1\n") {
		t.Error("a kubeconfig has lost its owner's remark")
	}
	sound(t, dir, c)
}

// TestArticle adopts the article's own files, with the network among the hosts
// that cfssl makes a name of.
func TestArticle(t *testing.T) {
	hosts := strings.Fields("127.0.0.1 192.168.214.88 192.168.214.89 192.168.214.90 192.168.214.200 10.254.0.1 192.168.214.210 192.168.214.1/24 " +
		"kubernetes kube-api.wangk8s-master.com kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster kubernetes.default.svc.cluster.local")
	dir := cfssl(t, "87600h", `"C":"CN","ST":"BeiJing","L":"BeiJing","OU":"System"`, []request{
		{"ca", "kubernetes", "k8s", nil}, {"kubernetes", "kubernetes", "k8s", hosts},
		{"admin", "admin", "system:masters", nil}, {"kube-proxy", "system:kube-proxy", "k8s", nil},
	})
	if p := look(t, dir, nil); len(p.Questions) != 2 || !strings.Contains(p.Questions[0].Why, "first address 10.254.0.1") {
		t.Errorf("asked %+v", p.Questions)
	}
	p := look(t, dir, map[string]string{"serviceSubnet": "10.254.0.0/16", "nodes": "m1 192.168.214.88\nm2 192.168.214.89\nm3 192.168.214.90"})
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "192.168.214.1/24") {
		t.Errorf("notes are %v", p.Notes)
	}
	if v := value(p, "certSANs"); v != "kube-api.wangk8s-master.com\n192.168.214.200\n192.168.214.210" {
		t.Errorf("further names are %q", v)
	}
	c := clusterOf(t, p)
	if r := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"admin"}}}); r.Plan.Find("kubernetes").Cert != plan.Keep {
		t.Error("a renewal of admin takes the server along")
	}
	r := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{}})
	if d := lines(r.Plan.Find("kubernetes").Differences()); !slices.Equal(d, []string{"names [192.168.214.1/24] [] ",
		"usages [key encipherment] [] an ECDSA key cannot do it", "extensions [] [authority key id] "}) {
		t.Errorf("the server differs in %q", d)
	}
	cert := leaves(t, snapshot(t, dir))["kubernetes.pem"]
	for _, name := range hosts {
		if err := cert.VerifyHostname(name); (err == nil) == (name == "192.168.214.1/24") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if cert.Subject.String() != cert.Issuer.String() || len(cert.AuthorityKeyId) == 0 {
		t.Error("the server has lost the subject that it shares with its CA, or the key id that keeps them apart")
	}
}

func base64Of(t *testing.T, dir, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(text), `"`)
}
