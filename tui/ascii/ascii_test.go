package ascii

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestText(t *testing.T) {
	for s, want := range map[string]string{
		"plain":                    "plain",
		" ✓ Start │ (•) a…":        " + Start | (*) a~",
		"\x1b[36m─\x1b[0m":         "\x1b[36m-\x1b[0m",
		"北京 Zürich":                "???? Z?rich",
		"e\u0301":                  "e",
		"↑↓ look · 3 nodes – none": "^v look . 3 nodes - none",
	} {
		got := Text(s)
		if got != want || ansi.StringWidth(got) != ansi.StringWidth(s) {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
		var b strings.Builder
		if n, err := (Writer{&b}).Write([]byte(s)); n != len(s) || err != nil || b.String() != want {
			t.Errorf("%q was written as %q: %d, %v", s, b.String(), n, err)
		}
	}
}

func TestLocale(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "de_DE.utf8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, true},
		{map[string]string{"LC_CTYPE": "en_US.ISO-8859-1", "LANG": "en_US.UTF-8"}, false},
	} {
		if got := Locale(func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%v: %t", tt.env, got)
		}
	}
}
