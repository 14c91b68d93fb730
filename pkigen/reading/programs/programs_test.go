package programs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"certwright/pkigen/reading/scan"
)

// found reads files below a new directory.
func found(t *testing.T, files map[string]string) *Model {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := scan.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return Find(s)
}

// TestSettings reads flags from each of the places that tell programs of files; what
// writes such files is none.
func TestSettings(t *testing.T) {
	for name, text := range map[string]string{
		"kube-apiserver.env":                     "# --old=1\nKUBE_APISERVER_ARGS=\"\\\n --client-ca-file=/pki/ca.crt \\\n --tls-cert-file /pki/a.crt \"\n",
		"kube-apiserver.service":                 "[Service]\nExecStart=/usr/local/bin/kube-apiserver \\\n  --client-ca-file=/pki/ca.crt \\\n  # a comment\n  --tls-cert-file=/pki/a.crt \\\n  --v=2\n",
		"apiserver":                              "KUBE_API_ARGS='--client-ca-file=/pki/ca.crt --tls-cert-file=/pki/a.crt'\n",
		"kube-apiserver.yaml":                    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --client-ca-file=/pki/ca.crt\n    - --tls-cert-file=/pki/a.crt\n",
		"p.json":                                 `{"kind":"Pod","spec":{"containers":[{"command":["/bin/sh","-c","exec kube-apiserver --client_ca_file=/pki/ca.crt --tls-cert-file=/pki/a.crt"]}]}}`,
		"hyper.yaml":                             "kind: Pod\nspec:\n  containers:\n  - command: [/hyperkube, apiserver, --client-ca-file=/pki/ca.crt, --tls-cert-file=/x, --tls-cert-file=/pki/a.crt]\n",
		"kube-apiserver.service.d/10-flags.conf": "[Service]\nEnvironment=\"A=--client-ca-file=/pki/ca.crt\" B=/pki/a.crt\nExecStart=\nExecStart=/usr/bin/kube-apiserver $A --tls-cert-file=${B}\n",
	} {
		m := found(t, map[string]string{name: text})
		all := m.Of("kube-apiserver")
		if len(all) != 1 || all[0].Text("--client-ca-file") != "/pki/ca.crt" || all[0].Text("--tls-cert-file") != "/pki/a.crt" || all[0].Has("--old") {
			t.Errorf("%s: %d programs", name, len(all))
		}
	}
	for name, text := range map[string]string{
		"run.sh": "#!/bin/sh\ncat > x.service <<E\n[Service]\nExecStart=/usr/bin/kube-apiserver --client-ca-file=/pki/ca.crt\nE\n", "notes.md": "kube-apiserver --client-ca-file=/pki/ca.crt\n",
	} {
		if n := len(found(t, map[string]string{name: text}).Programs); n != 0 {
			t.Errorf("%s: %d programs", name, n)
		}
	}
}

// TestConfigurations: fields of a configuration file and flags say the same, and a flag
// of a kubelet goes before.
func TestConfigurations(t *testing.T) {
	m := found(t, map[string]string{
		"etc/systemd/system/kubelet.service": "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/c.yaml --client-ca-file=/pki/flag.crt\n",
		"var/lib/kubelet/c.yaml":             "kind: KubeletConfiguration\nauthentication: {x509: {clientCAFile: /pki/field.crt}}\ntlsCertFile: /pki/a.crt\n",
		"etc/etcd.yml":                       "name: a\nlisten-client-urls: https://10.0.0.1:2379\nclient-transport-security: {cert-file: /pki/e.crt, client-cert-auth: true}\n",
	})
	k := m.Of("kubelet")
	if len(k) != 1 || k[0].Text("authentication.x509.clientCAFile") != "/pki/flag.crt" || k[0].Text("tlsCertFile") != "/pki/a.crt" || !k[0].Configured {
		t.Errorf("kubelet: %+v", k)
	}
	if e := m.Of("etcd"); len(e) != 1 || e[0].Text("--cert-file") != "/pki/e.crt" || !e[0].Yes("--client-cert-auth") {
		t.Errorf("etcd: %+v", e)
	}
}

// TestRoots: a machine's root is where what is told resolves, whatever it is called.
func TestRoots(t *testing.T) {
	pod := "kind: Pod\nspec:\n  containers:\n  - command: [etcd, --cert-file=/etc/kubernetes/pki/etcd/server.crt, --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt]\n"
	for place, want := range map[string]struct{ root, file string }{
		"":                    {".", "pki/etcd/server.crt"},
		"etc/kubernetes/":     {".", "etc/kubernetes/pki/etcd/server.crt"},
		"etc/etc/kubernetes/": {"etc", "etc/etc/kubernetes/pki/etcd/server.crt"},
		"a/b/":                {"a/b", "a/b/pki/etcd/server.crt"},
		"m1/etc/kubernetes/":  {"m1", "m1/etc/kubernetes/pki/etcd/server.crt"},
		"backup/kubernetes/":  {"backup", "backup/kubernetes/pki/etcd/server.crt"},
	} {
		m := found(t, map[string]string{place + "manifests/etcd.yaml": pod, place + "pki/etcd/ca.crt": "x"})
		e := m.Of("etcd")
		if len(e) != 1 || e[0].Machine.Root != want.root {
			t.Errorf("%q: %d programs, root %q", place, len(e), e[0].Machine.Root)
			continue
		}
		if at := e[0].File("--cert-file"); at.Path != want.file || !at.Gone() {
			t.Errorf("%q: the certificate is looked for at %q", place, at.Path)
		}
	}
	m := found(t, map[string]string{"x/manifests/etcd.yaml": pod, "x/pki/etcd/ca.crt": "x", "y/manifests/etcd.yaml": pod, "y/pki/etcd/ca.crt": "x"})
	var roots []string
	for _, p := range m.Of("etcd") {
		roots = append(roots, p.Machine.Root)
	}
	if !slices.Equal(roots, []string{"x", "y"}) {
		t.Errorf("two copies are the machines %q", roots)
	}
	if at := m.Of("etcd")[0].Machine.Resolve("/var/lib/etcd/x", nil); !at.Unseen() {
		t.Errorf("a path outside is %+v", at)
	}
}
