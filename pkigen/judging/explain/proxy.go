package explain

import (
	"strings"

	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// proxied is where for what kube-apiserver does on behalf of others.
var proxied = places{any: where{
	"the side that dialled {peer}",
	"in the server's certificate there, or in the caBundle of its APIService or webhook configuration",
	"the text behind it in the same line, and the object's caBundle",
	"kube-apiserver",
}}

// issuer is where for OIDC.
var issuer = places{any: where{
	"which asks the OIDC issuer for its keys, and checks its tokens",
	"in what kube-apiserver was told of the issuer, or in the issuer's certificate; no kubeconfig takes part",
	"the text behind it in the same line; --oidc-issuer-url and --oidc-ca-file, or the AuthenticationConfiguration",
	"kube-apiserver",
}}

// pulled is where for images.
var pulled = places{any: where{
	"which pulls the image for a pod",
	"in what the container runtime trusts on that node, or in the registry's certificate; no certificate of the cluster takes part",
	"the text behind it in the same line",
	"",
}}

// scraped is where for requests to kubelets that are not kube-apiserver's.
var scraped = places{any: where{
	"the side that asked a kubelet for its metrics",
	"in the kubelet's authentication and authorization, or in the role of the service account",
	"the text behind it in the same line, and the kubelet's configuration",
	"",
}}

// notBelieved is where for requests that kube-apiserver has passed on in a user's name,
// and an extension server takes for kube-apiserver's own.
var notBelieved = places{any: where{
	"an extension server (metrics-server or another aggregated API), by way of kube-apiserver: it was reached, and did not accept kube-apiserver as the front proxy",
	"in the front proxy's certificate (--proxy-client-cert-file), or in what kube-apiserver publishes for checking it (--requestheader-client-ca-file, --requestheader-allowed-names)",
	"the ConfigMap extension-apiserver-authentication in kube-system, and the log of the extension server",
	"",
}}

// proxies are the users that kube-apiserver itself is, by its own certificates.
var proxies = []string{"kube-apiserver", "front-proxy-client", "aggregator", "aggregator-proxy", "kube-apiserver-kubelet-client", "system:kube-apiserver", "kubernetes", "proxy-client", "kube-proxy-client", "system:auth-proxy", "system:aggregator", "kube-apiserver-requestheader-client", "requestheader-client", "openshift-aggregator"}

// asProxy are the forms of a text for each of them.
func asProxy(forms ...string) (out []string) {
	for _, user := range proxies {
		for _, form := range forms {
			out = append(out, strings.Replace(form, "USER", user, 1))
		}
	}
	return out
}

var untrustedProxy = []Cause{
	{Check: findings.UnknownSigner, Text: "the requestheader CA that kube-apiserver publishes (--requestheader-client-ca-file) did not sign the front proxy's certificate (--proxy-client-cert-file)", Fix: "Have the front proxy's certificate signed by that CA, and restart kube-apiserver and the extension server.", Command: showFront},
	{Check: findings.IdentityUser, Text: "the CN of the front proxy's certificate is not in --requestheader-allowed-names", Fix: "Make it with the CN front-proxy-client, or write its CN into the flag.", Command: showFront},
	{Text: "kube-apiserver runs without --proxy-client-cert-file and --proxy-client-key-file, or the extension server was started before the ConfigMap was right", Fix: "Set the flags, then restart the extension server.", Command: showFront},
}

// notReached are the texts of connections that did not come about, behind those of who wanted them.
func notReached(forms ...string) (out []string) {
	for _, form := range forms {
		for _, reason := range []string{`dial tcp <address>: connect: connection refused`, `dial tcp <address>: i/o timeout`, `dial tcp <address>: connect: no route to host`, `dial tcp: lookup <host>`, `no endpoints available for service`, `service "<host>" not found`, `context deadline exceeded`, `net/http: request canceled`} {
			out = append(out, form+reason)
		}
	}
	return out
}

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
			{Check: findings.FrontProxyShared, Text: "both flags name the Kubernetes CA", Fix: "Make a CA of its own for the front proxy, as the layout three-ca does."},
			{Check: findings.FrontProxyShared, Text: "--requestheader-allowed-names is empty", Fix: "As a makeshift, name the CN of the front proxy's certificate there: --requestheader-allowed-names=front-proxy-client."},
		},
	},
	{
		ID: "requestheader-no-name", Family: Proxy, Rank: Fault, Side: Server, Where: fronted,
		Texts:  []string{`x509: subject with cn= is not in the allowed list`},
		Means:  "The front proxy's certificate has no CN, and --requestheader-allowed-names asks for one.",
		Causes: []Cause{{Check: findings.EmptyCN, Text: "the certificate of --proxy-client-cert-file was made without a CN", Fix: "Make it with the CN front-proxy-client, which the flag has to name.", Command: showFront}},
	},
	{
		ID: "requestheader-name", Family: Proxy, Rank: Fault, Side: Server, Where: fronted,
		Texts: []string{`x509: subject with cn=<cn> is not in the allowed list`},
		Means: `The front proxy's certificate has the CN "{cn}", which --requestheader-allowed-names does not hold.`,
		Causes: []Cause{
			{Check: findings.IdentityUser, Text: "the certificate of --proxy-client-cert-file has another CN than the flag says", Fix: "Make it with the CN front-proxy-client, or write {cn} into the flag.", Command: showFront},
			{Check: findings.FrontProxyShared, Text: "Kubernetes CA and front-proxy CA are one, so that each user's certificate is tried as the front proxy's first; the line is then noise", Fix: "Make a CA of its own for the front proxy."},
			{Text: `the flag was given with quotes (--requestheader-allowed-names=""), and they count as a name`, Fix: "Take the quotes away.", Command: showFront},
		},
	},
	{
		ID: "extension-refuses", Family: Proxy, Rank: Fault, Side: Client, Where: notBelieved,
		Texts: []string{
			`bad status from <url>: 401`, `bad status from <url>: 403`, `failing or missing response from <server>: bad status from <url>: 401`, `failing or missing response from <server>: bad status from <url>: 403`,
			`no response from <server>: bad status from <url>: 401`, `no response from <server>: bad status from <url>: 403`,
			`failed to retrieve openAPI spec, http error: ResponseCode: 401`, `failed to retrieve openAPI spec, http error: ResponseCode: 403`,
			`You must be logged in to the server (the server has asked for the client to provide credentials (get <resource>.metrics.k8s.io))`, `the server has asked for the client to provide credentials (get nodes.metrics.k8s.io)`, `the server has asked for the client to provide credentials (get pods.metrics.k8s.io)`,
		},
		Means:  "The aggregated API answered, and refused kube-apiserver with 401 or 403: it does not take kube-apiserver for the front proxy. It is reached, and its own certificate is accepted.",
		Causes: untrustedProxy,
	},
	{
		ID: "extension-sees-proxy", Family: Proxy, Rank: Fault, Side: Client, Where: notBelieved,
		Texts: append(asProxy(`metrics.k8s.io is forbidden: User "USER" cannot <verb> resource`, `is forbidden: User "USER" cannot <verb> resource "<resource>" in API group "metrics.k8s.io"`, `is forbidden: User "USER" cannot <verb> resource "<resource>" in API group "custom.metrics.k8s.io"`,
			`is forbidden: User "USER" cannot <verb> resource "<resource>" in API group "external.metrics.k8s.io"`, `forbidden: User "USER" cannot get path "/apis/metrics.k8s.io`, `forbidden: User "USER" cannot get path "/openapi/`),
			`is forbidden: User "kube-apiserver" cannot <verb> resource`, `is forbidden: User "front-proxy-client" cannot <verb> resource`, `is forbidden: User "aggregator" cannot <verb> resource`, `is forbidden: User "aggregator-proxy" cannot <verb> resource`, `is forbidden: User "system:auth-proxy" cannot <verb> resource`),
		Means:  "The extension server took kube-apiserver's own certificate for the user, in place of the user in the front proxy's headers: it does not believe these headers. A binding for that name would be wrong.",
		Causes: untrustedProxy,
	},
	{
		ID: "extension-anonymous", Family: Proxy, Rank: Fault, Side: Client, Where: notBelieved,
		Texts: []string{
			`metrics.k8s.io is forbidden: User "system:anonymous" cannot <verb> resource`, `is forbidden: User "system:anonymous" cannot <verb> resource "<resource>" in API group "metrics.k8s.io"`,
			`is forbidden: User "system:anonymous" cannot <verb> resource "<resource>" in API group "custom.metrics.k8s.io"`, `is forbidden: User "system:anonymous" cannot <verb> resource "<resource>" in API group "external.metrics.k8s.io"`,
		},
		Means:  "The extension server got a request without an identity that it believes: neither a user in the front proxy's headers nor a certificate that it knows.",
		Causes: append(untrustedProxy[:len(untrustedProxy):len(untrustedProxy)], Cause{Check: scan.ConfigBroken, Text: "the client itself showed neither certificate nor token", Fix: "Set the user's certificate and key.", Command: "kubectl auth whoami"}),
	},
	{
		ID: "extension-forbids", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{`metrics.k8s.io is forbidden: User "<user>" cannot <verb> resource`, `is forbidden: User "<user>" cannot <verb> resource "<resource>" in API group "metrics.k8s.io"`,
			`is forbidden: User "<user>" cannot <verb> resource "<resource>" in API group "custom.metrics.k8s.io"`, `is forbidden: User "<user>" cannot <verb> resource "<resource>" in API group "external.metrics.k8s.io"`},
		Means: `An aggregated API knows the client as user "{user}", and that user may not {verb} this.`,
		Causes: append([]Cause{
			{Text: "no binding gives {user} a role for this API group: the role view has it with the aggregated roles of metrics-server", Fix: "Make the binding for the role it needs.", Command: "kubectl auth can-i {verb} pods.metrics.k8s.io --as={user}"},
			{Text: "{user} is not who asked, but the CN of a certificate of kube-apiserver: the extension server does not believe the front proxy's headers", Fix: "Make no binding for it; look at what is published for checking the front proxy.", Command: showFront},
		}, untrustedProxy[:1]...),
	},
	{
		ID: "no-requestheader-ca", Family: Proxy, Rank: Fault, Side: Alone, Where: places{any: where{"an extension server (metrics-server or another aggregated API), when it starts", "in the flags of kube-apiserver: it publishes no CA for the front proxy", "the ConfigMap extension-apiserver-authentication in kube-system", ""}},
		Texts: []string{
			`cluster doesn't provide requestheader-client-ca-file`, `cluster doesn't provide client-ca-file`, `missing content for CA bundle "client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file"`, `unable to load initial CA bundle for: "client-ca::kube-system::extension-apiserver-authentication`,
			`missing content for CA bundle "client-ca::kube-system::extension-apiserver-authentication::client-ca-file"`, `missing a client certificate along with a key to identify the proxy to the API server`,
		},
		Means: "The extension server finds no CA by which it could check kube-apiserver: kube-apiserver runs without the flags for aggregated APIs.",
		Causes: []Cause{
			{Text: "kube-apiserver lacks --requestheader-client-ca-file (and with it --requestheader-allowed-names, --proxy-client-cert-file, --proxy-client-key-file)", Fix: "Make a CA of its own for the front proxy, set these flags of kube-apiserver, restart it, and then the extension server.", Command: showFront},
			{Text: "the ConfigMap was deleted or replaced", Fix: "Restart kube-apiserver: it writes it again."},
		},
	},
	{
		ID: "requestheader-rbac", Family: Proxy, Rank: Fault, Side: Client, Where: places{any: where{"an extension server, kube-controller-manager or kube-scheduler", "in a RoleBinding that is missing", "the bindings in kube-system to extension-apiserver-authentication-reader", ""}},
		Texts: []string{
			`configmaps "extension-apiserver-authentication" is forbidden: User "<user>" cannot <verb> resource`, `Unable to get configmap/extension-apiserver-authentication in kube-system`, `No authentication-kubeconfig provided in order to lookup requestheader-client-ca-file in configmap/extension-apiserver-authentication`,
		},
		Means: "An extension server, kube-controller-manager or kube-scheduler may not read, or was not told how to read, the ConfigMap extension-apiserver-authentication, which holds the CAs for clients and for the front proxy.",
		Causes: []Cause{
			{Text: "the RoleBinding to extension-apiserver-authentication-reader in kube-system is missing", Fix: "Make it for the service account of the server.", Command: "kubectl create rolebinding -n kube-system auth-reader --role=extension-apiserver-authentication-reader --serviceaccount=NAMESPACE:NAME"},
			{Text: "kube-controller-manager or kube-scheduler runs without --authentication-kubeconfig", Fix: "Set --authentication-kubeconfig and --authorization-kubeconfig."},
		},
	},
	{
		ID: "requestheader-load", Family: Proxy, Rank: Around, Side: Client, Where: notBelieved,
		Texts:  []string{`unable to load configmap based request-header-client-ca-file`, `unable to load configmap based client CA file`},
		Means:  "An extension server, kube-controller-manager or kube-scheduler could not read the ConfigMap extension-apiserver-authentication, which holds the CAs for clients and for the front proxy. The reason stands behind it.",
		Causes: []Cause{{Text: "it does not reach kube-apiserver, does not trust its certificate, or may not read the ConfigMap", Fix: "Explain the text of the same line.", Command: showFront}},
	},
	{
		ID: "extension-unreachable", Family: Proxy, Rank: Around, Side: Client, Where: proxied,
		Texts: []string{`failing or missing response from <server>`, `error trying to reach service`, `failed to retrieve openAPI spec, http error`, `could not get list of group versions for APIService`,
			`the server is currently unable to handle the request (get nodes.metrics.k8s.io)`, `the server is currently unable to handle the request (get pods.metrics.k8s.io)`},
		Means: "kube-apiserver does not reach an extension server (an aggregated API such as metrics-server). The reason stands behind it.",
		Causes: []Cause{
			{On: "aggregated", Text: "the service has no running pod, or a network policy or firewall is between", Fix: "Look at the pods and endpoints of the service.", Command: "kubectl get apiservices"},
			{Text: "kube-apiserver does not reach the pod network: no kube-proxy on the control-plane nodes", Fix: "Run kube-proxy there, or set --enable-aggregator-routing=true."},
		},
	},
	{
		ID: "webhook", Family: Proxy, Rank: Around, Side: Client, Where: proxied,
		Texts: []string{`failed calling webhook "<hook>"`, `failed calling admission webhook "<hook>"`},
		Means: "kube-apiserver could not ask the webhook {hook}. The reason stands behind it.",
		Causes: []Cause{
			{Text: "{trust} is not the CA of the webhook's certificate: the certificate was made again, the bundle was not", Fix: "{set}", Command: "{look}"},
			{Check: findings.SANMissing, Text: "the webhook's certificate lacks the name SERVICE.NAMESPACE.svc", Fix: "Make it again with that name."},
		},
	},
	{
		ID: "not-reached", Family: Proxy, Rank: Fault, Side: Client, Where: places{any: where{"the side that dialled", "in the network, or in the pods behind the service; no certificate takes part", "the pods and the endpoints of the service that was dialled", ""}},
		Texts: append(notReached(`failed calling webhook "<hook>": failed to call webhook: Post "<url>": `, `failed calling webhook "<hook>": Post <url>: `, `conversion webhook for <group>, Kind=<kind> failed: Post "<url>": `, `failing or missing response from <server>: Get "<url>": `, `failing or missing response from <server>: Get <url>: `),
			notReached(`Failed to scrape node" err="Get "<url>": `)...),
		Means: "{self} got no answer from {peer}: no certificate was refused.",
		Causes: []Cause{
			{Text: "its pod is not running or answers too slowly, or the service has no endpoints", Fix: "Look at the pod, its log and the endpoints.", Command: "kubectl get pods,endpointslices -A -o wide"},
			{Text: "kube-apiserver does not reach the pod network: a firewall, a network policy, or no kube-proxy on the control-plane nodes", Fix: "Open the port from the control-plane nodes to the pods; run kube-proxy there, or set --enable-aggregator-routing=true.", On: "webhook conversion aggregated"},
			{Text: "a firewall closes port 10250 of the node", Fix: "Open it for the nodes.", On: "scrape"},
		},
	},
	{
		ID: "conversion", Family: Proxy, Rank: Around, Side: Client, Where: proxied,
		Texts: []string{`conversion webhook for <group>, Kind=<kind> failed`},
		Means: "kube-apiserver could not ask the conversion webhook of {kind} ({group}): objects of that kind can be neither read nor written. The reason stands behind it.",
		Causes: []Cause{
			{Text: "{trust} is not the CA of the webhook's certificate: the certificate was made again, the bundle was not", Fix: "{set}", Command: "{look}"},
			{Check: findings.SANMissing, Text: "the webhook's certificate lacks the name SERVICE.NAMESPACE.svc", Fix: "Make it again with that name."},
		},
	},
	{
		ID: "webhook-bundle", Family: Proxy, Rank: Fault, Side: Client, Where: proxied,
		Texts: []string{
			`clientConfig.caBundle: Invalid value: <reason>: unable to load root certificates`, `caBundle: Invalid value: <reason>: unable to load root certificates`, `caBundle: Invalid value: <reason>: unable to parse bytes as PEM block`,
			`failed calling webhook "<hook>": failed to call webhook: unable to load root certificates`, `failed calling webhook "<hook>": could not get REST client: unable to load root certificates`, `conversion webhook for <group>, Kind=<kind> failed: unable to load root certificates`,
		},
		Means: "caBundle is no certificate: kube-apiserver cannot check the server with it.",
		Causes: []Cause{
			{Text: "caBundle was encoded twice or not at all, is a placeholder, or was cut off", Fix: "Write the CA's PEM file in base64 in one line into caBundle.", Command: "base64 -w0 CA"},
		},
	},
	{
		ID: "oidc-not-ready", Family: Proxy, Rank: Around, Side: Client, Where: issuer,
		Texts: []string{`oidc: authenticator not initialized`, `oidc: authenticator for issuer "<issuer>" is not initialized`, `oidc: authenticator for issuer "<issuer>" is not healthy`, `oidc authenticator: initializing plugin`, `oidc authenticator: async token verifier for issuer: "<issuer>"`, `oidc authenticator: Get`},
		Means: "kube-apiserver could not ask the OIDC issuer for its keys, so that it accepts no token of it. The reason stands behind it, or in an earlier line.",
		Causes: []Cause{
			{Text: "--oidc-ca-file, or certificateAuthority in the AuthenticationConfiguration, is not the CA of the issuer's certificate", Fix: "{set}", Command: "openssl s_client -connect {server} -showcerts </dev/null"},
			{Text: "kube-apiserver does not reach the issuer: name, route or proxy", Fix: "Ask from the control-plane node.", Command: "curl -v ISSUER/.well-known/openid-configuration"},
		},
	},
	{
		ID: "oidc-token", Family: Token, Rank: Fault, Side: Server, Where: issuer, Fault: "in the token of the user, or in --oidc-client-id and --oidc-issuer-url",
		Texts: []string{`oidc: verify token: oidc: token is expired`, `oidc: token is expired`, `oidc: expected audience "<audience>" got`, `oidc: expected audience in`, `oidc: id token issued by a different provider`, `oidc: verify token: failed to verify signature`, `failed to verify id token signature`},
		Means: "kube-apiserver does not accept the user's OIDC token: it has expired, or is for another client, of another issuer or key.",
		Causes: []Cause{
			{Text: "the token has expired, and the login plugin did not refresh it", Fix: "Log in again for a new token."},
			{Text: "--oidc-client-id or --oidc-issuer-url is not the audience or issuer of the token", Fix: "Set the flags, or audiences and url in the AuthenticationConfiguration, to what the token says."},
		},
	},
	{
		ID: "registry", Family: Proxy, Rank: Around, Side: Client, Where: pulled,
		Texts: []string{`Failed to pull image "<image>"`, `failed to pull and unpack image "<image>"`, `failed to resolve reference "<image>"`, `pinging container registry <server>`},
		Means: "A node could not pull {image}. The reason stands behind it.",
		Causes: []Cause{
			{Text: "the container runtime does not trust the registry's CA, where the reason is a certificate", Fix: "Put the registry's CA into /etc/containerd/certs.d/HOST (or /etc/docker/certs.d/HOST/ca.crt) on every node, and restart the runtime."},
			{Text: "the image, its tag or the login is wrong, where the reason is none", Fix: "Look at the name of the image and at imagePullSecrets."},
		},
	},
	{
		ID: "metrics-unauthorized", Family: Authn, Rank: Fault, Side: Client, Where: scraped,
		Texts: []string{
			`request failed, status: "401 Unauthorized"`, `request failed - "401 Unauthorized"`, `server returned HTTP status 401 Unauthorized`, `Kubelet authorization issue: "401 Unauthorized"`,
			`unable to fetch metrics from Kubelet <node> (<address>): request failed - "401 Unauthorized"`, `unable to fetch metrics from node <node>: request failed - "401 Unauthorized"`,
		},
		Means: "The kubelet was reached, and answered 401: it does not accept the token of {self}. Its certificate has nothing to do with it.",
		Causes: []Cause{
			{Text: "the kubelet does not check tokens: authentication.webhook.enabled is false, or --authentication-token-webhook is not set", Fix: "Set authentication.webhook.enabled: true and authorization.mode: Webhook in the kubelet's configuration, and restart it.", Command: "kubectl get --raw /api/v1/nodes/NODE/proxy/configz"},
			{Text: "the token has expired or is of another cluster, or the kubelet cannot ask kube-apiserver about it", Fix: "Restart the pod for a new token; look into the kubelet's log for TokenReview."},
		},
	},
	{
		ID: "metrics-forbidden", Family: Authz, Rank: Fault, Side: Client, Where: scraped,
		Texts: []string{
			`Forbidden (user=system:serviceaccount:<account>, verb=<verb>, resource=<resource>, subresource=<sub>)`, `Forbidden (user=system:serviceaccount:<account>, verb=<verb>, resource=<resource>, subresource(s)=[<sub>])`,
			`request failed, status: "403 Forbidden"`, `request failed - "403 Forbidden"`, `server returned HTTP status 403 Forbidden`,
		},
		Means: "The kubelet knows who asks, and answered 403: the service account may not read {resource}/{sub}.",
		Causes: []Cause{
			{Text: "the ClusterRole of the service account lacks nodes/metrics (or nodes/stats, nodes/proxy)", Fix: "Add the subresource to its ClusterRole.", Command: "kubectl auth can-i get nodes/metrics --as=system:serviceaccount:{account}"},
			{Text: "the kubelet's authorization.mode is not Webhook", Fix: "Set it in the kubelet's configuration, and restart it."},
		},
	},
	{
		ID: "metrics-scrape", Family: Proxy, Rank: Around, Side: Client, Where: scraped,
		Texts: []string{`unable to fully scrape metrics`, `Failed to scrape node`},
		Means: "metrics-server did not get the metrics of a kubelet. The reason stands behind it.",
		Causes: []Cause{
			{Text: "the kubelet did not answer in time or at all, where the reason is a timeout or a refused connection: no certificate takes part then", Fix: "Look at the kubelet and at the network to its port 10250."},
			{Text: "metrics-server does not accept the kubelet's serving certificate, where the reason speaks of x509", Fix: kubeletMadeUp.Fix, Command: kubeletMadeUp.Command},
		},
	},
}
