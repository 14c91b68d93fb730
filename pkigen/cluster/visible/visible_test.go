package visible

import (
	"encoding/json"
	"strings"
	"testing"
)

// acting are texts with what acts on a terminal or on a reader.
var acting = []string{"\x1b[2J", "a\u202eb", "\u2066x\u2069", "\u200e\u200f", "\u2028\u2029\u0085", "\x7f", "\ufeff", "tag\U000e0041", "\u061c", "\x00\x08\r\n\t"}

func TestText(t *testing.T) {
	for _, s := range acting {
		if got := Text(s); !Whole(got) || got == s || Whole(s) {
			t.Errorf("%q is shown as %q", s, got)
		}
	}
	for in, want := range map[string]string{"北京 José": "北京 José", "a\u202eb\n": `a\u202eb\u000a`, "\U000e0041": `\U000e0041`, "\xff": `\ufffd`} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestJSON: nothing acts in the document, and the values are what they were.
func TestJSON(t *testing.T) {
	doc, err := json.MarshalIndent(map[string][]string{"a\u202e": acting}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	out := JSON(doc)
	for line := range strings.Lines(string(out)) {
		if !Whole(strings.TrimSuffix(line, "\n")) {
			t.Errorf("%q", line)
		}
	}
	var back map[string][]string
	if err := json.Unmarshal(out, &back); err != nil {
		t.Fatal(err)
	}
	for i, s := range back["a\u202e"] {
		if s != acting[i] {
			t.Errorf("%q came back as %q", acting[i], s)
		}
	}
	if len(back["a\u202e"]) != len(acting) {
		t.Errorf("%q", back)
	}
}
