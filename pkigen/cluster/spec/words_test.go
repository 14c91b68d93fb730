package spec

import (
	"crypto/x509"
	"testing"

	"certwright/pkigen/cluster/usage"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 files", 1: "1 file", 2: "2 files"} {
		if got := Count(n, "file", "files"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// TestUsageWords reads the table in the other direction: every bit has a word,
// and the word makes the bit again.
func TestUsageWords(t *testing.T) {
	for bit := x509.KeyUsage(1); bit <= x509.KeyUsageDecipherOnly; bit <<= 1 {
		if key, ext, unknown := usage.Bits([]string{usage.KeyWord(bit)}); key != bit || len(ext)+len(unknown) > 0 {
			t.Errorf("bit %d has the word %q", bit, usage.KeyWord(bit))
		}
	}
	for _, u := range usage.Table {
		if u.Key != 0 {
			continue
		}
		word, ok := usage.ExtWord(u.Ext)
		if _, ext, _ := usage.Bits([]string{word}); !ok || len(ext) != 1 || ext[0] != u.Ext {
			t.Errorf("%q: word %q", u.Word, word)
		}
	}
	if got := usage.KeyWord(x509.KeyUsageDigitalSignature); got != "signing" {
		t.Errorf("of two words for one bit %q is taken", got)
	}
	if word, ok := usage.ExtWord(x509.ExtKeyUsageMicrosoftKernelCodeSigning); ok {
		t.Errorf("a usage that cfssl does not know has the word %q", word)
	}
}

func TestKeyAlgorithmForCFSSL(t *testing.T) {
	for _, a := range KeyAlgorithms {
		if algo, size := a.CFSSL(); algo == "" || size == 0 {
			t.Errorf("%s is no algorithm of cfssl", a)
		}
	}
	if algo, size := KeyAlgorithm("Ed25519").CFSSL(); algo != "" || size != 0 {
		t.Errorf("Ed25519 is %q, %d", algo, size)
	}
}
