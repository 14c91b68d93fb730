package rehearse_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
)

// mersenne is a known large prime, 2 to the p minus 1: a key of two of them is
// too large for TLS and made in no time.
func mersenne(p uint) *big.Int {
	one := big.NewInt(1)
	return one.Sub(new(big.Int).Lsh(one, p), big.NewInt(1))
}

func hugeKey() *rsa.PrivateKey {
	p, q := mersenne(4423), mersenne(4253)
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, Primes: []*big.Int{p, q}}
	key.D = new(big.Int).ModInverse(big.NewInt(65537), phi)
	key.Precompute()
	return key
}

// TestKeyFaults plants keys and signatures that a program refuses; what Go does
// not make any more is made by OpenSSL.
func TestKeyFaults(t *testing.T) {
	t.Parallel()
	const base = pki1 + "apiserver-etcd-client"
	ssl := func(t testing.TB, w *world, out string, commands ...[]string) []byte {
		return openssl(t, map[string][]byte{"ca.crt": w.files["authority/etcd-ca.crt"], "ca.key": w.files["authority/etcd-ca.key"],
			"own.key": w.files[base+".key"], "client.ext": []byte("keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n")}, out, commands...)
	}
	req := func(key string) []string {
		return []string{"req", "-new", "-key", key, "-subj", "/CN=x", "-out", "x.csr"}
	}
	sign := func(more ...string) []string {
		return append([]string{"x509", "-req", "-in", "x.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", "5", "-days", "9", "-extfile", "client.ext", "-out", "x.crt"}, more...)
	}
	toEtcd := []string{"apiserver-to-etcd"}
	var faults []fault
	for bits, text := range map[string]string{
		"512":  "tls: certificate RSA key size too small for supported signature algorithms",
		"1000": "tls: failed to sign handshake: crypto/rsa: 1000-bit keys are insecure",
	} {
		faults = append(faults, fault{name: "weak, " + bits, plant: func(t testing.TB, w *world) {
			w.files[base+".key"] = openssl(t, nil, "k", []string{"genrsa", "-traditional", "-out", "k", bits})
			w.files[base+".crt"] = openssl(t, map[string][]byte{"ca.crt": w.files["authority/etcd-ca.crt"], "ca.key": w.files["authority/etcd-ca.key"], "k": w.files[base+".key"],
				"client.ext": []byte("extendedKeyUsage=clientAuth\n")}, "x.crt", req("k"), sign())
		}, connections: toEtcd, at: "kube-apiserver on cp1", text: text, check: "weak-key", file: base + ".key"})
	}
	seeAll(t, append(faults, []fault{
		{name: "locked", plant: func(t testing.TB, w *world) {
			w.files[base+".key"] = ssl(t, w, "out.key", []string{"ec", "-in", "own.key", "-aes256", "-passout", "pass:secret", "-out", "out.key"})
		}, connections: toEtcd, at: "kube-apiserver on cp1", text: "tls: failed to parse private key", check: "key-encrypted", file: base + ".key"},
		{name: "locked in PKCS 8", plant: func(t testing.TB, w *world) {
			w.files[base+".key"] = ssl(t, w, "out.key", []string{"pkcs8", "-topk8", "-in", "own.key", "-passout", "pass:secret", "-out", "out.key"})
		}, connections: toEtcd, at: "kube-apiserver on cp1", text: "tls: failed to parse private key", check: "key-encrypted", file: base + ".key"},
		{name: "SHA-1", plant: func(t testing.TB, w *world) {
			w.files[base+".crt"] = ssl(t, w, "x.crt", req("own.key"), sign("-sha1"))
		}, connections: toEtcd, at: "etcd on", text: "insecure algorithm ECDSA-SHA1", other: "remote error: tls: unknown certificate authority", check: "sha1", file: base + ".crt"},
		{name: "huge", plant: func(t testing.TB, w *world) {
			key := hugeKey()
			w.files[base+".crt"] = w.ca(t, "etcd-ca").sign(t, parseCert(t, w.files[base+".crt"]), &key.PublicKey, nil)
			w.files[base+".key"] = encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
		}, connections: toEtcd, at: "etcd on", text: "tls: client sent certificate containing RSA key larger than 8192 bits", other: "remote error: tls: bad certificate",
			check: "huge-key", file: base + ".crt"},
		{name: "too many names", plant: func(t testing.TB, w *world) {
			many := parseCert(t, w.files[base+".crt"])
			for i := range 45000 {
				many.IPAddresses = append(many.IPAddresses, net.IPv4(10, byte(i>>16), byte(i>>8), byte(i)))
			}
			w.files[base+".crt"] = w.ca(t, "etcd-ca").sign(t, many, many.PublicKey, nil)
		}, connections: toEtcd, at: "etcd on", text: "bytes exceeds maximum of 262144 bytes", other: "",
			check: "cert-large", file: base + ".crt"},
		{name: "JSON of cfssl", plant: func(_ testing.TB, w *world) {
			w.files[base+".crt"] = []byte(`{"cert":"-----BEGIN CERTIFICATE-----\nMII\n"}`)
		},
			connections: toEtcd, at: "kube-apiserver on cp1", text: "tls: failed to find any PEM data in certificate input", check: "pem-broken", file: base + ".crt"},
		{name: "empty", plant: func(_ testing.TB, w *world) { w.files[base+".key"] = []byte{} },
			connections: toEtcd, at: "kube-apiserver on cp1", text: "tls: failed to find any PEM data in key input", check: "pem-broken", file: base + ".key"},
		{name: "certificate in place of its key", plant: func(_ testing.TB, w *world) { w.files[base+".key"] = w.files[base+".crt"] },
			connections: toEtcd, at: "kube-apiserver on cp1", text: "tls: found a certificate rather than a key in the PEM for the private key", check: "swapped-files", file: base + ".key"},
		{name: "signed by OpenSSL for another CA's name", plant: func(t testing.TB, w *world) {
			w.files[base+".crt"] = openssl(t, map[string][]byte{"own.key": w.files[base+".key"], "client.ext": []byte("extendedKeyUsage=clientAuth\n")}, "x.crt",
				[]string{"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-subj", "/O=k8s/CN=etcd-ca", "-out", "ca.crt", "-days", "9"},
				req("own.key"), sign())
		}, connections: toEtcd, at: "etcd on", text: "signed by unknown authority",
			check: "two-cas-one-name", file: base + ".crt"},
	}...))
}

// TestAccountKeys plants the forms of key that kube-apiserver does not load
// (kubernetes reads them by client-go's keyutil), and signs by the others.
func TestAccountKeys(t *testing.T) {
	t.Parallel()
	pods := []string{"pods-to-apiserver"}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	both := func(private, public []byte) func(testing.TB, *world) {
		return func(_ testing.TB, w *world) {
			for _, pki := range []string{pki1, pki2} {
				w.files[pki+"sa.key"], w.files[pki+"sa.pub"] = private, public
			}
		}
	}
	private := encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	edKey := openssl(t, nil, "k", []string{"genpkey", "-algorithm", "ed25519", "-out", "k"})
	edPublic := openssl(t, map[string][]byte{"k": edKey}, "p", []string{"pkey", "-in", "k", "-pubout", "-out", "p"})
	p384 := openssl(t, nil, "k", []string{"ecparam", "-name", "secp384r1", "-genkey", "-out", "k"})
	p384Public := openssl(t, map[string][]byte{"k": p384}, "p", []string{"ec", "-in", "k", "-pubout", "-out", "p"})
	seeAll(t, []fault{
		{name: "Ed25519", plant: both(edKey, edPublic), connections: pods, at: "kube-apiserver on", text: "data does not contain any valid RSA or ECDSA public keys", check: "sa-kind", file: "sa.pub"},
		{name: "PKCS 1 public key", plant: both(private, encode("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey))), connections: pods, at: "kube-apiserver on",
			text: "data does not contain any valid RSA or ECDSA public keys", check: "sa-kind", file: "sa.pub"},
		{name: "missing", plant: func(_ testing.TB, w *world) { delete(w.files, pki1+"sa.pub") }, connections: pods, state: "not tried", at: "kube-apiserver on cp1",
			text: "open /etc/kubernetes/pki/sa.pub: no such file or directory", check: "cert-missing", file: "sa.pub"},
	})
	for name, plant := range map[string]func(testing.TB, *world){
		"RSA": both(private, publicPEM(t, &rsaKey.PublicKey)), "the private key in place of the public one": both(private, private), "P-384": both(p384, p384Public),
	} {
		w := shared(t, "three-ca")
		plant(t, w)
		for _, r := range w.run(t).Results {
			if !r.Expected() {
				t.Errorf("%s: %s", name, title(&r))
			}
			if r.Case.Connection.ID == pods[0] && r.User != "system:serviceaccount:default:default" {
				t.Errorf("%s: user %q", name, r.User)
			}
		}
	}
}
