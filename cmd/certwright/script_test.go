//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary the programs that the scripts run.
func TestMain(m *testing.M) {
	testscript.Main(inMemory{m}, map[string]func(){
		"certwright": main,
		"exits":      exits,
		"modes":      modes,
		"snapshot":   snapshot,
		"keys":       keys,
		"jsonget":    jsonget,
		"hostile":    hostile,
		"ages":       ages,
		"killed":     killed,
	})
}

// inMemory runs tests with their directories in memory, where there is such a place: what
// they wait for else are syncs.
type inMemory struct{ *testing.M }

func (m inMemory) Run() int {
	if dir, err := os.MkdirTemp("/dev/shm", "certwright-test-"); err == nil {
		defer os.RemoveAll(dir)
		os.Setenv("TMPDIR", dir)
	}
	return m.M.Run()
}

func TestScripts(t *testing.T) {
	article, err := os.ReadFile(filepath.Join("..", "..", "steps", "testdata", "article.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// The real tool, from the module that go.mod names, built when a script asks.
	tool := filepath.Join(t.TempDir(), "cfssl-certinfo")
	buildCertinfo := sync.OnceValue(func() error {
		cmd := exec.Command("go", "build", "-o", tool, "github.com/cloudflare/cfssl/cmd/cfssl-certinfo")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building cfssl-certinfo: %w\n%s", err, out)
		}
		return nil
	})
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// A home of its own, so that drafts go nowhere else.
			home := filepath.Join(env.WorkDir, ".home")
			env.Setenv("HOME", home)
			for _, name := range []string{"XDG_STATE_HOME", "ACCESSIBLE", "TERM", "NO_COLOR"} {
				env.Setenv(name, "")
			}
			// RSA where it is the point, ECDSA everywhere else: it is made at once.
			if err := os.WriteFile(filepath.Join(env.WorkDir, "article.yaml"), article, 0o644); err != nil {
				return err
			}
			return os.Mkdir(home, 0o700)
		},
		// mounts: file systems can be mounted, an overlay among them, where nobody else
		// sees it.
		Condition: func(name string) (bool, error) {
			if name != "mounts" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return exec.Command("unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m && "+
				"mount -t overlay overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w,redirect_dir=off /mnt/m").Run() == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"cfssl-tool": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Check(buildCertinfo())
				ts.Setenv("CFSSL_CERTINFO", tool)
			},
			// within DURATION waits until so much of the present minute is left:
			// certificates begin and end with a minute.
			"within": func(ts *testscript.TestScript, _ bool, args []string) {
				left, err := time.ParseDuration(args[0])
				ts.Check(err)
				if now := time.Now(); now.Truncate(time.Minute).Add(time.Minute).Sub(now) < left {
					time.Sleep(time.Until(now.Truncate(time.Minute).Add(time.Minute)))
				}
			},
		},
	})
}

// killed runs "killed STEP WORDS..." as certwright with these words, and kills
// itself at the second time that lab new comes to the step.
func killed() {
	until, count := os.Args[1], new(atomic.Int32)
	testOnlyLabStep = func(step string) {
		if step == until && count.Add(1) == 2 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	os.Args = append(os.Args[:1], os.Args[2:]...)
	main()
}

// exits runs "exits CODE PROGRAM ARGS..." and fails unless the program ends with
// that code: testscript itself tells only success from failure.
func exits() {
	want, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if got != want {
		fmt.Fprintf(os.Stderr, "exit code %d, want %d\n", got, want)
		os.Exit(1)
	}
}
