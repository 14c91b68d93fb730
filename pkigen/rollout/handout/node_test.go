package handout_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/rollout/handout"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	put(t, filepath.Join(base, "article", "ca.pem"), "x")
	put(t, filepath.Join(base, "file", "nodes"), "x")
	put(t, filepath.Join(base, "plain"), "x")
	put(t, filepath.Join(base, "empty", "nodes", "README"), "x")
	build(t, filepath.Join(base, "linked"), "m", control())
	link(t, "m", filepath.Join(base, "linked", "nodes", "n"))
	if err := os.Mkdir(filepath.Join(base, "away"), 0o700); err != nil {
		t.Fatal(err)
	}
	link(t, "../linked/nodes", filepath.Join(base, "away", "nodes"))
	for _, tc := range []struct{ dir, want string }{
		{"article", `"BASE/article" has no folder "nodes", so there is nothing to hand out node by node: the layouts single-ca and three-ca have it; ` +
			`the files of the layout article are the same for all nodes, and copied by hand`},
		{"file", `"BASE/file/nodes" is a file, and has to be a folder`},
		{"plain", `cannot open the directory "BASE/plain": not a directory`},
		{"none", `cannot open the directory "BASE/none": no such file or directory`},
		{"empty", `"BASE/empty/nodes" holds no node`},
		{"linked", `"BASE/linked/nodes/n" is a symbolic link, and has to be a folder`},
		{"away", `"BASE/away/nodes" is a symbolic link, and has to be a folder`},
	} {
		_, err := handout.Open(filepath.Join(base, tc.dir))
		if got := strings.ReplaceAll(text(err), base, "BASE"); got != tc.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tc.dir, got, tc.want)
		}
	}
	if _, err := handout.Open(" "); text(err) != "no directory given; name the one that certwright made, such as pki" {
		t.Error(err)
	}
}

func link(t testing.TB, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, n := range []string{"master1", "master2", "worker1"} {
		build(t, dir, n, control())
	}
	tree := open(t, dir)
	if got := tree.Nodes(); !slices.Equal(got, []string{"master1", "master2", "worker1"}) {
		t.Error(got)
	}
	for _, tc := range []struct{ node, want string }{
		{"Master1", `holds no node "Master1": did you mean "master1"?`},
		{"worker", `holds no node "worker": did you mean "worker1"?`},
		{"db", `holds no node "db": the nodes are master1, master2, worker1`},
		{"", `holds no node "": the nodes are master1, master2, worker1`},
		{"../nodes/master1", `holds no node "../nodes/master1": the nodes are master1, master2, worker1`},
		{"master1/etc", `holds no node "master1/etc": the nodes are master1, master2, worker1`},
		{strings.Repeat("x", 100), fmt.Sprintf("holds no node %q: the nodes are master1, master2, worker1", strings.Repeat("x", 100))},
	} {
		_, err := tree.Node(tc.node)
		if got := strings.TrimPrefix(text(err), fmt.Sprintf("%q ", dir)); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
	many := &handout.UnknownNodeError{Dir: "pki", Node: "x", Nodes: strings.Fields("aaaaa1 aaaaa2 aaaaa3 aaaaa4 aaaaa5 aaaaa6 aaaaa7 aaaaa8 aaaaa9 aaaaa10")}
	if got := many.Error(); !strings.HasSuffix(got, "aaaaa7, aaaaa8, and 2 more") {
		t.Error(got)
	}
}

// Every way in which a tree can be other than it was made is refused, and the
// file is named.
func TestRefused(t *testing.T) {
	t.Parallel()
	ca, key := "etc/kubernetes/pki/ca.crt", "etc/kubernetes/pki/apiserver.key"
	for _, tc := range []struct {
		name string
		do   func(t *testing.T, root string)
		want string // NODE is the folder of the node
		as   any
	}{
		{"changed", func(t *testing.T, root string) { put(t, filepath.Join(root, ca), "other") },
			`"NODE/etc/kubernetes/pki/ca.crt" is not as it was made: `, new(*render.SumError)},
		{"missing", func(t *testing.T, root string) { remove(t, filepath.Join(root, key)) },
			`"NODE/etc/kubernetes/pki/apiserver.key" is missing, and SHA256SUMS lists it`, new(*render.SumError)},
		{"folder missing", func(t *testing.T, root string) { remove(t, filepath.Join(root, "var")) },
			`"NODE/var/lib/kubelet/pki/kubelet.crt" is missing`, new(*render.SumError)},
		{"stray", func(t *testing.T, root string) { put(t, filepath.Join(root, "etc/notes.txt~"), "x") },
			`"NODE/etc/notes.txt~" is not listed in SHA256SUMS`, new(*render.SumError)},
		{"large stray", func(t *testing.T, root string) {
			put(t, filepath.Join(root, "etc/big"), "x")
			if err := os.Truncate(filepath.Join(root, "etc/big"), 1<<40); err != nil {
				t.Skip(err)
			}
		}, `"NODE/etc/big" is not listed in SHA256SUMS`, new(*render.SumError)},
		{"large", func(t *testing.T, root string) {
			if err := os.Truncate(filepath.Join(root, ca), 1<<30); err != nil {
				t.Skip(err)
			}
		}, `cannot read "NODE/etc/kubernetes/pki/ca.crt": it has more than 1048576 bytes: no file of a node is that long`, nil},
		{"link", func(t *testing.T, root string) {
			remove(t, filepath.Join(root, ca))
			link(t, "etcd/ca.crt", filepath.Join(root, ca)) // the same bytes
		}, `"NODE/etc/kubernetes/pki/ca.crt" is a symbolic link, and has to be a file`, nil},
		{"stray link", func(t *testing.T, root string) { link(t, "/etc/shadow", filepath.Join(root, "etc/x")) },
			`"NODE/etc/x" is a symbolic link, and has to be a file`, nil},
		{"linked folder", func(t *testing.T, root string) {
			if err := os.Rename(filepath.Join(root, "var"), filepath.Join(filepath.Dir(root), "var")); err != nil {
				t.Fatal(err)
			}
			link(t, "../var", filepath.Join(root, "var"))
		}, `"NODE/var" is a symbolic link, and has to be a file`, nil},
		{"folder for a file", func(t *testing.T, root string) {
			remove(t, filepath.Join(root, ca))
			put(t, filepath.Join(root, ca, "x"), "x")
		}, `"NODE/etc/kubernetes/pki/ca.crt/x" is not listed`, new(*render.SumError)},
		{"no sums", func(t *testing.T, root string) { remove(t, filepath.Join(root, render.SumsFile)) },
			`"NODE" has no SHA256SUMS, so nobody can say whether its files are whole: run certwright generate again`, nil},
		{"empty sums", func(t *testing.T, root string) { put(t, filepath.Join(root, render.SumsFile), "") },
			`"NODE/SHA256SUMS" lists no file: there is nothing to hand out`, nil},
		{"broken sums", func(t *testing.T, root string) { put(t, filepath.Join(root, render.SumsFile), "x\n") },
			`"NODE": line 1 of SHA256SUMS cannot be read: `, nil},
		{"linked sums", func(t *testing.T, root string) {
			remove(t, filepath.Join(root, render.SumsFile))
			link(t, "/dev/null", filepath.Join(root, render.SumsFile))
		}, `"NODE/SHA256SUMS" is a symbolic link, and has to be a file`, nil},
		{"open key", func(t *testing.T, root string) { chmod(t, filepath.Join(root, key), 0o640) },
			`"NODE/etc/kubernetes/pki/apiserver.key" is open to other users (0640), and holds a private key or a token: chmod 600 it first`, nil},
		{"open kubeconfig", func(t *testing.T, root string) { chmod(t, filepath.Join(root, "etc/kubernetes/scheduler.conf"), 0o604) },
			`"NODE/etc/kubernetes/scheduler.conf" is open to other users (0604)`, nil},
		{"open token", func(t *testing.T, root string) { chmod(t, filepath.Join(root, "etc/kubernetes/bootstrap.conf"), 0o644) },
			`"NODE/etc/kubernetes/bootstrap.conf" is open to other users (0644), and holds a private key or a token`, nil},
		{"writable file", func(t *testing.T, root string) { chmod(t, filepath.Join(root, "etc/kubernetes/kubelet.env"), 0o666) },
			`"NODE/etc/kubernetes/kubelet.env" can be written by other users (0666): chmod go-w it first`, nil},
		{"writable folder", func(t *testing.T, root string) { chmod(t, filepath.Join(root, "etc/kubernetes"), 0o775) },
			`"NODE/etc/kubernetes" can be written by other users (0775)`, nil},
		{"pipe", func(t *testing.T, root string) { pipe(t, filepath.Join(root, "etc/pipe")) },
			`"NODE/etc/pipe" is a named pipe, and has to be a file`, nil},
		{"listed pipe", func(t *testing.T, root string) {
			remove(t, filepath.Join(root, ca))
			pipe(t, filepath.Join(root, ca))
		}, `"NODE/etc/kubernetes/pki/ca.crt" is a named pipe, and has to be a file`, nil},
		{"unreadable", func(t *testing.T, root string) { unreadable(t, filepath.Join(root, ca)) },
			`cannot read "NODE/etc/kubernetes/pki/ca.crt": permission denied`, nil},
		{"unreadable folder", func(t *testing.T, root string) { unreadable(t, filepath.Join(root, "var")) },
			`cannot read "NODE/var": permission denied`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			build(t, dir, "m", control())
			root := filepath.Join(dir, "nodes", "m")
			tree := open(t, dir)
			if _, err := tree.Node("m"); err != nil {
				t.Fatal(err)
			}
			tc.do(t, root)
			_, err := tree.Node("m")
			if got := strings.ReplaceAll(text(err), root, "NODE"); !strings.HasPrefix(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if tc.as != nil && !errors.As(err, tc.as) {
				t.Errorf("%T", err)
			}
		})
	}
}

func remove(t testing.TB, name string) {
	t.Helper()
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

func unreadable(t *testing.T, name string) {
	if os.Geteuid() == 0 {
		t.Skip("root can read everything")
	}
	chmod(t, name, 0)
	t.Cleanup(func() { os.Chmod(name, 0o700) })
}

// A directory that another run swaps is read as it was opened, or not at all.
func TestSwapped(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir, old := filepath.Join(base, "pki"), filepath.Join(base, "old")
	build(t, dir, "m", control())
	first := pack(t, dir, "m")
	tree := open(t, dir)
	rename(t, dir, old)
	files := control()
	files["etc/kubernetes/new.env"] = []byte("x")
	build(t, dir, "m", files)
	n, err := tree.Node("m")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := n.Write(&b); err != nil || b.String() != string(first) {
		t.Error("not the directory that was opened", err)
	}
	remove(t, filepath.Join(old, "nodes/m/var"))
	want := fmt.Sprintf("%q was replaced while it was read: another run worked on it; wait for its end and run this again", dir)
	if _, err := tree.Node("m"); text(err) != want {
		t.Error(err)
	}
	remove(t, dir)
	if _, err := tree.Node("m"); text(err) != want {
		t.Error(err)
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
