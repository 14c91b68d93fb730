package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// certificateTexts are what crypto/x509 and crypto/tls say of certificates and
// keys that they cannot or will not use, whoever signed them.
var certificateTexts = []Entry{
	{
		ID: "weak-rsa-key", Family: X509, Rank: Fault, Where: checked, Fault: "in the key of a certificate or token",
		Texts: []string{`crypto/rsa: <bits>-bit keys are insecure`, `tls: certificate RSA key size too small for supported signature algorithms`},
		Means: "An RSA key is too short. Go refuses keys below 1024 bits since 1.24.",
		Causes: []Cause{{Check: findings.WeakKey, Text: "the key was made with a small size, as old scripts do", Fix: "Make a new key of 2048 bits or more and sign it.",
			Command: "openssl x509 -in FILE -noout -text | grep Public-Key"}},
	},
	{
		ID: "huge-rsa-key", Family: X509, Rank: Fault, Where: checked, Fault: "in the key of the other side's certificate",
		Texts: []string{`tls: server sent certificate containing RSA key larger than <bits> bits`, `tls: client sent certificate containing RSA key larger than <bits> bits`},
		Means: "An RSA key is too long: Go accepts {bits} bits at most in a handshake.",
		Causes: []Cause{{Check: scan.HugeKey, Text: "the key was made with more bits, in the hope of more safety", Fix: "Make a key of 2048 to 4096 bits and sign it.",
			Command: "openssl x509 -in FILE -noout -text | grep Public-Key"}},
	},
	{
		ID: "large-certificate", Family: X509, Rank: Fault, Where: checked, Fault: "in the other side's certificate",
		Texts: []string{`tls: handshake message of length <bytes> bytes exceeds maximum of <most> bytes`, `excessive message size`},
		Means: "The other side sends more certificate than this one takes: OpenSSL takes 102400 bytes, Go 262144.",
		Causes: []Cause{{Check: findings.CertLarge, Text: "the certificate names thousands of addresses or names", Fix: "Make it again with fewer names: those that clients dial.",
			Command: showSANs}},
	},
	{
		ID: "san-bytes", Family: X509, Rank: Fault, Where: checked, Fault: "in the certificate that could not be read",
		Texts: []string{`x509: cannot parse IP address of length <bytes>`},
		Means: "An address in the certificate has {bytes} bytes; an address has 4 or 16. A network was written as a host.",
		Causes: []Cause{{Check: findings.SANIsNetwork, Text: "a network such as IP:192.168.214.0/24 was given as a name (Ansible and OpenSSL accept it)",
			Fix: "Write each address on its own and make the certificate again.", Command: showSANs}},
	},
	{
		ID: "cert-unreadable", Family: X509, Rank: Fault, Where: checked, Fault: "in the certificate that could not be read",
		Texts: []string{
			`tls: failed to parse certificate from server`, `tls: failed to parse client certificate`,
			`x509: malformed certificate`, `x509: malformed tbs certificate`, `x509: malformed serial number`,
			`x509: malformed extension`, `x509: malformed signature`, `x509: malformed spki`, `x509: malformed validity`, `x509: malformed UTCTime`,
			`x509: malformed issuer`, `x509: malformed subjectPublicKey`, `x509: malformed public key algorithm identifier`, `x509: malformed GeneralizedTime`, `x509: malformed version`, `x509: malformed subject`, `x509: malformed algorithm identifier`, `x509: inner and outer signature algorithm identifiers don't match`,
			`x509: invalid basic constraints`, `x509: invalid key usage`, `x509: invalid extended key usages`, `x509: invalid authority key identifier`, `x509: invalid subject key identifier`, `x509: invalid version`, `x509: RSA key missing NULL parameters`, `x509: invalid RSA modulus`, `x509: invalid RSA public key`,
			`x509: invalid RDNSequence: invalid attribute value`, `x509: invalid RDNSequence`,
			`x509: certificate contains duplicate extension with OID "<id>"`, `x509: unsupported elliptic curve`, `x509: trailing data`,
		},
		Means: "A certificate is there, but Go cannot read it: its bytes are damaged, or it was made by a program that keeps the rules less strictly.",
		Causes: []Cause{
			{Check: scan.PEMBroken, Text: "the file was damaged on its way: cut off, or changed by an editor or by copy and paste", Fix: "Copy the file again, byte by byte (scp, not a terminal).", Command: "openssl x509 -in FILE -noout -text"},
			{Text: "a program that keeps the rules less strictly made it", Fix: "Make the certificate again with another program, such as cfssl or a newer OpenSSL."},
		},
	},
	{
		ID: "negative-serial", Family: X509, Rank: Fault, Where: checked, Fault: "in the certificate: its serial number. The file is whole",
		Texts: []string{`x509: negative serial number`, `tls: failed to parse certificate from server: x509: negative serial number`, `tls: failed to parse client certificate: x509: negative serial number`, `x509: serial number too long`, `x509: serial number must be positive`},
		Means: "The certificate's serial number is negative (or too long). Go refuses such certificates since 1.23; older programs accept them.",
		Causes: []Cause{
			{Text: "the program that issued it drew the number at random and did not keep it positive", Fix: "Have the certificate issued again, with a positive serial number of at most 20 bytes.", Command: "openssl x509 -in FILE -noout -serial"},
			{Text: "it is the CA's own certificate", Fix: "Make the CA's certificate again from the same key; until then programs in Go need GODEBUG=x509negativeserial=1.", Command: "openssl x509 -in CA -noout -serial"},
		},
	},
	{
		ID: "san-malformed", Family: X509, Rank: Fault, Where: checked, Fault: "in the certificate: one of its SANs is no name. The file is whole",
		Texts: []string{
			`x509: SAN dNSName is malformed`, `x509: SAN rfc822Name is malformed`, `x509: SAN uniformResourceIdentifier is malformed`, `x509: cannot parse dnsName "<dnsname>"`, `x509: cannot parse rfc822Name "<dnsname>"`, `x509: cannot parse URI "<dnsname>"`,
			`x509: invalid subject alternative names`, `x509: invalid subject alternative name`,
			`tls: failed to parse certificate from server: x509: SAN dNSName is malformed`, `tls: failed to parse client certificate: x509: SAN dNSName is malformed`, `tls: failed to parse certificate from server: x509: cannot parse dnsName "<dnsname>"`, `tls: failed to parse client certificate: x509: cannot parse dnsName "<dnsname>"`,
			`tls: failed to parse certificate from server: x509: SAN rfc822Name is malformed`, `tls: failed to parse certificate from server: x509: SAN uniformResourceIdentifier is malformed`, `tls: failed to parse certificate from server: x509: invalid subject alternative names`,
			`x509: "<dnsname>" cannot be encoded as an IA5String`, `x509: cannot parse dnsName`, `x509: cannot parse rfc822Name`, `x509: cannot parse URI`,
			`tls: failed to parse certificate from server: x509: cannot parse dnsName`, `tls: failed to parse client certificate: x509: cannot parse dnsName`,
		},
		Means: "A SAN of the certificate is no host name: {dnsname}. Go reads such a certificate not at all, whatever its other names.",
		Causes: []Cause{
			{Check: findings.SANIsPort, Text: "a blank, a line break or two names stand in one SAN: a line of the OpenSSL configuration ran into the next", Fix: "Write one host name in each entry (DNS.1, DNS.2, ...), and make the certificate again.", Command: showSANs},
			{Check: findings.SANNone, Text: "a name in it has letters beyond ASCII, an empty label or a wildcard in the middle", Fix: "Write such names in their xn-- form, and make the certificate again."},
		},
	},
	{
		ID: "critical-extension", Family: X509, Rank: Fault, Where: checked, Fault: "in the certificate that was refused",
		Texts:  []string{`x509: unhandled critical extension`},
		Means:  "The certificate, or a CA above it, has an extension that is marked critical and that Go does not know.",
		Causes: []Cause{{Text: "a company's CA added it", Fix: "Have the certificate made without it.", Command: "openssl x509 -in FILE -noout -text | grep critical"}},
	},
	{
		ID: "issuer-key", Family: X509, Rank: Fault, Side: Alone, Where: ownFiles, Fault: "in the pair of the CA: its key is not that of its certificate",
		Texts: []string{`x509: provided PrivateKey doesn't match parent's PublicKey`},
		Means: "The CA cannot sign: its key file does not belong to its certificate.",
		Causes: []Cause{
			{Check: findings.KeyMismatch, Text: "certificate and key are of two generations of the CA, or of two CAs", Fix: "Put both files of one CA there.",
				Command: "openssl x509 -in CA -noout -pubkey | openssl sha256; openssl pkey -in KEY -pubout | openssl sha256"},
		},
	},
	{
		ID: "macos-untrusted", Family: X509, Rank: Fault, Side: Client, Where: checked,
		Texts: []string{`x509: "<cn>" certificate is not trusted`, `x509: "<cn>" certificate is not standards compliant`},
		Means: "macOS was asked whether it trusts the certificate, and it does not. Go asks it only where no CA was named.",
		Fault: "in the kubeconfig or flag of the side that dialled: it names no CA",
		Causes: []Cause{
			{Check: scan.ConfigBroken, Text: "the kubeconfig has no certificate-authority", Fix: "Set certificate-authority-data to the cluster's CA.",
				Command: "kubectl config set-cluster NAME --certificate-authority=CA --embed-certs=true"},
		},
	},
}
