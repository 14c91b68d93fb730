package text

import (
	"fmt"
	"strings"
	"testing"
)

func laid(t Table, width int) string {
	head, rows := t.Lay(width)
	out := []string{head}
	for _, r := range rows {
		out = append(out, r...)
	}
	return strings.Join(out, "\n")
}

func TestTable(t *testing.T) {
	for name, c := range map[string]struct {
		table Table
		width int
		want  string
	}{
		"wide runes line up": {
			Table{[]Column{{Title: "NAME"}, {Title: "EXPIRES"}}, [][]string{{"北京", "2036"}, {"k8s", "2026"}}}, 0,
			"NAME  EXPIRES\n北京  2036\nk8s   2026"},
		"the widest shrinks, and nothing is lost": {
			Table{[]Column{{Title: "NAME", Min: 4}, {Title: "NAMES", Min: 8}}, [][]string{{"ca", "one two three four"}}}, 15,
			"NAME  NAMES\nca    one two\n      three\n      four"},
		"a column without Min keeps its width": {
			Table{[]Column{{Title: "A"}, {Title: "B", Min: 3}}, [][]string{{"aaaaaaaaaa", "bbbbbb"}}}, 15,
			"A           B\naaaaaaaaaa\n    bbbbbb"},
		"lines of a cell": {
			Table{[]Column{{}, {}}, [][]string{{"ca", "one\ntwo"}, {"admin"}}}, 0,
			"\nca     one\n       two\nadmin"},
		"an indented cell keeps its indent": {
			Table{[]Column{{Title: "F", Min: 6}}, [][]string{{"  abcdef"}}}, 6,
			"F\n  abcd\n  ef"},
	} {
		if got := laid(c.table, c.width); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// A table that can shrink fits every width down to its minimum.
func TestTableFits(t *testing.T) {
	table := Table{Columns: []Column{{Title: "FILE", Min: 8}, {Title: "WILL"}, {Title: "WHY", Min: 8}}}
	for i := range 30 {
		table.Rows = append(table.Rows, []string{
			strings.Repeat("x", i), "create", strings.Repeat("名 word ", i),
		})
	}
	for width := 8 + 6 + 8 + 4; width < 200; width++ {
		for _, l := range strings.Split(laid(table, width), "\n") {
			if cellWidth(l) > width {
				t.Fatalf("width %d: line of %d cells: %q", width, cellWidth(l), l)
			}
		}
	}
}

// No word is broken, whatever the width: a column of words gives way to names, columns
// that may be dropped go, and a cell with a longer word stands above or below its row.
func TestTableKeepsWords(t *testing.T) {
	table := Table{Columns: []Column{{Title: "NAME", Min: 4}, {Title: "DAYS", Drop: true}, {Title: "WHY", Min: 4}},
		Rows: [][]string{{"a-long-name", "364", "some words"}, {"b", "9", "for nodes/worker1"}}}
	for width, want := range map[int]string{
		32: "NAME         DAYS  WHY\na-long-name  364   some words\nb            9     for\n                   nodes/worker1",
		30: "NAME         WHY\na-long-name  some words\nb            for nodes/worker1",
		22: "NAME         WHY\na-long-name  some\n             words\nb\n    for nodes/worker1",
		17: "NAME         WHY\na-long-name\n    some words\nb\n    for\n    nodes/worker1",
	} {
		if got := laid(table, width); got != want {
			t.Errorf("width %d:\n%s\nwant\n%s", width, got, want)
		}
	}
}

// All lines of a cell that stands below its row begin below it.
func TestTableBelow(t *testing.T) {
	table := Table{Columns: []Column{{Title: "PROGRAM"}, {Title: "READS", Min: 4}}, Rows: [][]string{{"kubelet", "/etc/kubelet.env\n/etc/kubelet.yaml"}}}
	want := "PROGRAM  READS\nkubelet\n    /etc/kubelet.env\n    /etc/kubelet.yaml"
	if got := laid(table, 22); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func BenchmarkTable5000(b *testing.B) {
	table := Table{Columns: []Column{{Title: "FILE", Min: 20}, {Title: "WHY", Min: 20}}}
	for i := range 5000 {
		table.Rows = append(table.Rows, []string{fmt.Sprintf("nodes/worker%d/var/lib/kubelet/pki/kubelet.crt", i), "names changed: +10.0.0.9 -10.0.0.8"})
	}
	for b.Loop() {
		table.Lay(80)
	}
}
