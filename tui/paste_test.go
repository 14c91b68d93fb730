package tui

import (
	"strings"
	"testing"

	"certwright/steps"
	"certwright/tui/wizard"
)

// TestPastedIsJudgedAsTyped: in every field of every page a text that is pasted gives the
// answer and the problems that it gives when it is typed, and in a choice it is nothing.
func TestPastedIsJudgedAsTyped(t *testing.T) {
	texts := []string{"x", "  10.0.0.0/24 ", "10.0.0.1/24", "a b", "876000h", "a\tb", "北京 ä", "-1", "cp1 10.0.0.1 control-plane,etcd", `"quoted"`}
	for _, layout := range []string{"three-ca", "article"} {
		a := steps.NewAnswers()
		set(t, a, "layout", layout)
		set(t, a, "nodes", "cp1 10.0.0.1 control-plane,etcd")
		d := drive(t, 100, 40, wizard.Options{Answers: a})
		fields := 0
		for _, step := range d.m.Steps() {
			for _, f := range step.Fields(d.m.Answers) {
				if f.Key == steps.ModeKey || f.Key == steps.DirKey { // which other pages hang on
					continue
				}
				had := d.m.Answers.Get(f.Key)
				judged := func(text string, give func(string)) string {
					d.run(d.m.askField(step.Key, f.Key))
					d.m.Give(f.Key, "")
					d.run(d.m.askField(step.Key, f.Key))
					give(text)
					out := d.m.Answers.Get(f.Key)
					for _, p := range d.m.Problems {
						out += "\n" + steps.Place(p) + ": " + steps.Sentence(p, "")
					}
					return out
				}
				for _, text := range texts {
					if f.Kind == steps.Choice {
						d.m.Give(f.Key, had)
						d.run(d.m.askField(step.Key, f.Key))
						if d.paste(text); d.m.Answers.Get(f.Key) != had {
							t.Errorf("%s: pasted %q is chosen: %q", f.Key, text, d.m.Answers.Get(f.Key))
						}
						continue
					}
					typed := judged(text, func(s string) { d.press(strings.ReplaceAll(s, "\t", " ")) })
					pasted := judged(text, func(s string) { d.paste(s) })
					if strings.ReplaceAll(pasted, "\t", " ") != typed {
						t.Errorf("%s, %q:\ntyped  %s\npasted %s", f.Key, text, typed, pasted)
					}
				}
				d.m.Give(f.Key, had)
				fields++
			}
		}
		if fields < 15 {
			t.Errorf("%s: %d fields; this test looks at nothing", layout, fields)
		}
	}
}
