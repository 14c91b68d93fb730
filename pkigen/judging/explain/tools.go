package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// byTool is where for tools that read a file which they were given.
var byTool = places{any: where{
	"a tool that reads the file which it was given",
	"in that file, or in its name",
	"the file: what its first line says, and its size",
	"",
}}

// byCFSSL and byOpenSSL are the same for texts that tell the tool.
var (
	byCFSSL   = places{any: where{byTool.any.who, byTool.any.fault, byTool.any.next, "cfssl"}}
	byOpenSSL = places{any: where{byTool.any.who, byTool.any.fault, byTool.any.next, "openssl"}}
)

// probed is where for connections that ended before certificates were shown.
var probed = places{any: where{"the side that was dialled", "nowhere, as long as all works", "who {remote} is: a load balancer, a monitoring, a client", ""}}

const (
	lookAtFile = "ls -l {path}; head -c 60 {path}"
	cfsslCheck = "cfssl print-defaults config"
)

var toolTexts = []Entry{
	{
		ID: "openssl-no-certificate", Family: Other, Rank: Fault, Side: Alone, Where: byOpenSSL,
		Texts: []string{
			`Could not read certificate from <path>`, `Could not find certificate from <path>`, `Could not read CA certificate from <path>`, `Could not find CA certificate from <path>`, `Could not read any certificates from <path>`,
			`Could not find any certificates from <path>`, `Could not read certificates from <path>`, `Could not read certificate request from <path>`, `Could not find certificate request from <path>`, `Could not read CRL from <path>`, `Could not find CRL from <path>`,
			`no certificate or crl found`, `Unable to load certificate`, `Unable to load X509 request`, `Expecting: TRUSTED CERTIFICATE`, `Expecting: CERTIFICATE REQUEST`, `Expecting: CERTIFICATE`,
		},
		Means: "OpenSSL found no certificate (or request) in {path}: the file is there, and holds something else.",
		Causes: []Cause{
			{Check: scan.Empty, Text: "the file is empty or cut off, so that no -----BEGIN CERTIFICATE----- is in it", Fix: "Make or copy the file again.", Command: lookAtFile},
			{Check: findings.SwappedFiles, Text: "it is another file: a key, a request, JSON of cfssl", Fix: "Name the right file.", Command: "grep -H BEGIN {path}"},
			{Check: scan.PEMAccident, Text: "it is binary (DER), or damaged between BEGIN and END", Fix: "Change it into PEM.", Command: "openssl x509 -inform DER -in {path} -out NEW"},
		},
	},
	{
		ID: "openssl-no-key", Family: Other, Rank: Fault, Side: Alone, Where: byOpenSSL,
		Texts: []string{
			`Could not read key from <path>`, `Could not find key from <path>`, `Could not read private key from <path>`, `Could not find private key from <path>`, `Could not read CA private key from <path>`, `Could not find CA private key from <path>`,
			`Could not read public key from <path>`, `Could not find public key from <path>`, `Could not read Public Key from <path>`, `Could not read signing key from <path>`, `Unable to load Private Key`, `Unable to load key`, `Unable to load Public Key`, `Expecting: ANY PRIVATE KEY`,
			`DECODER routines::unsupported`, `DECODER routines:OSSL_DECODER_from_bio:unsupported`,
		},
		Means: "OpenSSL found no key that it can read in {path}: the file is there, and holds something else, or is locked.",
		Causes: []Cause{
			{Check: scan.Empty, Text: "the file is empty, cut off or damaged, so that no whole PEM block with a key is in it", Fix: "Copy the file again.", Command: lookAtFile},
			{Check: findings.SwappedFiles, Text: "it is another file: a certificate, a public key where the private one is wanted", Fix: "Name the right file.", Command: "grep -H BEGIN {path}"},
			{Check: scan.KeyEncrypted, Text: "the key is locked, and the password was wrong or not given", Fix: "Write it without a password.", Command: "(umask 077; openssl pkey -in {path} -out NEW)"},
		},
	},
	{
		ID: "openssl-no-file", Family: Other, Rank: Fault, Side: Alone, Where: byOpenSSL,
		Texts: []string{
			`Could not open file or uri for loading certificate from <path>`, `Could not open file or uri for loading any certificates from <path>`, `Could not open file or uri for loading CA certificate from <path>`, `Could not open file or uri for loading certificates from <path>`,
			`Could not open file or uri for loading key from <path>`, `Could not open file or uri for loading private key from <path>`, `Could not open file or uri for loading CA private key from <path>`, `Could not open file or uri for loading public key from <path>`,
			`Could not open file or uri for loading CRL from <path>`, `Could not open file or uri for loading certificate request from <path>`, `Can't open "<path>" for reading`, `Can't open <path> for reading`, `Error opening CA certificate <path>`, `Error opening certificate <path>`, `Error opening Private Key <path>`,
			`Error loading file <path>`,
		},
		Means: "OpenSSL could not open {path}.",
		Causes: []Cause{
			{Check: findings.CertMissing, Text: "no such file: the path is misspelt, relative to another folder, or the file is on another machine", Fix: "Correct the path.", Command: "ls -l {path}"},
			{Check: scan.Unreadable, Text: "permission is missing: keys and their folders are root's", Fix: "Run the command as root.", Command: "ls -l {path}"},
			{Check: scan.Empty, Text: "the file is there, and holds no certificate", Fix: "Make or copy the file again.", Command: "head -c 60 {path}"},
		},
	},
	{
		ID: "openssl-password", Family: Other, Rank: Fault, Side: Alone, Where: byOpenSSL,
		Texts:  []string{`bad decrypt`, `maybe wrong password`, `bad password read`, `x509: decryption password incorrect`, `PKCS12 routines::mac verify failure`, `Mac verify error: invalid password?`},
		Means:  "A key or a PKCS#12 file is locked, and the password was wrong.",
		Causes: []Cause{{Check: scan.KeyEncrypted, Text: "the password is another one, or was given with a line break behind it", Fix: "Write the key without a password, into a file that only its program may read.", Command: "(umask 077; openssl pkey -in KEY -out NEW)"}},
	},
	{
		ID: "ca-pair", Family: Other, Rank: Fault, Side: Alone, Where: byTool,
		Texts:  []string{`CA certificate and CA private key do not match`, `Private key does not match public key code=2300`},
		Means:  "The CA cannot sign: its key file does not belong to its certificate.",
		Causes: []Cause{{Check: findings.KeyMismatch, Text: "certificate and key are of two CAs, or of two generations of one", Fix: "Put both files of one CA there.", Command: samePair}},
	},
	{
		ID: "cfssl-hosts", Family: Other, Rank: Fault, Side: Alone, Where: byCFSSL, Fault: "nowhere, for a client's certificate; in the request, for a server's",
		Texts: []string{`This certificate lacks a "hosts" field`},
		Means: "cfssl warns that the request names no hosts. A client's certificate needs none; a server's is refused by every client without them.",
		Causes: []Cause{
			{Text: "it is a client's certificate (admin, a kubelet's or a controller's kubeconfig): all is well", Fix: "Nothing is to be done."},
			{Check: findings.SANNone, Text: "it is a server's certificate, and \"hosts\" is missing or empty in its request", Fix: "Write every name and address that is dialled into \"hosts\" and sign it again (or use -hostname).", Command: showSANs},
		},
	},
	{
		ID: "cfssl-json", Family: Other, Rank: Fault, Side: Alone, Where: byCFSSL, Fault: "in the JSON that cfssl or cfssljson was given",
		Texts: []string{
			`failed to unmarshal configuration`, `Failed to parse input: unexpected end of JSON input`, `Failed to parse input`,
		},
		Means: "cfssl could not read its configuration or its request: it is not right as JSON. cfssljson says the same when cfssl before it has failed and gave it nothing.",
		Causes: []Cause{
			{Text: "a syntax error: a comma behind the last entry, a brace or a quote that is missing", Fix: "Compare it with the form that cfssl prints.", Command: cfsslCheck},
			{Text: "cfssl itself failed, so that cfssljson was given nothing: its own error stands above", Fix: "Run the cfssl part alone and read what it says."},
			{Text: "the file is not there, or empty", Fix: "Look at the path and the size.", Command: "ls -l FILE"},
		},
	},
	{
		ID: "cfssl-config", Family: Other, Rank: Fault, Side: Alone, Where: byCFSSL,
		Texts:  []string{`could not read configuration file`, `Failed to load config file: open <path>`},
		Means:  "cfssl could not read its configuration: the file that -config names is not there, or may not be read.",
		Causes: []Cause{{Text: "the path is misspelt, or relative to another folder", Fix: "Correct the path.", Command: "ls -l FILE"}},
	},
	{
		ID: "cfssl-load", Family: Other, Rank: Around, Side: Alone, Where: byCFSSL,
		Texts:  []string{`Failed to load config file`},
		Means:  "cfssl could not load its configuration. The reason stands behind it.",
		Causes: []Cause{{Text: "the file is not there, or not right as JSON, or its \"signing\" is not complete", Fix: "Look at what stands behind the text.", Command: cfsslCheck}},
	},
	{
		ID: "json", Family: Other, Rank: Around, Side: Alone, Where: byTool,
		Texts: []string{`looking for beginning of object key string`, `after object key:value pair`, `after array element`, `invalid character '\n' in string literal`, `unexpected end of JSON input`},
		Means: "A program (cfssl, cfssljson, kubectl) was given JSON that is not right: a syntax error, or an end too early.",
		Causes: []Cause{
			{Text: "a comma behind the last entry, a brace or a quote that is missing, or an empty file", Fix: "Compare it with the form that cfssl prints.", Command: cfsslCheck},
		},
	},
	{
		ID: "cfssl-policy", Family: Other, Rank: Fault, Side: Alone, Where: byCFSSL, Fault: "in cfssl's configuration (ca-config.json), or in -profile",
		Texts: []string{
			`Invalid policy: no key usage available`, `Invalid or unknown policy`, `Policy violation request`, `Unknown policy profile`, `Request does not match policy whitelist`,
			`No "signing" field present`, `local signer policy disallows issuing CA certificate`, `missing subject information`,
		},
		Means: "cfssl's configuration does not allow this request, or is not complete.",
		Causes: []Cause{
			{Text: "a profile is misspelt, or has no usages or expiry; cfssl needs \"signing\" with a \"default\" or the profile that -profile names", Fix: "Correct the profile in ca-config.json.", Command: cfsslCheck},
			{Text: "the request has no names, or wants a CA where the profile has no ca_constraint", Fix: "Complete the request."},
		},
	},
	{
		ID: "cfssl-files", Family: Other, Rank: Fault, Side: Alone, Where: byCFSSL, Fault: "in the CA's files that cfssl was given (-ca, -ca-key)",
		Texts: []string{
			`need a CA certificate (provide one with -ca)`, `need a CA key (provide one with -ca-key)`, `need CA certificate (provide one with -ca)`, `need CA key (provide one with -ca-key)`,
			`Failed to read certificate code=1001`, `Failed to decode certificate code=1002`, `Failed to parse certificate code=1003`, `Failed to read private key code=2001`, `Failed to decode private key code=2002`, `Failed to parse private key code=2003`, `Private key is encrypted. code=2100`,
		},
		Means: "cfssl could not load the CA's certificate or key.",
		Causes: []Cause{
			{Check: findings.CertMissing, Text: "-ca or -ca-key is missing, or names a file that is not there or empty", Fix: "Name both files of the CA.", Command: "ls -l CA KEY"},
			{Check: scan.KeyEncrypted, Text: "the key is locked with a password (CFSSL_CA_PK_PASSWORD), or the file holds another PEM block", Fix: "Give the password, or write the key without one.", Command: "grep -H BEGIN CA KEY"},
		},
	},
	{
		ID: "probe", Family: Alert, Rank: Fault, Side: Server, Where: probed, Fault: "nowhere, as long as all works: no certificate takes part",
		Texts: []string{
			`TLS handshake error from <remote>: EOF`, `TLS handshake error from <remote>: read tcp <local>-><there>: read: connection reset by peer`, `TLS handshake error from <remote>: read: connection reset by peer`, `TLS handshake error from <remote>: write tcp <local>-><there>: write: connection reset by peer`,
			`TLS handshake error from <remote>: write tcp <local>-><there>: write: broken pipe`, `TLS handshake error from <remote>: read tcp <local>-><there>: i/o timeout`, `TLS handshake error from <remote>: i/o timeout`, `TLS handshake error from <remote>: read tcp <local>-><there>: read: connection timed out`,
			`rejected connection from "<remote>" (error "EOF"`, `rejected connection from "<remote>" (error "read tcp <local>-><there>: read: connection reset by peer"`, `rejected connection on <endpoint> endpoint: EOF`, `rejected connection: EOF`,
			`rejected connection on <endpoint> endpoint: read tcp <local>-><there>: read: connection reset by peer`, `rejected connection on <endpoint> endpoint: read tcp <local>-><there>: i/o timeout`,
		},
		Means: "{remote} opened the port and closed it again before it showed or asked anything.",
		Causes: []Cause{
			{Text: "a health check of a load balancer, or a monitoring probe, opens the port and goes away: harmless", Fix: "Nothing is to be done. Let the load balancer ask https://HOST:6443/readyz if the lines are a nuisance."},
			{Text: "a client gave up, because the network is slow or its machine was stopped", Fix: "Look at the network between the two, where clients fail too."},
		},
	},
	{
		ID: "probe-old", Family: Alert, Rank: Fault, Side: Server, Where: probed, Fault: "in the side that dialled: no certificate takes part",
		Texts: []string{
			`tls: client offered an unsupported, maximum protocol version of <number>`, `tls: client offered only unsupported versions: [300]`, `tls: client offered only unsupported versions: [301]`, `tls: client offered only unsupported versions: [302]`, `tls: client offered only unsupported versions: [301 300]`, `tls: client offered only unsupported versions: [302 301]`,
			`tls: client offered only unsupported versions: [302 301 300]`, `tls: client offered only unsupported versions: [200]`, `tls: client offered only unsupported versions: [2]`, `tls: client offered only unsupported versions: []`,
			`tls: unsupported SSLv2 handshake received`, `tls: oversized record received with length <bytes>`,
		},
		Means: "The side that dialled speaks an old protocol: 300 is SSL 3, 301 is TLS 1.0, 302 is TLS 1.1. A server of Kubernetes wants TLS 1.2 (303).",
		Causes: []Cause{
			{Text: "a health check or a scanner asks with an old SSL version: harmless", Fix: "Let the load balancer check with TLS 1.2, or with tcp alone."},
			{Text: "an old client or library dials", Fix: "Replace it, or allow its version with --tls-min-version for the time being."},
		},
	},
}
