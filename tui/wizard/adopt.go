package wizard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/steps"
)

// Adoption is what a directory that others made says of its answers.
type Adoption struct {
	Dir      string
	Proposal *pkigen.Proposal  // without anything taken where nothing can be gone on with
	Answers  *steps.Answers    // to be written; nil where nothing can be gone on with
	Problems []problem.Problem // of the answers
	Plan     *plan.Plan        // what the next run would change; nil where the answers are not whole
	Article  bool              // it is the article's, byte for byte, and gets that layout
}

// AnsweredError says that a directory has its answers already.
type AnsweredError struct{ Dir, File string }

func (e *AnsweredError) Error() string {
	return fmt.Sprintf("%q has its answers already, in %s", e.Dir, e.File)
}

// ReadAdoption reads a directory that others made, and holds the answers to their rules
// and to it. What is given wins over what is read.
func ReadAdoption(ctx context.Context, dir string, given map[string]string, now time.Time) (*Adoption, error) {
	a := &Adoption{Dir: dir}
	var err error
	a.Proposal, a.Plan, err = pkigen.Adopt(ctx, dir, given, func(p *pkigen.Proposal) (*pkigen.Job, error) {
		a.Proposal, a.Problems = p, nil
		if err := a.answer(given); err != nil {
			return nil, err
		}
		cluster, problems := steps.Build(a.Answers, now)
		if len(p.Questions) > 0 {
			return nil, nil // what is missing makes other problems
		}
		if a.Problems = problems; problem.HasErrors(problems) {
			return nil, nil
		}
		return &pkigen.Job{Dir: dir, Cluster: cluster, Options: plan.Options{Answers: a.Answers.Replay()}}, nil
	})
	if err != nil || a.Plan == nil {
		return a, err
	}
	if same := a.article(now); same != nil {
		a.Answers, a.Article = same, true
	}
	return a, nil
}

// Adopt gives a function that does so with the wizard's directory.
func (w *Wizard) Adopt(ctx context.Context, given map[string]string) func() (*Adoption, error) {
	dir, now := w.Dir(), w.opt.Now
	return func() (*Adoption, error) {
		if file := pkigen.Dir(dir).FindAnswers(); file != "" {
			return nil, &AnsweredError{dir, file}
		}
		return ReadAdoption(ctx, dir, given, now())
	}
}

// Complete reports whether the answers can be written: nothing is missing or wrong.
func (a *Adoption) Complete() bool { return a.Plan != nil }

// File is where the answers go.
func (a *Adoption) File() string {
	if a.Answers == nil || a.Answers.InSet() {
		return pkigen.Dir(a.Dir).Answers()
	}
	return pkigen.Dir(a.Dir).AnswersBeside()
}

// Write writes the answers, and nothing else, if nobody has written them meanwhile.
func (a *Adoption) Write() error {
	file := a.File()
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return &AnsweredError{a.Dir, file}
	}
	return store.WriteFile(file, a.Answers.YAML(), 0o644)
}

// answer takes the answers that were read, under those that were given.
func (a *Adoption) answer(given map[string]string) error {
	a.Answers = steps.NewAnswers()
	if err := a.Answers.Set("layout", catalog.Adopted().Name); err != nil {
		return err
	}
	for _, one := range a.Proposal.Answers {
		if err := a.Answers.Set(one.Key, one.Value); err != nil {
			return err
		}
	}
	for key, value := range given {
		if err := a.Answers.Set(key, value); err != nil {
			return err
		}
	}
	return nil
}

// article are the answers by which the directory is the article's, byte for byte;
// nil where it is not.
func (a *Adoption) article(now time.Time) *steps.Answers {
	cluster, _ := steps.Build(a.Answers, now)
	if len(cluster.Adopted) != 4 {
		return nil
	}
	answers := steps.NewAnswers()
	values := map[string]string{"layout": "article"}
	for _, key := range []string{steps.AlgorithmKey, "ca.expiry", "nodes", "controlPlaneEndpoint", "certSANs", "serviceSubnet", "dnsDomain"} {
		if value, ok := a.Answers.Explicit(key); ok {
			values[key] = value
		}
	}
	ca := cluster.Adopted[0].Subject
	for key, value := range map[string]string{"CN": ca.CN, "C": ca.C, "ST": ca.ST, "L": ca.L, "O": ca.O, "OU": ca.OU} {
		values["ca."+key] = value
	}
	values["profiles.kubernetes.expiry"] = a.Answers.Get("profiles.peer.expiry")
	values["profiles.kubernetes.usages"] = a.Answers.Get("profiles.peer.usages")
	for key, value := range values {
		if err := answers.Set(key, value); err != nil {
			return nil
		}
	}
	made, problems := steps.Build(answers, now)
	if problem.HasErrors(problems) {
		return nil
	}
	p, err := pkigen.Plan(pkigen.Job{Dir: a.Dir, Cluster: made})
	if err != nil || p.Count(plan.Keep) != len(p.Files) {
		return nil
	}
	return answers
}
