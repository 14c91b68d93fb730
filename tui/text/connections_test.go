package text

import (
	"testing"

	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
)

// TestStoppedProgram holds that what fails for a program that does not run is said
// once, and what fails for another reason beside it.
func TestStoppedProgram(t *testing.T) {
	at := rehearse.Place{Program: "kube-apiserver", Machine: "m1"}
	stopped := &rehearse.Side{Program: at.Program, Machine: at.Machine, Halt: &rehearse.Halt{}}
	of := func(connection int, to *rehearse.Side, cause string) rehearse.Result {
		return rehearse.Result{State: rehearse.Broken, Failure: &rehearse.Failure{At: at, Cause: cause, Text: "log", OtherAs: "seen"},
			Case: &rehearse.Case{Connection: &connections.All[connection], From: &rehearse.Side{Program: "kubelet", Machine: "w1"}, To: to, Dial: "m1"}}
	}
	j := &verify.Judgement{Connections: []rehearse.Result{of(0, stopped, "no etcd"), of(1, stopped, "no etcd"), of(2, &rehearse.Side{}, "expired")}}
	faults := j.Faults()
	if len(faults) != 2 {
		t.Fatalf("got %+v", faults)
	}
	_, title, rows := Fault(&faults[0])
	if _, _, second := Fault(&faults[1]); title != "kube-apiserver on m1 does not run: 2 connections fail" || len(rows) != 2 || len(second) != 3 {
		t.Errorf("got %q, %q, %q", title, rows, second)
	}
}
