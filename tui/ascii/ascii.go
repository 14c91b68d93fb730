// Package ascii is for terminals that do not understand UTF-8: it finds them out, and
// says in ASCII what is drawn for the others.
package ascii

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// glyphs are the signs of the wizard, each with one that takes as many cells.
var glyphs = map[rune]string{
	'─': "-", '┄': "-", '–': "-", '│': "|", '█': "#", '░': ".",
	'✓': "+", '•': "*", '●': "#", '·': ".", '…': "~",
	'↑': "^", '↓': "v", '←': "<", '→': ">",
}

// Text is s without anything but ASCII, as wide as it was. Letters that are none become
// question marks: a name must not look like another one.
func Text(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch glyph, known := glyphs[r]; {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case known:
			b.WriteString(glyph)
		default:
			b.WriteString(strings.Repeat("?", ansi.StringWidth(string(r))))
		}
	}
	return b.String()
}

// Writer writes in ASCII to another one. What is written to it must not end within a
// character.
type Writer struct{ Out io.Writer }

// Write reports p as written when all of it was, in ASCII.
func (w Writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Out, Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Locale reports whether the environment says that characters are UTF-8.
func Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
