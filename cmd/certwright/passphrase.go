package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// passphrases is where the passphrase of CA keys comes from: a file, an open file, or
// the terminal. It is never an argument, which every user of the machine can read, nor in
// the environment, which every program inherits.
type passphrases struct {
	file string
	fd   int // -1 for none
}

func (s *passphrases) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.file, "passphrase-file", "", "file with the passphrase of CA keys (0600), instead of the question at the terminal")
	f.IntVar(&s.fd, "passphrase-fd", -1, "number of an open file to read that passphrase from")
	must(cmd.MarkFlagFilename("passphrase-file"))
}

// mostTries is how often a wrong passphrase can be typed.
const mostTries = 3

// mostPassphrase bounds what is read of a file; OpenSSL takes no longer passphrase.
const mostPassphrase = 1023

// passphrase asks where the flags say, and else at the terminal: the standard input may
// be the answers.
func (p *program) passphrase(s *passphrases) func(context.Context, plan.Asking) ([]byte, error) {
	tries := 0
	return func(ctx context.Context, what plan.Asking) ([]byte, error) {
		switch tries++; {
		case s.file != "" && s.fd >= 0:
			return nil, usage("leave one of them out", "--passphrase-file and --passphrase-fd both say where the passphrase is")
		case s.file == "" && s.fd < 0 && tries <= mostTries:
			return askPassphrase(ctx, what)
		case what.Wrong != nil:
			return nil, what.Wrong
		case s.fd >= 0:
			f := os.NewFile(uintptr(s.fd), "--passphrase-fd")
			if f == nil {
				return nil, usage("", "--passphrase-fd %d is no open file", s.fd)
			}
			return passphraseIn(f, fmt.Sprintf("--passphrase-fd %d", s.fd))
		}
		return passphraseFile(s.file)
	}
}

// passphraseFile reads a file that nobody else can read.
func passphraseFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Mode().Perm()&0o077 != 0:
		return nil, &failure{code: exitRefused, err: fmt.Errorf("others can read --passphrase-file %q (mode %04o)", path, info.Mode().Perm()),
			hint: "chmod 600 closes it; whoever has read it has the passphrase"}
	}
	data, err := pkigen.ReadFile(path, mostPassphrase+2, false)
	if err != nil {
		return nil, err
	}
	return passphraseIn(bytes.NewReader(data), fmt.Sprintf("--passphrase-file %q", path))
}

// passphraseIn reads a passphrase, without the end of its line.
func passphraseIn(from io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, mostPassphrase+3))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	line, _ := strings.CutSuffix(string(data), "\n")
	line, _ = strings.CutSuffix(line, "\r")
	switch {
	case line == "":
		return nil, usage("", "%s holds no passphrase", name)
	case len(line) > mostPassphrase:
		return nil, usage("", "%s holds more than %d characters: that is no passphrase", name, mostPassphrase)
	}
	return []byte(line), nil
}

// askPassphrase asks at the terminal, twice where the passphrase is made.
func askPassphrase(ctx context.Context, what plan.Asking) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, what.Nobody(errors.New("there is no terminal to ask at: name a file with --passphrase-file, or an open one with --passphrase-fd"))
	}
	defer tty.Close()
	if what.Wrong != nil {
		fmt.Fprintf(tty, "certwright: %s\n", text.Clean(what.Wrong.Error()))
	}
	if len(what.Files) > 0 {
		return readPassphrase(ctx, tty, fmt.Sprintf("Passphrase of %s: ", text.Clean(strings.Join(what.Files, ", "))))
	}
	for {
		first, err := readPassphrase(ctx, tty, "New passphrase of the CA keys (enter alone makes one): ")
		if err != nil {
			return nil, err
		}
		if len(first) == 0 {
			made := what.Offer()
			fmt.Fprintf(tty, "The passphrase is: %s\nKeep it where this machine is not; without it the CAs can sign nothing. Then type it.\n", made)
			first = []byte(made)
		} else if err := what.Check(first); err != nil {
			fmt.Fprintf(tty, "certwright: %v\n", err)
			continue
		}
		again, err := readPassphrase(ctx, tty, "The same again: ")
		if err != nil || string(first) == string(again) {
			return first, err
		}
		fmt.Fprintln(tty, "certwright: the two are not the same")
	}
}

// readPassphrase reads one line without showing it. A signal ends it, and leaves the
// terminal as it was.
func readPassphrase(ctx context.Context, tty *os.File, prompt string) ([]byte, error) {
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return nil, fmt.Errorf("ask at the terminal: %w", err)
	}
	fmt.Fprint(tty, prompt)
	type typed struct {
		line []byte
		err  error
	}
	done := make(chan typed, 1)
	go func() {
		line, err := term.ReadPassword(int(tty.Fd()))
		done <- typed{line, err}
	}()
	select {
	case t := <-done:
		fmt.Fprintln(tty)
		if errors.Is(t.err, io.EOF) {
			t.err = errors.New("no passphrase was typed")
		}
		return t.line, t.err
	case <-ctx.Done():
		_ = term.Restore(int(tty.Fd()), before)
		fmt.Fprintln(tty)
		return nil, context.Cause(ctx)
	}
}
