package live

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// The bounds of what a server may say: a hostile one costs no more than its time.
const (
	mostChain = 10      // certificates of a chain that are looked at
	mostNames = 200     // client CAs of a list
	mostBody  = 1 << 20 // bytes of an answer
	mostList  = 16 << 20
)

// glimpse is what a handshake without a certificate has shown, of a server that nobody
// has proved.
type glimpse struct {
	chain   []*x509.Certificate
	asked   bool
	asks    [][]byte // names of client CAs, DER
	replies []*reply // to the requests that followed
	err     error    // why there is no chain, or no reply to the last request
}

// reply is an answer to an HTTP request.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// say is a request.
type say struct {
	method, path string
	header       http.Header
	body         string
	most         int64
}

// look dials without a credential, and shows none. No session is kept: one that is
// resumed would show nothing.
func (l *looker) look(ctx context.Context, address, name string, paths ...string) (g glimpse) {
	raw, err := l.Dial(ctx, "tcp", address)
	if err != nil {
		return glimpse{err: err}
	}
	defer raw.Close()
	setDeadline(ctx, raw)
	conn := tls.Client(raw, &tls.Config{
		ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, Time: l.Now, CurvePreferences: plainCurves,
		VerifyConnection: func(s tls.ConnectionState) error {
			g.chain = s.PeerCertificates[:min(len(s.PeerCertificates), mostChain)]
			return nil
		},
		GetClientCertificate: func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			g.asked, g.asks = true, r.AcceptableCAs[:min(len(r.AcceptableCAs), mostNames)]
			return &tls.Certificate{}, nil
		},
	})
	if g.err = conn.HandshakeContext(ctx); g.err != nil {
		return g
	}
	w := &wire{conn: conn, host: address}
	for _, path := range paths {
		var r *reply
		if r, g.err = w.ask(say{path: path}); g.err != nil {
			return g
		}
		g.replies = append(g.replies, r)
	}
	return g
}

// plain asks over plain HTTP.
func (l *looker) plain(ctx context.Context, address, path string) (*reply, error) {
	raw, err := l.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	setDeadline(ctx, raw)
	w := &wire{conn: raw, host: address}
	return w.ask(say{path: path})
}

// speak dials a server that has to prove itself by the roots, for a name. What cert shows
// it sees only after that: crypto/tls asks for it when it has verified the server.
func (l *looker) speak(ctx context.Context, address, name string, roots *x509.CertPool, cert *tls.Certificate) (*wire, error) {
	raw, err := l.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	setDeadline(ctx, raw)
	conn := tls.Client(raw, &tls.Config{
		ServerName: name, RootCAs: roots, MinVersion: tls.VersionTLS12, Time: l.Now,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if cert == nil {
				return &tls.Certificate{}, nil
			}
			return cert, nil
		},
	})
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return &wire{conn: conn, host: address}, nil
}

// plainCurves are for connections that carry no secret: no key of theirs has to stand
// against computers to come, which costs as much as all the rest of a handshake.
var plainCurves = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// setDeadline ends a connection with its context.
func setDeadline(ctx context.Context, c net.Conn) {
	if end, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(end)
	}
}

// wire is an open connection for HTTP, one request after another.
type wire struct {
	conn net.Conn
	host string
	left io.LimitedReader
	r    *bufio.Reader
}

func (w *wire) close() { _ = w.conn.Close() }

// ask sends a request and reads the whole answer, or as much as there may be.
func (w *wire) ask(s say) (*reply, error) {
	if s.method == "" {
		s.method = http.MethodGet
	}
	if s.most == 0 {
		s.most = mostBody
	}
	req, err := http.NewRequest(s.method, "https://"+w.host+s.path, strings.NewReader(s.body))
	if err != nil {
		return nil, err
	}
	if s.body == "" {
		req.Body, req.ContentLength = nil, 0
	}
	for name, values := range s.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", "certwright")
	if err := req.Write(w.conn); err != nil {
		return nil, readAlert(w.conn, err)
	}
	w.left = io.LimitedReader{R: w.conn, N: s.most}
	if w.r == nil {
		w.r = bufio.NewReader(&w.left)
	}
	resp, err := http.ReadResponse(w.r, req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return &reply{status: resp.StatusCode, header: resp.Header}, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, s.most))
	return &reply{status: resp.StatusCode, header: resp.Header, body: body}, err
}

// readAlert is why a write failed, where the other side has said it: the kernel tells of a
// closed connection before the alert is read.
func readAlert(c net.Conn, err error) error {
	var one [1]byte
	if _, why := c.Read(one[:]); why != nil && strings.Contains(why.Error(), "tls:") {
		return why
	}
	return err
}

// clock is by how much the server's clock is ahead; false where it says no time.
func (r *reply) clock(now time.Time) (time.Duration, bool) {
	if r == nil {
		return 0, false
	}
	t, err := http.ParseTime(r.header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return t.Sub(now.Truncate(time.Second)), true
}

// timedOut reports whether an error is that the time was over.
func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}
