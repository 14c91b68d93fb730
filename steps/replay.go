package steps

import (
	"bytes"

	"certwright/pkigen/making/plan"
)

// Replay is the answers as the file that replays the run, as far as the layout
// keeps one in its directory. It shares nothing with the answers.
func (a *Answers) Replay() plan.Answers {
	text := a.YAML()
	return plan.Answers{Text: text, Same: func(have []byte) bool {
		f, bad := ParseFile(plan.AnswersFile, have)
		return len(bad) == 0 && bytes.Equal(f.Answers.YAML(), text)
	}}
}

// InSet reports whether the file of the answers is one of those that the layout
// makes. Otherwise it lies beside the directory.
func (a *Answers) InSet() bool { return layoutOf(a).Answers }
