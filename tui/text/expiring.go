package text

import (
	"fmt"
	"io"
	"strings"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/expiry"
)

// Expiring prints which certificates expire soon, the most urgent first: a line
// that says how things stand, then for each certificate its end, whom it names
// and where it lies, and below it what hangs on it. What could not be read follows, and what was not counted.
func Expiring(w io.Writer, r *expiry.Report, width int) error {
	p := newPrinter(w, width)
	p.text("", expiringVerdict(r))
	if len(r.Items) > 0 {
		p.blank()
		p.expiring(r)
	}
	if len(r.Unread) > 0 {
		p.blank()
	}
	for _, e := range r.Unread {
		reason := e.Error
		if reason == "" {
			reason = e.Note
		}
		p.text("! ", Clean(where(e)+": "+reason))
	}
	if r.Superseded > 0 {
		p.blank()
		p.text("", "Not counted: "+spec.Count(r.Superseded, "old certificate that a kubelet has replaced.", "old certificates that a kubelet has replaced."))
	}
	if r.Backups > 0 {
		p.blank()
		p.text("", "Not counted: "+spec.Count(r.Backups, "certificate in a backup of certwright's.", "certificates in backups of certwright's."))
	}
	return p.end()
}

// expiringVerdict is how things stand, short enough for the one line that a
// monitoring system shows.
func expiringVerdict(r *expiry.Report) string {
	if r.Certificates+r.Superseded+len(r.Unread) == 0 {
		return "No certificate was found."
	}
	within := " within " + span(r.Within)
	var parts []string
	for _, s := range []struct {
		state     expiry.State
		one, many string
	}{
		{expiry.Ended, "has expired", "have expired"},
		{expiry.NotValidYet, "is not yet valid", "are not yet valid"},
		{expiry.EndsSoon, "expires" + within, "expire" + within},
		{expiry.Unreadable, "could not be read", "could not be read"},
	} {
		if n := r.Count(s.state); n > 0 {
			parts = append(parts, spec.Count(n, s.one, s.many))
		}
	}
	if parts == nil {
		parts = []string{"None expires" + within}
	}
	return strings.Join(parts, ", ") + "; " + spec.Count(r.Certificates, "certificate", "certificates") + "."
}

// span is a length of time in whole days where it is that.
func span(d time.Duration) string {
	if d%day == 0 {
		return spec.Count(int(d/day), "day", "days")
	}
	return spec.DurationText(d)
}

func (p *printer) expiring(r *expiry.Report) {
	t := Table{Columns: []Column{{Title: "EXPIRES", Min: 30}, {Title: "IDENTITY", Min: 16}, {Title: "FILE", Min: 20}}}
	for i := range r.Items {
		it := &r.Items[i]
		identity := Clean(it.Identity())
		if it.IsCA {
			identity = "CA " + identity
		}
		t.Rows = append(t.Rows, []string{expiringEnd(it, r.Now), identity, Clean(where(it.Entry))})
	}
	head, rows := t.Lay(p.width)
	p.line(head)
	for i := range r.Items {
		for _, l := range rows[i] {
			p.line(l)
		}
		p.table("  ", expiringDetails(&r.Items[i]))
	}
}

func expiringEnd(it *expiry.Item, now time.Time) string {
	ends := Ends(it.NotAfter, now)
	switch it.State {
	case expiry.Ended:
		return "! expired " + ends
	case expiry.NotValidYet:
		return "! begins " + Ends(it.NotBefore, now) + "; expires " + ends
	}
	return ends
}

func expiringDetails(it *expiry.Item) Table {
	t := Table{Columns: []Column{{}, {Min: 20}}}
	add := func(label, text string) {
		if text != "" {
			t.Rows = append(t.Rows, []string{label, Clean(text)})
		}
	}
	if it.DieWith > 0 {
		add("CA", spec.Count(it.DieWith, "certificate dies", "certificates die")+" with it")
	}
	signer := it.Signer()
	if !it.SelfSigned && it.SignerFile != "" {
		signer += ", found in " + it.SignerFile
	}
	add("signer", signer)
	add("used by", strings.Join(it.UsedBy, ", "))
	if n := len(it.Copies); n > 0 {
		add("also", fmt.Sprintf("and %s, the first in %s", spec.Count(n, "copy", "copies"), it.Copies[0].File))
	}
	return t
}
