package text

import (
	"fmt"
	"io"
	"strings"

	"certwright/pkigen/rollout/restart"
)

// Restart prints what has to happen on the nodes, numbered; nothing for a plan
// that is empty.
func Restart(w io.Writer, r *restart.Plan, dir string, width int) error {
	p := newPrinter(w, width)
	p.restart(r, dir)
	return p.end()
}

func (p *printer) restart(r *restart.Plan, dir string) {
	tasks := r.Tasks(dir)
	if len(tasks) == 0 && len(r.ByHand) == 0 {
		return
	}
	p.blank()
	if len(tasks) == 0 {
		p.line("What has to happen now:")
		p.each("  - ", r.ByHand)
		return
	}
	p.line("What has to happen now, in this order:")
	for _, note := range r.Notes {
		p.text("! ", Clean(note))
	}
	p.tasks(tasks)
	if len(r.ByHand) > 0 {
		p.line("And by hand, behind that:")
	}
	p.each("  - ", r.ByHand)
}

// tasks prints tasks with their numbers, and each command on a line of its own.
func (p *printer) tasks(tasks []restart.Task) {
	for i, t := range tasks {
		number := fmt.Sprintf("  %d. ", i+1)
		p.text(number, t.Text)
		for _, c := range t.Commands {
			p.command(strings.Repeat(" ", len(number))+"$ ", c.Commented())
		}
	}
}
