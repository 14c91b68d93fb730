package pkigen

import (
	"fmt"

	"certwright/pkigen/handout"
	"certwright/pkigen/issue"
	"certwright/pkigen/plan"
	"certwright/pkigen/render"
)

// assemble makes the files that hold parts of several certificates, and then
// the checksums of each node whose files change.
func assemble(p *plan.Plan, made *issue.Made) error {
	trees := map[string]map[string][]byte{} // tree -> path in it -> bytes
	for i := range p.Files {
		a := &p.Files[i]
		if a.Text != nil && a.Verb != plan.Keep {
			data, err := a.Text.Render(made.Part, p.Have(a.Path))
			if err != nil {
				return fmt.Errorf("%s: %w", a.Path, err)
			}
			made.Files[a.Path] = data
		}
		if a.Sums != "" && a.Verb != plan.Keep {
			trees[a.Sums] = map[string][]byte{}
		}
	}
	if len(trees) == 0 {
		return nil
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
	for i := range p.Files {
		if a := &p.Files[i]; trees[a.Sums] != nil {
			made.Files[a.Path] = handout.Sums(trees[a.Sums])
		}
	}
	return nil
}
