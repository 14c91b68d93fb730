package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/lab"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// labSet is the folder of a student's certificates.
const labSet = "pki"

const labDay = 24 * time.Hour

// labAge is how old a set seems: old enough that something may have ended since,
// and young enough that nothing ends soon.
func labAge(c *spec.Cluster) time.Duration {
	least := c.CA.Expiry
	for _, p := range c.Profiles {
		least = min(least, p.Expiry)
	}
	if c.Bootstraps() {
		least = min(least, 9*labDay) // a bootstrap token ends after some days
	}
	return min(120*labDay, least/3)
}

// student makes the directory of one student in the staging folder.
func (l *labNew) student(ctx context.Context, name string, now time.Time) (*lab.Student, error) {
	made := now.Add(-labAge(l.cluster)).Truncate(time.Minute)
	work := filepath.Join(l.staging, "."+name)
	set := filepath.Join(work, labSet)
	if err := os.MkdirAll(work, 0o700); err != nil {
		return nil, err
	}
	layout, _ := catalog.LayoutOf(l.cluster) // Build has seen to it
	_, err := pkigen.Run(ctx, pkigen.Job{Dir: set, Cluster: l.cluster, Now: func() time.Time { return made },
		Options: plan.Options{Answers: l.given.answers().Replay()}}, nil)
	if err != nil {
		return nil, err
	}
	b := &lab.Bed{Dir: set, Layout: layout, Cluster: l.cluster, Now: now, Made: made}
	right, err := b.Site(ctx)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	planted, err := lab.Plant(ctx, b, l.selection, rand.New(rand.NewPCG(l.seed, h.Sum64())))
	if err != nil {
		return nil, err
	}
	answers := setAnswers(labSet)
	if !l.given.answers().InSet() {
		answers = besideAnswers(labSet)
		if err := os.WriteFile(filepath.Join(work, answers), l.given.answers().YAML(), 0o644); err != nil {
			return nil, err
		}
	}
	j, err := verify.Directory(ctx, set, &verify.Known{Layout: layout, Cluster: l.cluster}, now)
	if err != nil {
		return nil, err
	}
	sheet := lab.Sheet(name, b, planted, answers, func(p *lab.Planted) string { return heard(j.Wrong(), p) })
	if err := os.WriteFile(filepath.Join(work, "TASK.md"), []byte(sheet), 0o644); err != nil {
		return nil, err
	}
	if err := lab.Lay(work, filepath.Join(l.staging, name), made); err != nil {
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
		return fmt.Sprintf("%s cannot talk to %s. Logged by %s:\n\n       %s\n", from, to, r.Failure.At, text.Clean(r.Failure.Text))
	}
	return ""
}
