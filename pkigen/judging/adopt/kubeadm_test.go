package adopt_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
)

// moment is a time as certificates hold it.
func moment(ago time.Duration) time.Time { return time.Now().Add(-ago).UTC().Truncate(time.Second) }

const days = 24 * time.Hour

func TestKubeadmTells(t *testing.T) {
	dir := kubeadm(t, moment(100*days), moment(100*days))
	before := snapshot(t, dir)
	p := look(t, dir, nil)
	for key, want := range map[string]string{
		"nodes": "cp1 172.20.0.5 control-plane,etcd", "serviceSubnet": "10.96.0.0/12", "dnsDomain": "cluster.local",
		"certSANs": "api.example.com", "controlPlaneEndpoint": "", "encryptionAlgorithm": "ECDSA-P256", "ca.expiry": "87600h",
		"profiles.client.expiry": "8760h", "profiles.peer.usages": "signing, key encipherment, server auth, client auth",
		adoption.OnNodesKey: "/etc/kubernetes", adoption.StaticPodsKey: "yes",
	} {
		if got := value(p, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	for _, a := range p.Answers {
		if a.From == "" {
			t.Errorf("%s says not where it was read", a.Key)
		}
	}
	if len(p.Left) != 1 || p.Left[0].Path != "kubelet.conf" {
		t.Errorf("left are %v", p.Left)
	}
	i := slices.IndexFunc(p.Taken, func(a adopt.Taken) bool { return a.Name == "apiserver" })
	if i < 0 || p.Taken[i].By != "--tls-cert-file in manifests/kube-apiserver.yaml" {
		t.Fatalf("the API server is %+v", p.Taken)
	}
	want := "$certSANs $node kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.$dnsDomain $serviceSubnet $addresses $controlPlaneEndpoint"
	if got := strings.Join(p.Taken[i].Names, " "); got != want {
		t.Errorf("its names are %s, want %s", got, want)
	}
	if c := changed(before, snapshot(t, dir)); len(c) > 0 {
		t.Errorf("looking changed %v", c)
	}
}

// TestKubeadmStays holds that nothing is to be done in a directory that was just
// adopted.
func TestKubeadmStays(t *testing.T) {
	dir := kubeadm(t, moment(100*days), moment(100*days))
	p, err := pkigen.Plan(pkigen.Job{Dir: dir, Cluster: clusterOf(t, look(t, dir, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Files {
		if a.Verb != plan.Keep {
			t.Errorf("%s: %s, %s", a.Path, a.Verb, a.Reason)
		}
	}
	if len(p.Certificates) != 15 || len(p.Files) < 27 {
		t.Errorf("%d certificates, %d files", len(p.Certificates), len(p.Files))
	}
}

// TestKubeadmOutlives holds that a leaf may end after its CA, as other tools make it: one
// of them is renewed without the others, and ends with the CA then.
func TestKubeadmOutlives(t *testing.T) {
	dir := kubeadm(t, moment(3500*days), moment(days))
	before := snapshot(t, dir)
	r := run(t, dir, clusterOf(t, look(t, dir, nil)), plan.Options{Renewal: &plan.Renewal{Names: []string{"cp1/apiserver"}}})
	if files := changed(before, snapshot(t, dir)); !slices.Equal(files, []string{"pki/apiserver.crt"}) {
		t.Errorf("changed: %v", files)
	}
	if c := r.Plan.Find("cp1/apiserver"); !c.Cut || !c.NotAfter.Equal(r.Plan.Find("ca").NotAfter) {
		t.Errorf("it ends %s", c.NotAfter)
	}
}

// leaves are the certificates of the leaves by their file, those in kubeconfigs too.
func leaves(t *testing.T, files map[string]string) map[string]*x509.Certificate {
	t.Helper()
	out := map[string]*x509.Certificate{}
	for path, data := range files {
		text := []byte(data)
		if k, err := kubeconfig.Parse(text); err == nil {
			text = k.Cert
		}
		block, _ := pem.Decode(text)
		if block == nil || block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !cert.IsCA {
			out[path] = cert
		}
	}
	return out
}

// sameButDates holds that each leaf says what it said before, with a new serial
// number and for the same key, and that it is for another time. Its key is of ECDSA,
// which enciphers none.
func sameButDates(t *testing.T, before, after map[string]string) {
	t.Helper()
	old, made := leaves(t, before), leaves(t, after)
	if len(old) == 0 || len(old) != len(made) {
		t.Fatalf("%d leaves before, %d after", len(old), len(made))
	}
	for path, a := range old {
		b := made[path]
		switch {
		case a.Subject.String() != b.Subject.String():
			t.Errorf("%s: subject %s, was %s", path, b.Subject, a.Subject)
		case !slices.Equal(a.DNSNames, b.DNSNames) || !slices.EqualFunc(a.IPAddresses, b.IPAddresses, net.IP.Equal):
			t.Errorf("%s: names %v %v, were %v %v", path, b.DNSNames, b.IPAddresses, a.DNSNames, a.IPAddresses)
		case a.KeyUsage&^x509.KeyUsageKeyEncipherment != b.KeyUsage || !slices.Equal(a.ExtKeyUsage, b.ExtKeyUsage):
			t.Errorf("%s: other usages", path)
		case !bytes.Equal(a.RawSubjectPublicKeyInfo, b.RawSubjectPublicKeyInfo):
			t.Errorf("%s: another key", path)
		case a.SerialNumber.Cmp(b.SerialNumber) == 0 || !b.NotAfter.After(a.NotAfter):
			t.Errorf("%s: ends %s, ended %s", path, b.NotAfter, a.NotAfter)
		}
	}
}

func TestKubeadmRenewed(t *testing.T) {
	for name, caAge := range map[string]time.Duration{"in time": 100 * days, "after the end of all": 800 * days, "years after it began": 2000 * days} {
		t.Run(name, func(t *testing.T) {
			made := min(caAge, 700*days)
			dir := kubeadm(t, moment(caAge), moment(made))
			before := snapshot(t, dir)
			c := clusterOf(t, look(t, dir, nil))
			result := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{}})
			after := snapshot(t, dir)
			sameButDates(t, before, after)
			if files := changed(before, after); len(files) != 11 {
				t.Errorf("%d files changed: %v", len(files), files)
			}
			// Of a kubeconfig nothing but the certificate is new.
			old, _ := kubeconfig.Parse([]byte(before["admin.conf"]))
			fresh, err := kubeconfig.Parse([]byte(after["admin.conf"]))
			if err != nil || old.User != fresh.User || old.Server != fresh.Server || !bytes.Equal(old.Key, fresh.Key) || bytes.Equal(old.Cert, fresh.Cert) {
				t.Errorf("admin.conf: %+v, %v", fresh.User, err)
			}
			for _, cert := range leaves(t, after) {
				if life := time.Until(cert.NotAfter); life > 366*days || life < 364*days {
					t.Errorf("%s lives for %v", cert.Subject, life)
				}
			}
			sound(t, dir, c)
			if s := restart.Of(result.Plan, dir); !strings.Contains(s.Steps[0].Command.String(), "mv manifests/etcd.yaml") {
				t.Errorf("the first step is %+v", s.Steps[0])
			}
		})
	}
}

// TestKubeadmEndedCA holds that a CA that has expired is signed again with its key,
// in kubeconfigs too.
func TestKubeadmEndedCA(t *testing.T) {
	dir := kubeadm(t, moment(3700*days), moment(700*days))
	before := snapshot(t, dir)
	c := clusterOf(t, look(t, dir, nil))
	run(t, dir, c, plan.Options{})
	after := snapshot(t, dir)
	sameButDates(t, before, after)
	k, err := kubeconfig.Parse([]byte(after["admin.conf"]))
	if err != nil || string(k.CA) != after["pki/ca.crt"] || after["pki/ca.crt"] == before["pki/ca.crt"] {
		t.Errorf("admin.conf does not hold the CA as it is now: %v", err)
	}
	if before["pki/ca.key"] != after["pki/ca.key"] {
		t.Error("the CA has another key")
	}
	if before["kubelet.conf"] != after["kubelet.conf"] {
		t.Error("kubelet.conf is nobody's to write")
	}
}

// TestKubeadmChanged holds that a change of an answer gets into the certificates
// that need it, and into no other.
func TestKubeadmChanged(t *testing.T) {
	for _, test := range []struct {
		name        string
		given       map[string]string
		gone, added []string
	}{
		{"a name", map[string]string{"certSANs": "api.example.com\n10.9.9.9"}, nil, []string{"10.9.9.9"}},
		{"another name", map[string]string{"certSANs": "kube.example.com"}, []string{"api.example.com"}, []string{"kube.example.com"}},
		{"an endpoint", map[string]string{"controlPlaneEndpoint": "lb.example.com:6443"}, nil, []string{"lb.example.com"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := kubeadm(t, moment(100*days), moment(100*days))
			c := clusterOf(t, look(t, dir, nil))
			fresh := clusterOf(t, look(t, dir, test.given))
			c.SANs, c.Endpoint = fresh.SANs, fresh.Endpoint // as if the answers were edited
			before := snapshot(t, dir)
			run(t, dir, c, plan.Options{})
			after := snapshot(t, dir)
			if files := changed(before, after); !slices.Equal(files, []string{"pki/apiserver.crt"}) {
				t.Errorf("changed: %v", files)
			}
			names := func(files map[string]string) []string {
				cert := leaves(t, files)["pki/apiserver.crt"]
				out := slices.Clone(cert.DNSNames)
				for _, ip := range cert.IPAddresses {
					out = append(out, ip.String())
				}
				return out
			}
			old, made := names(before), names(after)
			without := func(list, other []string) []string {
				return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
			}
			if gone, added := without(old, made), without(made, old); !slices.Equal(gone, test.gone) || !slices.Equal(added, test.added) {
				t.Errorf("gone %v, want %v; added %v, want %v", gone, test.gone, added, test.added)
			}
			sound(t, dir, c)
		})
	}
}

// TestKubeadmGiven holds that what is given on the spot is in the next certificate,
// and that a name that it has goes only where the answers let it go.
func TestKubeadmGiven(t *testing.T) {
	dir := kubeadm(t, moment(100*days), moment(100*days))
	c := clusterOf(t, look(t, dir, map[string]string{"certSANs": "10.9.9.9"}))
	run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"cp1/apiserver"}}})
	cert := leaves(t, snapshot(t, dir))["pki/apiserver.crt"]
	for _, name := range []string{"10.9.9.9", "api.example.com", "cp1", "10.96.0.1"} {
		if err := cert.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
}

// TestModes holds that no mode gets looser, and that no folder stays open to
// others that holds keys.
func TestModes(t *testing.T) {
	dir := kubeadm(t, moment(100*days), moment(100*days))
	chmod := func(path string, mode os.FileMode) {
		if err := os.Chmod(filepath.Join(dir, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod("pki/apiserver.crt", 0o600)
	chmod("pki/apiserver.key", 0o400)
	chmod("pki/etcd/server.key", 0o640)
	c := clusterOf(t, look(t, dir, nil))
	result := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"cp1/apiserver"}}})
	for path, want := range map[string]os.FileMode{"pki/apiserver.crt": 0o600, "pki/apiserver.key": 0o400, "pki/etcd/server.key": 0o600,
		"pki/ca.crt": 0o644, "pki": 0o700, ".": 0o700, "manifests": 0o755} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
	if !slices.ContainsFunc(result.Plan.Warnings, func(w string) bool {
		return strings.Contains(w, "open to a group until now") && strings.Contains(w, "pki/etcd/server.key (0640)")
	}) {
		t.Errorf("the plan says %v", result.Plan.Warnings)
	}
}

// TestKubeadmFolderAlone holds that nobody guesses how the control plane is started
// where the manifests are not in the folder.
func TestKubeadmFolderAlone(t *testing.T) {
	dir := filepath.Join(kubeadm(t, moment(400*days), moment(40*days)), "pki")
	asked := func(given map[string]string) bool {
		return slices.ContainsFunc(look(t, dir, given).Questions, func(q adopt.Question) bool { return q.Key == adoption.StaticPodsKey })
	}
	if !asked(nil) || asked(map[string]string{adoption.StaticPodsKey: "no"}) {
		t.Error("staticPods is a question until it is answered")
	}
}
