package tui

import (
	"os"
	"path/filepath"
	"testing"

	"certwright/steps"
	"certwright/steps/imports"
	"certwright/tui/wizard"
)

// foreignFile is a file of another program, as a test of the questions has it.
func foreignFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "steps", "imports", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestImported shows at the beginning what was read, and on the pages and the review where
// each answer comes from.
func TestImported(t *testing.T) {
	a := steps.NewAnswers()
	r, bad := a.Import([]imports.Source{{Name: "a folder/kubespray.yaml", Data: []byte(foreignFile(t, "kubespray-hosts.yaml"))}}, nil)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}, {200, 50}} {
		d := drive(t, size[0], size[1], wizard.Options{Answers: a.Clone(), Imported: r})
		d.see("What was read", "is an inventory of Ansible").press("esc").seeNot("What was read").see("Start")
	}
	d := drive(t, 120, 40, wizard.Options{Answers: a, Imported: r})
	d.see("not used:", `"bastion" is in no group`)
	d.press("esc", "ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Nodes", "node4 192.0.2.14,198.51.100.14 worker")
	d.press("ctrl+n", "ctrl+n").see("Networks", "from kubespray.yaml")
	d.press("ctrl+n", "ctrl+n", "ctrl+n").see("Review").press("tab", "tab").see("kubespray.yaml", "default")
}

// TestPaste pastes files whole on the page of the nodes: they are taken, the field holds lines
// of nodes, and a note says what became of them.
func TestPaste(t *testing.T) {
	d := drive(t, 120, 40, wizard.Options{})
	d.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Nodes")
	d.paste(foreignFile(t, "kubectl-wide.txt"))
	d.see("what was pasted is the list of nodes that kubectl prints", "assumed", "etcd runs on the control-plane nodes")
	d.press("esc").see("Nodes", "master3 192.0.2.13 control-plane,etcd", "5 nodes").seeNot("containerd")
	d.paste(foreignFile(t, "kubeadm-v1beta4.yaml")).see("clusterName", "not used", `"master1" is among the nodes already`).press("enter")
	if got := d.m.Answers.Get("clusterName"); got != "lab" {
		t.Errorf("the cluster is called %q", got)
	}
	d.press("ctrl+n").see("api.example.com:6443", "from pasted")
	if d.m.Loss() == "" {
		t.Error("what was pasted is lost without a word")
	}
}

// TestPasteIsRefused shows why nothing is taken of a file, and leaves the field as it was.
func TestPasteIsRefused(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{})
	d.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Nodes").paste("m1 192.0.2.1\nm2 192.0.2.2 worker\n").see("2 nodes")
	d.paste("apiVersion: v1\nkind: Pod\n").see("Nothing was taken", "an object of Kubernetes (Pod)").press("esc").see("2 nodes")
	d.paste("NAME   STATUS   ROLES    AGE   VERSION\nm1     Ready    <none>   1d    v1.30.0\n").see("no column INTERNAL-IP", "kubectl get nodes -o wide").press("esc").see("2 nodes")
}
