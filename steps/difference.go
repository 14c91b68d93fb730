package steps

import (
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// Differences say in what answers differ from these, a few words for each key: what a list
// lost and gained, or the value before and after. Answers that are local to a run,
// such as the directory, do not count.
func (a *Answers) Differences(b *Answers) []string {
	var out []string
	for _, k := range Keys() {
		f, ok := Lookup(k.Key)
		if !ok || f.Local || a.Get(k.Key) == b.Get(k.Key) {
			continue
		}
		if words := listDifference(f, a.Get(k.Key), b.Get(k.Key)); words != "" {
			out = append(out, k.Key+": "+words)
		}
	}
	return out
}

// listDifference is "" for lists that hold the same.
func listDifference(f Field, a, b string) string {
	before, after := entries(f, a), entries(f, b)
	if f.Form != lineList && f.Form != commaList {
		return fmt.Sprintf("%s, was %s", shown(b), shown(a))
	}
	var words []string
	for _, s := range after {
		if !slices.Contains(before, s) {
			words = append(words, "+"+s)
		}
	}
	for _, s := range before {
		if !slices.Contains(after, s) {
			words = append(words, "-"+s)
		}
	}
	return spec.List(words, 3)
}

// entries are those of a list, without blanks.
func entries(f Field, text string) []string {
	by := "\n"
	if f.Form == commaList {
		by = ","
	}
	var out []string
	for item := range strings.SplitSeq(text, by) {
		if item = strings.Join(strings.Fields(item), " "); item != "" {
			out = append(out, item)
		}
	}
	return out
}

func shown(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
