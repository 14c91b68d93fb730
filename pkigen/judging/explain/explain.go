package explain

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Explain finds the known errors in a text: one error, or the lines of a log.
// The error that names a fault comes before the one that only says where it
// happened, also where one stands within the other. A text without a known
// error gives none: nothing is guessed.
func Explain(text string) []Match { return Read(text).Matches }

// Read is Explain with what was left out.
func Read(text string) Reading {
	var r Reading
	if len(text) > Limit {
		cut := Limit
		for cut > Limit-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		r.Dropped = len(text) - cut
		text = text[:cut]
	}
	if strings.EqualFold(strings.Trim(text, "\"'. \n"), "unauthorized") {
		text = "error: Unauthorized" // all that kubectl and client-go say
	}
	messages, lines := blocks(text)
	r.Lines = lines
	seen := map[string]int{}
	for _, b := range messages {
		for _, f := range b.find() {
			key := f.key()
			if at, ok := seen[key]; ok {
				r.Matches[at].Count++
				continue
			}
			if len(r.Matches) == MostMatches {
				r.More++
				continue
			}
			seen[key] = len(r.Matches)
			r.Matches = append(r.Matches, f.match)
		}
	}
	telling := func(m *Match) int {
		if m.Beside {
			return 2 * int(m.Rank)
		}
		return 2*int(m.Rank) + 1
	}
	slices.SortStableFunc(r.Matches, func(a, b Match) int { return cmp.Compare(telling(&b), telling(&a)) })
	return r
}

// found is a match with its place in a block.
type found struct {
	match    Match
	from, to int
	order    int
}

// find looks for all patterns in a message.
func (b *block) find() []found {
	d := squeezed(b.text)
	var all []found
	b.search(&d, func(p *pattern, h hit) {
		f := found{from: h.from, to: h.to, order: p.order}
		f.match = Match{Entry: p.entry, Values: map[string]string{}, Source: b.source, Count: 1}
		for g, at := range h.groups {
			f.match.Values[p.parts[g].group] = value(p.parts[g].group, b.text[at.from:at.to])
		}
		all = append(all, f)
	})
	all = outermost(all)
	for i := range all {
		b.describe(&all[i])
	}
	b.compare(all)
	return all
}

// carried are the values that a match takes over from others of its line.
var carried = []string{"sn", "skid", "akid"}

// compare looks for each match whether another of its line tells more, and gives
// all of a line what one of them knows of the certificate.
func (b *block) compare(all []found) {
	best := map[int]Rank{}               // by line
	known := map[int]map[string]string{} // by line
	lines := func(f *found) (from, to int) { return b.lineAt(f.from), b.lineAt(f.to - 1) }
	for i := range all {
		for line, last := lines(&all[i]); line <= last; line++ {
			best[line] = max(best[line], all[i].match.Rank)
			for _, key := range carried {
				if v := all[i].match.Values[key]; v != "" {
					if known[line] == nil {
						known[line] = map[string]string{}
					}
					set(known[line], key, v)
				}
			}
		}
	}
	for i := range all {
		m := &all[i].match
		for line, last := lines(&all[i]); line <= last; line++ {
			m.Beside = m.Beside || best[line] > m.Rank
			for key, v := range known[line] {
				set(m.Values, key, v)
			}
		}
	}
}

// quotedLists are the groups that are lists of quoted words.
var quotedLists = map[string]bool{"dns": true, "audiences": true, "accepted": true}

// value is what a group holds; lists that Go has quoted come as names do.
func value(group, s string) string {
	if quotedLists[group] {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '"' || r == ' ' }), ", ")
	}
	return strings.TrimSpace(s)
}

// describe adds what the lines around a match tell.
func (b *block) describe(f *found) {
	m := &f.match
	m.Text = b.unbroken(f.from, f.to)
	line := b.lineAt(f.from)
	m.Line = b.lines[line]
	// Its own line first: another program may have printed the one before.
	m.Source.line(b.part(b.starts[line], b.lineEnd(f.to), f), m.Values)
	if m.Source.Side == Unknown && len(b.starts) > 1 {
		m.Source.line(b.part(0, len(b.text), f), m.Values)
	}
	if m.Source.Side == Unknown || m.Entry.Side == Alone {
		m.Source.Side = m.Entry.Side
	}
}

// unbroken is a part of the text as it was before a terminal broke it: with the
// blank behind a sign that was the last of its line.
func (b *block) unbroken(from, to int) string {
	var out strings.Builder
	for cut := b.breakIn(from, to); ; cut = b.breakIn(from, to) {
		out.WriteString(b.text[from:cut])
		if cut == to {
			return out.String()
		}
		if strings.ContainsRune(",;:", rune(b.text[cut-1])) && b.text[cut] != ' ' {
			out.WriteByte(' ')
		}
		from = cut
	}
}

// nearby is how far around a match its line is read for who printed it.
const nearby = 512

// part is the text between two offsets, no further from a match than nearby.
func (b *block) part(from, to int, f *found) string {
	return b.text[max(from, f.from-nearby):min(to, f.to+nearby)]
}

// lineEnd is the end of the line that holds the byte before an offset.
func (b *block) lineEnd(to int) int {
	if i := b.lineAt(to - 1); i+1 < len(b.starts) {
		return b.starts[i+1]
	}
	return len(b.text)
}

// outermost leaves out what another match holds that tells as much: the general
// text in the special one. What tells more than the text around it stays.
func outermost(all []found) []found {
	slices.SortStableFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(a.order, b.order))
	})
	var out, open []found // open: those that reach over the place that is looked at
	for _, f := range all {
		open = slices.DeleteFunc(open, func(o found) bool { return o.to <= f.from })
		held := slices.ContainsFunc(open, func(o found) bool {
			return f.to <= o.to && o.match.Rank >= f.match.Rank || f.match.Entry == o.match.Entry
		})
		if !held {
			out, open = append(out, f), append(open, f)
		}
	}
	return out
}

// passing are values that differ each time the same error happens.
var passing = map[string]bool{"now": true, "remote": true, "port": true}

// key is equal for two matches that are the same error again.
func (f *found) key() string {
	var names []string
	for name := range f.match.Values {
		if !passing[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString(f.match.ID + "\x00" + f.match.Source.Program + "\x00" + string(f.match.Source.Side))
	for _, name := range names {
		b.WriteString("\x00" + name + "=" + f.match.Values[name])
	}
	return b.String()
}
