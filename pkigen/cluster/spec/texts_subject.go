package spec

// Codes on the CA's subject and on keys.
const (
	subjectLong   Code = "subject-too-long"
	countryForm   Code = "country-two-letters"
	countryCase   Code = "country-upper-case"
	keyUnknown    Code = "key-algorithm-unknown"
	keyMisspelt   Code = "key-algorithm-misspelt"
	keyEd25519    Code = "key-algorithm-ed25519"
	keyWeak       Code = "key-algorithm-weak"
	keyNotOffered Code = "key-algorithm-not-offered"
)

var subjectTexts = map[Code]text{
	subjectLong: {Error,
		"%[1]q has %[2]d characters",
		"RFC 5280 allows %[3]d here, and OpenSSL makes no request beyond it",
		"Write a shorter value.",
	},
	countryForm: {Error,
		"%[1]q is not a country code",
		"the C of a certificate is exactly two letters",
		"Write the two letters of ISO 3166, such as CN or DE, or nothing.",
	},
	countryCase: {Error,
		"%[1]q is a country code in lower case",
		"ISO 3166 has capital letters, and names of certificates are compared letter by letter",
		"Write %[2]s.",
	},
	keyUnknown: {Error,
		"%[1]q is not a key algorithm",
		"keys are made by it",
		"Write one of: %[2]s.",
	},
	keyMisspelt: {Error,
		"%[1]q is not a key algorithm",
		"it has to be written as in kubeadm's encryptionAlgorithm",
		"Write %[2]s.",
	},
	keyEd25519: {Error,
		"%[1]q is not offered",
		"kube-apiserver signs no service account token with it, kubeadm does not take it, and OpenSSL cannot read cfssl's file of it",
		"Write %[2]s, which is as fast.",
	},
	keyWeak: {Error,
		"%[1]q is too short",
		"cfssl and current TLS libraries refuse RSA keys under 2048 bits",
		"Write %[2]s.",
	},
	keyNotOffered: {Error,
		"%[1]q is not offered",
		"kubeadm does not take it, and it makes each handshake slower",
		"Write %[2]s.",
	},
}
