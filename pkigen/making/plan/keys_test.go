package plan

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"

	"certwright/pkigen/cluster/pkey"
)

func TestParsePrivateKey(t *testing.T) {
	rsaKey := newRSA(t, 2048)
	ecKey := newECDSA(t, elliptic.P256())
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	xKey, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	xDER, err := x509.MarshalPKCS8PrivateKey(xKey)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ecKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	ec := encode("EC PRIVATE KEY", sec1)
	legacy := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x"),
	})
	for _, test := range []struct {
		name string
		data []byte
		key  crypto.Signer
		err  string
	}{
		{"PKCS #1", pkcs1, rsaKey, ""},
		{"SEC 1", ec, ecKey, ""},
		{"PKCS #8 RSA", pkcs8(t, rsaKey), rsaKey, ""},
		{"PKCS #8 ECDSA", pkcs8(t, ecKey), ecKey, ""},
		{"PKCS #8 Ed25519", pkcs8(t, edKey), edKey, ""},
		{"with OpenSSL's curve block", slices.Concat(encode("EC PARAMETERS", []byte{6, 1, 1}), ec), ecKey, ""},
		{"with text around", slices.Concat([]byte("Key:\n"), ec, []byte("end\n")), ecKey, ""},
		{"with CRLF", []byte(crlf(ec)), ecKey, ""},
		{"nil", nil, nil, "is empty"},
		{"blank", []byte(" \n\t"), nil, "is empty"},
		{"garbage", []byte("hello"), nil, "is no PEM file"},
		{"cut off", ec[:len(ec)/2], nil, "is no PEM file"},
		{"encrypted PKCS #8", encode("ENCRYPTED PRIVATE KEY", []byte("x")), nil, "is encrypted with a passphrase"},
		{"encrypted, legacy", legacy, nil, "is encrypted with a passphrase"},
		{"certificate", encode("CERTIFICATE", []byte("x")), nil, `holds "CERTIFICATE", not a private key`},
		{"public key", encode("PUBLIC KEY", []byte("x")), nil, `holds "PUBLIC KEY", not a private key`},
		{"damaged", encode("EC PRIVATE KEY", sec1[:20]), nil, "is a damaged private key"},
		{"two keys", slices.Concat(ec, pkcs1), nil, "holds 2 PEM blocks, not one private key"},
		{"a key that only agrees", encode("PRIVATE KEY", xDER), nil, "holds a key that cannot sign"},
	} {
		key, err := ParsePrivateKey(test.data)
		switch {
		case test.err != "":
			if err == nil || err.Error() != test.err || key != nil {
				t.Errorf("%s: got %v, %v; want %q", test.name, key != nil, err, test.err)
			}
		case err != nil || !pkey.Same(key.Public(), test.key.Public()):
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

func crlf(data []byte) string {
	var out []byte
	for _, c := range data {
		if c == '\n' {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return string(out)
}
