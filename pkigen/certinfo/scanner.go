package certinfo

import (
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
	entries []Entry
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
func (s *scanner) path(name string) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		s.fail(name, err)
	case info.IsDir():
		s.dir(name)
	default:
		s.file(name, info)
	}
}

// dir reads a directory in sorted order, and below it. Links to files are
// followed, as the kubelet's own directory has some; links to directories are
// not, so that no loop can catch the walk.
func (s *scanner) dir(name string) {
	list, err := os.ReadDir(name)
	if err != nil {
		s.fail(name, err)
		return
	}
	for _, d := range list {
		child := filepath.Join(name, d.Name())
		switch {
		case strings.HasPrefix(d.Name(), "."):
			s.add(Entry{File: child, Kind: Other, Note: "skipped: hidden"})
		case d.Type()&fs.ModeSymlink != 0 && isDir(child):
			s.add(Entry{File: child, Kind: Other, Note: "skipped: a symbolic link to a directory"})
		default:
			s.path(child)
		}
	}
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// file reads one file, unless it is too large or none that ends, such as a pipe.
func (s *scanner) file(name string, info fs.FileInfo) {
	switch {
	case !info.Mode().IsRegular():
		s.add(Entry{File: name, Kind: Other, Note: "skipped: not a regular file"})
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

// readFile reads a file, but not more of it than maxFile: it may have grown since.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("larger than 1 MiB")
	}
	return data, err
}
