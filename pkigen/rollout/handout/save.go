package handout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/leftover"
)

// Archive is one archive that was written.
type Archive struct {
	Node    string
	File    string // the folder, as it was given, and NODE.tar
	Files   int    // in the archive
	Secrets int    // files among them that hold a private key or a token
	Size    int64  // bytes
	SHA256  string // of the archive, in hexadecimal
}

// ExistsError says that archives lie there already. Nothing was written.
type ExistsError struct{ Files []string }

// Error names the first of them, and how many more there are.
func (e *ExistsError) Error() string {
	if n := len(e.Files) - 1; n > 0 {
		return fmt.Sprintf("%q %s are there already; nothing was written", e.Files[0], spec.More(n))
	}
	return fmt.Sprintf("%q is there already; nothing was written", e.Files[0])
}

// OpenFolderError says that other users can get at what lies in a folder. Nothing was
// written.
type OpenFolderError struct {
	Folder string
	Mode   fs.FileMode
	Above  bool // it is the folder above, in which anybody can put another one in its place
}

// Error names the folder and its mode.
func (e *OpenFolderError) Error() string {
	if e.Above {
		return fmt.Sprintf("anybody can put another folder into the place of one in %q (%04o), and archives hold private keys; nothing was written", e.Folder, e.Mode)
	}
	return fmt.Sprintf("%q is open to other users (%04o), and archives hold private keys; nothing was written", e.Folder, e.Mode)
}

// testOnlyStep is called before each step of a run.
var testOnlyStep = func(string) {}

// writers is how many archives are written at one time: syncs wait for the disk
// and not for a core.
const writers = 8

// Save writes one archive NODE.tar per node (0600) into a folder, which is made
// (0700) if it is not there; the folder above it has to be. It must not lie in
// the directory itself, nor be open to other users, which is an *OpenFolderError. A
// file that is there is replaced only with force, and is else an *ExistsError.
//
// All archives are written and synced in a folder of their own beside their
// places before the first of them gets its name. After an error nothing of them
// is left, but for one that happens while they get their names over older
// files: it says how many have them. What a killed run leaves goes with CleanUp.
func (t *Tree) Save(ctx context.Context, nodes []string, folder string, force bool) (_ []Archive, err error) {
	for _, n := range nodes {
		if err := t.known(n); err != nil {
			return nil, err
		}
	}
	if err := Outside(t.dir, folder); err != nil {
		return nil, err
	}
	s := &saving{tree: t, folder: folder, force: force, archives: make([]Archive, len(nodes))}
	if err := s.begin(nodes); err != nil {
		return nil, err
	}
	defer func() { s.end(err != nil) }()
	g, going := errgroup.WithContext(ctx)
	g.SetLimit(writers)
	for i, n := range nodes {
		if going.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := going.Err(); err != nil {
				return err
			}
			return s.write(i, n)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.archives, s.publish()
}

// CleanUp removes what killed runs have left in a folder for archives, and returns the
// paths. A folder that is not there has nothing.
func CleanUp(folder string) ([]string, error) {
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("cannot open the folder %q: %w", folder, bare(err))
	}
	defer root.Close()
	names, err := leftover.Clean(root, leftover.Handout)
	for i, name := range names {
		names[i] = filepath.Join(folder, name)
	}
	return names, err
}

// Outside refuses a folder in the directory, where what is written into it would become
// part of the set and of every backup of it.
func Outside(dir, folder string) error {
	in, err := real(dir)
	if err != nil {
		return err
	}
	to, err := real(folder)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(in, to); err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("%q lies in %q, and would become part of the directory; give a folder outside it, such as %q",
			folder, dir, dir+"-handout")
	}
	return nil
}

// real is an absolute path without links, as far as it is there.
func real(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if found, err := filepath.EvalSymlinks(abs); err == nil {
		return found, nil
	}
	up := filepath.Dir(abs)
	if up == abs {
		return abs, nil
	}
	above, err := real(up)
	return filepath.Join(above, filepath.Base(abs)), err
}

// saving is one call of Save.
type saving struct {
	tree      *Tree
	folder    string
	force     bool
	made      bool // the folder was made by us
	root      *os.Root
	staging   *leftover.Folder // below the folder; nil where there is none yet
	published []string
	archives  []Archive
}

func fileOf(node string) string { return node + ".tar" }

// begin makes the folder and the staging folder, and looks for older archives.
func (s *saving) begin(nodes []string) error {
	err := os.Mkdir(s.folder, 0o700)
	s.made = err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("cannot make the folder %q: %w", s.folder, bare(err))
	}
	if s.root, err = os.OpenRoot(s.folder); err != nil {
		return fmt.Errorf("cannot open the folder %q: %w", s.folder, bare(err))
	}
	if err = s.closedToOthers(); err == nil {
		err = s.free(nodes)
	}
	if err == nil {
		if s.staging, err = leftover.Make(s.root, leftover.Handout); err != nil {
			err = fmt.Errorf("cannot write into the folder %q: %w", s.folder, bare(err))
		}
	}
	if err != nil {
		s.end(true)
	}
	return err
}

// closedToOthers refuses a folder that others can read or write, and one that others
// could replace by another.
func (s *saving) closedToOthers() error {
	if !modesCount {
		return nil
	}
	info, err := s.root.Stat(".")
	if err != nil {
		return fmt.Errorf("cannot look at the folder %q: %w", s.folder, bare(err))
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return &OpenFolderError{Folder: s.folder, Mode: mode}
	}
	up := filepath.Dir(filepath.Clean(s.folder))
	if info, err = os.Stat(up); err != nil {
		return fmt.Errorf("cannot look at the folder %q: %w", up, bare(err))
	}
	if mode := info.Mode(); mode&0o002 != 0 && mode&fs.ModeSticky == 0 {
		return &OpenFolderError{Folder: up, Mode: mode.Perm(), Above: true}
	}
	return nil
}

// free refuses the run where an archive would replace something.
func (s *saving) free(nodes []string) error {
	var there []string
	for _, n := range nodes {
		info, err := s.root.Lstat(fileOf(n))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("cannot look at %q: %w", s.shown(n), bare(err))
		case !info.Mode().IsRegular():
			return fmt.Errorf("%q is %s: move it away, or give another folder", s.shown(n), walk.Kind(info.Mode()))
		default:
			there = append(there, s.shown(n))
		}
	}
	if len(there) > 0 && !s.force {
		return &ExistsError{there}
	}
	return nil
}

// at is where an archive lies until it gets its name.
func (s *saving) at(node string) string { return s.staging.Name + "/" + fileOf(node) }

func (s *saving) shown(node string) string { return filepath.Join(s.folder, fileOf(node)) }

// write reads a node and writes its archive into the staging folder.
func (s *saving) write(i int, name string) error {
	testOnlyStep("writing")
	node, err := s.tree.Node(name)
	if err != nil {
		return err
	}
	a := Archive{Node: name, File: s.shown(name), Files: node.Files, Secrets: node.Secrets}
	f, err := s.root.OpenFile(s.at(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write %q: %w", a.File, bare(err))
	}
	sum := sha256.New()
	count := &counter{w: io.MultiWriter(f, sum)}
	// The mode first: an umask may have taken our own rights, and some file
	// systems have none, where a key would be open to all.
	err = closed(f)
	if err == nil {
		err = node.Write(count)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot write %q: %w", a.File, bare(err))
	}
	a.Size, a.SHA256 = count.n, hex.EncodeToString(sum.Sum(nil))
	when := timeOf(node.made(), render.Sum(sum.Sum(nil)))
	if err := s.root.Chtimes(s.at(name), when, when); err != nil {
		return fmt.Errorf("cannot set the time of %q: %w", a.File, bare(err))
	}
	s.archives[i] = a
	return nil
}

// closed makes a file 0600, and refuses one that does not become it.
func closed(f *os.File) error {
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && modesCount && info.Mode().Perm() != 0o600 {
		err = fmt.Errorf("its mode stays %04o, and it would hold private keys: give a folder on a file system with modes", info.Mode().Perm())
	}
	return err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// publish gives the archives their names.
func (s *saving) publish() error {
	for i, a := range s.archives {
		testOnlyStep("naming")
		if err := s.name(a.Node); err != nil {
			if s.force && i > 0 {
				err = fmt.Errorf("%w; %d of %d archives are new already", err, i, len(s.archives))
			}
			return err
		}
		s.published = append(s.published, fileOf(a.Node))
	}
	testOnlyStep("named")
	if err := syncFolder(s.root); err != nil {
		return fmt.Errorf("cannot sync the folder %q: %w", s.folder, bare(err))
	}
	return nil
}

// name moves one archive to its place. A link fails where a file has appeared
// meanwhile, and a rename would replace it.
func (s *saving) name(node string) error {
	from, to := s.at(node), fileOf(node)
	var err error
	if s.force {
		err = s.root.Rename(from, to)
	} else if err = s.root.Link(from, to); err != nil && !errors.Is(err, fs.ErrExist) {
		// A file system without links.
		if _, err = s.root.Lstat(to); err == nil {
			err = fs.ErrExist
		} else {
			err = s.root.Rename(from, to)
		}
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return &ExistsError{[]string{s.shown(node)}}
	case err != nil:
		return fmt.Errorf("cannot write %q: %w", s.shown(node), bare(err))
	}
	return nil
}

// end removes the staging folder and, after an error, what the run has made.
func (s *saving) end(failed bool) {
	if s.staging != nil {
		_ = s.staging.Remove()
	}
	if failed && !s.force {
		for _, name := range s.published {
			s.root.Remove(name)
		}
	}
	s.root.Close()
	if failed && s.made {
		os.Remove(s.folder) // only where it is empty
	}
}

// Folder is where archives go unless another folder is named: beside the
// directory, so that they become no part of it.
func Folder(dir string) (string, error) {
	clean := filepath.Clean(dir)
	if base := filepath.Base(clean); base == "." || base == ".." {
		abs, err := filepath.Abs(clean)
		if err != nil {
			return "", err
		}
		clean = abs
	}
	return strings.TrimSuffix(clean, string(filepath.Separator)) + "-handout", nil
}
