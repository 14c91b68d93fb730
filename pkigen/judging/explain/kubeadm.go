package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// byKubeadm is where for what kubeadm says of the files on its machine.
var byKubeadm = places{any: where{
	"which reads the files of this machine (/etc/kubernetes) before it writes or renews any",
	"in the files of this machine; no other side takes part",
	"the file that the text names, and the CA beside it",
	"kubeadm",
}}

// byJoin is where for kubeadm join, which checks the cluster before it trusts it.
var byJoin = places{any: where{
	"which checks the cluster that it was told to join",
	"in the join command: its token or its hash of the CA",
	"kubeadm token list, on a control-plane node",
	"kubeadm",
}}

const (
	newJoin   = "kubeadm token create --print-join-command"
	caHash    = "openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256"
	expiryOf  = "kubeadm certs check-expiration"
	renewAll  = "kubeadm certs renew all"
	twoHashes = "openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -fingerprint -sha256; " + configCA
)

var kubeadmTexts = []Entry{
	{
		ID: "kubeadm-expired", Family: File, Rank: Fault, Side: Alone, Where: byKubeadm,
		Texts: []string{
			`could not validate bounds for certificate <cert>: the certificate has expired`, `certificate <cert> is invalid: the certificate has expired`,
			`failed to load certificate: the certificate has expired`, `failure loading <cert> certificate: the certificate has expired`, `failed to load existing certificate <cert>: the certificate has expired`,
		},
		Means: "kubeadm found a certificate that has expired: {cert}.",
		Causes: []Cause{
			{Check: findings.Expired, Text: "the certificate was not renewed in time; kubeadm certs renew renews leaves, and no CA", Fix: "Renew it. A CA that has expired is made again from its own key: certwright adopt, then certwright renew.", Command: expiryOf},
			wrongClock,
		},
	},
	{
		ID: "kubeadm-not-yet", Family: File, Rank: Fault, Side: Alone, Where: byKubeadm, Fault: "in the clock of this machine, or of the one that made the certificate",
		Texts: []string{
			`could not validate bounds for certificate <cert>: the certificate is not valid yet`, `certificate <cert> is invalid: the certificate is not valid yet`,
			`failed to load certificate: the certificate is not valid yet`, `failure loading <cert> certificate: the certificate is not valid yet`, `failed to load existing certificate <cert>: the certificate is not valid yet`,
		},
		Means: "kubeadm found a certificate that is not valid yet: {cert}. By the clock of this machine it begins in the future.",
		Causes: []Cause{
			{Text: "the clock of this machine is behind: NTP is not running, or a virtual machine was asleep", Fix: "Set the clock, and let NTP keep it.", Command: "timedatectl status"},
			{Check: findings.NotYetValid, Text: "the certificate was made on a machine whose clock runs ahead", Fix: "Set that clock and make the certificate again, or wait.", Command: showDay},
		},
	},
	{
		ID: "kubeadm-names", Family: File, Rank: Fault, Side: Alone, Where: byKubeadm, Fault: "in the certificate {cert} on the disk: it lacks a name that kubeadm's configuration wants",
		Texts: []string{
			`certificate <cert> is invalid: x509: certificate is valid for <names>, not <wanted>`, `certificate <cert> is invalid: x509: cannot validate certificate for <wanted> because it doesn't contain any IP SANs`,
			`certificate <cert> is invalid: x509: certificate is not valid for any names, but wanted to match <wanted>`,
		},
		Means: "The certificate {cert} is there already, and lacks {wanted}, which kubeadm's configuration wants. kubeadm does not write over it.",
		Causes: []Cause{
			{Check: findings.SANMissing, Text: "the certificate was made before the name or address was in use, or with another configuration", Fix: "Move {cert}.crt and {cert}.key away, and run kubeadm init phase certs with the configuration: it makes them again with all names.", Command: showSANs},
		},
	},
	{
		ID: "join-pin", Family: Bootstrap, Rank: Fault, Side: Client, Where: byJoin, Fault: "in the hash of the join command, or in the address of the cluster",
		Texts: []string{`none of the public keys "<pin>" are pinned`, `cluster CA found in cluster-info ConfigMap is invalid`, `cluster CA found in cluster-info configmap is invalid`},
		Means: "The CA of the cluster is not the one whose hash the join command gives.",
		Causes: []Cause{
			{Text: "the join command is old: the CA was made again since (kubeadm reset and init)", Fix: "Print a new join command on a control-plane node; its --discovery-token-ca-cert-hash is that of the present CA.", Command: newJoin},
			{Text: "the address leads to another cluster", Fix: "Compare the hash with that of ca.crt on a control-plane node.", Command: caHash},
		},
	},
	{
		ID: "join-pin-form", Family: Bootstrap, Rank: Fault, Side: Alone, Where: byJoin,
		Texts:  []string{`invalid discovery token CA certificate hash`, `invalid hash, expected "format:hex-value"`, `unknown hash format "<pin>"`, `expected a 32 byte SHA-256 hash, found <bytes> bytes`, `could not decode SHA-256 from hex`},
		Means:  "The value of --discovery-token-ca-cert-hash is no hash: it has to be sha256: and 64 hexadecimal digits.",
		Causes: []Cause{{Text: "the hash was cut off when it was copied, or is that of the file and not of the public key", Fix: "Print a new join command on a control-plane node.", Command: newJoin}},
	},
	{
		ID: "join-token", Family: Bootstrap, Rank: Fault, Side: Client, Where: byJoin, Fault: "in the token of the join command",
		Texts: []string{
			`could not find a JWS signature in the cluster-info ConfigMap for token ID "<id>"`, `there is no JWS signed token in the cluster-info ConfigMap`, `The cluster-info ConfigMap does not yet contain a JWS signature for token ID "<id>"`,
			`token id "<id>" is invalid for this cluster or it has expired`, `failed to verify JWS signature of received cluster info object, can't trust this API Server`,
			`couldn't verify the cluster-info JWS`,
		},
		Means: "The cluster does not know the token of the join command: cluster-info is signed for each token that is valid, and not for this one.",
		Causes: []Cause{
			{Check: findings.TokenEnded, Text: "the token has expired (after 24 hours, unless --ttl says otherwise) or was deleted", Fix: "Make a new token, and join with the command that it prints.", Command: newJoin},
			{Check: findings.TokenMismatch, Text: "the secret half of the token is misspelt, or belongs to another cluster", Fix: "Compare it with the tokens of the cluster.", Command: "kubeadm token list"},
			{Text: "kube-controller-manager does not sign cluster-info: it is not running, or runs without the controller bootstrapsigner", Fix: "Look into its log, and at its flag --controllers."},
		},
	},
	{
		ID: "join-token-form", Family: Bootstrap, Rank: Fault, Side: Alone, Where: byJoin,
		Texts:  []string{`the bootstrap token "<id>" was not of the form`, `given token didn't match pattern`, `the bootstrap token is invalid`},
		Means:  "The token is none by its form: six and sixteen small letters and digits, with a point between.",
		Causes: []Cause{{Text: "the token was cut off or misspelt when it was copied", Fix: "Print a new join command on a control-plane node.", Command: newJoin}},
	},
	{
		ID: "join-info", Family: Bootstrap, Rank: Around, Side: Client, Where: byJoin,
		Texts: []string{`couldn't validate the identity of the API Server`, `failed to request the cluster-info ConfigMap`},
		Means: "kubeadm join could not check the cluster. The reason stands behind it.",
		Causes: []Cause{
			{Text: "the address of the join command is not reached, or its server shows another certificate", Fix: "Look at what listens there.", Command: showServed},
			{Check: findings.TokenEnded, Text: "the token has expired", Fix: "Print a new join command on a control-plane node.", Command: newJoin},
			{Text: "the clock of this machine is wrong, so that the certificate is not valid yet or has expired", Fix: "Set the clock, and let NTP keep it.", Command: "timedatectl status"},
		},
	},
	{
		ID: "upload-certs", Family: Bootstrap, Rank: Fault, Side: Alone, Where: byJoin, Fault: "in the Secret kubeadm-certs, which lives for two hours, or in its key",
		Texts:  []string{`Secret "kubeadm-certs" was not found in the "kube-system" Namespace`, `error downloading the secret`, `error decoding secret data with provided key`, `error decoding certificate key`, `the Secret does not include the required certificate or key`},
		Means:  "kubeadm join --control-plane could not fetch the CAs: the Secret kubeadm-certs has expired, or --certificate-key is another one's.",
		Causes: []Cause{{Text: "the certificates were uploaded more than two hours ago, or uploaded again with a new key", Fix: "Upload them again on a control-plane node, and join with the key that it prints.", Command: "kubeadm init phase upload-certs --upload-certs"}},
	},
	{
		ID: "key-neither", Family: File, Rank: Fault, Side: Alone, Where: byKubeadm, Fault: "in the key file",
		Texts: []string{
			`the private key file <path> is neither in RSA nor ECDSA format`,
			`the private key file <path> is in RSA format but the public key file <other> is not in RSA format`, `the private key file <path> is in ECDSA format but the public key file <other> is not in ECDSA format`,
		},
		Means:  "kubeadm takes RSA and ECDSA keys, and both halves of a pair have to be of one kind: {path} is not so.",
		Causes: []Cause{{Check: findings.SAKind, Text: "the key is Ed25519, or the public key beside it was made from another key", Fix: "Make the pair with RSA-2048 or ECDSA P-256, or write the public key from the private one again.", Command: "openssl pkey -in {path} -noout -text | head -1"}},
	},
	{
		ID: "key-not-rsa", Family: File, Rank: Fault, Side: Alone, Where: byKubeadm, Fault: "in the version of kubeadm, or in the key",
		Texts: []string{`the private key file <path> isn't in RSA format`, `the private key file <path> is not in RSA format`},
		Means: "This kubeadm takes RSA keys only, and {path} is another: ECDSA, or something else.",
		Causes: []Cause{
			{Check: findings.SAKind, Text: "the key is ECDSA, which kubeadm takes since 1.19", Fix: "Use a newer kubeadm, or make the pair with RSA-2048.", Command: "openssl pkey -in {path} -noout -text | head -1"},
			{Check: scan.KeyEncrypted, Text: "the key is locked with a password, or the file is no key", Fix: "Write it without a password.", Command: "(umask 077; openssl pkey -in {path} -out NEW)"},
		},
	},
	{
		ID: "kubeconfig-other-ca", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: byKubeadm, Fault: "in the kubeconfig, or in pki/ca.crt: they are of two CAs",
		Texts: []string{
			`a kubeconfig file "<path>" exists already but has got the wrong CA cert`, `a kubeconfig file "<path>" exists but does not contain a trusted CA in its current context's cluster`,
			`the kubeconfig file "<path>" contains an invalid CA cert`, `a kubeconfig file "<path>" exists already but has got the wrong API Server URL`, `a kubeconfig file "<path>" exists already but has an unexpected API Server URL`,
		},
		Means: "kubeadm found {path}, which was made for another CA or another address than this cluster's, and does not write over it.",
		Causes: []Cause{
			{Check: findings.KubeconfigCAStale, Text: "it is left from an earlier cluster, or the CA was made again since", Fix: "Move {path} away, and make it again with the present ca.crt: kubeadm init phase kubeconfig writes it.", Command: "mv -n {path} {path}.old"},
			{Text: "pki/ca.crt was replaced, and the kubeconfig is right", Fix: "Bring the earlier CA back.", Command: twoHashes},
		},
	},
	{
		ID: "kubelet-conf-user", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: byKubeadm, Fault: "in the kubeconfig: its user entry",
		Texts: []string{
			`the file "<path>" does not contain authentication for user "<user>"`, `invalid kubeConfig file <path>: missing authInfo <user>`, `kubeConfig file <path> does not have an embedded client certificate`,
			`kubeConfig file <path> does not contain a valid client certificate`, `invalid kubeconfig file <path>: missing AuthInfo <user>`, `invalid kubeconfig file <path>. x509 certificate expected`,
			`the file "<path>" is not a valid kubeconfig`, `the file "<path>" does not have current context set`, `cannot find cluster for active context in kubeconfig "<path>"`, `kubeConfig file <path> does not have an embedded server certificate`, `invalid kubeConfig file <path>: missing context <context>`,
		},
		Means: "{path} has no certificate for its user, or names a user that it does not hold: kubeadm cannot renew or rewrite it.",
		Causes: []Cause{
			{Check: scan.ConfigBroken, Text: "the entry of the user was renamed or removed, or points to a file in place of the data", Fix: "Make {path} again with kubeadm init phase kubeconfig (on a worker: kubeadm kubeconfig user on a control-plane node); a kubelet's may name /var/lib/kubelet/pki/kubelet-client-current.pem as client-certificate and client-key.", Command: "kubectl --kubeconfig {path} config view"},
		},
	},
	{
		ID: "not-signed-by-ca", Family: File, Rank: Fault, Side: Alone, Where: byKubeadm, Fault: "in the leaf or in its CA: they are of two runs",
		Texts: []string{
			`certificate <cert> is not signed by corresponding CA`, `certificate <cert> not signed by CA certificate <other>`, `[certs] certificate <cert> not signed by CA certificate <other>: x509: certificate signed by unknown authority`,
		},
		Means: "The certificate {cert} on the disk is signed by another CA than the one beside it.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "the CA was made again, and {cert} is left from the earlier CA", Fix: "Move {cert}.crt and {cert}.key away, and run kubeadm init phase certs: it makes them again with the present CA.", Command: "openssl verify -CAfile CA FILE"},
			{Check: findings.TwoCAsOneName, Text: "another CA of the same name was copied over the right one", Fix: "Bring the CA back that signed it: compare the key ids.", Command: showKeyIDs},
		},
	},
	{
		ID: "kubeadm-not-a-ca", Family: File, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts:  []string{`certificate <cert> is not a CA`, `certificate is not a certificate authority`},
		Means:  "The certificate {cert} is used as a CA, and is none (CA:TRUE is missing).",
		Causes: []Cause{{Check: findings.NotACA, Text: "a leaf was copied over the CA, or the CA was made without basicConstraints CA:TRUE", Fix: "Bring the CA back, or make its certificate again from its key.", Command: "openssl x509 -in FILE -noout -subject -ext basicConstraints,keyUsage"}},
	},
	{
		ID: "kubeadm-ca-missing", Family: File, Rank: Fault, Side: Alone, Where: byKubeadm,
		Texts: []string{
			`the CA files do not exist, please run kubeadm init phase certs ca to generate it`, `couldn't create a kubeconfig; the CA files couldn't be loaded`, `invalid or incomplete external CA`, `invalid or incomplete external front-proxy CA`,
			`couldn't load <cert> certificate authority from <path>`, `Detected external ca, <cert> can't be renewed`, `Detected external front-proxy-ca, <cert> can't be renewed`, `Detected external etcd/ca, <cert> can't be renewed`, `Detected external etcd-ca, <cert> can't be renewed`, `can't renew certificate <cert>: certificate authority`,
		},
		Means: "kubeadm needs the CA's certificate and its key, and one of them is not there or not usable.",
		Causes: []Cause{
			{Check: findings.KeyMissing, Text: "the CA key is kept elsewhere (an external CA), or was not copied to this control-plane node", Fix: "Bring the key back for this command, or have the certificate signed where the key is.", Command: "ls -l /etc/kubernetes/pki"},
			{Check: findings.CertMissing, Text: "pki/ca.crt is not there, or damaged", Fix: "Copy it from another control-plane node."},
		},
	},
	{
		ID: "kubeadm-load", Family: File, Rank: Around, Side: Alone, Where: byKubeadm,
		Texts: []string{
			`failure loading <cert> certificate authority`, `failure loading <cert> certificate`, `failure loading <cert> key`, `couldn't load the private key file <path>`, `couldn't load the certificate file <path>`,
			`couldn't load CA certificate <cert>`, `failed to load existing certificate <cert>`, `failed to renew certificate <cert>`,
		},
		Means: "kubeadm could not load or renew {cert}. The reason stands behind it.",
		Causes: []Cause{
			{Check: scan.Unreadable, Text: "a file is not there, or damaged, or of another kind", Fix: "Look at the file that the text names.", Command: "ls -l /etc/kubernetes/pki"},
			{Check: findings.KeyMissing, Text: "the key beside the certificate is missing", Fix: "Copy it from where it was made."},
		},
	},
}
