//go:build unix

package ptytest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"
)

// DefaultTimeout is how long See, NotSee, Press and Wait are patient. It is far
// more than any program needs, for machines that are busy with other tests.
const DefaultTimeout = 60 * time.Second

// Options says what to start and on what terminal.
type Options struct {
	Args    []string      // the program and its arguments; required
	Env     []string      // KEY=VALUE, added to PATH, HOME (an empty folder), TERM=xterm-256color and LANG=C.UTF-8
	Dir     string        // working directory; "" is the test's
	Cols    int           // 0 is 80
	Rows    int           // 0 is 24
	Timeout time.Duration // 0 is DefaultTimeout
}

// Term is a program running on a terminal. Its methods are called from the
// test's goroutine.
type Term struct {
	t       testing.TB
	cmd     *exec.Cmd
	timeout time.Duration
	started time.Time

	master *os.File
	slave  *os.File    // kept open: it holds the terminal's settings when the program has gone
	before *term.State // the settings at the start

	mu      sync.Mutex
	emu     *vt.Emulator // plain, not vt.SafeEmulator, whose String takes no lock
	raw     []byte
	first   time.Duration      // until something was on the screen; 0 is never
	modes   map[ansi.Mode]bool // those the program has switched on (true) or off
	alt     bool
	changed chan struct{} // closed, and made again, after each change of the screen
	after   *term.State   // the settings at the end

	exited chan struct{} // closed when the program has ended and all it wrote is on the screen
}

// Start runs a program on a new terminal. When the test ends, the program is
// killed if it still runs.
func Start(t testing.TB, o Options) *Term {
	t.Helper()
	if len(o.Args) == 0 {
		t.Fatal("ptytest: no program to start")
	}
	if o.Cols == 0 {
		o.Cols = 80
	}
	if o.Rows == 0 {
		o.Rows = 24
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("ptytest: open a pty: %v", err)
	}
	x := &Term{
		t: t, timeout: o.Timeout, master: master, slave: slave,
		emu: vt.NewEmulator(o.Cols, o.Rows), modes: make(map[ansi.Mode]bool),
		changed: make(chan struct{}), exited: make(chan struct{}),
	}
	x.emu.SetCallbacks(vt.Callbacks{
		AltScreen:   func(on bool) { x.alt = on },
		EnableMode:  func(mode ansi.Mode) { x.modes[mode] = true },
		DisableMode: func(mode ansi.Mode) { x.modes[mode] = false },
	})
	if err := pty.Setsize(master, winsize(o.Cols, o.Rows)); err != nil {
		t.Fatalf("ptytest: set the size: %v", err)
	}
	if x.before, err = term.GetState(int(slave.Fd())); err != nil {
		t.Fatalf("ptytest: read the terminal's settings: %v", err)
	}
	x.cmd = exec.Command(o.Args[0], o.Args[1:]...)
	x.cmd.Dir = o.Dir
	x.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm-256color", "LANG=C.UTF-8",
	}, o.Env...)
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	x.started = time.Now()
	if err := x.cmd.Start(); err != nil {
		t.Fatalf("ptytest: start %q: %v", o.Args, err)
	}
	x.run()
	return x
}

// run starts the goroutines that keep the screen up to date, and their end.
func (x *Term) run() {
	// The emulator answers queries into a pipe, and stands still until someone reads
	// it. Reading and forgetting is what makes this terminal mute.
	go func() { _, _ = io.Copy(io.Discard, x.emu) }()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		x.read()
	}()
	go func() {
		_ = x.cmd.Wait()
		x.mu.Lock()
		x.after, _ = term.GetState(int(x.slave.Fd()))
		// Without a slave the master reads what is left, and then its end;
		// unless a child of the program still holds the terminal.
		_ = x.slave.Close()
		x.mu.Unlock()
		select {
		case <-drained:
		case <-time.After(x.timeout):
		}
		close(x.exited)
	}()
	x.t.Cleanup(func() {
		select {
		case <-x.exited:
		default:
			// The program leads a process group of its own: its children go too.
			_ = syscall.Kill(-x.cmd.Process.Pid, syscall.SIGKILL)
			<-x.exited
		}
		_ = x.master.Close()
		if pipe, ok := x.emu.InputPipe().(io.Closer); ok {
			_ = pipe.Close() // Emulator.Close would race with the reader of the answers
		}
	})
}

// read brings what the program writes to the screen until there is no more.
func (x *Term) read() {
	buf := make([]byte, 32<<10)
	for {
		n, err := x.master.Read(buf)
		if n > 0 {
			now := time.Since(x.started)
			x.mu.Lock()
			x.raw = append(x.raw, buf[:n]...)
			_, _ = x.emu.Write(buf[:n])
			if x.first == 0 && strings.TrimSpace(x.emu.String()) != "" {
				x.first = now
			}
			x.notify()
			x.mu.Unlock()
		}
		if err != nil { // EIO on Linux, EOF elsewhere: the slave is closed
			return
		}
	}
}

// notify wakes those who wait for a change; x.mu is held.
func (x *Term) notify() {
	close(x.changed)
	x.changed = make(chan struct{})
}

func winsize(cols, rows int) *pty.Winsize {
	return &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}
}

// Resize changes the size of the terminal, which the program learns by
// SIGWINCH.
func (x *Term) Resize(cols, rows int) {
	x.t.Helper()
	x.mu.Lock()
	x.emu.Resize(cols, rows)
	x.notify()
	x.mu.Unlock()
	if err := pty.Setsize(x.master, winsize(cols, rows)); err != nil {
		x.t.Fatalf("ptytest: resize to %dx%d: %v", cols, rows, err)
	}
}

// Press sends keys as the bytes a terminal sends for them.
func (x *Term) Press(keys string) {
	x.t.Helper()
	// The driver's buffer is small: a long text waits for the program to read.
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(x.master, keys)
		written <- err
	}()
	select {
	case err := <-written:
		if err != nil {
			x.t.Fatalf("ptytest: press %q: %v%s", clip(keys), err, x.dump())
		}
	case <-time.After(x.timeout):
		x.t.Fatalf("ptytest: the program has not read %q for %v%s", clip(keys), x.timeout, x.dump())
	}
}

// Type sends text the way a terminal without bracketed paste does: newlines
// become Enter.
func (x *Term) Type(text string) {
	x.t.Helper()
	x.Press(strings.ReplaceAll(text, "\n", Enter))
}

// Paste sends text as a bracketed paste. The program must have asked for
// bracketed paste, else a terminal would not send one.
func (x *Term) Paste(text string) {
	x.t.Helper()
	if !x.Mode(ansi.ModeBracketedPaste) {
		x.t.Fatalf("ptytest: the program has not asked for bracketed paste%s", x.dump())
	}
	x.Press(ansi.BracketedPasteStart + text + ansi.BracketedPasteEnd)
}

// Signal sends a signal to the program (not to its children).
func (x *Term) Signal(sig syscall.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(sig); err != nil {
		x.t.Fatalf("ptytest: send %v: %v%s", sig, err, x.dump())
	}
}

// Pid returns the program's process id.
func (x *Term) Pid() int { return x.cmd.Process.Pid }

// Wait waits for the program to end, and returns its exit code and 0, or -1 and
// the signal that ended it.
func (x *Term) Wait() (code int, sig syscall.Signal) {
	x.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(x.timeout):
		x.t.Fatalf("ptytest: the program has not expired after %v%s", x.timeout, x.dump())
	}
	if status, ok := x.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return -1, status.Signal()
	}
	return x.cmd.ProcessState.ExitCode(), 0
}

// clip shortens text for a message.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

// dump returns the screen in a frame, for a failure.
func (x *Term) dump() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	width := x.emu.Width()
	var b strings.Builder
	fmt.Fprintf(&b, "\nthe screen, %dx%d, after %v:\n", width, x.emu.Height(), time.Since(x.started).Round(time.Millisecond))
	for _, line := range lines(x.emu) {
		fmt.Fprintf(&b, "  |%s\n", line)
	}
	if len(x.raw) == 0 {
		b.WriteString("  (the program has written nothing)\n")
	}
	return b.String()
}

// lines returns the screen row by row without trailing spaces.
func lines(emu *vt.Emulator) []string {
	rows := make([]string, emu.Height())
	for y := range rows {
		var row strings.Builder
		for cx := 0; cx < emu.Width(); {
			cell := emu.CellAt(cx, y)
			row.WriteString(content(cell))
			cx += max(cellWidth(cell), 1)
		}
		rows[y] = strings.TrimRight(row.String(), " ")
	}
	return rows
}

func content(cell *uv.Cell) string {
	if cell == nil || cell.Content == "" {
		return " "
	}
	return cell.Content
}

func cellWidth(cell *uv.Cell) int {
	if cell == nil {
		return 1
	}
	return cell.Width
}
