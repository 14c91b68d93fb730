package rehearse

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// stream is one direction of a connection in memory. It has a buffer, as a
// socket has: a side that sends an alert must not wait for the other, which may
// be sending too.
type stream struct {
	mu     sync.Mutex
	filled sync.Cond
	data   []byte
	closed bool
}

func newStream() *stream {
	s := &stream{}
	s.filled.L = &s.mu
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.data) == 0 {
		if s.closed {
			return 0, io.EOF
		}
		s.filled.Wait()
	}
	n := copy(p, s.data)
	s.data = s.data[n:]
	return n, nil
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	s.data = append(s.data, p...)
	s.filled.Broadcast()
	return len(p), nil
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.filled.Broadcast()
}

// end is one end of a connection in memory. Deadlines do nothing: neither side
// waits for anything but the other.
type end struct {
	in, out *stream
	remote  netip.AddrPort
}

// newPipe is a connection; source is where it comes from.
func newPipe(source netip.Addr) (dialler, answerer net.Conn) {
	a, b := newStream(), newStream()
	return &end{in: a, out: b}, &end{in: b, out: a, remote: netip.AddrPortFrom(source, sourcePort)}
}

// sourcePort stands for the port that a client has by chance.
const sourcePort = 40000

func (e *end) Read(p []byte) (int, error)  { return e.in.Read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.Write(p) }

// Close ends both directions; what was written can still be read.
func (e *end) Close() error {
	e.in.close()
	e.out.close()
	return nil
}

func (e *end) LocalAddr() net.Addr              { return net.TCPAddrFromAddrPort(netip.AddrPort{}) }
func (e *end) RemoteAddr() net.Addr             { return net.TCPAddrFromAddrPort(e.remote) }
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }
