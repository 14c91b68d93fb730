package text

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/steps"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// planned is the plan of a new directory for answers that are given as pairs.
func planned(t *testing.T, have store.Directory, pairs ...string) *plan.Plan {
	t.Helper()
	a := steps.NewAnswers()
	for i := 0; i < len(pairs); i += 2 {
		if err := a.Set(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	c, problems := steps.Build(a, now)
	if problem.HasErrors(problems) {
		t.Fatal(problems)
	}
	l, ok := catalog.FindLayout(c.Layout)
	if !ok {
		t.Fatalf("no layout %q", c.Layout)
	}
	p, err := plan.Make(c, l, have, now, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCounts(t *testing.T) {
	action := func(verb plan.Verb, part catalog.Part, fix bool) plan.Action {
		mode := fs.FileMode(0o644)
		if part == catalog.Key {
			mode = 0o600
		}
		return plan.Action{Verb: verb, Part: part, FixMode: fix, Mode: mode}
	}
	for want, files := range map[string][]plan.Action{
		"2 files will be created in pki, 1 of them secret (0600)": {
			action(plan.Create, catalog.Key, false), action(plan.Create, catalog.Cert, false)},
		"1 file will be renewed in pki; 1 kept as it is": {
			action(plan.Renew, catalog.Cert, false), action(plan.Keep, catalog.Key, false)},
		"2 files will be replaced in pki, 1 of them secret, with a backup": {
			action(plan.Replace, catalog.Key, false), action(plan.Replace, catalog.Cert, false)},
		"nothing will be written: 2 files are refused in pki": {
			action(plan.Refuse, catalog.Key, false), action(plan.Refuse, catalog.Cert, false), action(plan.Create, catalog.CSR, false)},
		"nothing to do: all 2 files in pki are right as they are": {
			action(plan.Keep, catalog.Key, false), action(plan.Keep, catalog.Cert, false)},
		"1 file will be kept as it is in pki; the mode of 1 kept file is corrected": {
			action(plan.Keep, catalog.Key, true)},
	} {
		if got := Counts(&plan.Plan{Files: files}, "pki"); got != want {
			t.Errorf("Counts = %q, want %q", got, want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		end        time.Time
		left, days string
	}{
		{now.Add(3650 * day), "in 10 years", "3650"},
		{now.Add(3*day - time.Second), "in 2 days", "2"},
		{now.Add(2*day - time.Second), "in 47 hours", "47h"},
		{now.Add(90 * time.Minute), "in 90 minutes", "1h"},
		{now.Add(-time.Hour), "1 hour ago", "-1h"},
		{now.Add(-12 * day), "12 days ago", "-12"},
		{now.AddDate(400, 0, 0), "in 400 years", "146097"}, // longer than a time.Duration holds
	} {
		if got := timeLeft(c.end, now); got != c.left {
			t.Errorf("Left(%s) = %q, want %q", c.end.Sub(now), got, c.left)
		}
		if got := daysLeft(c.end, now); got != c.days {
			t.Errorf("daysLeft(%s) = %q, want %q", c.end.Sub(now), got, c.days)
		}
	}
}

// Everything fits 80 columns, also with a CJK subject and long names, and
// nothing of it is lost on the way.
func TestPlanFits(t *testing.T) {
	for _, layout := range []string{"article", "single-ca", "three-ca"} {
		t.Run(layout, func(t *testing.T) { planFits(t, layout) })
	}
}

func planFits(t *testing.T, layout string) {
	long := "kube-api.a-rather-long-name-for-a-load-balancer.in-a-deep.zone.example.com"
	p := planned(t, nil, "layout", layout, "nodes", "master1 192.168.214.88 control-plane,etcd", "ca.L", "北京市", "ca.CN", "集群 kubernetes-ca",
		"controlPlaneEndpoint", long+":6443")
	var plain, summary strings.Builder
	if err := printPlan(&plain, p, PlanView{Dir: "pki", Now: now, Width: 80}); err != nil {
		t.Fatal(err)
	}
	err := printSummary(&summary, &pkigen.Result{Plan: p, Proofs: []string{"each private key fits its certificate"}},
		SummaryView{Dir: "pki", Answers: "my answers.yaml", Now: now, Width: 80})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan": plain.String(), "summary": summary.String()} {
		for _, l := range strings.Split(text, "\n") {
			if cellWidth(l) > 80 {
				t.Errorf("%s: %d cells: %q", name, cellWidth(l), l)
			}
			if l != strings.TrimRight(l, " ") {
				t.Errorf("%s: blanks at the end of %q", name, l)
			}
		}
	}
	squeezed := strings.Join(strings.Fields(plain.String()), "")
	for _, a := range p.Files {
		if !strings.Contains(plain.String(), path.Base(a.Path)) { // the folders stand above it
			t.Errorf("the plan lacks %s", a.Path)
		}
	}
	for _, want := range []string{long, "集群", "system:masters", fmt.Sprintf("%dfileswillbecreatedinpki", len(p.Files))} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("the plan lacks %q:\n%s", want, plain.String())
		}
	}
	if want := "certwright generate --answers 'my answers.yaml' --dir pki\n"; !strings.Contains(summary.String(), want) {
		t.Errorf("the summary lacks %q:\n%s", want, summary.String())
	}
	most := 20
	if layout != "article" {
		most = 30 // with what is left to do on the nodes
	}
	if n := strings.Count(summary.String(), "\n"); n < 10 || n > most {
		t.Errorf("the summary has %d lines, want 10 to %d:\n%s", n, most, summary.String())
	}
}

func TestProblems(t *testing.T) {
	_, ps := spec.ParseNodes("nodes", "a 192.168.214.1/24")
	var b strings.Builder
	where := func(p problem.Problem) string { return "answers.yaml:3:5: " + p.Place() }
	if err := Problems(&b, ps, where, 0); err != nil {
		t.Fatal(err)
	}
	if want := "answers.yaml:3:5: nodes line 1: " + ps[0].Sentence() + "\n"; !strings.HasPrefix(b.String(), want) {
		t.Errorf("Problems = %q, want %q", b.String(), want)
	}
}

// TestLongTable: of a long table the first rows are shown, and how many are not.
func TestLongTable(t *testing.T) {
	table := Table{Columns: []Column{{}}}
	for range 12 {
		table.Rows = append(table.Rows, []string{"row"})
	}
	for most, want := range map[int]string{12: "", 5: "… and 7 more"} {
		var b strings.Builder
		p := newPrinter(&b, 0)
		p.rows(table, most)
		p.end()
		if rows := strings.Count(b.String(), "row"); want == "" && rows != 12 || want != "" && rows != most || !strings.Contains(b.String(), want) {
			t.Errorf("at most %d: %d rows, %q", most, rows, b.String())
		}
	}
}

// TestPlanBrief: what changes is told by node and kind, in few lines for a cluster of
// any size; what goes or is refused is told by name, all of it.
func TestPlanBrief(t *testing.T) {
	var nodes strings.Builder
	nodes.WriteString("master1 192.168.214.88 control-plane,etcd\n")
	for i := range 40 {
		fmt.Fprintf(&nodes, "worker%d 192.168.215.%d worker\n", i, i+1)
	}
	p := planned(t, nil, "layout", "three-ca", "nodes", nodes.String())
	brief := func() string {
		var b strings.Builder
		if err := printPlan(&b, p, PlanView{Dir: "pki", Now: now, Width: 80, Brief: true}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	text := brief()
	for _, want := range []string{"  each of worker0, worker1,", "create 2 certificates signed by kubernetes-ca, until", "create 3 CAs, until", "system:masters"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\n"); n > 30 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	for _, verb := range []plan.Verb{plan.Keep, plan.Remove, plan.Refuse, plan.Replace} {
		for i := range p.Certificates {
			p.Certificates[i].Key, p.Certificates[i].Cert = plan.Keep, plan.Keep
		}
		for i := range p.Files {
			p.Files[i].Verb, p.Files[i].Reason = verb, "the reason"
		}
		text := strings.Join(strings.Fields(brief()), " ")
		if verb == plan.Keep {
			if want := "nothing to do: all"; !strings.Contains(text, want) || strings.Contains(text, "worker") {
				t.Errorf("all is kept, and it says %q", text)
			}
			continue
		}
		for _, a := range p.Files {
			if a.Sums == "" && !strings.Contains(text, nameOn(catalog.NodeOf(a.Path), a.Path)) || !strings.Contains(text, "worker39") {
				t.Errorf("%s %s is not named in %q", verb, a.Path, text)
				break
			}
		}
	}
}
