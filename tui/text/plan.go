package text

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
)

// PlanView is what Plan needs besides the plan.
type PlanView struct {
	Dir      string            // the output directory, as the operator wrote it
	Now      time.Time         // for "in 3650 days"
	Width    int               // cells; 0 for no limit
	Warnings []problem.Problem // about the answers
	Asked    bool              // they were asked page by page: labels are known, and not keys
	Brief    bool              // what changes, by node and kind, and not each file
}

// printPlan prints everything that a run would do: each file with its verb, mode and
// reason, each certificate with identity, names, usages, signer and end, every
// warning, and one sentence that counts. In brief it prints what changes.
func printPlan(w io.Writer, pl *plan.Plan, v PlanView) error {
	p := newPrinter(w, v.Width)
	p.text("", fmt.Sprintf("Plan for %s, layout %s", Clean(v.Dir), pl.Layout.Name))
	if v.Brief {
		p.outline(outlineOf(pl))
		p.warnings(pl, v)
	} else {
		p.blank()
		p.table("  ", fileTree(pl.Files))
		p.blank()
		p.line("Certificates")
		p.table("  ", certificateTable(pl, v.Now))
		p.blank()
		p.table("  ", detailTable(pl))
		p.blank()
		if p.warnings(pl, v) {
			p.blank()
		}
	}
	p.text("", Counts(pl, v.Dir)+".")
	return p.end()
}

// warnings prints those about the answers and those about the directory, and reports
// whether there are any.
func (p *printer) warnings(pl *plan.Plan, v PlanView) bool {
	for _, found := range v.Warnings {
		p.text("! ", v.warning(found))
	}
	for _, s := range pl.Warnings {
		p.text("! ", Clean(s))
	}
	return len(v.Warnings)+len(pl.Warnings) > 0
}

// warning is a finding on the answers in the reader's words for them.
func (v PlanView) warning(p problem.Problem) string {
	if v.Asked {
		return Asked(steps.Place(p), p, "")
	}
	return problemLine(p.Place(), p)
}

// fileTree is the table of files: a tree by folder, with what will happen to
// each file, its mode, and why. "./" is the directory itself, where its mode
// has to be set.
func fileTree(files []plan.Action) Table {
	t := Table{Columns: []Column{{Title: "FILE", Min: 20}, {Title: "WILL"}, {Title: "MODE"}, {Title: "WHY", Min: 16}}}
	var open []string // the folders of the row before
	for _, a := range files {
		if a.Path == "." {
			t.Rows = append(t.Rows, treeRow(0, "./", a))
			continue
		}
		dir, name := path.Split(a.Path)
		folders := strings.FieldsFunc(dir, func(r rune) bool { return r == '/' })
		same := 0
		for same < len(folders) && same < len(open) && folders[same] == open[same] {
			same++
		}
		for depth := same; depth < len(folders); depth++ {
			t.Rows = append(t.Rows, []string{indent(depth) + Clean(folders[depth]) + "/"})
		}
		open = folders
		if a.IsFolder() {
			open = append(folders, name)
			name += "/"
		}
		t.Rows = append(t.Rows, treeRow(len(folders), name, a))
	}
	return t
}

func treeRow(depth int, name string, a plan.Action) []string {
	return []string{indent(depth) + Clean(name), string(a.Verb), fmt.Sprintf("%04o", a.Mode.Perm()), Why(a)}
}

func indent(depth int) string { return strings.Repeat("  ", depth) }

// Why is the reason of an action, with the change of mode where there is one.
func Why(a plan.Action) string {
	reason := Clean(a.Reason)
	if !a.FixMode {
		return reason
	}
	mode := fmt.Sprintf("the mode becomes %04o", a.Mode.Perm())
	if reason == "" {
		return mode
	}
	return reason + "; " + mode
}

// certificateTable is the table of certificates, one row each, in the plan's order.
func certificateTable(pl *plan.Plan, now time.Time) Table {
	t := Table{Columns: []Column{
		{Title: "NAME", Min: 12}, {Title: "IDENTITY", Min: 16}, {Title: "NAMES", Drop: true},
		{Title: "SIGNED BY", Min: 12}, {Title: "EXPIRES"}, {Title: "DAYS", Drop: true},
	}}
	for i := range pl.Certificates {
		c := &pl.Certificates[i]
		ends, days := "never", ""
		if c.IsCertificate() {
			ends, days = Date(c.NotAfter), daysLeft(c.NotAfter, now)
		}
		t.Rows = append(t.Rows, []string{
			Clean(c.Name), Clean(c.Subject.Identity()), Names(len(c.Hosts)), Clean(pl.SignerName(c)), ends, days,
		})
	}
	return t
}

// Names is how many names a certificate has, in words.
func Names(n int) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "1 SAN"
	}
	return fmt.Sprintf("%d SANs", n)
}

// detailTable says of each certificate what does not fit a row: the key, the
// usages, every name, and why it is not kept.
func detailTable(pl *plan.Plan) Table {
	t := Table{Columns: []Column{{Min: 12}, {Min: 20}}}
	for i := range pl.Certificates {
		c := &pl.Certificates[i]
		t.Rows = append(t.Rows, []string{Clean(c.Name), strings.Join(Details(c), "\n")})
	}
	return t
}

// Details are the lines about one certificate that its row in the table has no
// room for: key and usages, all names, what happens to it and why.
func Details(c *plan.Certificate) []string {
	usages := strings.Join(c.Usages, ", ")
	if c.IsCA() {
		usages = "signs certificates"
	}
	if !c.IsCertificate() {
		usages = string(c.Entry.Kind) + ", no certificate: it does not end"
	}
	lines := []string{usages}
	if c.Certificate.Key != "" { // a token has none
		lines[0] = string(c.Certificate.Key) + "; " + usages
	}
	if len(c.Hosts) > 0 {
		hosts := make([]string, len(c.Hosts))
		for i, h := range c.Hosts {
			hosts[i] = Clean(h.String())
		}
		lines = append(lines, "names "+strings.Join(hosts, ", "))
	}
	if c.Cut {
		lines = append(lines, "ends with its CA, earlier than its profile says")
	}
	if c.Reason != "" {
		lines = append(lines, fmt.Sprintf("%s: %s", c.Cert, Clean(c.Reason)))
	}
	if c.Cert == plan.Renew {
		for _, d := range c.Differences() {
			if !strings.Contains(c.Reason, d.Field+" changed") && !strings.Contains(c.Reason, d.Field+" is ") {
				lines = append(lines, "differs in "+differenceLine(d))
			}
		}
	}
	return lines
}

// Counts is the plan in one sentence, without its stop:
// "17 files will be created in pki, 4 of them secret (0600)".
func Counts(pl *plan.Plan, dir string) string {
	files, secret, modes, folders := map[plan.Verb]int{}, map[plan.Verb]int{}, 0, 0
	for _, a := range pl.Files {
		if a.IsFolder() {
			folders++
			continue
		}
		files[a.Verb]++
		if a.Secret() {
			secret[a.Verb]++
		}
		if a.FixMode && a.Verb == plan.Keep {
			modes++
		}
	}
	dir = Clean(dir)
	if n := files[plan.Refuse]; n > 0 {
		return fmt.Sprintf("nothing will be written: %s refused in %s", spec.Count(n, "file is", "files are"), dir)
	}
	if files[plan.Keep] == len(pl.Files)-folders && folders == 0 && modes == 0 {
		return fmt.Sprintf("nothing to do: all %s in %s are right as they are", spec.Count(len(pl.Files), "file", "files"), dir)
	}
	var parts []string
	for _, of := range []struct {
		verb        plan.Verb
		done, after string
	}{
		{plan.Create, "created", secretMode},
		{plan.Renew, "renewed", ""},
		{plan.Replace, "replaced", ", with a backup"},
		{plan.Remove, "removed", ", with a backup"},
		{plan.Keep, "kept as they are", ""},
	} {
		n := files[of.verb]
		if n == 0 {
			continue
		}
		if of.verb == plan.Keep && n == 1 {
			of.done = "kept as it is"
		}
		s := fmt.Sprintf("%d %s", n, of.done)
		if len(parts) == 0 {
			s = fmt.Sprintf("%s will be %s in %s", spec.Count(n, "file", "files"), of.done, dir)
		}
		if k := secret[of.verb]; k > 0 && of.verb != plan.Keep {
			s += ", " + secrets(n, k) + of.after
		}
		parts = append(parts, s)
	}
	if folders > 0 {
		parts = append(parts, "the mode of "+spec.Count(folders, "folder", "folders")+" is corrected")
	}
	if modes > 0 {
		parts = append(parts, "the mode of "+spec.Count(modes, "kept file", "kept files")+" is corrected")
	}
	return strings.Join(parts, "; ")
}

// secretMode follows the count of secret files: how they are kept.
const secretMode = " (0600)"

// secrets says how many of n files are secret: private keys, and the kubeconfigs
// and tokens that are worth as much.
func secrets(n, secret int) string {
	switch {
	case n == 1:
		return "a secret one"
	case secret == n:
		return "all of them secret"
	}
	return fmt.Sprintf("%d of them secret", secret)
}

// Review prints what a run would do, in the form of what it is: a stage of a
// replacement, a change, a renewal, or a set that is made.
func Review(w io.Writer, pl *plan.Plan, v ChangeView) error {
	for _, m := range pl.Moves {
		if m.From != m.To {
			return printRotation(w, pl, m.Name, v.PlanView)
		}
	}
	switch {
	case v.Before != nil:
		return printChange(w, pl, v)
	case len(pl.Asked()) > 0:
		return printRenewal(w, pl, v.PlanView)
	}
	return printPlan(w, pl, v.PlanView)
}
