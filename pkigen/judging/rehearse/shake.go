package rehearse

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// shaken is how one handshake ended on both sides.
type shaken struct {
	dial, answer error // nil where the side saw nothing wrong
	late         bool  // dial came after the dialling side's handshake had expired
	state        tls.ConnectionState
}

// shake makes one handshake in memory. check is what the answering side looks
// at after it; it closes the connection where that fails, and else writes a
// byte: under TLS 1.3 a client's handshake has expired before the server has seen
// its certificate, and only reading shows whether it was taken.
func shake(ctx context.Context, dial, answer *tls.Config, source netip.Addr, check func(*tls.ConnectionState) error) shaken {
	a, b := newPipe(source)
	defer a.Close()
	var out shaken
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer b.Close()
		out.answer = guarded(func() error { return serve(ctx, tls.Server(b, answer), &out, check) })
	}()
	err := guarded(func() error {
		conn := tls.Client(a, dial)
		if err := conn.HandshakeContext(ctx); err != nil {
			return err
		}
		out.late = true
		_, err := conn.Read(make([]byte, 1))
		return err
	})
	a.Close()
	<-done
	out.dial = err
	return out
}

// serve is the answering side. Nobody else reads out.state before it has expired.
func serve(ctx context.Context, conn *tls.Conn, out *shaken, check func(*tls.ConnectionState) error) error {
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	out.state = conn.ConnectionState()
	if err := check(&out.state); err != nil {
		return err
	}
	_, err := conn.Write([]byte{0})
	return err
}

// guarded makes an error of a panic: files of any origin go through here.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("internal error in the handshake")
		}
	}()
	return f()
}

// own reports whether an error arose on the side that has it: no alert of the other
// side, and no end of the connection.
func own(err error) bool {
	var op *net.OpError
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed):
		return false
	case errors.As(err, &op) && op.Op == "remote error":
		return false
	}
	return true
}

// cannotSign reports whether a side failed at its own certificate: its key is no good
// for a signature in the handshake. These are the texts of crypto/tls
// (handshake_client_tls13.go, handshake_server_tls13.go, key_agreement.go,
// auth.go), which has no types for them.
func cannotSign(err error) bool {
	return err != nil && slices.ContainsFunc([]string{
		"failed to sign", "too small for supported signature algorithms", "any of the certificate's signature algorithms", "unsupported certificate key",
	}, func(s string) bool { return strings.Contains(err.Error(), s) })
}
