package steps

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
)

// A set keeps the lines of its nodes as they were typed. They were read in another way
// once: a line without roles was control plane and etcd whatever its name said, and a
// name with a number at its end counted on from it. What a set was made for is what lies
// there, and not what its lines would make now.

// AsMade are the answers of a set, read as they were when it was made: the same ones
// where its lines still say what lies there.
func (a *Answers) AsMade(dir string) *Answers {
	c, _ := Build(a, time.Now())
	then := a.Clone()
	then.former = true
	before, _ := Build(then, time.Now())
	if len(before.Nodes) == 0 || slices.EqualFunc(before.Nodes, c.Nodes, sameNode) || !pkigen.Dir(dir).MadeFor(before, c) {
		return a
	}
	return then
}

func sameNode(a, b spec.Node) bool { return a.Name == b.Name && a.Roles == b.Roles }

// WrittenOut are the answers with names and roles in those lines of the nodes that are
// read otherwise now; comments stay. All others are the same.
func (a *Answers) WrittenOut() *Answers {
	if !a.former {
		return a
	}
	return a.writeOut(spec.FormerNodes(nodesKey, a.Get(nodesKey)))
}

// writeOut puts the roles of nodes into the lines that have none, and their names into
// those that make others now.
func (a *Answers) writeOut(nodes []spec.Node) *Answers {
	ed := &editor{answers: a.Clone()}
	lines := strings.Split(a.Get(nodesKey), "\n")
	for end := len(nodes); end > 0; { // from the last on, so that lines keep their numbers
		begin := end - 1
		for begin > 0 && nodes[begin-1].Line == nodes[begin].Line {
			begin--
		}
		if now, _ := spec.ParseNodes(nodesKey, lines[nodes[begin].Line-1]); nodes[begin].Assumed || !slices.EqualFunc(nodes[begin:end], now, sameNode) {
			lines = slices.Replace(lines, nodes[begin].Line-1, nodes[begin].Line, written(nodes[begin:end], lines[nodes[begin].Line-1])...)
		}
		end = begin
	}
	ed.answers.former = false
	ed.set(nodesKey, strings.Join(lines, "\n"))
	return ed.answers
}

// written are the lines of nodes, in the place of one for all of them.
func written(nodes []spec.Node, line string) []string {
	out := make([]string, len(nodes))
	for i := range nodes {
		out[i] = nodes[i].String()
	}
	if at := strings.IndexByte(line, '#'); at >= 0 {
		out[0] += " " + line[at:]
	}
	return out
}

// formerError says that a set was made by another reading of the lines of its nodes: what
// they say now would be other machines, or other roles.
type formerError struct {
	dir   string
	nodes []string // the lines that keep it as it is
	first string   // where the readings part
}

// Former refuses answers whose lines of nodes were read in another way when the directory
// was made, and has the lines that keep it as it is; nil where they still say what lies
// there.
func (a *Answers) Former(dir string) error {
	made := a.AsMade(dir)
	if made == a {
		return nil
	}
	nodes := spec.FormerNodes(nodesKey, a.Get(nodesKey))
	now, _ := spec.ParseNodes(nodesKey, a.Get(nodesKey))
	e := &formerError{dir: dir, nodes: strings.Split(made.WrittenOut().Get(nodesKey), "\n")}
	for i := range nodes {
		n := &nodes[i]
		switch {
		case i >= len(now) || now[i].Line != n.Line:
			e.first = fmt.Sprintf("line %d was node %s, and cannot be read so any more", n.Line, n)
		case now[i].Name != n.Name:
			e.first = fmt.Sprintf("line %d was node %s, and would be %s", n.Line, n.Name, now[i].Name)
		case now[i].Roles != n.Roles:
			e.first = fmt.Sprintf("node %s was %s, and would be %s", n.Name, n.Roles, now[i].Roles)
		default:
			continue
		}
		break
	}
	return e
}

// Error has the lines to be pasted.
func (e *formerError) Error() string {
	return fmt.Sprintf("%s was made when the lines of the nodes were read in another way: %s; nothing was written. To keep the set as it is, write these as its nodes:\n  - %s",
		e.dir, e.first, strings.Join(e.nodes, "\n  - "))
}
