package tui

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/certinfo"
	pkiscan "certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
	"certwright/steps"
	"certwright/tui/wizard"
)

// manyNodes are node lines for a cluster of n nodes.
func manyNodes(n int) string {
	var b strings.Builder
	b.WriteString("master1 10.255.0.1 control-plane,etcd\n")
	for i := range n - 1 {
		fmt.Fprintf(&b, "worker%d 10.%d.%d.%d worker\n", i, 100+i/62500, i/250%250, 1+i%250)
	}
	return b.String()
}

// BenchmarkKey is one key press: Update and View, which have to stay within
// one frame (16 ms) with 5,000 nodes typed in.
func BenchmarkKey(b *testing.B) {
	for _, n := range []int{6, 300, 5000} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			a := steps.NewAnswers()
			if err := a.Set("nodes", manyNodes(n)); err != nil {
				b.Fatal(err)
			}
			m := New(b.Context(), wizard.Options{Answers: a}, true)
			m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
			m.ask("nodes")
			keys := []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("#")}, {Type: tea.KeyBackspace}}
			for i := 0; b.Loop(); i++ {
				m.Update(keys[i%2])
				m.draw()
			}
		})
	}
}

// BenchmarkLastPages is one key press on each view of the review and of the
// summary, with 5,000 nodes: within one frame as well.
func BenchmarkLastPages(b *testing.B) {
	a := steps.NewAnswers()
	for key, value := range map[string]string{"nodes": manyNodes(5000), "layout": "three-ca", "encryptionAlgorithm": "ECDSA-P256", "serviceSubnet": "192.168.0.0/16",
		steps.DirKey: filepath.Join(b.TempDir(), "pki")} {
		if err := a.Set(key, value); err != nil {
			b.Fatal(err)
		}
	}
	m := New(b.Context(), wizard.Options{Answers: a}, true)
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	m.Reviewed = true
	reviewed := m.Plan()()
	if reviewed.Err != nil {
		b.Fatal(reviewed.Err)
	}
	p := reviewed.Plan
	m.step = ""
	r := newReview(m)
	m.page = r
	r.take(m, planMsg{reviewed})
	for i, tab := range r.all {
		r.open = i
		benchmarkKeys(b, m, "review/"+tab.name)
	}
	r.open = 0
	m.overlay = newDetails(m, r)
	benchmarkKeys(b, m, "review/details")
	m.overlay = nil

	m.Outcome.Result, m.Outcome.AnswersPath = &pkigen.Result{Plan: p, Proofs: []string{"proven"}}, "answers.yaml"
	s := newSummary(m)
	m.page = s
	s.made.take(m, manySeen(p))
	s.verdict.take(verdictMsg{judged: &verify.Judgement{Report: &check.Report{Site: &survey.Site{Scan: &pkiscan.Scan{}}, Findings: manyFindings(p)}}})
	for i, tab := range s.all {
		s.open = i
		benchmarkKeys(b, m, "summary/"+tab.name)
	}
}

// manySeen are what is found in a set.
func manySeen(p *plan.Plan) []certinfo.Seen {
	var out []certinfo.Seen
	for i := range p.Certificates {
		c := &p.Certificates[i]
		out = append(out, certinfo.Seen{Entry: certinfo.Entry{File: c.Name, Kind: certinfo.Certificate, Subject: certinfo.Name{CommonName: c.Name}},
			Name: c.Name, Group: c.Node, Shown: c.Entry.Title})
	}
	return out
}

// manyFindings are one for each certificate.
func manyFindings(p *plan.Plan) []check.Finding {
	var out []check.Finding
	for _, c := range p.Certificates {
		out = append(out, check.Finding{Check: &check.Table[0], Severity: check.Error, File: c.Name})
	}
	return out
}

// benchmarkKeys goes down and up again, after the key that led to the view and the first
// letter of a filter.
func benchmarkKeys(b *testing.B, m *Model, name string) {
	start := time.Now()
	m.draw()
	first := time.Since(start)
	var filter time.Duration
	if r, ok := m.page.(*review); ok && m.overlay == nil && r.list() != nil {
		filter = time.Hour
		for range 10 { // the machine may be busy: the quickest counts
			m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("/")})
			start = time.Now()
			m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("w")})
			m.draw()
			filter = min(filter, time.Since(start))
			m.Update(tea.KeyMsg{Type: tea.KeyEsc})
		}
	}
	b.Run(name, func(b *testing.B) {
		keys := []tea.KeyMsg{{Type: tea.KeyDown}, {Type: tea.KeyPgDown}, {Type: tea.KeyEnd}, {Type: tea.KeyUp}, {Type: tea.KeyHome}}
		for i := 0; b.Loop(); i++ {
			m.Update(keys[i%len(keys)])
			m.draw()
		}
		b.ReportMetric(float64(first.Microseconds())/1000, "first-ms")
		b.ReportMetric(float64(filter.Microseconds())/1000, "filter-ms")
	})
}
