package steps

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// YAML is the answers as an answers file. It holds every answer of the asked
// questions, defaults included, so that a replay does not depend on the
// defaults of a later version, and further what was given to questions that
// are not asked. It holds no local answer. The bytes are the same for the same
// answers; lines of lists are trimmed, and empty ones left out.
func (a *Answers) YAML() []byte {
	root := &yaml.Node{Kind: yaml.MappingNode}
	a = a.withoutLocal() // what is asked now, of a set that is there, is another thing
	for _, key := range fileKeys() {
		f, _ := Lookup(key)
		_, asked := a.Field(key)
		if _, given := a.Explicit(key); !asked && !given {
			continue
		}
		put(root, strings.Split(key, "."), valueNode(f, a.Get(key)))
	}
	out, err := encodeYAML(root)
	if err != nil {
		// It cannot fail: the tree is made of scalars here, and a buffer takes
		// everything. This would be a mistake of ours that the fuzz test finds.
		panic(fmt.Sprintf("answers as YAML: %v", err))
	}
	return out
}

// encodeYAML writes a tree as all answers files are written.
func encodeYAML(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// put hangs a value below its groups, in the order of the calls. Groups of
// single values stand in one line, as "ca: {CN: ..., O: ...}".
func put(m *yaml.Node, path []string, value *yaml.Node) {
	name, rest := path[0], path[1:]
	if len(rest) == 0 {
		m.Content = append(m.Content, textNode(name), value)
		return
	}
	for i := 0; i < len(m.Content); i += 2 {
		if m.Content[i].Value == name {
			put(m.Content[i+1], rest, value)
			return
		}
	}
	sub := &yaml.Node{Kind: yaml.MappingNode}
	if name == "ca" {
		sub.Style = yaml.FlowStyle
	}
	m.Content = append(m.Content, textNode(name), sub)
	put(sub, rest, value)
}

// valueNode is an answer in the form of its field.
func valueNode(f Field, text string) *yaml.Node {
	var items []string
	switch f.Form {
	case lineList:
		items = strings.Split(text, "\n")
	case commaList:
		items = strings.Split(text, ",")
	default:
		return textNode(text)
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	inLine := true
	for _, item := range items {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		list.Content = append(list.Content, textNode(item))
		if f.Form == lineList && strings.ContainsAny(item, " ,\t") {
			inLine = false
		}
	}
	const most = 8 // more entries in one line are hard to read, and to compare
	if inLine && len(list.Content) <= most {
		list.Style = yaml.FlowStyle
	}
	return list
}

// textNode is a text that reads back as the same text. What the encoder is
// known to be fragile with, or no editor shows, is written in escapes.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	for _, r := range s {
		if r != ' ' && !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' || unicode.Is(unicode.Cf, r) {
			n.Style = yaml.DoubleQuotedStyle
			break
		}
	}
	return n
}
