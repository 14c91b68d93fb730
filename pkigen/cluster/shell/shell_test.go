package shell_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/shell/shelltest"
)

func TestLine(t *testing.T) {
	for want, got := range map[string]shell.Line{
		"rm -f a ./-b 'c d'":                                shell.Command("rm -f").File("a", "-b", "c d"),
		"kubectl drain n1 --force":                          shell.Command("kubectl drain").Word("n1").Own("--force"),
		"kubectl drain -- -n1":                              shell.Command("kubectl drain").Word("-n1"),
		"certwright change pki --add-name 'it'\\''s'":       shell.Command("certwright change").File("pki").Own("--add-name").Word("it's"),
		"etcdctl member add n --peer-urls='$(id)'":          shell.Command("etcdctl member add").Word("n").Set("--peer-urls", "$(id)"),
		`until promote "$(list | awk 1)"; do sleep 2; done`: shell.Command("until promote").Output(shell.Command("list").Pipe("awk 1")).Own("; do sleep 2; done"),
		"a && b":                          shell.And("", "a", "", "b"),
		"base64 -d > ./-x":                shell.Command("base64 -d").To("-x"),
		"a; b":                            shell.Command("a").Then("b"),
		"ls -l 'a\\b'   # on \\u001b":     shell.Command("ls -l").File(`a\b`).Comment("on \x1b"),
		"ls '' '北京'":                      shell.Command("ls").File("", "北京"),
		`rm "$(printf 'a\033\047\045b')"`: shell.Command("rm").File("a\x1b'%b"),
		`echo "$(base64 < ca.crt)"`:       shell.Command(`echo "$(base64 <`).File("ca.crt").Own(`)"`),
	} {
		if got.String() != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestFill(t *testing.T) {
	values := map[string]string{"path": "-a b", "user": "$(id)"}
	got := shell.Command("ls {path}; bind --user={user} {name}").Fill(func(place string) (string, shell.Line) { return values[place], "NAME" })
	if want := shell.Line("ls './-a b'; bind --user='$(id)' NAME"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// FuzzWords hands any words to the real shell and sees them come out as they went in.
func FuzzWords(f *testing.F) {
	for _, w := range shelltest.Hostile {
		f.Add(w, "x")
		f.Add("x", w)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a+b, "\x00") {
			t.Skip("no word of a program holds a NUL")
		}
		line := shell.Command(`for w in`).File(a, b).Own(`; do printf '%s\0' "$w"; done; printf %s`).Set("--v", b).Own("; printf %s").Word("x" + a)
		out, err := exec.Command("sh", "-c", line.String()).CombinedOutput()
		want := dashed(a) + "\x00" + dashed(b) + "\x00--v=" + b + "x" + a
		if err != nil || string(out) != want {
			t.Errorf("%s\ngives %q, want %q (%v)", line, out, want, err)
		}
	})
}

func dashed(s string) string {
	if strings.HasPrefix(s, "-") {
		return "./" + s
	}
	return s
}

// TestLines: further lines of a command stand below one another, further in than the first.
func TestLines(t *testing.T) {
	got := shell.Command("openssl x509 -in a.pem -noout -text -ext 'two words' -dates").Lines(30)
	want := []string{"openssl x509 -in a.pem \\", "  -noout -text -ext \\", "  'two words' -dates"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
