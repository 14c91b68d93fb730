package text

import (
	"fmt"
	"io"
	"strings"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/trust"
)

// Trust draws a map of connections, and then tells of each who shows what, by
// what it is checked, and what one sees where that fails.
func Trust(w io.Writer, m *trust.Map, width int) error {
	p := newPrinter(w, width)
	for _, ca := range m.CAs {
		p.text("", fmt.Sprintf("CA %s (layout %s): %s", ca.Name, m.Layout, ca.Title))
	}
	for _, group := range byTarget(m.Connections) {
		p.blank()
		p.picture(group, dangerTo(m, group[0]))
	}
	drawn := map[string]bool{}
	for _, a := range m.Connections {
		drawn[target(a)] = true
	}
	for _, d := range m.Danger {
		if at := fmt.Sprintf("%s:%d", d.To, d.Port); !drawn[at] {
			p.blank()
			p.picture([]trust.Connection{{To: d.To, Port: d.Port}}, []trust.Danger{d})
		}
	}
	for _, d := range m.Danger {
		p.blank()
		p.text("~ ", d.Text)
		p.text("~ ", fmt.Sprintf("%s asks only whether %s has signed the certificate, and that is so of: %s",
			d.To, d.CA, strings.Join(d.Roles, ", ")))
	}
	for _, a := range m.Connections {
		p.blank()
		p.connection(a)
	}
	return p.end()
}

func target(a trust.Connection) string { return fmt.Sprintf("%s:%d", a.To, a.Port) }

// byTarget parts the connections by the side that answers, in their order.
func byTarget(connections []trust.Connection) [][]trust.Connection {
	var out [][]trust.Connection
	at := map[string]int{}
	for _, a := range connections {
		i, ok := at[target(a)]
		if !ok {
			i = len(out)
			at[target(a)] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	return out
}

func dangerTo(m *trust.Map, a trust.Connection) []trust.Danger {
	var out []trust.Danger
	for _, d := range m.Danger {
		if d.To == a.To && d.Port == a.Port {
			out = append(out, d)
		}
	}
	return out
}

// dial is the line between two boxes: who dials, and what it shows.
type dial struct {
	from, shows string
	danger      bool
}

// picture draws one answering side as a box on the right, and a box for each
// side that dials it on the left. Where there is no room, it is written.
func (p *printer) picture(connections []trust.Connection, danger []trust.Danger) {
	to := connections[0]
	var dials []dial
	for _, a := range connections {
		if a.From != "" {
			dials = append(dials, dial{a.From, a.Shows.Label(), false})
		}
	}
	for _, d := range danger {
		dials = append(dials, dial{"~ any client of " + d.CA, "such as " + d.Roles[len(d.Roles)-1], true})
	}
	right := []string{to.To, fmt.Sprintf("port %d", to.Port)}
	if label := to.Answers.Label(); label != "" {
		right = append(right, "shows", label)
	}
	left, middle, box := 0, 0, widest(right)
	for _, d := range dials {
		left, middle = max(left, cellWidth(d.from)), max(middle, cellWidth(d.shows))
	}
	if len(dials) == 1 {
		right = lower(right)
		box = widest(right)
	}
	if p.width > 0 && left+middle+box+14 > p.width {
		p.written(dials, strings.Join(right, " "))
		return
	}
	p.boxes(dials, right, left, middle, box)
}

// lower sets what stands in a box into two lines, for a box that one side dials.
func lower(lines []string) []string {
	out := []string{strings.Join(lines[:2], ", ")}
	if len(lines) > 2 {
		out = append(out, strings.Join(lines[2:], " "))
	}
	return out
}

// written is a picture in lines.
func (p *printer) written(dials []dial, to string) {
	for _, d := range dials {
		line := "-->"
		if d.danger {
			line = "==>"
		}
		p.text("", fmt.Sprintf("[%s] -- %s %s [%s]", d.from, d.shows, line, to))
	}
}

func (p *printer) boxes(dials []dial, right []string, left, middle, box int) {
	edge := "+" + strings.Repeat("-", left+2) + "+"
	gap := strings.Repeat(" ", middle+6)
	height := max(2*len(dials)+1, len(right)+2)
	top := (height - 2 - len(right)) / 2
	for row := range height {
		l, mid := strings.Repeat(" ", left+4), gap
		switch {
		case row%2 == 0 && row <= 2*len(dials):
			l = edge
		case row/2 < len(dials):
			d := dials[row/2]
			l = "| " + pad(d.from, left) + " |"
			mid = connection(d, middle)
		}
		p.line(l + mid + rightRow(right, row, height, top, box))
	}
}

// connection is "- label ----->", always of one width.
func connection(d dial, middle int) string {
	stroke := "-"
	if d.danger {
		stroke = "="
	}
	return stroke + " " + d.shows + " " + strings.Repeat(stroke, middle-cellWidth(d.shows)+2) + ">"
}

func rightRow(right []string, row, height, top, box int) string {
	if row == 0 || row == height-1 {
		return "+" + strings.Repeat("-", box+2) + "+"
	}
	text := ""
	if i := row - 1 - top; i >= 0 && i < len(right) {
		text = right[i]
	}
	return "| " + pad(text, box) + " |"
}

func widest(lines []string) int {
	n := 0
	for _, l := range lines {
		n = max(n, cellWidth(l))
	}
	return n
}

// connection tells everything of one connection.
func (p *printer) connection(a trust.Connection) {
	p.text("", fmt.Sprintf("%s --> %s:%d (%s)", a.From, a.To, a.Port, a.ID))
	p.text("  ", a.Why)
	p.text("  ", a.From+" shows "+sideText(a.Shows))
	p.text("    ", a.To+" checks: "+checkText(a.Client))
	p.text("  ", a.To+" shows "+sideText(a.Answers))
	p.text("    ", a.From+" checks: "+checkText(a.Server))
	if len(a.Failures) > 0 {
		p.line("  If it goes wrong:")
	}
	for _, f := range a.Failures {
		p.text("    - ", fmt.Sprintf("%s sees: %s", f.At, f.Text))
		p.text("      ", "where "+f.Cause)
	}
}

func sideText(s trust.Side) string {
	var parts []string
	if s.Entry != "" {
		parts = append(parts, s.Label())
	}
	if s.Text != "" {
		parts = append(parts, s.Text)
	}
	if s.CA != "" {
		parts = append(parts, "signed by "+s.CA)
	}
	if s.File != "" {
		file := Clean(s.File)
		if len(s.Nodes) > 0 {
			file += " on " + spec.List(s.Nodes, 3)
		}
		parts = append(parts, file)
	}
	return strings.Join(parts, "; ")
}

func checkText(c trust.Check) string {
	text := c.What
	if c.CA != "" {
		text += "; CA " + c.CA
	}
	if c.Flag != "" {
		text += fmt.Sprintf("; told by %s of %s", c.Flag, c.By)
	}
	if c.File != "" {
		text += "; " + Clean(c.File)
	}
	return text
}
