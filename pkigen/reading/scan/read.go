package scan

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"

	"certwright/pkigen/reading/walk"
)

// sumsFile is a list of sums, whose text is kept.
const sumsFile = "SHA256SUMS"

// Most is how many files are looked at: no PKI comes near it.
const Most = 500_000

// Read reads a directory. Its error is for a directory that cannot be read at
// all, or for a ctx that ended; everything else is told in the files.
func Read(ctx context.Context, root string) (*Scan, error) {
	s := &Scan{Root: root, byPath: map[string]*File{}, Folders: map[string]fs.FileMode{}}
	var readable []*File
	var top error
	w := walk.Walker{
		Root: root,
		More: func(string) bool { return ctx.Err() == nil },
		Visit: func(f walk.Found) bool {
			rel, err := filepath.Rel(root, f.Path)
			if rel == "." && (f.Err != nil || f.Skip != "" || f.Info != nil) {
				switch {
				case f.Err != nil:
					top = fmt.Errorf("%q cannot be read: %w; name a directory that holds certificates", root, cause(f.Err))
				case f.Skip != "":
					top = fmt.Errorf("%s: is not looked at: %s", root, f.Skip)
				default:
					top = fmt.Errorf("%s: is no directory; name one that holds certificates", root)
				}
				return false
			}
			if err != nil || len(s.Files) >= Most {
				s.Cut = f.Path
				return false
			}
			file := newFile(filepath.ToSlash(rel), f)
			if at, err := filepath.Rel(root, f.At); f.At != "" && err == nil && file != nil {
				file.at = filepath.ToSlash(at)
			}
			if file == nil {
				return true
			}
			s.Files = append(s.Files, file)
			if len(file.Oddities) == 0 {
				readable = append(readable, file)
			}
			return true
		},
	}
	w.Path(root)
	switch {
	case top != nil:
		return nil, top
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	if err := readAll(ctx, root, readable); err != nil {
		return nil, err
	}
	slices.SortFunc(s.Files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range s.Files {
		s.byPath[f.Path] = f
		s.folder(f)
	}
	return s, nil
}

// folder notes the mode of the folder of a file that has to do with certificates.
func (s *Scan) folder(f *File) {
	dir := path.Dir(f.Path)
	if _, known := s.Folders[dir]; known || len(f.Blocks) == 0 && f.Config == nil {
		return
	}
	if info, err := os.Stat(filepath.Join(s.Root, filepath.FromSlash(dir))); err == nil {
		s.Folders[dir] = info.Mode()
	}
}

// cause is an error without its path and its system call.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// newFile is a file before it is read; nil for what need not be told of.
func newFile(path string, found walk.Found) *File {
	f := &File{Path: path, Link: found.Link, Dir: found.Dir}
	if found.Info != nil {
		f.Mode, f.Size = found.Info.Mode(), int(found.Info.Size())
	}
	switch {
	case errors.Is(found.Err, syscall.ELOOP):
		f.odd(LinkLoop, "its links lead back to themselves")
	case found.Link && errors.Is(found.Err, fs.ErrNotExist):
		f.odd(LinkDangling, "what it leads to is not there")
	case found.Err != nil:
		f.unread(found.Err)
	case found.Skip == walk.TooLarge:
		f.odd(TooLarge, "larger than 1 MiB")
	case found.Skip == walk.Hidden && !found.Dir:
		return nil // nobody told a component of it
	case found.Skip == walk.Hidden:
		f.odd(HiddenFolder, "")
	case found.Skip != "":
		f.odd(NotRecognised, string(found.Skip))
	case found.Info.Size() == 0:
		f.odd(Empty, "no byte in it")
	}
	return f
}

// unread notes why a file or folder was not read. That its owner keeps it from this
// user says nothing against it.
func (f *File) unread(err error) {
	if errors.Is(err, fs.ErrPermission) {
		f.odd(Unreadable, "permission denied")
		return
	}
	f.odd(Unreadable, walk.Reason(err))
}

// readAll reads files on all processors. What has the same bytes is parsed once:
// one CA lies on every node.
func readAll(ctx context.Context, root string, files []*File) error {
	c := &contents{seen: map[[sha256.Size]byte]*File{}}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	const batch = 64
	for part := range slices.Chunk(files, batch) {
		g.Go(func() error {
			for _, f := range part {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				c.read(f.Below(root), f)
			}
			return nil
		})
	}
	return g.Wait()
}

// contents reads files and remembers what it has parsed.
type contents struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]*File
}

func (c *contents) read(name string, f *File) {
	data, err := walk.ReadFile(name)
	if err != nil {
		f.unread(err)
		return
	}
	f.Size, f.Sum = len(data), sha256.Sum256(data)
	if path.Base(f.Path) == sumsFile {
		f.Text = data
	}
	c.mu.Lock()
	same := c.seen[f.Sum]
	c.mu.Unlock()
	if same != nil {
		f.Blocks, f.Config, f.Kubeconfig, f.Tokens, f.Oddities = same.Blocks, same.Config, same.Kubeconfig, same.Tokens, same.Oddities
		return
	}
	f.parse(data)
	if len(f.Blocks) == 0 && f.Config == nil {
		return // what it means depends on its name too
	}
	c.mu.Lock()
	c.seen[f.Sum] = f
	c.mu.Unlock()
}
