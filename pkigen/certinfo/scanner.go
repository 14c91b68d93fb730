package certinfo

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile is the size above which a file is not read: the largest PKI file seen
// is a bundle of public CAs with a quarter of it.
const maxFile = 1 << 20

var errNoPaths = errors.New("no path given: name files or directories")

// scanner collects entries. Private keys are compared and forgotten: only their
// public halves are kept, to find the certificates that they fit.
type scanner struct {
	ctx     context.Context
	limit   Limit
	entries []Entry
	stopped string // the first file that was left out, once the limit is reached
}

// over tells, before something is looked at, that the scan is over.
func (s *scanner) over(next string) bool {
	if s.stopped == "" && s.limit.Entries > 0 && len(s.entries) >= s.limit.Entries {
		s.stopped = next
	}
	return s.stopped != "" || s.ctx.Err() != nil
}

func (s *scanner) add(e Entry) { s.entries = append(s.entries, e) }

func (s *scanner) fail(file string, err error) {
	s.add(Entry{File: file, Kind: Other, Error: reason(err)})
}

// reason is an error without the path, which the entry has already.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Op + ": " + pe.Err.Error()
	}
	return err.Error()
}

// path reads what was named on the command line: links are followed, and hidden
// files are read, since somebody asked for them.
func (s *scanner) path(name string, depth int) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		s.fail(name, err)
	case info.IsDir():
		s.dir(name, depth+1)
	default:
		s.file(name, info)
	}
}

// dir reads a directory in sorted order, and below it. Links to files are
// followed, as the kubelet's own directory has some; links to directories are
// not, so that no loop can catch the walk. depth counts from 1.
func (s *scanner) dir(name string, depth int) {
	switch {
	case s.limit.Depth > 0 && depth > s.limit.Depth:
		s.add(Entry{File: name, Kind: Other, Note: "skipped: too deep"})
		return
	case ofKernel(name):
		s.add(Entry{File: name, Kind: Other, Note: "skipped: files of the kernel"})
		return
	}
	list, err := os.ReadDir(name)
	if err != nil {
		s.fail(name, err)
		return
	}
	for _, d := range list {
		child := filepath.Join(name, d.Name())
		if s.over(child) {
			return
		}
		switch {
		case strings.HasPrefix(d.Name(), "."):
			s.add(Entry{File: child, Kind: Other, Note: "skipped: hidden"})
		case d.Type()&fs.ModeSymlink != 0 && isDir(child):
			s.add(Entry{File: child, Kind: Other, Note: "skipped: a symbolic link to a directory"})
		default:
			s.path(child, depth)
		}
	}
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// file reads one file, unless it is empty, too large, or none that ends, such as
// a pipe. It decides by what the system says of it: to open a device can be an
// act of its own.
func (s *scanner) file(name string, info fs.FileInfo) {
	switch {
	case !info.Mode().IsRegular():
		s.add(Entry{File: name, Kind: Other, Note: "skipped: not a regular file"})
		return
	case info.Size() == 0:
		s.add(Entry{File: name, Kind: Other, Error: errEmpty})
		return
	case info.Size() > maxFile:
		s.add(Entry{File: name, Kind: Other, Note: "skipped: larger than 1 MiB"})
		return
	}
	data, err := readFile(name)
	if err != nil {
		s.fail(name, err)
		return
	}
	s.contents(name, data)
}

// errEmpty is the finding on a file without bytes.
const errEmpty = "the file is empty"

// readFile reads a file, but not more of it than maxFile: it may have grown
// since it was looked at. Where a pipe or a device has taken its place, it is
// not waited for and not read.
func readFile(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, cmp.Or(err, errors.New("not a regular file any more"))
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("larger than 1 MiB")
	}
	return data, err
}
