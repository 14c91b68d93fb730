package text

import (
	"fmt"
	"io"
	"os"
	"strings"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/rollout/restart"
)

// Verdict prints a judgement: whether this cluster would run, what to do first,
// and then each finding with why it matters and what fixes it. Notes are
// counted, and shown where all is set.
func Verdict(w io.Writer, j *verify.Judgement, all bool, width int) error {
	p := newPrinter(w, width)
	p.text("", Clean(j.Site.Root)+": "+lowerFirst(VerdictLine(j)))
	if first := FirstStep(j); first != "" {
		p.first(first, j)
	}
	for i := range j.Findings {
		if f := &j.Findings[i]; f.Severity != check.Note || all {
			p.blank()
			p.finding(f)
		}
	}
	p.connections(j)
	if n := j.Count(check.Note); n > 0 && !all {
		p.blank()
		p.text("", spec.Count(n, "note", "notes")+" more: nothing is wrong there; --all shows it.")
	}
	return p.end()
}

// first prints what to do first. A command is not wrapped: it is there to be copied.
func (p *printer) first(step string, j *verify.Judgement) {
	if _, command, _ := j.First(); command != "" && strings.Contains(step, command.String()) {
		p.line(step)
		return
	}
	p.text("", step)
}

// VerdictLine says in one line whether the cluster would run.
func VerdictLine(j *verify.Judgement) string {
	errs, warnings, wrong := j.Count(check.Error), j.Count(check.Warning), len(j.Wrong())
	counted := spec.Count(errs, "error", "errors")
	if wrong > 0 {
		counted += fmt.Sprintf(", %d of %s wrong", wrong, spec.Count(len(j.Connections), "connection", "connections"))
	}
	if warnings > 0 {
		counted += ", " + spec.Count(warnings, "warning", "warnings")
	}
	files := spec.Count(len(j.Site.Files), "file", "files")
	switch {
	case j.Unread() > 0:
		return fmt.Sprintf("Nobody can say whether this cluster would run: %d of %s cannot be read.", j.Unread(), files)
	case !j.OfCluster():
		return "No certificate of a cluster was found in " + files + "."
	case j.Verdict() == verify.WouldNot:
		return "This cluster would NOT run as it should: " + counted + "."
	case j.Verdict() == verify.CannotBeTold:
		line := "Whether this cluster would run cannot be told from these " + files
		if warnings > 0 {
			line += " (" + spec.Count(warnings, "warning", "warnings") + ")"
		}
		if doubts := j.Doubts(); len(doubts) > 0 {
			return line + ": " + Clean(doubts[0]) + "."
		}
		if j.Site.Apart != "" {
			return line + ": servers and clients have CAs of their own here, as in k3s and RKE2: who can talk to whom was not tried."
		}
		return line + ": no connection could be tried" + untold(j) + "."
	case warnings > 0:
		return "This cluster would run, with " + spec.Count(warnings, "warning", "warnings") + untold(j) + "."
	}
	return fmt.Sprintf("This cluster would run. Nothing is wrong in %s; the first certificate expires %s. All %s end as they must%s.",
		files, Ends(j.Ends, j.Now), spec.Count(len(j.Connections), "rehearsed connection", "rehearsed connections"), untold(j))
}

// untold says in a few words what cannot be told.
func untold(j *verify.Judgement) string {
	switch n := len(j.Untold); {
	case n == 0:
		return ""
	case n == 1:
		return ", as far as these files tell: " + Clean(j.Untold[0])
	default:
		return ", as far as these files tell: " + Clean(j.Untold[0]) + ", and " + spec.Count(n-1, "thing", "things") + " more"
	}
}

// FirstStep says what to do first; "" where nothing is to be done.
func FirstStep(j *verify.Judgement) string {
	wrong := j.Wrong()
	switch {
	case j.Unread() > 0 && os.Geteuid() > 0:
		return "First: " + shell.Command("sudo certwright verify").File(j.Site.Root).String()
	case !j.OfCluster():
		return ""
	case len(wrong) > 0 && j.Count(check.Error) == 0: // what no check has found
		return "First: " + Clean(wrong[0].Failure.File) + ": " + Clean(wrong[0].Failure.Cause) + "."
	case len(j.Findings) == 0 || j.Findings[0].Severity == check.Note:
		return ""
	}
	f, command, fixes := j.First()
	if command == "" {
		return "First: " + Clean(f.File) + ": " + lowerFirst(Clean(f.Fix()))
	}
	line := "First: " + command.String()
	if fixes > 1 {
		line += fmt.Sprintf("   (fixes %d of them)", fixes)
	}
	return line
}

func lowerFirst(s string) string {
	if s == "" || len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// finding prints one.
func (p *printer) finding(f *check.Finding) {
	mark, title, rows := Finding(f)
	p.text(mark, title)
	t := Table{Columns: []Column{{}, {Min: 30}}, Rows: rows}
	width := 0
	if p.width > 0 {
		width = max(p.width-len("  "), 1)
	}
	_, laid := t.Lay(width)
	for i, row := range laid {
		if f.Command != "" && i == len(laid)-2 {
			p.command("  ", f.Command)
			continue
		}
		for _, l := range row {
			p.line("  " + l)
		}
	}
}

func markText(s string) string { return pad(s, len("warning")) + gap }

// Finding says how bad a finding is, as a mark before a line, what is wrong, and in rows
// of a label and a text what there is to know of it.
func Finding(f *check.Finding) (mark, title string, rows [][]string) {
	mark = markText(string(f.Severity))
	if f.Severity == check.Error {
		mark = markText("ERROR")
	}
	rows = [][]string{{"why", Clean(f.Why())}}
	if len(f.Also) > 0 {
		rows = append(rows, []string{"also in", restart.FileList(f.Also)})
	}
	for _, s := range f.Says() {
		rows = append(rows, []string{"says", fmt.Sprintf("%s: %q", s.At, s.Text)})
	}
	rows = append(rows, []string{"fix", Clean(f.Fix())})
	if f.Command != "" {
		rows = append(rows, []string{"", f.Command.String()})
	}
	return mark, Clean(f.File) + " " + Clean(f.What()), append(rows, []string{"check", f.Check.ID})
}
