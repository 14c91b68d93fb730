package spec

import "certwright/pkigen/cluster/problem"

// Codes on the CA's subject and on keys.
var (
	subjectLong = problem.Rule("subject-too-long", problem.Error,
		"%[1]q has %[2]d characters",
		"RFC 5280 allows %[3]d here, and OpenSSL makes no request beyond it",
		"Write a shorter value.")
	countryForm = problem.Rule("country-two-letters", problem.Error,
		"%[1]q is not a country code",
		"the C of a certificate is exactly two letters",
		"Write the two letters of ISO 3166, such as CN or DE, or nothing.")
	countryCase = problem.Rule("country-upper-case", problem.Error,
		"%[1]q is a country code in lower case",
		"ISO 3166 has capital letters, and names of certificates are compared letter by letter",
		"Write %[2]s.")
	keyUnknown = problem.Rule("key-algorithm-unknown", problem.Error,
		"%[1]q is not a key algorithm",
		"keys are made by it",
		"Write one of: %[2]s.")
	keyMisspelt = problem.Rule("key-algorithm-misspelt", problem.Error,
		"%[1]q is not a key algorithm",
		"it has to be written as in kubeadm's encryptionAlgorithm",
		"Write %[2]s.")
	keyEd25519 = problem.Rule("key-algorithm-ed25519", problem.Error,
		"%[1]q is not offered",
		"kube-apiserver signs no service account token with it, kubeadm does not take it, and OpenSSL cannot read cfssl's file of it",
		"Write %[2]s, which is as fast.")
	keyWeak = problem.Rule("key-algorithm-weak", problem.Error,
		"%[1]q is too short",
		"cfssl and current TLS libraries refuse RSA keys under 2048 bits",
		"Write %[2]s.")
	keyNotOffered = problem.Rule("key-algorithm-not-offered", problem.Error,
		"%[1]q is not offered",
		"kubeadm does not take it, and it makes each handshake slower",
		"Write %[2]s.")
)
