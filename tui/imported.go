package tui

import (
	"path/filepath"
	"strings"

	"certwright/steps/imports"
	"certwright/tui/text"
	"certwright/tui/text/imported"
)

// newImported is the overlay that says what texts of other programs have given.
func newImported(m *Model, i *imports.Result) overlay {
	return newReading(120, func(w int) []string {
		lines := []string{m.theme.strong.Render("What was read"), ""}
		return append(append(lines, imported.Lines(i, w)...), "", "All of it can be changed on the pages.")
	})
}

// originName is the origin of an answer without the folders of its files.
func originName(from string) string {
	names := strings.Split(from, ", ")
	for i, name := range names {
		names[i] = text.Clean(filepath.Base(name))
	}
	return text.Middle(strings.Join(names, ", "), widestOrigin)
}

// widestOrigin is how many cells an origin takes at the most.
const widestOrigin = 24
