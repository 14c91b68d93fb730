package text

import (
	"fmt"

	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
)

// connections prints what went wrong when the connections were rehearsed, and
// who can talk to whom.
func (p *printer) connections(j *verify.Judgement) {
	for _, c := range WrongConnections(j) {
		p.blank()
		p.text(c.Mark, c.Title)
		p.table("  ", Table{Columns: []Column{{}, {Min: 30}}, Rows: c.Rows})
	}
	if len(j.Connections) == 0 {
		return
	}
	p.blank()
	for _, l := range Matrix(j.Matrix, p.width) {
		p.line(l)
	}
}

// Connection is what went wrong with one connection, or with several that fail
// for one reason.
type Connection struct {
	Mark  string // how it ended, at the head of a line
	Title string // who dials whom: "kube-apiserver on master1 dials etcd on master2 (10.0.0.2)"
	Rows  [][]string
}

// WrongConnections are those that did not end as they must, one for each connection
// and reason, and one for each program that does not run.
func WrongConnections(j *verify.Judgement) []Connection {
	type reason struct {
		connection, refusal, file, cause string
		halted                           rehearse.Place
	}
	first := map[reason]*rehearse.Result{}
	count := map[reason]int{}
	var order []reason
	for _, r := range j.Wrong() {
		why := reason{connection: r.Case.Connection.ID, file: r.Failure.File, cause: r.Failure.Cause}
		if r.Case.Refusal != nil {
			why.refusal = r.Case.Refusal.ID
		}
		if halted(r) {
			why.connection, why.halted = "", r.Failure.At
		}
		if first[why] == nil {
			first[why] = r
			order = append(order, why)
		}
		count[why]++
	}
	var out []Connection
	for _, why := range order {
		out = append(out, wrongConnection(first[why], count[why]))
	}
	return out
}

// halted reports whether a connection fails since one side does not run.
func halted(r *rehearse.Result) bool { return r.Case.From.Halt != nil || r.Case.To.Halt != nil }

func wrongConnection(r *rehearse.Result, of int) Connection {
	c, f := r.Case, r.Failure
	from := rehearse.Place{Program: c.From.Program, Machine: c.From.Machine}
	to := rehearse.Place{Program: c.To.Program, Machine: c.To.Machine}
	if from.Machine == "" && c.Connection.Shows != "" && c.Refusal == nil {
		from.Program += " (" + c.Connection.Shows + ")" // one program with several users
	}
	title := fmt.Sprintf("%s dials %s (%s)", from, to, c.Dial)
	if c.Refusal != nil {
		title += ", and is not refused"
	}
	alone := of == 1 || !halted(r)
	switch {
	case !alone:
		title = fmt.Sprintf("%s does not run: %d connections fail", f.At, of)
	case of > 1:
		title += fmt.Sprintf(", and %d more like it", of-1)
	}
	var rows [][]string
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
	return Connection{Mark: markText(string(r.State)), Title: Clean(title), Rows: rows}
}
