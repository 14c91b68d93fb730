package ansible

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// text writes a value for a YAML file that Ansible reads: quoted, and where it looks like
// a template marked as none (https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_advanced_syntax.html#unsafe-or-raw-strings).
func text(s string) string {
	quoted := quote(s)
	if strings.Contains(s, "{{") || strings.Contains(s, "{%") || strings.Contains(s, "{#") {
		return "!unsafe " + quoted
	}
	return quoted
}

// quote writes a double-quoted YAML scalar of one line.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < ' ' || r == 0x7f || r > 0x7e && r < 0xa1:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// writer writes a YAML file line by line.
type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// list writes a list of values below a key.
func (w *writer) list(indent, key string, values []string) {
	if len(values) == 0 {
		w.line("%s%s: []", indent, key)
		return
	}
	w.line("%s%s:", indent, key)
	for _, v := range values {
		w.line("%s  - %s", indent, text(v))
	}
}

func (w *writer) bytes() []byte { return []byte(w.String()) }
