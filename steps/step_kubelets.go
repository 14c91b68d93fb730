package steps

import (
	"slices"

	"certwright/pkigen/cluster/spec"
)

// The keys of the answers on kubeconfigs and kubelets.
const (
	kubeconfigsKey = "kubeconfigs"
	bootstrapKey   = "tlsBootstrap"
	signKey        = "signCSRs"
	servingKey     = "servingCertificates"
)

// The two answers of a question that is answered by yes or no.
const (
	yes = "yes"
	no  = "no"
)

func kubeletsStep() Step {
	return Step{
		Key:   "kubelets",
		Title: "Kubelets",
		Intro: "How each node comes to its certificates and kubeconfigs",
		When:  func(a *Answers) bool { return Making(a) && perNode(a) },
		Questions: []Field{
			{
				Key: kubeconfigsKey, Label: "Keys in kubeconfigs", Kind: Choice,
				Default: fixed(string(spec.Embedded)), Options: kubeconfigOptions,
			},
			{
				Key: bootstrapKey, Label: "TLS bootstrapping", Kind: Choice,
				Default: fixed(string(spec.BootstrapOff)), Options: bootstrapOptions,
			},
			{
				Key: signKey, Label: "kube-controller-manager signs requests", Kind: Choice,
				Default: signDefault, Options: signOptions,
			},
			{
				Key: servingKey, Label: "Scheduler and controllers serve", Kind: Choice,
				Default: fixed(no), Options: servingOptions,
			},
		},
		Shows: shows(ofKubelets, isToken, monitored),
	}
}

// perNode reports whether the layout has a tree for each node, with kubeconfigs and
// paths in it. The article's files lie flat and name no place on a node.
func perNode(a *Answers) bool { return layoutOf(a).PerNode }

// signDefault follows the question before it: with bootstrapping somebody has to
// sign, and without it nobody needs to.
func signDefault(a *Answers) string {
	switch spec.Bootstrap(a.Get(bootstrapKey)) {
	case spec.BootstrapSecret, spec.BootstrapFile, spec.BootstrapDone:
		return yes
	}
	return no
}

func kubeconfigOptions(*Answers) []Option {
	return []Option{
		{
			string(spec.Embedded), "inside the kubeconfig",
			"One file holds everything and can be copied anywhere, as kubeadm has it. " +
				"It is as secret as the key in it (0600), and a new certificate means a new kubeconfig.",
		},
		{
			string(spec.ByPath), "in files beside it",
			"The kubeconfig names paths on the node and holds no secret itself. " +
				"The components read a renewed certificate by themselves within minutes, but all files must lie where it says.",
		},
	}
}

// bootstrapOptions offers the end of a bootstrapping only where the answers have it:
// a new set has no kubelets that have joined.
func bootstrapOptions(a *Answers) []Option {
	options := bootstrapWays
	if a != nil && a.Get(bootstrapKey) == string(spec.BootstrapDone) {
		options = append(slices.Clone(options), Option{
			string(spec.BootstrapDone), "done: all nodes have joined, and the token is gone",
			"Kubelets go on renewing their certificates. A node that comes later needs a token: choose one of the two ways for the time.",
		})
	}
	return options
}

// bootstrapWays are those of a new set.
var bootstrapWays = []Option{
	{
		string(spec.BootstrapOff), "no: make all certificates here",
		"Each kubelet is handed its certificates, and starts with nothing else set up. " +
			"The CA key stays at home; renewing them before they expire is your work.",
	},
	{
		string(spec.BootstrapSecret), "by a token in a Secret",
		"Kubelets ask for their certificates, and renew them. The token expires by itself and can be deleted at any time, " +
			"but the Secret can be made only when the API runs. Until then whoever has the token can become any node.",
	},
	{
		string(spec.BootstrapFile), "by a token in a file of kube-apiserver",
		"Works before the first call to the API. " +
			"The token never expires: until you remove its line and restart every kube-apiserver, whoever has it can become any node.",
	},
}

func signOptions(a *Answers) []Option {
	copied := "Needed for TLS bootstrapping, and for kubelets that renew their certificates. " +
		"The key of the Kubernetes CA lies on each control-plane node: whoever reads it there is administrator until there is a new CA."
	if a != nil && a.Get(CAKeysKey) == EncryptedKeys {
		copied += " It is plain there, since kube-controller-manager reads no key behind a passphrase."
	}
	return []Option{
		{
			no, "no",
			"The CA key lies on no node. Kubelets cannot renew their certificates, and requests that users make stay unsigned.",
		},
		{
			yes, "yes", copied,
		},
	}
}

func servingOptions(*Answers) []Option {
	return []Option{
		{
			no, "a certificate of their own making",
			"kube-controller-manager and kube-scheduler make one up at each start, as with kubeadm. Monitoring cannot check whom it reads metrics from.",
		},
		{
			yes, "a certificate of the cluster",
			"Each control-plane node gets a pair for each of the two, signed by the Kubernetes CA. " +
				"Monitoring can check both by ca.crt, and there are two more pairs to renew.",
		},
	}
}
