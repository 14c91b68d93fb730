package text

import (
	"testing"

	"certwright/pkigen/cluster/catalog"
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
			Case: &rehearse.Case{Connection: &catalog.Connections[connection], From: &rehearse.Side{Program: "kubelet", Machine: "w1"}, To: to, Dial: "m1"}}
	}
	j := &verify.Judgement{Connections: []rehearse.Result{of(0, stopped, "no etcd"), of(1, stopped, "no etcd"), of(2, &rehearse.Side{}, "expired")}}
	said := WrongConnections(j)
	if len(said) != 2 || said[0].Title != "kube-apiserver on m1 does not run: 2 connections fail" || len(said[0].Rows) != 2 || len(said[1].Rows) != 3 {
		t.Errorf("got %+v", said)
	}
}
