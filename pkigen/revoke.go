package pkigen

import (
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/elsewhere"
	"certwright/pkigen/rollout/revoke"
)

// Revocation is what was chosen to be refused from now on, and what is not.
type Revocation = revoke.Choice

// Revoke makes a job one that shuts certificates out: those that words mean, which are
// names, kinds, nodes, files, serial numbers or SHA-256s, and those in files that the
// cluster or its nodes have. Their owners get new ones. The error is a
// *plan.NotPreparedError where no program is told of a list.
func (j *Job) Revoke(words, files []string) (*Revocation, error) {
	p, err := Plan(*j)
	if err != nil {
		return nil, err
	}
	q := revoke.Question{Plan: p, Dir: j.Dir, Words: words, Now: j.now()}
	for _, file := range files {
		found, err := elsewhere.Read(file)
		if err != nil {
			return nil, err
		}
		q.Found = append(q.Found, found...)
	}
	c, err := revoke.Choose(q)
	if err != nil {
		return nil, err
	}
	j.Options.Revoke = &plan.Revocation{At: q.Now, Certificates: c.Certificates}
	return c, nil
}

// Leaked says what becomes of keys that somebody else may have, which words mean: names,
// kinds, nodes or files. It makes the job one that does what one run can do about them;
// does is false where that is nothing.
func (j *Job) Leaked(words []string) (found *Revocation, does bool, err error) {
	p, err := Plan(*j)
	if err != nil {
		return nil, false, err
	}
	r, err := revoke.Respond(revoke.Question{Plan: p, Dir: j.Dir, Words: words, Now: j.now()})
	if err != nil {
		return nil, false, err
	}
	j.Options.Revoke, j.Options.Renewal, j.Options.Rotation = r.Revoke, r.Renew, r.Rotate
	return &r.Choice, r.Revoke != nil || r.Renew != nil || r.Rotate != nil, nil
}
