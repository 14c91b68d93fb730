package pkey

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
)

// encryptedType is the label of a private key in PKCS #8 behind a passphrase.
const encryptedType = "ENCRYPTED PRIVATE KEY"

// What is written: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC, which OpenSSL,
// GnuTLS and step read (scrypt GnuTLS does not, HMAC-SHA-512 step does not). The rounds
// are what OWASP asks for; OpenSSL's own 2,048 are no obstacle any more.
const (
	writtenRounds = 600_000
	writtenSalt   = 16
	writtenKey    = 32
)

// ErrPassphrase is the error for a key that a passphrase does not open. AES-CBC has no
// seal, so that a wrong passphrase and a damaged file look the same.
var ErrPassphrase = errors.New("the passphrase does not open it: it is another one, or the file is damaged")

// ErrLocked is the error for what has to be signed by a key behind a passphrase.
var ErrLocked = errors.New("its signer's private key is behind a passphrase, and was not opened")

// A Lock encrypts private keys with one passphrase. Deriving a key from a passphrase is
// meant to be slow, so keys that are encrypted at one time share the derivation and its
// salt; each has an initialisation vector of its own.
type Lock struct {
	salt, key []byte
}

// NewLock derives from a passphrase what encrypts with it.
func NewLock(passphrase []byte) (*Lock, error) {
	l := &Lock{salt: make([]byte, writtenSalt)}
	if len(passphrase) == 0 {
		return nil, errors.New("the passphrase is empty")
	}
	_, err := rand.Read(l.salt)
	if err == nil {
		l.key, err = pbkdf2.Key(sha256.New, string(passphrase), l.salt, writtenRounds, writtenKey)
	}
	if err != nil {
		return nil, fmt.Errorf("derive a key from the passphrase: %w", err)
	}
	return l, nil
}

// Encrypt is the PEM text of a private key that only the passphrase opens.
func (l *Lock) Encrypt(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, errPrivate
	}
	block, err := aes.NewCipher(l.key)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, block.BlockSize())
	if _, err := rand.Read(iv); err != nil {
		return nil, err
	}
	pad := block.BlockSize() - len(der)%block.BlockSize()
	data := append(der, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	out, err := l.envelope(iv, data)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: encryptedType, Bytes: out}), nil
}

// envelope says how the data was encrypted, in DER.
func (l *Lock) envelope(iv, data []byte) ([]byte, error) {
	params, err := marshalAll(
		pbkdf2Params{Salt: l.salt, Rounds: writtenRounds, PRF: pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256, Parameters: asn1.NullRawValue}},
		iv)
	if err != nil {
		return nil, err
	}
	scheme, err := asn1.Marshal(pbes2Params{
		KDF:    pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2, Parameters: asn1.RawValue{FullBytes: params[0]}},
		Cipher: pkix.AlgorithmIdentifier{Algorithm: oidAES256CBC, Parameters: asn1.RawValue{FullBytes: params[1]}},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(encryptedKey{pkix.AlgorithmIdentifier{Algorithm: oidPBES2, Parameters: asn1.RawValue{FullBytes: scheme}}, data})
}

func marshalAll(values ...any) (out [][]byte, err error) {
	for _, v := range values {
		der, err := asn1.Marshal(v)
		if err != nil {
			return nil, err
		}
		out = append(out, der)
	}
	return out, nil
}

// An Opener opens private keys with one passphrase. What is derived from it is kept, so
// that keys which were encrypted together cost one derivation. It is for one goroutine.
type Opener struct {
	passphrase []byte
	derived    map[string][]byte // by how
}

// NewOpener is for one passphrase.
func NewOpener(passphrase []byte) *Opener {
	return &Opener{passphrase: passphrase, derived: map[string][]byte{}}
}

// Decrypt opens a private key in PKCS #8. The error is ErrPassphrase where the
// passphrase does not open it; others say what the key is encrypted with instead of
// what is read, and never quote anything of it.
func (o *Opener) Decrypt(b *pem.Block) (crypto.Signer, error) {
	if b.Type != encryptedType {
		return nil, errors.New(`is in an old form (RFC 1421) whose passphrase is no obstacle: write it anew with "openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000"`)
	}
	if len(b.Bytes) > mostPrivateDER+1024 {
		return nil, &SizeError{}
	}
	var outer encryptedKey
	if rest, err := asn1.Unmarshal(b.Bytes, &outer); err != nil || len(rest) > 0 {
		return nil, errEnvelope
	}
	scheme, err := parseScheme(outer.Algorithm)
	if err != nil {
		return nil, err
	}
	key := o.derived[scheme.how]
	if key == nil {
		if key, err = scheme.derive(o.passphrase); err != nil {
			return nil, err
		}
		o.derived[scheme.how] = key
	}
	return openWith(scheme, outer.Data, key)
}

// openWith opens the data with the key that was derived for it.
func openWith(s *scheme, sealed, key []byte) (crypto.Signer, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(s.iv) != aes.BlockSize || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, errEnvelope
	}
	data := bytes.Clone(sealed)
	cipher.NewCBCDecrypter(block, s.iv).CryptBlocks(data, data)
	der, ok := unpad(data, aes.BlockSize)
	if !ok {
		return nil, ErrPassphrase
	}
	signer, err := ParsePrivate(der)
	if errors.Is(err, errPrivate) {
		return nil, ErrPassphrase // one padding in 256 is right by chance
	}
	return signer, err
}

// unpad takes the padding off (RFC 8018, 6.1.1): as many bytes as each of them says.
func unpad(data []byte, size int) ([]byte, bool) {
	n := int(data[len(data)-1])
	if n == 0 || n > size || n > len(data) {
		return nil, false
	}
	at := len(data) - n
	for _, b := range data[at:] {
		if int(b) != n {
			return nil, false
		}
	}
	return data[:at], true
}
