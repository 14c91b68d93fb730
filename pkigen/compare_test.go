package pkigen

import (
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/plan"
)

func TestChangesSince(t *testing.T) {
	action := func(path string, v plan.Verb, reason string, data string) plan.Action {
		return plan.Action{Path: path, Verb: v, Reason: reason, Data: []byte(data)}
	}
	base := []plan.Action{action("a", plan.Keep, "", "x"), action("b", plan.Renew, "ended", "")}
	for _, test := range []struct {
		name string
		now  []plan.Action
		want string
	}{
		{"same", slices.Clone(base), ""},
		{"verb", []plan.Action{action("a", plan.Create, "", "x"), base[1]}, "a: keep became create"},
		{"reason", []plan.Action{base[0], action("b", plan.Renew, "usages changed", "")}, "b: renew for another reason: usages changed"},
		{"bytes", []plan.Action{action("a", plan.Keep, "", "y"), base[1]}, "a: its content comes from other answers"},
		{"bytes that were not read", []plan.Action{{Path: "a", Verb: plan.Keep}, base[1]}, ""},
		{"mode", []plan.Action{{Path: "a", Verb: plan.Keep, Data: []byte("x"), FixMode: true}, base[1]}, "a: its file mode changed"},
		{"more", append(slices.Clone(base), action("c", plan.Create, "", "")), "c: was not in the plan"},
		{"less", base[:1], "b: is no longer in the plan"},
	} {
		got := strings.Join(changesSince(&plan.Plan{Files: base}, &plan.Plan{Files: test.now}), "; ")
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestChanges holds that what was made and what the plan asks for are the same
// files: anything else must not reach the disk.
func TestChanges(t *testing.T) {
	files := []plan.Action{
		{Path: "new", Verb: plan.Create, Mode: 0o600, Part: catalog.Key},
		{Path: "kept", Verb: plan.Keep, Mode: 0o644},
		{Path: "loose", Verb: plan.Keep, Mode: 0o600, FixMode: true},
	}
	for _, test := range []struct {
		name string
		made map[string][]byte
		err  string
	}{
		{"right", map[string][]byte{"new": []byte("x")}, ""},
		{"not made", nil, "new: was not made, but the plan says create"},
		{"empty", map[string][]byte{"new": {}}, "new: was not made, but the plan says create"},
		{"kept is made", map[string][]byte{"new": []byte("x"), "kept": []byte("y")}, "kept: was made, but the plan says keep"},
		{"unknown", map[string][]byte{"new": []byte("x"), "../etc": []byte("y")}, "2 files were made, but the plan asks for 1"},
	} {
		got, err := changes(&plan.Plan{Files: files}, test.made)
		if test.err != "" {
			if err == nil || err.Error() != test.err || got != nil {
				t.Errorf("%s: got %v, %v; want %q", test.name, got, err, test.err)
			}
			continue
		}
		if err != nil || len(got) != 2 || got[0].Path != "new" || string(got[0].Data) != "x" || got[0].Mode != 0o600 || got[0].Keep ||
			got[1].Path != "loose" || !got[1].Keep || got[1].Data != nil || got[1].Mode != 0o600 {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}
}
