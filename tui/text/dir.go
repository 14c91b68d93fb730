package text

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/store"
	"certwright/steps"
)

// WrongDir says why the directory of the first page does not do for what is to be
// done there; nil if it does. It reads no file.
func WrongDir(a *steps.Answers) error {
	dir := a.Get(steps.DirKey)
	if err := tilde(dir); err != nil {
		return err
	}
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

// Recover ends what a run that was stopped has left beside the directory of the first
// page, before anything of it is read, and says what that was. Where nothing will be
// written it is an error if the directory is not in its place.
func Recover(a *steps.Answers) ([]string, error) {
	dir := a.Get(steps.DirKey)
	if steps.Making(a) || steps.Renewing(a) {
		return pkigen.Recover(dir)
	}
	if left := LeftBeside(dir); left != nil && left.Away {
		return nil, errors.New(left.Text)
	}
	return nil, nil
}

// LeftBeside is what a run that was stopped has left beside a directory; nil for nothing.
func LeftBeside(dir string) *store.Left {
	left, err := store.Find(dir)
	if err != nil {
		return nil // what is wrong with dir is told by whoever reads it
	}
	return left
}

// GoOn says that the answers of a walk that was left are kept, and what goes on with
// them; flags are those that it was begun with.
func GoOn(dir string, flags shell.Line) string {
	again := shell.Command("certwright")
	if f, _ := steps.Lookup(steps.DirKey); dir != f.Default(steps.NewAnswers()) {
		again = again.Own("--dir").File(dir)
	}
	return "the answers are kept as a draft; to go on: " + again.Own(flags).String()
}

// tilde refuses what only a shell understands: "~/certs" would become a folder of
// the name "~", which nobody wants and nobody can remove with an easy mind.
func tilde(dir string) error {
	name, rest, _ := strings.Cut(strings.TrimSpace(dir), "/")
	if !strings.HasPrefix(name, "~") {
		return nil
	}
	whole := "the path from the root, such as /root/pki"
	if home, err := os.UserHomeDir(); err == nil && name == "~" {
		whole = filepath.Join(home, rest)
	}
	return fmt.Errorf("%q is understood by a shell, not here, and would be a folder named %q: write %s", dir, name, whole)
}
