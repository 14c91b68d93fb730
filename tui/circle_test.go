package tui

import (
	"testing"

	"certwright/steps"
	"certwright/tui/wizard"
)

// TestNodesInANetwork: a network that holds nodes is refused on its own page, and
// nobody is thrown back to nodes that are right.
func TestNodesInANetwork(t *testing.T) {
	for key, label := range map[string]string{"serviceSubnet": "Service network", "podSubnet": "Pod network"} {
		d := drive(t, 80, 24, wizard.Options{Answers: articleAnswers(t)})
		for d.m.step != "networks" {
			d.press("ctrl+n")
		}
		for d.m.page.(*form).field().Key != key {
			d.press("tab")
		}
		d.press("ctrl+u").paste("192.168.0.0/16").see("! Nodes line 1: the address 192.168.214.88", `Write another "`+label+`", one`)
		d.press("ctrl+n").see("Networks", "! Nodes line 1:")
		// The nodes say so too, and lead on to where it is fixed.
		d.press("esc", "esc").see("Nodes", "! line 1: the address", `"`+label+`" on page Networks`)
		d.press("ctrl+n", "ctrl+n").see("Networks", "! Nodes line 1:")
		for d.m.page.(*form).field().Key != key {
			d.press("tab")
		}
		d.press("ctrl+u").paste("10.200.0.0/16").seeNot("! Nodes").press("ctrl+n").see("Profiles")
	}
}

// TestDefaultNetworkHoldsTheNodes: the default of a page that was not seen yet does
// not keep anybody from it.
func TestDefaultNetworkHoldsTheNodes(t *testing.T) {
	a := steps.NewAnswers()
	set(t, a, "nodes", "cp1 10.96.0.9 control-plane,etcd")
	d := drive(t, 60, 15, wizard.Options{Answers: a})
	for d.m.step != "nodes" {
		d.press("ctrl+n")
	}
	d.see("! line 1: the address 10.96.0.9").press("ctrl+n", "ctrl+n").see("Networks", "! Nodes line 1:")
	d.press("ctrl+n").see("Networks").press("ctrl+u", "10.254.0.0/16", "ctrl+n").see("Kubelets")
}
