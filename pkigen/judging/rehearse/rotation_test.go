package rehearse_test

import (
	"flag"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/making/plan"
)

// rotated are the directories of a cluster before and after each stage of a
// replacement. Each stage is a run of its own, which knows nothing but what lies
// there.
func rotated(t *testing.T, c *spec.Cluster, name string, newKeys bool) []*world {
	t.Helper()
	root := filepath.Join(t.TempDir(), "pki")
	var out []*world
	for i, to := range []plan.Stage{plan.Steady, plan.Widened, plan.Switched, plan.Steady} {
		job := pkigen.Job{Dir: root, Cluster: c}
		if i > 0 {
			job.Options.Rotation = &plan.Rotation{Name: name, To: to, NewKeys: newKeys}
		}
		if _, err := pkigen.Run(t.Context(), job, nil); err != nil {
			t.Fatalf("%s to %s: %v", name, to, err)
		}
		w, err := read(root, c)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, w)
	}
	return out
}

// mixed has the files of one stage, and of the next where new says so. The
// operator's own are told by "".
func mixed(a, b *world, new func(node string) bool) *world {
	w := *a
	w.files = maps.Clone(a.files)
	maps.DeleteFunc(w.files, func(p string, _ []byte) bool { return new(catalog.NodeOf(p)) })
	for p, data := range b.files {
		if new(catalog.NodeOf(p)) {
			w.files[p] = data
		}
	}
	return &w
}

// wrong are the connections that do not end as they must.
func wrong(t *testing.T, w *world) []string {
	t.Helper()
	var out []string
	for _, r := range w.run(t).Results {
		if !r.Expected() {
			out = append(out, title(&r))
		}
	}
	return out
}

var every = flag.Bool("every", false, "rehearse each way between two stages in each kind of cluster")

// someNew are the ways in which a rollout may stand between two stages.
var someNew = []struct {
	how string
	new func(node string) bool
}{
	{"one control plane", func(n string) bool { return n == "cp1" }},
	{"the other, one w", func(n string) bool { return n == "cp2" || n == "w2" }},
	{"control planes", func(n string) bool { return strings.HasPrefix(n, "cp") }},
	{"workers", func(n string) bool { return strings.HasPrefix(n, "w") }},
	{"all but one", func(n string) bool { return n != "w1" }},
	{"only the operator", func(n string) bool { return n == "" }},
	{"all but the opera.", func(n string) bool { return n != "" }},
}

// TestRollout holds that in every stage of every replacement, and node by node on
// the way to the next, everybody talks to everybody, and nobody gets in who must
// not. The ways between two stages are dealt to the kinds of cluster, so that each
// replacement of a layout goes each way once.
func TestRollout(t *testing.T) {
	kinds := []struct {
		name string
		set  func(*spec.Cluster)
	}{
		{"embedded", func(*spec.Cluster) {}},
		{"by path", func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath }},
		{"token", func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true }},
	}
	for layout, names := range map[string][]string{
		"three-ca": {"ca", "etcd-ca", "front-proxy-ca", "sa"}, "single-ca": {"ca", "sa"},
	} {
		for k, kind := range kinds {
			for _, name := range names {
				t.Run(layout+"/"+kind.name+"/"+name, func(t *testing.T) {
					t.Parallel()
					c := cluster(layout)
					kind.set(c)
					stages := rotated(t, c, name, kind.name == "by path")
					for i, stage := range stages {
						for _, s := range wrong(t, stage) {
							t.Errorf("stage %d: %s", i, s)
						}
						if i == 0 {
							continue
						}
						for w, way := range someNew {
							if !*every && (w+i)%len(kinds) != k {
								continue
							}
							for _, s := range wrong(t, mixed(stages[i-1], stage, way.new)) {
								t.Errorf("stage %d to %d, %s new: %s", i-1, i, way.how, s)
							}
						}
					}
				})
			}
		}
	}
}

// TestSkippedStage holds that each stage is needed: without the one between, what
// must talk does not, in a rollout node by node.
func TestSkippedStage(t *testing.T) {
	for _, test := range []struct {
		name, connection string
	}{
		{"ca", "kubelet-to-apiserver"}, {"etcd-ca", "etcd-peers"}, {"front-proxy-ca", "apiserver-to-extension"}, {"sa", "pods-to-apiserver"},
	} {
		stages := rotated(t, cluster("three-ca"), test.name, false)
		for i := range stages[2:] {
			w := mixed(stages[i], stages[i+2], someNew[0].new)
			if test.name == "front-proxy-ca" {
				// What an extension server checks by comes from one API server, and it is
				// dialled by the other.
				for _, f := range []string{"/etc/kubernetes/pki/front-proxy-client.crt", "/etc/kubernetes/pki/front-proxy-client.key"} {
					one, two := catalog.NodeRoot("cp1")+f, catalog.NodeRoot("cp2")+f
					w.files[one], w.files[two] = w.files[two], w.files[one]
				}
			}
			found := broken(t, w, test.connection)
			if !found {
				t.Errorf("%s: from stage %d to %d at once, %s still talks", test.name, i, i+2, test.connection)
			}
		}
	}
}

// broken reports whether a connection does not talk somewhere.
func broken(t *testing.T, w *world, connection string) bool {
	t.Helper()
	for _, r := range w.run(t).Results {
		if r.Case.Refusal == nil && r.Case.Connection.ID == connection && r.State == rehearse.Broken {
			return true
		}
	}
	return false
}
