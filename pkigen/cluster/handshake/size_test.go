package handshake

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
)

// sized is a certificate whose message in a handshake has a size byte for byte.
func sized(t *testing.T, size int) tls.Certificate {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader) // its signatures are all as long
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	pad := size - 1000
	for range 4 {
		template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Value: make([]byte, pad)}}
		der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
		if err != nil {
			t.Fatal(err)
		}
		if MessageSize(len(der)) == size {
			return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
		}
		pad += size - MessageSize(len(der))
	}
	t.Fatalf("no certificate has the size %d", size)
	return tls.Certificate{}
}

// TestMessageSizes holds the limits against OpenSSL and against Go, byte for byte.
func TestMessageSizes(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("this holds a limit against OpenSSL, which is not here")
	}
	for _, test := range []struct {
		size          int
		openssl, byGo bool // takes it
	}{{MostOpenSSL, true, true}, {MostOpenSSL + 1, false, true}, {MostGo, false, true}, {MostGo + 1, false, false}} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{sized(t, test.size)}})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					_ = c.(*tls.Conn).Handshake()
				}()
			}
		}()
		cmd := exec.CommandContext(t.Context(), openssl, "s_client", "-tls1_3", "-connect", l.Addr().String())
		out, _ := cmd.CombinedOutput() // it ends with 0 and with 1 for other reasons too
		if refused := strings.Contains(string(out), "excessive message size"); refused == test.openssl {
			t.Errorf("%d bytes: OpenSSL refuses is %v\n%s", test.size, refused, out)
		}
		raw, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		err = tls.Client(raw, &tls.Config{InsecureSkipVerify: true}).Handshake()
		if test.byGo != (err == nil) || err != nil && !strings.Contains(err.Error(), "exceeds maximum of 262144 bytes") {
			t.Errorf("%d bytes: Go says %v", test.size, err)
		}
		raw.Close()
		l.Close()
	}
}

// TestCertificateSize holds the size that answers are judged by near that of a certificate.
func TestCertificateSize(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	var hosts []spec.Host
	v4, v6 := netip.MustParseAddr("10.0.0.0"), netip.MustParseAddr("fd00::1")
	for i := range 3000 {
		name := strings.Repeat("a", 1+i%60) + "." + strings.Repeat("b", 60) + "." + strings.Repeat("c", 1+i%40)
		hosts = append(hosts, spec.Host{Addr: v4}, spec.Host{Addr: v6}, spec.Host{Name: name})
		template.IPAddresses = append(template.IPAddresses, v4.AsSlice(), v6.AsSlice())
		template.DNSNames = append(template.DNSNames, name)
		v4, v6 = v4.Next(), v6.Next()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	if about := CertificateSize(spec.ECDSAP256, hosts); about < len(der) || about > len(der)+1000 {
		t.Errorf("said %d bytes of %d", about, len(der))
	}
}
