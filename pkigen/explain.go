package pkigen

import (
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/explain"
	"certwright/pkigen/reading/survey"
)

// ErrorLimit is how many bytes of a text Explain reads.
const ErrorLimit = explain.Limit

// Explained is what is known of the errors in a text. Fields are only ever added to
// its JSON form.
type Explained struct {
	Matches   []explain.Explanation `json:"matches"`
	Lines     int                   `json:"lines"`
	Truncated bool                  `json:"truncated"` // the text was longer than what is read
	More      int                   `json:"more"`      // further errors that are not listed

	found []explain.Match
}

// Explain says what the errors in a text, a line or a log, mean.
func Explain(text string) *Explained {
	read := explain.Read(text)
	x := &Explained{Matches: []explain.Explanation{}, Lines: read.Lines, Truncated: read.Dropped > 0, More: read.More, found: read.Matches}
	for i := range read.Matches {
		x.Matches = append(x.Matches, read.Matches[i].Explanation())
	}
	return x
}

// Meanings say of each error what it means, and what it comes from most often.
func (x *Explained) Meanings() []string {
	var out []string
	for i := range x.Matches {
		s := x.Matches[i].Means
		if causes := x.Matches[i].Causes; len(causes) > 0 {
			s += " Most often: " + causes[0].Text + ". " + causes[0].Fix
		}
		out = append(out, s)
	}
	return out
}

// Known says which errors Explain knows.
func (x *Explained) Known() string { return explain.Known() }

// Weigh holds the errors against a directory, orders their causes by it, and reports
// how many things in it lead to them.
func (x *Explained) Weigh(judged *Judgement) int {
	ev := newEvidence(judged)
	n := 0
	for i := range x.found {
		x.Matches[i].Weigh(ev.behind(&x.found[i]))
		n += len(x.Matches[i].Findings)
	}
	return n
}

// evidence is a directory that error texts are held against.
type evidence struct {
	judged *Judgement
	// rehearsed are the errors that its own connections end with, by their entry.
	rehearsed map[string][]rehearsed
}

// rehearsed is one connection of the directory that ends with a known error.
type rehearsed struct {
	match *explain.Match
	found explain.Finding
}

func newEvidence(judged *Judgement) *evidence {
	ev := &evidence{judged: judged, rehearsed: map[string][]rehearsed{}}
	seen := map[string]bool{}
	for _, r := range slices.Concat(judged.Wrong(), judged.Over()) {
		for _, text := range []string{r.Failure.Text, r.Failure.OtherAs} {
			if seen[text+r.Failure.File] {
				continue
			}
			seen[text+r.Failure.File] = true
			for _, m := range explain.Explain(text) {
				ev.rehearsed[m.ID] = append(ev.rehearsed[m.ID], rehearsed{&m, explain.Finding{
					Check: explain.CheckID(r.Failure.Check), File: r.Failure.File, What: r.Failure.Cause,
				}})
			}
		}
	}
	return ev
}

// behind is what the directory has to do with an error: the files for which its
// rehearsed connections end with the same error, the findings of the checks that
// the error's causes name, and the certificate that the text speaks of. What has
// the error's own names and numbers in it is what was looked for; only without
// such is the rest told.
func (ev *evidence) behind(m *explain.Match) []explain.Finding {
	var sure, maybe []explain.Finding
	add := func(list *[]explain.Finding, f explain.Finding) {
		if !slices.ContainsFunc(*list, func(have explain.Finding) bool { return have.Check == f.Check && have.File == f.File }) {
			*list = append(*list, f)
		}
	}
	causes := m.Causes()
	for i := range ev.judged.Findings {
		f := &ev.judged.Findings[i]
		if f.Severity == check.Note || !slices.ContainsFunc(causes, func(c explain.Cause) bool { return string(c.Check) == f.Check.ID }) {
			continue
		}
		found := explain.Finding{Check: explain.CheckID(f.Check.ID), File: f.File, What: f.What(), Fix: f.Fix(), Command: f.Command}
		switch {
		case mentions(f, m):
			add(&sure, found)
		case ev.concerns(m, f.File):
			add(&maybe, found)
		}
	}
	for _, r := range ev.rehearsed[m.ID] {
		found := ev.fixed(r.found)
		switch {
		case sameValues(r.match.Values, m.Values):
			add(&sure, found)
		case ev.concerns(m, found.File):
			add(&maybe, found)
		}
	}
	if f := ev.spokenOf(m); f != nil {
		add(&sure, *f)
	}
	if len(sure) > 0 {
		return sure
	}
	return maybe
}

// concerns reports whether a file can have to do with an error, by the domain of
// the connection that it is about.
func (ev *evidence) concerns(m *explain.Match, file string) bool {
	i := slices.IndexFunc(ev.judged.Site.Seats, func(s *survey.Seat) bool { return s.Cert.Path == file || s.Key.Path == file })
	return i < 0 || m.InDomain(string(ev.judged.Site.Seats[i].Entry.Domain))
}

// spokenOf is the certificate that a text speaks of. Where it fits several, that
// counts which the other side shows, by the flag of its connection; nil where it
// fits none, or still several.
func (ev *evidence) spokenOf(m *explain.Match) *explain.Finding {
	var fitting, shown []explain.Finding
	seen := map[string]bool{}
	for _, f := range ev.judged.Site.Files {
		for _, block := range f.Blocks {
			if block.Cert == nil || seen[string(block.Cert.Raw)] {
				continue
			}
			seen[string(block.Cert.Raw)] = true
			if what, cause := m.Describes(block.Cert); what != "" {
				found := explain.Finding{Check: cause, File: f.Path, What: what}
				fitting = append(fitting, found)
				if ev.toldBy(f.Path, m.Shows) {
					shown = append(shown, found)
				}
			}
		}
	}
	if len(fitting) > 1 {
		fitting = shown
	}
	if len(fitting) != 1 {
		return nil
	}
	found := ev.fixed(fitting[0])
	ev.named(&found, m)
	return &found
}

// toldBy reports whether a program is told of a certificate's file by a flag.
func (ev *evidence) toldBy(file string, by func(flag string) bool) bool {
	return slices.ContainsFunc(ev.judged.Site.Seats, func(s *survey.Seat) bool {
		return s.Cert.Path == file && slices.ContainsFunc(s.Entry.Uses, func(u catalog.Use) bool { return u.File == catalog.Cert && by(u.Flag) })
	})
}

// named says how a certificate gets the name that it lacks: with a command, where
// it is that of the API servers.
func (ev *evidence) named(f *explain.Finding, m *explain.Match) {
	wanted := m.Values["wanted"]
	if f.Command != "" || wanted == "" {
		return
	}
	f.Fix = "Make it again with the name " + wanted + " beside those that it has, and keep its key."
	if !ev.toldBy(f.File, func(flag string) bool { return flag == "--tls-cert-file" }) {
		return
	}
	dir := ev.judged.Site.Root
	f.Command = shell.Command("certwright change").File(dir).Set("--add-name", wanted)
	if ev.judged.Site.Layout == nil {
		f.Command = shell.And(shell.Command("certwright adopt").File(dir), f.Command)
	}
}

// fixed adds what the finding of the same check says of fixing it.
func (ev *evidence) fixed(f explain.Finding) explain.Finding {
	for i := range ev.judged.Findings {
		if have := &ev.judged.Findings[i]; have.Check.ID == string(f.Check) && (have.File == f.File || slices.Contains(have.Also, f.File)) {
			f.Fix, f.Command = have.Fix(), have.Command
			return f
		}
	}
	if c := check.Find(string(f.Check)); c != nil && !strings.Contains(c.Fix, "%") {
		f.Fix = c.Fix
	}
	return f
}

// mentions reports whether a finding speaks of one of the names or numbers of an
// error.
func mentions(f *check.Finding, m *explain.Match) bool {
	if m.Names(f.File) {
		return true
	}
	text := f.File + " " + f.What()
	for _, value := range m.Values {
		const telling = 4 // shorter ones are found everywhere
		if len(value) >= telling && strings.Contains(text, value) {
			return true
		}
	}
	return false
}

// sameValues reports whether two errors name the same.
func sameValues(a, b map[string]string) bool {
	same := false
	for key, value := range b {
		if have, ok := a[key]; ok && value != "" {
			if have != value {
				return false
			}
			same = true
		}
	}
	return same
}
