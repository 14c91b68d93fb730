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
