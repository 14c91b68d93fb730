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

// Why is the text that teaches what a step is about: plain paragraphs, each
// on one line, with blank lines between. It is "" for an unknown step.
func Why(stepKey string) string {
	b, err := whyTexts.ReadFile("why/" + stepKey + ".txt")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
