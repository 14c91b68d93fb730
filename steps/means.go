package steps

import (
	"fmt"
	"time"

	"certwright/pkigen/cluster/spec"
)

// ends says when a lifetime that begins now is over: "expires 2036-11-20, in 10
// years". It is "" for a lifetime that is not usable.
func ends(d time.Duration, now time.Time) string {
	if d <= 0 {
		return ""
	}
	return fmt.Sprintf("expires %s, in %s", now.Add(d).UTC().Format(time.DateOnly), spec.FormatDuration(d))
}
