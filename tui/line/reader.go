package line

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// longest is the longest line that is read, in bytes. A pasted list comes in
// many lines; one that is longer than this is no answer but a wrong file.
const longest = 1 << 20

// reader hands out lines of input, one for each call of next. There is exactly
// one for a whole run, because every further buffer would swallow piped answers
// that were meant for the next question.
type reader struct {
	want chan struct{}
	got  chan answer
}

type answer struct {
	text string
	err  error
}

// newReader starts reading from in. The reading goroutine may stay blocked on
// in after the run: a read from a terminal cannot be cancelled, and the process
// ends then.
func newReader(in io.Reader) *reader {
	r := &reader{want: make(chan struct{}), got: make(chan answer, 1)}
	go func() {
		buf := bufio.NewReader(in)
		for range r.want {
			text, err := readLine(buf)
			r.got <- answer{text, err}
		}
	}()
	return r
}

// close lets the goroutine end once its last read returns.
func (r *reader) close() { close(r.want) }

// next gives the next line without its end, LF or CRLF. Input that ends gives
// ErrInputEnded; a last line without an end still counts. When ctx is done
// while it waits, the error is ctx's cause, and the reader must not be used again.
func (r *reader) next(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	r.want <- struct{}{}
	select {
	case a := <-r.got:
		return a.text, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func readLine(buf *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := buf.ReadSlice('\n')
		b.Write(part)
		switch {
		case b.Len() > longest:
			return "", fmt.Errorf("a line of input is longer than %d bytes", longest)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && b.Len() == 0:
			return "", ErrInputEnded
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("reading the input: %w", err)
		}
		return strings.TrimSuffix(strings.TrimSuffix(b.String(), "\n"), "\r"), nil
	}
}
