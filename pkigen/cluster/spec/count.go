package spec

import (
	"fmt"
	"slices"
	"strings"
)

// Count is a number with its noun: "1 file", "2 files".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// More says how many entries of a list are left out: "and 3 more".
func More(n int) string { return fmt.Sprintf("and %d more", n) }

// List joins what may be thousands of entries into a line, the first few of them: "a, b,
// and 3 more".
func List(entries []string, most int) string {
	if more := len(entries) - most; more > 0 {
		entries = append(slices.Clone(entries[:most]), More(more))
	}
	return strings.Join(entries, ", ")
}
