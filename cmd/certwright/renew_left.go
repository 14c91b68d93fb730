package main

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/reading/scan"
	"certwright/tui/text"
)

// leftOf are the certificates of an adopted directory that no run touches and that
// end as soon as those which are asked for: all of them without a time. A renewal
// that says nothing of them would seem to have seen to them.
func (n *renew) leftOf(ctx context.Context, c *spec.Cluster, within time.Duration) []adopt.Left {
	if !layoutOf(c).AsFound || len(n.words) > 0 {
		return nil
	}
	var out []adopt.Left
	s, all := n.leftThere(ctx)
	for _, l := range all {
		f := s.File(l.Path)
		certs := append(f.Certs(""), f.Certs(scan.FieldUser)...)
		if len(certs) > 0 && !certs[0].IsCA && (within == 0 || certs[0].NotAfter.Before(time.Now().Add(within))) {
			out = append(out, l)
		}
	}
	return out
}

// leftThere are all that certwright leaves as they are in the directory; none
// where it cannot be read, which a run tells.
func (n *renew) leftThere(ctx context.Context) (*scan.Scan, []adopt.Left) {
	s, err := scan.Read(ctx, n.dir)
	if err != nil {
		return nil, nil
	}
	p, err := adopt.Look(s, nil)
	if err != nil {
		return nil, nil
	}
	return s, p.Left
}

// leftSentence tells of certificates that are left as they are.
func (n *renew) leftSentence(left []adopt.Left) string {
	const few = 3
	var names []string
	for _, l := range left[:min(few, len(left))] {
		names = append(names, fmt.Sprintf("%s (%s)", text.Clean(l.Path), text.Clean(l.Why)))
	}
	if more := len(left) - few; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	when := ""
	if n.expiring != "" {
		when = " and end within " + n.expiring
	}
	verb := "are"
	if len(left) == 1 {
		verb = "is"
	}
	if n.expiring != "" && len(left) == 1 {
		when = " and ends within " + n.expiring
	}
	return fmt.Sprintf("%s in %s %s left as found%s: %s", spec.Count(len(left), "certificate", "certificates"),
		text.Clean(n.dir), verb, when, strings.Join(names, ", "))
}

// leftHint says who renews them.
func (n *renew) leftHint() string {
	return "the program that made them renews them; " + shell.Command("certwright inspect").File(n.dir).Own("--expiring 30d").String() + " shows all that end"
}

// isLeft is why the file that a word names is left as it is; nil for another word.
func (n *renew) isLeft(ctx context.Context, word string) error {
	file := strings.TrimPrefix(path.Clean(word), path.Clean(n.dir)+"/")
	_, all := n.leftThere(ctx)
	for _, l := range all {
		if l.Path == file {
			return usage("the program that made it renews it", "%q is left as found by every run: it %s", word, l.Why)
		}
	}
	return nil
}
