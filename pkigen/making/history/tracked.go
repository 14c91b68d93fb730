package history

import (
	"maps"
	"slices"

	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/making/store"
)

// tracked is what is known of a directory's files while runs are taken back one
// after another, the last one first.
type tracked struct {
	sums map[string]*store.Sum // by path; nil: it is not there
	from map[string]string     // the backup that holds the bytes
	// closed is the SHA-256 of what lay there, where a backup holds it behind a passphrase.
	closed map[string]string
	told   map[string]bool // found to be changed by another hand
}

// look sums up the files that runs are about, as they lie there.
func look(tree *store.Tree, runs []*Run) (*tracked, error) {
	l := &tracked{sums: map[string]*store.Sum{}, from: map[string]string{}, closed: map[string]string{}, told: map[string]bool{}}
	for _, r := range runs {
		if r.Manifest == nil {
			continue
		}
		for i := range r.Manifest.Files {
			l.sums[r.Manifest.Files[i].Path] = nil
		}
	}
	paths := slices.Sorted(maps.Keys(l.sums))
	sums := make([]*store.Sum, len(paths))
	err := parallel.Each(len(paths), readers(), func(i int) (err error) {
		sums[i], err = tree.Sum(paths[i])
		return err
	})
	for i, path := range paths {
		l.sums[path] = sums[i]
	}
	return l, err
}

// takeBack goes back to before a run, and returns what is not as the run left it.
func (l *tracked) takeBack(r *Run) (foreign []string) {
	for i := range r.Manifest.Files {
		f := &r.Manifest.Files[i]
		if word := changed(f.After, l.sums[f.Path]); word != "" && (f.After == nil || f.After.SHA256 != l.closed[f.Path]) && !l.told[f.Path] {
			l.told[f.Path] = true
			foreign = append(foreign, f.Path+" "+word)
		}
		l.sums[f.Path], l.closed[f.Path] = f.Before, f.Closed
		if f.Before != nil && (f.After == nil || f.Before.SHA256 != f.After.SHA256) {
			l.from[f.Path] = r.Folder // else only its mode changed
		}
	}
	return foreign
}

// changed says what became of a file since; a mode alone is no change.
func changed(left, now *store.Sum) string {
	switch {
	case left == nil && now != nil:
		return "was made again"
	case left != nil && now == nil:
		return "was removed"
	case left != nil && left.SHA256 != now.SHA256:
		return "was changed"
	}
	return ""
}
