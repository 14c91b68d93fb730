package plan

import (
	"bytes"
	"io/fs"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/store"
)

// TestAnswers holds that a file which says the same stays byte for byte, that
// another is rewritten, and that a flat layout gets none.
func TestAnswers(t *testing.T) {
	text := []byte("layout: three-ca\n")
	loose := func(have []byte) bool { return bytes.HasSuffix(have, text) }
	for name, test := range map[string]struct {
		layout string
		want   Answers
		have   string
		mode   fs.FileMode
		verb   Verb // "" for no action
		fix    bool
	}{
		"new":            {layout: "three-ca", want: Answers{Text: text}, verb: Create},
		"same bytes":     {layout: "single-ca", want: Answers{Text: text}, have: string(text), mode: 0o600, verb: Keep},
		"same answers":   {layout: "three-ca", want: Answers{text, loose}, have: "# mine\nlayout: three-ca\n", mode: 0o644, verb: Keep},
		"other form":     {layout: "three-ca", want: Answers{Text: text}, have: "# mine\nlayout: three-ca\n", mode: 0o644, verb: Renew},
		"other answers":  {layout: "three-ca", want: Answers{text, loose}, have: "layout: article\n", mode: 0o644, verb: Renew},
		"open to others": {layout: "three-ca", want: Answers{text, loose}, have: string(text), mode: 0o666, verb: Keep, fix: true},
		"flat":           {layout: "article", want: Answers{Text: text}},
		"none":           {layout: "three-ca"},
	} {
		layout, ok := catalog.FindLayout(test.layout)
		if !ok {
			t.Fatal(test.layout)
		}
		l := lister{plan: &Plan{Layout: layout}, have: store.Directory{}}
		if test.have != "" {
			l.have[AnswersFile] = store.File{Data: []byte(test.have), Mode: test.mode}
		}
		l.answers(test.want)
		if test.verb == "" {
			if len(l.out) > 0 {
				t.Errorf("%s: %+v", name, l.out)
			}
			continue
		}
		if len(l.out) != 1 {
			t.Fatalf("%s: %d actions", name, len(l.out))
		}
		a := l.out[0]
		data := test.want.Text
		if test.verb == Keep {
			data = []byte(test.have)
		}
		if a.Path != "answers.yaml" || a.Verb != test.verb || a.FixMode != test.fix || a.Mode != 0o644 || !bytes.Equal(a.Data, data) ||
			(a.Reason != "") != (test.verb == Renew) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
