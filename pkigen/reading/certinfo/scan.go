package certinfo

import (
	"context"
	"fmt"
	"slices"

	"certwright/pkigen/reading/walk"
)

// Limit bounds a scan of what nobody knows the size of.
type Limit struct {
	// Entries is after how many entries the scan ends; 0 for no bound.
	Entries int
	// Depth is how many folders below a named directory are gone into; 0 for no
	// bound, 1 for the directory's own files only.
	Depth int
	// Keep says which entries are kept, and counted; nil for all of them.
	Keep func(*Entry) bool
}

// Everything is the limit of Scan: no PKI comes near it, and a whole file system
// still fits into the memory.
var Everything = Limit{Entries: 100_000}

// Glance is the limit for a look at a directory while somebody waits.
var Glance = Limit{Entries: 2_000, Depth: 4}

// Watch is the limit for whoever looks for certificates only, in whatever
// directories: the largest set of 5,000 nodes has 80,000 entries, and a whole
// file system millions that are none. What no certificate, key or error is, is
// left out, but for links to directories: certificates may lie behind them.
var Watch = Limit{Entries: 1_000_000, Keep: func(e *Entry) bool {
	return e.Kind == Certificate || e.Kind == PrivateKey || e.Error != "" || e.Note == walk.LinkedDir.Note()
}}

// ScanContext reads files and directories and returns what is in them, in the
// order of the paths, directories in sorted order. Hidden files, empty ones, those
// over 1 MiB, what is neither a file nor a directory, and the file systems in
// which the kernel shows itself (/proc, /sys) are entries with a note or an error,
// and are not opened; what cannot be read or understood is an entry with an error.
// Where the limit ends the scan, the last entry says so in its note. The error is
// for a call without any path, the cause of a ctx that ended, without entries, and
// a *walk.ReplacedError.
func ScanContext(ctx context.Context, paths []string, limit Limit) ([]Entry, error) {
	if len(paths) == 0 {
		return nil, errNoPaths
	}
	var entries []Entry
	err := walk.Whole(ctx, func() (err error) {
		entries, err = scanOnce(ctx, paths, limit)
		return err
	}, paths...)
	return entries, err
}

func scanOnce(ctx context.Context, paths []string, limit Limit) ([]Entry, error) {
	s := &scanner{ctx: ctx, limit: limit}
	w := walk.Walker{Depth: limit.Depth, Visit: s.found, More: func(next string) bool { return !s.over(next) }}
	for _, p := range paths {
		if s.over(p) || !w.Path(p) {
			break
		}
	}
	s.link()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if s.stopped != "" {
		s.entries = append(slices.Clip(s.entries), Entry{File: s.stopped, Kind: Other, cut: true,
			Note: fmt.Sprintf("skipped, with all that follows: more than %d entries", limit.Entries)})
	}
	return s.entries, nil
}
