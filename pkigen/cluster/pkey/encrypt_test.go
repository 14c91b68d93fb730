package pkey

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const phrase = "correct horse battery staple"

// keysOf are one key of each kind.
func keysOf(t *testing.T) map[string]crypto.Signer {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"RSA": newRSA(t), "P-256": newECDSA(t, elliptic.P256()), "P-384": newECDSA(t, elliptic.P384()), "Ed25519": ed}
}

func encrypt(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	l, err := NewLock([]byte(phrase))
	if err != nil {
		t.Fatal(err)
	}
	text, err := l.Encrypt(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t testing.TB, text []byte) *pem.Block {
	t.Helper()
	b, rest := pem.Decode(text)
	if b == nil || len(bytes.TrimSpace(rest)) > 0 {
		t.Fatalf("this is not one block of PEM:\n%s", text)
	}
	return b
}

// TestEncrypt opens what was encrypted with the passphrase, and with no other.
func TestEncrypt(t *testing.T) {
	l, err := NewLock([]byte(phrase))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, key := range keysOf(t) {
		text, err := l.Encrypt(key)
		if err != nil {
			t.Fatal(err)
		}
		b := decode(t, text)
		if !Encrypted(b) || seen[string(b.Bytes[:160])] {
			t.Errorf("%s: not encrypted, or with the vector of another key", name)
		}
		seen[string(b.Bytes[:160])] = true
		got, err := NewOpener([]byte(phrase)).Decrypt(b)
		if err != nil || !Same(got.Public(), key.Public()) {
			t.Errorf("%s: %v", name, err)
		}
		for _, wrong := range []string{"", "correct horse battery stapl", phrase + "\n"} {
			if name != "P-256" {
				break // each of them takes its time
			}
			if got, err := NewOpener([]byte(wrong)).Decrypt(b); !errors.Is(err, ErrPassphrase) || got != nil {
				t.Errorf("%s: opened by %q: %v", name, wrong, err)
			}
		}
	}
	if _, err := NewLock(nil); err == nil {
		t.Error("an empty passphrase locks")
	}
}

// TestDecryptDamaged refuses what is cut, turned or asks for too much, and computes
// nothing for it.
func TestDecryptDamaged(t *testing.T) {
	good := decode(t, encrypt(t, newECDSA(t, elliptic.P256())))
	cut := bytes.Clone(good.Bytes)
	cut[len(cut)-1] ^= 1
	null := asn1.NullRawValue
	raw := func(v any) asn1.RawValue { return asn1.RawValue{FullBytes: marshal(t, v)} }
	id := func(oid asn1.ObjectIdentifier, params asn1.RawValue) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: params}
	}
	salt, iv, sha := []byte("saltsalt"), make([]byte, 16), id(oidHMACSHA256, null)
	of := func(kdf, cipher pkix.AlgorithmIdentifier, data []byte) []byte {
		return marshal(t, encryptedKey{id(oidPBES2, raw(pbes2Params{kdf, cipher})), data})
	}
	rounds := func(p pbkdf2Params) pkix.AlgorithmIdentifier { return id(oidPBKDF2, raw(p)) }
	memory := func(p scryptParams) pkix.AlgorithmIdentifier { return id(oidScrypt, raw(p)) }
	aes256, one := id(oidAES256CBC, raw(iv)), rounds(pbkdf2Params{salt, 1, 0, sha})
	for _, test := range []struct {
		name string
		der  []byte
		want string
	}{
		{"the last byte is another", cut, ErrPassphrase.Error()},
		{"cut", good.Bytes[:len(good.Bytes)-1], "damaged"},
		{"with something behind it", append(bytes.Clone(good.Bytes), 0), "damaged"},
		{"nothing", nil, "damaged"},
		{"a short vector", of(one, id(oidAES256CBC, raw(iv[:15])), iv), "damaged"},
		{"half a block", of(one, aes256, iv[:8]), "damaged"},
		{"no data", of(one, aes256, nil), "damaged"},
		{"no rounds", of(rounds(pbkdf2Params{salt, 0, 0, sha}), aes256, iv), "damaged"},
		{"too many rounds", of(rounds(pbkdf2Params{salt, mostRounds + 1, 0, sha}), aes256, iv), "20000000"},
		{"no salt", of(rounds(pbkdf2Params{nil, 1, 0, sha}), aes256, iv), "damaged"},
		{"another length", of(rounds(pbkdf2Params{salt, 1, 16, sha}), aes256, iv), "damaged"},
		{"another function", of(rounds(pbkdf2Params{salt, 1, 0, id(oidPBES2, null)}), aes256, iv), "HMAC"},
		{"another cipher", of(one, id(oidPBKDF2, raw(iv)), iv), "AES-CBC"},
		{"another derivation", of(id(oidPBES2, null), aes256, iv), "scrypt are read"},
		{"another scheme", marshal(t, encryptedKey{id(oidPBKDF2, null), iv}), "PBES2 is read"},
		{"scrypt, memory", of(memory(scryptParams{salt, 1 << 30, 8, 1, 0}), aes256, iv), "MiB"},
		{"scrypt, overflow", of(memory(scryptParams{salt, 2, 1 << 62, 1 << 62, 0}), aes256, iv), "MiB"},
		{"scrypt, work", of(memory(scryptParams{salt, 1 << 14, 8, 1 << 20, 0}), aes256, iv), "MiB"},
		{"scrypt, no power of two", of(memory(scryptParams{salt, 1000, 8, 1, 0}), aes256, iv), "damaged"},
		{"large", make([]byte, 1<<20), "longer than one of RSA"},
	} {
		got, err := NewOpener([]byte(phrase)).Decrypt(&pem.Block{Type: encryptedType, Bytes: test.der})
		if got != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	legacy := &pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte("x")}
	if _, err := NewOpener([]byte(phrase)).Decrypt(legacy); err == nil || !strings.Contains(err.Error(), "openssl pkcs8") {
		t.Errorf("the old form: %v", err)
	}
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestPadding takes no padding but the right one.
func TestPadding(t *testing.T) {
	for in, want := range map[string]bool{
		"abc\x01": true, "ab\x02\x02": true, "\x04\x04\x04\x04": true,
		"abc\x00": false, "abc\x02": false, "ab\x03\x03": false, "\x05\x05\x05\x05": false,
	} {
		if _, ok := unpad([]byte(in), 4); ok != want {
			t.Errorf("%q: %t", in, ok)
		}
	}
}

// TestOpenSSL exchanges keys with OpenSSL, both ways, in each form that is read.
func TestOpenSSL(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not here")
	}
	run := func(args ...string) []byte {
		t.Helper()
		out, err := exec.Command(tool, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	dir := t.TempDir()
	pass, file, plain := filepath.Join(dir, "pass"), filepath.Join(dir, "key"), filepath.Join(dir, "plain")
	put := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(pass, []byte(phrase+"\n"))
	for name, key := range keysOf(t) {
		put(file, encrypt(t, key))
		public := run("pkey", "-in", file, "-passin", "file:"+pass, "-pubout")
		if want, _ := EncodePublic(key.Public()); !bytes.Equal(public, want) {
			t.Errorf("%s: OpenSSL reads another key:\n%s", name, public)
		}
		put(plain, run("pkey", "-in", file, "-passin", "file:"+pass))
		for _, form := range []string{
			"-v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000", "-v2 aes-128-cbc", "-v2 aes-192-cbc -v2prf hmacWithSHA1",
			"-v2 aes256 -v2prf hmacWithSHA512", "-v2 aes256 -v2prf hmacWithSHA384", "-scrypt", "-scrypt -scrypt_N 16384 -scrypt_r 8 -scrypt_p 8",
		} {
			text := run(append([]string{"pkcs8", "-topk8", "-in", plain, "-passout", "file:" + pass}, strings.Fields(form)...)...)
			got, err := NewOpener([]byte(phrase)).Decrypt(decode(t, text))
			if err != nil || !Same(got.Public(), key.Public()) {
				t.Errorf("%s, openssl pkcs8 -topk8 %s: %v", name, form, err)
			}
			if name != "P-256" {
				break // the forms do not hang on the kind of key
			}
		}
	}
}

// FuzzDecrypt never panics, and opens nothing that was not encrypted with the passphrase.
func FuzzDecrypt(f *testing.F) {
	l := &Lock{salt: []byte("0123456789abcdef"), key: make([]byte, writtenKey)}
	text, err := l.Encrypt(newFuzzKey(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(decode(f, text).Bytes)
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		var outer encryptedKey
		if _, err := asn1.Unmarshal(der, &outer); err != nil {
			return
		}
		s, err := parseScheme(outer.Algorithm)
		if err != nil {
			return
		}
		// Derivation is crypto's own, and slow: what follows it is ours.
		if key, err := openWith(s, outer.Data, make([]byte, 32)); err == nil && key == nil {
			t.Error("neither a key nor an error")
		}
	})
}

func newFuzzKey(f *testing.F) crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	return key
}

// BenchmarkDecrypt is what a run that signs by an encrypted CA waits for.
func BenchmarkDecrypt(b *testing.B) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	block := decode(b, encrypt(b, key))
	for b.Loop() {
		if _, err := NewOpener([]byte(phrase)).Decrypt(block); err != nil {
			b.Fatal(err)
		}
	}
}
