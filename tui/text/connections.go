package text

import (
	"fmt"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
)

// connections prints what went wrong when the connections were rehearsed, and
// who can talk to whom.
func (p *printer) connections(j *verify.Judgement) {
	for _, f := range j.Faults() {
		mark, title, rows := Fault(&f)
		p.blank()
		p.text(mark, title)
		p.table("  ", Table{Columns: []Column{{}, {Min: 30}}, Rows: rows})
	}
	if len(j.Connections) == 0 {
		return
	}
	p.blank()
	for _, l := range matrixLines(j.Matrix, p.width) {
		p.line(l)
	}
}

// Fault says of a fault how the connection ended, as a mark before a line, who dials
// whom, "kube-apiserver on master1 dials etcd on master2 (10.0.0.2)", and what there is
// to know of it.
func Fault(fault *verify.Fault) (mark, title string, rows [][]string) {
	r, of := fault.First, fault.Of
	c, f := r.Case, r.Failure
	from := rehearse.Place{Program: c.From.Program, Machine: c.From.Machine}
	to := rehearse.Place{Program: c.To.Program, Machine: c.To.Machine}
	if from.Machine == "" && c.Connection.Shows != "" && c.Refusal == nil {
		from.Program += " (" + c.Connection.Shows + ")" // one program with several users
	}
	title = fmt.Sprintf("%s dials %s (%s)", from, to, c.Dial)
	if c.Refusal != nil {
		title += ", and is not refused"
	}
	alone := of == 1 || !fault.Halted
	switch {
	case !alone:
		title = fmt.Sprintf("%s does not run: %d connections fail", f.At, of)
	case of > 1:
		title += ", " + spec.More(of-1) + " like it"
	}
	add := func(label, text string) {
		if text != "" {
			rows = append(rows, []string{label, Clean(text)})
		}
	}
	add("cause", f.Cause)
	add("file", f.File)
	if f.Text != "" {
		add("log", f.At.String()+": "+f.Text)
	}
	if f.OtherAs != "" && alone {
		only := ""
		if f.OtherQuiet {
			only = " (logged with --v=5 only)"
		}
		add("sees", f.Other.String()+": "+f.OtherAs+only)
	}
	add("check", f.Check)
	return markText(string(r.State)), Clean(title), rows
}
