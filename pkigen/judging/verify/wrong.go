package verify

import (
	"fmt"
	"strings"

	"certwright/pkigen/judging/rehearse"
)

// Fault is what went wrong with a connection, or with several that fail for one reason.
type Fault struct {
	First  *rehearse.Result
	Of     int  // connections
	Halted bool // one side does not run, and so all of its connections fail
}

// Between says in few words who dials whom: "kube-apiserver m1 → etcd m2 +3", where three
// more are like it.
func (f *Fault) Between() string {
	short := func(s *rehearse.Side) string { return strings.TrimSpace(s.Program + " " + s.Machine) }
	between := short(f.First.Case.From) + " → " + short(f.First.Case.To)
	if f.Of > 1 {
		between += fmt.Sprintf(" +%d", f.Of-1)
	}
	return between
}

// Faults are the connections that did not end as they must, one for each connection
// and reason, and one for each program that does not run.
func (j *Judgement) Faults() []Fault {
	type reason struct {
		connection, refusal, file, cause string
		halted                           rehearse.Place
	}
	var out []Fault
	at := map[reason]int{}
	for _, r := range j.Wrong() {
		why := reason{connection: r.Case.Connection.ID, file: r.Failure.File, cause: r.Failure.Cause}
		if r.Case.Refusal != nil {
			why.refusal = r.Case.Refusal.ID
		}
		halted := r.Case.From.Halt != nil || r.Case.To.Halt != nil
		if halted {
			why.connection, why.halted = "", r.Failure.At
		}
		if _, known := at[why]; !known {
			at[why] = len(out)
			out = append(out, Fault{First: r, Halted: halted})
		}
		out[at[why]].Of++
	}
	return out
}
