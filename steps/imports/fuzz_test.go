package imports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzForms puts the files of some forms in as seeds, and holds for each text what has to be
// so whatever it says.
func fuzzForms(f *testing.F, forms ...Form) {
	files, err := filepath.Glob(filepath.Join("testdata", "*"))
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // the folders of golden files and of the fuzzer
		}
		in, _, err := Read("x", data)
		for _, form := range forms {
			if err == nil && in.Form == form {
				f.Add(string(data))
				seeds++
			}
		}
	}
	if seeds == 0 {
		f.Fatal("no seed")
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 1<<16 {
			t.Skip()
		}
		in, faults, err := Read("x", []byte(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines+1 {
				t.Errorf("a fault in line %d of %d", fault.Line, lines)
			}
		}
		if len(faults) > 0 {
			return
		}
		m := Merge([]*Import{in, in}, three)
		again := Merge([]*Import{in}, three)
		for _, a := range m.Answers {
			if len(a.From) == 0 {
				t.Errorf("%s comes from nowhere", a.Key)
			}
			if a.Key != nodesKey {
				continue
			}
			if got := strings.Count(a.Text, "\n") + 1; got != len(a.From) {
				t.Errorf("%d lines of nodes from %d places: %q", got, len(a.From), a.Text)
			}
			for line := range strings.SplitSeq(a.Text, "\n") {
				if nodes := parsed(t, line); len(nodes) > 1 {
					t.Errorf("%q is %d nodes", line, len(nodes))
				}
			}
			if nodesOf(again) != a.Text {
				t.Errorf("twice the same is something else: %q, %q", a.Text, nodesOf(again))
			}
		}
		for _, n := range m.Notes {
			if strings.Contains(n.Sentence(), "%!") && !strings.Contains(text, "%!") {
				t.Errorf("badly made sentence: %s", n.Sentence())
			}
		}
	})
}

func FuzzKubeadm(f *testing.F)   { fuzzForms(f, Kubeadm) }
func FuzzKubectl(f *testing.F)   { fuzzForms(f, Nodes) }
func FuzzInventory(f *testing.F) { fuzzForms(f, Inventory, RKE) }
func FuzzCFSSL(f *testing.F)     { fuzzForms(f, Request, Signing) }
func FuzzHosts(f *testing.F)     { fuzzForms(f, Hosts) }
func FuzzMembers(f *testing.F)   { fuzzForms(f, Members) }
