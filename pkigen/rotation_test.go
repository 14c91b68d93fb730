package pkigen

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// toStage takes a replacement to a stage, in a run that knows only the directory.
func toStage(t *testing.T, dir string, c *spec.Cluster, r plan.Rotation) *Result {
	t.Helper()
	result, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{Rotation: &r}}, nil)
	if err != nil {
		t.Fatalf("%s to %s: %v", r.Name, r.To, err)
	}
	return result
}

// stages are the stages in the order in which a replacement goes through them.
var stages = []plan.Stage{plan.Widened, plan.Switched, plan.Steady}

// TestRotation holds of each stage that the set is right for everybody who judges
// it, that another run leaves it as it is, that every verifier of the set takes
// every certificate in it (OpenSSL), and that private keys are nobody else's.
func TestRotation(t *testing.T) {
	ways := map[string]func(*spec.Cluster){
		"issued":    func(*spec.Cluster) {},
		"by path":   func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath },
		"revocable": revocable,
		"token":     func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true },
	}
	for _, test := range []struct{ layout, way, name string }{
		{"three-ca", "issued", "ca"}, {"three-ca", "by path", "etcd-ca"}, {"three-ca", "revocable", "etcd-ca"}, {"three-ca", "token", "ca"},
		{"three-ca", "issued", "front-proxy-ca"}, {"three-ca", "issued", "sa"}, {"single-ca", "token", "ca"}, {"single-ca", "by path", "sa"},
	} {
		t.Run(test.layout+"/"+test.way+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			c := treeCluster(test.layout, 1)
			ways[test.way](c)
			dir := filepath.Join(t.TempDir(), "pki")
			makeTrees(t, dir, c)
			first := fileTexts(t, dir)
			for _, to := range stages {
				before := fileTexts(t, dir)
				r := toStage(t, dir, c, plan.Rotation{Name: test.name, To: to})
				after := fileTexts(t, dir)
				if again := toStage(t, dir, c, plan.Rotation{Name: test.name, To: to}); !again.Unchanged {
					t.Errorf("%s a second time: %s", to, again.Plan.Summary())
				}
				if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() || p.Stage(test.name) != to {
					t.Errorf("a plain run at %s would do: %s; stage %s", to, p.Summary(), p.Stage(test.name))
				}
				judgedClean(t, dir, c)
				opensslTrustsAll(t, dir, r.Plan)
				for path, text := range after {
					if strings.Contains(text, "PRIVATE KEY-----") && !strings.HasPrefix(text, "-rw-------") {
						t.Errorf("%s: %s has mode %.10s", to, path, text)
					}
				}
				switch diff := changed(before, after); to {
				case plan.Widened: // nothing is signed again
					for _, p := range diff {
						if strings.HasPrefix(p, "cfssl/") || slices.Contains([]string{"apiserver.crt", "server.crt", "kubelet.crt", "sa.key"}, filepath.Base(p)) {
							t.Errorf("%s changes %s", to, p)
						}
					}
				case plan.Switched: // whoever trusts both goes on doing so: no verifier restarts for that
					for _, p := range diff {
						if slices.Contains([]string{"ca.crt", "front-proxy-ca.crt", "sa.pub"}, filepath.Base(p)) && strings.HasPrefix(p, "nodes/") {
							t.Errorf("%s changes %s", to, p)
						}
					}
				}
			}
			var own []string
			for path := range fileTexts(t, dir) {
				if _, was := first[path]; !was {
					own = append(own, path)
				}
			}
			if len(own) > 0 {
				t.Errorf("left over: %q", own)
			}
		})
	}
}

// opensslTrustsAll lets OpenSSL check each certificate of the plan by each file
// that verifiers have for its CA.
func opensslTrustsAll(t *testing.T, dir string, p *plan.Plan) {
	t.Helper()
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl")
	}
	leaves := map[string][]string{} // by CA
	folder := t.TempDir()
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if c.Entry.Kind != catalog.Leaf {
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(c.Place(catalog.Cert)))
		if c.Embedded() {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			k, err := kubeconfig.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			file = filepath.Join(folder, strings.ReplaceAll(c.Name, "/", "-"))
			if err := os.WriteFile(file, k.Cert, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		leaves[c.Signer] = append(leaves[c.Signer], file)
	}
	for ca, files := range leaves {
		places := p.Find(ca).Places(catalog.Trust)
		if len(places) == 0 {
			t.Fatalf("%s: nobody trusts it", ca)
		}
		for _, trusted := range places[:min(len(places), 2)] {
			args := append([]string{"verify", "-CAfile", filepath.Join(dir, filepath.FromSlash(trusted))}, files...)
			if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
				t.Errorf("openssl by %s: %v\n%s", trusted, err, out)
			}
		}
	}
}

// TestRotationOrder holds that no stage is left out or gone back, and that nothing
// is written then.
func TestRotationOrder(t *testing.T) {
	c := treeCluster("three-ca", 1)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	for i, wrong := range []plan.Stage{plan.Switched, plan.Steady, plan.Widened} {
		if i > 0 {
			toStage(t, dir, c, plan.Rotation{Name: "ca", To: stages[i-1]})
		}
		before := fileTexts(t, dir)
		_, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{Rotation: &plan.Rotation{Name: "ca", To: wrong}}}, nil)
		var order *plan.OrderError
		if !errors.As(err, &order) || order.To != wrong {
			t.Errorf("stage %d to %s: %v", i, wrong, err)
		}
		if diff := changed(before, fileTexts(t, dir)); len(diff) > 0 {
			t.Errorf("stage %d to %s has changed %q", i, wrong, diff)
		}
	}
	for name, job := range map[string]Job{
		"admin": {Dir: dir, Cluster: c, Options: plan.Options{Rotation: &plan.Rotation{Name: "admin", To: plan.Widened}}},
		"ca":    {Dir: newJob(t).Dir, Cluster: newJob(t).Cluster, Options: plan.Options{Rotation: &plan.Rotation{Name: "ca", To: plan.Widened}}},
	} {
		var not *plan.NotRotatableError
		if _, err := Plan(job); !errors.As(err, &not) || not.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRotationStops holds that a stage touches nothing where anything is not as
// the stage before has to leave it: a node's file for verifiers without the new
// one, a certificate of the old one, a companion of both kinds.
func TestRotationStops(t *testing.T) {
	const node = "nodes/cp-2/etc/kubernetes/pki/"
	for name, test := range map[string]struct {
		from  int // stages gone through
		spoil func(t *testing.T, dir string, stages []map[string]string)
		want  string
	}{
		"a node that trusts one": {1, func(t *testing.T, dir string, was []map[string]string) {
			putBack(t, dir, node+"ca.crt", was[0][node+"ca.crt"])
		}, node + "ca.crt: is not what its other places hold"},
		"a certificate of the old one": {2, func(t *testing.T, dir string, was []map[string]string) {
			putBack(t, dir, node+"apiserver.crt", was[1][node+"apiserver.crt"])
		}, "cp-2/apiserver: signed by another CA"},
		"a kubeconfig of the old one": {2, func(t *testing.T, dir string, was []map[string]string) {
			putBack(t, dir, "nodes/worker-1/etc/kubernetes/kubelet.conf", was[1]["nodes/worker-1/etc/kubernetes/kubelet.conf"])
		}, "worker-1/kubelet-client: signed by another CA"},
		"both companions": {1, func(t *testing.T, dir string, was []map[string]string) {
			putBack(t, dir, "authority/ca-previous.crt", was[1]["authority/ca.crt"])
		}, "authority/ca-next.crt and authority/ca-previous.crt are both here"},
		"the next is lost": {1, func(t *testing.T, dir string, _ []map[string]string) {
			for _, f := range []string{"ca-next.key", "ca-next.crt"} {
				if err := os.Remove(filepath.Join(dir, "authority", f)); err != nil {
					t.Fatal(err)
				}
			}
		}, "trusts another one beside authority/ca.crt, as in a replacement"},
		"the previous is lost": {2, func(t *testing.T, dir string, _ []map[string]string) {
			for _, f := range []string{"ca-previous.key", "ca-previous.crt"} {
				if err := os.Remove(filepath.Join(dir, "authority", f)); err != nil {
					t.Fatal(err)
				}
			}
			// Nor does a run without a word narrow.
			if _, err := Run(t.Context(), Job{Dir: dir, Cluster: treeCluster("three-ca", 1)}, nil); err == nil || !strings.Contains(err.Error(), "as in a replacement") {
				t.Errorf("a plain run says %v", err)
			}
		}, "put authority/ca-next.crt or authority/ca-previous.crt back from a backup"},
		"no certificate of the previous": {2, func(t *testing.T, dir string, _ []map[string]string) {
			if err := os.Remove(filepath.Join(dir, "authority", "ca-previous.crt")); err != nil {
				t.Fatal(err)
			}
		}, "authority/ca-previous.crt is not here or cannot be read"},
		"no key of the next": {1, func(t *testing.T, dir string, _ []map[string]string) {
			if err := os.Remove(filepath.Join(dir, "authority", "ca-next.key")); err != nil {
				t.Fatal(err)
			}
		}, "ca: authority/ca-next.key is not here: put it back, or take the first stage back"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := treeCluster("three-ca", 1)
			dir := filepath.Join(t.TempDir(), "pki")
			makeTrees(t, dir, c)
			was := []map[string]string{fileTexts(t, dir)}
			for _, to := range stages[:test.from] {
				toStage(t, dir, c, plan.Rotation{Name: "ca", To: to})
				was = append(was, fileTexts(t, dir))
			}
			test.spoil(t, dir, was)
			before := fileTexts(t, dir)
			_, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{Rotation: &plan.Rotation{Name: "ca", To: stages[test.from]}}}, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if diff := changed(before, fileTexts(t, dir)); len(diff) > 0 {
				t.Errorf("changed %q", diff)
			}
		})
	}
}

// putBack writes a file as fileTexts has it, with its mode in front.
func putBack(t *testing.T, dir, path, text string) {
	t.Helper()
	const mode = len("-rw-------")
	if len(text) <= mode {
		t.Fatalf("%s was not there", path)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(path)), []byte(text[mode:]), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRotationByNewAnswers replaces CAs by others of another name, lifetime and
// kind of key, one after the other and two at a time; what is not new yet stays as
// it is. At the end nothing is left of the old answers.
func TestRotationByNewAnswers(t *testing.T) {
	c := treeCluster("three-ca", 1)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	c.CA.Subject.O, c.CA.Expiry, c.Key = "lab", 43800*time.Hour, spec.ECDSAP384
	if _, err := Run(t.Context(), Job{Dir: dir, Cluster: c}, nil); err == nil || !strings.Contains(err.Error(), "certwright rotate does it in stages") {
		t.Errorf("a plain run says %v", err)
	}
	for _, name := range []string{"etcd-ca", "ca"} { // two at once
		toStage(t, dir, c, plan.Rotation{Name: name, To: plan.Widened})
	}
	for _, to := range stages[1:] {
		for _, name := range []string{"ca", "etcd-ca"} {
			toStage(t, dir, c, plan.Rotation{Name: name, To: to, NewKeys: true})
		}
	}
	for _, name := range []string{"front-proxy-ca", "sa"} {
		for _, to := range stages {
			toStage(t, dir, c, plan.Rotation{Name: name, To: to, NewKeys: true})
		}
	}
	if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() {
		t.Errorf("left to do: %s %v", p.Summary(), p.Refused())
	}
	if ca := readCert(t, dir, "authority/ca.crt"); ca.Subject.Organization[0] != "lab" {
		t.Errorf("the CA is %s", ca.Subject)
	}
	judgedClean(t, dir, c)
}

// TestRenewAuthority signs a CA again with its key: every certificate stays, and
// is valid by the new file; what was cut to the CA's end is made again.
func TestRenewAuthority(t *testing.T) {
	for _, cut := range []bool{false, true} {
		c := treeCluster("three-ca", 1)
		if cut {
			c.CA.Expiry = 400 * 24 * time.Hour
			for i := range c.Profiles {
				c.Profiles[i].Expiry = 500 * 24 * time.Hour
			}
		}
		dir := filepath.Join(t.TempDir(), "pki")
		makeTrees(t, dir, c)
		before := mustPlan(t, Job{Dir: dir, Cluster: c})
		r := renewed(t, dir, c, plan.Renewal{Names: []string{"ca"}}, time.Now().Add(time.Minute))
		after := mustPlan(t, Job{Dir: dir, Cluster: c})
		for i := range before.Certificates {
			old, now := &before.Certificates[i], r.Plan.Find(before.Certificates[i].Name)
			if want := old.Name == "ca" || cut && old.Signer == "ca"; now.Asked != want {
				t.Errorf("cut %t: %s is made again: %t", cut, old.Name, now.Asked)
			}
			if !bytes.Equal(old.KeyPEM, after.Find(old.Name).KeyPEM) {
				t.Errorf("%s has another key", old.Name)
			}
		}
		opensslTrustsAll(t, dir, r.Plan)
		if after.Changes() {
			t.Errorf("cut %t: left to do: %s", cut, after.Summary())
		}
		judgedClean(t, dir, c)
	}
}

// TestRotationWithoutTheOldKey holds that the key of what signs no more may be
// destroyed before the last stage.
func TestRotationWithoutTheOldKey(t *testing.T) {
	c := treeCluster("three-ca", 1)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	for _, name := range []string{"ca", "sa"} {
		for _, to := range stages[:2] {
			toStage(t, dir, c, plan.Rotation{Name: name, To: to})
		}
		if err := os.Remove(filepath.Join(dir, "authority", name+"-previous.key")); err != nil {
			t.Fatal(err)
		}
		if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() || p.Stage(name) != plan.Switched {
			t.Errorf("%s: %s, stage %s", name, p.Summary(), p.Stage(name))
		}
		judgedClean(t, dir, c)
		toStage(t, dir, c, plan.Rotation{Name: name, To: plan.Steady})
		judgedClean(t, dir, c)
	}
}

// TestOtherAnswersWhileReplacing: answers that changed in the middle of a
// replacement are to be set right, and no word makes yet another CA.
func TestOtherAnswersWhileReplacing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	makeTrees(t, dir, c)
	toStage(t, dir, c, plan.Rotation{Name: "ca", To: plan.Widened})
	c.CA.Subject.CN = "another"
	_, err := Run(t.Context(), Job{Dir: dir, Cluster: c}, nil)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || len(refused.Replaceable()) > 0 || !strings.Contains(err.Error(), "a replacement is under way: set this right") ||
		strings.Contains(err.Error(), "--replace-key") {
		t.Errorf("got %v", err)
	}
}
