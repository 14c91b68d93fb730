package survey

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOrders: what tells a program all is told from what tells it a little.
func TestOrders(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		program          string // "" for no order
		flag, value      string
		told             bool
	}{
		{"static pod", "etcd.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [etcd, --name=a]}]}\n", "etcd", "--name", "a", true},
		{"value in a word of its own", "etcd.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [etcd], args: [--cert-file, /a.crt, --client-cert-auth]}]}\n", "etcd", "--cert-file", "/a.crt", true},
		{"flag without a value", "etcd.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [etcd], args: [--client-cert-auth, --name=a]}]}\n", "etcd", "--client-cert-auth", "", true},
		{"pod of another", "web.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [nginx, --x=y]}]}\n", "", "", "", false},
		{"unit with all flags", "etcd.service", "[Service]\nExecStart=/usr/bin/etcd --cert-file=/a --key-file=/b --trusted-ca-file=/c\n", "etcd", "--peer-cert-file", "", false},
		{"drop-in", "etcd.service", "[Service]\nExecStart=/usr/bin/etcd --cert-file=/a --name=b --data-dir=/c\n", "", "", "", false},
		{"kubelet's fields", "k.yaml", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication: {anonymous: {enabled: true}}\n", "kubelet", "authentication.anonymous.enabled", "true", true},
		{"a few of kubelet's fields", "k.yaml", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDomain: x\n", "", "", "", false},
		{"kubelet's drop-in", "kubelet.env", "KUBELET_ARGS=\"--node-ip=1.2.3.4 --hostname-override=a\"\n", "", "", "", false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, test.file), []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Read(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		switch orders := Guess(s).Orders(); {
		case test.program == "" && len(orders) > 0, test.program != "" && len(orders) != 1:
			t.Errorf("%s: %d orders", test.name, len(orders))
		case test.program != "":
			v, told := orders[0].Value(test.flag)
			if o := orders[0]; o.Program != test.program || v != test.value || told != test.told || o.In.Path != test.file {
				t.Errorf("%s: got %+v", test.name, o)
			}
		}
	}
}
