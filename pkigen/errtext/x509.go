package errtext

// checked is where for the texts of crypto/x509: one side has looked at the
// other's certificate and refused it.
var checked = places{
	any: where{
		"the side that checks: mostly the one that dialled, but etcd, kubelet and kube-apiserver check their clients too",
		"in the certificate of the other side, or in this side's file of trusted CAs",
		`the certificate that the other side shows, and the CA file that this side was told; the other side's log has no more than "remote error: tls: bad certificate"`,
		"",
	},
	client: where{
		"the side that dialled: it has checked the certificate of the server and refused it",
		"in the certificate of the server that answered, or in the CA file of the side that dialled",
		`the server's certificate file, and the CA file or kubeconfig of this side; the server's log has no more than "remote error: tls: bad certificate"`,
		"",
	},
	server: where{
		"the side that was dialled: it has checked the certificate of its client and refused it",
		"in the certificate that the client shows, or in the server's file of trusted client CAs",
		`the client's certificate and the flag or kubeconfig that names it; the client's log has no more than "remote error: tls: ..." or "Unauthorized"`,
		"",
	},
}

// dialledName is the fault of a name that a certificate lacks.
const dialledName = "in the certificate of the server that answered: the name is not in it"

const (
	showSANs = "openssl x509 -in FILE -noout -ext subjectAltName"
	showDay  = "openssl x509 -in FILE -noout -subject -issuer -dates"
	showUse  = "openssl x509 -in FILE -noout -ext extendedKeyUsage"
)

var (
	// lostName is a server's certificate that lacks the dialled name.
	lostName = Cause{Check: sanMissing, Text: "the certificate was made before this name or address was in use: a new node, a load balancer, a virtual or a service address",
		Mend:    "Add {wanted} to the answers, at its node or in certSANs, and make the server's certificate again; CA and clients stay as they are.",
		Command: "certwright generate --answers answers.yaml --dir DIR"}
	wrongServer = Cause{Text: "another server answered: a wrong address in a kubeconfig or flag, or a proxy between",
		Mend: "Look at what listens there, and correct the address.", Command: "openssl s_client -connect {server} </dev/null | openssl x509 -noout -subject -ext subjectAltName"}
	wrongClock = Cause{Text: "the clock of the side that checks is wrong: a machine that was asleep, or one without NTP",
		Mend: "Set the clock, and let NTP keep it.", Command: "timedatectl status"}
	oldCopy = Cause{Check: copyStale, Text: "the program still uses an old copy of its file, from another folder or from before its last start",
		Mend: "Replace the copy, and restart the program where it does not read its files again by itself."}
	staleKubeconfig = Cause{Check: kubeconfigCA, Text: "the kubeconfig of the side that dialled holds an older CA",
		Mend: "Make the kubeconfig again with the present CA.", Side: Client}
)

var x509Texts = []Entry{
	{
		ID: "same-name-ca", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{
			`x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "<ca>")`,
			`x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "<ca>")`,
			`x509: certificate signed by unknown authority (possibly because of "x509: Ed25519 verification failure" while trying to verify candidate authority certificate "<ca>")`,
		},
		Means: `The trusted CA "{ca}" has the right name but the wrong key: the certificate was signed by another CA of the same name.`,
		Causes: []Cause{
			{Check: twoCAsOneName, Text: `the CA "{ca}" was made again under its old name; one side has files of the old one, the other of the new one`,
				Mend:    "Find the two by their key ids and use one everywhere; sign again what the other has signed.",
				Command: "openssl x509 -in FILE -noout -subject -ext subjectKeyIdentifier,authorityKeyIdentifier"},
			staleKubeconfig, oldCopy,
			{Check: signatureWrong, Text: "the certificate was changed after it was signed", Mend: "Make the certificate again."},
		},
	},
	{
		ID: "signer-no-ca", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{
			`x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "<ca>")`,
			`x509: invalid signature: parent certificate cannot sign this kind of certificate`,
			`x509: certificate is not authorized to sign other certificates`,
		},
		Means: `The certificate that should have signed, {ca}, is no CA, or is not allowed to sign certificates.`,
		Causes: []Cause{
			{Check: notACA, Text: "the CA file holds a certificate that is no CA: a server's or client's own certificate was put there",
				Mend:    "Put the CA's certificate into that file.",
				Command: "openssl x509 -in FILE -noout -subject -ext basicConstraints,keyUsage"},
			{Check: caCannotSign, Text: "the CA was made without the right to sign (keyCertSign, CA:TRUE)",
				Mend: "Make the CA's certificate again from its key with that right; what it has signed stays good."},
			{Check: leafNamedAsCA, Text: "a certificate with the CA's own name lies beside the CA in the file", Mend: "Take it out of the file of trusted CAs."},
		},
	},
	{
		ID: "signed-with-sha1", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{
			`x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm <alg>" while trying to verify candidate authority certificate "<ca>")`,
			`x509: cannot verify signature: insecure algorithm <alg>`,
		},
		Means:  "The certificate is signed with {alg}, which Go takes for broken and refuses.",
		Fault:  "in the certificate that was refused: how it was signed",
		Causes: []Cause{{Check: sha1Signed, Text: "an old OpenSSL configuration (default_md = sha1) signed it", Mend: "Sign it again with SHA-256.", Command: "openssl x509 -in FILE -noout -text | grep 'Signature Algorithm'"}},
	},
	{
		ID: "unknown-authority", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{
			`x509: certificate signed by unknown authority (possibly because of "<reason>" while trying to verify candidate authority certificate "<ca>")`,
			`x509: certificate signed by unknown authority`,
		},
		Means: "The side that checks does not know the CA that signed the certificate it was shown.",
		Causes: []Cause{
			{Check: unknownSigner, Text: "the file of trusted CAs holds another CA: etcd's for Kubernetes', or one of an earlier run",
				Mend:    "Compare the signer with the CA file, and put the right CA there.",
				Command: "openssl verify -CAfile CA FILE"},
			staleKubeconfig,
			{Check: certMissing, Text: "an intermediate CA signed it, and the side that shows the certificate does not send that CA along",
				Mend: "Append the intermediate CA to the certificate's file, the certificate itself first."},
			{Check: kubeconfigBroken, Text: "the kubeconfig names no CA at all, so that the system's CAs are asked", Mend: "Set certificate-authority-data to the cluster's CA.", Side: Client},
			{Text: "a kubelet made its serving certificate up itself, as it does where it is told none", Mend: "Give kubelets serving certificates (tlsCertFile), or approve their requests.",
				Command: "kubectl get csr", Side: Client},
			oldCopy,
		},
	},
	{
		ID: "san-mismatch", Family: X509, Rank: Fault, Side: Client, Where: checked, Fault: dialledName,
		Texts: []string{
			`x509: certificate is valid for <count> names, but none matched <wanted>`,
			`x509: certificate is valid for <count> IP SANs, but none matched <wanted>`,
			`x509: certificate is valid for <names>, not <wanted>`,
		},
		Means: "{wanted} was dialled, but the certificate that answered is not for it. It is for {names}.",
		Causes: []Cause{
			lostName,
			{Check: sanIsNetwork, Text: "a network was written in place of the addresses in it", Mend: "Write each address of its own.", Command: showSANs},
			{Check: sanIsPort, Text: "the name was written into the certificate with a port, a scheme or brackets", Mend: "Write the bare name or address.", Command: showSANs},
			wrongServer, oldCopy,
		},
	},
	{
		ID: "san-no-address", Family: X509, Rank: Fault, Side: Client, Where: checked, Fault: dialledName,
		Texts: []string{`x509: cannot validate certificate for <wanted> because it doesn't contain any IP SANs`},
		Means: "The address {wanted} was dialled, but the certificate that answered names no address at all.",
		Causes: []Cause{
			{Check: sanMissing, Text: "the certificate has names only; an address has to be among its SANs, as an address", Mend: lostName.Mend, Command: lostName.Command},
			{Check: sanIsNetwork, Text: "a network such as 192.168.214.1/24 was given as a host; it became a name that matches nothing", Mend: "Write each address of its own.", Command: showSANs},
			{Check: sanIsAddress, Text: "the address was written among the DNS names (DNS: instead of IP: in an OpenSSL file)", Mend: "Write it as an IP address.", Command: showSANs},
			{Check: sanIsPort, Text: "the address was given with a port and became a name", Mend: "Write the bare address.", Command: showSANs},
			{Text: "the server is a kubelet that made its certificate up itself, with its host name only (what metrics-server meets)",
				Mend: "Give kubelets serving certificates with their addresses, or set serverTLSBootstrap and approve the requests.", Command: "kubectl get csr"},
		},
	},
	{
		ID: "san-none", Family: X509, Rank: Fault, Side: Client, Where: checked, Fault: dialledName,
		Texts: []string{`x509: certificate is not valid for any names, but wanted to match <wanted>`},
		Means: "{wanted} was dialled, but the certificate that answered names no server: it has no DNS name among its SANs.",
		Causes: []Cause{
			{Check: sanNone, Text: "it is a client's certificate, or was made without hosts", Mend: "Name a server's certificate there, or make it again with its names.", Command: showSANs},
			lostName, wrongServer,
		},
	},
	{
		ID: "legacy-cn", Family: X509, Rank: Fault, Side: Client, Where: checked, Fault: dialledName,
		Texts: []string{`x509: certificate relies on legacy Common Name field, use SANs instead`, `x509: certificate relies on legacy Common Name field`},
		Means: "The server's certificate has its name in the CN only. Since 2020 (Go 1.15) names count only as SANs.",
		Causes: []Cause{{Check: sanNone, Text: "the request was made without hosts (openssl req -subj, or cfssl without \"hosts\")",
			Mend: "Make the certificate again with its names as SANs.", Command: showSANs}},
	},
	{
		ID: "expired", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: certificate has expired or is not yet valid: current time <now> is after <until>`},
		Means: "A certificate has ended, on {until}: the one shown, or a CA above it.",
		Fault: "in the certificate that was refused, or in its CA",
		Causes: []Cause{
			{Check: expired, Text: "the certificate was not renewed in time", Mend: "Renew it with the same CA and restart the program that shows it.", Command: showDay},
			{Check: outlivesCA, Text: "the CA ended before the certificates it has signed", Mend: "Make the CA's certificate again from the same key, hand it out, and restart what has read the old one.", Command: showDay},
			{Check: kubeconfigCert, Text: "the file was renewed, but the kubeconfig still holds the old certificate", Mend: "Make the kubeconfig again.", Side: Server},
			oldCopy, wrongClock,
		},
	},
	{
		ID: "not-yet-valid", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: certificate has expired or is not yet valid: current time <now> is before <from>`},
		Means: "A certificate does not hold yet, only from {from} on: the one shown, or a CA above it.",
		Fault: "in the clock of one of the machines",
		Causes: []Cause{
			{Check: notYetValid, Text: "it was made on a machine whose clock runs ahead", Mend: "Set that clock and make the certificate again, or wait until {from}.", Command: showDay},
			wrongClock,
			{Check: startsBeforeCA, Text: "its CA was made after it", Mend: "Sign it again with the present CA."},
		},
	},
	{
		ID: "expired-or-not-yet", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: certificate has expired or is not yet valid`},
		Means: "A certificate has ended or does not hold yet; this text does not say which.",
		Causes: []Cause{
			{Check: expired, Text: "the certificate, or a CA above it, has ended", Mend: "Renew it with the same CA and restart the program that shows it.", Command: showDay},
			{Check: notYetValid, Text: "it was made on a machine whose clock runs ahead", Mend: "Set that clock and make the certificate again.", Command: showDay},
			wrongClock,
		},
	},
	{
		ID: "wrong-usage", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: certificate specifies an incompatible key usage`},
		Means: "The certificate is not meant for this: a server has to have server auth among its usages, a client client auth, and so must each CA between that limits usages.",
		Fault: "in the certificate that was refused: its extended key usages",
		Causes: []Cause{
			{Check: usageMissing, Text: "the server shows a certificate without server auth, such as a client's", Mend: "Make the server's certificate with server auth.", Command: showUse, Side: Client},
			{Check: usageMissing, Text: "the client shows a certificate without client auth, such as a server's; etcd dials itself, so its server certificate needs both", Mend: "Make it again with client auth.", Command: showUse, Side: Server},
			{Check: caCannotSign, Text: "a CA between limits the usages (extended key usage on the CA)", Mend: "Make that CA's certificate again without extended key usages."},
		},
	},
	{
		ID: "issuer-renamed", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: issuer name does not match subject from issuing certificate`},
		Means: "The CA that is trusted has the key that signed the certificate, but another name than the certificate says of its issuer.",
		Fault: "in the subject of the CA, or in a certificate that names the old one",
		Causes: []Cause{
			{Check: unknownSigner, Text: "the CA was made again from its old key under another subject (CN, O), and what it had signed before was kept",
				Mend: "Give the CA its old subject again, or sign again what names the old one as its issuer.", Command: "openssl x509 -in FILE -noout -subject -issuer"},
			staleKubeconfig, oldCopy,
		},
	},
	{
		ID: "ca-limits", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{
			`x509: a root or intermediate certificate is not authorized for an extended key usage`,
			`x509: a root or intermediate certificate is not authorized to sign for this name`,
			`x509: too many intermediates for path length constraint`,
			`x509: issuer has name constraints but leaf doesn't have a SAN extension`,
		},
		Means:  "A CA in the chain may not sign this certificate: its path length, its name constraints or its usages forbid it.",
		Fault:  "in a CA of the chain",
		Causes: []Cause{{Check: caCannotSign, Text: "the CA was made with limits that this certificate does not keep", Mend: "Sign with another CA, or make this CA's certificate again without the limit.", Command: "openssl x509 -in CA -noout -ext basicConstraints,nameConstraints,extendedKeyUsage"}},
	},
	{
		ID: "signature-wrong", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`crypto/rsa: verification error`, `x509: ECDSA verification failure`, `x509: Ed25519 verification failure`},
		Means: "A signature does not fit the key that should have made it.",
		Causes: []Cause{
			{Check: twoCAsOneName, Text: "the CA was made again under its old name, and one side still has the old one", Mend: "Find the two CAs by their key ids and use one everywhere.",
				Command: "openssl x509 -in FILE -noout -subject -ext subjectKeyIdentifier,authorityKeyIdentifier"},
			{Check: saMismatch, Text: "it is a token, and the key that checks it is not of the pair that signed it", Mend: "Give all kube-apiservers the public key of the controller-manager's signing key."},
			{Check: signatureWrong, Text: "the certificate was changed after it was signed", Mend: "Make the certificate again."},
		},
	},
}
