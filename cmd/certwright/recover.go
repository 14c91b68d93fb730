package main

import (
	"errors"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/store"
)

// recoverFirst comes before anything of a directory is read. A command that writes ends
// what a run that was stopped has left beside it; one that only reads says what that
// is, and is refused where the directory is not in its place: whoever went on without
// it would be told to make a new CA.
func (p *program) recoverFirst(dir string, writes bool) error {
	if dir == "" {
		return nil
	}
	if writes {
		notes, err := pkigen.Recover(dir)
		for _, note := range notes {
			p.talk("note", "%s", note)
		}
		p.recovered = notes
		return err
	}
	left, err := store.Find(dir)
	switch {
	case left == nil || err != nil:
		return nil // what is wrong with dir is told by whoever reads it
	case left.Away:
		return &failure{code: exitFailed, err: errors.New(left.Text),
			hint: shell.Command("certwright generate --dir").File(dir).String() + " puts it back, and changes nothing else of a set that is right"}
	}
	p.talk("note", "%s", left.Text)
	return nil
}
