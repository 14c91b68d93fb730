package imports

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"certwright/pkigen/cluster/problem"

	"go.yaml.in/yaml/v3"
)

// The codes of what keeps a text of a known form from being read. Their sentences stand
// with those of answers files.
const (
	FaultNotTaken   problem.Code = "import-not-taken"
	FaultAlias      problem.Code = "file-anchor"
	FaultDuplicate  problem.Code = "file-duplicate-key"
	FaultDepth      problem.Code = "import-depth"
	FaultDocuments  problem.Code = "import-documents"
	FaultWantsText  problem.Code = "import-wants-text"
	FaultWantsGroup problem.Code = "import-wants-group"
	FaultWantsList  problem.Code = "import-wants-list"
	FaultGroup      problem.Code = "import-unfinished-group"
	FaultVariable   problem.Code = "import-variable"
	FaultRange      problem.Code = "import-range"
	FaultManyHosts  problem.Code = "import-many-hosts"
	FaultNoWide     problem.Code = "import-no-addresses"
)

const (
	mostDocuments = 64 // kubeadm prints five at the most
	mostDepth     = 64 // what Kubernetes and Ansible write is twelve deep
)

// documents are those of a text that are not empty.
func documents(data []byte) ([]*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(untabbed(data)))
	var out []*yaml.Node
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		}
		if rootOf(&doc) != nil {
			out = append(out, &doc)
		}
		if len(out) > mostDocuments {
			return out, nil // plain refuses them
		}
	}
}

// untabbed is JSON without tabs, which stand in none of its strings, and which the reader
// of YAML refuses.
func untabbed(data []byte) []byte {
	if first := bytes.TrimLeft(data, "\uFEFF \t\r\n"); len(first) == 0 || first[0] != '{' && first[0] != '[' {
		return data
	}
	return bytes.ReplaceAll(data, []byte("\t"), []byte(" "))
}

// rootOf is what a document holds; nil for nothing.
func rootOf(doc *yaml.Node) *yaml.Node {
	if doc.Kind != yaml.DocumentNode {
		return doc
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		return nil
	}
	return doc.Content[0]
}

// plain refuses what no program here writes: aliases, which can stand for more than fits
// any memory, keys that stand twice, and trees without an end.
func (r *reader) plain(docs []*yaml.Node) bool {
	if len(docs) > mostDocuments {
		r.fault(docs[mostDocuments], FaultDocuments, mostDocuments)
		return false
	}
	for _, doc := range docs {
		r.plainNode(doc, 0)
	}
	return len(r.faults) == 0
}

func (r *reader) plainNode(n *yaml.Node, depth int) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.fault(n, FaultAlias, "*"+n.Value)
		return
	case n.Anchor != "":
		r.fault(n, FaultAlias, "&"+n.Anchor)
	case depth > mostDepth:
		r.fault(n, FaultDepth, mostDepth)
		return
	}
	if n.Kind == yaml.MappingNode {
		seen := make(map[string]int, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if line, ok := seen[key.Value]; ok && key.Kind == yaml.ScalarNode {
				r.fault(key, FaultDuplicate, key.Value, line)
			}
			seen[key.Value] = key.Line
		}
	}
	for _, c := range n.Content {
		r.plainNode(c, depth+1)
	}
}

// value is what stands below keys, from the outermost one; nil for nothing.
func value(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var next *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
				break
			}
		}
		n = next
	}
	return n
}

// text is a value that is one text; "" for another.
func text(n *yaml.Node, keys ...string) string {
	if v := value(n, keys...); v != nil && v.Kind == yaml.ScalarNode && !isNull(v) {
		return v.Value
	}
	return ""
}

// has reports whether a value of a kind stands below keys.
func has(n *yaml.Node, kind yaml.Kind, keys ...string) bool {
	v := value(n, keys...)
	return v != nil && v.Kind == kind
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// isEmpty reports whether a value says nothing: "", {}, [] or null.
func isEmpty(n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		return isNull(n) || n.Value == ""
	}
	return len(n.Content) == 0
}

// taker takes the value of one key.
type taker func(r *reader, at Place, n *yaml.Node)

// fields says what becomes of the keys of a group.
type fields map[string]taker

// group takes the keys of a group; those that are not listed are left.
func group(f fields) taker {
	return func(r *reader, at Place, n *yaml.Node) {
		if !r.wants(n, yaml.MappingNode, FaultWantsGroup, at.Key) {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := n.Content[i], n.Content[i+1]
			path := key.Value
			if at.Key != "" {
				path = at.Key + "." + path
			}
			if isEmpty(v) {
				continue
			}
			if take, ok := f[key.Value]; ok {
				take(r, r.at(key.Line, path), v)
			} else {
				r.leave(r.at(key.Line, path), noQuestion)
			}
		}
	}
}

// answer takes a text as an answer.
func answer(key string) taker {
	return func(r *reader, at Place, n *yaml.Node) {
		if r.wants(n, yaml.ScalarNode, FaultWantsText, at.Key) {
			r.say(key, n.Value, at)
		}
	}
}

// answers takes a list of texts, each as one entry of an answer.
func answers(key string) taker {
	return func(r *reader, at Place, n *yaml.Node) {
		for line, item := range r.texts(n, at.Key) {
			r.say(key, item, r.at(line, at.Key))
		}
	}
}

// texts are the entries of a list, with their lines.
func (r *reader) texts(n *yaml.Node, key string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		if !r.wants(n, yaml.SequenceNode, FaultWantsList, key) {
			return
		}
		for _, item := range n.Content {
			if r.wants(item, yaml.ScalarNode, FaultWantsText, key) && !isEmpty(item) && !yield(item.Line, item.Value) {
				return
			}
		}
	}
}

// nothing takes a key that says what the text is, and no more.
func nothing(*reader, Place, *yaml.Node) {}

// because leaves a key for a reason of its own.
func because(why Reason) taker {
	return func(r *reader, at Place, _ *yaml.Node) { r.leave(at, why) }
}

// wants holds that a value is of a kind.
func (r *reader) wants(n *yaml.Node, kind yaml.Kind, code problem.Code, key string) bool {
	if n.Kind == kind {
		return true
	}
	r.fault(n, code, key)
	return false
}

// keysOf are the keys of a mapping, in order.
func keysOf(n *yaml.Node) []string {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var out []string
	for pair := range slices.Chunk(n.Content, 2) {
		out = append(out, pair[0].Value)
	}
	return out
}
