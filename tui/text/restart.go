package text

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/rollout/handout"
	"certwright/pkigen/rollout/restart"
)

// Step is one step for a reader: what several nodes have to do in the same way is
// one step.
type Step struct {
	Text     string
	Commands []shell.Line // each a line to be copied
}

// Restart prints what has to happen on the nodes, numbered; nothing for a plan
// that is empty.
func Restart(w io.Writer, r *restart.Plan, dir string, width int) error {
	p := newPrinter(w, width)
	p.restart(r, dir)
	return p.end()
}

func (p *printer) restart(r *restart.Plan, dir string) {
	steps := RestartSteps(r, dir)
	if len(steps) == 0 {
		return
	}
	p.blank()
	p.line("What has to happen now, in this order:")
	for _, note := range r.Notes {
		p.text("! ", Clean(note))
	}
	p.steps(steps)
	if len(r.ByHand) > 0 {
		p.line("And by hand, behind that:")
	}
	for _, s := range r.ByHand {
		p.text("  - ", s)
	}
}

// steps prints steps with their numbers, and each command on a line of its own.
func (p *printer) steps(steps []Step) {
	for i, s := range steps {
		number := fmt.Sprintf("  %d. ", i+1)
		p.text(number, s.Text)
		for _, c := range s.Commands {
			p.command(strings.Repeat(" ", len(number))+"$ ", c)
		}
	}
}

// RestartSteps is the plan in steps for a reader. What needs nothing is left out.
func RestartSteps(r *restart.Plan, dir string) []Step {
	out := groups(r.First)
	if len(r.Copies) > 0 {
		out = append(out, copyStep(r.Copies, dir))
	}
	return append(out, groups(r.Steps)...)
}

// groups makes one step of those that are the same on several nodes.
func groups(steps []restart.Step) []Step {
	var out []Step
	for i := 0; i < len(steps); {
		end := i + 1
		for end < len(steps) && alike(&steps[i], &steps[end]) {
			end++
		}
		switch group := steps[i:end]; {
		case group[0].What == restart.Nothing:
		case nodeTexts[group[0].What] != "":
			out = append(out, nodeStep(group))
		default:
			out = append(out, groupStep(group))
		}
		i = end
	}
	return out
}

// nodeTexts say what happens to whole nodes and to members of etcd: NODES and
// PROGRAMS stand for their names.
var nodeTexts = map[restart.What]string{
	restart.Drain:  "drain NODES, so that the pods go elsewhere",
	restart.Leave:  "take the member NODES out of etcd",
	restart.Move:   "tell the members of etcd the new address of NODES",
	restart.Join:   "make NODES a member of etcd that only learns, before it starts",
	restart.Vote:   "let NODES vote in etcd; that is refused until it has caught up",
	restart.Stop:   "stop on NODES what does not belong there any more: PROGRAMS",
	restart.Delete: "delete on NODES the files that do not belong there any more",
	restart.Forget: "let the API forget NODES, now that it is off",
}

// nodeStep is what happens to one or more nodes, each by a command of its own.
func nodeStep(group []restart.Step) Step {
	var nodes []string
	var out Step
	for i := range group {
		s := &group[i]
		nodes = append(nodes, s.Node)
		if i >= shownTurns {
			continue
		}
		command := s.Command
		switch {
		case s.Here:
			command = command.Comment("here")
		case s.On != "":
			command = command.Comment("on " + s.On)
		}
		out.Commands = append(out.Commands, command)
		if s.Health != "" {
			out.Commands = append(out.Commands, s.Health.Comment("check, on "+s.On))
		}
	}
	if len(group) > shownTurns {
		last := &out.Commands[len(out.Commands)-1]
		*last = last.Comment(fmt.Sprintf("and so for the other %d", len(group)-shownTurns))
	}
	out.Text = strings.NewReplacer("NODES", NodeList(nodes), "PROGRAMS", Clean(group[0].Component)).Replace(nodeTexts[group[0].What])
	return out
}

// alike reports whether two steps are the same on two nodes.
func alike(a, b *restart.Step) bool {
	return a.Component == b.Component && a.What == b.What && a.WithinSeconds == b.WithinSeconds && a.Since == b.Since && a.Together == b.Together &&
		(a.Node != "" || a.What == restart.Rewrite)
}

// copyStep brings the files to the nodes. One line does it for a few.
func copyStep(copies []restart.Copy, dir string) Step {
	var names []string
	for _, c := range copies {
		names = append(names, c.Node)
	}
	s := Step{Text: "copy the changed files to " + NodeList(names)}
	switch {
	case copies[0].Command == "" && path.IsAbs(copies[0].Files[0]):
		s.Text = "where " + Clean(dir) + " is not the node's own folder, copy to the nodes, each beside its place and then by mv -f into it: " + flatCopies(copies)
	case copies[0].Command == "":
		s.Text = "copy to where they lie on the nodes, each beside its place and then by mv -f into it: " + flatCopies(copies)
	case len(copies) == 1:
		s.Commands = []shell.Line{copies[0].Command}
	case len(copies) <= shownTurns:
		s.Commands = []shell.Line{shell.Command("for node in").Word(names...).Own("; do certwright handout").File(dir).
			Own(`"$node" --to - | ssh "root@$node"`).Word(handout.InstallStream.String()).Own("|| break; done")}
	default:
		s.Text += ": pack an archive for each, and install it there as root"
		s.Commands = []shell.Line{shell.Command("certwright handout").File(dir).Own("--force"), InstallArchive}
	}
	return s
}

// flatCopies says which files go to whom. Most nodes need the same.
func flatCopies(copies []restart.Copy) string {
	var order []string
	nodes := map[string][]string{} // by their files
	for _, c := range copies {
		files := Clean(strings.Join(c.Files, ", "))
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

// groupStep is one step of one program on its nodes.
func groupStep(group []restart.Step) Step {
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
	on := Clean(s.Component) + " on " + NodeList(nodes)
	var out Step
	switch s.What {
	case restart.Start:
		out.Text = "start " + on
		out.Commands = []shell.Line{s.Command}
	case restart.Reload:
		out.Text = on + ": no restart, reads its new files by itself " + within(s.Within())
		if s.Older != "" {
			out.Text += fmt.Sprintf(" since Kubernetes %s; older ones need %s", s.Since, s.Older)
			if s.Alone {
				out.Text += ", one node at a time"
			}
		}
	case restart.Restart:
		out.Text = "restart " + on
		switch {
		case s.Together && len(group) > 1:
			out.Text += ", all at once: what they know each other by had ended, and none is well before the others are"
		case s.Alone && len(group) > 1:
			out.Text += ", one after another: go on when the check says that all is well"
		case len(group) > 3:
			out.Text += ", a few at a time"
		}
		out.Commands = []shell.Line{s.Command}
	case restart.Apply:
		out.Text = "apply " + fileList(files)
		out.Commands = []shell.Line{s.Command}
	case restart.Await:
		out.Text = "wait until kube-controller-manager has written the changed CA into the ConfigMap kube-root-ca.crt, from which pods have it"
	case restart.Rewrite:
		out.Text = "on your own machine: " + fileList(files) + " changed; a copy, such as ~/.kube/config, still has the old one: make it anew"
	}
	out.Commands = append(out.Commands, checks(group)...)
	return out
}

// checks are the commands that tell whether all is well: one where it is the
// same for all nodes, and of many that differ the first.
func checks(group []restart.Step) []shell.Line {
	const most = 5
	var out []shell.Line
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
		line := s.Health.Comment(where)
		first = cmp.Or(first, s.Health)
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
		if len(out) > most {
			return []shell.Line{first.Comment(fmt.Sprintf("%s, and so for the other %d nodes", where, len(group)-1))}
		}
	}
	return out
}

// shownFiles and shownTurns are how many files, and nodes, a step names.
const (
	shownFiles = 4
	shownTurns = 8
)

func fileList(files []string) string { return firstOf(files, shownFiles) }

// NodeList joins names of nodes, the first few of many.
func NodeList(names []string) string { return firstOf(names, shownTurns) }

// firstOf joins the first few.
func firstOf(list []string, most int) string {
	if len(list) > most {
		list = append(slices.Clone(list[:most]), fmt.Sprintf("and %d more", len(list)-most))
	}
	return Clean(strings.Join(list, ", "))
}

// within is how soon a program reads its files again.
func within(d time.Duration) string {
	if d == 0 {
		return "at its next connection"
	}
	return "within " + Count(int(d/time.Minute), "minute", "minutes")
}
