package verify_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"certwright/pkigen/internal/keytest"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
)

// authority is a CA, or a certificate, of a cluster that somebody else made.
type authority struct {
	*keytest.Pair
	pem string // with those that are sent along

	template x509.Certificate // and by whom, so that it can be issued again
	by       *authority
}

// issued are all that were issued, by their certificates.
var issued sync.Map

// issue signs a certificate; by is nil for one that signs itself.
func issue(c x509.Certificate, by *authority) *authority {
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
		if c.IsCA {
			c.NotAfter = time.Now().AddDate(10, 0, 0)
		}
	}
	var signer *keytest.Pair
	if by != nil {
		signer = by.Pair
	}
	p, err := keytest.Sign(c, signer)
	if err != nil {
		panic(err)
	}
	a := &authority{p, string(p.CertPEM), c, by}
	issued.Store(string(p.Cert.Raw), a)
	return a
}

func ca(cn string, with ...func(*x509.Certificate)) x509.Certificate {
	c := x509.Certificate{Subject: pkix.Name{CommonName: cn}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	for _, w := range with {
		w(&c)
	}
	return c
}

// leaf is a certificate of "CN/O", for "s", "c" or "sc", with names.
func leaf(subject, usages, names string) x509.Certificate {
	cn, o, _ := strings.Cut(subject, "/")
	c := x509.Certificate{Subject: pkix.Name{CommonName: cn}, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
	if o != "" {
		c.Subject.Organization = []string{o}
	}
	if strings.Contains(usages, "s") {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if strings.Contains(usages, "c") {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	for _, n := range strings.Fields(names) {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, n)
		}
	}
	return c
}

// files is a directory that comes to be, by paths.
type files map[string]string

func (f files) pair(stem string, a *authority) {
	f[stem+".crt"], f[stem+".key"] = a.pem, string(a.KeyPEM)
}
func (f files) pem(stem string, a *authority) {
	f[stem+".pem"], f[stem+"-key.pem"] = a.pem, string(a.KeyPEM)
}

// edit puts one text in the place of another, which has to be there.
func (f files) edit(path, from, to string) {
	if !strings.Contains(f[path], from) {
		panic(path + " has no " + from)
	}
	f[path] = strings.ReplaceAll(f[path], from, to)
}

// without takes the line of a flag out of a pod.
func (f files) without(path, flag string) {
	f[path] = regexp.MustCompile(`(?m)^.*- `+flag+`=.*\n`).ReplaceAllString(f[path], "")
}

// flag gives a flag of a pod another value, or adds it.
func (f files) flag(path, flag, value string) {
	line := regexp.MustCompile(`(?m)^(.*- ` + flag + `=).*$`)
	if line.MatchString(f[path]) {
		f[path] = line.ReplaceAllString(f[path], "${1}"+value)
		return
	}
	f[path] += "    - " + flag + "=" + value + "\n"
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func config(server, ca string, user *authority) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters:\n- name: k\n  cluster:\n    server: %s\n    certificate-authority-data: %s\ncontexts:\n- name: c\n  context: {cluster: k, user: u}\n"+
		"current-context: c\nusers:\n- name: u\n  user:\n    client-certificate-data: %s\n    client-key-data: %s\n", server, b64(ca), b64(user.pem), b64(string(user.KeyPEM)))
}

// world is the CAs of a kubeadm cluster and the pair for its tokens.
type world struct{ ca, etcd, front, sa *authority }

func newWorld() *world {
	return &world{ca: issue(ca("kubernetes"), nil), etcd: issue(ca("etcd-ca"), nil), front: issue(ca("front-proxy-ca"), nil), sa: issue(leaf("sa", "", ""), nil)}
}

var users = map[string]string{"admin": "kubernetes-admin/kubeadm:cluster-admins", "super-admin": "kubernetes-super-admin/system:masters",
	"controller-manager": "system:kube-controller-manager", "scheduler": "system:kube-scheduler"}

func pod(name string, flags ...string) string {
	return "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: " + name + "\n    command:\n    - " + name + "\n    - " + strings.Join(flags, "\n    - ") + "\n"
}

func apiNames(node, ip string) string {
	return node + " kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local 10.96.0.1 " + ip
}

// node writes /etc/kubernetes of a kubeadm control-plane node below a folder.
func (w *world) node(f files, at, name, ip, members string) {
	const k = "/etc/kubernetes/"
	p, m := at+"pki/", at+"manifests/"
	f.pair(p+"ca", w.ca)
	f.pair(p+"etcd/ca", w.etcd)
	f.pair(p+"front-proxy-ca", w.front)
	f.pair(p+"apiserver", issue(leaf("kube-apiserver", "s", apiNames(name, ip)), w.ca))
	f.pair(p+"apiserver-kubelet-client", issue(leaf("kube-apiserver-kubelet-client/kubeadm:cluster-admins", "c", ""), w.ca))
	f.pair(p+"front-proxy-client", issue(leaf("front-proxy-client", "c", ""), w.front))
	f.pair(p+"apiserver-etcd-client", issue(leaf("kube-apiserver-etcd-client", "c", ""), w.etcd))
	for _, one := range []string{"server", "peer"} {
		f.pair(p+"etcd/"+one, issue(leaf(name, "sc", name+" localhost 127.0.0.1 ::1 "+ip), w.etcd))
	}
	f.pair(p+"etcd/healthcheck-client", issue(leaf("kube-etcd-healthcheck-client", "c", ""), w.etcd))
	f[p+"sa.key"], f[p+"sa.pub"] = string(w.sa.KeyPEM), public(w.sa)
	server := "https://" + ip + ":6443"
	for file, user := range users {
		f[at+file+".conf"] = config(server, w.ca.pem, issue(leaf(user, "c", ""), w.ca))
	}
	f[at+"kubelet.conf"] = config(server, w.ca.pem, issue(leaf("system:node:"+name+"/system:nodes", "c", ""), w.ca))
	f[m+"kube-apiserver.yaml"] = pod("kube-apiserver", "--advertise-address="+ip, "--authorization-mode=Node,RBAC", "--client-ca-file="+k+"pki/ca.crt", "--etcd-cafile="+k+"pki/etcd/ca.crt",
		"--etcd-certfile="+k+"pki/apiserver-etcd-client.crt", "--etcd-keyfile="+k+"pki/apiserver-etcd-client.key", "--etcd-servers=https://127.0.0.1:2379",
		"--kubelet-client-certificate="+k+"pki/apiserver-kubelet-client.crt", "--kubelet-client-key="+k+"pki/apiserver-kubelet-client.key", "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
		"--proxy-client-cert-file="+k+"pki/front-proxy-client.crt", "--proxy-client-key-file="+k+"pki/front-proxy-client.key", "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-client-ca-file="+k+"pki/front-proxy-ca.crt", "--secure-port=6443", "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+k+"pki/sa.pub", "--service-account-signing-key-file="+k+"pki/sa.key", "--service-cluster-ip-range=10.96.0.0/12",
		"--tls-cert-file="+k+"pki/apiserver.crt", "--tls-private-key-file="+k+"pki/apiserver.key")
	f[m+"etcd.yaml"] = pod("etcd", "--advertise-client-urls=https://"+ip+":2379", "--cert-file="+k+"pki/etcd/server.crt", "--client-cert-auth=true", "--initial-advertise-peer-urls=https://"+ip+":2380",
		"--initial-cluster="+members, "--key-file="+k+"pki/etcd/server.key", "--listen-client-urls=https://127.0.0.1:2379,https://"+ip+":2379", "--listen-peer-urls=https://"+ip+":2380", "--name="+name,
		"--peer-cert-file="+k+"pki/etcd/peer.crt", "--peer-client-cert-auth=true", "--peer-key-file="+k+"pki/etcd/peer.key", "--peer-trusted-ca-file="+k+"pki/etcd/ca.crt", "--trusted-ca-file="+k+"pki/etcd/ca.crt")
	f[m+"kube-controller-manager.yaml"] = pod("kube-controller-manager", "--authentication-kubeconfig="+k+"controller-manager.conf", "--client-ca-file="+k+"pki/ca.crt", "--cluster-signing-cert-file="+k+"pki/ca.crt",
		"--cluster-signing-key-file="+k+"pki/ca.key", "--kubeconfig="+k+"controller-manager.conf", "--requestheader-client-ca-file="+k+"pki/front-proxy-ca.crt", "--root-ca-file="+k+"pki/ca.crt",
		"--service-account-private-key-file="+k+"pki/sa.key", "--service-cluster-ip-range=10.96.0.0/12")
	f[m+"kube-scheduler.yaml"] = pod("kube-scheduler", "--authentication-kubeconfig="+k+"scheduler.conf", "--kubeconfig="+k+"scheduler.conf")
}

func public(a *authority) string {
	der, err := x509.MarshalPKIXPublicKey(a.Key.Public())
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// one is a node of its own, in the folder that was named.
func one(w *world) files {
	f := files{}
	w.node(f, "", "cp1", "172.20.0.5", "cp1=https://172.20.0.5:2380")
	return f
}

// two are two masters of one cluster, by the worlds in which they were made.
func two(a, b *world) files {
	f := files{}
	const members = "cp1=https://172.20.0.5:2380,cp2=https://172.20.0.6:2380"
	a.node(f, "m/a/etc/kubernetes/", "cp1", "172.20.0.5", members)
	b.node(f, "m/b/etc/kubernetes/", "cp2", "172.20.0.6", members)
	return f
}

// put writes a directory as it would lie on a machine.
func (f files) put(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "k")
	f.over(t, dir, nil)
	return dir
}

// over writes what differs from the files that lie in a directory.
func (f files) over(t *testing.T, dir string, have files) {
	t.Helper()
	for name := range have {
		if _, stays := f[name]; !stays {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range f {
		if old, lies := have[name]; lies && old == text {
			continue
		}
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	api   = "manifests/kube-apiserver.yaml"
	etcds = "manifests/etcd.yaml"
	kcm   = "manifests/kube-controller-manager.yaml"
)

// reality is one directory, and what the real programs make of it.
type reality struct {
	name string
	make func() files
	want verify.Runs
	// wrong is a connection that has to fail, "kubelet w1 > kube-apiserver", and blame a
	// file that has to be named; both "" for any.
	wrong, blame string
	warn         string // a check that has to warn; "quiet" for none at all
}

// changed is a healthy node with one change.
func changed(change func(w *world, f files)) func() files {
	return func() files {
		w := newWorld()
		f := one(w)
		change(w, f)
		return f
	}
}

func bundle(all ...*authority) string {
	out := ""
	for _, a := range all {
		out += a.pem
	}
	return out
}

// realities are situations that were reported, and siblings of them.
var realities = slices.Concat(healthyOnes, brokenOnes, unitOnes, doubtfulOnes)

// TestReality holds the verdict against what the real programs do.
func TestReality(t *testing.T) {
	for _, r := range realities {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			j, err := verify.Directory(t.Context(), r.make().put(t), nil, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if got := j.Verdict(); got != r.want {
				t.Errorf("the verdict is %d, want %d", got, r.want)
			}
			seen, warned := false, false
			var said []string
			for i := range j.Findings {
				f := &j.Findings[i]
				if f.Severity == check.Note {
					continue
				}
				said = append(said, fmt.Sprintf("%s %s %s: %s", f.Severity, f.Check.ID, f.File, f.What()))
				seen = seen || strings.HasSuffix(f.File, r.blame)
				warned = warned || f.Check.ID == r.warn
			}
			reached := r.wrong == ""
			for _, w := range j.Wrong() {
				from := rehearse.Place{Program: w.Case.From.Program, Machine: w.Case.From.Machine}
				line := fmt.Sprintf("%s %s > %s %s", from.Program, from.Machine, w.Case.To.Program, w.Case.To.Machine)
				said = append(said, line+": "+w.Failure.Cause)
				reached = reached || strings.Contains(line, r.wrong)
				seen = seen || strings.HasSuffix(w.Failure.File, r.blame)
			}
			switch {
			case r.warn == "quiet" && len(said) > 0, !reached, r.blame != "" && !seen, r.warn != "" && r.warn != "quiet" && !warned:
				t.Errorf("wrong %q, blamed %q, warned of %q; it says\n%s", r.wrong, r.blame, r.warn, strings.Join(said, "\n"))
			case t.Failed():
				t.Log(strings.Join(said, "\n"))
			}
		})
	}
}
