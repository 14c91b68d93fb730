package main

import (
	"errors"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/expiry"
	"certwright/tui/text"
)

// expiringEntry is an entry of inspect --format json with what --expiring says of
// it. Fields are only ever added to it.
type expiringEntry struct {
	certinfo.Entry
	State    expiry.State   `json:"state"`
	DaysLeft *int           `json:"days_left,omitempty"` // whole days; negative from the end on
	UsedBy   []string       `json:"used_by,omitempty"`
	DieWith  int            `json:"die_with,omitempty"` // certificates that die with a CA
	Copies   []expiry.Place `json:"copies,omitempty"`   // where it lies besides
}

// expiringVerdict is nil where there is nothing to see to.
func expiringVerdict(r *expiry.Report) error {
	switch {
	case r.Quiet():
		return nil
	case r.Certificates+r.Superseded == 0 && len(r.Unread) == 0:
		return &failure{exitFailed, "name the folders in which certificates lie", errors.New("no certificate was found: there is nothing to watch")}
	}
	return &failure{code: exitFailed}
}

func (p *program) printExpiring(entries []certinfo.Entry, r *expiry.Report, format string) error {
	switch format {
	case "json":
		return p.printJSON(expiringEntries(r))
	case "certinfo":
		return p.printCertinfo(flatten(r))
	case formatMetrics:
		return p.printMetrics(entries, r.Now) // of all: what is too soon is for the alert rules to say
	}
	return text.Expiring(p.stdout, r, p.width())
}

func expiringEntries(r *expiry.Report) []expiringEntry {
	out := make([]expiringEntry, 0, len(r.Items)+len(r.Unread))
	for i := range r.Items {
		it := &r.Items[i]
		days := expiry.DaysLeft(it.NotAfter, r.Now)
		out = append(out, expiringEntry{Entry: *it.Entry, State: it.State, DaysLeft: &days,
			UsedBy: it.UsedBy, DieWith: it.DieWith, Copies: it.Copies})
	}
	for _, e := range r.Unread {
		out = append(out, expiringEntry{Entry: *e, State: expiry.Unreadable})
	}
	return out
}

func flatten(r *expiry.Report) []certinfo.Entry {
	out := make([]certinfo.Entry, 0, len(r.Items)+len(r.Unread))
	for i := range r.Items {
		out = append(out, *r.Items[i].Entry)
	}
	for _, e := range r.Unread {
		out = append(out, *e)
	}
	return out
}

// printMetrics writes the metrics, and tells on stderr what they only count.
func (p *program) printMetrics(entries []certinfo.Entry, now time.Time) error {
	for i := range entries {
		switch e := &entries[i]; {
		case e.Error != "":
			p.errorf("%s: %s", e.File, e.Error)
		case e.Cut():
			p.errorf("%s: %s", e.File, e.Note)
		}
	}
	return expiry.Metrics(p.stdout, entries, now)
}

// withoutBackups leaves out what lies in backups that certwright has made itself
// below the paths, as verify does, and counts its certificates. A backup that is
// named is looked at.
func withoutBackups(entries []certinfo.Entry, paths []string) (kept []certinfo.Entry, certificates int) {
	is := map[string]bool{"": false, ".": false, "/": false}
	for _, p := range paths {
		for p = filepath.Clean(p); ; p = filepath.Dir(p) {
			if _, known := is[p]; known {
				break
			}
			is[p] = false
		}
	}
	var within func(dir string) bool
	within = func(dir string) bool {
		in, known := is[dir]
		if !known {
			in = store.IsBackup(dir) || within(filepath.Dir(dir))
			is[dir] = in
		}
		return in
	}
	return slices.DeleteFunc(entries, func(e certinfo.Entry) bool {
		in := within(filepath.Dir(e.File))
		if in && e.Kind == certinfo.Certificate {
			certificates++
		}
		return in
	}), certificates
}

// links says which directories were not looked into.
func (c *inspectCall) links(dirs []string) {
	const most = 5
	for _, d := range dirs[:min(len(dirs), most)] {
		c.talk("note", "%s is a link to a directory and was not followed: name it too, if its certificates count", d)
	}
	if n := len(dirs) - most; n > 0 {
		c.talk("note", "and so are %s", text.Count(n, "other", "others"))
	}
}
