//go:build unix

package ascii

import (
	"bytes"
	"os"
	"regexp"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// patience is how long a terminal may take to answer. One that answers nothing must not
// keep the first page back for longer than one notices.
const patience = 30 * time.Millisecond

// Needed reports whether the terminal has to be spoken to in ASCII. The locale is
// believed where it says UTF-8, but not within GNU screen, which may have been started
// without; elsewhere the terminal is asked, since many understand more than LC_ALL=C says.
func Needed(getenv func(string) string, in, out *os.File) bool {
	if Locale(getenv) && getenv("STY") == "" {
		return false
	}
	utf8, answered := asked(in, out, patience)
	if !answered {
		return !Locale(getenv)
	}
	return !utf8
}

// report is a cursor position, as a terminal answers it.
var report = regexp.MustCompile(`\x1b\[\d+;(\d+)R`)

// asked prints a letter of two bytes and asks where the cursor is then: a terminal that
// takes it for one letter understands UTF-8. The line is empty again afterwards.
func asked(in, out *os.File, patience time.Duration) (utf8, answered bool) {
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return false, false
	}
	defer func() { _ = term.Restore(int(in.Fd()), state) }()
	if _, err := out.WriteString("\ré\x1b[6n"); err != nil {
		return false, false
	}
	defer func() { _, _ = out.WriteString("\r\x1b[K") }()
	var said []byte
	for end := time.Now().Add(patience); ; {
		if !readable(int(in.Fd()), time.Until(end)) {
			return false, false
		}
		var some [32]byte
		n, err := in.Read(some[:])
		if err != nil {
			return false, false
		}
		said = append(said, some[:n]...)
		if at := report.FindSubmatch(said); at != nil {
			return bytes.Equal(at[1], []byte("2")), true
		}
	}
}

// readable waits until there is something to read.
func readable(fd int, patience time.Duration) bool {
	if patience <= 0 {
		return false
	}
	var set unix.FdSet
	set.Set(fd)
	wait := unix.NsecToTimeval(int64(patience))
	n, err := unix.Select(fd+1, &set, nil, nil, &wait)
	return err == nil && n > 0
}
