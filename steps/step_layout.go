package steps

import (
	"certwright/pkigen/role"
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
				if len(role.Layouts) == 0 {
					return ""
				}
				return role.Layouts[0].Name
			},
			Options: func(a *Answers) []Option {
				var out []Option
				for _, l := range role.Layouts {
					text := l.Text
					if l.Risk != "" {
						text += " " + l.Risk
					}
					out = append(out, Option{l.Name, l.Title, text})
				}
				if isAdopted(a) { // nobody can choose it, but who has it keeps it
					l := role.Adopted()
					out = append(out, Option{l.Name, l.Title, l.Text})
				}
				return out
			},
		}},
		Shows: []string{"config"},
	}
}

// layoutOf is the chosen layout. Where the answer names none the first stands
// in, so that the later pages still have questions while Build complains.
func layoutOf(a *Answers) *role.Layout {
	if isAdopted(a) {
		return role.Adopted()
	}
	if l, ok := role.FindLayout(a.Get("layout")); ok {
		return l
	}
	return &role.Layouts[0]
}
