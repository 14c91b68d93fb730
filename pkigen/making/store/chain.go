package store

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
)

// Backups are the folders with the backups of dir, the last run first. An
// *OwnerError refuses those that somebody else has put there.
func Backups(dir string) ([]string, error) {
	p, err := locate(dir)
	if err != nil {
		return nil, err
	}
	parent, err := p.openParent()
	if parent == nil || err != nil {
		return nil, err
	}
	defer parent.Close()
	names, err := p.chain(parent)
	for i, name := range names {
		names[i] = p.backupPath(name)
	}
	return names, explain(err, p.shown)
}

// chain are the names of the backups, the last run first. Each manifest says which
// backup was the last one when it was made: that is the order, and not the time,
// since a clock may have been set back between two runs. Where it says nothing, as
// in those of early versions, or where a backup was taken away, the names decide.
func (p place) chain(parent *dir) ([]string, error) {
	backups, err := p.trustedBackups(parent)
	if backups == nil || err != nil {
		return nil, err
	}
	defer backups.Close()
	entries, err := backups.self.ReadDir(-1)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: backups.Name(), Err: bare(err)}
	}
	previous := map[string]string{}
	var names []string
	for _, e := range entries {
		if _, _, ok := parseStamp(e.Name()); !ok || !e.IsDir() {
			continue // not ours
		}
		d, err := openBackup(backups, e.Name())
		if err != nil {
			return nil, err
		}
		names = append(names, e.Name())
		previous[e.Name()] = previousOf(d)
		d.Close()
	}
	return inOrder(names, previous), nil
}

// trustedBackups opens the folder of the backups; nil where there is none.
func (p place) trustedBackups(parent *dir) (*dir, error) {
	return openTrusted(parent, p.backupsName())
}

// openBackup opens one backup.
func openBackup(backups *dir, name string) (*dir, error) { return openTrusted(backups, name) }

// openTrusted opens a folder that only certwright can have made; nil where there is
// none.
func openTrusted(around *dir, name string) (*dir, error) {
	d, err := around.open(name)
	if d == nil || err != nil {
		return nil, err
	}
	info, err1 := d.self.Stat()
	of, err2 := around.inode()
	err = errors.Join(err1, err2)
	if err == nil {
		err = checkOwn(info, d.Name(), of)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// previousOf reads which backup came before; "" where the manifest does not say. It
// reads no further than that: the list of files behind it can be long.
func previousOf(backup *dir) string {
	f, err := at{backup, ManifestFile}.open()
	if err != nil {
		return ""
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, maxManifest))
	if _, err := d.Token(); err != nil {
		return ""
	}
	for d.More() {
		key, err := d.Token()
		if err != nil || key == "files" {
			return ""
		}
		var value any
		if d.Decode(&value) != nil {
			return ""
		}
		if name, ok := value.(string); key == "previous" && ok {
			return name
		}
	}
	return ""
}

// inOrder puts backups in the order of their runs, the last one first: each behind
// those that were made on it, and what hangs on nothing by its name.
func inOrder(names []string, previous map[string]string) []string {
	slices.SortFunc(names, func(a, b string) int {
		ta, na, _ := parseStamp(a)
		tb, nb, _ := parseStamp(b)
		if c := ta.Compare(tb); c != 0 {
			return c
		}
		return na - nb
	})
	next := map[string][]string{}
	var firsts []string
	for _, name := range names {
		if _, there := previous[previous[name]]; there && previous[name] != name {
			next[previous[name]] = append(next[previous[name]], name)
		} else {
			firsts = append(firsts, name)
		}
	}
	out := make([]string, 0, len(names))
	seen := map[string]bool{}
	var follow func(list []string)
	follow = func(list []string) {
		for _, name := range list {
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
				follow(next[name])
			}
		}
	}
	follow(firsts)
	follow(names) // a cycle, which no run makes
	slices.Reverse(out)
	return out
}

// Backup opens a backup to read from; an *OwnerError refuses one that somebody else
// has put there, or can change.
func Backup(folder string) (*Tree, error) {
	around, err := openDir(filepath.Dir(folder))
	if err != nil {
		return nil, err
	}
	defer around.Close()
	d, err := openTrusted(around, filepath.Base(folder))
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, &fs.PathError{Op: "open", Path: folder, Err: fs.ErrNotExist}
	}
	return &Tree{d: d, shown: folder}, nil
}
