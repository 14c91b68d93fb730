package pkigen

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/certinfo"
	"certwright/pkigen/plan"
)

// StrangersError refuses to lay a set into a directory with certificates or private
// keys of something else: kubeadm's /etc/kubernetes, whose manifests folder the
// kubelet runs, or a folder with the keys of other servers.
type StrangersError struct {
	Dir   string
	Files []string // as paths from where the program stands
}

// Error names the first few.
func (e *StrangersError) Error() string {
	const most = 3
	files := make([]string, 0, most+1)
	for i, f := range e.Files {
		if i == most {
			files = append(files, fmt.Sprintf("and %d more", len(e.Files)-most))
			break
		}
		files = append(files, fmt.Sprintf("%q", f))
	}
	return fmt.Sprintf("%q holds certificates or keys of something else, and nothing of this set: %s; "+
		"give a folder of its own, or go on with what lies there by certwright adopt", e.Dir, strings.Join(files, ", "))
}

// strangers looks into a directory that has nothing of the plan yet.
func strangers(dir string, p *plan.Plan) error {
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
	e := &StrangersError{Dir: dir}
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
