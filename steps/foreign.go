package steps

import (
	"regexp"
	"strings"

	"certwright/pkigen/cluster/problem"

	"go.yaml.in/yaml/v3"
)

// foreignForm is a file of another program that is at hand where answers are wanted. It
// is recognised by what is in it, whatever it is called: the keys of each would only be
// refused one by one.
type foreignForm struct {
	code problem.Code
	// is reports whether a mapping is one, and the arguments of its sentence.
	is func(n *yaml.Node) (args []any, ok bool)
}

// foreignForms are all that are known; the first that fits is it.
var foreignForms = []foreignForm{
	{fileKubeadm, func(n *yaml.Node) ([]any, bool) {
		return []any{text(n, "kind")}, strings.HasPrefix(text(n, "apiVersion"), "kubeadm.k8s.io/") && text(n, "kind") != ""
	}},
	{fileObject, func(n *yaml.Node) ([]any, bool) {
		return []any{text(n, "kind")}, text(n, "apiVersion") != "" && text(n, "kind") != ""
	}},
	{fileRequest, func(n *yaml.Node) ([]any, bool) {
		return []any{text(n, "CN")}, text(n, "CN") != "" && (text(n, "key", "algo") != "" || has(n, yaml.SequenceNode, "names") || has(n, yaml.SequenceNode, "hosts"))
	}},
	{fileSigning, func(n *yaml.Node) ([]any, bool) {
		return nil, has(n, yaml.MappingNode, "signing", "default") || has(n, yaml.MappingNode, "signing", "profiles")
	}},
	{fileInventory, func(n *yaml.Node) ([]any, bool) {
		return nil, has(n, yaml.MappingNode, "all", "hosts") || has(n, yaml.MappingNode, "all", "children")
	}},
	{fileRKE, func(n *yaml.Node) ([]any, bool) {
		list := value(n, "nodes")
		return nil, list != nil && list.Kind == yaml.SequenceNode && len(list.Content) > 0 &&
			text(list.Content[0], "address") != "" && has(list.Content[0], yaml.SequenceNode, "role")
	}},
}

// foreignDocument finds the form of a document that holds no answers; nil for none.
func foreignDocument(doc *yaml.Node) *FileProblem {
	if len(doc.Content) == 0 {
		return nil
	}
	root := doc.Content[0]
	for _, form := range foreignForms {
		if args, ok := form.is(root); ok {
			return &FileProblem{Line: root.Line, Column: root.Column, Code: form.code, Args: args}
		}
	}
	return nil
}

// inventoryGroup is a group of an inventory in the form of INI, by the names that
// kubespray and most others give.
var inventoryGroup = regexp.MustCompile(`(?m)^\[(all|etcd|kube[_-][a-z_-]+|k8s[_-]cluster|masters?|workers?|nodes?)(:children|:vars)?\][ \t\r]*$`)

// foreignText finds the form of a text that is no YAML; nil for none.
func foreignText(data []byte) *FileProblem {
	at := inventoryGroup.FindIndex(data)
	if at == nil {
		return nil
	}
	return &FileProblem{Line: strings.Count(string(data[:at[0]]), "\n") + 1, Column: 1, Code: fileInventory}
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
	if v := value(n, keys...); v != nil && v.Kind == yaml.ScalarNode {
		return scalar(v)
	}
	return ""
}

// has reports whether a value of a kind stands below keys.
func has(n *yaml.Node, kind yaml.Kind, keys ...string) bool {
	v := value(n, keys...)
	return v != nil && v.Kind == kind
}
