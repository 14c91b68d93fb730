package steps

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/secret"
)

// reader walks the YAML tree beside the tree of keys, and fills a File.
type reader struct {
	file     *File
	source   [][]byte // the file's lines
	problems []FileProblem
}

// group is one level of keys: "ca" holds "CN", "C" and so on.
type group struct {
	names []string // in the table's order
	sub   map[string]*group
	key   string // of a leaf: the full key
}

// groups is the tree of the keys that an answers file may hold.
func groups() *group {
	root := &group{}
	for _, key := range fileKeys() {
		g := root
		for name := range strings.SplitSeq(key, ".") {
			if g.sub[name] == nil {
				if g.sub == nil {
					g.sub = map[string]*group{}
				}
				g.sub[name] = &group{}
				g.names = append(g.names, name)
			}
			g = g.sub[name]
		}
		g.key = key
	}
	return root
}

func (r *reader) say(n *yaml.Node, code problem.Code, args ...any) {
	r.problems = append(r.problems, FileProblem{r.file.Name, n.Line, n.Column, code, args})
}

func (r *reader) document(doc *yaml.Node) {
	if len(doc.Content) == 0 {
		return
	}
	root := doc.Content[0]
	if !r.plain(root) {
		return
	}
	switch {
	case root.Kind == yaml.MappingNode:
		r.mapping(root, groups(), "")
	case isNull(root):
	default:
		r.say(root, fileNotMap, kindOf(root))
	}
}

// mapping reads the keys of one level. path is "" or ends with a dot.
func (r *reader) mapping(n *yaml.Node, g *group, path string) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !r.plain(key) {
			continue
		}
		if key.Kind != yaml.ScalarNode {
			r.say(key, fileKeyType, describe(key))
			continue
		}
		if line, ok := first[key.Value]; ok {
			r.say(key, fileDuplicate, path+key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		sub, ok := g.sub[key.Value]
		switch {
		case !ok:
			r.unknown(key, g, path)
		case !r.plain(value):
		case sub.key != "":
			r.answer(sub.key, value)
		case value.Kind == yaml.MappingNode:
			r.mapping(value, sub, path+key.Value+".")
		case !isNull(value):
			r.say(value, fileWantsMap, path+key.Value, describe(value), sample(key.Value, sub))
		}
	}
}

// unknown explains a key that no question has.
func (r *reader) unknown(key *yaml.Node, g *group, path string) {
	full := path + key.Value
	if f, ok := Lookup(full); ok {
		if f.Local {
			r.say(key, fileLocalKey, full)
			return
		}
		parts := strings.Split(full, ".")
		r.say(key, fileDottedKey, full, strings.Join(parts, ": {")+": ..."+strings.Repeat("}", len(parts)-1))
		return
	}
	// The right name on the wrong level ("CN" at the top) before a wrong name
	// on this one: "CN" is but one letter from "ca".
	if len(key.Value) < len(full) {
		if s := suggest(key.Value, g.names); s != "" {
			r.say(key, fileMisspeltKey, full, path+s)
			return
		}
	}
	if s := suggestKey(full); s != "" {
		r.say(key, fileMisspeltKey, full, s)
		return
	}
	if s := suggest(key.Value, g.names); s != "" {
		r.say(key, fileMisspeltKey, full, path+s)
		return
	}
	r.say(key, fileUnknownKey, full, strings.Join(g.names, ", "))
}

// answer reads the value of one key, as the form of its field wants it.
func (r *reader) answer(key string, n *yaml.Node) {
	f, _ := Lookup(key)
	switch n.Kind {
	case yaml.MappingNode:
		if f.Form == lineList || f.Form == commaList {
			r.say(n, fileWantsList, key, describe(n))
		} else {
			r.say(n, fileWantsValue, key, describe(n))
		}
	case yaml.SequenceNode:
		if f.Form == oneValue {
			r.say(n, fileWantsValue, key, describe(n))
			return
		}
		r.list(f, n)
	default:
		if f.Form == lineList || f.Form == commaList {
			if n.ShortTag() != "!!str" && !isNull(n) {
				r.say(n, fileWantsList, key, describe(n))
				return
			}
		}
		text := clean(scalar(n))
		r.set(key, source{text: text, value: r.start(n), lines: r.textLines(n, text)})
	}
}

// list reads a YAML list into the one text that the answer is.
func (r *reader) list(f Field, n *yaml.Node) {
	src := source{value: r.start(n)}
	var items []string
	for _, item := range n.Content {
		if !r.plain(item) {
			continue
		}
		if item.Kind != yaml.ScalarNode {
			r.say(item, fileWantsText, f.Key, describe(item))
			continue
		}
		text := clean(scalar(item))
		items = append(items, text)
		lines := r.textLines(item, text)
		if lines == nil {
			lines = []position{r.start(item)}
		}
		src.lines = append(src.lines, lines...)
	}
	if f.Form == lineList {
		src.text = strings.Join(items, "\n")
	} else {
		src.text, src.lines = strings.Join(items, ", "), nil
	}
	r.set(f.Key, src)
}

func (r *reader) set(key string, s source) {
	r.file.Answers.explicit[key] = s.text
	r.file.at[key] = s
}

// start is where a value is to be looked for.
func (r *reader) start(n *yaml.Node) position { return position{n.Line, n.Column} }

// textLines places each line of a text. Of a literal block ("|") each stands
// in a line of its own; every other form of text has one place for all.
func (r *reader) textLines(n *yaml.Node, text string) []position {
	count := strings.Count(text, "\n") + 1
	if count == 1 && n.Style&yaml.LiteralStyle == 0 {
		return nil
	}
	out := make([]position, count)
	for i := range out {
		out[i] = r.start(n)
		if at := n.Line + i; n.Style&yaml.LiteralStyle != 0 && at < len(r.source) {
			line := r.source[at]
			indent := len(line) - len(bytes.TrimLeft(line, " "))
			out[i] = position{at + 1, utf8.RuneCount(line[:indent]) + 1}
		}
	}
	return out
}

// plain refuses what YAML has and answers files do not: anchors, aliases, tags.
func (r *reader) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		r.say(n, fileAnchor, "*"+n.Value)
	case n.Anchor != "":
		r.say(n, fileAnchor, "&"+n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		r.say(n, fileTag, n.Tag)
	default:
		return true
	}
	return false
}

// scalar is a value as it was written: 6443, yes, 010 and 1e3 stay what they are.
func scalar(n *yaml.Node) string {
	if isNull(n) {
		return ""
	}
	return n.Value
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// describe names what was found, for the sentences.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a group of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return fmt.Sprintf("the number %s", short(n.Value))
	case "!!bool":
		return fmt.Sprintf("the truth value %s", short(n.Value))
	case "!!null":
		return "empty"
	case "!!timestamp":
		return fmt.Sprintf("the date %s", short(n.Value))
	}
	return fmt.Sprintf("the text %q", short(n.Value))
}

// kindOf is describe for a file that holds nothing else: a password is a text too.
func kindOf(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return "one text"
	}
	return describe(n)
}

// short keeps a quoted value within a sentence, and a secret out of it.
func short(s string) string {
	const most = 40
	s = secret.Hide(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "..."
}

// sample is how a group is written: "ca: {CN: ...}".
func sample(name string, g *group) string {
	if len(g.names) == 0 {
		return name + ": ..."
	}
	return name + ": {" + sample(g.names[0], g.sub[g.names[0]]) + "}"
}
