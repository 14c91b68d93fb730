package explain

import "certwright/pkigen/judging/findings"

// sslChecked is where for OpenSSL's checks, in curl, nginx, Python and so on.
var sslChecked = places{
	any: where{
		"a program with OpenSSL or a library like it: the side that checks",
		"in the chain of the certificate that was shown, or in the CA file of the side that checks",
		"openssl verify with the CA file of the side that checks: it names the certificate that it stops at",
		"",
	},
}

const verifyStrictly = "openssl verify -x509_strict -show_chain -CAfile CA FILE"

var otherTexts = []Entry{
	{
		ID: "openssl-self-signed", Family: Other, Rank: Fault, Side: Client, Where: sslChecked,
		Texts: []string{
			`SSL certificate problem: self-signed certificate in certificate chain`, `SSL certificate problem: self signed certificate in certificate chain`,
			`verify error:num=19:self-signed certificate in certificate chain`, `verify error:num=19:self signed certificate in certificate chain`,
			`error 19 at <number> depth lookup`, `certificate verify failed: self-signed certificate in certificate chain`, `certificate verify failed: self signed certificate in certificate chain`,
			`certificate verify error: (19:self-signed certificate in certificate chain)`, `certificate verify error: (19:self signed certificate in certificate chain)`,
		},
		Means: "The chain ends at a CA that signed itself, as CAs do, but the side that checks does not trust that CA.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "the program was told another CA, or none (curl --cacert, SSL_CERT_FILE)", Fix: "Name the CA that signed the certificate.", Command: "curl --cacert CA https://{server}/"},
		},
	},
	{
		ID: "openssl-leaf-as-ca", Family: Other, Rank: Fault, Side: Client, Where: sslChecked,
		Texts: []string{
			`SSL certificate problem: self-signed certificate`, `SSL certificate problem: self signed certificate`,
			`verify error:num=18:self-signed certificate`, `verify error:num=18:self signed certificate`, `error 18 at <number> depth lookup`,
			`certificate verify failed: self-signed certificate`, `certificate verify failed: self signed certificate`,
			`certificate verify error: (18:self-signed certificate)`, `certificate verify error: (18:self signed certificate)`, `DEPTH_ZERO_SELF_SIGNED_CERT`,
		},
		Means: "OpenSSL takes the server's certificate for one that signed itself: its subject is equal to its issuer's. Programs written in Go, such as kubectl, may accept it all the same.",
		Fault: "in the certificate that was shown: its name",
		Causes: []Cause{
			{Check: findings.LeafNamedAsCA, Text: "the certificate has exactly the subject of the CA that signed it (CN=kubernetes twice)", Fix: "Make it again with another CN than the CA's; the CA stays.", Command: "openssl x509 -in FILE -noout -subject -issuer"},
			{Check: findings.UnknownSigner, Text: "it did sign itself: a kubelet's or another program's own make-up", Fix: "Have it signed by the cluster's CA."},
		},
	},
	{
		ID: "openssl-no-issuer", Family: Other, Rank: Fault, Side: Client, Where: sslChecked,
		Texts: []string{
			`unable to get local issuer certificate`, `unable to get issuer certificate`, `unable to verify the first certificate`,
			`unable to find valid certification path to requested target`, `SEC_ERROR_UNKNOWN_ISSUER`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `peer certificate cannot be authenticated with given CA certificates`,
			`ERR_CERT_AUTHORITY_INVALID`,
		},
		Means: "The CA that signed the certificate is not among those that the side that checks was told.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "the program was told another CA, or none (curl --cacert, SSL_CERT_FILE)", Fix: "Name the CA that signed the certificate.", Command: verifyStrictly},
			{Check: findings.CertMissing, Text: "an intermediate CA is not sent along, or only the intermediate is trusted; OpenSSL wants the whole chain up to the root", Fix: "Append the intermediate CA to the server's certificate, and trust the root.", Command: "openssl s_client -connect {server} -showcerts </dev/null"},
		},
	},
	{
		ID: "openssl-refused", Family: Other, Rank: Around, Side: Client, Where: sslChecked,
		Texts: []string{`SSL routines::certificate verify failed`, `SSL routines:tls_process_server_certificate:certificate verify failed`, `SSL routines:tls_post_process_server_certificate:certificate verify failed`, `SSL3_GET_SERVER_CERTIFICATE:certificate verify failed`},
		Means: "OpenSSL refused the certificate that was shown, and this line does not say why: the lines beside it may.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "the CA that signed it is not among those that the program was told", Fix: "Name the CA that signed the certificate.", Command: "openssl s_client -connect {server} -CAfile CA </dev/null"},
			{Check: findings.Expired, Text: "it has expired, or the CA has", Fix: "Renew it with the same CA and restart the program that shows it.", Command: showDay},
			{Check: findings.LeafNamedAsCA, Text: "it has exactly the subject of the CA that signed it", Fix: "Make it again with another CN than the CA's; the CA stays.", Command: "openssl x509 -in FILE -noout -subject -issuer"},
		},
	},
	{
		ID: "openssl-ca-invalid", Family: Other, Rank: Fault, Side: Client, Where: sslChecked,
		Texts: []string{
			`SSL certificate problem: invalid CA certificate`, `verify error:num=24`, `error 24 at <number> depth lookup`, `error 79 at <number> depth lookup`, `verify error:num=79`, `CA cert does not include key usage extension`,
			`Missing Authority Key Identifier`, `Basic Constraints of CA cert not marked critical`,
		},
		Means: "The signer is no CA in OpenSSL's eyes, or the chain breaks a strict rule (Python 3.13 checks strictly).",
		Causes: []Cause{
			{Check: findings.NotACA, Text: "a certificate that is no CA stands in the CA file", Fix: "Put the CA there.", Command: verifyStrictly},
			{Check: findings.CACannotSign, Text: "the CA was made without keyCertSign, or the certificate without an authority key id", Fix: "Make it again with certwright or cfssl's CA profile.", Command: verifyStrictly},
		},
	},
	{
		ID: "openssl-expired", Family: Other, Rank: Fault, Side: Client, Where: sslChecked,
		Texts: []string{
			`SSL certificate problem: certificate has expired`, `verify error:num=10`, `error 10 at <number> depth lookup`, `certificate verify failed: certificate has expired`,
			`certificate verify error: (10:certificate has expired)`, `CERT_HAS_EXPIRED`, `ERR_CERT_DATE_INVALID`, `SEC_ERROR_EXPIRED_CERTIFICATE`,
		},
		Means:  "The certificate has expired, or a CA above it.",
		Causes: []Cause{expiredCause, expiredCA},
	},
	{
		ID: "openssl-not-yet", Family: Other, Rank: Fault, Side: Client, Where: sslChecked,
		Texts:  []string{`certificate is not yet valid`, `verify error:num=9:`, `error 9 at <number> depth lookup`},
		Means:  "The certificate is not valid yet.",
		Causes: []Cause{earlyCause, wrongClock},
	},
	{
		ID: "openssl-name", Family: Other, Rank: Fault, Side: Client, Where: sslChecked, Fault: dialledName,
		Texts: []string{
			`SSL: no alternative certificate subject name matches target host name '<wanted>'`, `SSL: no alternative certificate subject name matches target ipv4 address '<wanted>'`,
			`SSL: no alternative certificate subject name matches target ipv6 address '<wanted>'`, `SSL: certificate subject name '<cn>' does not match target host name '<wanted>'`,
			`Hostname mismatch, certificate is not valid for '<wanted>'`, `IP address mismatch, certificate is not valid for '<wanted>'`,
			`verify error:num=62`, `verify error:num=64`, `error 62 at <number> depth lookup`, `error 64 at <number> depth lookup`, `No subject alternative names matching IP address <wanted> found`, `ERR_TLS_CERT_ALTNAME_INVALID`,
			`ERR_CERT_COMMON_NAME_INVALID`, `SSL_ERROR_BAD_CERT_DOMAIN`,
		},
		Means:  "{wanted} was dialled, but the certificate that answered is not for it.",
		Causes: []Cause{lostName, lostOutside, wrongServer},
	},
	{
		ID: "openssl-usage", Family: Other, Rank: Fault, Where: sslChecked,
		Texts:  []string{`unsupported certificate purpose`, `unsuitable certificate purpose`, `verify error:num=26`, `error 26 at <number> depth lookup`},
		Means:  "The certificate is not meant for this: a server has to have server auth among its usages, a client client auth.",
		Causes: []Cause{{Check: findings.UsageMissing, Text: "a client's certificate is shown by a server, or the other way round", Fix: "Make it again with the usage that it needs.", Command: showUse}},
	},
	{
		ID: "openssl-weak", Family: Other, Rank: Fault, Where: sslChecked,
		Texts: []string{`ee key too small`, `EE certificate key too weak`, `CA certificate key too weak`, `ca key too small`, `CA md too weak`, `ca md too weak`, `CA signature digest algorithm too weak`},
		Means: "A key or a signature in the chain is too weak for OpenSSL's security level.",
		Causes: []Cause{
			{Check: findings.WeakKey, Text: "a key has fewer than 2048 bits", Fix: "Make a new key and sign it."},
			{Check: findings.SHA1, Text: "a certificate is signed with SHA-1 or MD5", Fix: "Sign it again with SHA-256.", Command: "openssl x509 -in FILE -noout -text | grep 'Signature Algorithm'"},
		},
	},
	{
		ID: "openssl-signature", Family: Other, Rank: Fault, Where: sslChecked,
		Texts: []string{`certificate signature failure`, `error 7 at <number> depth lookup`, `verify error:num=7:`, `authority and subject key identifier mismatch`, `error 30 at <number> depth lookup`},
		Means: "The CA has the right name but another key than the one that signed the certificate.",
		Causes: []Cause{{Check: findings.TwoCAsOneName, Text: "the CA was made again under its old name, and one side still has the old one", Fix: "Find the two CAs by their key ids and use one everywhere.",
			Command: "openssl x509 -in FILE -noout -subject -ext subjectKeyIdentifier,authorityKeyIdentifier"}},
	},
}
