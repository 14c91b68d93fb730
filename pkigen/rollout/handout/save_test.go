package handout_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/rollout/handout"
)

// made is a directory of three nodes.
func made(t testing.TB) (base string, tree *handout.Tree) {
	base = t.TempDir()
	for _, n := range []string{"a", "b", "c"} {
		build(t, filepath.Join(base, "pki"), n, control())
	}
	return base, open(t, filepath.Join(base, "pki"))
}

// names are all files below a folder, with modes.
func names(t testing.TB, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		rel, _ := filepath.Rel(dir, p)
		out = append(out, fmt.Sprintf("%s %s", info.Mode(), rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSave(t *testing.T) {
	t.Parallel()
	base, tree := made(t)
	to := filepath.Join(base, "pki-handout")
	got, err := tree.Save(t.Context(), []string{"c", "a"}, to, false)
	if err != nil {
		t.Fatal(err)
	}
	for i, node := range []string{"c", "a"} {
		data, err := os.ReadFile(filepath.Join(to, node+".tar"))
		want := handout.Archive{Node: node, File: filepath.Join(to, node+".tar"), Files: 11, Secrets: 5, Size: int64(len(data)), SHA256: fmt.Sprintf("%x", sha256.Sum256(data))}
		if err != nil || got[i] != want || !bytes.Equal(data, pack(t, filepath.Join(base, "pki"), node)) {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, got[i], want)
		}
	}
	wantNames(t, to, "drwx------ .", "-rw------- a.tar", "-rw------- c.tar")

	// Never over what is there; nothing else is written then either.
	_, err = tree.Save(t.Context(), tree.Nodes(), to, false)
	exists, ok := errors.AsType[*handout.ExistsError](err)
	if !ok || len(exists.Files) != 2 || !strings.HasSuffix(err.Error(), `a.tar" and 1 more are there already; nothing was written`) {
		t.Error(err)
	}
	wantNames(t, to, "drwx------ .", "-rw------- a.tar", "-rw------- c.tar")
	put(t, filepath.Join(to, "a.tar"), "old")
	chmod(t, filepath.Join(to, "a.tar"), 0o644)
	if _, err = tree.Save(t.Context(), tree.Nodes(), to, true); err != nil {
		t.Error(err)
	}
	wantNames(t, to, "drwx------ .", "-rw------- a.tar", "-rw------- b.tar", "-rw------- c.tar")
	if data, _ := os.ReadFile(filepath.Join(to, "a.tar")); len(data) != int(got[0].Size) {
		t.Error("a.tar was not replaced")
	}
}

func wantNames(t testing.TB, dir string, want ...string) {
	t.Helper()
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// What fails leaves nothing: no archive, no staging folder, no folder.
func TestSaveLeavesNothing(t *testing.T) {
	t.Parallel()
	base, tree := made(t)
	put(t, filepath.Join(base, "pki/nodes/c/etc/kubernetes/pki/ca.crt"), "other")
	put(t, filepath.Join(base, "file"), "x")
	for name, mode := range map[string]fs.FileMode{"there": 0o700, "taken": 0o700, "taken/a.tar": 0o700, "open": 0o750, "anybody": 0o777} {
		if err := os.MkdirAll(filepath.Join(base, name), 0o700); err != nil {
			t.Fatal(err)
		}
		chmod(t, filepath.Join(base, name), mode)
	}
	link(t, "pki", filepath.Join(base, "link"))
	before := names(t, base)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, tc := range []struct {
		ctx   context.Context
		nodes string
		to    string
		want  string
	}{
		{t.Context(), "a b c", "new", `"BASE/pki/nodes/c/etc/kubernetes/pki/ca.crt" is not as it was made`},
		{t.Context(), "a b c", "there", `"BASE/pki/nodes/c/etc/kubernetes/pki/ca.crt" is not as it was made`},
		{t.Context(), "a x", "new", `"BASE/pki" holds no node "x"`},
		{stopped, "a b", "new", "context canceled"},
		{t.Context(), "a", "open", `"BASE/open" is open to other users (0750), and archives hold private keys; nothing was written`},
		{t.Context(), "a", "anybody/new", `anybody can put another folder into the place of one in "BASE/anybody" (0777), and archives hold private keys; nothing was written`},
		{t.Context(), "a", "file", `cannot open the folder "BASE/file": not a directory`},
		{t.Context(), "a", "no/new", `cannot make the folder "BASE/no/new": no such file or directory`},
		{t.Context(), "a", "taken", `"BASE/taken/a.tar" is a folder: move it away, or give another folder`},
		{t.Context(), "a", "pki", `"BASE/pki" lies in "BASE/pki", and would become part of the directory; give a folder outside it, such as "BASE/pki-handout"`},
		{t.Context(), "a", "pki/nodes/new", `"BASE/pki/nodes/new" lies in "BASE/pki"`},
		{t.Context(), "a", "link/new", `"BASE/link/new" lies in "BASE/pki"`},
	} {
		for _, force := range []bool{false, true} {
			_, err := tree.Save(tc.ctx, strings.Fields(tc.nodes), filepath.Join(base, tc.to), force)
			if got := strings.ReplaceAll(text(err), base, "BASE"); !strings.HasPrefix(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if got := names(t, base); !slices.Equal(got, before) {
				t.Fatalf("%s: left %q", tc.to, got)
			}
		}
	}
}

// Where everybody may make folders, but nobody may touch those of others, ours is safe.
func TestSaveIntoClosed(t *testing.T) {
	t.Parallel()
	base, tree := made(t)
	if err := os.Mkdir(filepath.Join(base, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	chmod(t, filepath.Join(base, "tmp"), 0o777|fs.ModeSticky)
	if _, err := tree.Save(t.Context(), []string{"a"}, filepath.Join(base, "tmp/new"), false); err != nil {
		t.Error(err)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct{ dir, want string }{
		{"pki", "pki-handout"}, {"pki/", "pki-handout"}, {"a/../b/pki", "b/pki-handout"}, {"/srv/pki", "/srv/pki-handout"},
		{".", dir + "-handout"}, {"..", filepath.Dir(dir) + "-handout"},
	} {
		t.Chdir(dir)
		got, err := handout.Folder(tc.dir)
		if want := filepath.FromSlash(tc.want); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", tc.dir, got, err, want)
		}
	}
}

// BenchmarkSave is 5,000 nodes as three-ca makes them for workers, syncs included.
func BenchmarkSave(b *testing.B) {
	base := b.TempDir()
	dir := filepath.Join(base, "pki")
	for i := range 5000 {
		build(b, dir, fmt.Sprintf("n%04d", i), control())
	}
	for b.Loop() {
		tree := open(b, dir)
		if _, err := tree.Save(b.Context(), tree.Nodes(), filepath.Join(base, "to"), true); err != nil {
			b.Fatal(err)
		}
	}
}
