package verify

import (
	"cmp"
	"slices"

	"certwright/pkigen/judging/rehearse"
)

// Pair is one cell of the matrix: whether somebody can talk to somebody.
type Pair struct {
	Who, Whom string
	State     rehearse.State
}

// Wrong reports whether it must be otherwise.
func (p *Pair) Wrong() bool { return p.State == rehearse.Broken || p.State == rehearse.Opened }

// Doubtful reports whether it is neither wrong nor as it must be.
func (p *Pair) Doubtful() bool {
	return !p.Wrong() && p.State != rehearse.Talks && p.State != rehearse.Refused
}

// Pairs are the cells of the matrix one after the other, what is wrong first.
func (j *Judgement) Pairs() []Pair {
	if j.Matrix == nil {
		return nil
	}
	var out []Pair
	for _, r := range j.Matrix.Rows {
		for i, c := range r.Cells {
			if c.State != "" {
				out = append(out, Pair{r.String(), j.Matrix.Columns[i].String(), c.State})
			}
		}
	}
	rank := func(p Pair) int {
		switch {
		case p.Wrong():
			return 0
		case p.Doubtful():
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b Pair) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}
