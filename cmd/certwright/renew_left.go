package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/tui/text"
)

// leftOf are the certificates of an adopted directory that no run touches and that
// end as soon as those which are asked for: all of them without a time. A renewal
// that says nothing of them would seem to have seen to them.
func (n *renew) leftOf(ctx context.Context, c *spec.Cluster, within time.Duration) []pkigen.LeftFile {
	if !layoutOf(c).AsFound || len(n.words) > 0 {
		return nil
	}
	return slices.DeleteFunc(pkigen.Dir(n.dir).LeftAsFound(ctx), func(l pkigen.LeftFile) bool {
		return l.Ends.IsZero() || within > 0 && !l.Ends.Before(time.Now().Add(within))
	})
}

// leftSentence tells of certificates that are left as they are.
func (n *renew) leftSentence(left []pkigen.LeftFile) string {
	var names []string
	for _, l := range left {
		names = append(names, fmt.Sprintf("%s (%s)", text.Clean(l.Path), text.Clean(l.Why)))
	}
	when := ""
	if n.expiring != "" {
		when = " and expire within " + n.expiring
	}
	verb := "are"
	if len(left) == 1 {
		verb = "is"
	}
	if n.expiring != "" && len(left) == 1 {
		when = " and expires within " + n.expiring
	}
	return fmt.Sprintf("%s in %s %s left as found%s: %s", spec.Count(len(left), "certificate", "certificates"),
		text.Clean(n.dir), verb, when, spec.List(names, 3))
}

// leftHint says who renews them.
func (n *renew) leftHint() string {
	return "the program that made them renews them; " + shell.Command("certwright inspect").File(n.dir).Own("--expiring 30d").String() + " shows all that expire"
}

// isLeft is why the file that a word names is left as it is; nil for another word.
func (n *renew) isLeft(ctx context.Context, word string) error {
	file := strings.TrimPrefix(path.Clean(word), path.Clean(n.dir)+"/")
	for _, l := range pkigen.Dir(n.dir).LeftAsFound(ctx) {
		if l.Path == file {
			return usage("the program that made it renews it", "%q is left as found by every run: it %s", word, l.Why)
		}
	}
	return nil
}
