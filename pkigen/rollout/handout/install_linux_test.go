package handout_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"certwright/pkigen/rollout/handout"
)

// A program that watches its file by the inode, as kube-apiserver does, is told that
// it is gone when another one has taken its place, and nothing else. One that reads
// by the name, as etcd does at each handshake, finds at any moment the old bytes or
// the new ones.
func TestInstallWatched(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, run func(string, []byte) (string, error)) {
		root, old := nodeRoot(t)
		dir := t.TempDir()
		build(t, dir, "m", control())
		const name = "etc/kubernetes/pki/etcd/server.key"
		file := filepath.Join(root, name)

		watch, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			t.Skipf("no inotify here: %v", err)
		}
		defer unix.Close(watch)
		if _, err := unix.InotifyAddWatch(watch, file, unix.IN_MODIFY|unix.IN_ATTRIB|unix.IN_MOVE_SELF|unix.IN_DELETE_SELF); err != nil {
			t.Fatal(err)
		}

		var stop atomic.Bool
		read := make(chan string, 1)
		go func() {
			for !stop.Load() {
				data, err := os.ReadFile(file)
				if err != nil || !bytes.Equal(data, old[name]) && !bytes.Equal(data, control()[name]) {
					read <- string(data) + text(err)
					return
				}
			}
			read <- ""
		}()
		said, err := run(into(handout.InstallStream, root), pack(t, dir, "m"))
		stop.Store(true)
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		if bad := <-read; bad != "" {
			t.Errorf("who reads %s finds %q", name, bad)
		}
		// Its last name goes (IN_ATTRIB: no link is left), and then the file itself.
		want := []uint32{unix.IN_ATTRIB, unix.IN_DELETE_SELF, unix.IN_IGNORED}
		if got := events(t, watch, len(want)); !slices.Equal(got, want) {
			t.Errorf("events %x, want %x", got, want)
		}
	})
}

// events are those that a watch has seen, at least so many where they come soon.
func events(t *testing.T, watch, least int) (out []uint32) {
	t.Helper()
	buf := make([]byte, 4096)
	for end := time.Now().Add(5 * time.Second); len(out) < least && time.Now().Before(end); {
		n, err := unix.Read(watch, buf)
		if err == unix.EAGAIN {
			time.Sleep(time.Millisecond)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		for b := buf[:n]; len(b) > 0; {
			out = append(out, binary.NativeEndian.Uint32(b[4:]))
			b = b[unix.SizeofInotifyEvent+binary.NativeEndian.Uint32(b[12:]):]
		}
	}
	return out
}
