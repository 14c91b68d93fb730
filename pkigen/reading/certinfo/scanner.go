package certinfo

import (
	"context"
	"crypto/x509"
	"errors"

	foreign "certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
)

var errNoPaths = errors.New("no path given: name files or directories")

// scanner collects entries. Private keys are compared and forgotten: only their
// public halves are kept, to find the certificates that they fit.
type scanner struct {
	ctx     context.Context
	limit   Limit
	entries []Entry
	pem     foreign.Decoder
	// described are the certificates that were seen.
	described map[*x509.Certificate]Entry
	stopped   string // the first file that was left out, once the limit is reached
}

// over tells, before something is looked at, that the scan is over.
func (s *scanner) over(next string) bool {
	if s.stopped == "" && s.limit.Entries > 0 && len(s.entries) >= s.limit.Entries {
		s.stopped = next
	}
	return s.stopped != "" || s.ctx.Err() != nil
}

func (s *scanner) add(e Entry) {
	if s.limit.Keep == nil || s.limit.Keep(&e) {
		s.entries = append(s.entries, e)
	}
}

func (s *scanner) fail(file string, err error) {
	s.add(Entry{File: file, Kind: Other, Error: walk.Reason(err)})
}

// found makes entries of one file, or of the reason why there are none.
func (s *scanner) found(f walk.Found) bool {
	switch {
	case f.Err != nil:
		s.fail(f.Path, f.Err)
	case f.Skip != "":
		s.add(Entry{File: f.Path, Kind: Other, Note: f.Skip.Note()})
	case f.Info.Size() == 0:
		s.add(Entry{File: f.Path, Kind: Other, Error: errEmpty})
	default:
		data, err := walk.ReadFile(f.Path)
		if err != nil {
			s.fail(f.Path, err)
			break
		}
		s.contents(f.Path, data)
	}
	return true
}

// errEmpty is the finding on a file without bytes.
const errEmpty = "the file is empty"
