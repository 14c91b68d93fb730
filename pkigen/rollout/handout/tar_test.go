package handout_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/render"
)

func pack(t testing.TB, dir, node string) []byte {
	t.Helper()
	n, err := open(t, dir).Node(node)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := n.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build(t, dir, "m", control())
	put(t, filepath.Join(dir, "nodes", "m", "etc/kubernetes/empty/x"), "")
	if err := os.Remove(filepath.Join(dir, "nodes", "m", "etc/kubernetes/empty/x")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(bytes.NewReader(pack(t, dir, "m"))); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%04o %s", h.Mode, h.Name))
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "root" || h.Gname != "root" || h.Format != tar.FormatUSTAR || !inWeek(h.ModTime, validFrom) {
			t.Errorf("%+v", h)
		}
	}
	want := []string{
		"0644 SHA256SUMS",
		"0700 etc/kubernetes/",
		"0600 etc/kubernetes/bootstrap.conf",
		"0755 etc/kubernetes/empty/",
		"0644 etc/kubernetes/kubelet.env",
		"0700 etc/kubernetes/pki/",
		"0644 etc/kubernetes/pki/apiserver.crt",
		"0600 etc/kubernetes/pki/apiserver.key",
		"0644 etc/kubernetes/pki/ca.crt",
		"0700 etc/kubernetes/pki/etcd/",
		"0644 etc/kubernetes/pki/etcd/ca.crt",
		"0600 etc/kubernetes/pki/etcd/server.key",
		"0600 etc/kubernetes/scheduler.conf",
		"0755 var/lib/kubelet/",
		"0700 var/lib/kubelet/pki/",
		"0644 var/lib/kubelet/pki/kubelet.crt",
		"0600 var/lib/kubelet/pki/kubelet.key",
		"0644 install.sh",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The same tree gives the same bytes, wherever and whenever it was written.
func TestReproducible(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
	build(t, one, "m", control())
	first := pack(t, one, "m")
	build(t, two, "m", control())
	long := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(two, "nodes/m/etc/kubernetes/pki/ca.crt"), long, long); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{one, two} {
		if !bytes.Equal(pack(t, dir, "m"), first) {
			t.Errorf("the archive of %s is another one", dir)
		}
	}
}

// inWeek reports whether a time lies in the week before another one.
func inWeek(at, end time.Time) bool { return !at.After(end) && at.After(end.AddDate(0, 0, -7)) }

// times are those of the members of an archive.
func times(t *testing.T, archive []byte) map[string]time.Time {
	t.Helper()
	out := map[string]time.Time{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out[h.Name] = h.ModTime
	}
}

// A CA file that trusts one more, and then one less, gets another time each, though no
// certificate is newer than before: who compares files by their times sees it. What
// stays has the time that it had, and so it is with the archive.
func TestTimes(t *testing.T) {
	t.Parallel()
	const changes, stays = "etc/kubernetes/pki/ca.crt", "etc/kubernetes/pki/apiserver.key"
	base := t.TempDir()
	seen, archives := map[time.Time]bool{}, map[time.Time]bool{}
	var stayed []time.Time
	for i, text := range []string{pair().cert, pair().cert + pair().cert, pair().cert + "# narrowed\n"} {
		dir, files := filepath.Join(base, fmt.Sprint(i)), control()
		files[changes] = []byte(text)
		build(t, dir, "m", files)
		got := times(t, pack(t, dir, "m"))
		seen[got[changes]] = true
		stayed = append(stayed, got[stays])
		for _, to := range []string{"one", "two"} { // the same bytes, written twice
			a, err := open(t, dir).Save(t.Context(), []string{"m"}, filepath.Join(base, to+fmt.Sprint(i)), false)
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(a[0].File)
			if err != nil || !inWeek(info.ModTime(), validFrom) {
				t.Error(info, err)
			}
			archives[info.ModTime()] = true
		}
	}
	if len(seen) != 3 || len(archives) != 3 || stayed[0] != stayed[1] || stayed[1] != stayed[2] {
		t.Errorf("%d times of three texts, %d of three archives, and of what stays %v", len(seen), len(archives), stayed)
	}
}

// Without a certificate the time is fixed too, and none that tar warns of.
func TestWithoutCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build(t, dir, "m", map[string][]byte{"etc/kubernetes/x.env": []byte("X=\n")})
	h, err := tar.NewReader(bytes.NewReader(pack(t, dir, "m"))).Next()
	if err != nil || !inWeek(h.ModTime, time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Error(h, err)
	}
}

// What GNU tar unpacks is the tree, and agrees with its sums.
func TestGNUTar(t *testing.T) {
	t.Parallel()
	gnu, err := exec.LookPath("tar")
	if err != nil {
		t.Skip("no tar here")
	}
	dir, to := t.TempDir(), t.TempDir()
	files := control()
	// A certificatesDir so long that ustar cannot hold it, and one in CJK.
	files["opt/"+strings.Repeat("long/", 60)+strings.Repeat("x", 120)+".key"] = []byte(pair().key)
	files["opt/证书/ca.crt"] = []byte(pair().cert)
	build(t, dir, "m", files)
	// Folders of the system and links in their place stay as they are.
	for _, name := range []string{"etc", "real"} {
		if err := os.Mkdir(filepath.Join(to, name), 0o711); err != nil {
			t.Fatal(err)
		}
		chmod(t, filepath.Join(to, name), 0o711)
	}
	if err := os.Symlink("real", filepath.Join(to, "opt")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gnu, "-xpf", "-", "-C", to)
	cmd.Stdin = bytes.NewReader(pack(t, dir, "m"))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v %s", err, out)
	}
	for p, data := range files {
		got, err := os.ReadFile(filepath.Join(to, p))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %v", p, err)
			continue
		}
		a, _ := os.Stat(filepath.Join(to, p))
		b, _ := os.Stat(filepath.Join(dir, "nodes/m", p))
		if a.Mode() != b.Mode() || !inWeek(a.ModTime(), validFrom) {
			t.Errorf("%s: %v %v, want %v", p, a.Mode(), a.ModTime(), b.Mode())
		}
	}
	if info, err := os.Lstat(filepath.Join(to, "opt")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link opt was replaced", err)
	}
	if info, err := os.Stat(filepath.Join(to, "etc")); err != nil || info.Mode().Perm() != 0o711 {
		t.Error("the mode of etc was set", err)
	}
	if info, err := os.Stat(filepath.Join(to, "etc/kubernetes")); err != nil || info.Mode().Perm() != 0o700 {
		t.Error("the mode of etc/kubernetes was not set", err)
	}
	if sums, err := exec.LookPath("sha256sum"); err == nil {
		cmd := exec.Command(sums, "-c", "--quiet", "--strict", render.SumsFile)
		cmd.Dir = to
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	}
}

func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, "m", control())
	n, err := open(t, dir).Node("m")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 512, 1536, 8 << 10} {
		err := n.Write(&full{room: room})
		if !errors.Is(err, io.ErrShortWrite) || !strings.HasPrefix(err.Error(), "archive of m: ") {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}

// full is a writer with room for so many bytes.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}
