package pkigen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/expiry"
)

// Inspection is what lies in files and directories.
type Inspection struct {
	Entries  []certinfo.Entry
	Expiring *expiry.Report // what has to be seen to; nil where it was not asked
}

// Watch says what somebody who watches certificates wants to see: what is in use, and
// of that with a time what expires within it, has expired, or is not yet valid.
type Watch struct {
	Within time.Duration
	Now    time.Time
}

// Inspect reads every certificate in files and directories. With a Watch it leaves out
// what lies in backups, and reports what has to be seen to.
func Inspect(ctx context.Context, paths []string, w *Watch) (*Inspection, error) {
	limit := certinfo.Everything
	if w != nil {
		limit = certinfo.Watch
	}
	entries, err := certinfo.ScanContext(ctx, paths, limit)
	if err != nil || w == nil {
		return &Inspection{Entries: entries}, err
	}
	entries, backups := withoutBackups(entries, paths)
	i := &Inspection{Entries: entries}
	if w.Within > 0 {
		i.Expiring = expiry.Look(entries, w.Now, w.Within)
		i.Expiring.Backups = backups
	}
	return i, nil
}

// CertInfo is one certificate in PEM form as cfssl-certinfo prints it.
func CertInfo(pem []byte) ([]byte, error) {
	out, err := certinfo.CFSSL(pem)
	if err != nil && !errors.As(err, new(*pkey.SizeError)) {
		err = errors.New("is not one certificate in PEM form, and cfssl-certinfo reads nothing else")
	}
	return out, err
}

// CertInfo prints each certificate as cfssl-certinfo would, one after the other: of those
// that have to be seen to where that was asked. What is not a certificate is left out;
// what is broken is told.
func (i *Inspection) CertInfo(w io.Writer, broken func(file, why string)) error {
	for _, e := range i.shown() {
		switch {
		case e.Error != "":
			broken(e.File, e.Error)
		case e.Kind == certinfo.Certificate:
			out, err := e.CFSSL()
			if err != nil {
				return fmt.Errorf("%s: %w", e.File, err)
			}
			if _, err := w.Write(out); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unread calls broken for each entry that could not be read, or not whole where that
// counts too, and reports whether there was any.
func (i *Inspection) Unread(cut bool, broken func(file, why string)) bool {
	any := false
	for k := range i.Entries {
		e := &i.Entries[k]
		why := e.Error
		if why == "" && cut && e.Cut() {
			why = e.Note
		} else if why == "" {
			continue
		}
		any = true
		broken(e.File, why)
	}
	return any
}

// Metrics writes when each certificate begins and ends, for Prometheus: of all, since
// what is too soon is for the alert rules to say.
func (i *Inspection) Metrics(w io.Writer, now time.Time) error {
	return expiry.Metrics(w, i.Entries, now)
}

// JSON is what is shown, for programs. Fields are only ever added to it.
func (i *Inspection) JSON() any {
	if i.Expiring != nil {
		return expiringEntries(i.Expiring)
	}
	return append([]certinfo.Entry{}, i.Entries...)
}

// expiringEntry is an entry with what is to be seen to. Fields are only ever added to it.
type expiringEntry struct {
	certinfo.Entry
	State    expiry.State   `json:"state"`
	DaysLeft *int           `json:"days_left,omitempty"` // whole days; negative from the end on
	UsedBy   []string       `json:"used_by,omitempty"`
	DieWith  int            `json:"die_with,omitempty"` // certificates that die with a CA
	Copies   []expiry.Place `json:"copies,omitempty"`   // where it lies besides
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

// shown are the entries that are shown: all, or those that have to be seen to.
func (i *Inspection) shown() []certinfo.Entry {
	if i.Expiring == nil {
		return i.Entries
	}
	var out []certinfo.Entry
	for k := range i.Expiring.Items {
		out = append(out, *i.Expiring.Items[k].Entry)
	}
	for _, e := range i.Expiring.Unread {
		out = append(out, *e)
	}
	return out
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
