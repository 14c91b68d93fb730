//go:build unix

package handout_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/rollout/handout"
)

// shells are those in which the commands are run: what /bin/sh is on most nodes.
var shells = []string{"dash", "bash", "busybox sh"}

// eachShell runs a test in each shell that is here.
func eachShell(t *testing.T, f func(t *testing.T, run func(script string, stdin []byte) (string, error))) {
	ran := 0
	for _, name := range shells {
		words := strings.Fields(name)
		if _, err := exec.LookPath(words[0]); err != nil {
			continue
		}
		ran++
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			f(t, func(script string, stdin []byte) (string, error) {
				cmd := exec.Command(words[0], append(words[1:], "-c", script)...)
				cmd.Env, cmd.Dir = append(os.Environ(), "TMPDIR="+tmp), tmp
				cmd.Stdin = bytes.NewReader(stdin)
				out, err := cmd.CombinedOutput()
				if left := names(t, tmp); len(left) != 1 {
					t.Errorf("%s: left %q", script, left)
				}
				return string(out), err
			})
		})
	}
	if ran == 0 {
		t.Skip("no shell here")
	}
}

// into is a command that installs an archive, below another root.
func into(command shell.Line, root string) string {
	quoted := shell.Command("").File(root).String()
	return strings.NewReplacer(`/install.sh"`, `/install.sh" `+quoted, "new/install.sh", "new/install.sh "+quoted).Replace(command.String())
}

// nodeRoot is the root of a node that runs: a set of before lies there, in folders
// with modes of their own.
func nodeRoot(t *testing.T) (root string, old map[string][]byte) {
	t.Helper()
	root, old = filepath.Join(t.TempDir(), "a node's root"), control()
	for p, data := range old {
		if strings.HasSuffix(p, ".crt") {
			continue // as they were
		}
		old[p] = append(slices.Clone(data), "before\n"...)
	}
	delete(old, "etc/kubernetes/scheduler.conf") // new on this node
	for p, data := range old {
		put(t, filepath.Join(root, p), string(data))
	}
	if err := os.MkdirAll(filepath.Join(root, "var/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	chmod(t, filepath.Join(root, "etc/kubernetes"), 0o751)
	return root, old
}

func TestInstall(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, run func(string, []byte) (string, error)) {
		root, old := nodeRoot(t)
		dir, files := t.TempDir(), control()
		files["opt/it's \"a\" $(place)/证书.key"] = []byte(pair().key)
		build(t, dir, "m", files)
		archive := pack(t, dir, "m")
		said, err := run(into(handout.InstallStream, root), archive)
		if err != nil || !strings.Contains(said, "installed files: 8; what they replaced is kept in "+root+"/var/lib/certwright/replaced/") {
			t.Fatalf("%v\n%s", err, said)
		}
		installed(t, root, dir, files)
		kept(t, root, old, files)

		// Once more there is nothing to do, and nothing is touched.
		before := stats(t, root)
		over := handout.InstallOver(`ssh() { eval "$*"; }; ssh`)
		for _, l := range over.Lines(40) {
			if len(l) > 40 {
				t.Errorf("no narrow terminal shows %q whole", l)
			}
		}
		onto := shell.Command("").Set("root", root).String() + "; " + strings.Replace(over.String(), `/install.sh"`, `/install.sh" "$root"`, 1)
		if said, err := run(onto, archive); err != nil || said != "every file is installed already\n" {
			t.Errorf("%v\n%s", err, said)
		}
		if after := stats(t, root); !slices.Equal(before, after) {
			t.Errorf("got  %q\nwant %q", after, before)
		}

		// A mode that was loosened is corrected; from a file, too.
		key := filepath.Join(root, "etc/kubernetes/pki/apiserver.key")
		chmod(t, key, 0o644)
		file := filepath.Join(t.TempDir(), "it's m.tar")
		put(t, file, string(archive))
		if said, err := run(into(handout.Install(file), root), nil); err != nil || !strings.HasPrefix(said, "installed files: 1;") {
			t.Errorf("%v\n%s", err, said)
		}
		installed(t, root, dir, files)
	})
}

// installed holds what lies on the node against the tree.
func installed(t *testing.T, root, dir string, files map[string][]byte) {
	t.Helper()
	for p, data := range files {
		got, err := os.ReadFile(filepath.Join(root, p))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %v", p, err)
			continue
		}
		a, _ := os.Stat(filepath.Join(root, p))
		b, _ := os.Stat(filepath.Join(dir, "nodes/m", p))
		if a.Mode() != b.Mode() {
			t.Errorf("%s: %v, want %v", p, a.Mode(), b.Mode())
		}
	}
	for p, mode := range map[string]string{"etc/kubernetes": "drwxr-x--x", "var/lib/certwright": "drwx------", "opt/it's \"a\" $(place)": "drwx------"} {
		if info, err := os.Stat(filepath.Join(root, p)); err != nil || info.Mode().String() != mode {
			t.Errorf("%s: %v %v, want %s", p, info, err, mode)
		}
	}
	for _, name := range names(t, root) {
		if strings.Contains(name, "certwright-new") || strings.Contains(name, "install.sh") {
			t.Errorf("%s is left", name)
		}
	}
}

// kept holds that nothing is lost of what was replaced.
func kept(t *testing.T, root string, old, files map[string][]byte) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(root, "var/lib/certwright/replaced/*"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("%v %q", err, folders)
	}
	for p, data := range old {
		got, err := os.ReadFile(filepath.Join(folders[0], p))
		if bytes.Equal(data, files[p]) {
			if err == nil {
				t.Errorf("%s was not replaced, and is kept", p)
			}
			continue
		}
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s is lost: %v", p, err)
		}
		if info, err := os.Stat(filepath.Join(folders[0], p)); secret(p) && (err != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("%s: %v %v", p, info, err)
		}
	}
}

// stats tell whether a file was touched.
func stats(t *testing.T, dir string) (out []string) {
	t.Helper()
	for _, name := range names(t, dir) {
		_, rel, _ := strings.Cut(name, " ")
		info, err := os.Lstat(filepath.Join(dir, rel))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(name, " ", info.ModTime().UnixNano(), " ", info.Sys().(*syscall.Stat_t).Ino))
	}
	return out
}

// What cannot be installed whole is not installed at all, and all stays as it was.
func TestInstallRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build(t, dir, "m", control())
	archive := pack(t, dir, "m")
	changed := bytes.Replace(archive, []byte("--config=x"), []byte("--config=y"), 1)
	eachShell(t, func(t *testing.T, run func(string, []byte) (string, error)) {
		for name, test := range map[string]struct {
			archive []byte
			spoil   func(root string)
			want    string
		}{
			"a byte that flipped": {archive: changed, want: "install.sh: these files are not as they were packed: nothing was installed\netc/kubernetes/kubelet.env: FAILED"},
			"cut off":             {archive: archive[:6000], want: "install.sh"},
			"a folder in the way": {archive: archive, want: "bootstrap.conf is a folder: nothing was installed", spoil: func(root string) {
				p := filepath.Join(root, "etc/kubernetes/bootstrap.conf")
				if err := os.Remove(p); err != nil {
					t.Fatal(err)
				}
				put(t, filepath.Join(p, "x"), "x")
			}},
		} {
			root, _ := nodeRoot(t)
			if test.spoil != nil {
				test.spoil(root)
			}
			before := names(t, root)
			sums := treeSums(t, root)
			said, err := run(into(handout.InstallStream, root), test.archive)
			if err == nil || !strings.Contains(said, test.want) {
				t.Errorf("%s: %v\n%s", name, err, said)
			}
			if after := names(t, root); !slices.Equal(before, after) || !slices.Equal(sums, treeSums(t, root)) {
				t.Errorf("%s:\nbefore %q\nafter  %q", name, before, after)
			}
		}
		root, _ := nodeRoot(t)
		said, err := run(shell.Command("cd").File(root).String()+" && tar -xpf - && sh install.sh .", archive)
		if err == nil || !strings.Contains(said, "unpack the archive into an empty folder") {
			t.Errorf("%v\n%s", err, said)
		}
	})
}

func treeSums(t *testing.T, dir string) (out []string) {
	t.Helper()
	for _, name := range names(t, dir) {
		_, rel, _ := strings.Cut(name, " ")
		if data, err := os.ReadFile(filepath.Join(dir, rel)); err == nil {
			out = append(out, fmt.Sprintf("%x %s", render.SumOf(data), rel))
		}
	}
	return out
}
