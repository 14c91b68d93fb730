package explain

import (
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

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

// kubeletUnknown is where for the kubelet's 401.
var kubeletUnknown = places{any: where{
	"the side that asked, by kubectl logs, exec or top: the kubelet has answered kube-apiserver with 401",
	"in kube-apiserver's client certificate for kubelets (--kubelet-client-certificate), or in the kubelet's clientCAFile",
	`the kubelet's log at the same second: "Unable to authenticate the request due to an error" has the reason`,
	"",
}}

const nodeSubject = "openssl x509 -in /var/lib/kubelet/pki/kubelet-client-current.pem -noout -subject"

var notTheNode = []Cause{
	{Check: findings.NodeName, Text: "the CN is not system:node: and the node's name in small letters", Fix: "Make the kubelet's client certificate with CN system:node:NAME and O system:nodes.", Command: nodeSubject},
	{Check: findings.KeyShared, Text: "two nodes share one kubelet certificate: a disk image or a folder was copied", Fix: "Give each node its own, and delete kubelet-client-*.pem from the copy.", Command: nodeSubject},
	{Text: "the host name was changed after the certificate was made (--hostname-override)", Fix: "Give the node its old name, or make the certificate again.", Command: "hostname; " + nodeSubject},
}

// revokedSays is where for a request whose certificate is on a deny list.
var revokedSays = places{any: where{
	"the client; kube-apiserver has refused it since its certificate is on the deny list",
	"in the certificate that the client shows: it was revoked, and is still in use",
	"the list in kube-apiserver's --authorization-config, and kubectl auth whoami -o json, whose credential-id is on it",
	"",
}}

var authzTexts = []Entry{
	{
		ID: "certificate-revoked", Family: Authz, Rank: Fault, Side: Client, Where: revokedSays,
		Texts: []string{`dial tcp 127.0.0.1:1: connect: connection refused`},
		Means: "kube-apiserver asks a webhook about revoked certificates that nobody answers: whoever shows one is refused.",
		Causes: []Cause{
			{Check: findings.Revoked, Text: "the certificate was revoked, and its owner still has the old one", Fix: "Bring the owner the new kubeconfig or pair, and restart it."},
		},
	},
	{
		ID: "kubelet-anonymous", Family: Authz, Rank: Fault, Side: Server, Where: kubeletSays,
		Texts: []string{
			`Forbidden (user=system:anonymous, verb=<verb>, resource=<resource>, subresource=<sub>)`,
			`Forbidden (user=system:anonymous, verb=<verb>, resource=<resource>, subresource(s)=[<sub>])`,
		},
		Means: "kube-apiserver came to the kubelet without a certificate that the kubelet accepts, and so as nobody.",
		Causes: []Cause{
			{Text: "kube-apiserver was started without --kubelet-client-certificate and --kubelet-client-key", Fix: "Name both in its flags."},
			{Check: findings.UnknownSigner, Text: "the kubelet's authentication.x509.clientCAFile holds another CA than the one that signed that certificate", Fix: "Put the right CA there.", Command: "openssl verify -CAfile CA FILE"},
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
			{Text: `no binding gives "{user}" the role system:kubelet-api-admin; no cluster has one by itself`, Fix: "Make the binding.",
				Command: "kubectl create clusterrolebinding kubelet-api-admin --clusterrole=system:kubelet-api-admin --user={user}"},
			{Check: findings.IdentityUser, Text: "the certificate has another CN than the binding names", Fix: "Make it with the CN kube-apiserver-kubelet-client, or bind this one.",
				Command: "openssl x509 -in FILE -noout -subject"},
		},
	},
	{
		ID: "kubelet-unauthorized", Family: Authn, Rank: Fault, Side: Client, Where: kubeletUnknown,
		Texts: []string{
			`unable to upgrade connection: Unauthorized`, `You must be logged in to the server (the server has asked for the client to provide credentials ( pods/<reason>))`, `the server has asked for the client to provide credentials ( pods/log`, `the server has asked for the client to provide credentials ( pods/exec`,
			`the server has asked for the client to provide credentials ( pods/attach`, `the server has asked for the client to provide credentials ( pods/portforward`, `the server has asked for the client to provide credentials ( nodes/`, `the server has asked for the client to provide credentials (get nodes <node>:10250)`,
			`error dialing backend: Unauthorized`, `unexpected response code 401 from kubelet`, `You must be logged in to the server (the server has asked for the client to provide credentials (get pods <reason>))`,
		},
		Means: "The kubelet was reached and answered 401: it does not accept kube-apiserver's client certificate for kubelets. That comes before any question of permissions.",
		Causes: []Cause{
			{Check: findings.UnknownSigner, Text: "the CA that signed kube-apiserver's client certificate (--kubelet-client-certificate) is not in the kubelet's authentication.x509.clientCAFile", Fix: "Name that CA in clientCAFile on the node, and restart the kubelet.", Command: "openssl verify -CAfile /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/apiserver-kubelet-client.crt"},
			{Check: findings.Expired, Text: "that client certificate has expired", Fix: "Renew it, and restart kube-apiserver.", Command: "openssl x509 -in /etc/kubernetes/pki/apiserver-kubelet-client.crt -noout -subject -dates"},
			{Text: "kube-apiserver runs without --kubelet-client-certificate and --kubelet-client-key, and the kubelet accepts nobody without a certificate (authentication.anonymous.enabled: false)", Fix: "Name both in its flags."},
			{Check: findings.UsageMissing, Text: "the certificate has no client auth among its usages", Fix: "Make it with client auth.", Command: showUse},
		},
	},
	{
		ID: "kubelet-upgrade", Family: Authz, Rank: Around, Side: Client, Where: kubeletSays,
		Texts:  []string{`unable to upgrade connection: Forbidden`},
		Means:  "The kubelet has refused kube-apiserver's request for exec, attach or port-forward: it knows who asks, and that user may not.",
		Causes: []Cause{{Text: "kube-apiserver's certificate for kubelets is not bound to system:kubelet-api-admin", Fix: "Make the binding.", Command: "kubectl create clusterrolebinding kubelet-api-admin --clusterrole=system:kubelet-api-admin --user={user}"}},
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
		ID: "node-unrelated", Family: Authz, Rank: Fault, Side: Client, Where: forbidden, Fault: "in who uses the kubelet's kubeconfig, or in the pods of the node; CN and O are right",
		Texts: []string{
			`is forbidden: User "system:node:<node>" cannot <verb> resource "<resource>" in API group "<group>" in the namespace "<namespace>": no relationship found between node "<other>" and this object`,
			`is forbidden: User "system:node:<node>" cannot <verb> resource "<resource>" in API group "" in the namespace "<namespace>": no relationship found between node "<other>" and this object`,
			`is forbidden: User "system:node:<node>" cannot <verb> resource "<resource>" in API group "<group>" at the cluster scope: no relationship found between node "<other>" and this object`,
			`is forbidden: User "system:node:<node>" cannot <verb> resource "<resource>" in API group "" at the cluster scope: no relationship found between node "<other>" and this object`,
			`no relationship found between node "<node>" and this object`, `no relationship to this object was found in the node authorizer graph`,
			`is forbidden: User "system:node:<node>" cannot <verb> resource "<resource>" in API group "" in the namespace "<namespace>": can only get individual resources of this type`, `is forbidden: User "system:node:<node>" cannot <verb> resource "<resource>" in API group "" in the namespace "<namespace>": can only read namespaced object of this type`,
			`can only get individual resources of this type`, `can only read namespaced object of this type`, `can only list/watch pods with spec.nodeName field selector`,
		},
		Means: "{node} is known as a node, and may see only what its own pods use: this object is none of that.",
		Causes: []Cause{
			{Text: "somebody uses the kubelet's kubeconfig (kubelet.conf) for kubectl, or a script on the node does", Fix: "Use admin.conf, or a kubeconfig of your own.", Command: "kubectl config view --minify -o jsonpath='{.users[0].name}'"},
			{Text: "the pod was deleted or is not bound to this node yet, so that its kubelet asks too early or too late", Fix: "Wait; where it stays, look at the pod."},
			{Check: findings.KeyShared, Text: "the kubelet has the certificate of another node", Fix: "Give each node its own.", Command: nodeSubject},
		},
	},
	{
		ID: "node-nameless", Family: Authz, Rank: Fault, Side: Client, Where: forbidden, Fault: "in the certificate's CN: it lacks the node's name",
		Texts: []string{
			`is forbidden: User "system:node" cannot <verb> resource`, `is forbidden: User "system:node:" cannot <verb> resource`, `unknown node for user "system:node"`, `unknown node for user "system:node:"`, `forbidden: User "system:node" cannot <verb> path`,
		},
		Means: `The kubelet's certificate has the CN "system:node", without the name of its node: the node authorizer knows no such node.`,
		Causes: []Cause{
			{Check: findings.NodeName, Text: "the certificate was made with a CN that lacks the node's name: one for all nodes, or a variable that was empty", Fix: "Make a certificate for each node with the CN system:node:NAME, NAME in small letters, and O system:nodes.", Command: nodeSubject},
		},
	},
	{
		ID: "cn-is-a-group", Family: Authz, Rank: Fault, Side: Client, Where: forbidden, Fault: "in the certificate's subject: the group stands in the CN",
		Texts: []string{
			`is forbidden: User "system:nodes" cannot <verb> resource`, `is forbidden: User "system:masters" cannot <verb> resource`, `is forbidden: User "kubeadm:cluster-admins" cannot <verb> resource`, `is forbidden: User "system:bootstrappers" cannot <verb> resource`,
		},
		Means: "The certificate has a group as its CN. CN is the user, O the group.",
		Causes: []Cause{
			{Check: findings.IdentityUser, Text: "CN and O are switched in the request, or O is missing", Fix: "Make it with the group as O: /O=system:nodes/CN=system:node:NAME, /O=system:masters/CN=NAME.", Command: readConfigCert},
		},
	},
	{
		ID: "node-forbidden", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{
			`nodes "<other>" is forbidden: User "system:node:<node>" cannot <verb> resource`,
			`unknown node for user "<user>"`,
		},
		Means:  "The node authorizer does not let {node} do this: the CN is not that of a node, the group system:nodes is missing, or the object is another node's.",
		Causes: append([]Cause{notTheNode[0], {Check: findings.IdentityGroup, Text: "the certificate lacks O system:nodes, exactly so", Fix: "Make it with O system:nodes.", Command: nodeSubject}}, notTheNode[1:]...),
	},
	{
		ID: "node-may-not", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{`is forbidden: User "system:node:<node>" cannot <verb> resource`, `forbidden: User "system:node:<node>" cannot <verb> path`},
		Means: "kube-apiserver knows the client as the kubelet of {node}. A kubelet may see what its own pods use, and nothing else.",
		Causes: []Cause{
			{Text: "somebody uses the kubelet's kubeconfig (kubelet.conf) for kubectl, or a script on the node does", Fix: "Use admin.conf, or a kubeconfig of your own.", Command: "kubectl config view --minify -o jsonpath='{.users[0].name}'"},
			{Check: findings.IdentityGroup, Text: "it is the kubelet itself, and its certificate lacks O system:nodes, exactly so", Fix: "Make it with O system:nodes.", Command: nodeSubject},
			{Check: findings.NodeName, Text: "the node is called otherwise than the certificate says: capital letters, or --hostname-override", Fix: "Make the kubelet's certificate with the node's own name in small letters.", Command: "hostname; " + nodeSubject},
		},
	},
	{
		ID: "anonymous", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{`is forbidden: User "system:anonymous" cannot <verb> resource`, `forbidden: User "system:anonymous" cannot <verb> path`},
		Means: "The client came without certificate and token, and so as nobody.",
		Causes: []Cause{
			{Check: scan.ConfigBroken, Text: "the kubeconfig has no certificate and no token, or its context names another user", Fix: "Set the user's certificate and key.", Command: "kubectl --kubeconfig FILE auth whoami"},
			{Text: "a load balancer ends TLS itself, so that the certificate does not arrive", Fix: "Pass TLS through the load balancer (mode tcp)."},
			{Text: "the address was opened with curl or a browser; that is no fault", Fix: "Show a certificate.", Command: "curl --cacert CA --cert CERT --key KEY https://{server}/version"},
		},
	},
	{
		ID: "account-forbidden", Family: Authz, Rank: Fault, Side: Client, Where: forbidden, Fault: "in a binding that is missing: no certificate takes part",
		Texts: []string{`is forbidden: User "system:serviceaccount:<account>" cannot <verb> resource`, `forbidden: User "system:serviceaccount:<account>" cannot <verb> path`},
		Means: "kube-apiserver knows the service account {account} by its token, and it may not {verb} this.",
		Causes: []Cause{
			{Text: "no binding gives the service account a role for this", Fix: "Make the binding for the role it needs.", Command: "kubectl create rolebinding NAME --role=ROLE --serviceaccount={account} -n NAMESPACE"},
			{Text: "the pod runs under another service account than it should (serviceAccountName)", Fix: "Name the right one in the pod."},
		},
	},
	{
		ID: "user-forbidden", Family: Authz, Rank: Fault, Side: Client, Where: forbidden,
		Texts: []string{`is forbidden: User "<user>" cannot <verb> resource`, `forbidden: User "<user>" cannot <verb> path`},
		Means: `kube-apiserver knows the client as user "{user}", and that user may not {verb} this.`,
		Causes: []Cause{
			{Check: findings.IdentityUser, Text: "the certificate's CN is not the user that Kubernetes knows: system:kube-scheduler, system:kube-controller-manager, system:kube-proxy", Fix: "Make it with exactly that CN.", Command: readConfigCert},
			{Check: findings.IdentityGroup, Text: "the certificate's O is not the group that a binding names: system:nodes, kubeadm:cluster-admins", Fix: "Make it with exactly that O.", Command: readConfigCert},
			{Check: findings.EmptyCN, Text: "the certificate has no CN, and so no user", Fix: "Make it with a CN."},
			{Text: "no binding names this user or group", Fix: "Make the binding for the role it needs, with an identity that may (super-admin.conf).", Command: "kubectl create clusterrolebinding NAME --clusterrole=ROLE --user={user}"},
		},
	},
}
