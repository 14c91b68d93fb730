package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// loads is where for texts about a kubeconfig that does not load.
var loads = places{any: where{
	"the program that reads the kubeconfig, before it dials",
	"in the kubeconfig, or in how the program was told of it",
	"the kubeconfig that its flag or the variable KUBECONFIG names",
	"",
}}

const showConfig = "kubectl --kubeconfig FILE config view"

var embedAgain = "Write the data in one line: base64 -w0 of the PEM file."

var kubeconfigTexts = []Entry{
	{
		ID: "kubeconfig-ca-data", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts: []string{
			`unable to load root certificates: unable to parse bytes as PEM block`, `unable to load root certificates: no valid certificate authority data seen`,
			`unable to load root certificates: failed to parse certificate`, `unable to load root certificates`,
		},
		Means: "The kubeconfig's CA (certificate-authority-data, or the file named there) is no certificate.",
		Causes: []Cause{
			{Check: scan.ConfigBroken, Text: "it was encoded twice, is cut off, or is another file (a key, an empty file)", Fix: "Set it again from the CA's file.",
				Command: "kubectl --kubeconfig FILE config set-cluster NAME --certificate-authority=CA --embed-certs=true"},
			{Check: scan.CFSSLJSON, Text: "it is cfssl's JSON answer, which was not given to cfssljson", Fix: "Split it first.", Command: "cfssljson -bare NAME < FILE"},
		},
	},
	{
		ID: "kubeconfig-base64", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts: []string{`illegal base64 data at input byte <byte>`},
		Means: "A value ending in -data is no base64, from byte {byte} on.",
		Causes: []Cause{
			{Check: scan.ConfigBroken, Text: "the PEM text itself, a path or a value of several lines stands where base64 in one line is wanted", Fix: embedAgain, Command: "base64 -w0 CERT"},
		},
	},
	{
		ID: "kubeconfig-both", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts: []string{
			`certificate-authority-data and certificate-authority are both specified for <context>. certificate-authority-data will override`,
			`client-cert-data and client-cert are both specified for <context>. client-cert-data will override`,
			`client-key-data and client-key are both specified for <context>; client-key-data will override`,
		},
		Means:  "The kubeconfig holds both the data and the path of a file for one thing, at {context}. The data wins, so that a new file changes nothing.",
		Causes: []Cause{{Check: scan.ConfigBroken, Text: "kubectl config was called with and without --embed-certs", Fix: "Take one of the two out.", Command: showConfig}},
	},
	{
		ID: "kubeconfig-path", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts: []string{
			`unable to read client-cert <path> for <context> due to open`, `unable to read client-key <path> for <context> due to open`,
			`unable to read certificate-authority <path> for <context> due to open`,
		},
		Means: "The kubeconfig names {path}, which is not there on this machine or may not be read.",
		Causes: []Cause{
			{Check: findings.KubeconfigPathMissing, Text: "the kubeconfig was copied to another machine, its files were not", Fix: "Write the files into the kubeconfig.",
				Command: "kubectl --kubeconfig FILE config view --flatten --raw > NEW"},
			{Check: scan.Unreadable, Text: "the file is another user's", Fix: "Give it to the user that runs the program.", Command: "ls -l {path}"},
		},
	},
	{
		ID: "kubeconfig-no-key", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts:  []string{`client-key-data or client-key must be specified for <context> to use the clientCert authentication method`},
		Means:  "The kubeconfig has a certificate for {context} but no key.",
		Causes: []Cause{{Check: scan.ConfigBroken, Text: "only the certificate was set", Fix: "Set both.", Command: "kubectl --kubeconfig FILE config set-credentials {context} --client-certificate=CERT --client-key=KEY --embed-certs=true"}},
	},
	{
		ID: "kubeconfig-context", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts: []string{
			`context was not found for specified context: <context>`, `context "<context>" does not exist`, `auth info "<context>" does not exist`,
			`cluster "<context>" does not exist`,
		},
		Means:  `The kubeconfig speaks of "{context}" but does not hold it.`,
		Causes: []Cause{{Check: scan.ConfigBroken, Text: "a name was misspelt, or the command that should have added it went into another file", Fix: "Correct the name.", Command: showConfig}},
	},
	{
		ID: "kubeconfig-no-server", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts:  []string{`no server found for cluster "<context>"`, `cluster has no server defined`},
		Means:  "The kubeconfig names no server for {context}.",
		Causes: []Cause{{Check: scan.ConfigBroken, Text: "the cluster's entry was made without --server, or is misspelt", Fix: "Set the address.", Command: "kubectl --kubeconfig FILE config set-cluster {context} --server=https://HOST:6443"}},
	},
	{
		ID: "kubeconfig-none", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts: []string{
			`no configuration has been provided, try setting KUBERNETES_MASTER environment variable`, `no context chosen`,
			`The connection to the server localhost:8080 was refused - did you specify the right host or port?`, `dial tcp 127.0.0.1:8080: connect: connection refused`,
			`dial tcp [::1]:8080: connect: connection refused`,
		},
		Means: "No kubeconfig was found, or an empty one, and so localhost:8080 was dialled, where nothing has listened for years.",
		Causes: []Cause{
			{Text: "KUBECONFIG is not set for this user (sudo drops it), and ~/.kube/config is not there", Fix: "Name the file.", Command: "export KUBECONFIG=FILE"},
			{Check: scan.ConfigBroken, Text: "the kubeconfig has no current-context or no server", Fix: "Set them.", Command: "kubectl --kubeconfig FILE config use-context CONTEXT"},
		},
	},
	{
		ID: "kubeconfig-syntax", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts: []string{
			`error loading config file "<path>": yaml: line <line>`, `error loading config file "<path>": couldn't get version/kind; json parse error`,
			`couldn't get version/kind; json parse error`,
		},
		Means:  "The kubeconfig {path} cannot be read as YAML, or a value in it is of the wrong kind.",
		Causes: []Cause{{Check: scan.ConfigBroken, Text: "a line is indented wrongly, holds a tab, or a value ending in -data was broken into lines", Fix: embedAgain, Command: showConfig}},
	},
	{
		ID: "kubeconfig-load", Family: Kubeconfig, Rank: Around, Side: Alone, Where: loads,
		Texts:  []string{`error loading config file "<path>"`},
		Means:  "The kubeconfig {path} does not load. The reason stands behind it.",
		Causes: []Cause{{Check: scan.ConfigBroken, Text: "a value in it is damaged", Fix: "Look at the place that the text names.", Command: showConfig}},
	},
	{
		ID: "kubeconfig-insecure", Family: Kubeconfig, Rank: Fault, Side: Alone, Where: loads,
		Texts:  []string{`specifying a root certificates file with the insecure flag is not allowed`},
		Means:  "The kubeconfig names a CA and at the same time says not to check the server.",
		Causes: []Cause{{Check: scan.ConfigBroken, Text: "insecure-skip-tls-verify was set for a test", Fix: "Take insecure-skip-tls-verify out; the CA then counts.", Command: "kubectl --kubeconfig FILE config unset clusters.NAME.insecure-skip-tls-verify"}},
	},
}
