//go:build linux

// Package crash kills certwright, and cuts the power under it.
package crash

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	kills = flag.Int("kills", 200, "how many runs are killed")
	cuts  = flag.Int("cuts", 10, "how often the power is cut on each file system")
	seed  = flag.Uint64("seed", 0, "seed of a test that is made again; 0 draws one")
)

// program is certwright, built for the tests.
var program string

// insideEnv tells the copy of this program that has its own mounts.
const insideEnv = "CERTWRIGHT_CRASH_INSIDE"

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

// run builds the program; as root it does that in a copy of itself with mounts of its
// own, since a file system that somebody else holds a mount of stays as it is.
func run(m *testing.M) int {
	switch {
	case os.Getuid() != 0:
	case os.Getenv(insideEnv) != "":
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			fmt.Fprintln(os.Stderr, "making the mounts private:", err)
			return 1
		}
	default:
		runtime.LockOSThread() // Pdeathsig follows the thread that starts the process
		cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
		cmd.Env = append(os.Environ(), insideEnv+"=1")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
		if err := cmd.Run(); err != nil {
			if exit := new(exec.ExitError); errors.As(err, &exit) {
				return max(exit.ExitCode(), 1)
			}
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	work, err := os.MkdirTemp("", "certwright-crash-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(work)
	program = filepath.Join(work, "certwright")
	build := exec.Command("go", "build", "-o", program, "./cmd/certwright")
	build.Dir = filepath.Join("..", "..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building certwright: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// draw is the random source of a test, which its log names.
func draw(t *testing.T) *rand.Rand {
	n := *seed
	if n == 0 {
		n = rand.Uint64()
	}
	t.Logf("-seed %d makes this test again", n)
	return rand.New(rand.NewPCG(n, 0))
}

// certwright runs the program in a folder.
func certwright(dir string, args ...string) (code int, output string) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME=")
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return exit.ExitCode(), string(out)
	} else if err != nil {
		return -1, err.Error()
	}
	return 0, string(out)
}

// must is certwright where it has to succeed.
func must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	code, out := certwright(dir, args...)
	if code != 0 {
		t.Fatalf("certwright %q: exit code %d\n%s", args, code, out)
	}
	return out
}

// operation is a command that is disturbed, in a folder with a set "pki".
type operation struct {
	args []string
	keys bool // it may make other keys of CAs
}

const (
	twoNodes   = "nodes=m1 10.0.0.1 control-plane,etcd\nw1 10.0.0.2 worker"
	threeNodes = twoNodes + "\nw2 10.0.0.3 worker"
)

var operations = []operation{
	{args: []string{"generate", "--dir", "pki", "--set", threeNodes}},
	{args: []string{"renew", "pki", "--all"}},
	{args: []string{"renew", "pki", "--all", "--new-key"}},
	{args: []string{"change", "pki", "--add-node", "w2 10.0.0.3 worker"}},
	{args: []string{"rotate", "pki", "ca", "--next"}, keys: true},
	{args: []string{"undo", "pki", "--yes"}},
	{args: []string{"renew", "adopted", "--all"}},
	{args: []string{"generate", "--dir", "fresh", "--answers", "pki/answers.yaml"}, keys: true},
	{args: []string{"handout", "pki", "--to", "out", "--force"}},
	// These faults leave no file empty.
	{args: []string{"lab", "new", "class", "--answers", "pki/answers.yaml", "--students", "2", "--faults", "expired,san-missing", "--key", "key.json"}},
}

// makeSet makes the set that is disturbed, with one run that can be taken back.
func makeSet(t *testing.T, top string) {
	t.Helper()
	must(t, top, "generate", "--dir", "pki", "--set", "layout=single-ca", "--set", "encryptionAlgorithm=ECDSA-P256", "--set", twoNodes)
	must(t, top, "renew", "pki", "admin")
	// A control-plane node as somebody else keeps it, adopted.
	for _, copied := range [][]string{
		{"cp", "-a", "pki/nodes/m1/etc/kubernetes", "adopted"},
		{"cp", "-a", "pki/authority/ca.key", "pki/nodes/m1/var/lib/kubelet/pki/.", "adopted/pki"},
	} {
		cmd := exec.Command(copied[0], copied[1:]...)
		cmd.Dir = top
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", copied, err, out)
		}
	}
	must(t, top, "adopt", "adopted")
	must(t, top, "renew", "adopted", "scheduler")
}

// target is the directory that an operation writes as a set; "" for none.
func (o *operation) target() string {
	switch o.args[0] {
	case "handout", "lab":
		return ""
	case "generate":
		return o.args[2]
	}
	return o.args[1]
}

// afterwards holds what has to be true of what a stopped operation has left, and lets
// the next run end it.
func (o *operation) afterwards(t *testing.T, top string, caKey []byte) {
	t.Helper()
	noEmptyKeys(t, top)
	target := o.target()
	if target == "" {
		switch code, out := certwright(top, o.args...); {
		case code != 0 && !(code == 3 && o.args[0] == "lab"):
			t.Errorf("the next %q: %d\n%s", o.args, code, out)
		}
		noLeftovers(t, top)
		return
	}
	if target != "fresh" {
		for _, args := range [][]string{{"history", target}, {"verify", target}} {
			code, out := certwright(top, args...)
			if away := strings.Contains(out, "puts it back"); code != 0 && !(code == 1 && away) {
				t.Errorf("%q: %d\n%s", args, code, out)
			}
		}
	}
	next := []string{"generate", "--dir", target}
	if target == "fresh" {
		next = append(next, "--answers", "pki/answers.yaml")
	}
	must(t, top, next...)
	must(t, top, "verify", target)
	noLeftovers(t, top)
	if key, err := os.ReadFile(filepath.Join(top, "pki/authority/ca.key")); !o.keys && (err != nil || !bytes.Equal(key, caKey)) {
		t.Errorf("the CA's key is another one: %v", err)
	}
	if target == "fresh" {
		return
	}
	var runs []struct{ Backup string }
	out := must(t, top, "history", target, "--format", "json")
	if err := json.Unmarshal([]byte(out[strings.Index(out, "["):]), &runs); err != nil || len(runs) == 0 {
		t.Fatalf("history: %v\n%s", err, out)
	}
	must(t, top, "undo", target, runs[0].Backup, "--yes")
	must(t, top, "verify", target)
}

func noLeftovers(t *testing.T, top string) {
	t.Helper()
	err := filepath.WalkDir(top, func(name string, e fs.DirEntry, err error) error {
		if base := e.Name(); strings.HasSuffix(base, ".certwright") || strings.HasPrefix(base, ".certwright-") && base != ".certwright-run.json" {
			t.Errorf("%s is left", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func noEmptyKeys(t *testing.T, top string) {
	t.Helper()
	_ = filepath.WalkDir(top, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.Contains(name, ".certwright/") || strings.Contains(name, "/.certwright-") {
			return nil
		}
		if info, err := e.Info(); err == nil && info.Size() == 0 {
			t.Errorf("%s is empty", name)
		}
		return nil
	})
}

// TestKills kills the program at moments that a seed draws.
func TestKills(t *testing.T) {
	r := draw(t)
	base := memory(t)
	start := filepath.Join(base, "start")
	if err := os.Mkdir(start, 0o755); err != nil {
		t.Fatal(err)
	}
	makeSet(t, start)
	caKey, err := os.ReadFile(filepath.Join(start, "pki/authority/ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	copied := func() string {
		top := filepath.Join(base, fmt.Sprint(r.Uint64()))
		if out, err := exec.Command("cp", "-a", start, top).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return top
	}
	took := make([]time.Duration, len(operations))
	for i, o := range operations {
		top := copied()
		begin := time.Now()
		must(t, top, o.args...)
		took[i] = time.Since(begin)
		os.RemoveAll(top)
	}
	stopped := 0
	for i := range *kills {
		o := &operations[i%len(operations)]
		top := copied()
		cmd := exec.Command(program, o.args...)
		cmd.Dir = top
		cmd.Env = append(os.Environ(), "HOME="+top, "XDG_STATE_HOME=")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait := time.Duration(r.Int64N(int64(took[i%len(took)])))
		time.Sleep(wait)
		_ = cmd.Process.Signal(syscall.SIGKILL)
		if err := cmd.Wait(); err != nil {
			stopped++
		}
		t.Run(fmt.Sprintf("%d-%s-%v", i, o.args[0], wait), func(t *testing.T) { o.afterwards(t, top, caKey) })
		os.RemoveAll(top)
	}
	t.Logf("%d of %d runs were killed before their end", stopped, *kills)
	if stopped < *kills/2 {
		t.Errorf("only %d of %d runs were killed before their end", stopped, *kills)
	}
}

// memory is a folder in memory: nothing waits for a disk.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "certwright-crash-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
