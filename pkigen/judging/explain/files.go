package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// ownFiles is where for texts about a program's own files: no other side takes part.
var ownFiles = places{any: where{
	"the program that reads the file, when it starts or reads it again",
	"in this program's own files or flags; no other side takes part",
	"the lines before it in the same log: they name the flag or the file",
	"",
}}

// samePair prints one sum twice where a certificate and a key belong together.
const samePair = "openssl x509 -in CERT -noout -pubkey | openssl sha256; openssl pkey -in KEY -pubout | openssl sha256"

const firstLines = "head -c 300 FILE"

var fileTexts = []Entry{
	{
		ID: "key-mismatch", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`tls: private key does not match public key`, `x509 certificate routines:X509_check_private_key:key values mismatch`, `x509 certificate routines::key values mismatch`},
		Means: "The key file does not belong to the certificate file.",
		Causes: []Cause{
			{Check: findings.KeyMismatch, Text: "the two are of two runs, two nodes or two roles, or only one was copied", Fix: "Put both files of one pair there.", Command: samePair},
			{Check: findings.CABundle, Text: "the certificate's file begins with the CA: the program takes the first certificate for its own", Fix: "Put the certificate itself first."},
		},
	},
	{
		ID: "key-type-mismatch", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts:  []string{`tls: private key type does not match public key type`, `x509 certificate routines:X509_check_private_key:key type mismatch`, `x509 certificate routines::key type mismatch`},
		Means:  "The key file does not belong to the certificate file: one is RSA, the other ECDSA or Ed25519.",
		Causes: []Cause{{Check: findings.KeyMismatch, Text: "key or certificate was made again with another algorithm, and only one was copied", Fix: "Put both files of one pair there.", Command: samePair}},
	},
	{
		ID: "files-switched", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{
			`tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched`,
			`tls: found a certificate rather than a key in the PEM for the private key`,
		},
		Means: "Certificate and key are switched: the one stands where the other is wanted.",
		Causes: []Cause{
			{Check: findings.SwappedFiles, Text: "the two flags, or the two files, are switched", Fix: "Switch them back.", Command: "grep -H BEGIN CERT KEY"},
			{Check: findings.KeyMissing, Text: "one file was copied over the other", Fix: "Copy both again. Where the key is lost, make a new pair."},
		},
	},
	{
		ID: "request-for-cert", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{
			`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [CERTIFICATE REQUEST]`,
			`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [NEW CERTIFICATE REQUEST]`,
		},
		Means:  "A signing request (.csr) stands where the certificate is wanted.",
		Causes: []Cause{{Check: findings.RequestForCert, Text: "the .csr was named or copied in place of the .pem or .crt", Fix: "Name the certificate; the request is not needed any more.", Command: "grep -H BEGIN FILE"}},
	},
	{
		ID: "no-certificate-block", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts:  []string{`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [<blocks>]`, `data does not contain any valid RSA or ECDSA certificates`},
		Means:  "The file of the certificate holds no certificate, but {blocks}.",
		Causes: []Cause{{Check: findings.SwappedFiles, Text: "another file was named or copied there: a public key, parameters, or a key", Fix: "Name the certificate's file.", Command: "grep -H BEGIN FILE"}},
	},
	{
		ID: "no-key-block", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [<blocks>]`},
		Means: "The file of the key holds no private key, but {blocks}.",
		Causes: []Cause{
			{Check: findings.KeyMissing, Text: "a public key, EC parameters alone or a request was named or copied there", Fix: "Name the private key's file.", Command: "grep -H BEGIN FILE"},
		},
	},
	{
		ID: "no-pem", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`tls: failed to find any PEM data in certificate input`, `tls: failed to find any PEM data in key input`, `PEM routines:get_name:no start line`, `PEM routines::no start line`, `PEM lib:no start line`},
		Means: "The file holds nothing that begins with -----BEGIN.",
		Causes: []Cause{
			{Check: scan.Empty, Text: "the file is empty or cut off: the disk was full, or the command that should have filled it failed", Fix: "Make or copy the file again.", Command: "ls -l FILE"},
			{Check: scan.CFSSLJSON, Text: "it is cfssl's JSON answer, which was not given to cfssljson", Fix: "Split it.", Command: "cfssljson -bare NAME < FILE"},
			{Check: scan.PEMBroken, Text: "what stands between BEGIN and END was damaged, or the end is missing", Fix: "Copy or make the file again.", Command: firstLines},
			{Check: scan.PEMAccident, Text: "blanks stand before -----BEGIN, or it is binary (DER)", Fix: "Take the blanks away, or change it into PEM.", Command: "openssl x509 -inform DER -in FILE -out NEW"},
		},
	},
	{
		ID: "key-unreadable", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{
			`tls: failed to parse private key`, `tls: found unknown private key type in PKCS#8 wrapping`, `x509: failed to parse EC private key`, `x509: failed to parse RSA private key`, `data doesn't contain valid RSA Private Key`, `data doesn't contain valid ECDSA Private Key`,
		},
		Means: "The file of the key holds a private key that cannot be read.",
		Causes: []Cause{
			{Check: scan.KeyEncrypted, Text: "the key is locked with a password; no component of Kubernetes or etcd asks for one", Fix: "Write it without a password, into a file that only its program may read.",
				Command: "(umask 077; openssl pkey -in KEY -out NEW)"},
			{Check: scan.PEMBroken, Text: "it was damaged on its way, or its first line names another kind than it is", Fix: "Copy it again, or Rewrite it.", Command: "openssl pkey -in KEY -noout -check"},
		},
	},
	{
		ID: "key-form", Family: File, Rank: Fault, Side: Alone, Where: ownFiles, Fault: "in the form of the key file: the key itself is good",
		Texts: []string{
			`x509: failed to parse private key (use <reason> instead for this key format)`, `x509: failed to parse public key (use <reason> instead for this key format)`, `tls: failed to parse private key: x509: failed to parse private key (use <reason> instead for this key format)`,
		},
		Means: "The key is in another form than its first line says, or than the program takes: PKCS#1 (RSA PRIVATE KEY), SEC 1 (EC PRIVATE KEY) or PKCS#8 (PRIVATE KEY).",
		Causes: []Cause{
			{Check: scan.PEMBroken, Text: "the first line was changed by hand, or names another form than the bytes have", Fix: "Convert the key: OpenSSL reads all forms and writes PKCS#8 with pkey, PKCS#1 with rsa -traditional, SEC 1 with ec.", Command: "(umask 077; openssl pkey -in KEY -out NEW)"},
			{Text: "the program takes one form only, as older programs and libraries do", Fix: "Convert it into that form.", Command: "(umask 077; openssl rsa -in KEY -traditional -out NEW)"},
		},
	},
	{
		ID: "sa-private-key", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`data does not contain a valid RSA or ECDSA private key`, `unknown private key type <kind>, must be *rsa.PrivateKey`, `private key is not a recognized type`},
		Means: "The file holds no private key of a kind that Kubernetes loads: RSA or ECDSA, as PKCS#1, SEC 1 or PKCS#8.",
		Causes: []Cause{
			{Check: findings.SAKind, Text: "the key is Ed25519, or its first line is cfssl's \"Ed25519 PRIVATE KEY\"", Fix: "Make the pair with RSA-2048 or ECDSA P-256.", Command: "openssl genrsa -out sa.key 2048; openssl rsa -in sa.key -pubout -out sa.pub"},
			{Check: scan.KeyEncrypted, Text: "the key is locked with a password", Fix: "Write it without one.", Command: "(umask 077; openssl pkey -in KEY -out NEW)"},
			{Check: findings.SAMismatch, Text: "the public key was named in place of the private one (--service-account-private-key-file, --service-account-signing-key-file)", Fix: "Name sa.key there.", Command: "grep -H BEGIN FILE"},
		},
	},
	{
		ID: "sa-public-key", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`data does not contain any valid RSA or ECDSA public keys`},
		Means: "The file that should hold the key for checking tokens (--service-account-key-file) holds none of a kind that kube-apiserver loads.",
		Causes: []Cause{
			{Check: findings.SAKind, Text: "it is Ed25519, an \"RSA PUBLIC KEY\" (PKCS#1), or an EC private key as PKCS#8", Fix: "Write the public key in the form BEGIN PUBLIC KEY.", Command: "openssl pkey -in sa.key -pubout -out sa.pub"},
			{Check: scan.Empty, Text: "the file is empty or something else", Fix: "Rewrite it from the private key.", Command: "openssl pkey -in sa.key -pubout -out sa.pub"},
		},
	},
	{
		ID: "half-a-pair", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`error reading <path>, certificate and key must be supplied as a pair`},
		Means: "A program was given half a pair: {path} is missing, or could not be read.",
		Causes: []Cause{
			{Check: findings.KeyMissing, Text: "only the certificate was handed out, and not its key", Fix: "Copy the key from where it was made.", Command: "ls -l {path}"},
			{Check: findings.CertMissing, Text: "only one of the two flags is set, or names another folder", Fix: "Name both files of the pair."},
		},
	},
	{
		ID: "permission", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`open <path>: permission denied`, `stat <path>: permission denied`},
		Means: "The program may not read {path}.",
		Causes: []Cause{{Check: scan.Unreadable, Text: "the file is 0600 and root's, and the service runs as a user of its own (etcd, kube)", Fix: "Give the file to the service's user; do not open it to all.", Command: "ls -l {path}; chown USER {path}"},
			{Text: "it is root's kubeconfig (admin.conf), and kubectl runs as another user", Fix: "Copy it to ~/.kube/config of that user, to be read by nobody else."}},
	},
	{
		ID: "no-such-file", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`open <path>: no such file or directory`, `stat <path>: no such file or directory`, `open <path>: is a directory`, `read <path>: is a directory`, `open <path>: The system cannot find the file specified`},
		Means: "{path} is not there, as the program sees it, or is a folder.",
		Causes: []Cause{
			{Check: findings.CertMissing, Text: "the file was not handed out to this node, or lies in another folder", Fix: "Copy it there, or correct the flag."},
			{Check: findings.KeyMissing, Text: "only the certificate was handed out, and not its key", Fix: "Copy the key from where it was made.", Command: "ls -l {path}"},
			{Check: findings.KubeconfigPathMissing, Text: "a kubeconfig names it, and was copied from another machine", Fix: "Copy the file too, or embed it.", Command: "kubectl config view --kubeconfig FILE"},
			{Check: scan.LinkDangling, Text: "it is a symbolic link, and what it leads to was not copied", Fix: "Put the file itself in place of the link.", Command: "readlink {path}"},
			{Text: "the program runs in a container into which the folder is not mounted; or Docker made a folder of that name because the file was missing at its start", Fix: "Mount the folder; remove the empty folder and put the file there.", Command: "ls -ld {path}"},
		},
	},
	{
		ID: "link-loop", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts:  []string{`open <path>: too many levels of symbolic links`, `stat <path>: too many levels of symbolic links`},
		Means:  "{path} is a symbolic link that leads back to itself.",
		Causes: []Cause{{Check: scan.LinkLoop, Text: "a link was made under the name of the file that it should lead to", Fix: "Remove the link, and put the file there.", Command: "ls -l {path}"}},
	},
	{
		ID: "asn1", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts:  []string{`asn1: structure error`, `asn1: syntax error`},
		Means:  "What stands between BEGIN and END is not what the first line says, or is damaged.",
		Causes: []Cause{{Check: scan.PEMBroken, Text: "the file was cut off or changed on its way, or joined from two", Fix: "Copy or make it again.", Command: firstLines}},
	},
}
