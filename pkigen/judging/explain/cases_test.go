package explain

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A file of testdata is one kind of error: a paragraph is one text of it, its lines
// as they stand in a log, and what has to be said of them. Patterns are regular
// expressions without regard to case.
//
//	> a line of the text
//	by: who printed it
//	first: what the first match means, and its likeliest cause, with what sets it right
//	says: what is said in all
//	never: what is said nowhere
//	causes: what one of the causes says; nocause: what none says
//	unknown: nothing is known of it
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for paragraph := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
			c := newSaid(paragraph)
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { c.test(t) })
		}
	}
}

// said is a paragraph, and what is said of its text.
type said struct {
	text    string
	wants   [][2]string // word and pattern
	matches int
	by      string
	first   string
	all     string
	causes  string
}

func newSaid(paragraph string) *said {
	c := &said{}
	var lines []string
	for line := range strings.SplitSeq(paragraph, "\n") {
		if text, ok := strings.CutPrefix(line, "> "); ok {
			lines = append(lines, text)
		} else if word, pattern, ok := strings.Cut(line, ": "); ok && line[0] != '#' {
			c.wants = append(c.wants, [2]string{word, pattern})
		} else if line == "unknown" {
			c.wants = append(c.wants, [2]string{line, ""})
		}
	}
	c.text = strings.Join(lines, "\n")
	matches := Explain(c.text)
	c.matches = len(matches)
	for i := range matches {
		x := matches[i].Explanation()
		var causes []string
		for _, cause := range x.Causes {
			causes = append(causes, cause.Text+" "+cause.Fix+" "+cause.Command.String())
		}
		if i == 0 {
			c.by, c.first = x.PrintedBy, x.Means+" "+strings.Join(causes[:1], "")
		}
		c.causes += strings.Join(causes, "\n") + "\n"
		c.all += strings.Join([]string{x.Means, x.PrintedBy, x.Fault, x.Next}, "\n") + "\n"
	}
	c.all += c.causes
	return c
}

func (c *said) test(t *testing.T) {
	if len(c.wants) == 0 || c.text == "" {
		t.Fatalf("nothing is wanted of %q", c.text)
	}
	for _, w := range c.wants {
		if w[0] == "unknown" {
			if c.matches != 0 {
				t.Errorf("%s\nis not known, and this is said of it:\n%s", c.text, c.all)
			}
			continue
		}
		where := map[string]string{"by": c.by, "first": c.first, "says": c.all, "never": c.all, "causes": c.causes, "nocause": c.causes}[w[0]]
		has := regexp.MustCompile(`(?i)` + w[1]).MatchString(where)
		if not := w[0] == "never" || w[0] == "nocause"; has == not || c.matches == 0 {
			t.Errorf("%s\n%s: %s, but:\n%s", c.text, w[0], w[1], where)
		}
	}
}
