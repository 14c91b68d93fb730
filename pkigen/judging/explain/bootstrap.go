package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// joining is where for a kubelet that has no certificate yet.
var joining = places{any: where{
	"the side that asks for a certificate, to join or to serve",
	"in the bootstrap token, or in the bindings of the cluster",
	"kube-apiserver's log at the same second, and the requests: kubectl get csr",
	"kubelet",
}}

// signing is where for the signer of requests.
var signing = places{any: where{
	"the signer of requests",
	"in the files of its flags --cluster-signing-cert-file and --cluster-signing-key-file",
	"the requests that are approved but not issued: kubectl get csr",
	"kube-controller-manager",
}}

const (
	bindBootstrap = "kubectl create clusterrolebinding kubelet-bootstrap --clusterrole=system:node-bootstrapper --group=system:bootstrappers"
	seeTokens     = "kubectl -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token"
)

var tokenWrong = []Cause{
	{Check: findings.TokenMismatch, Text: "the token in bootstrap-kubelet.conf is not the one of the Secret or of token.csv", Fix: "Make a new token and write it into bootstrap-kubelet.conf.", Command: seeTokens},
	{Check: findings.TokenEnded, Text: "the token has expired: that of a Secret counts until its expiration, and is deleted then", Fix: "Make a new token and write it into bootstrap-kubelet.conf.", Command: seeTokens},
	{Check: scan.TokenForm, Text: "the line of token.csv has no token, or fewer than three columns", Fix: `Write TOKEN,USER,UID,"system:bootstrappers" and restart kube-apiserver.`},
	{Text: "kube-apiserver was not restarted after token.csv was changed, or runs without --enable-bootstrap-token-auth or --token-auth-file", Fix: "Set the flag, and restart it."},
}

var bootstrapTexts = []Entry{
	{
		ID: "csr-anonymous", Family: Bootstrap, Rank: Fault, Side: Client, Where: joining,
		Texts: []string{
			`certificatesigningrequests.certificates.k8s.io is forbidden: User "system:anonymous" cannot <verb> resource`,
			`cannot create certificate signing request: Unauthorized`,
		},
		Means:  "kube-apiserver does not know the bootstrap token that the kubelet has shown.",
		Causes: tokenWrong,
	},
	{
		ID: "csr-forbidden", Family: Bootstrap, Rank: Fault, Side: Client, Where: joining,
		Texts: []string{
			`certificatesigningrequests.certificates.k8s.io is forbidden: User "<user>" cannot <verb> resource`,
			`User "<user>" cannot create certificatesigningrequests`,
		},
		Means: `kube-apiserver knows the token, as user "{user}", but that user may not ask for certificates: no cluster has the binding by itself.`,
		Causes: []Cause{
			{Text: "the binding to system:node-bootstrapper is missing", Fix: "Make it for the group of the token (certwright writes it into manifests/).", Command: bindBootstrap},
			{Check: findings.IdentityGroup, Text: "the token has another group than the binding names: token.csv without system:bootstrappers", Fix: "Write the group into the fourth column, or bind the user.",
				Command: "kubectl create clusterrolebinding kubelet-bootstrap-user --clusterrole=system:node-bootstrapper --user={user}"},
		},
	},
	{
		ID: "csr-wait", Family: Bootstrap, Rank: Around, Side: Client, Where: joining,
		Texts:  []string{`cannot create certificate signing request`, `failed to run Kubelet: cannot create certificate signing request`},
		Means:  "The kubelet could not ask for its certificate. The reason stands behind it.",
		Causes: tokenWrong,
	},
	{
		ID: "csr-denied", Family: Bootstrap, Rank: Fault, Side: Client, Where: joining,
		Texts:  []string{`certificate signing request is denied, reason: <reason>, message:`, `certificate signing request failed, reason: <reason>, message:`},
		Means:  "The request for a certificate was denied or could not be signed: {reason}.",
		Causes: []Cause{{Text: "an approver has denied it, or its signer does not take its names or usages", Fix: "Look at the request's conditions; delete it, and restart the kubelet for a new one.", Command: "kubectl describe csr CSR"}},
	},
	{
		ID: "no-serving-certificate", Family: Bootstrap, Rank: Fault, Side: Server, Where: joining,
		Texts: []string{`no serving certificate available for the kubelet`},
		Means: "The kubelet has asked for its serving certificate and nobody has approved it. Who dials it sees \"remote error: tls: internal error\".",
		Fault: "in the cluster: the request waits for approval",
		Causes: []Cause{{Text: "serverTLSBootstrap is set, and nothing in Kubernetes approves serving requests by itself", Fix: "Approve it, now and at each renewal, or run an approver.",
			Command: "kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving; kubectl certificate approve CSR"}},
	},
	{
		ID: "kubelet-expired", Family: Bootstrap, Rank: Fault, Side: Alone, Where: joining,
		Texts: []string{`part of the existing bootstrap client certificate in <path> is expired`},
		Means: "The kubelet's client certificate expired while the node was off or could not reach kube-apiserver. It needs a bootstrap token again.",
		Fault: "in the kubelet's own client certificate",
		Causes: []Cause{
			{Check: findings.Expired, Text: "the node was off when its certificate expired", Fix: "Make a new bootstrap token, write bootstrap-kubelet.conf, delete kubelet.conf and kubelet-client-*.pem, and restart the kubelet.", Command: seeTokens},
			{Text: "requests for renewal were not approved: the binding selfnodeclient for system:nodes is missing", Fix: "Make the binding.",
				Command: "kubectl create clusterrolebinding node-renewal --clusterrole=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient --group=system:nodes"},
		},
	},
	{
		ID: "kubelet-lost-certificate", Family: Bootstrap, Rank: Fault, Side: Alone, Where: joining, Fault: "in the kubelet's own client certificate",
		Texts: []string{`The currently active client certificate has expired`, `No valid client certificate is found but the server is not responsive`, `No valid client certificate is found and the server is responsive, exiting`},
		Means: "The kubelet's client certificate has expired, and it got no new one.",
		Causes: []Cause{
			{Check: findings.Expired, Text: "the node was off or cut off from kube-apiserver when its certificate expired", Fix: "Make a new bootstrap token, write bootstrap-kubelet.conf, delete kubelet.conf and kubelet-client-*.pem, and restart the kubelet.", Command: seeTokens},
			{Text: "its requests for renewal were not approved or not signed", Fix: "Look at the requests; kube-controller-manager signs them with --cluster-signing-cert-file.", Command: "kubectl get csr"},
		},
	},
	{
		ID: "bootstrap-config", Family: Bootstrap, Rank: Fault, Side: Alone, Where: joining,
		Texts: []string{`unable to load bootstrap kubeconfig: stat <path>: no such file or directory`, `unable to load bootstrap kubeconfig`},
		Means: "The kubelet has no certificate that counts, and no bootstrap kubeconfig to ask for one with.",
		Fault: "in the kubelet's files",
		Causes: []Cause{
			{Check: findings.Expired, Text: "its certificate has expired, and the bootstrap kubeconfig was deleted after the first start", Fix: "Write a new one with a new token, or give the kubelet a kubeconfig with a certificate.", Command: seeTokens},
			{Check: findings.KubeconfigPathMissing, Text: "--bootstrap-kubeconfig names another folder", Fix: "Correct the flag."},
		},
	},
	{
		ID: "bootstrap-token-unknown", Family: Bootstrap, Rank: Fault, Side: Server, Where: joining,
		Texts:  []string{`No secret of name <id> to match bootstrap bearer token`, `Expired bootstrap token in <id> Secret`},
		Means:  "The Secret of the bootstrap token is not there ({id}), or has expired.",
		Causes: []Cause{{Check: findings.TokenEnded, Text: "it was never applied, or was deleted at its end", Fix: "Make a new token and write it into bootstrap-kubelet.conf.", Command: seeTokens}, tokenWrong[0]},
	},
	{
		ID: "signer-bundle", Family: Bootstrap, Rank: Fault, Side: Alone, Where: signing,
		Texts:  []string{`error reading CA cert file "<path>": expected 1 certificate, found <count>`},
		Means:  "The file of the signing CA holds {count} certificates; kube-controller-manager wants one.",
		Causes: []Cause{{Check: findings.CABundle, Text: "a bundle of the old and the new CA was named for signing too", Fix: "Name a file with the one CA that signs; the bundle belongs into the files that check.", Command: "grep -c BEGIN FILE"}},
	},
	{
		ID: "signer-expired", Family: Bootstrap, Rank: Fault, Side: Alone, Where: signing,
		Texts:  []string{`the signer has expired: NotAfter=<until>`, `refusing to sign a certificate that expired in the past`},
		Means:  "The CA that should sign has expired.",
		Causes: []Cause{{Check: findings.Expired, Text: "the CA was not renewed in time", Fix: "Make the CA's certificate again from the same key, and hand it out.", Command: showDay}},
	},
	{
		ID: "signer-missing", Family: Bootstrap, Rank: Fault, Side: Alone, Where: signing,
		Texts:  []string{`Skipping CSR signer controller because no csr cert/key was specified`},
		Means:  "kube-controller-manager was told no CA to sign with: requests stay approved and are never issued.",
		Causes: []Cause{{Text: "--cluster-signing-cert-file and --cluster-signing-key-file are missing", Fix: "Name the Kubernetes CA and its key there."}},
	},
}
