package catalog

import "certwright/pkigen/cluster/leak"

// What becomes of the cluster where somebody else has a key, by kinds of keys: each was
// tried with the real programs, etcd 3.7 and Kubernetes 1.37.

// What a holder may have left, and how one sees it.
const (
	lookBindings = "role bindings that are not yours: kubectl get clusterrolebindings,rolebindings -A -o wide --sort-by=.metadata.creationTimestamp"
	lookAccounts = "service accounts, and Secrets with their tokens: kubectl get serviceaccounts,secrets -A --sort-by=.metadata.creationTimestamp"
	lookPods     = "pods, DaemonSets and webhooks that are not yours: kubectl get pods,daemonsets -A; kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations"
	lookSecrets  = "every Secret may have been read: replace what stands in them"
	lookMembers  = "members of etcd that are not yours: etcdctl member list; a false one goes by etcdctl member remove"
	lookRequests = "certificates that were asked for: kubectl get certificatesigningrequests"
	lookAudit    = "the audit log of kube-apiserver, for this user"
)

const (
	soonListed = "its next request is refused, at the latest a minute after the list is on each control-plane node; open watches go on until kube-apiserver restarts"
	soonEtcd   = "its next connection is refused as soon as the list is on each member; open ones last until etcd restarts, one member after another"
	soonNew    = "when the last node trusts the new one alone"
)

// etcdLeak is that of whoever etcd takes for a client; memberLeak of one that members take
// for a member too.
var (
	etcdLeak = leak.Facts{By: leak.CRL, Soon: soonEtcd,
		Else: []string{"etcd's own users, by CN: with root and kube-apiserver-etcd-client of the role root, etcdctl auth enable leaves every other CN without rights"},
		Not:  []string{"another certificate of the same name: the old one stays good"},
		Look: []string{lookBindings, lookSecrets, lookMembers}}
	memberLeak = leak.Facts{By: etcdLeak.By, Soon: etcdLeak.Soon, Else: etcdLeak.Else, Look: etcdLeak.Look,
		Not: []string{"a CRL for peers: a false member dials nobody, the others dial it, and none of them expels it"}}
)

// servingLeak is that of a server, which its clients look at and ask nobody about.
func servingLeak(look ...string) leak.Facts {
	return leak.Facts{By: leak.Rotation, Soon: soonNew,
		Else: []string{"its holder has to lead clients to himself: watch names, addresses and the load balancer that lead to it"},
		Not:  []string{"a list of revoked certificates: no client of it reads one", "another certificate of the same name: the old one stays good"},
		Look: look}
}

var (
	apiserverLeak = servingLeak("tokens and passwords that were shown to a false API server: they are its holder's now")
	monitorLeak   = servingLeak("figures in monitoring that cannot be")
	kubeletLeak   = servingLeak("commands and logs of pods on NODE that went through a false kubelet")

	toKubeletsLeak = leak.Facts{By: leak.DenyList, Soon: soonListed + "; kubelets keep what they have asked for up to five minutes",
		Else: []string{"deleting the binding kubeadm:apiserver-kubelet-client, and binding another CN"},
		Look: []string{lookPods, lookAudit}}

	frontProxyLeak = leak.Facts{By: leak.Rotation, Soon: soonNew,
		Else: []string{"another CN for the front proxy, alone in --requestheader-allowed-names, and a restart of each kube-apiserver; " +
			"the ConfigMap kube-system/extension-apiserver-authentication keeps both names, and has to be edited for extension servers"},
		Not:  []string{"the deny list: whom it speaks for has no certificate"},
		Look: []string{lookBindings, lookSecrets, lookAccounts}}

	controllersLeak = leak.Facts{By: leak.DenyList, Soon: soonListed,
		Not:  []string{"deleting its binding: kube-apiserver makes it again at its next start"},
		Look: []string{lookSecrets, "rights of kube-system/clusterrole-aggregation-controller and what was bound with them", lookBindings, lookAccounts}}

	schedulerLeak = leak.Facts{By: leak.DenyList, Soon: soonListed,
		Else: []string{"another user in its four bindings, with the annotation rbac.authorization.kubernetes.io/autoupdate=false on each"},
		Look: []string{"pods that were deleted, or placed where they do not belong", lookAudit}}

	proxyLeak = leak.Facts{By: leak.DenyList, Soon: soonListed,
		Not:  []string{"deleting the binding system:node-proxier: kube-apiserver makes it again at its next start"},
		Look: []string{lookAudit}}

	adminLeak = leak.Facts{By: leak.DenyList, Soon: soonListed,
		Else: []string{"deleting the binding kubeadm:cluster-admins, which shuts out all of its group at once"},
		Look: []string{lookBindings, lookAccounts, lookRequests, lookPods, lookSecrets}}

	mastersLeak = leak.Facts{By: leak.Rotation, Soon: soonNew,
		Not:  []string{"the deny list, and bindings: system:masters is asked about neither", "an admission policy: its holder deletes it"},
		Look: adminLeak.Look}

	nodeLeak = leak.Facts{By: leak.DenyList, Soon: soonListed,
		Else: []string{"a ValidatingAdmissionPolicy against all writes of system:node:NODE, and then deleting its Node and its pods: the name cannot be used any more"},
		Not: []string{"deleting the Node alone: its holder registers it again, gets a pod of a DaemonSet, and reads its Secrets",
			"a list without the certificates that kubelets have from the cluster itself: they renew for ever"},
		Look: []string{"the Secrets and tokens of pods that ran on NODE: replace them", lookRequests, lookAudit}}

	accountsLeak = leak.Facts{By: leak.Rotation, Soon: "when each kube-apiserver was restarted with the new key alone; pods need new tokens by then",
		Not:  []string{"deleting tokens: its holder makes others, for every service account whose uid he knows"},
		Look: []string{lookBindings, lookSecrets, lookAccounts}}

	tokenLeak = leak.Facts{By: leak.Deletion, Soon: "10 seconds after its Secret is deleted; from a file after a restart of each kube-apiserver",
		Not:  []string{"deleting it alone: certificates that were made by it stay, and have to be revoked"},
		Look: []string{lookRequests, lookSecrets}}

	authorityLeak = leak.Facts{By: leak.Rotation, Soon: soonNew,
		Not:  []string{"a list of revoked certificates: its holder makes others, which no list knows"},
		Look: []string{lookBindings, lookAccounts, lookRequests, lookPods, lookSecrets, lookMembers}}
)
