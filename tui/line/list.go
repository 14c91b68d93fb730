package line

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/text/imported"
)

// numbered is "3: text", which puts a text in the place of line 3, or "3:",
// which takes line 3 away. No host, address or node begins so.
var numbered = regexp.MustCompile(`^(\d{1,6}):(?:\s+(.*))?$`)

// lines asks for a list. What is there is shown with numbers and can be kept
// with Enter, added to, changed line by line, or cleared.
func (w *walk) lines(ctx context.Context, p place) error {
	var list []string
	if now := w.Answers.Get(p.field.Key); now != "" {
		list = strings.Split(strings.TrimRight(now, "\n"), "\n")
	}
	w.say("%s, one a line, such as: %s", p.field.Label, p.field.Example)
	if len(list) > 0 {
		w.showLines(list)
		w.say("Enter keeps these. New lines are added; \"2: TEXT\" changes line 2, \"2:\" removes it; " +
			"clear starts over. A line with a single . ends.")
	} else {
		w.say("A line with a single . ends the list.")
	}
	var typed []string
	before, touched := slices.Clone(list), false
	w.told = map[string]bool{}
	for {
		w.prompt("%d:", len(list)+1)
		s, err := w.command(ctx, p)
		switch {
		case err != nil:
			return err
		case s == nil:
			continue
		case *s == "" && touched:
			typed = append(typed, "")
			continue
		case *s == "" || *s == "." || *s == "done":
			if len(typed) > 0 && ofAnother(typed[0]) {
				switch taken, ok := w.paste(p.field.Key, typed); {
				case taken:
					return nil
				case ok:
					list, typed, touched = slices.Clone(before), nil, false
					continue
				}
			}
			if touched || len(list) == 0 {
				w.Give(p.field.Key, strings.Join(list, "\n"))
			}
			return nil
		}
		touched, typed = true, append(typed, w.typed)
		var at int
		if list, at = w.edit(list, *s); at > 0 && len(list) <= judgedLines && !ofAnother(typed[0]) {
			w.judge(p.field, list, at)
		}
	}
}

// ofAnother reports whether a line begins a text of another program, which is judged as a
// whole at its end: no host and no node is written so.
func ofAnother(first string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	switch {
	case numbered.MatchString(word):
		return false // a change of a line
	case word == "---", word == "{", word == "NAME", word == "127.0.0.1":
		return true
	}
	return strings.HasSuffix(word, ":") || strings.HasPrefix(word, "[") && !strings.Contains(word, ":")
}

// paste takes over the lines that were typed, if they are a text of another program, and
// says what of it was taken, or why nothing was.
func (w *walk) paste(key string, typed []string) (taken, ok bool) {
	result, bad, ok := w.Paste(key, strings.Join(typed, "\n"))
	switch {
	case result != nil:
		w.keep(imported.Print(w.Out, result, w.Width))
	case ok:
		w.say("Nothing was taken of what was pasted:")
		for _, p := range bad {
			w.item("! ", text.Clean(p.What()+". "+p.Fix()))
		}
	}
	return result != nil, ok
}

// judge says of one line of a list what is wrong with it, and what it stands for where
// that is more than it says.
func (w *walk) judge(f steps.Field, list []string, at int) {
	a := w.Answers.Clone()
	if err := a.Set(f.Key, strings.Join(list, "\n")); err != nil {
		return // no question has such a key
	}
	c, ps := steps.Build(a, w.Now())
	ps = slices.DeleteFunc(steps.ByKey(ps)[f.Key], func(p problem.Problem) bool { return p.Key != f.Key || p.Line != at })
	w.complain(ps, f.Key)
	for _, p := range ps {
		w.told[p.Error()] = true
	}
	if says := f.Stands(c, at); says != "" && strings.ReplaceAll(says, " · ", " ") != strings.Join(strings.Fields(list[at-1]), " ") {
		w.item("= ", text.Clean(strings.ReplaceAll(says, "~ ", "assumed ")))
	}
}

// untold are the problems of an answer but those warnings that were told while its lines
// were typed.
func (w *walk) untold(key string) []problem.Problem {
	return slices.DeleteFunc(steps.ByKey(w.Problems)[key], func(p problem.Problem) bool {
		return p.Severity() == problem.Warning && w.told[p.Error()]
	})
}

// edit is what one line of input makes of the list, and which line of it is new; 0 for
// none.
func (w *walk) edit(list []string, s string) ([]string, int) {
	if s == "clear" {
		w.say("The list is empty now.")
		return nil, 0
	}
	m := numbered.FindStringSubmatch(s)
	if m == nil {
		return append(list, s), len(list) + 1
	}
	n, _ := strconv.Atoi(m[1])
	switch {
	case n < 1 || n > len(list):
		w.item("! ", fmt.Sprintf("There is no line %d; the list has %d.", n, len(list)))
		return list, 0
	case m[2] == "":
		w.say("Line %d is removed; the lines behind it move up.", n)
		return append(list[:n-1:n-1], list[n:]...), 0
	}
	list[n-1] = m[2]
	return list, n
}

// judgedLines is up to how many lines a list is judged with each that comes: a longer one
// is pasted, and judged at its end.
const judgedLines = 200

// manyLines is from where a list is shown only at its ends: a screen reader
// would read two thousand nodes aloud otherwise.
const manyLines = 40

func (w *walk) showLines(list []string) {
	for i, l := range list {
		if len(list) > manyLines && i == manyLines/2 {
			w.say("... %d more lines ...", len(list)-manyLines)
		}
		if len(list) > manyLines && i >= manyLines/2 && i < len(list)-manyLines/2 {
			continue
		}
		w.item(fmt.Sprintf("  %d: ", i+1), text.Clean(l))
	}
}
