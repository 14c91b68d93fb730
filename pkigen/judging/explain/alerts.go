package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// refused is where for alerts: the other side has ended the handshake, and has
// written the reason into its own log only.
var refused = places{
	any: where{
		"the side that was refused; the other side has refused what this one showed",
		"in {own}, or in {judge}",
		"the log of the other side at the same second: it has the x509 text",
		"",
	},
	client: where{
		"the side that dialled: {peer} has refused its certificate",
		"in {own}, or in {judge}",
		"the log of {peer} at the same second: it has the x509 text",
		"",
	},
	server: where{
		"the side that was dialled: its client has refused its certificate",
		"in {own}, or in {judge}",
		"the log of the client, {remote}, at the same second: it has the x509 text",
		"",
	},
}

// greeted is where for handshakes that did not come to certificates.
var greeted = places{any: where{
	"either side",
	"in how the two sides are set up; mostly no certificate is wrong",
	"the address and the scheme (http or https) that the dialling side was told",
	"",
}}

const (
	tryAsClient = "openssl s_client -connect {server} -CAfile CA -cert CERT -key KEY </dev/null"
	theText     = "Look into the other side's log and explain the x509 text found there."
)

var (
	strangeCA = Cause{Check: findings.UnknownSigner, Text: "{own} is signed by a CA that is not in {judge}: the Kubernetes CA where etcd wants its own, or one of an earlier run",
		Fix: "Show a certificate that the server's CA has signed.", Command: verifyFile, Side: Client}
	noUserCert = Cause{On: "config kubelet-api kubelet scrape secure aggregated", Text: "the side that dialled was given no certificate by its flags or its kubeconfig",
		Fix: "Name certificate and key there.", Command: tryAsClient}
	noClientCert = Cause{On: "etcd etcdctl peer", Text: "the side that dialled was given no certificate: --etcd-certfile and --etcd-keyfile of kube-apiserver, --cert and --key of etcdctl",
		Fix: "Name certificate and key in its flags.", Command: tryAsClient}
	distrusted = Cause{Check: findings.KubeconfigCAStale, Text: "the client trusts another CA ({judge}) than the one that signed {own}", Fix: "Give the client the present CA.", Side: Server}
)

var alertTexts = []Entry{
	{
		ID: "alert-bad-certificate", Family: Alert, Rank: Refusal, Where: refused,
		Texts: []string{`remote error: tls: bad certificate`, `sslv3 alert bad certificate`, `ssl/tls alert bad certificate`},
		Means: "The other side has refused the certificate that it was shown. It does not say why here, only in its own log.",
		Causes: []Cause{
			{Check: findings.SANMissing, Text: "the client dialled a name or an address that {own} lacks", Fix: theText, Side: Server},
			distrusted,
			{Check: findings.UsageMissing, Text: "{own} is not for client auth", Fix: "Make it again with client auth.", Command: showUse, Side: Client},
			{Check: findings.Expired, Text: "{own} has expired, or is not valid yet by the clock of the other side", Fix: "Renew it with the same CA, and compare the clocks.", Command: showDay},
			{Check: findings.UnknownSigner, Text: "{own} is signed by a CA that is not in {judge}", Fix: "Show a certificate that the other side's CA has signed.", Command: verifyFile, Side: Client},
			{Check: findings.UsageMissing, On: "etcd etcdctl peer", Text: "with an empty ServerName in etcd's log it is etcd dialling itself: its server certificate needs both server auth and client auth", Fix: "Make it again with both.", Command: showUse, Side: Server},
			{Check: findings.SANMissing, On: "peer", Text: "it is an etcd peer, and its certificate lacks the address that it comes from", Fix: "Add the address to the peer's certificate.", Command: showSANs, Side: Client},
		},
	},
	{
		ID: "alert-unknown-ca", Family: Alert, Rank: Refusal, Where: refused,
		Texts:  []string{`remote error: tls: unknown certificate authority`, `tlsv1 alert unknown ca`, `tls alert unknown ca`},
		Means:  "The other side does not know the CA that signed the certificate which it was shown.",
		Causes: []Cause{strangeCA, distrusted, {Check: findings.TwoCAsOneName, Text: "the CA was made again under its old name, and one side has the old one", Fix: "Use one CA on both sides.", Command: "openssl x509 -in FILE -noout -ext subjectKeyIdentifier,authorityKeyIdentifier"}},
	},
	{
		ID: "alert-certificate-required", Family: Alert, Rank: Refusal, Side: Client, Where: refused,
		Texts: []string{`remote error: tls: certificate required`, `tlsv13 alert certificate required`},
		Means: "The server wants a certificate from its client, and was shown none. Clients also show none when they have none of the CAs that the server names.",
		Fault: "in the flags of the side that dialled, or in the CA of its certificate",
		Causes: []Cause{noClientCert, noUserCert,
			{Check: findings.UnknownSigner, Text: "the client has a certificate, but of none of the CAs that the server asks for, and so keeps it back", Fix: "Show one that the server's CA has signed.", Command: "openssl verify -CAfile CA FILE"}},
	},
	{
		ID: "no-client-certificate", Family: Alert, Rank: Fault, Side: Server, Where: checked,
		Texts:  []string{`tls: client didn't provide a certificate`, `peer did not return a certificate`},
		Means:  "The server wants a certificate from its client, and {remote} showed none.",
		Fault:  "in the flags of the side that dialled",
		Causes: []Cause{noClientCert, noUserCert, {Text: "a health check or a scanner dialled without a certificate", Fix: "Let it use the plain port for metrics and health (etcd: --listen-metrics-urls), or pass over the line."}},
	},
	{
		ID: "alert-expired", Family: Alert, Rank: Refusal, Where: refused,
		Texts: []string{`remote error: tls: expired certificate`, `alert certificate expired`},
		Means: "The other side says that the certificate it was shown has expired, or is not valid yet: Go sends one alert for both.",
		Causes: []Cause{
			{Check: findings.Expired, Text: "{own} has expired", Fix: "Renew it with the same CA.", Command: showDay},
			{Check: findings.NotYetValid, Text: "it is not valid yet: made on a machine whose clock runs ahead", Fix: "Set the clock and make it again, or wait.", Command: showDay},
			{Text: "the clock of the other side is wrong", Fix: "Set the clock, and let NTP keep it.", Command: "timedatectl status"},
		},
	},
	{
		ID: "alert-handshake-failure", Family: Alert, Rank: Refusal, Where: refused,
		Texts: []string{`remote error: tls: handshake failure`, `alert handshake failure`},
		Means: "The other side has ended the handshake. With TLS 1.2 that is how a server says that it wants a client's certificate and got none.",
		Causes: []Cause{noClientCert, noUserCert, strangeCA,
			{Text: "the two sides have no cipher suite in common (--tls-cipher-suites)", Fix: "Leave the flag out, or add suites for the kind of key (RSA or ECDSA)."}},
	},
	{
		ID: "alert-internal-error", Family: Alert, Rank: Refusal, Side: Client, Where: refused,
		Texts: []string{`remote error: tls: internal error`, `tlsv1 alert internal error`},
		Means: "The server has no certificate to show. With a kubelet it waits for its request for a serving certificate to be approved.",
		Fault: "on the server: it has no certificate yet",
		Causes: []Cause{
			{First: true, On: "kubelet scrape", Text: "the kubelet's serving request was not approved; nothing in Kubernetes approves those by itself", Fix: "Approve it, now and at each renewal, or run an approver.",
				Command: "kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving; kubectl certificate approve CSR"},
			{Check: findings.CertMissing, Text: "the server's certificate file could not be loaded", Fix: "Look into the server's log of its start."},
		},
	},
	{
		ID: "alert-decrypt", Family: Alert, Rank: Refusal, Where: refused,
		Texts:  []string{`remote error: tls: error decrypting message`, `remote error: tls: illegal parameter`}, // TLS 1.3, TLS 1.2
		Means:  "The other side found that the handshake's signature does not fit the certificate: mostly the key that was used is not the certificate's.",
		Causes: []Cause{{Check: findings.KeyMismatch, Text: "certificate and key are of two pairs", Fix: "Put both files of one pair there.", Command: samePair}},
	},
	{
		ID: "handshake-signature", Family: Alert, Rank: Fault, Where: checked,
		Texts:  []string{`tls: invalid signature by the server certificate`, `tls: invalid signature by the client certificate`},
		Means:  "The other side shows a certificate whose key it does not have.",
		Fault:  "in the files of the other side: its key is not that of its certificate",
		Causes: []Cause{{Check: findings.KeyMismatch, Text: "certificate and key of the other side are of two pairs", Fix: "Put both files of one pair there.", Command: samePair}},
	},
	{
		ID: "alert-other", Family: Alert, Rank: Refusal, Where: refused,
		Texts: []string{
			`remote error: tls: unknown certificate`, `remote error: tls: unsupported certificate`, `remote error: tls: revoked certificate`,
			`remote error: tls: access denied`, `remote error: tls: certificate unobtainable`, `alert certificate unknown`, `alert unsupported certificate`,
		},
		Means: "The other side has refused the certificate that it was shown. Programs not written in Go (curl, Java, browsers) use this alert.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "the other side does not trust the CA", Fix: "Give it the CA.", Command: "openssl verify -CAfile CA FILE"},
			{Check: findings.Expired, Text: "{own} has expired, or is not valid yet by the clock of the other side", Fix: "Renew it with the same CA, and compare the clocks.", Command: showDay},
			{Check: findings.UsageMissing, Text: "the certificate is not meant for this use", Fix: "Make it again with server auth or client auth, as its side needs.", Command: showUse},
		},
	},
	{
		ID: "not-tls", Family: Alert, Rank: Fault, Where: greeted,
		Texts: []string{
			`tls: first record does not look like a TLS handshake`, `http: server gave HTTP response to HTTPS client`,
			`Client sent an HTTP request to an HTTPS server`, `malformed HTTP response "\x15\x03`, `error:0A00010B:SSL routines::wrong version number`, `ssl3_get_record:wrong version number`,
		},
		Means: "One side speaks TLS and the other does not: http:// and https:// are mixed up. No certificate is wrong.",
		Causes: []Cause{
			{Check: scan.ConfigScheme, Text: "the address was written with the wrong scheme: http:// for a TLS port, or https:// for a plain one (etcd without certificates)", Fix: "Correct the scheme in the flag or kubeconfig.", Command: "openssl s_client -connect {server} </dev/null"},
			{Side: Server, Text: "a health check of a load balancer, a probe or a client speaks plain http to this port", Fix: "Let it use https, or check with tcp alone."},
			{Text: "a proxy stands between (HTTPS_PROXY), or a load balancer that speaks HTTP itself", Fix: "Pass TLS through the load balancer (mode tcp), and add the address to NO_PROXY.", Command: "env | grep -i proxy"},
		},
	},
	{
		ID: "handshake-timeout", Family: Alert, Rank: Refusal, Side: Client, Where: greeted,
		Texts: []string{`net/http: TLS handshake timeout`},
		Means: "The other side did not finish the handshake in time: it neither accepted nor refused a certificate.",
		Causes: []Cause{
			{Text: "the server is overloaded, or just starting", Fix: "Look at its load and its log."},
			{Text: "large packets are lost on the way (MTU of an overlay or a VPN), or a proxy stands between", Fix: "Compare the MTUs on the way, and add the address to NO_PROXY.", Command: "env | grep -i proxy; ip link"},
		},
	},
	{
		ID: "no-common-tls", Family: Alert, Rank: Fault, Where: greeted,
		Texts: []string{
			`remote error: tls: protocol version not supported`, `tls: no cipher suite supported by both client and server`, `tls: client offered only unsupported versions`,
			`tls: server selected unsupported protocol version`, `tls: peer doesn't support any of the certificate's signature algorithms`, `tls: no supported versions satisfy MinVersion and MaxVersion`,
		},
		Means: "The two sides have no TLS version, cipher suite or signature in common.",
		Causes: []Cause{
			{Text: "--tls-min-version or --tls-cipher-suites of one side shuts out the other", Fix: "Leave the flags out, or allow TLS 1.2 with suites for the kind of key."},
			{Check: findings.WeakKey, Text: "the certificate's key is of a kind or size that the other side does not take", Fix: "Make the certificate with RSA-2048 or ECDSA P-256."},
		},
	},
	{
		ID: "no-server-certificate", Family: Alert, Rank: Fault, Side: Server, Where: ownFiles,
		Texts:  []string{`tls: no certificates configured`, `tls: neither Certificates, GetCertificate, nor GetConfigForClient set in Config`},
		Means:  "The server was asked for TLS but has no certificate.",
		Causes: []Cause{{Check: findings.CertMissing, Text: "its flags for certificate and key are missing, or the files are not there", Fix: "Name certificate and key in its flags."}},
	},
}
