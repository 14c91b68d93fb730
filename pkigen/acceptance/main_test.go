package acceptance

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// insideEnv carries the host to the copy of this program that runs inside.
const insideEnv = "CERTWRIGHT_ACCEPTANCE_INSIDE"

// host is what the tests find when they run: the programs to boot, certwright
// itself, and a directory in memory for everything that they write.
type host struct {
	Programs   map[string]string
	Certwright string
	Work       string
}

// theHost is set where the tests can run; elsewhere whyNot says why they cannot.
var (
	theHost *host
	whyNot  string
)

// TestMain builds the programs, and then runs the tests in namespaces of their
// own for processes, mounts, network and host name. They have no way to this
// machine's network, and when the first process of the namespaces ends, in
// whatever way, the kernel ends all others and takes every mount and link down.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if text := os.Getenv(insideEnv); text != "" {
		return inside(m, text)
	}
	if whyNot = obstacle(); whyNot != "" || flag.Lookup("test.list").Value.String() != "" {
		return m.Run()
	}
	code, err := outside()
	if err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		return 1
	}
	return code
}

// obstacle says what keeps the tests from running on this machine.
func obstacle() string {
	switch {
	case testing.Short():
		return "boots real clusters, not short"
	case runtime.GOOS != "linux":
		return "needs Linux namespaces"
	case os.Getuid() != 0:
		return "needs root, for namespaces and mounts"
	}
	for _, name := range []string{"ip", "mount", "nsenter", "pivot_root", "go"} {
		if _, err := exec.LookPath(name); err != nil {
			return "needs the program " + name + " (Debian packages iproute2, mount, util-linux)"
		}
	}
	return ""
}

// needsHost skips a test where it cannot run; in CI that is a failure, because
// there nobody reads what was skipped.
func needsHost(t *testing.T) *host {
	t.Helper()
	if theHost != nil {
		return theHost
	}
	if os.Getenv("CI") == "true" && !testing.Short() {
		t.Fatal("the acceptance test must run in CI, and cannot: " + whyNot)
	}
	t.Skip(whyNot)
	return nil
}

// outside makes what needs this machine's network, and starts this program again inside.
func outside() (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	programs, err := Build(ctx, os.Stderr)
	if err != nil {
		return 0, err
	}
	work, err := os.MkdirTemp("", "certwright-acceptance-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	h := host{Programs: programs, Certwright: filepath.Join(work, "certwright"), Work: filepath.Join(work, "memory")}
	build := exec.CommandContext(ctx, "go", "build", "-o", h.Certwright, "./cmd/certwright")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building certwright: %w\n%s", err, out)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return 0, err
	}
	runtime.LockOSThread() // Pdeathsig follows the thread that starts the process
	cmd := exec.CommandContext(ctx, "/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideEnv+"="+string(text))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	err = cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// inside prepares the namespaces that outside made, and runs the tests.
func inside(m *testing.M, text string) int {
	h := new(host)
	err := json.Unmarshal([]byte(text), h)
	if err == nil {
		err = h.prepare()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		return 1
	}
	theHost = h
	return m.Run()
}

// prepare cuts the mounts off from the machine's, and makes a bridge, on which
// the nodes' links will meet, and the folder of programs, which every node shows.
// The tests themselves sit on the bridge, with an address of each family.
func (h *host) prepare() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := os.MkdirAll(h.Work, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", h.Work, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("mounting memory on %s: %w", h.Work, err)
	}
	for name, path := range h.Programs {
		place := filepath.Join(h.Work, "bin", name)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(place, nil, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(path, place, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("showing %s: %w", path, err)
		}
	}
	return shell(`ip link set lo up
ip link add lan type bridge
ip link set lan up
ip addr add 192.168.214.1/24 dev lan
ip addr add fd00:214::1/64 dev lan nodad`)
}

// shell runs a script that prints nothing when it works.
func shell(script string, args ...string) error {
	out, err := exec.Command("sh", append([]string{"-euc", script, "sh"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
