package text

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		width int
		want  []string
	}{
		"words":             {"one two three", 7, []string{"one two", "three"}},
		"fits":              {"one two", 7, []string{"one two"}},
		"empty":             {"", 7, []string{""}},
		"no limit":          {"one two three", 0, []string{"one two three"}},
		"line breaks stay":  {"one\ntwo three", 5, []string{"one", "two", "three"}},
		"long word":         {"abcdefghij k", 4, []string{"abcd", "efgh", "ij k"}},
		"path at its slash": {"nodes/master1/etc/kubernetes", 16, []string{"nodes/master1/", "etc/kubernetes"}},
		"wide runes":        {"北京市海淀区", 5, []string{"北京", "市海", "淀区"}},
		"too narrow":        {"北京", 1, []string{"北京"}},
	} {
		if got := Wrap(c.in, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: Wrap(%q, %d) = %q, want %q", name, c.in, c.width, got, c.want)
		}
	}
}

// Wrapping must lose nothing but blanks, whatever the width.
func FuzzWrap(f *testing.F) {
	f.Add("kubernetes.default.svc.cluster.local, 192.168.214.88", 20)
	f.Add("北京 テスト\n\x1b[31mred", 3)
	f.Fuzz(func(t *testing.T, s string, width int) {
		s = Clean(s)
		blanks := strings.NewReplacer(" ", "", "\n", "")
		lines := Wrap(s, width%200)
		got := blanks.Replace(strings.Join(lines, ""))
		if want := strings.Join(strings.Fields(s), ""); got != want {
			t.Errorf("Wrap(%q, %d) holds %q, want %q", s, width, got, want)
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"kubernetes-ca":      "kubernetes-ca",
		"北京 José":            "北京 José",
		"a\x1b[2Jb":          `a\u001b[2Jb`,
		"a\nb":               `a\u000ab`,
		"admin\u202egnp.exe": `admin\u202egnp.exe`,
		"zero\u200bwidth":    `zero\u200bwidth`,
		"tag\U000e0041":      `tag\U000e0041`,
		"\xff":               `\ufffd`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestWidth holds the short way for plain ASCII against the long one.
func TestWidth(t *testing.T) {
	for _, s := range []string{"", "a plain line ~", "tab\tinside", "\x7f", "\x1b[1mbold\x1b[0m", "über", "主控節點", "e\u0301"} {
		if got, want := cellWidth(s), ansi.StringWidth(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}
