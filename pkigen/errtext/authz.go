package errtext

// forbidden is where for 403: who asks is known, and may not.
var forbidden = places{
	any: where{
		"the client; the server has answered 403: it knows who is asking, and that one may not",
		"in the identity of the client's certificate (CN is the user, O the group), or in a binding that is missing",
		"the user that the text names, and the subject of the certificate that the client shows",
		"",
	},
}

// kubeletSays is where for the kubelet's 403, which is the apiserver's affair.
var kubeletSays = places{any: where{
	"the side that asked, by kubectl logs, exec or top: the kubelet has answered kube-apiserver with 403",
	"in the identity of kube-apiserver's client certificate for kubelets, or in a binding that is missing",
	"kube-apiserver's flags --kubelet-client-certificate and --kubelet-client-key, and the bindings of that certificate's CN",
	"",
}}

const nodeSubject = "openssl x509 -in /var/lib/kubelet/pki/kubelet-client-current.pem -noout -subject"

var notTheNode = []Cause{
	{Check: nodeName, Text: "the CN is not system:node: and the node's name in small letters", Mend: "Make the kubelet's client certificate with CN system:node:NAME and O system:nodes.", Command: nodeSubject},
	{Check: keyShared, Text: "two nodes share one kubelet certificate: a disk image or a folder was copied", Mend: "Give each node its own, and delete kubelet-client-*.pem from the copy.", Command: nodeSubject},
	{Text: "the host name was changed after the certificate was made (--hostname-override)", Mend: "Give the node its old name, or make the certificate again.", Command: "hostname; " + nodeSubject},
}

var authzTexts = []Entry{
	{
		ID: "kubelet-anonymous", Family: Authz, Rank: Fault, Side: Server, Where: kubeletSays,
		Texts: []string{
			`Forbidden (user=system:anonymous, verb=<verb>, resource=<resource>, subresource=<sub>)`,
			`Forbidden (user=system:anonymous, verb=<verb>, resource=<resource>, subresource(s)=[<sub>])`,
		},
		Means: "kube-apiserver came to the kubelet without a certificate that the kubelet accepts, and so as nobody.",
		Causes: []Cause{
			{Text: "kube-apiserver was started without --kubelet-client-certificate and --kubelet-client-key", Mend: "Name both in its flags."},
			{Check: unknownSigner, Text: "the kubelet's authentication.x509.clientCAFile holds another CA than the one that signed that certificate", Mend: "Put the right CA there.", Command: "openssl verify -CAfile CA FILE"},
		},
	},
	{
		ID: "kubelet-forbidden", Family: Authz, Rank: Fault, Side: Server, Where: kubeletSays,
		Texts: []string{
			`Forbidden (user=<user>, verb=<verb>, resource=<resource>, subresource=<sub>)`,
			`Forbidden (user=<user>, verb=<verb>, resource=<resource>, subresource(s)=[<sub>])`,
		},
		Means: `The kubelet knows kube-apiserver as user "{user}", and that user may not {verb} {resource}/{sub}.`,
		Causes: []Cause{
			{Text: `no binding gives "{user}" the role system:kubelet-api-admin; no cluster has one by itself`, Mend: "Make the binding.",
				Command: "kubectl create clusterrolebinding kubelet-api-admin --clusterrole=system:kubelet-api-admin --user={user}"},
			{Check: identityUser, Text: "the certificate has another CN than the binding names", Mend: "Make it with the CN kube-apiserver-kubelet-client, or bind this one.",
				Command: "openssl x509 -in FILE -noout -subject"},
		},
	},
	{
		ID: "kubelet-upgrade", Family: Authz, Rank: Around, Side: Client, Where: kubeletSays,
		Texts:  []string{`unable to upgrade connection: Forbidden`, `unable to upgrade connection: Unauthorized`},
		Means:  "The kubelet has refused kube-apiserver's request for exec, attach or port-forward.",
		Causes: []Cause{{Text: "kube-apiserver's certificate for kubelets is not bound to system:kubelet-api-admin", Mend: "Make the binding.", Command: "kubectl create clusterrolebinding kubelet-api-admin --clusterrole=system:kubelet-api-admin --user={user}"}},
	},
	{
		ID: "node-other", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{
			`node "<node>" is not allowed to modify node "<other>"`, `can only access node lease with the same name as the requesting node`,
			`can only access CSINode with the same name as the requesting node`, `can only create a node CSR with CN=system:node:<node>`,
			`node "<node>" can only create pods with spec.nodeName set to itself`,
		},
		Means:  "A kubelet's certificate names {node}, but the kubelet speaks for {other}. Each node may only touch its own objects.",
		Causes: notTheNode,
	},
	{
		ID: "node-forbidden", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{
			`nodes "<other>" is forbidden: User "system:node:<node>" cannot <verb> resource`, `is forbidden: User "system:node:<node>" cannot <verb> resource`,
			`unknown node for user "<user>"`,
		},
		Means:  "The node authorizer does not let {node} do this: the CN is not that of a node, the group system:nodes is missing, or the object is another node's.",
		Causes: append([]Cause{notTheNode[0], {Check: identityGroup, Text: "the certificate lacks O system:nodes, exactly so", Mend: "Make it with O system:nodes.", Command: nodeSubject}}, notTheNode[1:]...),
	},
	{
		ID: "anonymous", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{`is forbidden: User "system:anonymous" cannot <verb> resource`, `forbidden: User "system:anonymous" cannot <verb> path`},
		Means: "The client came without certificate and token, and so as nobody.",
		Causes: []Cause{
			{Check: kubeconfigBroken, Text: "the kubeconfig has no certificate and no token, or its context names another user", Mend: "Set the user's certificate and key.", Command: "kubectl --kubeconfig FILE auth whoami"},
			{Text: "a load balancer ends TLS itself, so that the certificate does not arrive", Mend: "Pass TLS through the load balancer (mode tcp)."},
			{Text: "the address was opened with curl or a browser; that is no fault", Mend: "Show a certificate.", Command: "curl --cacert CA --cert CERT --key KEY https://{server}/version"},
		},
	},
	{
		ID: "user-forbidden", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{`is forbidden: User "<user>" cannot <verb> resource`, `forbidden: User "<user>" cannot <verb> path`},
		Means: `kube-apiserver knows the client as user "{user}", and that user may not {verb} this.`,
		Causes: []Cause{
			{Check: identityUser, Text: "the certificate's CN is not the user that Kubernetes knows: system:kube-scheduler, system:kube-controller-manager, system:kube-proxy", Mend: "Make it with exactly that CN.", Command: readConfigCert},
			{Check: identityGroup, Text: "the certificate's O is not the group that a binding names: system:nodes, kubeadm:cluster-admins", Mend: "Make it with exactly that O.", Command: readConfigCert},
			{Check: emptyCN, Text: "the certificate has no CN, and so no user", Mend: "Make it with a CN."},
			{Text: "no binding names this user or group", Mend: "Make the binding for the role it needs, with an identity that may (super-admin.conf).", Command: "kubectl create clusterrolebinding NAME --clusterrole=ROLE --user={user}"},
		},
	},
}
