package plan

// AnswersFile is where a layout with a tree for each node keeps the answers that
// made it, below the output directory, and an adopted directory too. A flat layout
// holds nothing but its own files.
const AnswersFile = "answers.yaml"

// Answers is the file that replays a run. The plan carries its bytes and does
// not know what they say: whoever asked the questions hands both down.
type Answers struct {
	Text []byte // nil for none
	// Same reports whether the bytes of a file that was found say the same. Such a
	// file stays as it is, with what its owner noted in it. Nil for equal bytes only.
	Same func(have []byte) bool
}

// answers adds the file of the answers.
func (l *lister) answers(w Answers) {
	if w.Text == nil || !l.plan.Layout.Answers {
		return
	}
	a := Action{Path: AnswersFile, Mode: openMode, Data: w.Text}
	file, there := l.have[AnswersFile]
	if there && w.Same != nil && w.Same(file.Data) {
		a.Verb, a.Data = Keep, file.Data
	} else {
		a.Verb, a.Reason = dataVerb(l.have, AnswersFile, w.Text, "holds other answers; the backup keeps it as it was")
	}
	l.add(a)
}
