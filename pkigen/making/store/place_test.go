//go:build unix

package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/store"
)

// What must not be replaced as a whole, or cannot be.
func TestRefusedDirectories(t *testing.T) {
	base := t.TempDir()
	home := filepath.Join(base, "home/me")
	for _, dir := range []string{home, filepath.Join(base, "repo/.git"), filepath.Join(base, "shared"), filepath.Join(base, "real")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", home)
	if err := os.Chmod(filepath.Join(base, "shared"), 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(base, "file"), "x", 0o600)
	for link, to := range map[string]string{"link": "real", "dangling": "nowhere", "homelink": "home/me"} {
		if err := os.Symlink(to, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, base)
	for _, tc := range []struct{ dir, want string }{
		{"", "no directory given"},
		{"/", "is the root of the file system"},
		{"/etc", "is a folder of the system"},
		{"/usr/", "is a folder of the system"},
		{home, "is your home folder"},
		{filepath.Join(base, "homelink/."), "is a symbolic link"},
		{filepath.Dir(home), "holds your home folder"},
		{filepath.Join(base, "repo"), "is the root of a git work tree"},
		{filepath.Join(base, "shared"), "is a folder that users share"},
		{filepath.Join(base, "file"), "is a file: give a folder"},
		{filepath.Join(base, "file/pki"), "not a directory"},
		{filepath.Join(base, "link"), "is a symbolic link: give the folder that it leads to"},
		{filepath.Join(base, "link") + "/", "is a symbolic link"},
		{filepath.Join(base, "dangling"), "is a symbolic link"},
		{filepath.Join(base, "dangling/pki"), "is a symbolic link that leads nowhere"},
	} {
		tx, err := store.Begin(tc.dir)
		if err == nil {
			tx.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: got %v, want %q", tc.dir, err, tc.want)
		}
	}
	wantTree(t, base, before)
}

// Links and other things at the names that we write: refused by name, and
// nothing behind them is touched.
func TestInTheWay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		make func(dir string) error
		want string
	}{
		{"file link", func(dir string) error {
			return errors.Join(os.Remove(dir+"/ca.pem"), os.Symlink("../outside", dir+"/ca.pem"))
		}, `"ca.pem" is in the way: it is a symbolic link`},
		{"new file link", func(dir string) error { return os.Symlink("../outside", dir+"/new.pem") }, `"new.pem" is in the way: it is a symbolic link`},
		{"folder link", func(dir string) error { return os.Symlink("..", dir+"/sub") }, `"sub" is in the way: it is a symbolic link`},
		{"folder file", func(dir string) error { return os.WriteFile(dir+"/sub", nil, 0o600) }, `"sub" is in the way: it is a file`},
		{"file folder", func(dir string) error { return os.Mkdir(dir+"/new.pem", 0o700) }, `"new.pem" is in the way: it is a folder`},
		{"pipe", func(dir string) error { return syscall.Mkfifo(dir+"/new.pem", 0o600) }, `"new.pem" is in the way: it is a named pipe`},
		{"work link", func(dir string) error { return os.Symlink("other", filepath.Dir(dir)+"/.pki.certwright") }, `.pki.certwright" is in the way: it is a symbolic link`},
		{"work file", func(dir string) error { return os.WriteFile(filepath.Dir(dir)+"/.pki.certwright", nil, 0o600) }, "it is a file, and certwright needs a folder of its own there; move it away"},
		{"lock link", func(dir string) error {
			work := filepath.Dir(dir) + "/.pki.certwright"
			return errors.Join(os.Mkdir(work, 0o700), os.Symlink("../outside", work+"/lock"))
		}, `/lock" is in the way: it is a symbolic link`},
		{"staging link", func(dir string) error {
			work := filepath.Dir(dir) + "/.pki.certwright"
			return errors.Join(os.Mkdir(work, 0o700), os.Symlink("../other", work+"/staging"))
		}, `/staging" is in the way: it is a symbolic link`},
		{"backup link", func(dir string) error { return os.Symlink("other", dir+".backup") }, `pki.backup" is in the way: it is a symbolic link`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			base := memory(t)
			dir := filepath.Join(base, "pki")
			old(t, dir)
			put(t, filepath.Join(base, "outside"), "not ours", 0o644)
			if err := os.Mkdir(filepath.Join(base, "other"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := tc.make(dir); err != nil {
				t.Fatal(err)
			}
			before := tree(t, base)
			tx, err := store.Begin(dir)
			if err == nil {
				_, err = tx.Commit(t.Context(), []store.Change{file("ca.pem", "new"), file("new.pem", "new"), file("sub/x.pem", "new")}, nil)
				if e := tx.Close(); e != nil {
					t.Error(e)
				}
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			after := tree(t, base)
			delete(after, ".pki.certwright/lock") // signed by the run that then found the rest
			delete(before, ".pki.certwright/lock")
			if !same(after, before) {
				t.Errorf("touched:\n%s", diff(after, before))
			}
		})
	}
}

// A work folder that others could have prepared, or can look into.
func TestWorkFolderOfOthers(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir, work := filepath.Join(base, "pki"), filepath.Join(base, ".pki.certwright")
	if err := errors.Join(os.Mkdir(work, 0o700), os.Chmod(work, 0o777)); err != nil {
		t.Fatal(err)
	}
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(work); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
	tx.Close()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	if err := errors.Join(os.Mkdir(work, 0o700), os.Chown(work, 12345, 12345)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Begin(dir); err == nil || !strings.Contains(err.Error(), "belongs to another user (uid 12345)") {
		t.Error(err)
	}
}

// Root over the directory of another: what is there keeps its owner.
func TestOwnersAreKept(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	for _, set := range []string{"add", "update"} {
		dir := filepath.Join(t.TempDir(), "pki")
		old(t, dir)
		all := tree(t, dir)
		for name := range all {
			if err := os.Lchown(filepath.Join(dir, name), 12345, 12346); err != nil {
				t.Fatal(err)
			}
		}
		commit(t, dir, sets[set])
		for name := range tree(t, dir) {
			info, err := os.Lstat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			st := info.Sys().(*syscall.Stat_t)
			want := uint32(0)
			if _, had := all[name]; had {
				want = 12345
			}
			if st.Uid != want {
				t.Errorf("%s: %s belongs to %d, want %d", set, name, st.Uid, want)
			}
		}
	}
}

func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere; see TestReadOnlyFileSystem")
	}
	base := t.TempDir()
	dir := filepath.Join(base, "pki")
	old(t, dir)
	before := tree(t, dir)
	for _, locked := range []string{base, dir} {
		info, _ := os.Stat(locked)
		os.Chmod(locked, 0o555)
		_, err := store.Begin(dir)
		os.Chmod(locked, info.Mode())
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "writable for the user") {
			t.Errorf("%s: %v", locked, err)
		}
	}
	wantTree(t, dir, before)
}

// The process, and the shell that started it, stand in the folder itself.
func TestWorkingDirectory(t *testing.T) {
	for _, tc := range []struct{ stand, dir string }{{"pki", "."}, {"pki", "../pki/"}, {"pki/nodes", ".."}, {".", "pki"}, {".", "./pki/"}} {
		base := t.TempDir()
		old(t, filepath.Join(base, "pki"))
		t.Chdir(filepath.Join(base, tc.stand))
		_, res := commit(t, tc.dir, sets["update"])
		inside := tc.stand != "."
		if told := len(res.Notes) == 1 && strings.Contains(res.Notes[0], "type `cd .`"); told != inside {
			t.Errorf("%v: notes %q", tc, res.Notes)
		}
		rel, err := filepath.Rel(tc.stand, "pki/nodes/b/b-key.pem")
		if err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(rel); string(data) != "key of b\n" {
			t.Errorf("%v: the process does not stand in the new folder: %v", tc, err)
		}
	}
}

// TestBackupStays: a run in a backup, most often of someone who stands in the
// folder that was replaced, would be lost to the directory and spoil the way back.
func TestBackupStays(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "pki")
	old(t, dir)
	res, err := told(t, dir, "update", fault.Faults{})
	if err != nil || res.Backup == "" {
		t.Fatal(res, err)
	}
	before := tree(t, res.Backup)
	for given, want := range map[string]string{
		res.Backup: fmt.Sprintf("is a backup of %q, and stays as it is: give %q", dir, dir),
		".":        fmt.Sprintf("is the backup of %q, and your shell stands in it since a run has replaced that folder: type `cd .`", dir),
	} {
		if given == "." {
			t.Chdir(res.Backup)
		}
		if _, err := store.Begin(given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", given, err, want)
		}
		if err := store.Usable(given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is usable: %v", given, err)
		}
		t.Chdir(base)
	}
	wantTree(t, res.Backup, before)
	// Brought elsewhere by hand it is a directory like any other.
	if err := os.CopyFS("copy", os.DirFS(res.Backup)); err != nil {
		t.Fatal(err)
	}
	if err := store.Usable("copy"); err != nil {
		t.Error(err)
	}
}

// TestStrangeWorkFolder: what lies in the work folder is no file, and must not hold a
// reading up; nor is it trusted where a stranger may have put it there.
func TestStrangeWorkFolder(t *testing.T) {
	base := memory(t)
	dir := filepath.Join(base, "pki")
	old(t, dir)
	work := filepath.Join(base, ".pki.certwright")
	if err := errors.Join(os.Mkdir(work, 0o700), syscall.Mkfifo(filepath.Join(work, "journal"), 0o600)); err != nil {
		t.Fatal(err)
	}
	have, err := store.Read(dir, []string{"ca.pem"})
	if err != nil || have["ca.pem"].Data == nil {
		t.Errorf("read %v, %v", have, err)
	}
	if os.Geteuid() != 0 {
		return
	}
	if err := errors.Join(os.RemoveAll(work), os.Rename(dir, dir+".away"), os.MkdirAll(filepath.Join(work, "old"), 0o700),
		os.WriteFile(filepath.Join(work, "old", "ca.pem"), []byte("theirs"), 0o600), os.Chown(work, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if have, err := store.Read(dir, []string{"ca.pem"}); err != nil || len(have) > 0 {
		t.Errorf("a stranger's folder: read %v, %v", have, err)
	}
}

// TestUsableBesideIt: a run works beside the directory, so the folder around it has to be
// open too; where that is not there yet, the nearest one above.
func TestUsableBesideIt(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.MkdirAll(filepath.Join(closed, "there"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(closed, 0o700) })
	for _, name := range []string{"pki", "there", "a/b/pki"} {
		err := store.Usable(filepath.Join(closed, name))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", closed)) || !strings.Contains(err.Error(), "readable and writable") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := store.Usable(filepath.Join(t.TempDir(), "a", "b", "pki")); err != nil {
		t.Error(err)
	}
}
