package pkigen

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/spec"
)

// TestChangeTouches holds which files a change of the answers touches, and that
// the set is right for the new ones, and nothing but what is gone has gone.
func TestChangeTouches(t *testing.T) {
	node := func(name, addr string, roles spec.NodeRoles) spec.Node {
		return spec.Node{Name: name, Addresses: []netip.Addr{netip.MustParseAddr(addr)}, Roles: roles}
	}
	drop := func(c *spec.Cluster, name string) {
		c.Nodes = slices.DeleteFunc(c.Nodes, func(n spec.Node) bool { return n.Name == name })
	}
	for name, test := range map[string]struct {
		change func(*spec.Cluster)
		// written and gone are what files that are in the old set must have in their
		// names: everything of these, and nothing else, changes or goes. Checksums go
		// with their trees.
		written, gone []string
		come          string // a file that is new
	}{
		"a name": {
			change:  func(c *spec.Cluster) { c.SANs = append(c.SANs, spec.Host{Name: "new.example.com"}) },
			written: []string{"pki/apiserver.crt", "apiserver.csr", "/apiserver-csr.json"}},
		"a worker more": {
			change: func(c *spec.Cluster) { c.Nodes = append(c.Nodes, node("new", "172.20.0.99", spec.Worker)) },
			come:   "nodes/new/etc/kubernetes/kubelet.conf"},
		"a control-plane node more": {
			change: func(c *spec.Cluster) { c.Nodes = append(c.Nodes, node("new", "172.20.0.99", spec.ControlPlane)) },
			come:   "nodes/new/etc/kubernetes/pki/apiserver.crt"},
		"a member more": {
			change:  func(c *spec.Cluster) { c.Nodes = append(c.Nodes, node("new", "172.20.0.99", spec.Etcd)) },
			written: []string{"etcd.env", "kube-apiserver.env"}, // who names all members
			come:    "nodes/new/etc/kubernetes/pki/etcd/peer.crt"},
		"a worker less": {
			change: func(c *spec.Cluster) { drop(c, "worker-1") }, gone: []string{"worker-1/"}},
		"a control-plane node with its member less": {
			change:  func(c *spec.Cluster) { drop(c, "cp-1") }, // the first: shared files were read there
			written: []string{"etcd.env", "kube-apiserver.env"}, gone: []string{"cp-1/"}},
		"a member's role less": {
			change:  func(c *spec.Cluster) { c.Nodes[2].Roles = spec.ControlPlane },
			written: []string{"cp-1/etc/kubernetes/etcd.env", "cp-2/etc/kubernetes/etcd.env", "kube-apiserver.env"},
			gone: []string{"cp-3/etc/kubernetes/etcd.env", "nodes/cp-3/etc/kubernetes/pki/etcd/server", "nodes/cp-3/etc/kubernetes/pki/etcd/peer",
				"nodes/cp-3/etc/kubernetes/pki/etcd/healthcheck", "cfssl/nodes/cp-3/etcd-"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "pki")
			before := treeCluster("three-ca", 2)
			makeTrees(t, dir, before)
			mine := filepath.Join(dir, "nodes", "worker-1", "notes.txt")
			if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
				t.Fatal(err)
			}
			first := fileTexts(t, dir)
			after := treeCluster("three-ca", 2)
			test.change(after)
			r, err := Run(t.Context(), Job{Dir: dir, Cluster: after, Before: before}, nil)
			if err != nil {
				t.Fatal(err)
			}
			now := fileTexts(t, dir)
			judgedClean(t, dir, after)
			for p, s := range first {
				sums := strings.HasSuffix(p, "SHA256SUMS")
				_, stays := now[p]
				gone, written := inAny(p, test.gone) && p != "nodes/worker-1/notes.txt", inAny(p, test.written)
				switch {
				case stays == gone:
					t.Errorf("%s: stays %v", p, stays)
				case stays && !sums && (now[p] != s) != written:
					t.Errorf("%s: written %v", p, now[p] != s)
				}
			}
			if _, there := now[test.come]; test.come != "" && !there {
				t.Errorf("%s was not made", test.come)
			}
			if (len(test.gone)+len(test.written) > 0) != (r.Backup != "") {
				t.Errorf("backup %q", r.Backup)
			}
			if len(test.gone) > 0 && !bytes.Equal([]byte(fileTexts(t, r.Backup)["authority/ca.key"]), []byte(first["authority/ca.key"])) {
				t.Errorf("the backup has not the whole old set")
			}
			again, err := Run(t.Context(), Job{Dir: dir, Cluster: after, Before: before}, nil)
			if err != nil || !again.Unchanged {
				t.Errorf("once more: %v", err)
			}
		})
	}
}

func inAny(p string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(p, part) })
}
