package steps

import (
	"certwright/pkigen/cluster/catalog"
)

func layoutStep() Step {
	return Step{
		Key:   "layout",
		Title: "Layout",
		Intro: "Which certificates there are, and who signs them",
		When:  Making,
		Questions: []Field{{
			Key: "layout", Label: "Layout", Kind: Choice,
			Default: func(*Answers) string {
				if len(catalog.Layouts) == 0 {
					return ""
				}
				return catalog.Layouts[0].Name
			},
			Options: func(a *Answers) []Option {
				var out []Option
				for _, l := range catalog.Layouts {
					text := l.Text
					if l.Risk != "" {
						text += " " + l.Risk
					}
					out = append(out, Option{l.Name, l.Title, text})
				}
				if isAdopted(a) { // nobody can choose it, but who has it keeps it
					l := catalog.Adopted()
					out = append(out, Option{l.Name, l.Title, l.Text})
				}
				return out
			},
		}},
		Shows: []string{ShowsConfig},
	}
}

// layoutOf is the chosen layout. Where the answer names none the first stands
// in, so that the later pages still have questions while Build complains.
func layoutOf(a *Answers) *catalog.Layout {
	if isAdopted(a) {
		return catalog.Adopted()
	}
	if l, ok := catalog.FindLayout(a.Get("layout")); ok {
		return l
	}
	return &catalog.Layouts[0]
}
