//go:build linux

package crash

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fileSystems are those under which the power is cut, with what makes one in a file.
var fileSystems = []struct {
	name string
	size int64
	make []string
}{
	{"ext4", 96 << 20, []string{"mkfs.ext4", "-q", "-F"}},
	{"xfs", 320 << 20, []string{"mkfs.xfs", "-q"}},
}

// TestPowerCut stops a file system at a moment that a seed draws, as a power cut does:
// what has not reached its device by then never does. It is mounted again, and holds
// the state before or the state after, whole.
func TestPowerCut(t *testing.T) {
	if os.Getuid() != 0 {
		skip(t, "needs root, for mounts")
	}
	r := draw(t)
	for _, f := range fileSystems {
		t.Run(f.name, func(t *testing.T) {
			if _, err := exec.LookPath(f.make[0]); err != nil {
				skip(t, "needs "+f.make[0])
			}
			base := memory(t)
			image := filepath.Join(base, "image")
			if err := os.WriteFile(image, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(image, f.size); err != nil {
				t.Fatal(err)
			}
			do(t, append(f.make, image)...)
			d := &disk{image: image, place: filepath.Join(base, "mount")}
			if err := os.Mkdir(d.place, 0o700); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("mount", "-o", "loop", image, d.place).CombinedOutput(); err != nil {
				skip(t, fmt.Sprintf("loop devices cannot be had: %v: %s", err, out))
			}
			t.Cleanup(d.unmount)
			for i := range *cuts {
				d.cut(t, r, i)
			}
			t.Logf("%d of %d runs met the cut", d.met, *cuts)
			if d.met < *cuts/3 {
				t.Errorf("only %d of %d runs met the cut", d.met, *cuts)
			}
		})
	}
}

// skip is for what this machine cannot do; in CI as root nobody would read it.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" && os.Getuid() == 0 {
		t.Log("NOT TESTED: " + why)
	}
	t.Skip(why)
}

// disk is a file system in a file.
type disk struct {
	image, place string
	met          int // runs that were stopped by a cut
}

func (d *disk) unmount() { _ = unix.Unmount(d.place, 0) }

// cut makes a set, cuts the power under an operation on it, and looks.
func (d *disk) cut(t *testing.T, r *rand.Rand, i int) {
	o := &operations[i%7] // those that write a set that is there
	top := filepath.Join(d.place, fmt.Sprint("run", i))
	if err := os.Mkdir(top, 0o755); err != nil {
		t.Fatal(err)
	}
	makeSet(t, top)
	unix.Sync()
	caKey, err := os.ReadFile(filepath.Join(top, "pki/authority/ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	rehearsal := top + "-timed"
	do(t, "cp", "-a", top, rehearsal)
	begin := time.Now()
	must(t, rehearsal, o.args...)
	took := time.Since(begin)
	do(t, "rm", "-rf", rehearsal)
	unix.Sync()

	cmd := exec.Command(program, o.args...)
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "HOME="+top, "XDG_STATE_HOME=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Most of a run is its start and its proof; what writes is its second half.
	wait := took/4 + time.Duration(r.Int64N(int64(took)))
	time.Sleep(wait)
	if err := d.powerOff(); err != nil {
		t.Skipf("the file system cannot be stopped: %v", err)
	}
	_ = cmd.Process.Kill()
	if cmd.Wait() != nil {
		d.met++
	}
	// The device may be busy until the last of the killed process is gone.
	for tries := 0; ; tries++ {
		if err := unix.Unmount(d.place, 0); err == nil {
			break
		} else if tries > 100 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	do(t, "mount", "-o", "loop", d.image, d.place)
	t.Run(fmt.Sprintf("%d-%s-%v", i, o.args[0], wait), func(t *testing.T) { o.afterwards(t, top, caKey) })
	do(t, "rm", "-rf", top)
}

// powerOff stops the file system where it is: neither data nor journal are written any
// more (FS_IOC_SHUTDOWN without a flush of the log).
func (d *disk) powerOff() error {
	const shutdown, noLogFlush = 0x8004587d, uint32(2)
	f, err := os.Open(d.place)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := noLogFlush
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		return errno
	}
	return nil
}

func do(t *testing.T, command ...string) {
	t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", command, err, out)
	}
}
