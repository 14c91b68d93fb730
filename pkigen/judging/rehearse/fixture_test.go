package rehearse_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/testdir"
	"certwright/pkigen/judging/rehearse"
)

func TestMain(m *testing.M) { os.Exit(testdir.Run(m)) }

// files is a directory in memory.
type files map[string][]byte

func (f files) read(path string) ([]byte, error) {
	if data, is := f[path]; is {
		return data, nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// world is a cluster and its directory.
type world struct {
	layout  *catalog.Layout
	cluster *spec.Cluster
	files   files
}

// cluster has what each rule needs: two members of etcd and two of the control
// plane, and two workers.
func cluster(layout string) *spec.Cluster {
	c := &spec.Cluster{
		Layout: layout, Name: "lab", Key: spec.ECDSAP256, DNSDomain: "cluster.local", CertificatesDir: "/etc/kubernetes/pki",
		CA:             spec.Authority{Subject: spec.Subject{CN: "kubernetes-ca", O: "k8s"}, Expiry: 87600 * time.Hour},
		Endpoint:       spec.Endpoint{Host: spec.Host{Name: "api.example.com"}, Port: 6443},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
		Kubeconfigs:    spec.Embedded, Bootstrap: spec.BootstrapOff,
	}
	l, _ := catalog.FindLayout(layout)
	for _, p := range l.Profiles {
		c.Profiles = append(c.Profiles, spec.Profile{Name: p.Name, Expiry: 8760 * time.Hour, Usages: p.Usages})
	}
	addr := netip.MustParseAddr("172.20.0.1")
	for i, name := range []string{"cp1", "cp2", "w1", "w2"} {
		n := spec.Node{Name: name, Addresses: []netip.Addr{addr}, Roles: spec.ControlPlane | spec.Etcd, Line: i + 1}
		if i >= 2 {
			n.Roles = spec.Worker
		}
		c.Nodes, addr = append(c.Nodes, n), addr.Next()
	}
	return c
}

// issue makes the set of a cluster and reads its directory.
func issue(c *spec.Cluster) (*world, error) {
	dir, err := os.MkdirTemp("", "rehearse")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	root := filepath.Join(dir, "pki")
	if _, err := pkigen.Run(background, pkigen.Job{Dir: root, Cluster: c}, nil); err != nil {
		return nil, err
	}
	return read(root, c)
}

// read reads the directory of a cluster.
func read(root string, c *spec.Cluster) (*world, error) {
	l, _ := catalog.FindLayout(c.Layout)
	w := &world{layout: l, cluster: c, files: files{}}
	return w, filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		w.files[filepath.ToSlash(rel)], err = os.ReadFile(p)
		return err
	})
}

// once are the worlds that tests share; none changes one.
var once = func() map[string]func() (*world, error) {
	out := map[string]func() (*world, error){}
	for _, l := range catalog.Layouts {
		out[l.Name] = sync.OnceValues(func() (*world, error) { return issue(cluster(l.Name)) })
	}
	return out
}()

// shared is a right directory of a layout, whose files may be replaced.
func shared(t testing.TB, layout string) *world {
	t.Helper()
	w, err := once[layout]()
	if err != nil {
		t.Fatal(err)
	}
	copied := *w
	copied.files = maps.Clone(w.files)
	return &copied
}

func (w *world) run(t testing.TB) *rehearse.Report {
	t.Helper()
	return w.runAt(t, time.Now())
}

func (w *world) runAt(t testing.TB, now time.Time) *rehearse.Report {
	t.Helper()
	r, err := rehearse.Run(t.Context(), catalogued(w.layout, w.cluster, w.files.read), now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// title is what a case is, in one line.
func title(r *rehearse.Result) string {
	c := r.Case
	id := c.Connection.ID
	if c.Refusal != nil {
		id = c.Refusal.ID
	}
	s := fmt.Sprintf("%s: %s@%s -> %s@%s (%s): %s", id, c.From.Program, c.From.Machine, c.To.Program, c.To.Machine, c.Dial, r.State)
	if f := r.Failure; f != nil {
		s += fmt.Sprintf("\n\tat %s: %s\n\tat %s: %s\n\t%s: %s [%s]", f.At, f.Text, f.Other, f.OtherAs, f.File, f.Cause, f.Check)
	}
	return s
}
