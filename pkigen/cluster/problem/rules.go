package problem

import "maps"

// Text is what one rule says, in one language. The strings are formats for
// Problem.Args and may use indexes (%[1]q) or none. Other answers stand in them by
// their keys in braces, "{certSANs}", since a page calls them by its labels.
type Text struct {
	Severity Severity
	What     string // lower case, no stop
	Why      string // what a cluster would do with it
	Fix      string // what would be accepted: a sentence with capital and stop
}

// texts is the only home of the sentences about answers. The rules stand in
// texts_*.go, by topic.
var texts = map[Code]Text{}

// Texts are all rules with what they say.
func Texts() map[Code]Text { return maps.Clone(texts) }

// Rule is a code with what it says.
func Rule(code Code, severity Severity, what, why, fix string) Code {
	if _, twice := texts[code]; twice {
		panic("problem: two rules are called " + string(code))
	}
	texts[code] = Text{severity, what, why, fix}
	return code
}

// Codes that more than one parser raises, or that other packages raise.
var (
	// Missing: a needed answer is empty. Argument: an example.
	Missing = Rule("missing", Error,
		"an answer is missing",
		"no certificate can be made without it",
		"Write one, for example %[1]s.")
	// ChoiceUnknown: none of the choices. Arguments: the value, the choices as
	// one text.
	ChoiceUnknown = Rule("choice-unknown", Error,
		"%[1]q is not one of the choices",
		"",
		"Write one of: %[2]s.")
	// ChoiceMisspelt: almost one of the choices. Arguments: the value, the choice.
	ChoiceMisspelt = Rule("choice-misspelt", Error,
		"%[1]q is not one of the choices",
		"",
		"Write %[2]s.")
	// CADNEqualsLeaf: the CA has the whole subject of a leaf. Arguments: the
	// common name, the leaf, another common name for the CA.
	CADNEqualsLeaf = Rule("ca-dn-equals-leaf", Error,
		"the CA and the certificate %[2]q have the same subject, common name %[1]q",
		"OpenSSL, curl and Python take a certificate with the subject of its own CA for a self-signed one and refuse it",
		"Give the CA another common name, for example %[3]q.")
	// ProfileUsageMissing: a certificate needs a usage that its profile lacks.
	// Arguments: the profile, the usage, the certificate, its file.
	ProfileUsageMissing = Rule("profile-usage-missing", Error,
		"profile %[1]q lacks the usage %[2]q",
		"the certificate %[3]q (%[4]s) is used for it, and the other side would refuse the connection",
		"Add %[2]q to the usages of the profile.")
	// SANsForOpenSSL and SANsForGo: a server's certificate is too large for clients. Arguments: the
	// certificate, the number of its names, its size and the limit in KiB.
	SANsForOpenSSL = Rule("san-many-openssl", Warning,
		"the certificate %[1]q has %[2]d names and takes about %[3]d KiB",
		"clients that use OpenSSL (curl, Python, nginx) refuse more than %[4]d KiB (excessive message size), though Kubernetes and etcd take it",
		"Name fewer: those that clients dial.")
	SANsForGo = Rule("san-many", Error,
		"the certificate %[1]q has %[2]d names and takes about %[3]d KiB",
		"no component of Kubernetes, and no etcd, takes more than %[4]d KiB in a handshake",
		"Name fewer: those that clients dial.")
	// OneCAForAll: a single CA signs for etcd too. Argument: the layout that has more.
	OneCAForAll = Rule("one-ca-for-all", Warning,
		"one CA signs everything",
		"etcd lets in whoever shows a certificate of its CA and asks no more, so each certificate on a node opens all Secrets",
		"Write %[1]s, unless the files have to match some that exist.")
	// TokenWithoutEnd: the bootstrap token is in a file. Argument: the answer with one
	// that expires.
	TokenWithoutEnd = Rule("token-without-end", Warning,
		"the bootstrap token never expires",
		"whoever has it can become any node until you remove its line and restart every kube-apiserver",
		"Remove it as soon as the last node has joined, or write %[1]s for a token that expires.")
	// CAKeyOnNodes: kube-controller-manager signs. Argument: the nodes, counted.
	CAKeyOnNodes = Rule("ca-key-on-nodes", Warning,
		"the key of the Kubernetes CA lies on %[1]s",
		"whoever reads it there is administrator until there is a new CA on every machine",
		"Let nobody else log in there. Without TLS bootstrapping it is not needed.")
	// AnswerNotUsed: the layout has no use for an answer. Arguments: the value,
	// the layout, the layouts that have one, as one text.
	AnswerNotUsed = Rule("answer-not-used", Warning,
		"%[1]q changes nothing",
		"the layout %[2]s has no use for this answer",
		"Leave it out, or choose the layout %[3]s.")
	// NoneChosen: nothing was chosen of a list.
	NoneChosen = Rule("none-chosen", Error,
		"no certificate is chosen",
		"",
		"Choose one at least.")
	// CertificateUnknown: a word means no certificate of the set. Argument: the word.
	CertificateUnknown = Rule("certificate-unknown", Error,
		"%[1]q is no certificate of this set",
		"",
		"Write a certificate such as master1/apiserver, a kind such as apiserver, a node, or a file.")
	// CertificateMisspelt: almost the name of one. Arguments: the word, the name.
	CertificateMisspelt = Rule("certificate-misspelt", Error,
		"%[1]q is no certificate of this set",
		"",
		"Write %[2]s.")
	// NotRenewable: a word means something that is not renewed. Argument: the
	// sentence that says why.
	NotRenewable = Rule("not-renewable", Error,
		"%[1]s",
		"",
		"Leave it out.")
)
