package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/tui/text"
)

// asked is an error text that was given in place of names, and the directory
// that it is held against, "" for none.
type asked struct{ dir, text string }

// errorText reports whether the arguments, or the standard input, are an error
// text; it is nil where they are not.
func (e *explainer) errorText(args []string) (*asked, error) {
	a := &asked{}
	if len(args) > 1 && isDir(args[0]) {
		a.dir, args = args[0], args[1:]
	}
	switch {
	case len(args) == 0:
		if e.chosen || e.answers != "" || e.format == "mermaid" || !isPiped(e.stdin) {
			return nil, nil
		}
	case len(args) == 1 && args[0] == "-":
		if e.answers == "-" {
			return nil, usage("", "the standard input cannot be both the answers and an error text")
		}
	case slices.ContainsFunc(args, e.looksLikeError):
		a.text = strings.Join(args, " ") // a text without quotes around it comes in pieces
		return a, e.suits()
	default:
		return nil, nil
	}
	// One byte more than is read reports whether there was more.
	data, err := io.ReadAll(io.LimitReader(e.stdin, pkigen.ErrorLimit+1))
	if err != nil {
		return nil, fmt.Errorf("reading the standard input: %w", err)
	}
	a.text = string(data)
	if len(args) == 0 && strings.TrimSpace(a.text) == "" {
		return nil, nil // a script without input asks for the map
	}
	return a, e.suits()
}

func (e *explainer) suits() error {
	if e.format == "mermaid" {
		return usage("", "--format mermaid is for the map; write text or json to explain an error")
	}
	return nil
}

// looksLikeError reports whether a word of the command line is neither a name nor a
// file, but of an error.
func (e *explainer) looksLikeError(arg string) bool {
	if _, err := os.Lstat(arg); err == nil || e.knows(arg) {
		return false
	}
	return strings.Contains(arg, "x509") || strings.Contains(arg, "tls:") || len(pkigen.Explain(arg).Matches) > 0 ||
		strings.ContainsAny(arg, " \n") && !strings.HasPrefix(arg, "/")
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// isPiped reports whether something was put into the program: neither a terminal nor
// the null device.
func isPiped(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return true
	}
	info, err := f.Stat()
	return err == nil && (info.Mode()&os.ModeNamedPipe != 0 || info.Mode().IsRegular())
}

// explainError says what an error text means.
func (e *explainer) explainError(ctx context.Context, a *asked) error {
	x, found := pkigen.Explain(a.text), 0
	if e.live && a.dir == "" {
		return usage("name it before the text", "--live needs the directory by which the cluster runs")
	}
	held := a.dir != "" && len(x.Matches) > 0
	if held {
		debug.SetMemoryLimit(judgingLimit)
		judged, err := pkigen.Judge(ctx, a.dir, func() (*pkigen.Known, error) { return e.knownOf(a.dir), nil }, time.Now())
		if err != nil {
			return err
		}
		found = x.Weigh(judged)
		if e.live {
			view, err := pkigen.Dir(a.dir).Live(func() (*pkigen.Known, error) { return e.knownOf(a.dir), nil }, 0).Look(ctx)
			if err != nil {
				return err
			}
			found += x.WeighLive(view)
		}
	}
	if err := e.tellErrors(x); err != nil {
		return err
	}
	if x.Truncated {
		e.talk("note", "only the first MiB of the text was read")
	}
	if x.More > 0 {
		e.talk("note", "%d further errors were found and are not listed", x.More)
	}
	if held && found == 0 {
		e.talk("note", "nothing in %s leads to this error: look at the machine that is dialled, or for an older copy there", text.Clean(a.dir))
	}
	if len(x.Matches) == 0 {
		return &failure{code: exitFailed, hint: x.Known(), err: errors.New("no known error about certificates is in this text")}
	}
	return nil
}

func (e *explainer) tellErrors(x *pkigen.Explained) error {
	if e.format == "json" {
		return e.printJSON(x)
	}
	return text.Errors(e.stdout, x.Matches, e.width())
}
