package explain

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// handshake lets two sides meet and gives what each says. With TLS 1.3 a client
// hears of its refusal only when it reads.
func handshake(t *testing.T, client, server *tls.Config) (clientErr, serverErr error) {
	t.Helper()
	a, b := wire()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(b, server)
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("hello"))
		}
		done <- err
		b.Close()
	}()
	c := tls.Client(a, client)
	clientErr = c.Handshake()
	if clientErr == nil {
		_, clientErr = io.ReadFull(c, make([]byte, 5))
	}
	a.Close()
	return clientErr, <-done
}

// wire is a connection whose one side can send an alert while the other is still
// writing, as on a real one; net.Pipe alone has no buffer.
func wire() (a, b net.Conn) {
	a, left := net.Pipe()
	right, b := net.Pipe()
	pump := func(to, from net.Conn) {
		buf := make([]byte, 64<<10)
		for {
			n, err := from.Read(buf)
			_, _ = to.Write(buf[:n]) // where nobody listens any more, the rest is drained
			if err != nil {
				to.Close()
				return
			}
		}
	}
	go pump(left, right)
	go pump(right, left)
	return a, b
}

// both runs a test with TLS 1.2 and with TLS 1.3.
func both(t *testing.T, f func(t *testing.T, version uint16)) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(strings.ReplaceAll(tls.VersionName(v), " ", ""), func(t *testing.T) { f(t, v) })
	}
}

// A client that refuses its server knows why; the server hears of an alert.
func TestClientRefuses(t *testing.T) {
	ca, other, again := newCA(t, "kubernetes"), newCA(t, "etcd-ca"), newCA(t, "kubernetes")
	good := issue(t, ca, "apiserver", serves("master1"))
	both(t, func(t *testing.T, version uint16) {
		for _, tt := range []struct {
			name   string
			server *pair
			roots  *x509.CertPool
			id     string
			check  CheckID
		}{
			{"other CA", good, pool(other), "unknown-authority", findings.UnknownSigner},
			{"same name", good, pool(again), "same-name-ca", findings.TwoCAsOneName},
			{"name", issue(t, ca, "a", serves("master2", "10.0.0.2")), pool(ca), "san-mismatch", findings.SANMissing},
			{"ended", issue(t, ca, "a", serves("master1"), ended), pool(ca), "expired", findings.Expired},
			{"early", issue(t, ca, "a", serves("master1"), early), pool(ca), "not-yet-valid", findings.NotYetValid},
			{"usage", issue(t, ca, "a", dials, func(c *x509.Certificate) { c.DNSNames = []string{"master1"} }), pool(ca), "wrong-usage", findings.UsageMissing},
		} {
			client, server := handshake(t, &tls.Config{RootCAs: tt.roots, ServerName: "master1"},
				&tls.Config{Certificates: []tls.Certificate{tt.server.tls()}, MaxVersion: version})
			if !strings.HasPrefix(client.Error(), "tls: failed to verify certificate: x509: ") {
				t.Errorf("%s: the client says %q", tt.name, client)
			}
			wantCause(t, client, tt.id, tt.check)
			m := wantCause(t, errors.New("http: TLS handshake error from 10.0.0.7:51234: "+server.Error()), "alert-bad-certificate", findings.SANMissing)
			if m.Source.Side != Server || m.Values["remote"] != "10.0.0.7:51234" || !strings.Contains(m.Next(), "10.0.0.7:51234") {
				t.Errorf("%s: the server's line is %+v, %v, %q", tt.name, m.Source, m.Values, m.Next())
			}
		}
	})
}

// A server that refuses its client knows why; the client hears of an alert that
// depends on the reason.
func TestServerRefuses(t *testing.T) {
	ca, other := newCA(t, "etcd-ca"), newCA(t, "kubernetes")
	srv := issue(t, ca, "etcd", serves("etcd1"), dials)
	both(t, func(t *testing.T, version uint16) {
		none := struct {
			id    string
			check CheckID
		}{"alert-certificate-required", ""}
		if version == tls.VersionTLS12 {
			none.id = "alert-handshake-failure"
		}
		for _, tt := range []struct {
			name                   string
			shown                  *pair
			serverSays, clientSays string
			serverCheck, check     CheckID
		}{
			{"other CA", issue(t, other, "apiserver", dials), "unknown-authority", "alert-unknown-ca", findings.UnknownSigner, findings.UnknownSigner},
			{"usage", issue(t, ca, "a", serves()), "wrong-usage", "alert-bad-certificate", findings.UsageMissing, findings.UsageMissing},
			{"ended", issue(t, ca, "a", dials, ended), "expired", "alert-expired", findings.Expired, findings.Expired},
			{"early", issue(t, ca, "a", dials, early), "not-yet-valid", "alert-expired", findings.NotYetValid, findings.Expired},
			{"none", nil, "no-client-certificate", none.id, "", none.check},
		} {
			client := &tls.Config{RootCAs: pool(ca), ServerName: "etcd1"}
			if tt.shown != nil {
				shown := tt.shown.tls()
				client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
			}
			clientErr, serverErr := handshake(t, client, &tls.Config{
				Certificates: []tls.Certificate{srv.tls()}, ClientCAs: pool(ca), ClientAuth: tls.RequireAndVerifyClientCert, MaxVersion: version,
			})
			// As the two sides log it: gRPC's client, and etcd's listener.
			m := wantCause(t, errors.New(`{"level":"warn","caller":"embed/config_logging.go:187","msg":"rejected connection on client endpoint","remote-addr":"10.0.0.7:4711","error":`+
				quoteJSON(serverErr.Error())+`}`), tt.serverSays, tt.serverCheck)
			if m.Source.Program != "etcd" || m.Source.Side != Server || m.Values["remote"] != "10.0.0.7:4711" {
				t.Errorf("%s: the server's line is %+v, %v", tt.name, m.Source, m.Values)
			}
			m = wantCause(t, errors.New(`transport: authentication handshake failed: `+clientErr.Error()), tt.clientSays, tt.check)
			if m.Source.Side != Client {
				t.Errorf("%s: the client's side is %q", tt.name, m.Source.Side)
			}
		}
	})
}

// Handshakes that do not come to a verdict on certificates.
func TestOtherHandshakes(t *testing.T) {
	ca := newCA(t, "ca")
	srv := issue(t, ca, "srv", serves("a"))
	client := func() *tls.Config { return &tls.Config{RootCAs: pool(ca), ServerName: "a"} }
	both(t, func(t *testing.T, version uint16) {
		// No certificate yet, as a kubelet before its approval.
		waiting := &tls.Config{MaxVersion: version, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return nil, errors.New("no serving certificate available for the kubelet")
		}}
		c, s := handshake(t, client(), waiting)
		wantCause(t, c, "alert-internal-error", "")
		wantCause(t, s, "no-serving-certificate", "")

		// The key of another pair behind the certificate, which tls.X509KeyPair would have found.
		mixed := srv.tls()
		mixed.PrivateKey = ecKey(t)
		c, s = handshake(t, client(), &tls.Config{Certificates: []tls.Certificate{mixed}, MaxVersion: version})
		wantCause(t, c, "handshake-signature", findings.KeyMismatch)
		wantCause(t, s, "alert-decrypt", findings.KeyMismatch)
	})
	c, s := handshake(t, client(), &tls.Config{Certificates: []tls.Certificate{srv.tls()}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	wantCause(t, c, "no-common-tls", "")
	wantCause(t, s, "no-common-tls", "")
	_, s = handshake(t, client(), &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return &tls.Config{}, nil }})
	wantCause(t, s, "no-server-certificate", findings.CertMissing)
	_, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{})
	wantCause(t, err, "no-server-certificate", findings.CertMissing)

	// The modulus is no product of primes, as nobody gets as far as using it.
	large := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 8200, 1), E: 65537}
	huge := sign(t, public{ecKey(t), large}, ca, "huge", serves("a"))
	huge.key = ecKey(t)
	c, _ = handshake(t, client(), &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{huge.der}, PrivateKey: huge.key}}})
	if m := wantCause(t, c, "huge-rsa-key", scan.HugeKey); m.Values["bits"] != "8192" {
		t.Errorf("the bits are %q", m.Values["bits"])
	}
}

// public is a key that is certified, and never used to sign.
type public struct {
	crypto.Signer
	key crypto.PublicKey
}

func (p public) Public() crypto.PublicKey { return p.key }

// http and https mixed up, with the real client and server.
func TestSchemes(t *testing.T) {
	logged := make(lines, 10)
	quiet := func(s *httptest.Server) *httptest.Server {
		s.Config.ErrorLog = log.New(logged, "", 0)
		t.Cleanup(s.Close)
		return s
	}
	plain := quiet(httptest.NewUnstartedServer(http.NotFoundHandler()))
	plain.Start()
	secure := quiet(httptest.NewUnstartedServer(http.NotFoundHandler()))
	secure.StartTLS()
	get := func(url string) (string, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return string(body), err
	}
	_, err := get("https" + strings.TrimPrefix(plain.URL, "http"))
	m := wantCause(t, err, "not-tls", scan.ConfigScheme)
	if m.Source.Side != Client || m.Values["server"] != plain.Listener.Addr().String() {
		t.Errorf("the client's line is %+v, %v", m.Source, m.Values)
	}
	body, err := get("http" + strings.TrimPrefix(secure.URL, "https"))
	if err != nil {
		t.Fatal(err)
	}
	wantCause(t, errors.New(body), "not-tls", scan.ConfigScheme)
	raw, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", plain.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	err = tls.Client(raw, &tls.Config{ServerName: "a"}).Handshake()
	raw.Close()
	wantCause(t, err, "not-tls", scan.ConfigScheme)

	_, err = get(secure.URL) // a server that no CA of the system knows
	wantCause(t, err, "unknown-authority", findings.UnknownSigner)
	for _, id := range []string{"not-tls", "alert-bad-certificate"} { // what the server has logged of the two
		line := <-logged
		if got := Explain(line); len(got) != 1 || got[0].ID != id || got[0].Source.Side != Server || got[0].Values["remote"] == "" {
			t.Errorf("the server's line %q is %v, want %s", line, ids(got), id)
		}
	}
}

// lines is a log that can be waited for.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
