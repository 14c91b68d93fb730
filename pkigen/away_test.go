package pkigen

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/plan"
)

// TestKeysAway keeps the keys of CAs elsewhere: what needs none of them is done,
// and what needs one is refused by its name.
func TestKeysAway(t *testing.T) {
	dir, safe := filepath.Join(t.TempDir(), "pki"), t.TempDir()
	c := treeCluster("three-ca", 1)
	makeTrees(t, dir, c)
	move := func(from, to string, names ...string) {
		t.Helper()
		for _, name := range names {
			if err := os.Rename(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	authority := filepath.Join(dir, "authority")
	move(authority, safe, "ca.key", "etcd-ca.key", "front-proxy-ca.key")

	before := snapshot(t, dir)
	r := makeTrees(t, dir, c)
	if got := changed(before, snapshot(t, dir)); r.Plan.Changes() || len(got) > 0 {
		t.Errorf("a run that needs no key changes %q", got)
	}
	if !slices.ContainsFunc(r.Plan.Warnings, func(s string) bool {
		return strings.HasPrefix(s, "not here, and not needed in this run: authority/ca.key, authority/etcd-ca.key, authority/front-proxy-ca.key;")
	}) {
		t.Errorf("warnings are %q", r.Plan.Warnings)
	}
	layout, _ := catalog.FindLayout(c.Layout)
	var notes []string
	for _, f := range judged(t, dir, &verify.Known{Layout: layout, Cluster: c}).Findings {
		if f.Check.ID == "ca-key-away" {
			notes = append(append(notes, f.File), f.Also...)
		}
	}
	if want := []string{"authority/ca.key", "authority/etcd-ca.key", "authority/front-proxy-ca.key"}; !slices.Equal(notes, want) {
		t.Errorf("noted %q", notes)
	}

	more := treeCluster("three-ca", 2)
	var refused *plan.RefusedError
	_, err := Run(t.Context(), Job{Dir: dir, Cluster: more}, nil)
	if !errors.As(err, &refused) || !refused.OnlyAway() || len(refused.Actions) == 0 ||
		!strings.Contains(err.Error(), "authority/ca.key is not here: put it back, since it has to sign worker-2/kubelet-client, worker-2/kubelet-server;") ||
		strings.Contains(err.Error(), "etcd-ca.key") {
		t.Errorf("one worker more: %v", err)
	}
	if got := changed(before, snapshot(t, dir)); len(got) > 0 {
		t.Errorf("the refusal touched %q", got)
	}
	move(safe, authority, "ca.key")
	makeTrees(t, dir, more)
	judgedClean(t, dir, more)

	// All of them back: nothing to do, and nothing to say.
	move(safe, authority, "etcd-ca.key", "front-proxy-ca.key")
	if p := mustPlan(t, Job{Dir: dir, Cluster: more}); p.Changes() || len(p.Warnings) > 0 {
		t.Errorf("with all keys: %s; %q", p.Summary(), p.Warnings)
	}
}

// TestRotateWithoutTheOldKey replaces CAs whose keys are lost, without an outage.
func TestRotateWithoutTheOldKey(t *testing.T) {
	for _, name := range []string{"ca", "etcd-ca"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "pki")
			c := treeCluster("three-ca", 1)
			makeTrees(t, dir, c)
			if err := os.Remove(filepath.Join(dir, "authority", name+".key")); err != nil {
				t.Fatal(err)
			}
			for _, to := range stages {
				toStage(t, dir, c, plan.Rotation{Name: name, To: to})
				judgedClean(t, dir, c)
			}
			if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() || p.Find(name).OldKey == nil {
				t.Errorf("after it: %s, key away: %q", p.Summary(), p.Find(name).Away)
			}
		})
	}
}

// TestLostPair: where a public half lies without its private one, a new pair would
// end all tokens, and is made on the operator's confirmation alone.
func TestLostPair(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	r := makeTrees(t, dir, c)
	places := r.Plan.Find("sa").Places(catalog.Key)
	for _, path := range places {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(path))); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(t, dir)
	var refused *plan.RefusedError
	_, err := Run(t.Context(), Job{Dir: dir, Cluster: c}, nil)
	if !errors.As(err, &refused) || !refused.OnlyAway() || strings.Contains(err.Error(), "rotate") ||
		!strings.Contains(err.Error(), "authority/sa.key is not here, but its public half is, in authority/sa.pub: put it back") {
		t.Errorf("got %v", err)
	}
	if got := changed(before, snapshot(t, dir)); len(got) > 0 {
		t.Errorf("touched %q", got)
	}
	layout, _ := catalog.FindLayout(c.Layout)
	for _, f := range judged(t, dir, &verify.Known{Layout: layout, Cluster: c}).Findings {
		if f.Check.ID == "key-missing" && f.Command != "" {
			t.Errorf("%s: %s %q", f.File, f.Fix(), f.Command)
		}
	}
	if r := makeTrees(t, dir, c, "sa"); r.Backup == "" || r.Plan.Find("sa").Key == plan.Keep {
		t.Errorf("with the confirmation: %s", r.Plan.Summary())
	}
	judgedClean(t, dir, c)
}

// TestNextKeyAway keeps the key of a CA that comes elsewhere until it has to sign.
func TestNextKeyAway(t *testing.T) {
	dir, safe := filepath.Join(t.TempDir(), "pki"), t.TempDir()
	c := treeCluster("three-ca", 1)
	makeTrees(t, dir, c)
	toStage(t, dir, c, plan.Rotation{Name: "ca", To: plan.Widened})
	here, away := filepath.Join(dir, "authority", "ca-next.key"), filepath.Join(safe, "ca-next.key")
	if err := os.Rename(here, away); err != nil {
		t.Fatal(err)
	}
	if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() || p.Find("ca-next").Away != "authority/ca-next.key" {
		t.Errorf("without it: %s", p.Summary())
	}
	_, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{Rotation: &plan.Rotation{Name: "ca", To: plan.Switched}}}, nil)
	if err == nil || !strings.Contains(err.Error(), "authority/ca-next.key is not here: put it back") {
		t.Errorf("switched without it: %v", err)
	}
	if err := os.Rename(away, here); err != nil {
		t.Fatal(err)
	}
	toStage(t, dir, c, plan.Rotation{Name: "ca", To: plan.Switched})
	judgedClean(t, dir, c)
}

// TestRenewalWithoutOneKey: what nobody here can sign does not stop the rest, and is
// said; asked for by its name, or alone, it stops the run.
func TestRenewalWithoutOneKey(t *testing.T) {
	for _, newKeys := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "pki")
		c := treeCluster("three-ca", 1)
		makeTrees(t, dir, c)
		if err := os.Remove(filepath.Join(dir, "authority", "etcd-ca.key")); err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, dir)
		job := Job{Dir: dir, Cluster: c, Options: plan.Options{Renewal: &plan.Renewal{NewKeys: newKeys}}}
		r, err := Run(t.Context(), job, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Plan.Certificates {
			if cert := &r.Plan.Certificates[i]; cert.Entry.Kind == catalog.Leaf && cert.Cert.Writes() != (cert.Signer != "etcd-ca") {
				t.Errorf("%s of %s: %s", cert.Name, cert.Signer, cert.Cert)
			}
		}
		for _, path := range changed(before, snapshot(t, dir)) {
			if strings.HasPrefix(path, "nodes/") && strings.Contains(path, "etcd/") && strings.HasSuffix(path, ".crt") {
				t.Errorf("%s was changed", path)
			}
		}
		if !slices.ContainsFunc(r.Plan.Warnings, func(s string) bool {
			return strings.HasPrefix(s, "not renewed, since authority/etcd-ca.key, which signs them, is not here: ") && strings.Contains(s, "etcd-server on ")
		}) {
			t.Errorf("warnings are %q", r.Plan.Warnings)
		}
		judgedClean(t, dir, c)

		job.Options.Renewal = &plan.Renewal{Names: []string{"cp-1/etcd-server"}}
		if _, err = Run(t.Context(), job, nil); !errors.As(err, new(*plan.RefusedError)) {
			t.Errorf("by its name: %v", err)
		}
	}
}
