package expiry

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// lines are the items as "state file", in order.
func lines(r *Report) []string {
	var out []string
	for _, it := range r.Items {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", it.State, it.File, it.Field)))
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestLook selects by the end and the beginning, to the second, and sorts.
func TestLook(t *testing.T) {
	var none *issuer
	ca := none.authorityFor(t, "ca", -10*day, 900*day, nil)
	folder(t, map[string][]byte{
		"ca.pem":            ca.pem,
		"long-ago.pem":      ca.leaf("a", -10*day, -9*day),
		"ended-now.pem":     ca.leaf("b", -day, 0),
		"a-second-left.pem": ca.leaf("c", -day, time.Second),
		"begins-now.pem":    ca.leaf("d", 0, 31*day),
		"begins-then.pem":   ca.leaf("e", time.Second, 400*day),
		"begins-soon.pem":   ca.leaf("f", time.Hour, 20*day),
		"to-the-second.pem": ca.leaf("g", -day, 30*day),
		"z-ca-same-end.pem": none.authorityFor(t, "z", -day, 30*day, nil).pem,
		"second-later.pem":  ca.leaf("h", -day, 30*day+time.Second),
		"not-a-cert.yaml":   []byte("x: y"),
		"broken.pem":        []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
	})
	entries := scan(t, ".", "missing", "missing")
	r := Look(entries, now, 30*day)
	same(t, "items", lines(r), []string{
		"ended long-ago.pem", "ended ended-now.pem",
		"not-valid-yet begins-soon.pem", "not-valid-yet begins-then.pem",
		"ends-soon a-second-left.pem", "ends-soon z-ca-same-end.pem", "ends-soon to-the-second.pem",
	})
	var unread []string
	for _, e := range r.Unread {
		unread = append(unread, e.File)
	}
	same(t, "unread", unread, []string{"broken.pem", "missing"})
	for state, want := range map[State]int{Ended: 2, NotValidYet: 2, EndsSoon: 3, Unreadable: 2} {
		if got := r.Count(state); got != want {
			t.Errorf("%d are %s, want %d", got, state, want)
		}
	}
	if r.Certificates != 10 {
		t.Errorf("%d certificates, want 10", r.Certificates)
	}
}

// TestCopies has one item for one certificate, wherever it lies.
func TestCopies(t *testing.T) {
	var none *issuer
	ca := none.authorityFor(t, "ca", -day, 5*day, nil)
	user := ca.leaf("system:kube-scheduler", -day, 6*day)
	folder(t, map[string][]byte{
		"kubernetes/a.conf":         kubeconfig(ca.pem, user),
		"kubernetes/scheduler.conf": kubeconfig(ca.pem, user),
		"kubernetes/pki/ca.crt":     ca.pem,
		"kubernetes/pki/bundle.pem": slices.Concat(user, ca.pem),
	})
	r := Look(scan(t, "kubernetes", "./kubernetes/", "kubernetes/pki/ca.crt"), now, 30*day)
	same(t, "items", lines(r), []string{"ends-soon kubernetes/pki/bundle.pem", "ends-soon kubernetes/pki/bundle.pem"})
	if len(r.Items) != 2 {
		t.Fatal("no items to look at")
	}
	authority, leaf := r.Items[0], r.Items[1]
	if !authority.IsCA || authority.DieWith != 1 || len(authority.Copies) != 3 || leaf.DieWith != 0 {
		t.Errorf("CA %+v", authority)
	}
	var copies []string
	for _, c := range leaf.Copies {
		copies = append(copies, fmt.Sprintf("%s %s %d", c.File, c.Field, c.Index))
	}
	same(t, "copies", copies, []string{"kubernetes/a.conf user u 0", "kubernetes/scheduler.conf user u 0"})
	same(t, "users", leaf.UsedBy, []string{"kube-scheduler"})
	for _, program := range []string{"kube-apiserver", "kubelet", "kube-scheduler"} { // by pki/ca.crt, and by scheduler.conf
		if !slices.Contains(authority.UsedBy, program) {
			t.Errorf("the CA is used by %q, without %s", authority.UsedBy, program)
		}
	}
}

// TestDieWith counts what would hold for longer than its CA: those below another
// CA too, those in two files once, and none where the same CA has a longer life.
func TestDieWith(t *testing.T) {
	var none *issuer
	ca := none.authorityFor(t, "ca", -day, 5*day, nil)
	middle := ca.authorityFor(t, "middle", -day, 50*day, nil)
	other := none.authorityFor(t, "ca", -day, 5*day, nil) // only the name is the same
	twice := ca.leaf("one", -day, 40*day)
	files := map[string][]byte{
		"ca.pem": ca.pem, "middle.pem": middle.pem, "other.pem": other.pem,
		"one.pem": twice, "copy/one.pem": twice,
		"same-end.pem": ca.leaf("two", -day, 5*day),
		"earlier.pem":  ca.leaf("three", -day, 4*day),
		"below.pem":    middle.leaf("four", -day, 40*day),
		"short.pem":    middle.leaf("five", -day, 3*day),
	}
	dead := func() map[string]int {
		out := map[string]int{}
		for _, it := range Look(scan(t, "."), now, 30*day).Items {
			if it.IsCA {
				out[it.File] = it.DieWith
			}
		}
		return out
	}
	folder(t, files)
	if got, want := fmt.Sprint(dead()), "map[ca.pem:4 other.pem:0]"; got != want { // one, same-end, middle, below
		t.Errorf("%s die, want %s", got, want)
	}
	files["renewed.pem"] = none.authorityFor(t, "ca", -day, 500*day, ca.key).pem
	folder(t, files)
	if got, want := fmt.Sprint(dead()), "map[ca.pem:0 other.pem:0]"; got != want {
		t.Errorf("with the CA signed again %s die, want %s", got, want)
	}
}

// TestSuperseded leaves out what a kubelet has replaced, and nothing else.
func TestSuperseded(t *testing.T) {
	var none *issuer
	ca := none.authorityFor(t, "ca", -100*day, 900*day, nil)
	old, current := ca.leaf("system:node:n1", -90*day, -day), ca.leaf("system:node:n1", -9*day, 10*day)
	kept := ca.leaf("system:node:n2", -90*day, -2*day)
	folder(t, map[string][]byte{
		"k/kubelet-client-2029-12-01-12-00-00.pem": old,
		"k/kubelet-client-2030-02-20-12-00-00.pem": current,
		"k/kubelet-server-2029-12-01-12-00-00.pem": ca.leaf("system:node:n1", -90*day, -3*day), // nothing is current
		"k/kubelet-client-notes.pem":               ca.leaf("x", -90*day, -4*day),
		"m/kubelet-client-2029-12-01-12-00-00.pem": kept, // replaced here, but in use elsewhere
		"m/kubelet-client-current.pem":             ca.leaf("system:node:n2", -9*day, 100*day),
		"m/kubelet-client-2030-02-28-12-00-00.pem": ca.leaf("system:node:n2", -day, 9*day), // later than the current one
		"m/kubelet.conf":                           kubeconfig(ca.pem, kept),
	})
	if err := os.Symlink("kubelet-client-2030-02-20-12-00-00.pem", "k/kubelet-client-current.pem"); err != nil {
		t.Fatal(err)
	}
	r := Look(scan(t, "."), now, 30*day)
	same(t, "items", lines(r), []string{
		"ended k/kubelet-client-notes.pem", "ended k/kubelet-server-2029-12-01-12-00-00.pem",
		"ended m/kubelet-client-2029-12-01-12-00-00.pem", "ends-soon m/kubelet-client-2030-02-28-12-00-00.pem", "ends-soon k/kubelet-client-2030-02-20-12-00-00.pem",
	})
	if r.Superseded != 1 {
		t.Errorf("%d superseded, want 1", r.Superseded)
	}
	// The file itself, named alone, is not excused by what nobody looked at.
	r = Look(scan(t, "k/kubelet-client-2029-12-01-12-00-00.pem"), now, 30*day)
	same(t, "alone", lines(r), []string{"ended k/kubelet-client-2029-12-01-12-00-00.pem"})
}

// TestQuiet is quiet only where something was looked at and all is well.
func TestQuiet(t *testing.T) {
	var none *issuer
	ca := none.authorityFor(t, "ca", -day, 31*day, nil)
	folder(t, map[string][]byte{"good/ca.pem": ca.pem, "bad/ca.pem": nil, "none/x": []byte("x")})
	if err := os.Symlink("../good", "none/link"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		paths  string
		within time.Duration
		want   bool
	}{
		{"good", 30 * day, true}, {"good", 31 * day, false}, {"good bad", 30 * day, false},
		{"none", 30 * day, false}, {"good none", 30 * day, true},
	} {
		r := Look(scan(t, strings.Fields(tt.paths)...), now, tt.within)
		if r.Quiet() != tt.want {
			t.Errorf("%s within %s: quiet %t", tt.paths, tt.within, r.Quiet())
		}
		if want := strings.Contains(tt.paths, "none"); want != slices.Equal(r.Links, []string{"none/link"}) {
			t.Errorf("%s: links %q", tt.paths, r.Links)
		}
	}
	// A scan that was cut off has not seen everything.
	if r := Look(cutScan(t, "good", "none"), now, 30*day); r.Quiet() || r.Count(Unreadable) != 1 {
		t.Error("a scan that was cut off is quiet")
	}
}

func TestDaysLeft(t *testing.T) {
	for left, want := range map[time.Duration]int{
		30 * day: 30, 30*day - 1: 29, day: 1, day - 1: 0, time.Second: 0, 0: -1, -time.Second: -1, -day + 1: -1, -day: -1, -day - 1: -2,
	} {
		if got := DaysLeft(now.Add(left), now); got != want {
			t.Errorf("%s left are %d days, want %d", left, got, want)
		}
	}
	if got := DaysLeft(now.AddDate(400, 0, 0), now); got != 146097 {
		t.Errorf("400 years are %d days", got) // longer than a time.Duration holds
	}
}
