package pkigen

import (
	"fmt"
	"runtime"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
)

// assemble makes the files that hold parts of several certificates, and then
// the checksums of each node whose files change.
func assemble(p *plan.Plan, made *issue.Made) error {
	var texts, sums []*plan.Action
	for i := range p.Files {
		a := &p.Files[i]
		switch {
		case a.Verb == plan.Keep:
		case a.Text != nil:
			texts = append(texts, a)
		case a.Sums != "":
			sums = append(sums, a)
		}
	}
	err := makeEach(texts, made, func(a *plan.Action) ([]byte, error) {
		data, err := a.Text.Render(made.Part, p.Have(a.Path))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Path, err)
		}
		return data, nil
	})
	if err != nil || len(sums) == 0 {
		return err
	}
	trees := treesOf(p, made, sums)
	return makeEach(sums, made, func(a *plan.Action) ([]byte, error) { return render.Sums(trees[a.Sums]), nil })
}

// makeEach makes the bytes of files on all processors.
func makeEach(files []*plan.Action, made *issue.Made, do func(*plan.Action) ([]byte, error)) error {
	all := make([][]byte, len(files))
	err := parallel.Each(len(files), runtime.GOMAXPROCS(0), func(i int) (err error) {
		all[i], err = do(files[i])
		return err
	})
	if err != nil {
		return err
	}
	for i, a := range files {
		made.Files[a.Path] = all[i]
	}
	return nil
}

// treesOf are the files of the nodes whose checksums are made, by their paths there.
func treesOf(p *plan.Plan, made *issue.Made, sums []*plan.Action) map[string]map[string][]byte {
	trees := make(map[string]map[string][]byte, len(sums))
	for _, a := range sums {
		trees[a.Sums] = map[string][]byte{}
	}
	for i := range p.Files {
		a := &p.Files[i]
		tree, rel := render.SplitTree(a.Path)
		if files := trees[tree]; files != nil && a.Sums == "" && !a.IsFolder() && a.Verb != plan.Remove {
			files[rel] = made.Files[a.Path]
			if a.Verb == plan.Keep {
				files[rel] = p.Have(a.Path)
			}
		}
	}
	return trees
}
