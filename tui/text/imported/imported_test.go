package imported

import (
	"strings"
	"testing"

	"certwright/steps/imports"
)

// TestLines holds what is printed of a result, and that nothing in it reaches a terminal.
func TestLines(t *testing.T) {
	r := &imports.Result{
		Files: []imports.File{{Name: "h\x1b[1m.ini", Is: "an inventory of Ansible"}, {Is: "an /etc/hosts"}},
		Taken: []imports.Taken{{Key: "nodes", Value: strings.Repeat("n 192.0.2.1\n", 19) + "last\x07", From: "h.ini"}},
		Notes: []imports.Note{{At: imports.Place{File: "h.ini", Line: 3, Key: "x"}, Why: imports.Answered, Args: []any{"a\x1b", "b"}}},
	}
	for _, width := range []int{0, 20, 40, 80, 200} {
		out := strings.Join(Lines(r, width), "\n")
		for _, want := range []string{"an inventory of Ansible", "what was pasted is", "and 12 more", "not used:"} {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				t.Errorf("at %d there is no %q in\n%s", width, want, out)
			}
		}
		if strings.ContainsAny(out, "\x1b\x07") {
			t.Errorf("a control character is printed: %q", out)
		}
	}
	if got := Lines(&imports.Result{Files: r.Files[1:]}, 80); len(got) != 3 || got[2] != "nothing of it is taken" {
		t.Errorf("got %q", got)
	}
}
