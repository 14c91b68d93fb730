//go:build linux

package ansible

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/render"
)

// script runs one of the scripts as a task does: from the standard input, or of unpack.sh
// as an argument.
func script(t *testing.T, name, stdin string, env []string, args ...string) (string, error) {
	t.Helper()
	text, err := playbook.ReadFile(folder + "/files/" + name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", append([]string{"-s", "--"}, args...)...)
	if stdin != "" {
		cmd = exec.Command("sh", append([]string{"-c", string(text), "sh"}, args...)...)
		text = []byte(stdin)
	}
	cmd.Stdin, cmd.Env, cmd.Stderr = strings.NewReader(string(text)), append(os.Environ(), env...), os.Stderr
	out, err := cmd.Output()
	return string(out), err
}

// TestCompare names each file whose bytes, mode or kind are not those of the set.
func TestCompare(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("the files of nodes are root's")
	}
	dir := t.TempDir()
	files := map[string][]byte{}
	want := ""
	for _, f := range []struct {
		name, fault string
		do          func(string) error
	}{
		{name: "a b.crt"},
		{name: "secret.key", do: func(p string) error { return os.Chmod(p, 0o600) }},
		{name: "changed.crt", fault: "bytes", do: func(p string) error { return os.WriteFile(p, []byte("other"), 0o644) }},
		{name: "gone.crt", fault: "not there", do: os.Remove},
		{name: "open.key", fault: "mode of a secret"},
		{name: "closed.crt", fault: "mode", do: func(p string) error { return os.Chmod(p, 0o600) }},
		{name: "owner.crt", fault: "owner", do: func(p string) error { return os.Chown(p, 1, 0) }},
		{name: "link.crt", fault: "link", do: func(p string) error {
			if err := os.Rename(p, p+".real"); err != nil {
				return err
			}
			return os.Symlink(p+".real", p)
		}},
	} {
		p := filepath.Join(dir, f.name)
		put(t, p, f.name)
		files[strings.TrimPrefix(p, "/")] = []byte(f.name)
		if f.do != nil {
			if err := f.do(p); err != nil {
				t.Fatal(err)
			}
		}
		if f.fault != "" {
			want += p + "\n"
		}
	}
	sums := strings.TrimSuffix(string(render.Sums(files)), "\n")
	got, err := script(t, "compare.sh", "", nil, sums, filepath.Join(dir, "secret.key"), filepath.Join(dir, "open.key"), "/elsewhere.key")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range append(strings.Split(strings.TrimSpace(want), "\n"), "/SHA256SUMS") {
		if !strings.Contains("\n"+got, "\n"+line+"\n") {
			t.Errorf("%s is not named", line)
		}
	}
	if n := strings.Count(got, "\n"); n != strings.Count(want, "\n")+1 {
		t.Errorf("named are\n%s\nwant\n%s/SHA256SUMS", got, want)
	}
}

// TestNewer names the files that were put there after the process was started, whatever
// their own time says.
func TestNewer(t *testing.T) {
	dir := t.TempDir()
	before, after := filepath.Join(dir, "before it"), filepath.Join(dir, "after it")
	put(t, before, "1")
	time.Sleep(200 * time.Millisecond)
	process := exec.Command("sleep", "60")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	}()
	time.Sleep(200 * time.Millisecond)
	put(t, after, "1")
	if err := os.Chtimes(after, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	for pid, want := range map[int]string{process.Process.Pid: after + "\n", 0: "not running\n", 1 << 30: "not running\n"} {
		systemctl := fmt.Sprintf("#!/bin/sh\n[ \"$*\" = '--property=MainPID etcd' ] || [ \"$*\" = 'show --property=MainPID etcd' ] || exit 1\necho MainPID=%d\n", pid)
		if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte(systemctl), 0o755); err != nil {
			t.Fatal(err)
		}
		got, err := script(t, "newer.sh", "", []string{"PATH=" + dir + ":" + os.Getenv("PATH")}, "etcd", before, after, filepath.Join(dir, "none"))
		if err != nil || got != want {
			t.Errorf("process %d: got %q (%v), want %q", pid, got, err, want)
		}
	}
	if got, err := script(t, "newer.sh", "", []string{"PATH=" + dir + ":" + os.Getenv("PATH")}, "other", before); err == nil {
		t.Errorf("of a unit that cannot be shown: %q", got)
	}
}

// TestUnpack: an archive comes out in a folder of root's own, and of a broken one nothing
// is left.
func TestUnpack(t *testing.T) {
	tree, scratch := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(tree, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(tree, "etc/x.key"), "key")
	if err := os.Chmod(filepath.Join(tree, "etc/x.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	archive, err := exec.Command("tar", "-C", tree, "-cf", "-", ".").Output()
	if err != nil {
		t.Skip(err)
	}
	text := base64.StdEncoding.EncodeToString(archive)
	env := []string{"TMPDIR=" + scratch}
	out, err := script(t, "unpack.sh", text, env, "the script")
	at := strings.TrimSuffix(out, "\n")
	if err != nil || filepath.Dir(at) != scratch {
		t.Fatalf("%q %v", out, err)
	}
	info, err := os.Stat(at)
	key, err2 := os.Stat(filepath.Join(at, "etc/x.key"))
	if err != nil || err2 != nil || info.Mode().Perm() != 0o700 || key.Mode().Perm() != 0o600 || get(t, filepath.Join(at, "install.sh")) != "the script\n" {
		t.Errorf("%v %v %v %v", info, key, err, err2)
	}
	if err := os.RemoveAll(at); err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]string{"no base64": "!" + text, "no archive": base64.StdEncoding.EncodeToString([]byte("x"))} {
		if out, err := script(t, "unpack.sh", broken, env, "the script"); err == nil {
			t.Errorf("%s: %q", name, out)
		}
		if left, _ := os.ReadDir(scratch); len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
}
