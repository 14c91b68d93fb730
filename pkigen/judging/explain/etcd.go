package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// etcdSays is where for etcd's own texts.
var etcdSays = places{any: where{
	"the side that was dialled",
	"in the certificate that {remote} shows, or in etcd's --trusted-ca-file and --peer-trusted-ca-file",
	"the error behind it in the same line, and the certificate of {remote}",
	"etcd",
}}

var etcdTexts = []Entry{
	{
		ID: "etcd-rejected", Family: Etcd, Rank: Around, Side: Server, Where: etcdSays,
		Texts: []string{`rejected connection on <endpoint> endpoint`, `rejected connection from "<remote>"`},
		Means: "etcd has closed a connection from {remote} during the handshake. The reason stands behind it.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "{shown} is signed by another CA than etcd trusts", Fix: "Show one that etcd's CA has signed.", Command: "openssl verify -CAfile CA FILE"},
			{Check: findings.SANMissing, Text: "it is a peer, and its certificate lacks the address that it comes from", Fix: "Add the address to its peer certificate.", Command: showSANs},
			{Text: "something dialled without TLS or without a certificate: a health check, a scanner", Fix: "Let it use --listen-metrics-urls."},
		},
	},
	{
		ID: "etcd-peer-address", Family: Etcd, Rank: Fault, Side: Server, Where: etcdSays, Fault: "in the peer certificate of the member at {wanted}",
		Texts: []string{
			`tls: "<wanted>" does not match any of DNSNames [<dns>]`,
			`rejected connection on peer endpoint: x509: certificate is valid for <names>, not <wanted>`,
			`rejected connection from "<remote>" (error "x509: certificate is valid for <names>, not <wanted>"`,
		},
		Means: "An etcd member came from {wanted}, and its peer certificate does not name that address, nor a name that leads back to it.",
		Causes: []Cause{
			{Check: findings.KeyShared, Needs: "for", Text: "the member at {wanted} shows the certificate of another member, copied from there: it is for {for}", Fix: "Give each member its own peer certificate.", Command: showSANs},
			{Check: findings.SANMissing, Text: "the address is missing in the member's peer certificate", Fix: "Add {wanted} to that member's addresses and make its peer certificate again.", Command: showSANs},
			{Text: "the member goes out by another address than the one it listens on (several interfaces, NAT)", Fix: "Add that address to its certificate, or correct the route.", Command: "ip route get {wanted}"},
		},
	},
	{
		ID: "etcd-client-name", Family: Etcd, Rank: Fault, Side: Server, Where: etcdSays,
		Texts: []string{`client certificate authentication failed`, `CommonName "<cn>" is not allowed`, `CommonName of certificate does not match`, `cert has non empty Common Name (<cn>)`, `transport: certificate serial <sn> revoked`},
		Means: "etcd checks names of its clients (--client-cert-allowed-hostname, --peer-cert-allowed-cn), and this one's is another.",
		Causes: []Cause{
			{Check: findings.IdentityUser, Text: "the certificate has another CN or other names than the flag says", Fix: "Correct the flag, or make the certificate with that name.", Command: "openssl x509 -in FILE -noout -subject -ext subjectAltName"},
		},
	},
	{
		ID: "etcd-no-pair", Family: Etcd, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{
			`KeyFile and CertFile must both be present[key: <reason>, cert: <path>]`, `KeyFile and CertFile are not presented`, `ClientKeyFile and ClientCertFile must both be present or both absent`,
			`but no TLS certificate and key`, `TLS key/cert (--cert-file/--key-file) must be provided for client url`, `TLS key/cert must be provided for the url`,
		},
		Means: "etcd was told to listen with https:// but not which certificate and key to show.",
		Causes: []Cause{
			{Check: findings.CertMissing, Text: "--cert-file and --key-file, or --peer-cert-file and --peer-key-file, are missing or empty", Fix: "Name both of each pair."},
			{Check: scan.ConfigScheme, Text: "the URL should be http://", Fix: "Correct the scheme; not for addresses that others reach."},
		},
	},
	{
		ID: "etcd-plain-url", Family: Etcd, Rank: Fault, Side: Alone, Where: ownFiles, Fault: "in the URL: it says http, and so etcd uses none of its certificates there",
		Texts: []string{`scheme is HTTP while key and cert files are present; ignoring key and cert files`, `scheme is http or unix while key and cert files are present; ignoring key and cert files`,
			`scheme is HTTP while --peer-client-cert-auth is enabled; ignoring client cert auth for this URL`, `scheme is http or unix while --client-cert-auth is enabled; ignoring client cert auth for this URL`},
		Means:  "etcd was given certificates, and a URL that begins with http://: it listens there without TLS.",
		Causes: []Cause{{Check: scan.ConfigScheme, Text: "the URL was written with the wrong scheme", Fix: "Write https:// into the URL; leave http:// to 127.0.0.1 and to --listen-metrics-urls alone."}},
	},
	{
		ID: "etcd-peer-unhealthy", Family: Etcd, Rank: Around, Side: Client, Where: etcdSays,
		Texts:  []string{`prober detected unhealthy status`, `failed to reach the peer URL`},
		Means:  "An etcd member does not reach another one. The reason stands behind it.",
		Causes: []Cause{{Check: findings.SANMissing, Text: "the peer certificates do not fit the addresses, or are of different CAs", Fix: "Explain the text in the same line; look into the other member's log too."}},
	},
	{
		ID: "grpc-handshake", Family: Etcd, Rank: Around, Side: Client, Where: refused,
		Texts: []string{`transport: authentication handshake failed`},
		Means: "A client that speaks gRPC (kube-apiserver as etcd's client, etcdctl, an agent) could not finish the handshake. The reason stands behind it.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "{trust} does not hold the CA that signed {shown}", Fix: "{set}", Command: "{look}"},
			{Check: findings.SANMissing, Text: "the address that was dialled is missing in {shown}", Fix: "Add it and make the certificate again.", Command: showSANs},
		},
	},
}
