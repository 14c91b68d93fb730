package text

import (
	"fmt"
	"io"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/next"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/rotate"
)

// Stages prints how far the replacement of each has come.
func Stages(w io.Writer, pl *plan.Plan, names []string, now time.Time, width int) error {
	p := newPrinter(w, width)
	t := Table{Columns: []Column{{Title: "NAME", Min: 4}, {Title: "STAGE"}, {Title: "WHICH MEANS", Min: 20}, {Title: "EXPIRES"}, {Title: "DAYS"}}}
	for _, name := range names {
		c := pl.Find(name)
		ends, days := "never", ""
		if c.IsCertificate() {
			ends, days = Date(c.NotAfter), daysLeft(c.NotAfter, now)
		}
		t.Rows = append(t.Rows, []string{Clean(name), string(pl.Stage(name)), pl.Stage(name).Meaning(), ends, days})
	}
	p.table("", t)
	return p.end()
}

// printRotation prints what a stage will do, with every warning.
func printRotation(w io.Writer, pl *plan.Plan, name string, v PlanView) error {
	p := newPrinter(w, v.Width)
	at := pl.Stage(name)
	p.text("", fmt.Sprintf("%s in %s becomes %s: %s", Clean(name), Clean(v.Dir), at, at.Meaning()))
	if asked := pl.Asked(); len(asked) > 0 {
		p.text("", fmt.Sprintf("Signed again by it: %s", spec.Count(len(asked), "certificate", "certificates")))
		p.renewals(pl, v, "signer and dates")
	}
	for _, line := range trustLines(pl, name) {
		p.text("", line)
	}
	p.warnings(pl, v)
	p.text("", Counts(pl, v.Dir)+".")
	return p.end()
}

// trustLines say which files change for what reason, those for verifiers first.
func trustLines(pl *plan.Plan, name string) []string {
	var verifiers, configs, own []string
	for i := range pl.Files {
		switch a := &pl.Files[i]; {
		case a.Verb == plan.Keep, a.Sums != "":
		case a.Part == catalog.Trust:
			verifiers = append(verifiers, a.Path)
		case a.Part == catalog.Config:
			configs = append(configs, a.Path)
		case a.Certificate == name || strings.HasPrefix(a.Certificate, name+"-"):
			own = append(own, string(a.Verb)+" "+a.Path)
		}
	}
	var out []string
	for _, of := range []struct {
		what  string
		files []string
	}{{"Files to trust by", verifiers}, {"Kubeconfigs", configs}} {
		if len(of.files) > 0 {
			out = append(out, fmt.Sprintf("%s (%d): %s", of.what, len(of.files), restart.FileList(of.files)))
		}
	}
	if len(own) > 0 { // all of them: keys come and go
		out = append(out, fmt.Sprintf("Its own (%d): %s", len(own), Clean(strings.Join(own, ", "))))
	}
	return out
}

// printRotated prints what is left to know after a stage.
func printRotated(w io.Writer, r *pkigen.Result, name string, next *restart.Plan, v SummaryView) error {
	p := newPrinter(w, v.Width)
	at := r.Plan.Stage(name)
	p.text("", fmt.Sprintf("%s is %s: %s. %s", Clean(name), at, at.Meaning(), Done(r, v.Dir)))
	p.made(r, v.Dir, v.Brief)
	p.restart(next, v.Dir)
	p.verify(v.Dir)
	return p.end()
}

// printNextStage prints how to go on after a stage.
func printNextStage(w io.Writer, pl *plan.Plan, name, dir string, width int) error {
	p := newPrinter(w, width)
	t := next.Stage(pl, name, dir)
	p.text("", t.Text)
	for _, c := range t.Commands {
		p.command("  ", c.Line)
	}
	for _, s := range t.About {
		p.text("", s)
	}
	return p.end()
}

// AnswerView is what Answer needs besides the answer.
type AnswerView struct {
	Dir   string
	Go    shell.Line
	Width int
	Seen  bool // something besides the directory was looked at
}

// Answer prints whether the next stage may come.
func Answer(w io.Writer, a *rotate.Answer, v AnswerView) error {
	p := newPrinter(w, v.Width)
	if len(a.Stops) > 0 {
		p.text("STOP: ", spec.Count(len(a.Stops), "thing is", "things are")+" not ready for the next stage:")
		for _, s := range StopLines(a.Stops, true) {
			p.text("  - ", s)
		}
		p.text("", "Else: "+a.Breaks+".")
		return p.end()
	}
	if a.At == plan.Steady {
		p.text("", "To replace it by one with a new key, the first stage, which breaks nothing:")
		p.command("  ", v.Go)
		return p.end()
	}
	what := "everything in the directory"
	if v.Seen {
		what += " and in what was seen of the nodes"
	}
	p.text("GO ON: ", what+" is ready for the next stage. Before it, on every node, the files of this one have to be there and the programs restarted"+behind(a.ByHand))
	for _, s := range a.ByHand {
		p.text("  - ", s)
	}
	p.line("Then:")
	p.command("  ", v.Go)
	p.text("", "Too early: "+a.Breaks+".")
	return p.end()
}

// Standing prints how far a replacement has come and whether its next stage may come,
// for the wizard, which goes there itself.
func Standing(w io.Writer, a *rotate.Answer, width int) error {
	p := newPrinter(w, width)
	p.text("", fmt.Sprintf("%s is %s: %s. Next it becomes %s: %s.", Clean(a.Name), a.At, a.At.Meaning(), a.To, a.To.Meaning()))
	switch {
	case len(a.Stops) > 0:
		p.text("STOP: ", spec.Count(len(a.Stops), "thing is", "things are")+" not ready for the next stage:")
		for _, s := range StopLines(a.Stops, false) {
			p.text("  - ", s)
		}
	case a.At == plan.Steady:
		p.text("GO ON: ", "the first stage breaks nothing.")
		return p.end()
	default:
		p.text("GO ON: ", "if the files of this stage are on every node and the programs there were restarted"+behind(a.ByHand))
		for _, s := range a.ByHand {
			p.text("  - ", s)
		}
	}
	p.text("", "Too early: "+a.Breaks+".")
	return p.end()
}

// behind ends the sentence before a list, or before none.
func behind(list []string) string {
	if len(list) == 0 {
		return "."
	}
	return ", and by hand:"
}

// shownStops bounds a list with an entry for every node of a large cluster.
const shownStops = 12

// StopLines are the things in the way, the first few. With flags they say by which
// flag of the command the operator's confirmation is given.
func StopLines(stops []rotate.Stop, flags bool) []string {
	var out []string
	for i, s := range stops {
		if i == shownStops {
			return append(out, spec.More(len(stops)-i))
		}
		line := s.What
		if s.File != "" {
			line = s.File + ": " + s.What
		}
		if s.Word != "" && flags {
			line += " with --confirm " + s.Word
		}
		out = append(out, Clean(line))
	}
	return out
}
