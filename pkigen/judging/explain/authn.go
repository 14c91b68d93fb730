package explain

import "certwright/pkigen/judging/findings"

// loggedIn is where for logins: kube-apiserver ends the handshake well, whatever
// certificate its client shows, and then answers with 401.
var loggedIn = places{
	any: where{
		"the client of kube-apiserver, or kube-apiserver itself in its log",
		"in the certificate or token that the client shows, or in what kube-apiserver checks it by (--client-ca-file)",
		`kube-apiserver's log at the same second: "Unable to authenticate the request" has the reason`, "",
	},
	client: where{
		"the side that dialled: kube-apiserver has answered 401",
		"in the certificate or token of the kubeconfig, or in kube-apiserver's --client-ca-file",
		`kube-apiserver's log at the same second: "Unable to authenticate the request" has the reason`, "",
	},
	server: where{
		"the side that was dialled: it does not accept what its client shows",
		"in {shown}, or in {trust}; or in a token",
		"the x509 text or token text behind it in the same line; the client knows no more than \"Unauthorized\"",
		"",
	},
}

const readConfigCert = "kubectl --kubeconfig FILE config view --raw -o jsonpath='{.users[0].user.client-certificate-data}' | base64 -d | openssl x509 -noout -subject -issuer -dates"

var authnTexts = []Entry{
	{
		ID: "unauthorized", Family: Authn, Rank: Refusal, Side: Client, Where: loggedIn,
		Texts: []string{`You must be logged in to the server (Unauthorized)`, `You must be logged in to the server (<reason>)`, `the server has asked for the client to provide credentials`,
			`Unable to register node with API server: Unauthorized`, `Unable to register node "<node>" with API server: Unauthorized`, `err="Unauthorized"`, `"reason":"Unauthorized"`, `reason=Unauthorized`, `error: Unauthorized`,
			`failed to list <resource>: Unauthorized`, `failed to watch <resource>: Unauthorized`, `failed to update lock: Unauthorized`,
			`failed to update lock optimistically: Unauthorized`, `error retrieving resource lock <path>: Unauthorized`, `failed to release lock: Unauthorized`},
		Means: "kube-apiserver does not know who is asking: it accepts neither the certificate nor the token that it was shown, or was shown none.",
		Causes: []Cause{
			{Check: findings.KubeconfigCertStale, Text: "the certificate in the kubeconfig is of another CA than kube-apiserver's --client-ca-file, or of before the CA was made again", Fix: "Make the kubeconfig again with the present CA.", Command: readConfigCert},
			{Check: findings.Expired, Text: "that certificate has expired", Fix: "Renew it and make the kubeconfig again.", Command: readConfigCert},
			{Check: findings.UsageMissing, Text: "it is a server's certificate: client auth is missing among its usages", Fix: "Make it with client auth."},
			{Check: findings.TokenMismatch, Text: "it is a token that kube-apiserver does not know: misspelt, expired, or put into token.csv without a restart", Fix: "Compare the token with the Secret or the file; restart kube-apiserver after a change of the file."},
		},
	},
	{
		ID: "client-cert-refused", Family: Authn, Rank: Refusal, Side: Server, Where: loggedIn,
		Texts: []string{`verifying certificate SN=<sn>, SKID=<skid>, AKID=<akid> failed`, `verifying certificate SN=<sn>, SKID=, AKID=<akid> failed`,
			`verifying certificate SN=<sn>, SKID=<skid>, AKID= failed`, `verifying certificate SN=<sn>, SKID=, AKID= failed`},
		Means: "{self} has refused the client certificate with serial number {sn}, whose signer has the key id {akid}. The reason stands behind it.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "a CA with another key id stands in {trust}: compare it with the AKID", Fix: "{set}",
				Command: "openssl x509 -in CA -noout -ext subjectKeyIdentifier"},
			frontCA,
			{Check: findings.KubeconfigCertStale, On: byConfig, Text: "a kubeconfig still holds a certificate of an earlier CA: find it by its serial number", Fix: "Make that kubeconfig again.", Command: "openssl x509 -in FILE -noout -serial"},
			{Check: findings.Expired, Text: "it has expired: {shown}", Fix: "Renew it.", Command: showDay},
		},
	},
	{
		ID: "not-authenticated", Family: Authn, Rank: Around, Side: Server, Where: loggedIn,
		Texts: []string{`Unable to authenticate the request`},
		Means: "{self} does not accept what a client has shown. The reason stands behind it.",
		Causes: []Cause{
			{Check: findings.KubeconfigCertStale, On: byConfig, Text: "a client's certificate is signed by another CA or has expired", Fix: "Explain the x509 text of the same line."},
			{Check: findings.Expired, On: "kubelet", Text: "kube-apiserver's client certificate for kubelets (--kubelet-client-certificate) has expired or is not of the CA in clientCAFile", Fix: "Explain the x509 text of the same line."},
			frontCA,
			{Check: findings.EmptyCN, Text: "a client's certificate has no common name, which would be its user", Fix: "Make it again with the CN that its program needs."},
			{Check: findings.SAMismatch, On: "config kubelet-api pod", Text: "a token was signed with a key that kube-apiserver does not have", Fix: "Explain the text of the same line that speaks of a token."},
		},
	},
	{
		ID: "invalid-bearer-token", Family: Authn, Rank: Refusal, Side: Server, Where: loggedIn,
		Texts: []string{`invalid bearer token`},
		Means: "{self} does not know the token that a client has shown.",
		Causes: []Cause{
			{Check: findings.SAMismatch, Text: "it is a service account's token, signed with a key that this kube-apiserver does not have, or for another issuer (--service-account-issuer)", Fix: "Give all kube-apiservers the same keys and the same issuer."},
			{Check: findings.TokenMismatch, Text: "it is a bootstrap token that has expired or was deleted, or a token of a token.csv that was read before it was changed", Fix: "Make a new token, or restart kube-apiserver.", Command: "kubectl -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token"},
		},
	},
	{
		ID: "jwt-not-yet", Family: Token, Rank: Fault, Side: Server, Where: loggedIn, Fault: "in the clock of one of the control-plane nodes",
		Texts:  []string{`validation failed, token not valid yet`, `Token is not valid yet`, `service account token is not valid yet`, `service account token is issued in the future`, `validation field, token issued in the future`},
		Means:  "A token is not valid yet: it was made by a kube-apiserver whose clock runs ahead of this one's.",
		Causes: []Cause{{Text: "the clocks of the control-plane nodes differ", Fix: "Set the clocks, and let NTP keep them.", Command: "timedatectl status"}},
	},
}
