package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/shell"
)

// longestReadme is the most lines that the README may have: the manual is in topics.
const longestReadme = 250

// pages are the README and the topics, by their files.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	topics, err := filepath.Glob("help/*.md")
	if err != nil || len(topics) < 10 {
		t.Fatalf("%d topics: %v", len(topics), err)
	}
	for _, file := range append(topics, filepath.Join("..", "..", "README.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[file] = string(text)
	}
	return out
}

// TestExamplesParse holds that each command line in README and topics is one that
// certwright understands: commands and flags that are there.
func TestExamplesParse(t *testing.T) {
	seen := 0
	for file, text := range pages(t) {
		fenced := false
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
				continue
			}
			line = strings.TrimPrefix(line, "$ ")
			if !fenced || !strings.HasPrefix(line, "certwright ") {
				continue
			}
			if i := strings.IndexAny(line, "|;#>"); i >= 0 {
				line = line[:i]
			}
			words, err := shell.Fields(line, func(string) string { return "x" })
			if err != nil {
				t.Errorf("%s: %s: %v", file, line, err)
				continue
			}
			p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
			root := p.command()
			cmd, rest, err := root.Find(singleDash(words[1:]))
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err == nil && cmd.Args != nil {
				err = cmd.Args(cmd, cmd.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %s: %v", file, line, err)
			}
			seen++
		}
	}
	if seen < 30 {
		t.Errorf("%d command lines were seen; this test looks at nothing", seen)
	}
}

// TestPicturesAreShown: each picture that is kept stands in the README or in a topic, and
// each that stands there is kept.
func TestPicturesAreShown(t *testing.T) {
	kept, err := filepath.Glob(filepath.Join("..", "..", "tui", "testdata", "pictures", "*.svg"))
	if err != nil || len(kept) < 8 {
		t.Fatalf("%d pictures: %v", len(kept), err)
	}
	shown := map[string]bool{}
	for file, text := range pages(t) {
		for _, link := range regexp.MustCompile(`\(([^()]*\.svg)\)`).FindAllStringSubmatch(text, -1) {
			shown[filepath.Join(filepath.Dir(file), link[1])] = true
		}
	}
	for _, file := range kept {
		if !shown[file] {
			t.Errorf("%s stands nowhere", file)
		}
		delete(shown, file)
	}
	for file := range shown {
		t.Errorf("%s is not there", file)
	}
}

// TestTopics: the README names each topic, help shows it, wrapped, and each has a man
// page, as each command has.
func TestTopics(t *testing.T) {
	all := pages(t)
	readme := all[filepath.Join("..", "..", "README.md")]
	if n := strings.Count(readme, "\n"); n > longestReadme {
		t.Errorf("the README has %d lines, more than %d", n, longestReadme)
	}
	dir := t.TempDir()
	call := func(args ...string) (int, string) {
		var out bytes.Buffer
		p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &out, getenv: func(string) string { return "" }}
		root := p.command()
		root.SetArgs(args)
		return p.exit(root.Execute()), out.String()
	}
	if code, out := call("help", "--man", dir); code != 0 {
		t.Fatalf("%d\n%s", code, out)
	}
	for file, text := range all {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		if name == "README" {
			continue
		}
		if !strings.Contains(readme, "| ["+name+"](cmd/certwright/help/"+name+".md) |") {
			t.Errorf("the README does not name the topic %s", name)
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
		code, out := call("help", name)
		if code != 0 || !strings.HasPrefix(out, title+"\n\n") || strings.Contains(out, "```") || strings.Contains(out, ".svg") {
			t.Errorf("help %s: %d\n%s", name, code, out)
		}
		if page, err := os.ReadFile(filepath.Join(dir, "certwright-"+name+".1")); err != nil || !bytes.Contains(page, []byte(".TH")) {
			t.Errorf("man page of %s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "certwright-renew.1")); err != nil {
		t.Error(err)
	}
	if code, out := call("help", "renewel"); code != 2 || !strings.Contains(out, "did you mean renew") {
		t.Errorf("%d\n%s", code, out)
	}
}
