//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// ages writes, into the directory that it is given, the certificates of one node
// in all states that a watch can meet: a CA that expires soon, and what hangs on it.
func ages() {
	root := os.Args[1]
	const day = 24 * time.Hour
	a := &ager{}
	a.cert, a.pem = a.sign("kubernetes-ca", -3000*day, 10*day+time.Hour, true)
	_, outlives := a.sign("kube-apiserver", -day, 364*day, false)
	_, before := a.sign("front-proxy-client", -300*day, 5*day+time.Hour, false)
	_, ended := a.sign("system:kube-scheduler", -400*day, -3*day-time.Hour, false)
	_, later := a.sign("later", 2*day, 400*day, false)
	_, old := a.sign("system:node:n1", -400*day, -30*day, false)
	_, current := a.sign("system:node:n1", -30*day, 300*day, false)
	b64 := base64.StdEncoding.EncodeToString
	key, err := x509.MarshalECPrivateKey(a.key)
	noError(err)
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key})
	for name, data := range map[string][]byte{
		"kubernetes/pki/ca.crt":                 a.pem,
		"kubernetes/pki/ca.key":                 keyPEM,
		"kubernetes/pki/apiserver.crt":          outlives,
		"kubernetes/pki/front-proxy-client.crt": before,
		"kubernetes/pki/later.pem":              later,
		"kubernetes/scheduler.conf": fmt.Appendf(nil, "kind: Config\nclusters:\n- name: c\n  cluster: {certificate-authority-data: %s}\n"+
			"users:\n- name: u\n  user: {client-certificate-data: %s, client-key-data: %s}\n", b64(a.pem), b64(ended), b64(keyPEM)),
		"kubelet/kubelet-client-2025-01-01-00-00-00.pem": old,
		"kubelet/kubelet-client-2025-12-01-00-00-00.pem": append(current, keyPEM...),
	} {
		name = filepath.Join(root, name)
		noError(os.MkdirAll(filepath.Dir(name), 0o700))
		noError(os.WriteFile(name, data, 0o600))
	}
	noError(os.Symlink("kubelet-client-2025-12-01-00-00-00.pem", filepath.Join(root, "kubelet", "kubelet-client-current.pem")))
}

// ager signs certificates of any age with one CA.
type ager struct {
	cert *x509.Certificate // nil until the CA is made
	key  *ecdsa.PrivateKey
	pem  []byte
	n    int64
}

func (a *ager) sign(cn string, begin, end time.Duration, ca bool) (*x509.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(err)
	a.n++
	c := &x509.Certificate{SerialNumber: big.NewInt(a.n), Subject: pkix.Name{CommonName: cn},
		NotBefore: time.Now().Add(begin), NotAfter: time.Now().Add(end), IsCA: ca, BasicConstraintsValid: ca}
	parent := a.cert
	if ca {
		a.key, parent, c.KeyUsage = key, c, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), a.key)
	noError(err)
	made, err := x509.ParseCertificate(der)
	noError(err)
	return made, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
