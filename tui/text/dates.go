package text

import (
	"fmt"
	"time"

	"certwright/pkigen/cluster/spec"
)

const (
	day  = 24 * time.Hour
	year = 365 * day

	halfYear = int64(year / 2 / time.Second)
)

// Date is the calendar date in UTC, the zone in which certificates carry their
// dates, so that it agrees with what openssl and cfssl-certinfo print.
func Date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// timeLeft says how far the end is away: "in 10 years", "in 364 days", "in 5 hours",
// "12 days ago". Days are rounded down, so that nobody believes to have a day
// that is already running out; years, from three on, to the nearest.
func timeLeft(end, now time.Time) string {
	if years := (end.Unix() - now.Unix() + halfYear) / (2 * halfYear); years > 100 {
		return fmt.Sprintf("in %d years", years) // a time.Duration holds 292
	}
	d := end.Sub(now)
	switch {
	case d >= 3*year:
		return fmt.Sprintf("in %d years", (d+year/2)/year)
	case d >= 2*day:
		return fmt.Sprintf("in %d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("in %d hours", d/time.Hour)
	case d > 0:
		return fmt.Sprintf("in %d minutes", d/time.Minute)
	case d > -2*day:
		return spec.Count(int(-d/time.Hour), "hour", "hours") + " ago"
	default:
		return fmt.Sprintf("%d days ago", -d/day)
	}
}

// Ends is the calendar date and how far it is away.
func Ends(end, now time.Time) string { return Date(end) + ", " + timeLeft(end, now) }

// daysLeft is the number of whole days left, for a narrow column: "3649". Below two
// days it is hours, "5h"; what has expired has a minus.
func daysLeft(end, now time.Time) string {
	if d := end.Sub(now); d < 2*day && d > -2*day {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%d", (end.Unix()-now.Unix())/int64(day/time.Second))
}
