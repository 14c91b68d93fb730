package pkigen

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/visible"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/lab"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/leftover"
)

// LabSet is the folder of a student's certificates.
const LabSet = "pki"

// Class is a lab: a directory with planted faults for each student.
type Class struct {
	Dir       string // in which each student gets a folder
	KeyFile   string // for what marking needs; "" for none
	Cluster   *spec.Cluster
	Answers   plan.Answers // those of the cluster
	Beside    string       // their file beside LabSet; "" where the set holds them
	Selection lab.Selection
	Seed      uint64
	Made      func(student string, done int) // calls do not overlap
	Step      func(string)                   // called before each step; for tests

	staging string
}

// Make makes the directories of all students, or none, and gives the key by which they
// are marked.
func (c *Class) Make(ctx context.Context, students []string) (*lab.Key, error) {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	staging, err := leftover.Make(root, leftover.Lab)
	if err != nil {
		return nil, err
	}
	defer staging.Remove()
	c.staging = filepath.Join(c.Dir, staging.Name)
	key := &lab.Key{Seed: c.Seed, Made: time.Now().UTC().Truncate(time.Second), Answers: string(c.Answers.Text), Students: make([]lab.Student, len(students))}
	var mu sync.Mutex
	done := 0
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range students {
		g.Go(func() error {
			c.Step("student")
			s, err := c.student(ctx, name, key.Made)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			key.Students[i] = *s
			mu.Lock()
			defer mu.Unlock()
			done++
			c.Made(name, done)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return key, c.moveIn(key)
}

// moveIn writes the key and moves the finished directories to their places.
func (c *Class) moveIn(key *lab.Key) error {
	if c.KeyFile != "" {
		data, err := key.Encode()
		if err != nil {
			return err
		}
		if err := store.WriteFile(c.KeyFile, data, 0o600); err != nil {
			return err
		}
	}
	for _, s := range key.Students {
		c.Step("moving in")
		to := filepath.Join(c.Dir, s.Name)
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return &TakenError{Path: to}
		}
		if err := os.Rename(filepath.Join(c.staging, s.Name), to); err != nil {
			return err
		}
	}
	return nil
}

// TakenError says that what was to be made has come to be meanwhile.
type TakenError struct{ Path string }

// Error names it.
func (e *TakenError) Error() string {
	return fmt.Sprintf("%q has come to be meanwhile, and is not written over", e.Path)
}

// CleanUp removes what a killed Make has left in the directory, and names it.
func (c *Class) CleanUp() ([]string, error) {
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return nil, nil // not there yet; what else is wrong with it is said when it is made
	}
	defer root.Close()
	names, err := leftover.Clean(root, leftover.Lab)
	for i, name := range names {
		names[i] = filepath.Join(c.Dir, name)
	}
	return names, err
}

const day = 24 * time.Hour

// labAge is how old a set seems: old enough that something may have expired since,
// and young enough that nothing expires soon.
func labAge(c *spec.Cluster) time.Duration {
	least := c.CA.Expiry
	for _, p := range c.Profiles {
		least = min(least, p.Expiry)
	}
	if c.Bootstraps() {
		least = min(least, 9*day) // a bootstrap token ends after some days
	}
	return min(120*day, least/3)
}

// student makes the directory of one student in the staging folder.
func (c *Class) student(ctx context.Context, name string, now time.Time) (*lab.Student, error) {
	made := now.Add(-labAge(c.Cluster)).Truncate(time.Minute)
	work := filepath.Join(c.staging, "."+name)
	set := filepath.Join(work, LabSet)
	if err := os.MkdirAll(work, 0o700); err != nil {
		return nil, err
	}
	layout, _ := catalog.LayoutOf(c.Cluster) // the rules have seen to it
	_, err := Run(ctx, Job{Dir: set, Cluster: c.Cluster, Now: func() time.Time { return made }, Options: plan.Options{Answers: c.Answers}}, nil)
	if err != nil {
		return nil, err
	}
	b := &lab.Bed{Dir: set, Layout: layout, Cluster: c.Cluster, Now: now, Made: made}
	right, err := b.Site(ctx)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	planted, err := lab.Plant(ctx, b, c.Selection, rand.New(rand.NewPCG(c.Seed, h.Sum64())))
	if err != nil {
		return nil, err
	}
	answers := filepath.Join(LabSet, plan.AnswersFile)
	if c.Beside != "" {
		answers = c.Beside
		if err := os.WriteFile(filepath.Join(work, answers), c.Answers.Text, 0o644); err != nil {
			return nil, err
		}
	}
	j, err := verify.Directory(ctx, set, &verify.Known{Layout: layout, Cluster: c.Cluster}, now)
	if err != nil {
		return nil, err
	}
	sheet := lab.Sheet(name, b, planted, answers, func(p *lab.Planted) string { return heard(j.Wrong(), p) })
	if err := os.WriteFile(filepath.Join(work, "TASK.md"), []byte(sheet), 0o644); err != nil {
		return nil, err
	}
	if err := lab.Lay(work, filepath.Join(c.staging, name), made); err != nil {
		return nil, err
	}
	return lab.NewStudent(name, right, j.Site, planted), nil
}

// heard is what a program logs of a fault when the connections are rehearsed; ""
// where none of them fails for it.
func heard(wrong []*rehearse.Result, p *lab.Planted) string {
	files := p.Files()
	for _, r := range wrong {
		if r.Failure == nil || !slices.Contains(files, r.Failure.File) {
			continue
		}
		from, to := rehearse.Place{Program: r.Case.From.Program, Machine: r.Case.From.Machine},
			rehearse.Place{Program: r.Case.To.Program, Machine: r.Case.To.Machine}
		return fmt.Sprintf("%s cannot talk to %s. Logged by %s:\n\n       %s\n", from, to, r.Failure.At, visible.Text(r.Failure.Text))
	}
	return ""
}

// Mark marks the sets of students, in their order. key is nil for none. right says what
// a set has to be repaired towards, and whether the answers in it are others. A set that
// cannot be judged is a mark too; the error is the context's.
func (c *Class) Mark(ctx context.Context, students []string, key *lab.Key, right func(set string) (*spec.Cluster, bool, error)) ([]*lab.Mark, error) {
	marks := make([]*lab.Mark, len(students))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range students {
		var entry *lab.Student
		if key != nil {
			entry = key.Student(name)
		}
		set := filepath.Join(c.Dir, name, LabSet)
		g.Go(func() error {
			err := walk.Whole(ctx, func() (err error) {
				marks[i], err = markStudent(ctx, set, name, entry, right)
				return err
			}, set)
			if err != nil && ctx.Err() == nil {
				marks[i] = lab.Unjudged(name, entry, err) // the others are judged all the same
			}
			return ctx.Err()
		})
	}
	return marks, g.Wait()
}

func markStudent(ctx context.Context, set, name string, entry *lab.Student, right func(set string) (*spec.Cluster, bool, error)) (*lab.Mark, error) {
	if _, err := os.Stat(set); errors.Is(err, fs.ErrNotExist) {
		return lab.Absent(name, entry, fmt.Sprintf("there is no %q", set)), nil
	} else if err != nil {
		return nil, err
	}
	c, changed, err := right(set)
	if err != nil {
		return nil, err
	}
	layout, ok := catalog.LayoutOf(c)
	if !ok {
		return nil, fmt.Errorf("its answers name the layout %q, which is not known", c.Layout)
	}
	now := time.Now()
	m, err := lab.MarkStudent(ctx, &lab.Bed{Dir: set, Layout: layout, Cluster: c, Now: now}, name, entry)
	if err != nil {
		return nil, err
	}
	if changed {
		m.Remarks = append(m.Remarks, "the answers were changed; it was judged by those of the key")
	}
	return m, nil
}
