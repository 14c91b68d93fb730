package history

import (
	"fmt"
	"path"

	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/store"
)

// keepRecord adds to a record that comes back what was issued since: its certificates are
// good whatever becomes of the files here. What was revoked since is not revoked any more,
// since the lists on the nodes come back too, and that is said.
func (u *Undo) keepRecord(tree *store.Tree, f *File) error {
	if path.Base(f.Path) != issued.FileName || f.Now == nil || f.from == "" {
		return nil
	}
	then, err := readRecord(f.Path, f.Read)
	if err != nil {
		return err
	}
	now, err := readRecord(f.Path, func() ([]byte, error) { return tree.ReadFile(f.Path) })
	if err != nil {
		return err
	}
	var lifted []string
	for _, c := range now.All() {
		if was := then.Find(&c); c.IsRevoked() && (was == nil || !was.IsRevoked()) {
			lifted = append(lifted, c.Name)
		}
	}
	if len(lifted) > 0 {
		u.Warnings = append(u.Warnings, fmt.Sprintf("certificates that are revoked are let in again: %s", some(lifted)))
	}
	then.Keep(now)
	f.text = then.Text()
	sum := store.SumData(f.text, modeOf(f.Then))
	f.Then = &sum
	return nil
}

func readRecord(name string, read func() ([]byte, error)) (*issued.Record, error) {
	text, err := read()
	if err != nil {
		return nil, err
	}
	r, err := issued.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// Issued are the certificates that the runs on a directory have replaced, as they lie in
// its backups: of each name those in the files of it.
func Issued(dir string, files map[string]Owner) ([]issued.Certificate, error) {
	runs, err := List(dir)
	if err != nil {
		return nil, err
	}
	var out []issued.Certificate
	for _, r := range runs {
		if r.Manifest == nil {
			continue
		}
		for i := range r.Manifest.Files {
			f := &r.Manifest.Files[i]
			of, known := files[f.Path]
			if !known || f.Before == nil {
				continue
			}
			out = append(out, of.certificates(r, f.Path)...)
		}
	}
	return out, nil
}

// Owner is whose certificate a file holds.
type Owner struct{ Name, Signer string }

// certificates are those of a file of a backup, which may hold none any more.
func (o Owner) certificates(r *Run, name string) (out []issued.Certificate) {
	backup, err := store.Backup(r.Folder)
	if err != nil {
		return nil
	}
	defer backup.Close()
	data, err := backup.ReadFile(name)
	if err != nil {
		return nil
	}
	held := read(data)
	for _, c := range held.certs {
		if !pkey.IsCA(c) {
			out = append(out, issued.Of(o.Name, o.Signer, c))
		}
	}
	return out
}
