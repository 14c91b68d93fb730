package restart

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// cluster is three control-plane nodes with etcd, and two workers.
func cluster(layout string) *spec.Cluster {
	c := &spec.Cluster{
		Layout: layout, Name: "lab", Key: spec.ECDSAP256, DNSDomain: "cluster.local", CertificatesDir: "/etc/kubernetes/pki",
		CA:             spec.Authority{Subject: spec.Subject{CN: "kubernetes-ca"}},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
		Kubeconfigs:    spec.Embedded, Bootstrap: spec.BootstrapOff,
	}
	addr := netip.MustParseAddr("10.0.0.1")
	for i, name := range []string{"cp-1", "cp-2", "cp-3", "w-1", "w-2"} {
		n := spec.Node{Name: name, Addresses: []netip.Addr{addr}, Roles: spec.ControlPlane | spec.Etcd}
		if i > 2 {
			n.Roles = spec.Worker
		}
		c.Nodes, addr = append(c.Nodes, n), addr.Next()
	}
	return c
}

func layoutOf(t *testing.T, c *spec.Cluster) *catalog.Layout {
	t.Helper()
	l, ok := catalog.FindLayout(c.Layout)
	if !ok {
		t.Fatalf("no layout %s", c.Layout)
	}
	return l
}

// told is a plan's steps in short: "cp-1 etcd restart".
func told(p *Plan) []string {
	var out []string
	for _, s := range p.Steps {
		word := fmt.Sprintf("%s %s %s", s.Node, s.Component, s.What)
		if s.WithinSeconds > 0 {
			word += fmt.Sprintf(" %v", s.Within())
		}
		if s.Since != "" {
			word += " since " + s.Since
		}
		out = append(out, strings.TrimSpace(word))
	}
	return out
}

// TestFiles holds, for each kind of file, what happens to whom.
func TestFiles(t *testing.T) {
	const cp, w, pki = "nodes/cp-1", "nodes/w-1", "/etc/kubernetes/pki/"
	byPath := func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath }
	token := func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapFile, true }
	for _, test := range []struct {
		path string
		want []string
		way  func(*spec.Cluster)
	}{
		{path: cp + pki + "etcd/server.crt", want: []string{"cp-1 etcd reload"}},
		{path: cp + pki + "etcd/peer.key", want: []string{"cp-1 etcd reload"}},
		{path: cp + pki + "etcd/healthcheck-client.crt", want: []string{"cp-1 etcdctl nothing"}},
		{path: cp + pki + "etcd/ca.crt", want: []string{"cp-1 etcd restart", "cp-1 kube-apiserver restart", "cp-1 etcdctl nothing"}},
		{path: cp + pki + "apiserver.crt", want: []string{"cp-1 kube-apiserver reload 1m0s"}},
		{path: cp + pki + "apiserver-etcd-client.key", want: []string{"cp-1 kube-apiserver reload"}},
		{path: cp + pki + "apiserver-kubelet-client.crt", want: []string{"cp-1 kube-apiserver reload 5m0s"}},
		{path: cp + pki + "front-proxy-client.crt", want: []string{"cp-1 kube-apiserver reload 1m0s"}},
		{path: cp + pki + "front-proxy-ca.crt", want: []string{
			"cp-1 kube-apiserver reload 1m0s", "cp-1 kube-controller-manager reload 1m0s", "cp-1 kube-scheduler reload 1m0s"}},
		{path: cp + pki + "ca.crt", want: []string{
			"cp-1 kube-apiserver restart", "cp-1 kube-controller-manager restart",
			"cp-1 kube-scheduler reload 1m0s", "cp-1 kubelet reload 1m0s", "kubectl await"}},
		{path: w + pki + "ca.crt", want: []string{"w-1 kubelet reload 1m0s"}},
		{path: w + pki + "ca.crt", way: byPath, want: []string{"w-1 kubelet restart", "w-1 kube-proxy restart"}},
		{path: w + pki + "ca.crt", way: token, want: []string{"w-1 kubelet restart"}},
		{path: cp + pki + "ca.key", way: token, want: []string{"cp-1 kube-controller-manager reload 1m0s"}},
		{path: cp + pki + "sa.key", want: []string{"cp-1 kube-apiserver restart", "cp-1 kube-controller-manager restart"}},
		{path: cp + pki + "sa.pub", want: []string{"cp-1 kube-apiserver restart"}},
		{path: cp + "/etc/kubernetes/controller-manager.conf", want: []string{"cp-1 kube-controller-manager restart"}},
		{path: cp + "/etc/kubernetes/scheduler.conf", want: []string{"cp-1 kube-scheduler restart"}},
		{path: w + "/etc/kubernetes/kubelet.conf", want: []string{"w-1 kubelet restart"}},
		{path: w + "/etc/kubernetes/kube-proxy.conf", want: []string{"w-1 kube-proxy restart"}},
		{path: w + pki + "kube-proxy.crt", way: byPath, want: []string{"w-1 kube-proxy reload 5m0s"}},
		{path: w + "/var/lib/kubelet/pki/kubelet-client.key", way: byPath, want: []string{"w-1 kubelet reload 5m0s"}},
		{path: w + "/var/lib/kubelet/pki/kubelet.crt", want: []string{"w-1 kubelet reload 1m0s since 1.31"}},
		{path: w + "/etc/kubernetes/bootstrap-kubelet.conf", way: token, want: []string{"w-1 kubelet nothing"}},
		{path: cp + components.TokenFile, way: token, want: []string{"cp-1 kube-apiserver restart"}},
		{path: cp + "/etc/kubernetes/kube-apiserver.env", want: []string{"cp-1 kube-apiserver restart"}},
		{path: w + "/etc/kubernetes/kubelet-config.yaml", want: []string{"w-1 kubelet restart"}},
		{path: "admin/admin.conf", want: []string{"kubectl rewrite"}},
		{path: "admin/admin.crt", way: byPath, want: []string{"kubectl rewrite"}},
		{path: "manifests/20-admin.yaml", want: []string{"kubectl apply"}},
		{path: "authority/ca.key"},
		{path: "cfssl/apiserver.csr"},
		{path: cp + "/SHA256SUMS"},
		{path: "answers.yaml"},
	} {
		c := cluster("three-ca")
		if test.way != nil {
			test.way(c)
		}
		l := layoutOf(t, c)
		if known := slices.Concat(l.Paths(c), render.Paths(l, c, render.Texts(l, c)), []string{"answers.yaml", "cfssl/apiserver.csr"}); !slices.Contains(known, test.path) {
			t.Errorf("%s is no file of the layout; this row looks at nothing", test.path)
		}
		p := Make(l, c, "pki", Changes{Written: []Change{{Path: test.path}}})
		if got := told(p); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.path, got, test.want)
		}
		if inTree := strings.HasPrefix(test.path, "nodes/") && !strings.HasSuffix(test.path, "SHA256SUMS"); inTree != (len(p.Copies) == 1) {
			t.Errorf("%s: copies %+v", test.path, p.Copies)
		}
	}
}

// TestEveryFile holds that no file of a node changes without somebody being told.
func TestEveryFile(t *testing.T) {
	for _, layout := range []string{"three-ca", "single-ca"} {
		for _, form := range []spec.Kubeconfigs{spec.Embedded, spec.ByPath} {
			c := cluster(layout)
			c.Kubeconfigs = form
			l, seen := layoutOf(t, c), 0
			for _, file := range slices.Concat(l.Paths(c), render.Paths(l, c, render.Texts(l, c))) {
				if tree, rel := render.SplitTree(file); tree == "" || rel == "SHA256SUMS" {
					continue
				}
				seen++
				if p := Make(l, c, "pki", Changes{Written: []Change{{Path: file}}}); len(p.Steps) == 0 {
					t.Errorf("%s, %s: nobody reads %s", layout, form, file)
				}
			}
			if seen < 60 {
				t.Errorf("%s: only %d files were seen", layout, seen)
			}
		}
	}
}

// trusts are the files by which a CA is trusted.
func trusts(l *catalog.Layout, c *spec.Cluster, ca string) []string {
	certs := l.Certificates(c)
	i := slices.IndexFunc(certs, func(cert catalog.Certificate) bool { return cert.Name == ca })
	return certs[i].Places(catalog.Trust)
}

// TestEnded is an etcd whose CA has expired: members are restarted all at once, since
// one alone finds nobody who lets it in, and the check comes behind the last.
func TestEnded(t *testing.T) {
	c := cluster("three-ca")
	l := layoutOf(t, c)
	for _, ended := range []bool{true, false} {
		var changes []Change
		for _, p := range trusts(l, c, "etcd-ca") {
			changes = append(changes, Change{Path: p, Ended: ended})
		}
		var members []Step
		for _, s := range Make(l, c, "pki", Changes{Written: changes}).Steps {
			if s.Component == "etcd" {
				members = append(members, s)
			}
		}
		if len(members) != 3 {
			t.Fatalf("%d members are restarted", len(members))
		}
		for i, s := range members {
			if s.Together != ended || s.Alone == ended || (s.Health == "") != (ended && i < 2) {
				t.Errorf("ended %v: %+v", ended, s)
			}
		}
	}
}

// TestPublished waits for what the controller-managers publish once, behind the
// restart of each.
func TestPublished(t *testing.T) {
	c := cluster("three-ca")
	l := layoutOf(t, c)
	var changes []Change
	for _, p := range trusts(l, c, "ca") {
		changes = append(changes, Change{Path: p})
	}
	var got []Step
	for i, s := range Make(l, c, "my pki", Changes{Written: changes}).Steps {
		if s.Component == "kube-controller-manager" && len(got) > 0 {
			t.Errorf("step %d restarts a controller-manager behind the wait for what it publishes", i)
		}
		if s.What == Await {
			got = append(got, s)
		}
	}
	want := `kubectl --kubeconfig 'my pki/admin/admin.conf' -n default get configmap kube-root-ca.crt -o jsonpath='{.data.ca\.crt}' | cmp - 'my pki/nodes/cp-1/etc/kubernetes/pki/ca.crt'`
	if len(got) != 1 || got[0].Health.String() != want || !got[0].HealthHere {
		t.Errorf("got %+v\nwant one with %s", got, want)
	}
}

// TestOrder is a CA that changes everywhere: etcd first, one at a time, each
// with its check, then the API servers, and the nodes last.
func TestOrder(t *testing.T) {
	c := cluster("single-ca")
	l := layoutOf(t, c)
	var changes []Change
	for _, cert := range l.Certificates(c) {
		for _, p := range cert.Places(catalog.Cert) {
			changes = append(changes, Change{Path: p})
		}
	}
	slices.Reverse(changes) // the order of the changes says nothing
	p := Make(l, c, "my pki", Changes{Written: changes})
	var order []string
	for _, s := range p.Steps {
		order = append(order, strings.TrimSpace(s.Component+" "+s.Node))
		if alone := s.What == Restart && s.Component != "kubelet" && s.Component != "kube-proxy"; alone && (!s.Alone || s.Health == "") {
			t.Errorf("%s on %s is not alone, or nothing tells that it is back: %+v", s.Component, s.Node, s)
		}
	}
	want := []string{"etcd cp-1", "etcd cp-2", "etcd cp-3", "kube-apiserver cp-1", "kube-apiserver cp-2", "kube-apiserver cp-3",
		"kube-controller-manager cp-1", "kube-controller-manager cp-2", "kube-controller-manager cp-3",
		"kube-scheduler cp-1", "kube-scheduler cp-2", "kube-scheduler cp-3",
		"kubelet cp-1", "kubelet cp-2", "kubelet cp-3", "kubelet w-1", "kubelet w-2",
		"kube-proxy cp-1", "kube-proxy cp-2", "kube-proxy cp-3", "kube-proxy w-1", "kube-proxy w-2",
		"etcdctl cp-1", "etcdctl cp-2", "etcdctl cp-3", "kubectl", "kubectl"}
	if !slices.Equal(order, want) {
		t.Errorf("got %q\nwant %q", order, want)
	}
	const lease = "kubectl --kubeconfig 'my pki/admin/admin.conf' -n kube-node-lease get lease w-2 -o jsonpath='{.spec.renewTime}'"
	for i, want := range map[int]shell.Line{
		0: "openssl s_client -connect 127.0.0.1:2379 </dev/null 2>/dev/null | openssl x509 | cmp - /etc/kubernetes/pki/etcd/server.crt && " +
			"openssl s_client -connect 10.0.0.1:2380 </dev/null 2>/dev/null | openssl x509 | cmp - /etc/kubernetes/pki/etcd/peer.crt",
		4:  "openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 | cmp - /etc/kubernetes/pki/apiserver.crt",
		6:  `test "$(curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1:10257/certwright-$(date +%s))" = 403`,
		9:  `test "$(curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1:10259/certwright-$(date +%s))" = 403`,
		16: `was=$(` + lease + `) && sleep 12 && test "$(` + lease + `)" != "$was"`,
	} {
		if p.Steps[i].Health != want {
			t.Errorf("step %d: %s\nwant %s", i, p.Steps[i].Health, want)
		}
	}
	const install = `'d=$(mktemp -d) &&' 'tar -xpf - -C "$d" &&' 'sh "$d/install.sh" ||' '{ rm -rf "$d"; false; }'`
	if len(p.Copies) != 5 || p.Copies[0].Node != "cp-1" || p.Copies[4].Command != "certwright handout 'my pki' w-2 --to - | ssh root@w-2 "+install {
		t.Errorf("copies %+v", p.Copies[4])
	}
	if len(p.Notes) != 0 {
		t.Errorf("three members can lose one: %q", p.Notes)
	}
}

// TestRestartHealth is what is asked of a program that was restarted, which no
// certificate that it shows tells of.
func TestRestartHealth(t *testing.T) {
	c := cluster("three-ca")
	l := layoutOf(t, c)
	const ask = "kubectl --kubeconfig pki/admin/admin.conf --server https://10.0.0.2:6443 get "
	for file, want := range map[string]shell.Line{
		"nodes/cp-2/etc/kubernetes/pki/etcd/ca.crt": "etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt " +
			"--key /etc/kubernetes/pki/etcd/healthcheck-client.key endpoint health --cluster",
		"nodes/cp-2/etc/kubernetes/pki/sa.pub": ask + "--raw /readyz && " + ask + "namespace default",
	} {
		p := Make(l, c, "pki", Changes{Written: []Change{{Path: file}}})
		if s := p.Steps[0]; s.What != Restart || s.Health != want {
			t.Errorf("%s: %s %s\nwant %s", file, s.What, s.Health, want)
		}
	}
}

// TestFew: with one or two members no restart is without a gap.
func TestFew(t *testing.T) {
	c := cluster("three-ca")
	c.Nodes = c.Nodes[:1]
	p := Make(layoutOf(t, c), c, "pki", Changes{Written: []Change{{Path: "nodes/cp-1/etc/kubernetes/pki/etcd/ca.crt"}}})
	if len(p.Notes) != 2 || !strings.HasPrefix(p.Notes[0], "with 1 member etcd is not there") {
		t.Errorf("%q", p.Notes)
	}
}

// TestFlat: the article's layout says which nodes need a file, not where it lies there.
func TestFlat(t *testing.T) {
	c := cluster("article")
	p := Make(layoutOf(t, c), c, "pki", Changes{Written: []Change{{Path: "kubernetes.pem"}, {Path: "kube-proxy.pem"}, {Path: "admin.pem"}}})
	want := []string{
		"cp-1 etcd reload", "cp-2 etcd reload", "cp-3 etcd reload",
		"cp-1 kube-apiserver reload 5m0s", "cp-2 kube-apiserver reload 5m0s", "cp-3 kube-apiserver reload 5m0s",
		"cp-1 kube-proxy restart", "cp-2 kube-proxy restart", "cp-3 kube-proxy restart", "w-1 kube-proxy restart", "w-2 kube-proxy restart",
		"kubectl rewrite",
	}
	if got := told(p); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if len(p.Copies) != 5 || p.Copies[0].Command != "" || !slices.Equal(p.Copies[0].Files, []string{"kube-proxy.pem", "kubernetes.pem"}) ||
		!slices.Equal(p.Copies[3].Files, []string{"kube-proxy.pem"}) {
		t.Errorf("copies %+v", p.Copies)
	}
	if h := p.Steps[0].Health; h != "etcdctl --endpoints https://127.0.0.1:2379 --cacert ca.pem --cert kubernetes.pem --key kubernetes-key.pem endpoint health --cluster" {
		t.Errorf("health %s", h)
	}
}

// TestOf: a first run restarts nothing, a new node is started and nothing else.
func TestOf(t *testing.T) {
	c := cluster("three-ca")
	p := &plan.Plan{Layout: layoutOf(t, c), Cluster: c, Files: []plan.Action{
		{Path: "nodes/w-2/etc/kubernetes/kubelet.env", Verb: plan.Create},
		{Path: "nodes/w-2/etc/kubernetes/kubelet.conf", Verb: plan.Create},
	}}
	if got := Of(p, "pki"); !got.Empty() {
		t.Errorf("a first run: %+v", got)
	}
	p.Files = append(p.Files, plan.Action{Path: "answers.yaml", Verb: plan.Renew}, plan.Action{Path: "nodes/w-1/etc/kubernetes/kubelet.conf", Verb: plan.Keep, FixMode: true})
	if got := told(Of(p, "pki")); !slices.Equal(got, []string{"w-2 kubelet start"}) {
		t.Errorf("a new node: %q", got)
	}
}

// TestStaticPods restarts, where kubelets run the control plane, each program that would
// read its files again by itself, and leaves tools and kubelets as they are.
func TestStaticPods(t *testing.T) {
	c := cluster("three-ca")
	c.StaticPods = true
	etc := catalog.NodeRoot("cp-1") + "/etc/kubernetes/pki/"
	p := Make(layoutOf(t, c), c, "dir", Changes{Written: []Change{
		{Path: etc + "apiserver.crt"}, {Path: etc + "etcd/healthcheck-client.crt"}, {Path: catalog.NodeRoot("cp-1") + "/var/lib/kubelet/pki/kubelet.crt"},
	}})
	want := []string{"cp-1 kube-apiserver restart", "cp-1 kubelet reload 1m0s since 1.31", "cp-1 etcdctl nothing"}
	if got := told(p); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if command := p.Steps[0].Command.String(); !strings.Contains(command, "mv manifests/kube-apiserver.yaml .") {
		t.Errorf("kube-apiserver is restarted by %s", command)
	}
}

// TestEffects: of each file the plan says what its change does to the program, whatever
// happens to the program for another one.
func TestEffects(t *testing.T) {
	c := cluster("three-ca")
	etc := catalog.NodeRoot("cp-1") + "/etc/kubernetes/"
	p := Make(layoutOf(t, c), c, "dir", Changes{Written: []Change{{Path: etc + "kubelet.conf"}, {Path: etc + "kubelet.env"},
		{Path: etc + "pki/apiserver.crt"}, {Path: etc + "pki/etcd/ca.crt"}, {Path: catalog.NodeRoot("cp-1") + "/var/lib/kubelet/pki/kubelet.crt"}}})
	var got []string
	for _, s := range p.Steps {
		for _, f := range s.Files {
			got = append(got, fmt.Sprintf("%s %s %q %s %s", s.Component, path.Base(f.Path), f.Effect, f.Since, f.Shown))
		}
	}
	for _, want := range []string{`kubelet kubelet.conf ""  `, `kubelet kubelet.env ""  `, `kubelet kubelet.crt "reload" 1.31 127.0.0.1:10250`,
		`kube-apiserver apiserver.crt "reload"  127.0.0.1:6443`, `kube-apiserver ca.crt ""  `, `etcd ca.crt ""  `, `etcdctl ca.crt "nothing"  `} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}
