package shell

import "testing"

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"pki":            "pki",
		"/tmp/a-b_c.yml": "/tmp/a-b_c.yml",
		"my pki":         "'my pki'",
		"it's":           `'it'\''s'`,
		"":               "''",
		"$HOME":          "'$HOME'",
		"北京":             "'北京'",
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
	}
}
