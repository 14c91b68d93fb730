package restart

import (
	"maps"
	"slices"
	"strings"
)

// ChangedFlags are the flags that have other values in two files of flags; nil
// where either is none, or not known.
func ChangedFlags(old, fresh []byte) []string {
	before, after := flagsOf(old), flagsOf(fresh)
	if before == nil || after == nil {
		return nil
	}
	out := []string{}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if v, there := after[name]; !there || v != before[name] {
			out = append(out, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, there := before[name]; !there {
			out = append(out, name)
		}
	}
	return out
}

// flagsOf are the flags in the text of a file as the renderer makes it, one on a
// line; nil for another text.
func flagsOf(text []byte) map[string]string {
	var out map[string]string
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.Trim(line, " \"\\\n"), "=")
		if !ok || !strings.HasPrefix(name, "--") {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = value
	}
	return out
}
