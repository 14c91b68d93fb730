package spec

// Codes on the CA's subject and on keys.
var (
	subjectLong = rule("subject-too-long", Error,
		"%[1]q has %[2]d characters",
		"RFC 5280 allows %[3]d here, and OpenSSL makes no request beyond it",
		"Write a shorter value.")
	countryForm = rule("country-two-letters", Error,
		"%[1]q is not a country code",
		"the C of a certificate is exactly two letters",
		"Write the two letters of ISO 3166, such as CN or DE, or nothing.")
	countryCase = rule("country-upper-case", Error,
		"%[1]q is a country code in lower case",
		"ISO 3166 has capital letters, and names of certificates are compared letter by letter",
		"Write %[2]s.")
	keyUnknown = rule("key-algorithm-unknown", Error,
		"%[1]q is not a key algorithm",
		"keys are made by it",
		"Write one of: %[2]s.")
	keyMisspelt = rule("key-algorithm-misspelt", Error,
		"%[1]q is not a key algorithm",
		"it has to be written as in kubeadm's encryptionAlgorithm",
		"Write %[2]s.")
	keyEd25519 = rule("key-algorithm-ed25519", Error,
		"%[1]q is not offered",
		"kube-apiserver signs no service account token with it, kubeadm does not take it, and OpenSSL cannot read cfssl's file of it",
		"Write %[2]s, which is as fast.")
	keyWeak = rule("key-algorithm-weak", Error,
		"%[1]q is too short",
		"cfssl and current TLS libraries refuse RSA keys under 2048 bits",
		"Write %[2]s.")
	keyNotOffered = rule("key-algorithm-not-offered", Error,
		"%[1]q is not offered",
		"kubeadm does not take it, and it makes each handshake slower",
		"Write %[2]s.")
)
