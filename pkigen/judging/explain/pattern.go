package explain

import (
	"regexp"
	"strings"
	"sync"
)

// An error text is written in the table as programs print it, with <group> where
// a value stands. It is looked for in any case of letters, and without the
// blanks and quotes that a terminal, a shell or a word processor has swallowed or
// doubled. This is no regular expression: some hundred of them over one MiB of
// text take a minute where the text is made for it.

// pattern is one text of an entry, ready to be looked for: a literal, and then
// a group and a literal in turn.
type pattern struct {
	entry *Entry
	order int // of the entry in the table
	first string
	parts []part
}

// part is a group and the literal that ends it; the last part of a pattern may
// have none.
type part struct {
	group    string
	until    string // squeezed; "" where nothing tells the end, and the group is one word
	gapLeft  bool   // a blank stands before the group
	gapRight bool   // and one behind it
	gapEnd   bool   // and one behind until
}

// wide are the groups that may hold blanks, with the signs that end them. All
// others are one word.
var wide = map[string]string{
	"names": `"`, "ca": `"`, "cn": `"`, "reason": "", "blocks": "]", "dns": "]", "audiences": "]", "accepted": "]",
	"path": `"`, "remote": `" ,()`, "there": `" ,()`, "local": `" ,()`, "user": `",`, "context": `"`,
}

// hollow are the groups that may be empty: a subject without a CN.
var hollow = map[string]bool{"cn": true, "dns": true, "audiences": true, "accepted": true, "user": true, "context": true}

// noWord are the signs that no word holds.
const noWord = " \"'`,;()[]{}<>"

// The longest values: a certificate's names, and one word.
const (
	longestValue = 16 << 10
	longestWord  = 512
)

var groupMark = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`<[a-z0-9]+>`)
})

// start is how many bytes of its literal a pattern is looked up by.
const start = 4

// patterns are those of the whole table by the beginning of their literal, made
// when first asked for: most calls of certwright need none.
var patterns = sync.OnceValue(func() map[[start]byte][]*pattern {
	out := map[[start]byte][]*pattern{}
	for i := range table {
		for _, text := range table[i].Texts {
			p := compile(text)
			p.entry, p.order = &table[i], i
			key := [start]byte([]byte(p.first))
			out[key] = append(out[key], &p)
		}
	}
	return out
})

// compile turns a text of the table into a pattern.
func compile(text string) pattern {
	literals := groupMark().Split(text, -1)
	p := pattern{first: squeeze(literals[0])}
	for i, mark := range groupMark().FindAllString(text, -1) {
		before, behind := literals[i], literals[i+1]
		p.parts = append(p.parts, part{
			group: mark[1 : len(mark)-1], until: squeeze(behind),
			gapLeft: strings.HasSuffix(before, " "), gapRight: strings.HasPrefix(behind, " "), gapEnd: strings.HasSuffix(behind, " "),
		})
	}
	return p
}

// swallowed tells the signs that a terminal or a shell may take from a text.
func swallowed(c byte) bool { return c == ' ' || c == '"' || c == '\'' }

func small(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// squeeze leaves of a text what nobody takes from it, in small letters.
func squeeze(s string) string { return squeezed(s).text }

// dense is a squeezed text that knows where its bytes stood.
type dense struct {
	text string
	at   []int // by byte of text: its offset in the whole text
}

func squeezed(s string) dense {
	var d dense
	b := make([]byte, 0, len(s))
	d.at = make([]int, 0, len(s)+1)
	for i := range len(s) {
		if !swallowed(s[i]) {
			b = append(b, small(s[i]))
			d.at = append(d.at, i)
		}
	}
	d.text, d.at = string(b), append(d.at, len(s))
	return d
}

// end is the offset in the whole text behind the byte before i.
func (d *dense) end(i int) int {
	if i == 0 {
		return 0
	}
	return d.at[i-1] + 1
}

// span is a place in the whole text.
type span struct{ from, to int }

// hit is where a pattern fits a message, with its groups.
type hit struct {
	span
	groups []span
}

// attempt is how far one pattern has come in a message.
type attempt struct {
	from int // where it may fit next, behind where it fitted last
	// found is for each part the place of its literal that was found last: places grow
	// as the search goes on, so that no stretch of the text is looked through twice.
	found []int
	over  bool // it fits nowhere behind this place
}

// search finds where patterns fit, from left to right, none over itself.
func (b *block) search(d *dense, fitting func(*pattern, hit)) {
	byStart, attempts := patterns(), map[*pattern]*attempt{}
	text := []byte(d.text)
	for at := 0; at+start <= len(text); at++ {
		candidates := byStart[[start]byte(text[at:])]
		if candidates == nil || !b.boundary(d.at[at]) {
			continue
		}
		for _, p := range candidates {
			if !strings.HasPrefix(d.text[at:], p.first) {
				continue
			}
			a := attempts[p]
			if a == nil {
				a = &attempt{found: make([]int, len(p.parts))}
				attempts[p] = a
			}
			if a.over || at < a.from {
				continue
			}
			h, end, fate := p.fit(b, d, at, a.found)
			a.over = fate == never
			if fate == fits {
				fitting(p, h)
				a.from = max(end, at+1)
			}
		}
	}
}

// fate is how an attempt at one place ended.
type fate int

const (
	not   fate = iota // at this place
	never             // nor at any later one
	fits
)

// fit tries the pattern at one place; end is the place behind it.
func (p *pattern) fit(b *block, d *dense, start int, found []int) (h hit, end int, _ fate) {
	pos := start + len(p.first)
	for i := range p.parts {
		t := &p.parts[i]
		if pos >= len(d.text) || t.gapLeft && !b.gap(d.at[pos-1]+1, d.at[pos]) {
			return h, 0, not
		}
		if t.until == "" {
			g := b.trim(b.word(d.at[pos]))
			if g.to == g.from {
				return h, 0, not
			}
			h.groups = append(h.groups, g)
			h.span = span{d.at[start], g.to}
			return h, d.after(pos, g.to), fits
		}
		least := pos + 1
		if hollow[t.group] {
			least = pos
		}
		at, ok := t.next(b, d, least, &found[i])
		if !ok {
			return h, 0, never
		}
		g := span{d.at[pos], d.end(at)}
		if at == pos {
			g = span{d.at[pos], d.at[pos]}
		}
		if !t.holds(b.text[g.from:g.to]) {
			return h, 0, not
		}
		h.groups = append(h.groups, g)
		pos = at + len(t.until)
	}
	h.span = span{d.at[start], d.end(pos)}
	if !b.ends(h.to) {
		return h, 0, not
	}
	return h, pos, fits
}

// next is the first place from which on the part's literal stands, with
// blanks around it where there have to be some.
func (t *part) next(b *block, d *dense, from int, found *int) (int, bool) {
	if *found >= from {
		return *found, true
	}
	for {
		i := strings.Index(d.text[min(from, len(d.text)):], t.until)
		if i < 0 {
			return 0, false
		}
		at := from + i
		end := at + len(t.until)
		if (!t.gapRight || b.gap(d.end(at), d.at[at])) && (!t.gapEnd || b.gap(d.end(end), d.at[end])) {
			*found = at
			return at, true
		}
		from = at + 1
	}
}

// holds reports whether a value is one that the group may have.
func (t *part) holds(value string) bool {
	signs, isWide := wide[t.group]
	if !isWide {
		return len(value) <= longestWord && !strings.ContainsAny(value, noWord)
	}
	if t.group == "path" && strings.Contains(value, ": ") {
		return false // another text begins there
	}
	return len(value) <= longestValue && (signs == "" || !strings.ContainsAny(value, signs))
}

// after is the place in the squeezed text behind an offset of the whole one.
func (d *dense) after(pos, offset int) int {
	for pos < len(d.text) && d.at[pos] < offset {
		pos++
	}
	return pos
}

// gap reports whether words end between two neighbours of the squeezed text.
func (b *block) gap(from, to int) bool { return to > from || b.begins(to) }

// bracketed is an IPv6 address before its port.
var bracketed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\[[0-9a-fA-F:.%]+\]`) })

// word is the word at an offset.
func (b *block) word(from int) span {
	to := from
	if m := bracketed().FindString(b.text[from:min(len(b.text), from+longestWord)]); m != "" {
		to += len(m)
	}
	for to < len(b.text) && to-from < longestWord && !strings.ContainsRune(noWord, rune(b.text[to])) {
		to++
	}
	return span{from, to}
}

// trim ends a word where its line ends, unless a terminal has broken an address
// or a path: then a separator stands at the break. A stop behind it goes too.
func (b *block) trim(at span) span {
	for cut := b.breakIn(at.from, at.to); cut < at.to; cut = b.breakIn(cut, at.to) {
		if !strings.ContainsAny(b.text[cut-1:cut+1], ".:-_/") {
			at.to = cut
			break
		}
	}
	at.to = at.from + len(strings.TrimRight(b.text[at.from:at.to], ".:"))
	return at
}

// boundary reports whether a word begins at an offset.
func (b *block) boundary(at int) bool {
	return at == 0 || !letter(b.text[at-1]) || b.begins(at)
}

// ends reports whether a word ends before an offset.
func (b *block) ends(at int) bool {
	return at == len(b.text) || !letter(b.text[at-1]) || !letter(b.text[at]) || b.begins(at)
}

func letter(c byte) bool {
	c = small(c)
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_'
}
