package spec

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"certwright/pkigen/cluster/problem"
)

// fault is one rule that a value breaks, before it has a key and a line.
type fault struct {
	code problem.Code
	args []any
}

func faulty(code problem.Code, args ...any) *fault { return &fault{code, args} }

// at puts the fault in its place.
func (f *fault) at(key string, line int) problem.Problem {
	return problem.New(f.code, key, line, f.args...)
}

// about makes the fault of a part that of the whole: the first argument of a
// fault is always the value that it quotes.
func (f *fault) about(whole string) *fault {
	args := append([]any{whole}, f.args[1:]...)
	return &fault{f.code, args}
}

// isASCII reports whether normalise has nothing to do.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// normalise turns what a Chinese or Japanese keyboard, or a text processor,
// makes of plain punctuation into the plain form: full-width letters, digits
// and marks, the ideographic comma, stop and space, the long dashes, the
// no-break space, and a byte order mark at the start. Technical values have no
// other use for these characters; subject fields are never normalised.
func normalise(s string) string {
	s = strings.TrimPrefix(s, "\ufeff")
	if isASCII(s) || !utf8.ValidString(s) {
		return s // broken text is refused as such later; strings.Map would hide it
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '、':
			return ','
		case r == '。':
			return '.'
		case r == '–' || r == '—' || r == '−':
			return '-'
		case r == '“' || r == '”':
			return '"'
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, s)
}

// oneValue normalises and trims an answer that is one value on one line.
func oneValue(s string) string { return strings.TrimSpace(normalise(s)) }

// textFault finds what no text of a certificate may have: bytes that are not
// UTF-8, control characters, and characters that cannot be seen. U+FFFD is what
// a terminal, a paste or an answer makes of such bytes: it would be signed.
func textFault(s string) *fault {
	if !utf8.ValidString(s) || strings.ContainsRune(s, unicode.ReplacementChar) {
		return faulty(notUTF8, s)
	}
	for _, r := range s {
		if r == '\n' || r == '\r' {
			return faulty(oneLineOnly, s)
		}
		if invisible(r) {
			return faulty(charInvisible, s, fmt.Sprintf("U+%04X", r))
		}
	}
	return nil
}

// invisible tells of control characters, of format characters (zero width,
// bidirectional overrides, soft hyphen, tags), of line and paragraph
// separators, and of the letters that Unicode draws as nothing.
func invisible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u034f', '\u2800':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// isDigits reports whether s is one or more ASCII digits.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
