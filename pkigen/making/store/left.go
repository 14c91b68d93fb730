package store

import (
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// Left is what a run that was stopped, or that works still, has left beside a directory.
type Left struct {
	// Text says it in one sentence, and what the next run will do about it.
	Text string
	// Away reports whether the directory is not in its place: the state before that run
	// waits beside it.
	Away bool
}

// Find looks for what a stopped run has left beside dir, and changes nothing. It is
// nil where nothing was, which is what Begin leaves.
func Find(dir string) (*Left, error) {
	p, err := locate(dir)
	if err != nil {
		return nil, err
	}
	parent, err := p.openParent()
	if parent == nil || err != nil {
		return nil, err
	}
	defer parent.Close()
	work, err := openTrusted(parent, p.workName())
	if work == nil || err != nil {
		return nil, nil // somebody else's, which no run goes on with
	}
	defer work.Close()
	r, err := p.lookAround(parent, work)
	if err != nil {
		return nil, explain(err, p.shown)
	}
	return p.tell(work, r), nil
}

// tell is what there is to say of remains; nil for nothing.
func (p place) tell(work *dir, r *remains) *Left {
	text, _ := work.ReadFile(lockName)
	who, _ := parseHolder(string(text))
	running := heldNow(at{work, lockName})
	l := &Left{Away: r.target == nil && r.old != nil}
	switch {
	case running && l.Away:
		l.Text = fmt.Sprintf("%s works on %s just now, and is putting the new state in its place: try again", who, p.dir)
	case running:
		return nil // what lies in the directory is whole, and the old state
	case l.Away:
		l.Text = fmt.Sprintf("%s was stopped between two renames: %s is not in its place; the state before that run waits in %s, and the next command that writes puts it back",
			who, p.dir, at{work, oldName}.path())
	case r.swapped() && (r.state.Backup || r.manifest):
		l.Text = fmt.Sprintf("%s was stopped after it had put the new state in place: %s is whole, but that run is not among the backups yet; the next command that writes puts it there", who, p.dir)
	case r.staging == nil && r.old == nil:
		return nil
	case r.swapped():
		l.Text = fmt.Sprintf("%s was stopped after it had put the new state in place: %s is whole; what it left in %s is removed by the next command that writes", who, p.dir, work.Name())
	default:
		l.Text = fmt.Sprintf("%s was stopped before it had changed %s; what it had begun lies in %s, and is removed by the next command that writes", who, p.dir, work.Name())
	}
	return l
}

// heldNow reports whether a run holds the lock.
func heldNow(a at) bool {
	l := flock.New(a.path(), flock.SetFlag(os.O_RDONLY|openNoFollow))
	ok, err := l.TryRLock()
	if ok {
		_ = l.Unlock()
	}
	return !ok && err == nil
}
