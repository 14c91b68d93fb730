package pkey

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// The lengths of a passphrase, in bytes: OpenSSL reads no longer one, and a shorter one is
// found by trying.
const (
	leastPassphrase = 8
	MostPassphrase  = 1023
)

// CheckPassphrase says why a passphrase is not to be used for new keys.
func CheckPassphrase(p []byte) error {
	switch {
	case len(p) < leastPassphrase:
		return fmt.Errorf("the passphrase has %d characters: write at least %d, better five words", len(p), leastPassphrase)
	case len(p) > MostPassphrase:
		return fmt.Errorf("the passphrase has more than %d characters, which OpenSSL does not read", MostPassphrase)
	}
	return nil
}

// passphraseLetters are 32 that nobody takes for one another on paper.
const passphraseLetters = "abcdefghijkmnpqrstuvwxyz23456789"

// NewPassphrase makes a passphrase of 120 random bits, in groups that can be written down.
func NewPassphrase() string {
	const groups, size = 6, 4
	var random [groups * size]byte
	_, _ = rand.Read(random[:]) // never fails
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%size == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(passphraseLetters[int(r)%len(passphraseLetters)])
	}
	return b.String()
}
