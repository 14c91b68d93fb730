package steps

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Rewrite is an answers file with other answers in it: what is the same stays
// byte for byte, with what its owner noted, and within a list that changes the
// notes stay with their entries. A file that is written in a way which this does
// not understand becomes YAML, without notes: what it says always counts.
func (a *Answers) Rewrite(old []byte) []byte {
	f, bad := ParseFile("", old)
	if len(bad) > 0 {
		return a.YAML()
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(old, &doc); err != nil || len(doc.Content) != 1 ||
		doc.Content[0].Kind != yaml.MappingNode || doc.Content[0].Style&yaml.FlowStyle != 0 {
		return a.YAML()
	}
	lines := bytes.SplitAfter(old, []byte("\n"))
	// From the end on, so that the places of the rest stay what they are.
	entries := topEntries(doc.Content[0], lines)
	for _, e := range slices.Backward(entries) {
		keys := changedBelow(e.name, f.Answers, a)
		if len(keys) == 0 {
			continue
		}
		text, ok := rewriteEntry(bytes.Join(lines[e.begin:e.end], nil), keys, a)
		if !ok {
			return a.YAML()
		}
		lines = slices.Replace(lines, e.begin, e.end, text)
	}
	out := bytes.Join(lines, nil)
	for _, name := range groups().names {
		known := slices.ContainsFunc(entries, func(e topEntry) bool { return e.name == name })
		if keys := changedBelow(name, f.Answers, a); !known && len(keys) > 0 {
			out = append(ended(out), newEntry(keys, a)...)
		}
	}
	if again, bad := ParseFile("", out); len(bad) > 0 || !bytes.Equal(again.Answers.YAML(), a.YAML()) {
		return a.YAML()
	}
	return out
}

// topEntry is one key at the top of an answers file, with the lines of its value.
type topEntry struct {
	name       string
	begin, end int // lines, from 0; end is the first that is not its own
}

// topEntries finds the lines of each. Empty ones and comments at the margin before
// the next key belong to that one.
func topEntries(root *yaml.Node, lines [][]byte) []topEntry {
	var out []topEntry
	for i := 0; i+1 < len(root.Content); i += 2 {
		key := root.Content[i]
		if n := len(out); n > 0 {
			out[n-1].end = key.Line - 1
		}
		out = append(out, topEntry{key.Value, key.Line - 1, len(lines)})
	}
	for i := range out {
		e := &out[i]
		for e.end > e.begin+1 {
			if last := bytes.TrimRight(lines[e.end-1], " \r\n"); len(last) > 0 && last[0] != '#' {
				break
			}
			e.end--
		}
	}
	return out
}

// changedBelow are the keys below a name at the top whose answers differ.
func changedBelow(name string, from, to *Answers) []string {
	var out []string
	for _, key := range fileKeys() {
		if (key == name || strings.HasPrefix(key, name+".")) && from.Get(key) != to.Get(key) {
			out = append(out, key)
		}
	}
	return out
}

// rewriteEntry is the text of one entry with other values in it.
func rewriteEntry(text []byte, keys []string, a *Answers) ([]byte, bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) != 1 {
		return nil, false
	}
	for _, key := range keys {
		if !setValue(doc.Content[0], strings.Split(key, "."), key, a) {
			return nil, false
		}
	}
	out, err := encodeYAML(&doc)
	return out, err == nil
}

// setValue changes the value of one key in a tree, or adds it.
func setValue(m *yaml.Node, path []string, key string, a *Answers) bool {
	if m.Kind != yaml.MappingNode {
		return false
	}
	f, _ := Lookup(key)
	for i := 0; i+1 < len(m.Content); i += 2 {
		switch {
		case m.Content[i].Value != path[0]:
		case len(path) > 1:
			return setValue(m.Content[i+1], path[1:], key, a)
		default:
			m.Content[i+1] = revalue(m.Content[i+1], f, a.Get(key))
			return true
		}
	}
	put(m, path, valueNode(f, a.Get(key)))
	return true
}

// revalue is the node of a value with another text. A list keeps the nodes of the
// entries that stay, and with them their notes.
func revalue(old *yaml.Node, f Field, text string) *yaml.Node {
	fresh := valueNode(f, text)
	switch {
	case old.Kind == yaml.ScalarNode && old.Style&yaml.LiteralStyle != 0:
		old.Value = strings.TrimRight(text, "\n") + "\n"
		return old
	case old.Kind == yaml.SequenceNode && fresh.Kind == yaml.SequenceNode:
		sameCount := len(old.Content) == len(fresh.Content)
		for i, item := range fresh.Content {
			at := slices.IndexFunc(old.Content, func(n *yaml.Node) bool { return strings.TrimSpace(n.Value) == item.Value })
			switch {
			case at >= 0:
				fresh.Content[i] = old.Content[at]
			case sameCount: // an entry was changed where it stands
				item.HeadComment, item.LineComment, item.FootComment = old.Content[i].HeadComment, old.Content[i].LineComment, old.Content[i].FootComment
			}
		}
		if old.Style&yaml.FlowStyle == 0 {
			fresh.Style = 0
		}
	}
	fresh.HeadComment, fresh.LineComment, fresh.FootComment = old.HeadComment, old.LineComment, old.FootComment
	return fresh
}

// newEntry is the text of an entry that the file did not have.
func newEntry(keys []string, a *Answers) []byte {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range keys {
		f, _ := Lookup(key)
		put(root, strings.Split(key, "."), valueNode(f, a.Get(key)))
	}
	out, err := encodeYAML(root)
	if err != nil {
		return nil
	}
	return out
}

// ended is a text whose last line is a whole one.
func ended(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] != '\n' {
		return append(text, '\n')
	}
	return text
}
