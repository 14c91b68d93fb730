package shell

import "strings"

// Lines breaks a command between its words into lines of w bytes, so that it can be
// copied with the breaks.
func (l Line) Lines(w int) []string {
	var out []string
	line := ""
	for _, word := range l.words() {
		if line != "" && len(line)+1+len(word)+2 > w {
			out, line = append(out, line+" \\"), " "
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Split(strings.Join(append(out, line), "\n"), "\n") // a quoted word may end in a line break
}

// words splits a command at its blanks, but for those within quotes.
func (l Line) words() []string {
	command := string(l)
	var out []string
	var quote rune
	from, escaped := 0, false
	for i, r := range command {
		switch {
		case escaped:
			escaped = false
		case quote == 0 && r == '\\':
			escaped = true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case quote == 0 && r == ' ':
			if i > from {
				out = append(out, command[from:i])
			}
			from = i + 1
		}
	}
	if from < len(command) {
		out = append(out, command[from:])
	}
	return out
}
