package pkigen

import "certwright/pkigen/making/store"

// Recover ends what a run that was stopped has left beside a directory, and says
// what that was and how things stand now; nothing where nothing was. It comes before
// anything of the directory is read: the state before that run may wait beside it.
// The error is that of store.Begin.
func Recover(dir string) ([]string, error) {
	if left, err := store.Find(dir); left == nil || err != nil {
		return nil, nil // what is wrong with dir is told by whoever reads it
	}
	tx, err := store.Begin(dir)
	if err != nil {
		return nil, err
	}
	return tx.Notes, tx.Close()
}
