package plain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"certwright/pkigen/store"
	"certwright/steps"
)

// WrongDir says why the directory of the first page does not do for what is to be
// done there; nil if it does. It reads no file.
func WrongDir(a *steps.Answers) error {
	dir := a.Get(steps.DirKey)
	if steps.Making(a) || steps.Renewing(a) {
		if err := store.Usable(dir); err != nil {
			return err
		}
	}
	if steps.Making(a) {
		return nil
	}
	if strings.TrimSpace(dir) == "" {
		return errors.New("no directory given; name the folder that holds the certificates, such as pki")
	}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("nothing lies at %q: give the folder that holds the certificates, or make them first", dir)
	}
	return nil
}
