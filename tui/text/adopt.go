package text

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/next"
)

// AdoptionView is what is told of a directory that is to be adopted.
type AdoptionView struct {
	Dir string
	*adopt.Proposal
	Article  bool              // it is the article's, byte for byte, and gets that layout
	File     string            // of the answers
	Written  bool              // the file was written
	Problems []problem.Problem // of the answers
	Plan     *plan.Plan        // what a run would change; nil where the answers are not whole
	Now      time.Time
	Width    int
	Brief    bool // the names of what was recognised, and not each file and why
}

// Adoption prints what a directory tells: what each file is, every answer with its
// source, what is asked, and what comes next.
func Adoption(w io.Writer, v *AdoptionView) error {
	p := newPrinter(w, v.Width)
	p.text("", fmt.Sprintf("%s holds %s that certwright can go on with.", Clean(v.Dir), spec.Count(len(v.Taken), "certificate or key pair", "certificates and key pairs")))
	p.taken(v)
	if len(v.Left) > 0 {
		p.blank()
		p.line("Left as it is by every run:")
		for _, l := range v.Left {
			p.text("  ", Clean(l.Path)+": "+Clean(l.Why))
		}
	}
	p.answers(v.Described())
	for _, note := range v.Notes {
		p.text("! ", Clean(note))
	}
	p.questions(v)
	p.adopted(v)
	return p.end()
}

// taken prints each certificate with its files and how it was recognised.
func (p *printer) taken(v *AdoptionView) {
	if len(v.Taken) == 0 {
		return
	}
	if v.Brief {
		o := newOutline()
		for i := range v.Taken {
			a := &v.Taken[i].Adopted
			o.add(a.Node, a.Name, outlineLine{verb: "take", kind: "file", full: true})
		}
		p.outline(o)
		return
	}
	p.blank()
	t := Table{Columns: []Column{{Title: "NAME", Min: 16}, {Title: "FILES, AND WHAT THEY WERE RECOGNISED BY", Min: 30}}}
	for i := range v.Taken {
		a := &v.Taken[i]
		files := strings.Join(slices.Concat(a.Certs, a.Keys, a.Publics, a.Configs), ", ")
		by := a.By
		if a.Name != a.Roles[0] || len(a.Roles) > 1 {
			by = strings.Join(a.Roles, ", ") + ", by " + by
		}
		t.Rows = append(t.Rows, []string{Clean(AdoptedName(&a.Adopted)), Clean(files)}, []string{"", "  " + Clean(by)})
	}
	p.table("  ", t)
}

// AdoptedName is the name by which commands take a certificate of a line.
func AdoptedName(a *spec.Adopted) string {
	if a.Node != "" {
		return a.Node + "/" + a.Name
	}
	return a.Name
}

// answers prints each answer with its source.
func (p *printer) answers(answers []adopt.Answer) {
	if len(answers) == 0 {
		return
	}
	p.blank()
	p.line("What was read, and where:")
	for _, a := range answers {
		if lines := strings.Split(a.Value, "\n"); len(lines) == 1 {
			p.text("  ", fmt.Sprintf("%s: %s — %s", a.Key, Clean(a.Value), Clean(a.From)))
		} else {
			p.text("  ", a.Key+": — "+Clean(a.From))
			for _, line := range lines {
				p.text("    ", Clean(line))
			}
		}
	}
}

// questions prints what the files do not tell, with the words that answer it.
func (p *printer) questions(v *AdoptionView) {
	if len(v.Questions) == 0 {
		return
	}
	p.blank()
	p.line("What no file tells, and has to be said:")
	for _, q := range v.Questions {
		p.text("  ? ", q.Key+": "+Clean(q.Why))
		for i, line := range strings.Split(q.Example, "\n") {
			if i == 0 {
				line = "--set " + q.Key + "='" + line
			}
			p.line("      " + Clean(line) + map[bool]string{true: "'"}[i == strings.Count(q.Example, "\n")])
		}
	}
}

// adopted prints what a run would do now, and how to go on.
func (p *printer) adopted(v *AdoptionView) {
	if v.Plan == nil {
		return
	}
	p.blank()
	for _, s := range wouldChange(v.Plan) {
		p.text("! ", s)
	}
	if v.Article {
		p.text("", "It is the article's directory byte for byte, and gets the layout article.")
	}
	if !v.Written {
		p.text("", "Nothing was written. Without --dry-run the answers go into "+Clean(v.File)+".")
		return
	}
	p.text("", "Wrote the answers into "+Clean(v.File)+", and nothing else. Correct there what is not right. To go on:")
	switch {
	case len(v.Plan.Refused()) > 0:
	case endedCA(v.Plan, v.Now):
		p.command("  ", shell.Command("certwright generate --dir").File(v.Dir).Own("--dry-run"))
	case slices.ContainsFunc(v.Plan.Certificates, func(c plan.Certificate) bool { return c.IsCertificate() && !c.IsCA() }):
		p.command("  ", shell.Command("certwright renew").File(v.Dir).Own("--all --dry-run"))
	}
	p.command("  ", next.VerifyCommand(v.Dir))
}

// endedCA reports whether nothing can be renewed below a CA, which generate makes again.
func endedCA(pl *plan.Plan, now time.Time) bool {
	return slices.ContainsFunc(pl.Certificates, func(c plan.Certificate) bool {
		return c.IsCA() && c.OldCert != nil && !c.OldCert.NotAfter.After(now)
	})
}

// wouldChange says what a run would write, since it is not as the answers have it.
func wouldChange(pl *plan.Plan) []string {
	var out []string
	said := map[string]bool{}
	for i := range pl.Files {
		a := &pl.Files[i]
		switch {
		case a.Path == plan.AnswersFile, said[a.Certificate] && a.Certificate != "":
		case a.Verb == plan.Refuse:
			said[a.Certificate] = true
			out = append(out, "no run is possible yet: "+Clean(a.Reason))
		case a.Verb != plan.Keep:
			said[a.Certificate] = true
			out = append(out, fmt.Sprintf("%s: generate would Rewrite it: %s", Clean(a.Path), Why(*a)))
		case a.FixMode:
			out = append(out, fmt.Sprintf("%s: %s with the next run", Clean(a.Path), Why(*a)))
		}
	}
	return out
}
