package explain

import (
	"encoding/json"
	"regexp"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// block is the lines of a text that may be one message: a terminal breaks long
// ones anywhere, so that lines belong together until one begins a new entry of a
// log. The lines are joined without anything between them; where a break has
// eaten a blank, the patterns do without it.
type block struct {
	text   string
	starts []int // where each line begins in text
	lines  []int // its number in what was read
	source Source
}

// lineAt is the index of the line that holds an offset of the text.
func (b *block) lineAt(offset int) int {
	return max(sort.SearchInts(b.starts, offset+1)-1, 0)
}

// breakIn is the first place behind from and before to where a line begins, or to.
func (b *block) breakIn(from, to int) int {
	if i := sort.SearchInts(b.starts, from+1); i < len(b.starts) && b.starts[i] < to {
		return b.starts[i]
	}
	return to
}

// begins reports whether a line begins at an offset.
func (b *block) begins(at int) bool {
	i := sort.SearchInts(b.starts, at)
	return i < len(b.starts) && b.starts[i] == at
}

// longestBlock bounds the lines that are taken for one message: a certificate
// with a hundred names makes a text of some ten thousand bytes.
const longestBlock = 32 << 10

// blocks cuts a text into its messages, and counts its lines.
func blocks(text string) (out []*block, lines int) {
	var b *block
	var joined strings.Builder
	end := func() {
		if b != nil {
			b.text = joined.String()
			b.unwrap()
			out = append(out, b)
			b = nil
		}
		joined.Reset()
	}
	for raw := range strings.Lines(text) {
		lines++
		line := tidy(raw)
		if strings.TrimSpace(line) == "" {
			end()
			continue
		}
		begins := strings.TrimSpace(line)
		if header().MatchString(begins) || joined.Len()+len(line) > longestBlock {
			end()
		}
		if b == nil {
			b = &block{}
			line = strings.TrimLeft(line, " ")
		}
		b.starts = append(b.starts, joined.Len())
		b.lines = append(b.lines, lines)
		joined.WriteString(line)
	}
	end()
	return out, lines
}

// header is how an entry of a log begins: journald and syslog, klog, the Go log,
// etcd of old, container runtimes, JSON, logrus, and a shell's prompt. A time
// alone is none: errors hold times, and a terminal may break before one.
var header = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d` +
		`|\d{4}-\d\d-\d\d[T ]\S+ (?:\S+ [^ \[]+\[\d+\]: |std(?:out|err) |[A-Z] \| )` +
		`|\d{4}/\d\d/\d\d \d\d:|[IWEF]\d{4} \d\d:\d\d:\d\d|\{"|(?:level|time|ts)=|\[pod/|[$#%] |"[A-Z_]+" : |/var/log/\S+:|\S+ [a-z][a-z0-9-]* [IWEF]\d{4} \d\d:|(?:Warning|Normal) \w+ \d|Error from server|Unable to connect to the server|error execution phase )`)
})

var escapeCodes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)`)
})

// straight are the signs that word processors and chats make of others.
var straight = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`,
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "…", "...", "\u00a0", " ", "\ufeff", "", "\u200b", "")

// tidy makes a line one of plain words: no colours, no control characters, one
// blank where there were several, straight quotes.
func tidy(line string) string {
	if !utf8.ValidString(line) {
		line = strings.ToValidUTF8(line, "\ufffd")
	}
	if strings.ContainsRune(line, '\x1b') {
		line = escapeCodes().ReplaceAllString(line, "")
	}
	line = straight.Replace(line)
	line = strings.TrimLeft(line, "> \t") // as mail quotes it
	var b strings.Builder
	b.Grow(len(line))
	blank := false
	for _, r := range line {
		if r == '\n' || r == '\r' {
			continue
		}
		isBlank := unicode.IsSpace(r) || unicode.IsControl(r)
		switch {
		case isBlank && blank:
		case isBlank:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
		blank = isBlank
	}
	return b.String()
}

// deepest is how many messages are taken out of one another: a container
// runtime's JSON in a journal's JSON, with zap's JSON in it.
const deepest = 4

// unwrap finds the source of a message and takes the message out of what a
// program or a journal has put it in: a JSON object, and escaped quotes.
func (b *block) unwrap() {
	for range deepest {
		b.source.header(b.text)
		at := strings.Index(b.text, `{"`)
		if at < 0 {
			break
		}
		fields, length := object(b.text[at:])
		text := b.source.fields(fields)
		if text == "" {
			break
		}
		b.text, b.starts, b.lines = tidy(b.text[:at]+text+" "+b.text[at+length:]), []int{0}, b.lines[:1]
	}
	b.unescape()
}

// object reads a JSON object at the beginning of a text, and says how long it is;
// nil where there is none.
func object(s string) (fields map[string]any, length int) {
	d := json.NewDecoder(strings.NewReader(s))
	if err := d.Decode(&fields); err != nil {
		return nil, 0
	}
	return fields, int(d.InputOffset())
}

// unescape takes the backslashes before quotes away, however many programs have
// quoted the text, and in quoted text those that stand for a line break or a tab.
func (b *block) unescape() {
	if !strings.Contains(b.text, `\`) {
		return
	}
	quoted := strings.Contains(b.text, `\"`) || strings.Contains(b.text, `="`)
	var out strings.Builder
	next := 0 // the next line to be moved
	move := func(i int) {
		for next < len(b.starts) && b.starts[next] <= i {
			b.starts[next] = out.Len()
			next++
		}
	}
	for i := 0; i < len(b.text); i++ {
		move(i)
		if b.text[i] != '\\' {
			out.WriteByte(b.text[i])
			continue
		}
		run := i
		for run < len(b.text) && b.text[run] == '\\' {
			run++
		}
		switch {
		case run < len(b.text) && b.text[run] == '"':
			i = run - 1
		case quoted && run < len(b.text) && (b.text[run] == 'n' || b.text[run] == 't'):
			out.WriteByte(' ')
			i = run
		default:
			out.WriteString(b.text[i:run])
			i = run - 1
		}
	}
	move(len(b.text))
	b.text = out.String()
}
