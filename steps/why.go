package steps

import (
	"embed"
	"strings"
)

// The texts are files and not strings here, so that another language is
// another folder. One paragraph a line; the reader wraps.
//
//go:embed why/*.txt
var whyTexts embed.FS

// Why is the text that teaches what a step is about: one sentence that suffices, and
// what there is to know beyond it, in plain paragraphs, each on one line, with blank
// lines between. Both are "" for an unknown step.
func Why(stepKey string) (first, rest string) {
	b, err := whyTexts.ReadFile("why/" + stepKey + ".txt")
	if err != nil {
		return "", ""
	}
	first, rest, _ = strings.Cut(strings.TrimSpace(string(b)), "\n\n")
	return first, rest
}
