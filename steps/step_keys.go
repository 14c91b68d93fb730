package steps

import (
	"time"

	"certwright/pkigen/cluster/spec"
)

// AlgorithmKey is the answer that says what kind of private keys are made.
const AlgorithmKey = "encryptionAlgorithm"

// CAKeysKey is the answer that says whether the private keys of the CAs lie behind a
// passphrase with the operator.
const CAKeysKey = "caKeys"

// The two answers of it.
const (
	PlainKeys     = "plain"     // whoever reads the file has the CA
	EncryptedKeys = "encrypted" // a run asks for the passphrase where that CA signs
)

// caExpiryKey is the answer that says how long the CA lives.
const caExpiryKey = "ca.expiry"

func keysStep() Step {
	return Step{
		Key:   "keys",
		Title: "Keys",
		Intro: "The kind of private key, and how long the CA lives",
		When:  Making,
		Questions: []Field{
			{
				Key: AlgorithmKey, Label: "Private keys", Kind: Choice,
				Default: fixed(string(spec.RSA2048)),
				Options: func(*Answers) []Option {
					var out []Option
					for _, alg := range spec.KeyAlgorithms {
						out = append(out, Option{string(alg), string(alg), keyTexts[alg]})
					}
					return out
				},
			},
			{
				Key: caExpiryKey, Label: "CA lifetime",
				Default: fixed("87600h"), Example: "87600h, 3650d or 10y",
				Means: func(c *spec.Cluster, now time.Time) string {
					return ends(c.CA.Expiry, now)
				},
			},
			{
				Key: CAKeysKey, Label: "CA keys", Kind: Choice,
				Default: fixed(PlainKeys), When: perNode, Options: caKeyOptions,
			},
		},
		Shows: shows(isAuthority, isKeyPair),
	}
}

// caKeyOptions say what a passphrase is worth, and where a copy without one has to lie.
func caKeyOptions(a *Answers) []Option {
	encrypted := "A stolen copy of the directory makes no certificates. Each run that signs asks for the passphrase; whoever loses it needs new CAs."
	if a != nil && a.Get(signKey) == yes {
		encrypted += " kube-controller-manager reads no such key: its copy of ca.key on the control-plane nodes stays plain."
	}
	return []Option{
		{PlainKeys, "plain, for their owner alone (0600)", "Nothing is asked. Whoever gets the files, or a backup of this disk, is the CA until there is a new one."},
		{EncryptedKeys, "behind a passphrase", encrypted},
	}
}

// keyTexts are the trade-offs of the algorithms that are offered.
var keyTexts = map[spec.KeyAlgorithm]string{
	spec.RSA2048:   "kubeadm's default: every tool takes it. Good enough until about 2030.",
	spec.RSA3072:   "As strong as P-256. Slower to make and to sign with; signatures are SHA-384.",
	spec.RSA4096:   "More margin for a CA that lives long. Seconds to make, slow handshakes; signatures are SHA-512.",
	spec.ECDSAP256: "Strong, small, made at once, and the fastest handshakes. Every Kubernetes component takes it.",
	spec.ECDSAP384: "As P-256 with more margin. Slower, seldom needed.",
}
