package wizard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/next"
	"certwright/steps"
)

// KeysThere reports whether private keys lie in the directory already.
func (w *Wizard) KeysThere() bool { return w.keysThere > 0 }

// Enter ends what a run that was stopped has left beside the directory, before anything
// of it is read, and says what that was. The error says why the directory does not do
// for the task.
func (w *Wizard) Enter() (notes []string, err error) {
	if err := wrongDir(w.Answers); err != nil {
		return nil, err
	}
	if writes(w.Answers) {
		return pkigen.Recover(w.Dir())
	}
	if left := leftBeside(w.Dir()); left != nil && left.Away {
		return nil, errors.New(left.Text)
	}
	return nil, nil
}

// writes reports whether the task may write into the directory.
func writes(a *steps.Answers) bool {
	mode := a.Get(steps.ModeKey)
	return mode != steps.ModeVerify && mode != steps.ModeInspect
}

// wrongDir says why the directory does not do for the task; nil if it does. It reads no
// file.
func wrongDir(a *steps.Answers) error {
	dir := a.Dir()
	if err := tilde(dir); err != nil {
		return err
	}
	if writes(a) {
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

// tilde refuses what only a shell understands: "~kim/certs" would become a folder of
// the name "~kim", which nobody wants and nobody can remove with an easy mind.
func tilde(dir string) error {
	name, _, _ := strings.Cut(strings.TrimSpace(dir), "/")
	if !strings.HasPrefix(name, "~") {
		return nil
	}
	return fmt.Errorf("%q is understood by a shell, not here, and would be a folder named %q: write the path from the root, such as /root/pki", dir, name)
}

func leftBeside(dir string) *store.Left {
	left, err := store.Find(dir)
	if err != nil {
		return nil // what is wrong with dir is told by whoever reads it
	}
	return left
}

// Inspect gives a function that reads every certificate in the directory, each once, and
// what it is for: by the answers of the run that has just made it, or those kept with it.
func (w *Wizard) Inspect(ctx context.Context) func() ([]certinfo.Seen, error) {
	dir, known := w.Dir(), w.known()
	return func() ([]certinfo.Seen, error) {
		if k := known(); k != nil {
			return certinfo.Each(ctx, dir, k.Layout, k.Cluster)
		}
		return certinfo.Each(ctx, dir, nil, nil)
	}
}

// known gives a function that tells what the answers say of the directory; nothing where
// there are none.
func (w *Wizard) known() func() *verify.Known {
	dir, kept := w.Dir(), w.opt.Known
	if w.state == Done && w.Outcome.Result != nil {
		p := w.Outcome.Result.Plan
		made := &verify.Known{Layout: p.Layout, Cluster: p.Cluster}
		if w.Outcome.AnswersPath != "" {
			made.Commands = next.Commands(w.Outcome.AnswersPath, dir)
		}
		return func() *verify.Known { return made }
	}
	return func() *verify.Known {
		if kept == nil {
			return nil
		}
		return kept(dir)
	}
}

// Verify gives a function that says whether a cluster would run with the directory, by
// the answers of the run that has just made it, or those kept with it.
func (w *Wizard) Verify(ctx context.Context) func() (*verify.Judgement, error) {
	dir, now, known := w.Dir(), w.opt.Now, w.known()
	return func() (j *verify.Judgement, err error) {
		err = walk.Whole(ctx, func() error {
			j, err = verify.Directory(ctx, dir, known(), now())
			return err
		}, dir)
		return j, err
	}
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

// HandOut gives a function that packs an archive for each node beside the directory; force
// replaces those that are there.
func (w *Wizard) HandOut(ctx context.Context, force bool) func() (*pkigen.Packed, error) {
	job := pkigen.Packing{Dir: w.Dir(), Force: force, Known: w.known()}
	return func() (*pkigen.Packed, error) { return job.HandOut(ctx) }
}
