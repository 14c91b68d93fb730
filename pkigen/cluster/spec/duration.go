package spec

import (
	"math"
	"strconv"
	"strings"
	"time"

	"certwright/pkigen/cluster/problem"
)

// The units of an answer that Go's durations lack. A year is 365 days, as
// cfssl's users have it: 10y is 87600h.
const (
	day  = 24 * time.Hour
	week = 7 * day
	year = 365 * day
)

// Limits of a certificate's life. cfssl dates a certificate back by five
// minutes and rounds, so a life of minutes is over at birth; an hour is the
// shortest that can be used. The longest is what a time.Duration holds.
const (
	minExpiry = time.Hour
	maxExpiry = math.MaxInt64 / time.Hour * time.Hour
)

// ParseDuration reads how long a certificate lives: Go's durations ("87600h",
// "1h30m"), with whole days, weeks and years before them ("365d", "10y",
// "1y30d12h"). It is at least one hour and at most 292 years; fractions of a
// second are dropped, since certificates have none. The duration is 0 when
// there is an error among the problems.
func ParseDuration(key, s string) (time.Duration, []problem.Problem) {
	s = oneValue(s)
	d, f := readDuration(s)
	switch {
	case f != nil:
	case d == 0:
		f = faulty(durationZero, s)
	case d < 0:
		f = faulty(durationNegative, s)
	case d < minExpiry:
		f = faulty(durationShort, s)
	case d > maxExpiry:
		f = faulty(durationLong, s, DurationText(maxExpiry))
	default:
		return d.Truncate(time.Second), nil
	}
	return 0, []problem.Problem{f.at(key, 0)}
}

// SpreadOff is the answer by which all certificates of a profile live equally long.
const SpreadOff = "off"

// ParseSpread reads over how long the ends of certificates are spread: "off", or
// what ParseDuration reads.
func ParseSpread(key, s string) (time.Duration, []problem.Problem) {
	if oneValue(s) == SpreadOff {
		return 0, nil
	}
	return ParseDuration(key, s)
}

// readDuration finds the value, and where there is none the reason.
func readDuration(s string) (time.Duration, *fault) {
	if s == "" {
		return 0, faulty(problem.Missing, "10y")
	}
	if f := textFault(s); f != nil {
		return 0, f
	}
	d, ok, tooLong := sumDuration(s)
	switch {
	case tooLong:
		return 0, faulty(durationLong, s, DurationText(maxExpiry))
	case ok:
		return d, nil
	}
	if _, err := time.Parse(time.DateOnly, s[:min(len(s), len(time.DateOnly))]); err == nil {
		return 0, faulty(durationDate, s)
	}
	if guess := guessDuration(s); guess != "" {
		return 0, faulty(durationMisspelt, s, guess)
	}
	if units := guessUnits(s); units != "" {
		return 0, faulty(durationUnit, s, units)
	}
	return 0, faulty(durationBad, s)
}

// sumDuration adds up the parts of s: years, weeks and days here, the rest by
// time.ParseDuration.
func sumDuration(s string) (d time.Duration, ok, tooLong bool) {
	rest, negative := strings.CutPrefix(s, "-")
	if s == "0" {
		return 0, true, false
	}
	for rest != "" {
		n := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if n == 0 || n == len(rest) {
			break
		}
		unit := map[byte]time.Duration{'y': year, 'w': week, 'd': day}[rest[n]]
		if unit == 0 {
			break
		}
		count, err := strconv.ParseInt(rest[:n], 10, 64)
		if err != nil || count > int64((math.MaxInt64-d)/unit) {
			return 0, false, true
		}
		d += time.Duration(count) * unit
		rest = rest[n+1:]
	}
	if rest != "" {
		if rest[0] == '-' || rest[0] == '+' {
			return 0, false, false
		}
		more, err := time.ParseDuration(rest)
		switch {
		case err != nil:
			return 0, false, isHugeDuration(rest)
		case more > math.MaxInt64-d:
			return 0, false, true
		}
		d += more
	}
	if negative {
		d = -d
	}
	return d, s != "-", false
}

// isHugeDuration tells a number that is too large from one that is none:
// time.ParseDuration says the same of both.
func isHugeDuration(s string) bool {
	number, unit := s[:len(s)-1], s[len(s)-1]
	return isDigits(number) && len(number) > 6 && strings.IndexByte("hms", unit) >= 0
}

// unitWords are what people write for the units, longest first.
var unitWords = strings.NewReplacer(
	"years", "y", "year", "y", "yrs", "y", "yr", "y", "年", "y",
	"weeks", "w", "week", "w", "周", "w",
	"days", "d", "day", "d", "天", "d", "日", "d",
	"hours", "h", "hour", "h", "hrs", "h", "hr", "h", "小时", "h", "小時", "h",
	"minutes", "m", "minute", "m", "mins", "m", "min", "m",
	" ", "", ",", "", "_", "",
)

// guessDuration is s in the accepted form: other case, words for units; "" where
// that leads nowhere.
func guessDuration(s string) string {
	guess := unitWords.Replace(strings.ToLower(s))
	if d, ok, _ := sumDuration(guess); !ok || d < minExpiry || d > maxExpiry {
		return ""
	}
	return guess
}

// guessUnits are the lifetimes that a bare number can mean, which differ too much to
// take one: "10h, 10d or 10y"; "" where it is none.
func guessUnits(s string) string {
	number := unitWords.Replace(s)
	if !isDigits(number) {
		return ""
	}
	var all []string
	for _, unit := range []string{"h", "d", "y"} {
		if guess := guessDuration(number + unit); guess != "" {
			all = append(all, guess)
		}
	}
	if n := len(all); n > 1 {
		return strings.Join(all[:n-1], ", ") + " or " + all[n-1]
	}
	return strings.Join(all, "")
}

// DurationText is a duration as cfssl and the answers file take it: "87600h",
// "1h30m". ParseDuration reads it back.
func DurationText(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	return s
}

// shortDuration is a duration as one would type it: "182d12h", "365d", "1h30m".
// ParseDuration reads it back.
func shortDuration(d time.Duration) string {
	days := d / day
	switch rest := d % day; {
	case days == 0:
		return DurationText(d)
	case rest == 0:
		return strconv.FormatInt(int64(days), 10) + "d"
	default:
		return strconv.FormatInt(int64(days), 10) + "d" + DurationText(rest)
	}
}

// FormatDuration is a duration for people, in years of 365 days: "10 years",
// "1 year 30 days", "36 hours".
func FormatDuration(d time.Duration) string {
	if d < 0 {
		return "minus " + FormatDuration(-max(d, -math.MaxInt64))
	}
	units := []struct {
		size time.Duration
		name string
	}{{year, "year"}, {day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	if d < 2*day && d%day != 0 {
		units = units[2:] // "36 hours" is easier than "1 day 12 hours"
	}
	var parts []string
	for _, u := range units {
		n := d / u.size
		d -= n * u.size
		if n == 1 {
			parts = append(parts, "1 "+u.name)
		} else if n > 1 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+" "+u.name+"s")
		}
	}
	if len(parts) == 0 {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}
