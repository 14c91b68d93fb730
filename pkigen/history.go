package pkigen

import (
	"errors"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen/making/history"
	"certwright/pkigen/rollout/handout"
	"certwright/pkigen/rollout/leftover"
)

// PastRun is one run of a directory's history. Fields are only ever added to its JSON
// form.
type PastRun struct {
	Backup     string    `json:"backup"`
	Folder     string    `json:"folder"`
	Time       time.Time `json:"time"`
	Operation  string    `json:"operation,omitempty"`
	Command    string    `json:"command,omitempty"`
	Certwright string    `json:"certwright,omitempty"`
	Created    int       `json:"created"`
	Replaced   int       `json:"replaced"`
	Removed    int       `json:"removed"`
	Modes      int       `json:"modes"` // files that only got another mode
	// Answers says in what the answers after it differ from those before; whoever can
	// read answers fills it in.
	Answers  []string `json:"answers"`
	Undid    []string `json:"undid,omitempty"`
	Manifest bool     `json:"manifest"`
	Damaged  []string `json:"damaged,omitempty"`
	CanUndo  bool     `json:"canUndo"`
	Why      string   `json:"why,omitempty"` // why it cannot be undone

	Before, After string `json:"-"` // the texts of the answers
}

// History lists the runs on a directory, the last one first, by their backups.
func History(dir string) ([]PastRun, error) {
	runs, err := history.List(dir)
	if err != nil {
		return nil, err
	}
	standing, err := history.Standing(dir, runs)
	if err != nil {
		return nil, err
	}
	list := make([]PastRun, len(runs))
	for i, r := range runs {
		list[i] = pastRun(r, standing[i])
	}
	return list, nil
}

// Backups are the runs on the directory by the names of their backups, the last one
// first, with their commands; those without a manifest are left out. Nothing is held
// against its checksum.
func (d Dir) Backups() (names, commands []string, err error) {
	runs, err := history.List(string(d))
	for _, r := range runs {
		if r.Manifest != nil {
			names, commands = append(names, r.Name()), append(commands, r.Manifest.Command)
		}
	}
	return names, commands, err
}

// pastRun is one run; why says why it cannot be taken back.
func pastRun(r *history.Run, why string) PastRun {
	e := PastRun{Backup: r.Name(), Folder: r.Folder, Time: r.Time.UTC(), Answers: []string{}, CanUndo: why == "", Why: why}
	m := r.Manifest
	if m == nil {
		if !errors.Is(r.Unread, fs.ErrNotExist) {
			e.Damaged = []string{r.Unread.Error()}
		}
		return e
	}
	e.Manifest, e.Damaged = true, r.Damaged()
	e.Operation, e.Command, e.Certwright, e.Undid = m.Operation, m.Command, m.Certwright, m.Undid
	n := r.Counts()
	e.Created, e.Replaced, e.Removed, e.Modes = n.Created, n.Replaced, n.Removed, n.Modes
	e.Before, e.After = m.AnswersBefore, m.AnswersAfter
	return e
}

// Leftovers are the folders, full of keys, that killed runs of other commands have left
// in and beside the directory, and in its folder for archives, with those commands.
func (d Dir) Leftovers() iter.Seq2[string, string] {
	dir, found := string(d), map[string]string{}
	clean := filepath.Clean(dir)
	places := []string{clean, filepath.Dir(clean)}
	if to, err := handout.Folder(dir); err == nil {
		places = append(places, to)
	}
	for _, at := range places {
		root, err := os.OpenRoot(at)
		if err != nil {
			continue // nothing of ours lies where nothing can be read
		}
		for _, kind := range leftover.Kinds {
			names, _ := leftover.Find(root, kind)
			for _, name := range names {
				found[filepath.Join(at, name)] = string(kind)
			}
		}
		root.Close()
	}
	return func(yield func(string, string) bool) {
		for _, path := range slices.Sorted(maps.Keys(found)) {
			if !yield(path, found[path]) {
				return
			}
		}
	}
}
