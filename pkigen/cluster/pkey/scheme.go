package pkey

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// The parts of an encrypted private key (RFC 5958, section 3) in the scheme PBES2
// (RFC 8018, appendix A.4), and the two ways to derive its key (RFC 8018, A.2, and
// RFC 7914, section 7).
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2Params struct{ KDF, Cipher pkix.AlgorithmIdentifier }

	pbkdf2Params struct {
		Salt      []byte
		Rounds    int
		KeyLength int                      `asn1:"optional"`
		PRF       pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	scryptParams struct {
		Salt      []byte
		N, R, P   int
		KeyLength int `asn1:"optional"`
	}
)

var (
	oidPBES2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	oidHMACSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidAES256CBC  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

// ciphers are those that are read, with the length of their keys.
var ciphers = map[string]int{
	"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, oidAES256CBC.String(): 32,
}

// prfs are the functions that PBKDF2 is read with; none is SHA-1 (RFC 8018, A.2).
var prfs = map[string]func() hash.Hash{
	"": sha1.New, "1.2.840.113549.2.7": sha1.New,
	"1.2.840.113549.2.8": sha256.New224, oidHMACSHA256.String(): sha256.New,
	"1.2.840.113549.2.10": sha512.New384, "1.2.840.113549.2.11": sha512.New,
	"1.2.840.113549.2.12": sha512.New512_224, "1.2.840.113549.2.13": sha512.New512_256,
}

// What a file may ask for: a foreign one could else keep us busy for days, or take all
// of the memory.
const (
	mostRounds = 20_000_000
	mostMemory = 1 << 30
	mostScrypt = 1 << 28 // N times r times p; OpenSSL reads up to 2^21 of them
	mostSalt   = 1024
)

var errEnvelope = errors.New("is a damaged private key behind a passphrase")

// scheme is how one key was encrypted, within the limits.
type scheme struct {
	iv     []byte
	how    string // by what the key is derived, and of what length it is
	derive func(passphrase []byte) ([]byte, error)
}

// parseScheme reads how a key was encrypted. Nothing of it is computed yet.
func parseScheme(outer pkix.AlgorithmIdentifier) (*scheme, error) {
	if !outer.Algorithm.Equal(oidPBES2) {
		return nil, fmt.Errorf("is encrypted by %v; PBES2 is read (1.2.840.113549.1.5.13), as openssl pkcs8 -topk8 writes it", outer.Algorithm)
	}
	var p pbes2Params
	if !unmarshal(outer.Parameters, &p) {
		return nil, errEnvelope
	}
	length, known := ciphers[p.Cipher.Algorithm.String()]
	if !known {
		return nil, fmt.Errorf("is encrypted with the cipher %v; AES-CBC is read, as with openssl pkcs8 -topk8 -v2 aes-256-cbc", p.Cipher.Algorithm)
	}
	s := &scheme{how: fmt.Sprint(length, p.KDF.Algorithm) + string(p.KDF.Parameters.FullBytes)}
	if !unmarshal(p.Cipher.Parameters, &s.iv) {
		return nil, errEnvelope
	}
	var err error
	switch kdf := p.KDF; {
	case kdf.Algorithm.Equal(oidPBKDF2):
		s.derive, err = deriveByRounds(kdf.Parameters, length)
	case kdf.Algorithm.Equal(oidScrypt):
		s.derive, err = deriveByMemory(kdf.Parameters, length)
	default:
		err = fmt.Errorf("has a key that is derived by %v; PBKDF2 and scrypt are read", kdf.Algorithm)
	}
	return s, err
}

func unmarshal(from asn1.RawValue, to any) bool {
	rest, err := asn1.Unmarshal(from.FullBytes, to)
	return err == nil && len(rest) == 0
}

// deriveByRounds is PBKDF2.
func deriveByRounds(params asn1.RawValue, length int) (func([]byte) ([]byte, error), error) {
	var p pbkdf2Params
	if !unmarshal(params, &p) || !fits(p.Salt, p.KeyLength, length) || p.Rounds < 1 {
		return nil, errEnvelope
	}
	prf, known := prfs[p.PRF.Algorithm.String()]
	switch {
	case !known:
		return nil, fmt.Errorf("has a key that is derived with %v; HMAC with SHA-1 or SHA-2 is read", p.PRF.Algorithm)
	case p.Rounds > mostRounds:
		return nil, fmt.Errorf("has a key that is derived in %d rounds: more than %d are not made", p.Rounds, mostRounds)
	}
	return func(passphrase []byte) ([]byte, error) {
		return pbkdf2.Key(prf, string(passphrase), p.Salt, p.Rounds, length)
	}, nil
}

// deriveByMemory is scrypt.
func deriveByMemory(params asn1.RawValue, length int) (func([]byte) ([]byte, error), error) {
	var p scryptParams
	if !unmarshal(params, &p) || !fits(p.Salt, p.KeyLength, length) || p.N < 2 || p.N&(p.N-1) != 0 || p.R < 1 || p.P < 1 {
		return nil, errEnvelope
	}
	if p.N > mostMemory/128/p.R || p.P > mostScrypt/p.R/p.N {
		return nil, fmt.Errorf("has a key that is derived by scrypt with N=%d r=%d p=%d: more than %d MiB, or more work, is not spent on it", p.N, p.R, p.P, mostMemory>>20)
	}
	return func(passphrase []byte) ([]byte, error) {
		return scrypt.Key(passphrase, p.Salt, p.N, p.R, p.P, length)
	}, nil
}

// fits reports whether a salt and the length that is said of a key can be meant.
func fits(salt []byte, said, length int) bool {
	return len(salt) > 0 && len(salt) <= mostSalt && (said == 0 || said == length)
}
