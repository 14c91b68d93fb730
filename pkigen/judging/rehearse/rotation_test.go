package rehearse_test

import (
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

// someNew are the ways in which a rollout may stand between two stages.
var someNew = map[string]func(node string) bool{
	"all old":            func(string) bool { return false },
	"one control plane":  func(n string) bool { return n == "cp1" },
	"the other, one w":   func(n string) bool { return n == "cp2" || n == "w2" },
	"control planes":     func(n string) bool { return strings.HasPrefix(n, "cp") },
	"workers":            func(n string) bool { return strings.HasPrefix(n, "w") },
	"all but one":        func(n string) bool { return n != "w1" },
	"only the operator":  func(n string) bool { return n == "" },
	"all but the opera.": func(n string) bool { return n != "" },
	"all new":            func(string) bool { return true },
}

// TestRollout holds that in every stage of every replacement, and node by node on
// the way to the next, everybody talks to everybody, and nobody gets in who must
// not.
func TestRollout(t *testing.T) {
	ways := map[string]func(*spec.Cluster){
		"embedded": func(*spec.Cluster) {},
		"by path":  func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath },
		"token":    func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true },
	}
	for layout, names := range map[string][]string{
		"three-ca": {"ca", "etcd-ca", "front-proxy-ca", "sa"}, "single-ca": {"ca", "sa"},
	} {
		for way, set := range ways {
			for _, name := range names {
				t.Run(layout+"/"+way+"/"+name, func(t *testing.T) {
					t.Parallel()
					c := cluster(layout)
					set(c)
					stages := rotated(t, c, name, way == "by path")
					for i := range stages[1:] {
						for how, new := range someNew {
							for _, s := range wrong(t, mixed(stages[i], stages[i+1], new)) {
								t.Errorf("stage %d to %d, %s new: %s", i, i+1, how, s)
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
			w := mixed(stages[i], stages[i+2], someNew["one control plane"])
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
