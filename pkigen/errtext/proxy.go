package errtext

// proxied is where for what kube-apiserver does on behalf of others.
var proxied = places{any: where{
	"the side that dialled, an extension server or a webhook",
	"in the server's certificate there, or in the caBundle of its APIService or webhook configuration",
	"the text behind it in the same line, and the object's caBundle",
	"kube-apiserver",
}}

// fronted is where for checks of the front proxy's certificate.
var fronted = places{any: where{
	"the side that was dialled, an extension server (metrics-server) or kube-apiserver: it has checked the front proxy's certificate",
	"in the CN of --proxy-client-cert-file, or in --requestheader-allowed-names",
	"the ConfigMap extension-apiserver-authentication in kube-system: it holds the CA and the allowed names",
	"",
}}

const showFront = "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml"

var proxyTexts = []Entry{
	{
		ID: "requestheader-overlap", Family: Proxy, Rank: Fault, Side: Alone, Where: ownFiles,
		Texts: []string{`--requestheader-client-ca-file and --client-ca-file contain overlapping certificates`},
		Means: "kube-apiserver does not start: one CA would vouch for users and for the front proxy, so that any user could speak for any other.",
		Causes: []Cause{
			{Check: frontProxyShared, Text: "both flags name the Kubernetes CA", Mend: "Make a CA of its own for the front proxy, as the layout three-ca does."},
			{Check: frontProxyShared, Text: "--requestheader-allowed-names is empty", Mend: "As a makeshift, name the CN of the front proxy's certificate there: --requestheader-allowed-names=front-proxy-client."},
		},
	},
	{
		ID: "requestheader-no-name", Family: Proxy, Rank: Fault, Side: Server, Where: fronted,
		Texts:  []string{`x509: subject with cn= is not in the allowed list`},
		Means:  "The front proxy's certificate has no CN, and --requestheader-allowed-names asks for one.",
		Causes: []Cause{{Check: emptyCN, Text: "the certificate of --proxy-client-cert-file was made without a CN", Mend: "Make it with the CN front-proxy-client, which the flag has to name.", Command: showFront}},
	},
	{
		ID: "requestheader-name", Family: Proxy, Rank: Fault, Side: Server, Where: fronted,
		Texts: []string{`x509: subject with cn=<cn> is not in the allowed list`},
		Means: `The front proxy's certificate has the CN "{cn}", which --requestheader-allowed-names does not hold.`,
		Causes: []Cause{
			{Check: identityUser, Text: "the certificate of --proxy-client-cert-file has another CN than the flag says", Mend: "Make it with the CN front-proxy-client, or write {cn} into the flag.", Command: showFront},
			{Check: frontProxyShared, Text: "Kubernetes CA and front-proxy CA are one, so that each user's certificate is tried as the front proxy's first; the line is then noise", Mend: "Make a CA of its own for the front proxy."},
			{Text: `the flag was given with quotes (--requestheader-allowed-names=""), and they count as a name`, Mend: "Take the quotes away.", Command: showFront},
		},
	},
	{
		ID: "extension-unreachable", Family: Proxy, Rank: Around, Side: Client, Where: proxied,
		Texts: []string{`failing or missing response from <server>`, `error trying to reach service`},
		Means: "kube-apiserver does not reach an extension server (an aggregated API such as metrics-server). The reason stands behind it.",
		Causes: []Cause{
			{Check: unknownSigner, Text: "the caBundle of the APIService is not the CA of its server's certificate", Mend: "Write the present CA into it.", Command: "kubectl get apiservices"},
			{Text: "kube-apiserver does not reach the pod network: no kube-proxy on the control-plane nodes", Mend: "Run kube-proxy there, or set --enable-aggregator-routing=true."},
		},
	},
	{
		ID: "webhook", Family: Proxy, Rank: Around, Side: Client, Where: proxied,
		Texts: []string{`failed calling webhook "<hook>"`},
		Means: "kube-apiserver could not ask the webhook {hook}. The reason stands behind it.",
		Causes: []Cause{
			{Check: unknownSigner, Text: "the caBundle in its configuration is not the CA of the webhook's certificate: the certificate was made again, the bundle was not", Mend: "Write the present CA into the configuration.",
				Command: "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"},
			{Check: sanMissing, Text: "the webhook's certificate lacks the name SERVICE.NAMESPACE.svc", Mend: "Make it again with that name."},
		},
	},
	{
		ID: "metrics-scrape", Family: Proxy, Rank: Around, Side: Client, Where: checked,
		Texts: []string{`unable to fully scrape metrics`, `Failed to scrape node`},
		Means: "metrics-server does not reach a kubelet. The reason stands behind it.",
		Causes: []Cause{
			{Text: "the kubelet made its serving certificate up itself: without addresses, and signed by itself", Mend: "Give kubelets serving certificates (tlsCertFile), or set serverTLSBootstrap and approve the requests.", Command: "kubectl get csr"},
		},
	},
}
