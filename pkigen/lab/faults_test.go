package lab

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/judging/check"
)

// kindFor is a cluster that has a place for a fault; "" for none.
func kindFor(f *Fault, layout string) string {
	for _, kind := range []string{"plain", "signs", "file", "revocable"} {
		if f.Fits(testCluster(layout, kind)) {
			return kind
		}
	}
	return ""
}

var every = flag.Bool("every", false, "plant each fault in each layout and kind that has a place for it, and more of them at once")

// layoutsFor are those of the layouts that a test of a fault runs in: one of those that
// have a place for it, another from fault to fault.
func layoutsFor(i int, fits func(layout string) bool) []string {
	layouts := slices.DeleteFunc(slices.Clone(everywhere), func(l string) bool { return !fits(l) })
	if *every || len(layouts) < 2 {
		return layouts
	}
	i %= len(layouts)
	return layouts[i : i+1]
}

// TestFaults plants each fault in a layout that has a place for it. The right
// directory is clean, as Plant holds itself, then exactly the fault's own check finds something, and what
// it says fixes it.
func TestFaults(t *testing.T) {
	planted := 0
	for i := range Faults {
		f := &Faults[i]
		for _, layout := range layoutsFor(i, func(l string) bool { return kindFor(f, l) != "" }) {
			kind := kindFor(f, layout)
			planted++
			t.Run(f.ID+"/"+layout, func(t *testing.T) {
				t.Parallel()
				if f.ID == "file-unreadable" && os.Geteuid() == 0 {
					t.Skip("root may read everything; TestUnreadable plants it as another user")
				}
				b := bed(t, layout, kind)
				before := paths(t, b.Dir)
				p, err := Plant(t.Context(), b, Selection{IDs: []string{f.ID}}, rng(uint64(i)))
				if err != nil {
					t.Fatal(err)
				}
				if len(p) != 1 {
					t.Fatalf("%d faults were planted", len(p))
				}
				noHint(t, b, f, before)
				sheetSays(t, b, p)
				findings := p[0].Findings // Plant judged it; TestMany holds that they are found again
				for i := range findings {
					said(t, &findings[i], f.check)
				}
				if !byHand[f.check] {
					fixes(t, b, findings)
				}
			})
		}
	}
	if planted < len(Faults) {
		t.Errorf("%d faults of %d were planted", planted, len(Faults))
	}
}

// TestKinds: right sets of all kinds are clean, with RSA keys and with kubeconfigs
// that name files too, and what depends on these is found there.
func TestKinds(t *testing.T) {
	faults := map[string][]string{ // planted together where one string has several
		"RSA":    {"sha1 two-cas-one-name signature-wrong key-mismatch key-encrypted key-shared"},
		"paths":  {"expired identity-user key-missing kubeconfig-scheme kubeconfig-path-missing usage-missing copy-stale"},
		"secret": {"token-format", "token-mismatch"},
		"signs":  {"ca-cannot-sign", "copy-stale-ca"},
		"file":   {"kubeconfig-broken"},
	}
	for i, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, layout := range layoutsFor(i, func(l string) bool {
			return (l != "single-ca" || faults[kind] == nil) && !slices.ContainsFunc(strings.Fields(strings.Join(faults[kind], " ")), func(id string) bool { return !Find(id).Fits(testCluster(l, kind)) })
		}) {
			t.Run(kind+"/"+layout, func(t *testing.T) {
				t.Parallel()
				for _, f := range judge(t, bed(t, layout, kind)) {
					t.Errorf("the right directory: %s %s %s", f.Check.ID, f.File, f.What())
				}
				for _, ids := range faults[kind] {
					b := bed(t, layout, kind)
					plant(t, b, Selection{IDs: strings.Fields(ids)}, 1)
					mendsInTurn(t, b)
				}
			})
		}
	}
}

// said holds that a finding is of a check, and that its texts are whole.
func said(t *testing.T, f *check.Finding, id string) {
	t.Helper()
	if f.Check.ID != id {
		t.Errorf("found %s: %s %s", f.Check.ID, f.File, f.What())
	}
	for what, text := range map[string]string{"What": f.What(), "Why": f.Why(), "Mend": f.Fix()} {
		if text == "" || strings.Contains(text, "%!") || strings.Contains(text, "%[") {
			t.Errorf("%s of %s is %q", what, id, text)
		}
	}
}

// foreign are the checks that find nothing in a set of ours, only in the middle of
// a replacement, or by what programs are told: packages check, rotate and verify hold them.
var foreign = map[string]bool{"trust-narrow": true, "flag-file": true, "flag-missing": true, "etcd-servers": true, "etcd-auth": true, "signing-key-missing": true,
	"kubelet-anonymous": true, "kubeconfig-insecure": true, "cert-large": true, "kubeconfig-missing": true, "cert-order": true, "ca-limited": true, "sa-legacy": true,
	"ca-signs-tokens": true, "never-valid": true, "etcd-open": true, "etcd-gateway": true, "other-ca": true, "machine-alone": true, "rights-unknown": true, "node-unsure": true, "allowed-names": true,
	"text-missing": true, "text-differs": true, "sums-differ": true}

// TestAllChecks holds that every check which is more than a note has a fault.
func TestAllChecks(t *testing.T) {
	for i := range check.Table {
		c := &check.Table[i]
		has := slices.ContainsFunc(Faults, func(f Fault) bool { return f.check == c.ID })
		if !has && c.Severity != check.Note && !foreign[c.ID] {
			t.Errorf("no fault makes the finding %q", c.ID)
		}
	}
	seen := map[string]bool{}
	for i := range Faults {
		f := &Faults[i]
		if f.Check() == nil || seen[f.ID] || f.Level < Easy || f.Level > Hard || f.Title == "" || !strings.HasPrefix(f.ID, f.check) {
			t.Errorf("the table has %+v", f)
		}
		seen[f.ID] = true
	}
}
