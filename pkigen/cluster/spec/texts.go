package spec

import "maps"

// text is what one rule says, in one language. The strings are formats for
// Problem.Args and may use indexes (%[1]q) or none. Other answers stand in them by
// their keys in braces, "{certSANs}", since a page calls them by its labels.
type text struct {
	severity Severity
	what     string // lower case, no stop
	why      string // what a cluster would do with it
	fix      string // what would be accepted: a sentence with capital and stop
}

// texts is the only home of the sentences about answers. The topics stand in
// texts_*.go, each beside its codes.
var texts = join(commonTexts, hostTexts, nodeTexts, networkTexts, subjectTexts, profileTexts, treeTexts, adoptedTexts)

func join(topics ...map[Code]text) map[Code]text {
	all := map[Code]text{}
	for _, t := range topics {
		maps.Copy(all, t)
	}
	return all
}

// Codes that more than one parser raises, or that packages above spec raise.
const (
	// Missing: a needed answer is empty. Argument: an example.
	Missing Code = "missing"
	// ChoiceUnknown: none of the choices. Arguments: the value, the choices as
	// one text.
	ChoiceUnknown Code = "choice-unknown"
	// ChoiceMisspelt: almost one of the choices. Arguments: the value, the choice.
	ChoiceMisspelt Code = "choice-misspelt"
	// CADNEqualsLeaf: the CA has the whole subject of a leaf. Arguments: the
	// common name, the leaf, another common name for the CA.
	CADNEqualsLeaf Code = "ca-dn-equals-leaf"
	// ProfileUsageMissing: a certificate needs a usage that its profile lacks.
	// Arguments: the profile, the usage, the certificate, its file.
	ProfileUsageMissing Code = "profile-usage-missing"

	// SANsForOpenSSL and SANsForGo: a server's certificate is too large for clients. Arguments: the
	// certificate, the number of its names, its size and the limit in KiB.
	SANsForOpenSSL Code = "san-many-openssl"
	SANsForGo      Code = "san-many"

	// AnswerNotUsed: the layout has no use for an answer. Arguments: the value,
	// the layout, the layouts that have one, as one text.
	AnswerNotUsed Code = "answer-not-used"

	// NoneChosen: nothing was chosen of a list.
	NoneChosen Code = "none-chosen"
	// CertificateUnknown: a word means no certificate of the set. Argument: the word.
	CertificateUnknown Code = "certificate-unknown"
	// CertificateMisspelt: almost the name of one. Arguments: the word, the name.
	CertificateMisspelt Code = "certificate-misspelt"
	// NotRenewable: a word means something that is not renewed. Argument: the
	// sentence that says why.
	NotRenewable Code = "not-renewable"

	notUTF8       Code = "text-not-utf8"
	charInvisible Code = "text-invisible-character"
	oneLineOnly   Code = "text-several-lines"
)

var commonTexts = map[Code]text{
	Missing: {Error,
		"an answer is missing",
		"no certificate can be made without it",
		"Write one, for example %[1]s.",
	},
	ChoiceUnknown: {Error,
		"%[1]q is not one of the choices",
		"",
		"Write one of: %[2]s.",
	},
	ChoiceMisspelt: {Error,
		"%[1]q is not one of the choices",
		"",
		"Write %[2]s.",
	},
	CADNEqualsLeaf: {Error,
		"the CA and the certificate %[2]q have the same subject, common name %[1]q",
		"OpenSSL, curl and Python take a certificate with the subject of its own CA for a self-signed one and refuse it",
		"Give the CA another common name, for example %[3]q.",
	},
	ProfileUsageMissing: {Error,
		"profile %[1]q lacks the usage %[2]q",
		"the certificate %[3]q (%[4]s) is used for it, and the other side would refuse the connection",
		"Add %[2]q to the usages of the profile.",
	},
	SANsForOpenSSL: {Warning,
		"the certificate %[1]q has %[2]d names and takes about %[3]d KiB",
		"clients that use OpenSSL (curl, Python, nginx) refuse more than %[4]d KiB (excessive message size), though Kubernetes and etcd take it",
		"Name fewer: those that clients dial.",
	},
	SANsForGo: {Error,
		"the certificate %[1]q has %[2]d names and takes about %[3]d KiB",
		"no component of Kubernetes, and no etcd, takes more than %[4]d KiB in a handshake",
		"Name fewer: those that clients dial.",
	},
	AnswerNotUsed: {Warning,
		"%[1]q changes nothing",
		"the layout %[2]s has no use for this answer",
		"Leave it out, or choose the layout %[3]s.",
	},
	NoneChosen: {Error,
		"no certificate is chosen",
		"",
		"Choose one at least.",
	},
	CertificateUnknown: {Error,
		"%[1]q is no certificate of this set",
		"",
		"Write a certificate such as master1/apiserver, a kind such as apiserver, a node, or a file.",
	},
	CertificateMisspelt: {Error,
		"%[1]q is no certificate of this set",
		"",
		"Write %[2]s.",
	},
	NotRenewable: {Error,
		"%[1]s",
		"",
		"Leave it out.",
	},
	notUTF8: {Error,
		"%[1]q has bytes that are not UTF-8 text",
		"cfssl stops on it, and no certificate may hold it",
		"Write it again, in UTF-8.",
	},
	charInvisible: {Error,
		"%[1]q has a character that cannot be seen, %[2]s",
		"two values that look alike would differ",
		"Write it again by hand, without this character.",
	},
	oneLineOnly: {Error,
		"%[1]q has more than one line",
		"it is one value, and certificates and files hold it on one line",
		"Write it on one line.",
	},
}
