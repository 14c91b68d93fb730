package verify_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/reading/survey"
)

// cluster has two control-plane nodes with etcd and a worker.
func cluster(layout string) *spec.Cluster {
	c := &spec.Cluster{
		Layout: layout, Name: "lab", Key: spec.ECDSAP256, DNSDomain: "cluster.local", CertificatesDir: "/etc/kubernetes/pki",
		CA:             spec.Authority{Subject: spec.Subject{CN: "lab-ca", O: "k8s"}, Expiry: 87600 * time.Hour},
		Endpoint:       spec.Endpoint{Host: spec.Host{Name: "api.example.com"}, Port: 6443},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
		Kubeconfigs:    spec.Embedded, Bootstrap: spec.BootstrapOff,
	}
	l, _ := catalog.FindLayout(layout)
	for _, p := range l.Profiles {
		c.Profiles = append(c.Profiles, spec.Profile{Name: p.Name, Expiry: 8760 * time.Hour, Usages: p.Usages})
	}
	addr := netip.MustParseAddr("172.20.0.1")
	for i, name := range []string{"cp1", "cp2", "w1"} {
		n := spec.Node{Name: name, Addresses: []netip.Addr{addr}, Roles: spec.ControlPlane | spec.Etcd, Line: i + 1}
		if i == 2 {
			n.Roles = spec.Worker
		}
		c.Nodes, addr = append(c.Nodes, n), addr.Next()
	}
	return c
}

// set makes the directory of a cluster.
func set(t *testing.T, c *spec.Cluster) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pki")
	if _, err := pkigen.Run(t.Context(), pkigen.Job{Dir: dir, Cluster: c}, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// judged is a directory as it is judged by its answers, and by none.
func judged(t *testing.T, dir string, c *spec.Cluster) map[string]*verify.Judgement {
	t.Helper()
	l, _ := catalog.FindLayout(c.Layout)
	out := map[string]*verify.Judgement{}
	for by, known := range map[string]*verify.Known{"answers": {Layout: l, Cluster: c, Commands: survey.Commands{Again: "certwright generate --dir pki"}}, "none": nil} {
		j, err := verify.Directory(t.Context(), dir, known, time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		out[by] = j
	}
	return out
}

// TestToldRight: what the answers of all kinds make tells its programs all.
func TestToldRight(t *testing.T) {
	for _, l := range catalog.Layouts {
		for _, kubeconfigs := range []spec.Kubeconfigs{spec.Embedded, spec.ByPath} {
			for _, bootstrap := range []spec.Bootstrap{spec.BootstrapOff, spec.BootstrapSecret, spec.BootstrapFile} {
				c := cluster(l.Name)
				if bootstrap == spec.BootstrapFile { // with etcd on machines of its own
					c.Nodes[0].Roles &^= spec.ControlPlane
					c.Nodes[1].Roles &^= spec.Etcd
				}
				c.Kubeconfigs, c.Bootstrap, c.SignCSRs = kubeconfigs, bootstrap, bootstrap != spec.BootstrapOff
				t.Run(fmt.Sprint(l.Name, kubeconfigs, bootstrap), func(t *testing.T) {
					t.Parallel()
					for by, j := range judged(t, set(t, c), c) {
						for i := range j.Findings {
							if f := &j.Findings[i]; f.Severity == check.Error || f.OfFlag() {
								t.Errorf("by %s: %s %s %s", by, f.Severity, f.File, f.What())
							}
						}
						for _, r := range j.Wrong() {
							t.Errorf("by %s: %s: %s", by, r.Case.Connection.ID, r.Failure.Text)
						}
					}
				})
			}
		}
	}
}

// TestToldWrong spoils what a program of one node is told, and holds what is found
// and which connections end otherwise, with answers and without.
func TestToldWrong(t *testing.T) {
	const env, pki = "nodes/cp1/etc/kubernetes/", "/etc/kubernetes/pki/"
	c := cluster("three-ca")
	right := set(t, c)
	for _, f := range []struct {
		name, file, flag, value string // the flag goes where the value is ""
		check                   string
		connections             string // that are wrong
	}{
		{"no client CA", "kube-apiserver.env", "--client-ca-file", "", "flag-missing", "admin-to-apiserver controller-manager-to-apiserver"},
		{"the front proxy's CA for clients", "kube-apiserver.env", "--client-ca-file", pki + "front-proxy-ca.crt", "flag-file", "admin-to-apiserver"},
		{"the CA of all for the front proxy", "kube-apiserver.env", "--requestheader-client-ca-file", pki + "ca.crt", "flag-file", "apiserver-to-extension"},
		{"no certificate of its own", "kube-apiserver.env", "--tls-cert-file", "", "flag-missing", "kubelet-to-apiserver pods-to-apiserver"},
		{"no issuer", "kube-apiserver.env", "--service-account-issuer", "", "flag-missing", "admin-to-apiserver"},
		{"no key for tokens", "kube-apiserver.env", "--service-account-signing-key-file", "", "flag-missing", "pods-to-apiserver"},
		{"no CA of etcd", "kube-apiserver.env", "--etcd-cafile", "", "flag-missing", "apiserver-to-etcd"},
		{"no etcd", "kube-apiserver.env", "--etcd-servers", "https://10.9.9.9:2379", "etcd-servers", "apiserver-to-etcd"},
		{"half of the front proxy's pair", "kube-apiserver.env", "--proxy-client-key-file", "", "flag-missing", "apiserver-to-extension"},
		{"half of the pair for kubelets", "kube-apiserver.env", "--kubelet-client-key", "", "flag-missing", "apiserver-to-kubelet"},
		{"etcd by another CA", "etcd.env", "--trusted-ca-file", pki + "ca.crt", "flag-file", "apiserver-to-etcd"},
		{"etcd without a CA", "etcd.env", "--trusted-ca-file", "", "flag-missing", "apiserver-to-etcd"},
		{"peers by another CA", "etcd.env", "--peer-trusted-ca-file", pki + "ca.crt", "flag-file", "etcd-peers"},
		{"etcd without its key", "etcd.env", "--key-file", "", "flag-missing", "apiserver-to-etcd"},
		{"another's kubeconfig", "kube-controller-manager.env", "--kubeconfig", "/etc/kubernetes/scheduler.conf", "flag-file", "controller-manager-to-apiserver"},
		{"nobody's kubeconfig", "kube-scheduler.env", "--kubeconfig", "/etc/kubernetes/nosuch.conf", "flag-file", "scheduler-to-apiserver"},
		{"no such key for tokens", "kube-apiserver.env", "--service-account-key-file", pki + "nosuch.pub", "flag-file", "pods-to-apiserver"},
		{"a kubelet without a CA", "kubelet-config.yaml", "clientCAFile", "", "flag-missing", "apiserver-to-kubelet"},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "pki")
			if err := os.CopyFS(dir, os.DirFS(right)); err != nil {
				t.Fatal(err)
			}
			tell(t, filepath.Join(dir, env+f.file), f.flag, f.value)
			for by, j := range judged(t, dir, c) {
				is := func(x check.Finding) bool {
					return x.Check.ID == f.check && x.Severity == check.Error && x.File == env+f.file && strings.Contains(x.What(), f.flag)
				}
				if !slices.ContainsFunc(j.Findings, is) || j.Runs() {
					t.Errorf("by %s: %s is not found: %d findings", by, f.check, len(j.Findings))
				}
				wrong := map[string]bool{}
				for _, r := range j.Wrong() {
					id := r.Case.Connection.ID
					if r.Case.Refusal != nil {
						id = r.Case.Refusal.ID
					}
					wrong[id] = true
					if r.Failure.Cause == "" || r.Failure.File == "" && r.State == rehearse.Broken {
						t.Errorf("by %s: %s has the cause %q in %q", by, id, r.Failure.Cause, r.Failure.File)
					}
				}
				for _, id := range strings.Fields(f.connections) {
					if !wrong[id] {
						t.Errorf("by %s: %s ends as it must: wrong are %v", by, id, wrong)
					}
				}
			}
		})
	}
}

// TestSigningKey: nodes that sign need the CA's key, wherever it else is kept.
func TestSigningKey(t *testing.T) {
	c := cluster("three-ca")
	c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true
	dir := set(t, c)
	remove := func(files ...string) {
		for _, f := range files {
			if err := os.Remove(filepath.Join(dir, f)); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove("nodes/cp1/etc/kubernetes/pki/ca.key")
	for by, j := range judged(t, dir, c) {
		if f := j.Findings[0]; f.Check.ID != "signing-key-missing" || f.Severity != check.Error || by == "answers" && f.Command != "certwright generate --dir pki" {
			t.Errorf("by %s: %s %s, %q", by, f.File, f.What(), f.Command)
		}
	}
	remove("nodes/cp2/etc/kubernetes/pki/ca.key", "authority/ca.key")
	for by, j := range judged(t, dir, c) {
		if f := j.Findings[0]; f.Check.ID != "signing-key-missing" || f.Command != "" || by == "answers" && !strings.Contains(f.Fix(), "back into authority") {
			t.Errorf("by %s: %s %s, %q", by, f.File, f.What(), f.Command)
		}
	}
}

// TestInsecure: a kubeconfig of ours that checks no server keeps its key, which may
// be the only one: what is to be typed gives it the CA again.
func TestInsecure(t *testing.T) {
	c := cluster("three-ca")
	dir := set(t, c)
	file := filepath.Join(dir, "nodes/w1/etc/kubernetes/kubelet.conf")
	right, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, insecure := range []string{"insecure-skip-tls-verify: true", "insecure-skip-tls-verify: true\n    $0"} {
		spoilt := regexp.MustCompile(`certificate-authority-data: \S+`).ReplaceAllString(string(right), insecure)
		if err := os.WriteFile(file, []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		command := ""
		for by, j := range judged(t, dir, c) {
			if f := j.Findings[0]; f.Check.ID != "kubeconfig-insecure" || !j.Runs() || strings.Contains(f.Command.String(), "rm ") {
				t.Errorf("by %s: %s %s: %s", by, f.File, f.What(), f.Command)
			} else {
				command, _, _ = strings.Cut(f.Command.String(), " && ")
			}
		}
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		for by, j := range judged(t, dir, c) {
			for i := range j.Findings {
				if f := &j.Findings[i]; f.Severity == check.Error || f.Check.ID == "kubeconfig-insecure" {
					t.Errorf("mended, by %s: %s %s", by, f.File, f.What())
				}
			}
		}
	}
}

// TestToldOpen: a member that is told neither to ask for certificates nor by which
// CA lets everybody in.
func TestToldOpen(t *testing.T) {
	c := cluster("three-ca")
	dir := set(t, c)
	file := filepath.Join(dir, "nodes/cp1/etc/kubernetes/etcd.env")
	tell(t, file, " --trusted-ca-file", "")
	tell(t, file, " --client-cert-auth", "")
	for by, j := range judged(t, dir, c) {
		wrong := slices.ContainsFunc(j.Wrong(), func(r *rehearse.Result) bool { return r.State == rehearse.Opened && r.Case.To.Program == "etcd" })
		warned := slices.ContainsFunc(j.Findings, func(f check.Finding) bool { return f.Check.ID == "etcd-open" && f.Severity == check.Warning })
		if by == "answers" && !wrong || by == "none" && !warned {
			t.Errorf("by %s: nobody gets in", by)
		}
	}
}

// tell gives a flag in a file another value, or takes its line out.
func tell(t *testing.T, file, flag, value string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	found := false
	for _, line := range strings.Split(string(data), "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), strings.TrimSpace(flag)) {
			out = append(out, line)
			continue
		}
		found = true
		if value != "" {
			out = append(out, " "+flag+"="+value+` \`)
		}
	}
	if !found {
		t.Fatalf("%s has no %s", file, flag)
	}
	if err := os.WriteFile(file, []byte(strings.Join(out, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestUncheckedKubelet: kubeadm tells kube-apiserver of no CA for kubelets, and they
// make certificates for themselves: nobody checks these.
func TestUncheckedKubelet(t *testing.T) {
	machine := filepath.Join(set(t, cluster("three-ca")), "nodes", "cp1")
	pki := filepath.Join(machine, "var/lib/kubelet/pki/kubelet")
	if out, err := exec.CommandContext(t.Context(), "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=cp1@1764000000",
		"-days", "365", "-keyout", pki+".key", "-out", pki+".crt").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wrong := func() (ids []string) {
		j, err := verify.Directory(t.Context(), machine, nil, time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range j.Wrong() {
			ids = append(ids, r.Case.Connection.ID)
		}
		return ids
	}
	if got := wrong(); !slices.Contains(got, "apiserver-to-kubelet") {
		t.Errorf("with the CA told, wrong are %v", got)
	}
	tell(t, filepath.Join(machine, "etc/kubernetes/kube-apiserver.env"), "--kubelet-certificate-authority", "")
	if got := wrong(); slices.Contains(got, "apiserver-to-kubelet") {
		t.Errorf("with none told, wrong are %v", got)
	}
}
