package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/wizard"
)

// TestGoldenTrees shows what only a layout with trees has: the page on kubelets,
// the review of thirty certificates, and what is left to do.
func TestGoldenTrees(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			a := answersIn(t, "three-ca.yaml")
			t.Chdir(t.TempDir())
			set(t, a, steps.DirKey, "pki")
			d := drive(t, size.w, size.h, wizard.Options{Answers: a})
			shoot := func(name string) {
				goldenIn(t, goldenDir, fmt.Sprintf("trees-%s-%dx%d.txt", name, size.w, size.h), d.screen())
			}
			for _, s := range d.m.Steps() {
				if s.Key == "kubelets" {
					shoot("kubelets")
				}
				d.press("ctrl+n")
			}
			d.see("Review", "212 files will be created")
			for _, tab := range d.m.page.(*review).all {
				d.see("[" + tab.name + "]")
				if tab.name == "Certificates" || tab.name == "Files" {
					d.press("pgdown", "pgdown")
					shoot("review-" + strings.ToLower(tab.name))
				}
				d.press("tab")
			}
			if size.h != 24 { // what is made is the same at any size
				return
			}
			d.press("ctrl+n").see("Done", "certificates chain to etcd-ca", "certwright handout pki")
			d.press("tab").see("[What to start]", "0 of 34 done").press("tab").see("This cluster would run.").press("tab", "tab").see("kube-apiserver", "/etc/kubernetes")
		})
	}
}

// TestCertList holds that the review's list has every certificate once, node by
// node, and that its lines fit with room for the marks at any width.
func TestCertList(t *testing.T) {
	a := answersIn(t, "three-ca.yaml")
	t.Chdir(t.TempDir())
	set(t, a, steps.DirKey, "pki")
	d := drive(t, 80, 24, wizard.Options{Answers: a})
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.see("Review")
	r := d.m.page.(*review)
	seen, done, node := map[string]bool{}, map[string]bool{}, ""
	for i, at := range r.facts.certs {
		c := &r.Plan.Certificates[at]
		if seen[c.Name] || done[c.Node] {
			t.Errorf("row %d: %s comes again, or apart from its node", i, c.Name)
		}
		if c.Node != node {
			done[node], node = true, c.Node
		}
		seen[c.Name] = true
	}
	if len(seen) != len(r.Plan.Certificates) {
		t.Errorf("%d rows for %d certificates", len(seen), len(r.Plan.Certificates))
	}
	list := &r.lists[viewCertificates]
	for w := 58; w <= 200; w++ {
		cols := fit(w-list.margin(), list.columns...)
		if name, end := cols.widths[0], cols.widths[6]; name < len("apiserver-kubelet-client") || end < len("2036-11-20") {
			t.Errorf("width %d: %+v: names and ends are whole at every size", w, cols)
		}
	}
	// The node stands above its rows, also where the list was scrolled into them.
	apiserver := slices.IndexFunc(r.facts.certs, func(i int) bool { return r.Plan.Certificates[i].Name == "master2/apiserver" })
	list.at = apiserver
	if screen := ansi.Strip(list.draw(d.m, 76, 5)); !strings.Contains(screen, "\nmaster2") || !strings.Contains(screen, "> apiserver") {
		t.Errorf("no heading above the apiserver of master2:\n%s", screen)
	}
	// What happens is said in each row as soon as it is not the same for all.
	shown := func() bool { return fit(76, list.columns...).widths[1] > 0 }
	if shown() {
		t.Error("what happens is the same for all, and stands in each row")
	}
	r.Plan.Certificates[5].Key = plan.Replace
	if r.takeCertificates(d.m); !shown() || list.at != 0 {
		t.Error("the column of what happens does not follow the plan")
	}
}
