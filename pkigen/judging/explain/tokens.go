package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// tokenChecked is where for service-account tokens: kube-controller-manager or a
// kube-apiserver signs them, every kube-apiserver checks them.
var tokenChecked = places{any: where{
	"the side that was dialled; the pod or program that shows the token sees only 401 Unauthorized",
	"in the keys and issuers of the control-plane nodes: they have to be the same on all",
	"sa.key and sa.pub on every control-plane node, and --service-account-issuer of every kube-apiserver",
	"kube-apiserver",
}}

const sameSA = "openssl pkey -in sa.key -pubout | openssl sha256; openssl pkey -pubin -in sa.pub -pubout | openssl sha256"

var otherSAKey = []Cause{
	{Check: findings.SADiffers, Text: "the control-plane nodes have different service-account keys: each node's were made on the node", Fix: "Copy one pair, sa.key and sa.pub, to all of them and restart kube-apiserver and kube-controller-manager.", Command: sameSA},
	{Check: findings.SAMismatch, Text: "sa.pub is not the public key of sa.key", Fix: "Rewrite sa.pub from sa.key.", Command: "openssl pkey -in sa.key -pubout -out sa.pub"},
	{Text: "the pair was replaced, and pods still hold tokens of the old one", Fix: "Name both public keys (--service-account-key-file twice) until all tokens are new, or restart the pods."},
}

var tokenTexts = []Entry{
	{
		ID: "token-signature", Family: Token, Rank: Fault, Side: Server, Where: tokenChecked,
		Texts:  []string{`go-jose: error in cryptographic primitive`, `square/go-jose: error in cryptographic primitive`, `go-jose/go-jose: error in cryptographic primitive`},
		Means:  "A service account's token was signed with another key than the one that this kube-apiserver checks tokens by.",
		Causes: otherSAKey,
	},
	{
		ID: "token-no-key", Family: Token, Rank: Fault, Side: Server, Where: tokenChecked,
		Texts:  []string{`invalid signature, no keys found`},
		Means:  "A service account's token names a signing key that this kube-apiserver does not have.",
		Causes: otherSAKey,
	},
	{
		ID: "token-audience", Family: Token, Rank: Fault, Side: Server, Where: tokenChecked,
		Texts: []string{`token audiences [<audiences>] is invalid for the target audiences [<accepted>]`, `unable to match the audience: [<audiences>] , accepted: [<accepted>]`, `unable to match the audience: [<audiences>], accepted: [<accepted>]`},
		Means: "A token was made for {audiences}, and this kube-apiserver accepts tokens for {accepted}.",
		Causes: []Cause{
			{Text: "--service-account-issuer or --api-audiences differs between the kube-apiservers, or was changed", Fix: "Give all the same; name the old issuer a second time until all tokens are new."},
		},
	},
	{
		ID: "token-issuer", Family: Token, Rank: Fault, Side: Server, Where: tokenChecked,
		Texts:  []string{`token issuer "<issuer>" is invalid`},
		Means:  "A token is of the issuer {issuer}, which this kube-apiserver does not name as its own.",
		Causes: []Cause{{Text: "--service-account-issuer differs between the kube-apiservers, or was changed", Fix: "Give all the same; name the old issuer a second time until all tokens are new."}},
	},
	{
		ID: "token-expired", Family: Token, Rank: Fault, Side: Server, Where: tokenChecked, Fault: "in the program that shows the token: it has read it once and not again",
		Texts: []string{`service account token has expired`, `Token has expired`, `validation failed, token is expired`, `token is expired by`},
		Means: "A service account's token has expired. The kubelet renews the file in the pod; the program has to read it again.",
		Causes: []Cause{
			{Text: "the program in the pod has read its token once, at its start", Fix: "Restart the pod; use a client library that reads the file again."},
			{Text: "the node's clock is behind, or its kubelet could not renew the token", Fix: "Look into that kubelet's log.", Command: "timedatectl status"},
		},
	},
	{
		ID: "issuer-flags", Family: Token, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`service-account-issuer is a required flag`, `--service-account-signing-key-file and --service-account-issuer are required flags`, "either `--service-account-key-file` or `--service-account-signing-endpoint` must be set"},
		Means: "kube-apiserver does not start: since 1.20 it signs tokens itself, and was not told the issuer or the key.",
		Causes: []Cause{
			{Text: "the flags of an older version were kept", Fix: "Set --service-account-issuer=https://kubernetes.default.svc.cluster.local, --service-account-signing-key-file=sa.key and --service-account-key-file=sa.pub, the same on all control-plane nodes."},
		},
	},
	{
		ID: "token-revoked", Family: Token, Rank: Fault, Side: Server, Where: tokenChecked, Fault: "in the program that shows the token: what the token was bound to is gone",
		Texts: []string{
			`service account token has been invalidated`, `Token has been invalidated`, `Token does not match server's copy`, `service account <account> has been deleted`, `ServiceAccount <account> has been deleted`,
			`service account UID (<id>) does not match claim`, `ServiceAccount UID (<id>) does not match claim`, `pod UID (<id>) does not match service account pod ref claim`, `secret UID (<id>) does not match service account secret ref claim`, `node UID (<id>) does not match service account node ref claim`,
			`has been marked invalid. Use tokens from the TokenRequest API`, `invalid bearer token, serviceaccounts "<account>" not found`,
		},
		Means: "A service account's token is of a pod, Secret or service account that was deleted, or was made again since. Its signature is right.",
		Causes: []Cause{
			{Text: "the service account or its Secret was deleted and made again, and the program still shows the old token", Fix: "Restart the pod, so that it reads the new token; make a token kept elsewhere again with kubectl create token."},
			{Text: "the cluster's data was restored from a backup", Fix: "Restart the pods, so that they read new tokens."},
		},
	},
	{
		ID: "token-file-columns", Family: Token, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts:  []string{`token file '<path>' must have at least 3 columns (token, user name, user uid), found <count>`},
		Means:  "A line of the token file {path} has {count} columns; token, user name and user id are wanted, and kube-apiserver does not start.",
		Causes: []Cause{{Check: scan.TokenForm, Text: "a comma is missing, or the groups of a line are not in quotes", Fix: `Write each line as TOKEN,USER,UID,"GROUP,GROUP".`, Command: "cat -A {path}"}},
	},
	{
		ID: "token-file-empty", Family: Token, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts:  []string{`empty token has been found in token file '<path>', record number '<number>'`},
		Means:  "Line {number} of the token file {path} has no token, so that it counts for nobody.",
		Causes: []Cause{{Check: scan.TokenForm, Text: "the script that wrote the file had no token in its variable", Fix: "Write the token, and restart kube-apiserver.", Command: "head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n'"}},
	},
	{
		ID: "token-sign-key", Family: Token, Rank: Around, Side: Alone, Where: ownFiles,
		Texts: []string{`failed to parse service-account-issuer-key-file`, `error reading private key file <path>`, `error reading public key file <path>`, `error reading service account key file`},
		Means: "A key for service-account tokens could not be loaded. The reason stands behind it.",
		Causes: []Cause{
			{Check: findings.SAKind, Text: "the key is of a kind that Kubernetes does not load (Ed25519)", Fix: "Make the pair with RSA-2048 or ECDSA P-256.", Command: "openssl genrsa -out sa.key 2048; openssl rsa -in sa.key -pubout -out sa.pub"},
			{Check: scan.Unreadable, Text: "the file is not there, or is another user's", Fix: "Copy it there, or correct the flag.", Command: "ls -l {path}"},
		},
	},
}
