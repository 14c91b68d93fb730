// Package visible shows text that comes from files, certificates and the network,
// so that it cannot act on a terminal or on the reader of a log: what moves the
// cursor, breaks a line or reorders the text around it is written as an escape.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Rune reports whether a rune is shown as it is. All others can move the cursor,
// break a line, or change the order or the look of the text around them. U+FFFD
// stands for a byte that is no UTF-8.
func Rune(r rune) bool {
	return !unicode.Is(unicode.Cc, r) && !unicode.Is(unicode.Cf, r) && r != '\u2028' && r != '\u2029' && r != unicode.ReplacementChar
}

// Whole reports whether a text is shown as it is.
func Whole(s string) bool { return !strings.ContainsFunc(s, hidden) }

func hidden(r rune) bool { return !Rune(r) }

// Text shows a text: what is not shown as it is becomes \u and four digits, or \U
// and eight.
func Text(s string) string {
	return escape(s, func(r rune) string {
		if r > 0xffff {
			return fmt.Sprintf(`\U%08x`, r)
		}
		return fmt.Sprintf(`\u%04x`, r)
	})
}

// JSON escapes in a JSON document what is not shown as it is. In valid JSON that
// stands in strings only, save for the breaks between lines, and the decoded values
// stay the same.
func JSON(doc []byte) []byte {
	lines := strings.Split(string(doc), "\n")
	for i := range lines {
		lines[i] = escape(lines[i], func(r rune) string {
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				return fmt.Sprintf(`\u%04x\u%04x`, high, low)
			}
			return fmt.Sprintf(`\u%04x`, r)
		})
	}
	return []byte(strings.Join(lines, "\n"))
}

func escape(s string, as func(rune) string) string {
	if Whole(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if Rune(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(as(r))
		}
	}
	return b.String()
}
