package restart

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/visible"
	"certwright/pkigen/rollout/handout"
)

// Task is one thing for a person to do. Its texts are fit to be shown.
type Task struct {
	Text     string
	Commands []Command
	About    []string // what to know meanwhile, and the files for which it has to happen
}

// Command is a command to be copied.
type Command struct {
	Line  shell.Line
	Where string // what it is for and where it is run: "check, on master1"; "" where the text says it
}

// Commented is the command with the comment that says where it is run.
func (c Command) Commented() shell.Line {
	if c.Where == "" {
		return c.Line
	}
	return c.Line.Comment(c.Where)
}

func (t *Task) add(line shell.Line, where string) {
	if line != "" {
		t.Commands = append(t.Commands, Command{line, where})
	}
}

// Tasks is the plan for a reader: what several nodes have to do in the same way is one
// task. What needs nothing is left out.
func (p *Plan) Tasks(dir string) []Task {
	out := groups(p.First)
	if len(p.Copies) > 0 {
		out = append(out, p.copyTask(p.Copies, dir))
	}
	return append(out, groups(p.Steps)...)
}

// groups makes one task of those that are the same on several nodes.
func groups(steps []Step) []Task {
	var out []Task
	for i := 0; i < len(steps); {
		end := i + 1
		for end < len(steps) && alike(&steps[i], &steps[end]) {
			end++
		}
		switch group := steps[i:end]; {
		case group[0].What == Nothing:
		case nodeTexts[group[0].What] != "":
			out = append(out, nodeTask(group))
		default:
			out = append(out, groupTask(group))
		}
		i = end
	}
	return out
}

// nodeTexts say what happens to whole nodes and to members of etcd: NODES and
// PROGRAMS stand for their names.
var nodeTexts = map[What]string{
	Drain:  "drain NODES, so that the pods go elsewhere",
	Leave:  "take the member NODES out of etcd",
	Move:   "tell the members of etcd the new address of NODES",
	Join:   "make NODES a member of etcd that only learns, before it starts",
	Vote:   "let NODES vote in etcd; that is refused until it has caught up",
	Stop:   "stop on NODES what does not belong there any more: PROGRAMS",
	Delete: "delete on NODES the files that do not belong there any more",
	Forget: "let the API forget NODES, now that it is off",
}

// nodeTask is what happens to one or more nodes, each by a command of its own.
func nodeTask(group []Step) Task {
	var nodes []string
	var out Task
	for i := range group {
		s := &group[i]
		nodes = append(nodes, s.Node)
		if i >= shownNodes {
			continue
		}
		where := ""
		switch {
		case s.Here:
			where = "here"
		case s.On != "":
			where = "on " + s.On
		}
		out.add(s.Command, where)
		out.add(s.Health, "check, on "+s.On)
	}
	if len(group) > shownNodes {
		last := &out.Commands[len(out.Commands)-1]
		last.Where = strings.TrimPrefix(fmt.Sprintf("%s, and so for the other %d", last.Where, len(group)-shownNodes), ", ")
	}
	out.Text = strings.NewReplacer("NODES", NodeList(nodes), "PROGRAMS", visible.Text(group[0].Component)).Replace(nodeTexts[group[0].What])
	return out
}

// alike reports whether two steps are the same on two nodes.
func alike(a, b *Step) bool {
	return a.Component == b.Component && a.What == b.What && a.WithinSeconds == b.WithinSeconds && a.Since == b.Since && a.Together == b.Together &&
		(a.Node != "" || a.What == Rewrite)
}

// copyTask brings the files to the nodes. One line does it for a few.
func (p *Plan) copyTask(copies []Copy, dir string) Task {
	files := "changed files"
	if p.starts {
		files = "files"
	}
	var names []string
	for _, c := range copies {
		names = append(names, c.Node)
	}
	s := Task{Text: "copy the " + files + " to " + NodeList(names)}
	switch {
	case copies[0].Command == "" && path.IsAbs(copies[0].Files[0]):
		s.Text = "where " + visible.Text(dir) + " is not the node's own folder, copy to the nodes, each beside its place and then by mv -f into it: " + flatCopies(copies)
	case copies[0].Command == "":
		s.Text = "copy to where they lie on the nodes, each beside its place and then by mv -f into it: " + flatCopies(copies)
	case len(copies) == 1:
		s.add(copies[0].Command, "")
	case len(copies) <= shownNodes:
		s.add(handout.InstallOver(shell.Command("for node in").Word(names...).Own("; do certwright handout").File(dir).
			Own(`"$node" --to - | ssh "root@$node"`)).Own("|| break; done"), "")
	default:
		s.Text += ": pack an archive for each, and install it there as root"
		s.add(shell.Command("certwright handout").File(dir).Own("--force"), "")
		s.add(handout.InstallArchive, "")
	}
	return s
}

// flatCopies says which files go to whom. Most nodes need the same.
func flatCopies(copies []Copy) string {
	var order []string
	nodes := map[string][]string{} // by their files
	for _, c := range copies {
		files := visible.Text(strings.Join(c.Files, ", "))
		if nodes[files] == nil {
			order = append(order, files)
		}
		nodes[files] = append(nodes[files], c.Node)
	}
	for i, files := range order {
		order[i] = files + " to " + NodeList(nodes[files])
	}
	return strings.Join(order, "; ")
}

// groupTask is one step of one program on its nodes.
func groupTask(group []Step) Task {
	s := &group[0]
	var nodes, files []string
	for i := range group {
		nodes = append(nodes, group[i].Node)
		for _, f := range group[i].Files {
			if !slices.Contains(files, f.Path) && len(files) < shownFiles+1 {
				files = append(files, f.Path)
			}
		}
	}
	on := visible.Text(s.Component) + " on " + NodeList(nodes)
	var out Task
	switch s.What {
	case Start:
		out.Text = "start " + on
		out.add(s.Command, "")
	case Reload:
		out.Text = on + ": no restart, reads its new files by itself " + within(s.Within())
		if s.Older != "" {
			out.Text += fmt.Sprintf(" since Kubernetes %s; older ones need %s", s.Since, s.Older)
			if s.Alone {
				out.Text += ", one node at a time"
			}
		}
	case Restart:
		out.Text = "restart " + on
		switch {
		case s.Together && len(group) > 1:
			out.Text += ", all at once: what they know each other by had expired, and none is well before the others are"
		case s.Alone && len(group) > 1:
			out.Text += ", one after another: go on when the check says that all is well"
		case len(group) > 3:
			out.Text += ", a few at a time"
		}
		out.add(s.Command, "")
	case Apply:
		out.Text = "apply " + FileList(files)
		out.add(s.Command, "")
	case Await:
		out.Text = "wait until kube-controller-manager has written the changed CA into the ConfigMap kube-root-ca.crt, from which pods have it"
	case Rewrite:
		out.Text = "on your own machine: " + FileList(files) + " changed; a copy, such as ~/.kube/config, still has the old one: make it again"
	}
	out.Commands = append(out.Commands, checks(group)...)
	return out
}

// checks are the commands that tell whether all is well: one where it is the
// same for all nodes, and of many that differ the first.
func checks(group []Step) []Command {
	const most = 5
	var out []Command
	var first shell.Line
	for i := range group {
		s := &group[i]
		if s.Health == "" {
			continue
		}
		where := "on the node"
		if s.HealthHere {
			where = "here"
		}
		where = "check, " + where
		line := Command{s.Health, where}
		first = cmp.Or(first, s.Health)
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
		if len(out) > most {
			return []Command{{first, fmt.Sprintf("%s, and so for the other %d nodes", where, len(group)-1)}}
		}
	}
	return out
}

// Item is one task of a checklist, and what it is about: a step, the files of a node, or
// neither for what is done by hand.
type Item struct {
	Task
	Step *Step
	Copy *Copy
}

// Checklist is the plan node by node, each task to be ticked. What needs nothing is left
// out.
func (p *Plan) Checklist(dir string) []Task {
	var out []Task
	for _, i := range p.Items(dir) {
		out = append(out, i.Task)
	}
	return out
}

// Items is the checklist with what each task is about.
func (p *Plan) Items(dir string) []Item {
	out := each(p.First)
	for i := range p.Copies {
		c := &p.Copies[i]
		t := Task{Text: p.copyTask(p.Copies[i:i+1], dir).Text, About: []string{"files: " + visible.Text(strings.Join(c.Files, ", "))}}
		t.add(c.Command, "on this machine")
		out = append(out, Item{t, nil, c})
	}
	out = append(out, each(p.Steps)...)
	for _, s := range p.ByHand {
		out = append(out, Item{Task: Task{Text: visible.Text(s), About: []string{"By hand: no file of the set does it."}}})
	}
	return out
}

// each is one task of each step that needs something.
func each(steps []Step) []Item {
	var out []Item
	for i := range steps {
		if steps[i].What != Nothing {
			out = append(out, Item{taskOf(&steps[i]), &steps[i], nil})
		}
	}
	return out
}

// taskOf is one step of one node.
func taskOf(s *Step) Task {
	one := []Step{*s}
	t := Task{Text: groupTask(one).Text}
	if nodeTexts[s.What] != "" {
		t.Text = nodeTask(one).Text
	}
	on := func(here bool) string {
		switch {
		case here, s.Node == "":
			return "on this machine"
		case s.On != "":
			return "on " + visible.Text(s.On)
		}
		return "on " + visible.Text(s.Node)
	}
	t.add(s.Command, on(s.Here))
	t.add(s.Health, "check, "+on(s.HealthHere))
	switch {
	case s.Together:
		t.About = append(t.About, "On all nodes at once: what they know each other by had expired, and none is well before the others are.")
	case s.Alone && s.Health != "":
		t.About = append(t.About, "One node at a time: go on when the check says that all is well.")
	}
	var files []string
	for _, f := range s.Files {
		text := f.Path
		if f.Flag != "" {
			text += " (" + f.Flag + ")"
		}
		files = append(files, visible.Text(text))
	}
	if s.Node != "" && len(files) > 0 {
		t.About = append(t.About, "because of "+strings.Join(files, ", "))
	}
	return t
}

// shownFiles and shownNodes are how many files, and nodes, a task names.
const (
	shownFiles = 4
	shownNodes = 8
)

// NodeList joins names of nodes for a reader, the first few of many.
func NodeList(names []string) string { return visible.Text(spec.List(names, shownNodes)) }

// FileList joins names of files for a reader, the first few of many.
func FileList(files []string) string { return visible.Text(spec.List(files, shownFiles)) }

// within is how soon a program reads its files again.
func within(d time.Duration) string {
	if d == 0 {
		return "at its next connection"
	}
	return "within " + spec.Count(int(d/time.Minute), "minute", "minutes")
}
