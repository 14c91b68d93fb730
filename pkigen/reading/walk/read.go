package walk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// LargestFile is the size in bytes above which a file is not read: the largest
// PKI file seen is a bundle of public CAs with a quarter of it.
const LargestFile = 1 << 20

// UnfitError says why something is not read.
type UnfitError struct {
	Path string
	Why  string
}

// Error says what is not read, and why.
func (e *UnfitError) Error() string { return fmt.Sprintf("cannot read %q: %s", e.Path, e.Why) }

// ReadFile is Read for a file of a PKI.
func ReadFile(name string) ([]byte, error) { return Read(name, LargestFile) }

// Read reads a file of at most so many bytes. What is no file, or a link to
// something that is none, is an *UnfitError and not waited for; and so is what is
// larger, or has become a pipe since it was looked at.
func Read(name string, most int64) ([]byte, error) {
	// To open a device can be an act of its own, so that is not even tried.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, noFile(name, info)
	}
	f, err := os.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, noFile(name, info)
	}
	return readAll(f, info.Size(), most)
}

// ReadGiven is Read for a file that the command line names. A shell's <(command)
// names a pipe there that the caller holds open, /dev/fd/63, and is read to its
// end, as the standard input is.
func ReadGiven(name string, most int64) ([]byte, error) {
	if name != "/dev/stdin" && !strings.HasPrefix(name, "/dev/fd/") && !strings.HasPrefix(name, "/proc/self/fd/") {
		return Read(name, most)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, 0, most)
}

// readAll reads to the end, into a buffer that mostly is large enough already.
func readAll(f *os.File, size, most int64) ([]byte, error) {
	data := make([]byte, 0, min(size, most)+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > most:
			return nil, &UnfitError{f.Name(), fmt.Sprintf("it is larger than %d MiB", most>>20)}
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

func noFile(name string, info fs.FileInfo) error {
	return &UnfitError{name, "it is " + Kind(info.Mode()) + ", and has to be a file"}
}

// Kind names what a path leads to: "a named pipe".
func Kind(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	case m.IsRegular():
		return "a file"
	}
	return "neither a file nor a folder"
}

// Reason is an error without the path, which its reader has already.
func Reason(err error) string {
	var unfit *UnfitError
	var pe *fs.PathError
	switch {
	case errors.As(err, &unfit):
		return unfit.Why
	case errors.As(err, &pe):
		return pe.Op + ": " + pe.Err.Error()
	}
	return err.Error()
}
