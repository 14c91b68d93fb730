package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/render"
)

// ids are the faults and their files, a line each.
func ids(planted []Planted) string {
	var out []string
	for i := range planted {
		out = append(out, planted[i].Fault.ID+" "+strings.Join(planted[i].Files(), " "))
	}
	return strings.Join(out, "\n")
}

func plant(t *testing.T, b *Bed, w Selection, seed uint64) []Planted {
	t.Helper()
	p, err := Plant(t.Context(), b, w, rng(seed))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSeed: the seed settles which faults are where, and nothing of the keys.
func TestSeed(t *testing.T) {
	t.Parallel()
	w := Selection{Count: 4}
	first, again := bed(t, "three-ca", "plain"), bed(t, "three-ca", "plain")
	want, got := ids(plant(t, first, w, 5)), ids(plant(t, again, w, 5))
	if got != want || strings.Count(want, "\n") != 3 {
		t.Errorf("one seed gave\n%s\nand\n%s", want, got)
	}
	if other := ids(plant(t, bed(t, "three-ca", "plain"), w, 6)); other == want {
		t.Errorf("another seed gave the same:\n%s", other)
	}
	w = Selection{IDs: []string{"key-mismatch"}}
	one, two := bed(t, "article", "plain"), bed(t, "article", "plain")
	a, b := plant(t, one, w, 1), plant(t, two, w, 1)
	if ids(a) != ids(b) || string(readFile(t, one, a[0].Files()[0])) == string(readFile(t, two, b[0].Files()[0])) {
		t.Errorf("%s and %s have one key, or another place", ids(a), ids(b))
	}
}

func readFile(t *testing.T, b *Bed, p string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(b.Dir, filepath.FromSlash(p)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMany plants many faults at once: each of them is found, and none hides
// another.
func TestMany(t *testing.T) {
	t.Parallel()
	seeds := uint64(1)
	if *every {
		seeds = 3
	}
	for seed := range seeds {
		b := bed(t, "three-ca", "file")
		planted := plant(t, b, Selection{Count: 12}, seed)
		if len(planted) != 12 {
			t.Errorf("%d faults of 12 were planted", len(planted))
		}
		want, got := map[string]bool{}, map[string]bool{}
		for i := range planted {
			for j := range planted[i].Findings {
				want[short(&planted[i].Findings[j])] = true
			}
		}
		for _, f := range judge(t, b) {
			got[short(&f)] = true
		}
		if !maps.Equal(want, got) {
			t.Errorf("seed %d: planted %v, found %v", seed, want, got)
		}
	}
}

// TestLevels plants by level.
func TestLevels(t *testing.T) {
	for level := Easy; level <= Hard; level++ {
		for _, p := range plant(t, bed(t, "article", "plain"), Selection{Level: level, Count: 2}, 3) {
			if p.Fault.Level != level {
				t.Errorf("%s is of level %d, %d was wanted", p.Fault.ID, p.Fault.Level, level)
			}
		}
	}
}

// noHint holds that neither times, nor sums, nor names, nor leftovers tell where a
// fault is.
func noHint(t *testing.T, b *Bed, f *Fault, before map[string]bool) {
	t.Helper()
	for p := range paths(t, b.Dir) {
		if !before[p] && !mayAdd[f.ID] || strings.Contains(p, "~") {
			t.Errorf("there is %s now", p)
		}
	}
	sameTimes(t, b)
	trees, err := filepath.Glob(filepath.Join(b.Dir, "nodes", "*"))
	if err != nil || len(trees) == 0 && b.Layout.PerNode {
		t.Fatal("there are no trees", err)
	}
	for _, tree := range trees {
		checkSums(t, tree)
	}
}

// mayAdd are the faults that are a file too many.
var mayAdd = map[string]bool{"file-too-large": true, "ca-key-here": true, "kubeconfig-cert-stale": true}

func paths(t *testing.T, dir string) map[string]bool {
	t.Helper()
	tree, err := readTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for p := range tree.files {
		out[p] = true
	}
	return out
}

func sameTimes(t *testing.T, b *Bed) {
	t.Helper()
	err := filepath.WalkDir(b.Dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err == nil && !info.ModTime().Equal(b.Made) {
			err = fmt.Errorf("%s is of %s", p, info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// checkSums holds that the list of sums names exactly the files of the tree.
func checkSums(t *testing.T, tree string) {
	t.Helper()
	listed, err := os.ReadFile(filepath.Join(tree, render.SumsFile))
	if err != nil {
		t.Fatal(err)
	}
	have, err := readTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for p, f := range have.files {
		if p != render.SumsFile && f.link == "" {
			sum := sha256.Sum256(f.data)
			want = append(want, hex.EncodeToString(sum[:])+"  "+p)
		}
	}
	got := strings.Split(strings.TrimSuffix(string(listed), "\n"), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s lists %d files, %d are there or have other sums", tree, len(got), len(want))
	}
}

// TestRefused: what has no place is said, and leaves the directory as it was.
func TestRefused(t *testing.T) {
	b := bed(t, "article", "plain")
	before, err := readTree(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"sa-differs", "token-mismatch", "front-proxy-shared"} {
		if _, err := Plant(t.Context(), b, Selection{IDs: []string{id}}, rng(1)); err == nil || !strings.Contains(err.Error(), "layouts") {
			t.Errorf("%s: %v", id, err)
		}
	}
	// Each of four certificates can hold one fault.
	_, err = Plant(t.Context(), b, Selection{IDs: []string{"expired", "sha1", "empty-cn", "weak-key", "leaf-is-ca"}}, rng(1))
	if err == nil || !strings.Contains(err.Error(), "no file is left") {
		t.Errorf("five faults in three certificates: %v", err)
	}
	b = bed(t, "article", "plain")
	if err := os.Remove(filepath.Join(b.Dir, "admin.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := Plant(t.Context(), b, Selection{Count: 1}, rng(1)); err == nil || !strings.Contains(err.Error(), "before anything was planted") {
		t.Errorf("a spoilt directory: %v", err)
	}
	if len(before.files) == 0 {
		t.Error("the directory is empty")
	}
}

// TestRestore: a fault that would hide another is taken back whole.
func TestRestore(t *testing.T) {
	b := bed(t, "three-ca", "plain")
	before, err := readTree(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.Dir, "new"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(b.Dir, "admin", "admin.conf")); err != nil {
		t.Fatal(err)
	}
	if err := before.restore(b.Dir); err != nil {
		t.Fatal(err)
	}
	after, err := readTree(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b treeFile) bool {
		return string(a.data) == string(b.data) && a.mode == b.mode && a.link == b.link
	}
	if !maps.EqualFunc(before.files, after.files, same) || !maps.Equal(before.folders, after.folders) {
		t.Error("the directory is not as it was")
	}
}
