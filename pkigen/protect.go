package pkigen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

// A set whose CA keys lie behind a passphrase has backups from before, and they are plain
// there. Nothing changes them unasked: they are the way back.

// backups encrypts the CA keys in the backups where the operator wants that, and says
// else which of them hold plain ones.
func (j *Job) backups(ctx context.Context, p *plan.Plan) ([]string, error) {
	plain, err := plainIn(j.Dir, keyFiles(p, j.Cluster))
	switch {
	case err != nil || len(plain) == 0:
		return nil, err
	case !j.Options.Backups:
		return []string{fmt.Sprintf("plain keys of CAs still lie in %s: certwright protect --backups puts them behind the passphrase there too",
			spec.List(foldersOf(plain), 4))}, nil
	}
	if err := encryptIn(ctx, j.Dir, p, plain); err != nil {
		return nil, fmt.Errorf("the set is as it has to be, but its backups are as before: %w", err)
	}
	return []string{fmt.Sprintf("CA keys in %s are behind the passphrase now, and their manifests say so", spec.Count(len(foldersOf(plain)), "backup", "backups"))}, nil
}

// keyFiles are the places in which keys of CAs lie with the operator, also while they
// are replaced in stages.
func keyFiles(p *plan.Plan, c *spec.Cluster) []string {
	var out []string
	certs := p.Layout.Certificates(c)
	for _, one := range append(certs, p.Layout.Companions(certs)...) {
		if one.IsCA() && one.Files.Key != "" {
			out = append(out, one.Files.Key)
		}
	}
	return out
}

// plainKey is a private key in a backup that lies behind no passphrase.
type plainKey struct {
	folder, path string
	text         []byte
}

// plainIn are those in the backups of a directory.
func plainIn(dir string, paths []string) ([]plainKey, error) {
	folders, err := store.Backups(dir)
	if err != nil {
		return nil, err
	}
	var out []plainKey
	for _, folder := range folders {
		tree, err := store.Backup(folder)
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			text, err := tree.ReadFile(p)
			if _, bad := plan.ParsePrivateKey(text); err == nil && bad == nil {
				out = append(out, plainKey{folder, p, text})
			} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
				tree.Close()
				return nil, err
			}
		}
		tree.Close()
	}
	return out, nil
}

func foldersOf(keys []plainKey) []string {
	var out []string
	for _, k := range keys {
		if len(out) == 0 || out[len(out)-1] != k.folder {
			out = append(out, k.folder)
		}
	}
	return out
}

// encryptIn puts plain keys in backups behind the passphrase, and writes each manifest anew
// by the sums of what lies there then: all in one commit on the folder of the backups, of
// which nothing old is kept. The same key has the same text everywhere, that of the
// directory if it is there, so that each run goes on from where the one before it ended.
func encryptIn(ctx context.Context, dir string, p *plan.Plan, plain []plainKey) error {
	texts, err := sealedTexts(dir, p, plain)
	if err != nil {
		return err
	}
	var changes []store.Change
	sums := []string{} // old and new, as a strings.Replacer takes them
	told := map[string]bool{}
	for _, k := range plain {
		sealed := texts[string(k.text)]
		changes = append(changes, store.Change{Path: path.Join(filepath.Base(k.folder), k.path), Data: sealed, Past: sealed, Mode: 0o600})
		if old := store.SumData(k.text, 0).SHA256; !told[old] {
			told[old] = true
			sums = append(sums, old, store.SumData(sealed, 0).SHA256)
		}
	}
	folders, err := store.Backups(dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		text, err := manifestOf(folder)
		if anew := []byte(strings.NewReplacer(sums...).Replace(string(text))); err == nil && !bytes.Equal(anew, text) {
			changes = append(changes, store.Change{Path: path.Join(filepath.Base(folder), store.ManifestFile), Data: anew, Past: anew, Mode: 0o600})
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	tx, err := store.Begin(filepath.Dir(folders[0]))
	if err != nil {
		return err
	}
	_, err = tx.Commit(ctx, changes, nil)
	return errors.Join(err, tx.Close())
}

func manifestOf(folder string) ([]byte, error) {
	tree, err := store.Backup(folder)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	return tree.ReadFile(store.ManifestFile)
}

// sealedTexts are, for the texts of plain keys, those behind the passphrase.
func sealedTexts(dir string, p *plan.Plan, plain []plainKey) (map[string][]byte, error) {
	live := map[string][]byte{} // by public key
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if !c.Sealed || c.Files.Key == "" {
			continue
		}
		have, err := store.Read(dir, []string{c.Files.Key})
		if err != nil {
			return nil, err
		}
		key, err := p.Unseal(have[c.Files.Key].Data)
		if err != nil || key == nil {
			continue // of another passphrase: it is encrypted again
		}
		live[pkey.Text(key.Public())] = have[c.Files.Key].Data
	}
	out := map[string][]byte{}
	for _, k := range plain {
		key, err := plan.ParsePrivateKey(k.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(k.folder, k.path), err)
		}
		public := pkey.Text(key.Public())
		if live[public] == nil {
			if live[public], err = p.Seal(key); err != nil {
				return nil, err
			}
		}
		out[string(k.text)] = live[public]
	}
	return out, nil
}

// plainAgain is a *ForeignError for an undo that would bring plain keys of CAs into a set
// whose keys lie behind a passphrase.
func plainAgain(u *Undoing) error {
	tree, err := store.Open(u.Dir)
	if err != nil {
		return err
	}
	defer tree.Close()
	e := &ForeignError{Dir: u.Dir, Plain: true}
	for i := range u.Files {
		f := &u.Files[i]
		certFile, isKey := strings.CutSuffix(f.Path, ".key")
		if !isKey || catalog.NodeOf(f.Path) != "" || f.Then == nil {
			continue
		}
		text, err := f.Read()
		if _, bad := plan.ParsePrivateKey(text); err != nil || bad != nil || !sealedNow(tree, f.Path) {
			continue
		}
		for _, read := range []func(string) ([]byte, error){tree.ReadFile, f.Beside} {
			cert, _ := read(certFile + ".crt")
			if certs, _ := pkey.Certificates(cert); len(certs) > 0 && pkey.IsCA(certs[0]) {
				e.Files = append(e.Files, f.Path)
				break
			}
		}
	}
	if len(e.Files) > 0 {
		return e
	}
	return nil
}

// sealedNow reports whether the key that lies in the place of a file, or that of the CA
// which it replaces or was replaced by, is behind a passphrase.
func sealedNow(tree *store.Tree, file string) bool {
	base := strings.TrimSuffix(file, ".key")
	for _, g := range []catalog.Generation{catalog.Next, catalog.Previous} {
		base = strings.TrimSuffix(base, "-"+string(g))
	}
	for _, name := range []string{file, base + ".key"} {
		if text, err := tree.ReadFile(name); err == nil && plan.IsEncrypted(text) {
			return true
		}
	}
	return false
}
