package pkigen

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/certinfo"
)

// unmanagedError refuses to lay a set into a directory with certificates or private
// keys of something else: kubeadm's /etc/kubernetes, whose manifests folder the
// kubelet runs, or a folder with the keys of other servers.
type unmanagedError struct {
	Dir   string
	Files []string // as paths from where the program stands
}

// Error lists the first few.
func (e *unmanagedError) Error() string {
	return fmt.Sprintf("%q holds certificates or keys of something else, and nothing of this set: "+
		"give a folder of its own, or go on with what lies there by certwright adopt\n  %s", e.Dir, firstLines(e.Files))
}

// unmanaged looks into a directory that has nothing of the plan yet.
func unmanaged(dir string, p *plan.Plan) error {
	if !p.NothingThere() || p.Layout.AsFound {
		return nil
	}
	entries, err := certinfo.ScanContext(context.Background(), []string{dir}, certinfo.Glance)
	if err != nil {
		return nil // what cannot be read is told by whoever has to
	}
	known := map[string]bool{}
	for i := range p.Files {
		known[filepath.Join(dir, filepath.FromSlash(p.Files[i].Path))] = true
	}
	e := &unmanagedError{Dir: dir}
	for i := range entries {
		if f := entries[i].File; (entries[i].Kind == certinfo.Certificate || entries[i].Kind == certinfo.PrivateKey) &&
			!known[filepath.Clean(f)] && !slices.Contains(e.Files, f) {
			e.Files = append(e.Files, f)
		}
	}
	if len(e.Files) == 0 {
		return nil
	}
	return e
}
