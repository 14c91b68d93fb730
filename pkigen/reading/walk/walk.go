// Package walk goes through directories that others made, and is how files are
// read: without waiting for anything that is no file. Pipes, devices, and the
// file systems in which the kernel shows itself are told of and not opened. No
// loop of links catches it, and a directory that another run puts in the place
// of the one that is read is noticed.
package walk

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Found is one file, or a place where the walk did not go on.
type Found struct {
	Path string      // as it was given or walked to
	Info fs.FileInfo // of what a link points to; nil where Err is set
	Link bool        // reached over a symbolic link
	// At is where to read it, if not at Path: an absolute link in a folder that was
	// copied from another machine leads to where that machine's file lies below Root.
	At   string
	Skip Skip  // why it is not to be read; "" for a file to read
	Err  error // why nothing is known of it
	Dir  bool  // Skip or Err is of a folder, and of all that is in it
}

// Skip is a reason for which something was not read.
type Skip string

// The reasons, as they are shown after "skipped: ".
const (
	TooDeep     Skip = "too deep"
	OfKernel    Skip = "files of the kernel"
	Hidden      Skip = "hidden"
	LinkedDir   Skip = "a symbolic link to a directory"
	NotRegular  Skip = "not a regular file"
	TooLarge    Skip = "larger than 1 MiB"
	skippedText      = "skipped: "
)

// Note is the reason for people: "skipped: hidden".
func (s Skip) Note() string { return skippedText + string(s) }

// Walker goes through paths.
type Walker struct {
	// Depth is how many folders below a named directory are gone into; 0 for no
	// bound, 1 for the directory's own files only.
	Depth int
	// Visit gets everything that is found, directories in sorted order. It
	// returns false to end the walk.
	Visit func(Found) bool
	// Root is the folder in which absolute links are looked for before they are
	// taken as the system has them; "" for none.
	Root string
	// More is asked before something is looked at; nil for always.
	More func(path string) bool
}

// Path walks what was named: links are followed, and hidden files are read,
// since somebody asked for them. It returns false when the walk was ended.
func (w *Walker) Path(name string) bool { return w.path(name, 0) }

func (w *Walker) path(name string, depth int) bool {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return w.Visit(Found{Path: name, Err: err})
	case info.IsDir():
		return w.dir(name, depth+1)
	default:
		return w.Visit(Found{Path: name, Info: info, Skip: unfit(info)})
	}
}

// unfit decides by what the system says of a file: to open a device can be an
// act of its own.
func unfit(info fs.FileInfo) Skip {
	switch {
	case !info.Mode().IsRegular():
		return NotRegular
	case info.Size() > LargestFile:
		return TooLarge
	}
	return ""
}

// dir walks a directory in sorted order, and below it. Links to files are
// followed, as the kubelet's own directory has some; links to directories are
// not, so that no loop can catch the walk. depth counts from 1.
func (w *Walker) dir(name string, depth int) bool {
	switch {
	case w.Depth > 0 && depth > w.Depth:
		return w.Visit(Found{Path: name, Skip: TooDeep})
	case ofKernel(name):
		return w.Visit(Found{Path: name, Skip: OfKernel})
	}
	list, err := os.ReadDir(name)
	if err != nil {
		return w.Visit(Found{Path: name, Err: err, Dir: true})
	}
	for _, d := range list {
		child := filepath.Join(name, d.Name())
		if w.More != nil && !w.More(child) || !w.child(child, d, depth) {
			return false
		}
	}
	return true
}

func (w *Walker) child(name string, d fs.DirEntry, depth int) bool {
	switch link := d.Type()&fs.ModeSymlink != 0; {
	case strings.HasPrefix(d.Name(), "."):
		return w.Visit(Found{Path: name, Link: link, Dir: d.IsDir(), Skip: Hidden})
	case link:
		return w.Visit(w.link(name))
	default:
		return w.path(name, depth)
	}
}

// link looks at what a symbolic link leads to.
func (w *Walker) link(name string) Found {
	f := Found{Path: name, Link: true, At: w.below(name)}
	info, err := os.Stat(cmp.Or(f.At, name))
	switch {
	case err != nil:
		f.Err = err
	case info.IsDir():
		f.Skip = LinkedDir
	default:
		f.Info, f.Skip = info, unfit(info)
	}
	return f
}

// below finds the target of an absolute link in the folders above the link, up to
// Root: under its whole path, or where the system has no such file, under as much
// of the path as is there. It is "" where there is none, and for any other link.
func (w *Walker) below(name string) string {
	target, err := os.Readlink(name)
	if w.Root == "" || err != nil || !filepath.IsAbs(target) {
		return ""
	}
	target = filepath.Clean(target)
	at := w.above(name, target)
	if _, err := os.Stat(name); at != "" || err == nil {
		return at
	}
	for rest := dropFirst(target); rest != "" && at == ""; rest = dropFirst(rest) {
		at = w.above(name, rest)
	}
	return at
}

// above finds a file of this path in a folder above name, the nearest first.
func (w *Walker) above(name, rest string) string {
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		at := filepath.Join(dir, rest)
		if info, err := os.Lstat(at); err == nil && info.Mode().IsRegular() {
			return at
		}
		if dir == filepath.Clean(w.Root) || dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// dropFirst is a path without its first folder; "" where only the name is left.
func dropFirst(p string) string {
	p = strings.TrimPrefix(p, string(filepath.Separator))
	if at := strings.IndexByte(p, filepath.Separator); at >= 0 {
		return p[at:]
	}
	return ""
}
