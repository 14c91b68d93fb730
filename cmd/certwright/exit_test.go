package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/tui/line"
)

func TestExitCodes(t *testing.T) {
	refused := &plan.RefusedError{Actions: []plan.Action{{Certificate: "ca", Reason: "key"}, {Certificate: "admin", Reason: "key"}}}
	for name, c := range map[string]struct {
		err    error
		early  bool      // before the command began
		signal os.Signal // that ended the context
		code   int
		stderr []string
	}{
		"done":                        {code: 0},
		"failed":                      {err: errors.New("disk is full"), code: 1, stderr: []string{"certwright: error: disk is full\n"}},
		"usage":                       {err: errors.New("unknown flag: --x"), early: true, code: 2, stderr: []string{"hint: certwright --help"}},
		"suggestion":                  {err: errors.New("unknown command \"generat\"\n\nDid you mean this?\n\tgenerate\n"), early: true, code: 2, stderr: []string{"error: unknown command \"generat\"\n", "hint: did you mean generate?"}},
		"refused":                     {err: fmt.Errorf("pki: %w", refused), code: 3, stderr: []string{"add --replace-key admin --replace-key ca\n"}},
		"locked":                      {err: &store.LockedError{Dir: "pki"}, code: 1},
		"input ended":                 {err: line.ErrInputEnded, code: 2, stderr: []string{"nothing was written", "hint: certwright generate"}},
		"permission":                  {err: &fs.PathError{Op: "open", Path: "pki", Err: fs.ErrPermission}, code: 1, stderr: []string{"hint: check who owns"}},
		"SIGINT, as the cause":        {err: &signalError{os.Interrupt}, signal: os.Interrupt, code: 130},
		"stopped, known unchanged":    {err: fmt.Errorf("%w; %w", context.Canceled, store.ErrUnchanged), signal: syscall.SIGTERM, code: 143, stderr: []string{"terminated; the files are as they were before\n"}},
		"stopped, not known":          {err: fmt.Errorf("%w; the change could not be taken back", context.Canceled), signal: syscall.SIGTERM, code: 143, stderr: []string{"terminated; context canceled; the change could not be taken back\n"}},
		"SIGTERM, as Canceled":        {err: fmt.Errorf("issue: %w", context.Canceled), signal: syscall.SIGTERM, code: 143, stderr: []string{"terminated"}},
		"SIGHUP":                      {err: context.Canceled, signal: syscall.SIGHUP, code: 129},
		"a fault during SIGTERM":      {err: errors.New("disk is full"), signal: syscall.SIGTERM, code: 1},
		"done in spite of SIGTERM":    {signal: syscall.SIGTERM, code: 0},
		"terminal codes in a message": {err: errors.New("open \x1b[2J: no such file\nsecond line"), code: 1, stderr: []string{`open \u001b[2J: no such file` + "\n  second line\n"}},
	} {
		var stderr bytes.Buffer
		ctx, cancel := context.WithCancelCause(t.Context())
		if c.signal != nil {
			cancel(&signalError{c.signal})
		}
		p := &program{stderr: &stderr, started: !c.early, caught: ctx}
		if got := p.exit(c.err); got != c.code {
			t.Errorf("%s: exit code %d, want %d", name, got, c.code)
		}
		for _, want := range c.stderr {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%s: stderr %q lacks %q", name, stderr.String(), want)
			}
		}
		if c.err == nil && stderr.Len() > 0 {
			t.Errorf("%s: stderr %q, want nothing", name, stderr.String())
		}
		cancel(nil)
	}
}

func TestSingleDash(t *testing.T) {
	for in, want := range map[string]string{
		"certinfo -cert a.pem":       "certinfo --cert a.pem",
		"certinfo -cert=a.pem":       "certinfo --cert=a.pem",
		"certinfo --cert a.pem":      "certinfo --cert a.pem",
		"certinfo -certs a.pem":      "certinfo -certs a.pem",
		"inspect -- -cert":           "inspect -- -cert",
		"generate --answers -cert":   "generate --answers -cert",
		"certinfo --cert -cert.pem":  "certinfo --cert -cert.pem",
		"inspect --format json -x y": "inspect --format json -x y",
	} {
		if got := strings.Join(singleDash(strings.Fields(in)), " "); got != want {
			t.Errorf("singleDash(%q) = %q, want %q", in, got, want)
		}
	}
}
