package store

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"path/filepath"
)

// WriteFile writes one file so that a reader, also after a power cut, finds the
// old bytes or the new ones: for drafts and answers, which need no transaction.
// The mode is the file's from its first byte on, whatever the umask. The folder
// has to be there. It refuses to write through a symbolic link. A power cut can
// leave a file .NAME.RANDOM.tmp beside it.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	return writeFile(newSystem(), path, data, mode)
}

func writeFile(sys *system, path string, data []byte, mode fs.FileMode) error {
	in, err := openDir(filepath.Dir(path))
	if err != nil {
		return explain(err, func(p string) string { return p })
	}
	defer in.Close()
	to := at{in, filepath.Base(path)}
	info, err := to.lstat()
	if err != nil {
		return fmt.Errorf("cannot write %q: %w", path, bare(err))
	}
	if info != nil && !info.Mode().IsRegular() {
		return fmt.Errorf("cannot write %q: it is %s; give the name of a file", path, kind(info.Mode()))
	}
	tmp := at{in, "." + to.name + "." + rand.Text()[:10] + ".tmp"}
	err = sys.create(tmp, bytes.NewReader(data), mode.Perm(), nil)
	if err == nil {
		err = sys.rename(tmp, to)
	}
	if err == nil {
		err = sys.syncDir(in)
	}
	if err != nil {
		_ = in.Remove(tmp.name)
		return explain(err, func(p string) string {
			if p == tmp.path() {
				return path
			}
			return p
		})
	}
	return nil
}
