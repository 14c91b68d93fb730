package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// checked is where for the texts of crypto/x509: one side has looked at the
// other's certificate and refused it.
var checked = places{
	any: where{
		"the side that checks: mostly the one that dialled, but etcd, kubelets and kube-apiserver check their clients too",
		"in {shown}, or in {trust}",
		`{shown}, and {trust}; the other side's log has no more than "remote error: tls: bad certificate"`,
		"",
	},
	client: where{
		"the side that dialled {peer}: it has checked {shown} and refused it",
		"in {shown}, or in {trust}",
		`{shown}, and {trust}; the log of {peer} has no more than "remote error: tls: bad certificate"`,
		"",
	},
	server: where{
		"the side that was dialled: it has checked {shown} and refused it",
		"in {shown}, or in {trust}",
		`{shown} and the flag or kubeconfig that names it; the client's log has no more than "remote error: tls: ..." or "Unauthorized"`,
		"",
	},
}

// dialledName is the fault of a name that a certificate lacks.
const dialledName = "in {shown}: the name is not in it"

const (
	showSANs   = "openssl x509 -in FILE -noout -ext subjectAltName"
	showDay    = "openssl x509 -in FILE -noout -subject -issuer -dates"
	showUse    = "openssl x509 -in FILE -noout -ext extendedKeyUsage"
	showKeyIDs = "openssl x509 -in FILE -noout -subject -ext subjectKeyIdentifier,authorityKeyIdentifier"
	showServed = "openssl s_client -connect {server} </dev/null | openssl x509 -noout -subject -dates -ext subjectAltName"
)

var (
	// lostName is a server's certificate that lacks the dialled name.
	lostName = Cause{Check: findings.SANMissing, On: byFile, Text: "{shown} was made before this name or address was in use: a new node, a load balancer, a virtual or a service address",
		Fix:     "Add {wanted} to the answers, at its node or in certSANs, and make the certificate again; CA and clients stay as they are.",
		Command: "certwright generate --answers answers.yaml --dir DIR"}
	lostOutside = Cause{Check: findings.SANMissing, On: "webhook conversion hookfile oidc login aggregated registry web", Text: "{shown} was made for another name (a service in the cluster is dialled as SERVICE.NAMESPACE.svc)",
		Fix: "Make {shown} again with {wanted} among its SANs.", Command: "openssl s_client -connect {server} -servername {wanted} </dev/null | openssl x509 -noout -subject -dates -ext subjectAltName"}
	wrongServer = Cause{Text: "another server answered: a wrong address, or a proxy between",
		Fix: "Look at what listens there, and correct the address.", Command: showServed, On: byFile + " registry oidc login web"}
	wrongClock = Cause{Text: "the clock of the side that checks is wrong: a machine that was asleep, or one without NTP",
		Fix: "Set the clock, and let NTP keep it.", Command: "timedatectl status"}
	oldCopy = Cause{Check: findings.CopyStale, On: byFile, Text: "the program still uses an old copy of its file, from another folder or from before its last start",
		Fix: "Replace the copy, and restart the program where it does not read its files again by itself."}
	staleKubeconfig = Cause{First: true, Check: findings.KubeconfigCAStale, On: byConfig, Text: "the kubeconfig of the side that dialled holds an older CA",
		Fix: "Make the kubeconfig again with the present CA.", Side: Client}
	staleBundle = Cause{First: true, On: byObject, Text: "the certificate was made again with a new CA, and {trust} was not written again", Side: Client,
		Fix: "{set} Where cert-manager's CA injector writes it, look at its annotation cert-manager.io/inject-ca-from.", Command: "{look}"}
	// frontCA is what an extension server says of kube-apiserver.
	frontCA = Cause{First: true, Check: findings.UnknownSigner, On: "aggregated", Side: Server, Text: "the requestheader CA that an extension server reads from the ConfigMap extension-apiserver-authentication did not sign the front proxy's certificate (--proxy-client-cert-file)",
		Fix: "Name the CA that signed it in --requestheader-client-ca-file of kube-apiserver, and restart the extension server.", Command: showFront}
	// kubeletMadeUp is the certificate that a kubelet makes where it is told none.
	kubeletMadeUp = Cause{First: true, On: "kubelet scrape", Side: Client, Text: "the kubelet made its serving certificate up itself, as it does where it is told none: it signed it itself, for its host name only",
		Fix: "Give kubelets serving certificates with their addresses (tlsCertFile), or set serverTLSBootstrap and approve the requests.", Command: "kubectl get csr"}
	componentMadeUp = Cause{First: true, On: "secure", Side: Client, Text: "kube-controller-manager and kube-scheduler make their serving certificate up at each start where --tls-cert-file is not set",
		Fix: "Set --tls-cert-file and --tls-private-key-file, or let the monitoring skip the check for these ports."}
	expiredCause = Cause{Check: findings.Expired, Text: "{shown} was not renewed in time", Fix: "Renew it with the same CA and restart the program that shows it.", Command: showDay}
	expiredCA    = Cause{Check: findings.OutlivesCA, Text: "the CA above it expired before it", Fix: "Make the CA's certificate again from the same key, hand it out, and restart what has read the old one.", Command: showDay}
	earlyCause   = Cause{Check: findings.NotYetValid, Text: "it was made on a machine whose clock runs ahead", Fix: "Set that clock and make the certificate again, or wait until it is valid.", Command: showDay}
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
			{Check: findings.TwoCAsOneName, Text: `the CA "{ca}" was made again under its old name: {trust} holds one, and {shown} is signed by the other`,
				Fix: "{set} Find the two by their key ids, use one everywhere, and sign again what the other has signed.", Command: showKeyIDs},
			staleBundle, frontCA, staleKubeconfig, oldCopy,
			{Check: findings.SignatureWrong, Text: "the certificate was changed after it was signed", Fix: "Make the certificate again."},
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
			{Check: findings.NotACA, Text: "{trust} holds a certificate that is no CA: a server's or client's own certificate was put there",
				Fix:     "Put the CA's certificate there.",
				Command: "openssl x509 -in FILE -noout -subject -ext basicConstraints,keyUsage"},
			{Check: findings.CACannotSign, Text: "the CA was made without the right to sign (keyCertSign, CA:TRUE)",
				Fix: "Make the CA's certificate again from its key with that right; what it has signed stays good."},
			{Check: findings.LeafNamedAsCA, Text: "a certificate with the CA's own name lies beside the CA in the file", Fix: "Take it out of the file of trusted CAs."},
		},
	},
	{
		ID: "not-authorized-to-sign", Family: X509, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`certificate is not authorized to sign other certificates`, `input certificate is not a CA cert`, `signing certificate is not a CA`, `certificate is not a CA certificate`, `local signer certificate disallows issuing CA certificate`},
		Means: "A program was given a certificate to sign with that is no CA: CA:TRUE or the usage keyCertSign is missing.",
		Causes: []Cause{
			{Check: findings.NotACA, Text: "a leaf (a server's or client's certificate) was named in place of the CA", Fix: "Name the CA's certificate and its key.",
				Command: "openssl x509 -in FILE -noout -subject -ext basicConstraints,keyUsage"},
			{Check: findings.CACannotSign, Text: "the CA was made without basicConstraints CA:TRUE, or without keyCertSign", Fix: "Make the CA's certificate again from its key with both; what it has signed stays good."},
		},
	},
	{
		ID: "signed-with-sha1", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{
			`x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm <alg>" while trying to verify candidate authority certificate "<ca>")`,
			`x509: cannot verify signature: insecure algorithm <alg>`,
		},
		Means:  "The certificate is signed with {alg}, which Go takes for broken and refuses.",
		Fault:  "in {shown}: how it was signed",
		Causes: []Cause{{Check: findings.SHA1, Text: "an old OpenSSL configuration (default_md = sha1) signed it", Fix: "Sign it again with SHA-256.", Command: "openssl x509 -in FILE -noout -text | grep 'Signature Algorithm'"}},
	},
	{
		ID: "unknown-authority", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{
			`x509: certificate signed by unknown authority (possibly because of "<reason>" while trying to verify candidate authority certificate "<ca>")`,
			`x509: certificate signed by unknown authority`,
		},
		Means: "The side that checks does not know the CA that signed {shown}.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "{trust} does not hold the CA that signed {shown}, but another, or one of an earlier run", Fix: "{set}", Command: "{look}"},
			staleKubeconfig,
			{Check: findings.CertMissing, Text: "an intermediate CA signed it, and the side that shows the certificate does not send that CA along",
				Fix: "Append the intermediate CA to the certificate's file, the certificate itself first."},
			{Check: scan.ConfigBroken, On: "config", Text: "the kubeconfig names no CA at all, so that the system's CAs are asked", Fix: "Set certificate-authority-data to the cluster's CA.", Side: Client},
			kubeletMadeUp, staleBundle, frontCA, componentMadeUp, oldCopy,
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
			lostName, lostOutside,
			{Check: findings.SANIsNetwork, Text: "a network was written in place of the addresses in it", Fix: "Write each address on its own.", Command: showSANs, On: byFile},
			{Check: findings.SANIsPort, Text: "the name was written into the certificate with a port, a scheme or brackets", Fix: "Write the bare name or address.", Command: showSANs},
			wrongServer, oldCopy,
		},
	},
	{
		ID: "san-no-address", Family: X509, Rank: Fault, Side: Client, Where: checked, Fault: dialledName,
		Texts: []string{`x509: cannot validate certificate for <wanted> because it doesn't contain any IP SANs`},
		Means: "The address {wanted} was dialled, but the certificate that answered names no address at all.",
		Causes: []Cause{
			{Check: findings.SANMissing, On: byFile, Text: "{shown} has names only; an address has to be among its SANs, as an address", Fix: lostName.Fix, Command: lostName.Command},
			lostOutside, kubeletMadeUp,
			{Check: findings.SANIsNetwork, On: byFile, Text: "a network such as 192.168.214.1/24 was given as a host; it became a name that matches nothing", Fix: "Write each address on its own.", Command: showSANs},
			{Check: findings.SANIsAddress, Text: "the address was written among the DNS names (DNS: instead of IP: in an OpenSSL file)", Fix: "Write it as an IP address.", Command: showSANs},
			{Check: findings.SANIsPort, Text: "the address was given with a port and became a name", Fix: "Write the bare address.", Command: showSANs},
		},
	},
	{
		ID: "san-none", Family: X509, Rank: Fault, Side: Client, Where: checked, Fault: dialledName,
		Texts: []string{`x509: certificate is not valid for any names, but wanted to match <wanted>`},
		Means: "{wanted} was dialled, but the certificate that answered names no server: it has no DNS name among its SANs.",
		Causes: []Cause{
			{Check: findings.SANNone, Text: "{shown} is a client's certificate, or was made without hosts", Fix: "Name a server's certificate there, or make it again with its names.", Command: showSANs},
			lostName, lostOutside, wrongServer,
		},
	},
	{
		ID: "legacy-cn", Family: X509, Rank: Fault, Side: Client, Where: checked, Fault: dialledName,
		Texts: []string{`x509: certificate relies on legacy Common Name field, use SANs instead`, `x509: certificate relies on legacy Common Name field`},
		Means: "The name stands in the CN only of {shown}. Since 2020 (Go 1.15) names count only as SANs.",
		Causes: []Cause{{Check: findings.SANNone, Text: "the request was made without hosts (openssl req -subj, or cfssl without \"hosts\")",
			Fix: "Make the certificate again with its names as SANs.", Command: showSANs}},
	},
	{
		ID: "expired", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: certificate has expired or is not yet valid: current time <now> is after <until>`},
		Means: "A certificate has expired, on {until}: {shown}, or a CA above it.",
		Fault: "in {shown}, or in its CA",
		Causes: []Cause{
			expiredCause, expiredCA,
			{Check: findings.KubeconfigCertStale, On: byConfig, Text: "the file was renewed, but the kubeconfig still holds the old certificate", Fix: "Make the kubeconfig again.", Side: Server},
			oldCopy, wrongClock,
		},
	},
	{
		ID: "not-yet-valid", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: certificate has expired or is not yet valid: current time <now> is before <from>`},
		Means: "A certificate is not valid yet, only from {from} on: {shown}, or a CA above it.",
		Fault: "in the clock of one of the machines",
		Causes: []Cause{
			earlyCause, wrongClock,
			{Check: findings.StartsBeforeCA, Text: "its CA was made after it", Fix: "Sign it again with the present CA."},
		},
	},
	{
		ID: "expired-or-not-yet", Family: X509, Rank: Fault, Where: checked,
		Texts:  []string{`x509: certificate has expired or is not yet valid`},
		Means:  "A certificate has expired or is not valid yet; this text does not say which.",
		Causes: []Cause{expiredCause, expiredCA, earlyCause, wrongClock},
	},
	{
		ID: "wrong-usage", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: certificate specifies an incompatible key usage`},
		Means: "The certificate is not meant for this: a server has to have server auth among its usages, a client client auth, and so must each CA between that limits usages.",
		Fault: "in {shown}: its extended key usages",
		Causes: []Cause{
			{Check: findings.UsageMissing, Text: "{shown} has no server auth: it is a client's certificate", Fix: "Make it again with server auth.", Command: showUse, Side: Client},
			{Check: findings.UsageMissing, On: "etcd etcdctl peer", Text: "the client shows a certificate without client auth; etcd dials itself, so its server certificate needs both", Fix: "Make it again with client auth.", Command: showUse, Side: Server},
			{Check: findings.UsageMissing, On: "config kubelet-api pod kubelet scrape secure aggregated", Text: "the client shows a certificate without client auth, such as a server's", Fix: "Make it again with client auth.", Command: showUse, Side: Server},
			{Check: findings.CACannotSign, Text: "a CA between limits the usages (extended key usage on the CA)", Fix: "Make that CA's certificate again without extended key usages."},
		},
	},
	{
		ID: "issuer-renamed", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`x509: issuer name does not match subject from issuing certificate`},
		Means: "The CA that is trusted has the key that signed the certificate, but another name than the certificate says of its issuer.",
		Fault: "in the subject of the CA, or in a certificate that names the old one",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "the CA was made again from its old key under another subject (CN, O), and what it had signed before was kept",
				Fix: "Give the CA its old subject again, or sign again what names the old one as its issuer.", Command: "openssl x509 -in FILE -noout -subject -issuer"},
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
		Causes: []Cause{{Check: findings.CACannotSign, Text: "the CA was made with limits that this certificate does not keep", Fix: "Sign with another CA, or make this CA's certificate again without the limit.", Command: "openssl x509 -in CA -noout -ext basicConstraints,nameConstraints,extendedKeyUsage"}},
	},
	{
		ID: "signature-wrong", Family: X509, Rank: Fault, Where: checked,
		Texts: []string{`crypto/rsa: verification error`, `x509: ECDSA verification failure`, `x509: Ed25519 verification failure`},
		Means: "A signature does not fit the key that should have made it.",
		Causes: []Cause{
			{Check: findings.TwoCAsOneName, Text: "the CA was made again under its old name, and one side still has the old one", Fix: "Find the two CAs by their key ids and use one everywhere.", Command: showKeyIDs},
			{Check: findings.SAMismatch, On: "config kubelet-api pod", Text: "it is a token, and the key that checks it is not of the pair that signed it", Fix: "Give all kube-apiservers the public key of the controller-manager's signing key."},
			{Check: findings.SignatureWrong, Text: "the certificate was changed after it was signed", Fix: "Make the certificate again."},
		},
	},
}
