// Package shell makes the command lines that people copy into a shell. It is the
// only way to one: what comes from a file, a certificate, a flag or the network
// becomes one word, whatever is in it.
//
// A line is made of own text, which is a constant of the source and stands as it is,
// and of words, which are quoted:
//
//	shell.Command("openssl pkey -in").File(key).Own("-pubout -out").File(public)
//	shell.And(remove, again)
//	shell.Command("kubectl get csr")
//
// What a reader has to fill in is own text too: "kubectl certificate approve CSR".
package shell

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"certwright/pkigen/cluster/visible"
)

// Line is a command line as a POSIX shell reads it, or a part of one. A constant of
// the source is one; every other is made here, and no string is converted to one. The
// zero Line is no command.
type Line string

// Command begins a line with own text: a program, and the words that are always the same.
func Command(text Line) Line { return text }

// Own goes on with own text: options, further words, "| base64 -d", "; done".
func (l Line) Own(text Line) Line { return l.join(string(text)) }

// File goes on with the names of files. One that begins with a dash is no option.
func (l Line) File(names ...string) Line {
	for _, name := range names {
		if strings.HasPrefix(name, "-") {
			name = "./" + name
		}
		l = l.join(quote(name))
	}
	return l
}

// Word goes on with words that are no files: names of nodes, of certificates,
// addresses. Behind one that begins with a dash there are no options.
func (l Line) Word(words ...string) Line {
	for _, w := range words {
		if strings.HasPrefix(w, "-") {
			l = l.join("--")
		}
		l = l.join(quote(w))
	}
	return l
}

// Typed goes on with words as somebody has typed them to a program: options are options.
func (l Line) Typed(words ...string) Line {
	for _, w := range words {
		l = l.join(quote(w))
	}
	return l
}

// Set goes on with a value behind its name: --peer-urls=URL, or a variable where a
// command is begun with "export".
func (l Line) Set(name Line, value string) Line { return l.join(string(name) + "=" + quote(value)) }

// Output goes on with what another line prints, as one word.
func (l Line) Output(of Line) Line { return l.join(`"$(` + string(of) + `)"`) }

// Then goes on with another line behind this one, whatever the first comes to.
func (l Line) Then(next Line) Line { return l + "; " + next }

// Pipe goes on with a line that reads what this one prints.
func (l Line) Pipe(to Line) Line { return l.join("|").join(string(to)) }

// To writes what a line prints into a file.
func (l Line) To(file string) Line { return l.Own(">").File(file) }

// place is where a constant line leaves room for a word.
var place = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{[a-z0-9]+\}`) })

// Fill puts words into the places of a line, such as {path}. Of each it asks for a
// word, or for own text where there is none. A word that begins with a dash is no
// option.
func (l Line) Fill(with func(place string) (word string, own Line)) Line {
	return Line(place().ReplaceAllStringFunc(string(l), func(s string) string {
		word, own := with(s[1 : len(s)-1])
		if word == "" {
			return string(own)
		}
		return string(Line("").File(word))
	}))
}

// Comment puts words for the reader behind a line.
func (l Line) Comment(text string) Line { return l + Line("   # "+visible.Text(text)) }

// And does lines one after another, as long as all is well. Those that are no
// command are left out.
func And(lines ...Line) Line {
	var out Line
	for _, l := range lines {
		switch {
		case l == "":
		case out == "":
			out = l
		default:
			out += " && " + l
		}
	}
	return out
}

// String is the line as it is printed.
func (l Line) String() string { return string(l) }

func (l Line) join(s string) Line {
	if l == "" || s == "" || strings.IndexByte(";)", s[0]) >= 0 || strings.HasSuffix(string(l), "$(") {
		return l + Line(s)
	}
	return l + " " + Line(s)
}

// quote writes a word so that a POSIX shell reads it as one word, and a terminal
// shows it: characters that would move the cursor or reorder the line are printed by
// the shell itself. It would drop line breaks at the end, so that those stand quoted.
func quote(s string) string {
	if !visible.Whole(s) {
		text := strings.TrimRight(s, "\n")
		out := `"$(printf '` + octal(text) + `')"`
		if text != s {
			out += "'" + s[len(text):] + "'"
		}
		return out
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("%+,-./:=@_", r)
}

// octal is a text as printf's format has it.
func octal(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; plain(rune(c)) && c != '%' && (c != '-' || i > 0) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return b.String()
}
