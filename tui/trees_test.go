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
			d.press("ctrl+n").see("Done", "certificates chain to etcd-ca", "$ certwright handout")
			d.press("tab").see("This cluster would run.").press("tab", "tab").see("kube-apiserver", "/etc/kubernetes")
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
	list := &r.facts.certs
	seen, done, node := map[string]bool{}, map[string]bool{}, ""
	for i := range r.Plan.Certificates {
		c := list.at(i)
		if seen[c.Name] || done[c.Node] {
			t.Errorf("row %d: %s comes again, or apart from its node", i, c.Name)
		}
		if c.Node != node {
			done[node], node = true, c.Node
		}
		seen[c.Name] = true
	}
	if len(seen) != len(r.Plan.Certificates) || list.at(-1) != nil || list.at(len(seen)) != nil {
		t.Errorf("%d rows for %d certificates", len(seen), len(r.Plan.Certificates))
	}
	for w := 54; w <= 160; w++ {
		cols := list.columns(w)
		if n := ansi.StringWidth(cols.head()); n > w-gap {
			t.Errorf("%d cells of %d at width %d: %+v", n, w-gap, w, cols)
		}
		if node, name, end := cols.widths[0], cols.widths[1], cols.widths[6]; name < len("apiserver-kubelet-client") || node < len("master1") || end == 0 {
			t.Errorf("width %d: %+v: names, nodes and ends are whole at every size", w, cols)
		}
	}
	// The node stands in its first row, also where the list was scrolled into it.
	rows := &r.rows[viewCertificates]
	apiserver := slices.IndexFunc(list.order, func(i int) bool { return r.Plan.Certificates[i].Name == "master2/apiserver" })
	for top, want := range map[int]bool{apiserver - 1: false, apiserver: true} {
		rows.top = top
		if got := strings.Contains(r.certificate(d.m, apiserver, 76), "master2"); got != want {
			t.Errorf("the first row shown is %d, and the node stands in %d: %t", top, apiserver, got)
		}
	}
	// What happens is said in each row as soon as it is not the same for all.
	r.Plan.Certificates[5].Key = plan.Replace
	mixed := newCertList(r.Plan)
	if list.columns(76).widths[2] != 0 || mixed.columns(76).widths[2] == 0 || mixed.first() != 0 {
		t.Error("the column of what happens does not follow the plan")
	}
}
