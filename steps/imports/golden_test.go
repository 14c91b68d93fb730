package imports

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files again")

// three are the profiles of the layouts with three CAs, as far as targets needs them.
var three = []Profile{
	{"server", []string{"digital signature", "key encipherment", "server auth"}},
	{"client", []string{"digital signature", "key encipherment", "client auth"}},
	{"peer", []string{"digital signature", "key encipherment", "server auth", "client auth"}},
}

// read reads one file of testdata.
func read(t testing.TB, name string) *Import {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	in, faults, err := Read(name, data)
	if err != nil || len(faults) > 0 {
		t.Fatalf("%s: %v, %v", name, err, faults)
	}
	return in
}

// shown is what was read, in lines.
func shown(m *Merged) []byte {
	var b bytes.Buffer
	for _, f := range m.Files {
		fmt.Fprintf(&b, "%s: %s (%s)\n", f.Name, f.Is, f.Form)
	}
	for _, a := range m.Answers {
		fmt.Fprintf(&b, "\n%s\n", a.Key)
		for i, line := range strings.Split(a.Text, "\n") {
			fmt.Fprintf(&b, "  %-60s %s\n", line, a.From[i])
		}
	}
	b.WriteByte('\n')
	for _, n := range m.Notes {
		fmt.Fprintf(&b, "%s: %s", n.Kind(), n.At)
		if n.First != (Place{}) {
			fmt.Fprintf(&b, ", %s", n.First)
		}
		fmt.Fprintf(&b, ": %s\n", n.Sentence())
	}
	return b.Bytes()
}

// TestGolden reads every file as its program writes it, and holds what is taken, what is
// assumed and what is left.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		t.Run(name, func(t *testing.T) { golden(t, name, read(t, name)) })
	}
}

// TestGoldenTogether puts files together that have the same machines in them.
func TestGoldenTogether(t *testing.T) {
	for name, files := range map[string][]string{
		"together-kubeadm-kubectl-etcd": {"kubeadm-v1beta4.yaml", "kubectl-wide.txt", "etcd.env"},
		"together-kubectl-hosts":        {"hosts", "kubectl-wide.txt"},
		"together-cfssl":                {"kubernetes-csr.json", "ca-csr.json", "hardway-ca-csr.json", "ca-config.json"},
		"together-inventories":          {"kubespray-inventory.ini", "kubespray-hosts.yaml", "kubeasz3-hosts"},
	} {
		t.Run(name, func(t *testing.T) {
			var all []*Import
			for _, f := range files {
				all = append(all, read(t, f))
			}
			golden(t, name, all...)
		})
	}
}

func golden(t *testing.T, name string, all ...*Import) {
	t.Helper()
	got := shown(Merge(all, three))
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
