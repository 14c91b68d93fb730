package main

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/check"
	"certwright/pkigen/errtext"
	"certwright/pkigen/verify"
	"certwright/pkigen/walk"
)

// evidence is a directory that error texts are held against.
type evidence struct {
	judged *verify.Judgement
	// rehearsed are the errors that its own connections end with, by their entry.
	rehearsed map[string][]rehearsed
}

// rehearsed is one connection of the directory that ends with a known error.
type rehearsed struct {
	match *errtext.Match
	found errtext.Finding
}

// judgeFor reads a directory to find in it what is behind errors.
func (e *explain) judgeFor(ctx context.Context, dir string) (*evidence, error) {
	debug.SetMemoryLimit(judgingLimit)
	var judged *verify.Judgement
	err := walk.Whole(ctx, func() (err error) {
		judged, err = verify.Directory(ctx, dir, e.knownOf(dir), time.Now())
		return err
	}, dir)
	if err != nil {
		return nil, err
	}
	ev := &evidence{judged: judged, rehearsed: map[string][]rehearsed{}}
	seen := map[string]bool{}
	for _, r := range slices.Concat(judged.Wrong(), judged.Over()) {
		for _, text := range []string{r.Failure.Text, r.Failure.OtherAs} {
			if seen[text+r.Failure.File] {
				continue
			}
			seen[text+r.Failure.File] = true
			for _, m := range errtext.Explain(text) {
				ev.rehearsed[m.ID] = append(ev.rehearsed[m.ID], rehearsed{&m, errtext.Finding{
					Check: errtext.CheckID(r.Failure.Check), File: r.Failure.File, What: r.Failure.Cause,
				}})
			}
		}
	}
	return ev, nil
}

// behind is what the directory has to do with an error: the files for which its
// rehearsed connections end with the same error, and the findings of the checks
// that the error's causes name. What has the error's own names and numbers in it
// is what was looked for; only without such is the rest told.
func (ev *evidence) behind(m *errtext.Match) []errtext.Finding {
	var sure, maybe []errtext.Finding
	add := func(list *[]errtext.Finding, f errtext.Finding) {
		if !slices.ContainsFunc(*list, func(have errtext.Finding) bool { return have.Check == f.Check && have.File == f.File }) {
			*list = append(*list, f)
		}
	}
	for i := range ev.judged.Findings {
		f := &ev.judged.Findings[i]
		if f.Severity == check.Note || !slices.ContainsFunc(m.Entry.Causes, func(c errtext.Cause) bool { return string(c.Check) == f.Check.ID }) {
			continue
		}
		found := errtext.Finding{Check: errtext.CheckID(f.Check.ID), File: f.File, What: f.What(), Mend: f.Mend(), Command: f.Command}
		if mentions(f, m) {
			add(&sure, found)
		} else {
			add(&maybe, found)
		}
	}
	for _, r := range ev.rehearsed[m.ID] {
		found := ev.mended(r.found)
		if sameValues(r.match.Values, m.Values) {
			add(&sure, found)
		} else {
			add(&maybe, found)
		}
	}
	if len(sure) > 0 {
		return sure
	}
	return maybe
}

// mended adds what the finding of the same check says of mending.
func (ev *evidence) mended(f errtext.Finding) errtext.Finding {
	for i := range ev.judged.Findings {
		if have := &ev.judged.Findings[i]; have.Check.ID == string(f.Check) && (have.File == f.File || slices.Contains(have.Also, f.File)) {
			f.Mend, f.Command = have.Mend(), have.Command
			return f
		}
	}
	if c := check.Find(string(f.Check)); c != nil && !strings.Contains(c.Mend, "%") {
		f.Mend = c.Mend
	}
	return f
}

// mentions tells that a finding speaks of one of the names or numbers of an
// error.
func mentions(f *check.Finding, m *errtext.Match) bool {
	text := f.File + " " + f.What()
	for _, value := range m.Values {
		const telling = 4 // shorter ones are found everywhere
		if len(value) >= telling && strings.Contains(text, value) {
			return true
		}
	}
	return false
}

// sameValues tells that two errors name the same.
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
