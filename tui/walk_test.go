package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/certinfo"
	"certwright/steps"
	"certwright/steps/draft"
	"certwright/tui/wizard"
)

var sizes = []struct{ w, h int }{{80, 24}, {120, 40}, {60, 15}}

// typeArticle answers every question of the article's cluster by hand and ends
// on the review.
func (d *driver) typeArticle() *driver {
	d.t.Helper()
	d.see("Start", "1 of 10").press("ctrl+n")
	d.see("Layout", "2 of 10").press("down", "down", " ").see("2 of 9").press("ctrl+n") // the last layout asks less
	d.see("CA subject", "3 of 9").press("tab", "tab")                                   // cluster name and CN stay
	for _, v := range []string{"CN", "BeiJing", "BeiJing"} {
		d.press(v, "tab")
	}
	d.press("ctrl+n")
	d.see("Keys", "4 of 9").press("ctrl+n")
	d.see("Nodes", "5 of 9")
	for i, n := range []string{"master1", "master2", "master3"} {
		d.press(fmt.Sprintf("%s 192.168.214.%d control-plane", n, 88+i), "enter")
	}
	d.press("etcd 192.168.214.200-202 etcd", "ctrl+n")
	d.see("API endpoint", "6 of 9").press("kube-api.wangk8s-master.com:6443", "tab", "192.168.214.210", "ctrl+n")
	d.see("Networks", "7 of 9").press("ctrl+u", "10.254.0.0/16", "ctrl+n")
	d.see("Profiles", "8 of 9").press("ctrl+n")
	return d.see("Review", "9 of 9")
}

func TestTypedArticleMakesTheArticlesFiles(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{}).typeArticle()
	d.see("17 files will be created").press("ctrl+n")
	d.see("Done", "✓")
	var names []string
	entries, err := os.ReadDir(d.m.Dir())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := "admin-csr.json admin-key.pem admin.csr admin.pem ca-config.json ca-csr.json ca-key.pem ca.csr ca.pem " +
		"kube-proxy-csr.json kube-proxy-key.pem kube-proxy.csr kube-proxy.pem " +
		"kubernetes-csr.json kubernetes-key.pem kubernetes.csr kubernetes.pem"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("files\n got %s\nwant %s", got, want)
	}
	d.see("certificates chain to").press("end").see("Guard ca-key.pem").press("tab").see("This cluster would run. Nothing is wrong in 17 files").press("tab", "enter", "pgdown").see("common_name").press("esc")
	d.press("tab").see("kube-apiserver", "--trusted-ca-file", "ca.pem")
	if d.press("ctrl+n"); !d.quit || !d.m.Outcome.Done {
		t.Errorf("quit %v, done %v", d.quit, d.m.Outcome.Done)
	}
}

func TestTypedAndGivenAnswersAreOne(t *testing.T) {
	typed := drive(t, 120, 40, wizard.Options{}).typeArticle()
	given := articleAnswers(t)
	set(t, given, steps.DirKey, "pki")
	want, problems := steps.Build(given, testNow)
	if problem.HasErrors(problems) {
		t.Fatal(problems)
	}
	got := typed.m.Cluster
	for _, c := range []*spec.Cluster{got, want} {
		for i := range c.Nodes {
			c.Nodes[i].Line = 0 // a range stands on one line
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("typed %+v\ngiven %+v", got, want)
	}
}

// TestPastedArticle pastes the node list as it stands in /etc/hosts, and the
// further names as a block.
func TestPastedArticle(t *testing.T) {
	a := articleAnswers(t)
	want, _ := steps.Build(a, testNow)
	nodes, sans := a.Get("nodes"), a.Get("certSANs")
	a.Unset("nodes")
	a.Unset("certSANs")
	d := drive(t, 80, 24, wizard.Options{Answers: a})
	d.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Nodes").paste("# masters\r\n" + strings.ReplaceAll(nodes, "\n", "\r\n") + "\r\n")
	d.press("ctrl+n").see("API endpoint").press("tab").paste(sans+"\n").press("ctrl+n", "ctrl+n", "ctrl+n").see("Review", "17 files will be created")
	got := articleLayout(t).Certificates(d.m.Cluster)
	if made := articleLayout(t).Certificates(want); !reflect.DeepEqual(got[1].Hosts, made[1].Hosts) {
		t.Errorf("names %v, want %v", got[1].Hosts, made[1].Hosts)
	}
}

// TestTheWordIsForOneDirectory allows a replacement, goes back to another
// directory, and has to be asked again.
func TestTheWordIsForOneDirectory(t *testing.T) {
	a := articleAnswers(t)
	set(t, a, "encryptionAlgorithm", "ECDSA-P256")
	two := []string{filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
	for _, dir := range two {
		set(t, a, steps.DirKey, dir)
		cluster, _ := steps.Build(a, testNow)
		job := pkigen.Job{Dir: dir, Cluster: cluster, Now: func() time.Time { return testNow }}
		if _, err := pkigen.Run(t.Context(), job, nil); err != nil {
			t.Fatal(err)
		}
	}
	set(t, a, "ca.O", "other")
	set(t, a, steps.DirKey, two[0])
	d := drive(t, 100, 40, wizard.Options{Answers: a})
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.see("Review", "! ca").press("r", "replace ca", "enter").seeNot("! ca-")
	d.press("alt+1").see("Start").press("tab", "ctrl+u").paste(two[1]).press("alt+9").see("Review")
	if d.press("ctrl+n").see("Review", "this plan is refused; the reasons are above; r allows it"); d.m.Outcome.Done {
		t.Error("the word for one directory replaced the key of another")
	}
}

// TestHostileTextIsShownHarmless has a certificate whose name would redraw the
// screen.
func TestHostileTextIsShownHarmless(t *testing.T) {
	m := New(t.Context(), wizard.Options{}, true)
	e := certinfo.Entry{File: "a\x1b[2J.pem", Kind: certinfo.Certificate, NotAfter: testNow,
		Subject: certinfo.Name{CommonName: "x\x1b]0;owned\a\u202e"}}
	c := newCertificates(m)
	c.take(m, []certinfo.Seen{{Entry: e, Name: e.File, Also: []string{e.File}}})
	if screen := ansi.Strip(c.view(m, 100, 30)); strings.ContainsAny(screen, "\x1b\a\u202e") || !strings.Contains(screen, `\u001b[2J`) {
		t.Errorf("%q", screen)
	}
}

// TestEveryPageFitsEverySize walks all pages, each at all sizes; the driver fails as
// soon as a view is wider or higher than its window.
func TestEveryPageFitsEverySize(t *testing.T) {
	a := articleAnswers(t)
	set(t, a, steps.AlgorithmKey, "ECDSA-P256")
	d := drive(t, 120, 40, wizard.Options{Answers: a})
	resize := func() {
		for _, size := range append(sizes, []struct{ w, h int }{{30, 8}, {100, 30}, {89, 16}, {200, 60}, {1, 1}}...) {
			d.send(tea.WindowSizeMsg{Width: size.w, Height: size.h})
			d.press("f1", "f1", "ctrl+o", "esc")
		}
		d.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	}
	for range d.m.Steps() {
		resize()
		d.press("ctrl+n")
	}
	for range 5 {
		d.see("Review")
		resize()
		d.press("tab")
	}
	d.press("ctrl+n").see("Done")
	for range 3 {
		resize()
		d.press("tab")
	}
}

func TestGoldenPages(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			a := articleAnswers(t)
			t.Chdir(t.TempDir())
			home, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			set(t, a, steps.DirKey, "pki")
			d := drive(t, size.w, size.h, wizard.Options{Answers: a})
			shoot := func(name string) {
				screen := strings.ReplaceAll(d.screen(), home, "HOME")
				goldenIn(t, goldenDir, fmt.Sprintf("%s-%dx%d.txt", name, size.w, size.h), screen)
			}
			for _, s := range d.m.Steps() {
				shoot(s.Key)
				d.press("ctrl+n")
			}
			for _, tab := range d.m.page.(*review).all {
				shoot("review-" + strings.ToLower(tab.name))
				d.press("tab")
			}
		})
	}
}

func TestWrongAnswersExplainAndStay(t *testing.T) {
	tests := []struct {
		name  string
		keys  []string // after the pages before it were left
		pages int      // how many pages to leave forward first
		field string
		see   string
	}{
		{"country", []string{"tab", "tab", "China"}, 2, "ca.C", `"China"`},
		{"no common name", []string{"tab", "ctrl+u"}, 2, "ca.CN", "an answer is missing"},
		{"CA expiry", []string{"tab", "ctrl+u", "10 years"}, 3, "ca.expiry", `"10 years"`},
		{"network", []string{"master1 192.168.214.1/24"}, 4, "nodes", "is a network, not an address"},
		{"address 300", []string{"master1 192.168.214.300"}, 4, "nodes", "192.168.214.300"},
		{"URL", []string{"https://api.example:6443"}, 5, "controlPlaneEndpoint", "https://api.example:6443"},
		{"service CIDR", []string{"ctrl+u", "10.254.0.0"}, 6, "serviceSubnet", "10.254.0.0"},
		{"usage", []string{"tab", "ctrl+u", "server-auth"}, 7, "profiles.kubernetes.usages", "server-auth"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := articleAnswers(t)
			a.Unset(tt.field)
			d := drive(t, 80, 24, wizard.Options{Answers: a})
			for range tt.pages {
				d.press("ctrl+n")
			}
			page := d.m.step
			d.press(tt.keys...)
			d.press("ctrl+n")
			if d.m.step != page {
				t.Fatalf("went on from %s to %q", page, d.m.step)
			}
			d.see("! ", tt.see)
			// Back and forth keeps the wrong text, and it is still refused.
			typed := d.m.Answers.Get(tt.field)
			d.press("esc")
			if d.m.step == page {
				t.Fatalf("esc stayed on %s", page)
			}
			d.press("ctrl+n")
			if got := d.m.Answers.Get(tt.field); got != typed {
				t.Errorf("answer became %q, was %q", got, typed)
			}
			d.see(tt.see)
		})
	}
}

func TestUntouchedFieldIsNotJudged(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{})
	d.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Nodes").seeNot("! ")
	d.press("m").seeNot("! ")
	d.press("a").see("! ")
}

func TestReplacementNeedsTheWord(t *testing.T) {
	a := articleAnswers(t)
	set(t, a, "encryptionAlgorithm", "ECDSA-P256")
	d := drive(t, 100, 40, wizard.Options{Answers: a})
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.press("ctrl+n").see("Done")
	key := filepath.Join(d.m.Dir(), "ca-key.pem")
	before, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}

	changed := a.Clone()
	set(t, changed, "ca.O", "other")
	set(t, changed, steps.DirKey, d.m.Dir())
	d = drive(t, 100, 40, wizard.Options{Answers: changed})
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.see("Review", "refuse").press("ctrl+n").see("Review", "this plan is refused; the reasons are above; r allows it")
	d.press("r", "replace cat", "enter").see(`no private key of "cat" has to be replaced`)
	d.press("backspace", "enter").seeNot("refuse ").press("ctrl+n").see("Done")
	after, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) == string(after) {
		t.Error("the CA key is still the old one")
	}
	if kept, err := os.ReadFile(filepath.Join(d.m.Outcome.Result.Backup, "ca-key.pem")); err != nil || string(kept) != string(before) {
		t.Errorf("backup in %q: %v", d.m.Outcome.Result.Backup, err)
	}
}

func TestLeavingAsksOnceAndKeepsTheDraft(t *testing.T) {
	var draft *steps.Answers
	d := drive(t, 80, 24, wizard.Options{SaveDraft: func(_ string, a *steps.Answers) error { draft = a.Clone(); return nil }})
	d.press("ctrl+n", "ctrl+n", "tab", "tab", "D")
	if d.press("ctrl+c"); d.quit {
		t.Fatal("left without asking")
	}
	d.see("press ctrl+c again").press("E").seeNot("press ctrl+c again")
	if d.press("ctrl+c", "ctrl+c"); !d.quit || !d.m.interrupted {
		t.Fatalf("quit %v, interrupted %v", d.quit, d.m.interrupted)
	}
	if draft == nil || draft.Get("ca.C") != "DE" {
		t.Errorf("draft is %v", draft)
	}
}

func TestSavedAnswersAreOffered(t *testing.T) {
	saved := func(string) []draft.Saved {
		return []draft.Saved{{Label: "the draft of 14:02", Answers: articleAnswers(t), Draft: true}}
	}
	d := drive(t, 80, 24, wizard.Options{Saved: saved})
	d.press("ctrl+n").see("Earlier answers", "the draft of 14:02").press("enter").see("Profiles")
	if got := d.m.Answers.Get("serviceSubnet"); got != "10.254.0.0/16" {
		t.Errorf("serviceSubnet is %q", got)
	}
	d.press("ctrl+c").see("the draft is kept")
	d = drive(t, 80, 24, wizard.Options{Saved: saved})
	d.press("ctrl+n", "down", "enter").see("Layout")
	if _, explicit := d.m.Answers.Explicit("serviceSubnet"); explicit {
		t.Error("the draft was taken though it was not chosen")
	}
}

func TestBrokenSavedAnswersAreToldOf(t *testing.T) {
	saved := func(string) []draft.Saved {
		return []draft.Saved{{Label: "the answers file pki-answers.yaml", Problem: `pki-answers.yaml:1:1: unknown key "layuot"`}}
	}
	d := drive(t, 80, 24, wizard.Options{Saved: saved})
	d.press("ctrl+n").see("Earlier answers", `cannot be used: pki-answers.yaml:1:1: unknown key "layuot"`).press("enter").see("Layout")
}

// TestDoneStaysDone goes back from a finished set and leaves: what was made is
// still told of, and an answer that was changed since is a draft.
func TestDoneStaysDone(t *testing.T) {
	a, drafts := articleAnswers(t), 0
	set(t, a, "encryptionAlgorithm", "ECDSA-P256")
	d := drive(t, 80, 24, wizard.Options{Answers: a, SaveDraft: func(string, *steps.Answers) error { drafts++; return nil }})
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.press("ctrl+n").see("Done")
	d.press("alt+3").see("CA subject").press("x")
	if d.press("ctrl+c"); d.quit || drafts == 0 {
		t.Fatalf("quit %t, %d drafts", d.quit, drafts)
	}
	if d.press("ctrl+c"); !d.quit || !d.m.Outcome.Done || d.m.interrupted || d.m.Outcome.Result == nil {
		t.Errorf("quit %t, outcome %+v", d.quit, d.m.Outcome)
	}
}

func TestJumpKeepsAnswers(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{Answers: articleAnswers(t)})
	d.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Nodes", "5 of 9")
	d.press("ctrl+o").see("Pages reached so far").press("up", "up", "enter").see("CA subject", "3 of 9")
	d.press("alt+5").see("Nodes", "5 of 9", "192.168.214.88")
	d.press("alt+9").see("Nodes") // the review was not reached yet
}

func TestPasteOfSeveralLinesIntoOneLineFieldIsRefused(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{})
	d.press("ctrl+n", "ctrl+n").paste("a\nb\n").see("this field takes one line")
	if got, explicit := d.m.Answers.Explicit("clusterName"); explicit {
		t.Errorf("clusterName became %q", got)
	}
}

func TestPanicInACommandIsShown(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{Answers: articleAnswers(t)})
	d.run(d.m.show(newReview(d.m)))
	d.run(safely(func() tea.Msg { panic("boom") }))
	d.see("internal error: boom")
}
