package tui

import (
	"fmt"
	"testing"

	"certwright/steps"
)

// TestGoldenTrees shows what only a layout with trees has: the page on kubelets,
// the review of thirty certificates, and what is left to do.
func TestGoldenTrees(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			a := answersIn(t, "three-ca.yaml")
			t.Chdir(t.TempDir())
			set(t, a, steps.DirKey, "pki")
			d := drive(t, size.w, size.h, Options{Answers: a, NoColor: true})
			shoot := func(name string) {
				goldenIn(t, goldenDir, fmt.Sprintf("trees-%s-%dx%d.txt", name, size.w, size.h), d.screen())
			}
			for _, s := range d.m.steps() {
				if s.Key == "kubelets" {
					shoot("kubelets")
				}
				d.press("ctrl+n")
			}
			d.see("Review", "212 files will be created")
			for _, tab := range d.m.page.(*review).tabs.names {
				d.see("[" + tab + "]")
				d.press("tab")
			}
			d.press("ctrl+n").see("Done", "certificates chain to etcd-ca")
			if size.h < 24 {
				return
			}
			d.see("1. copy each tree")
			d.press("tab").see("This cluster would run.").press("tab", "tab").see("kube-apiserver", "/etc/kubernetes")
		})
	}
}
