package rotate

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// domainTexts are the words of one trust domain for each stage.
type domainTexts struct {
	// early and late are what is seen where the switch comes before everybody
	// trusts the new one, and where the old one goes while something hangs on it.
	early, late string
	// widened, switched and narrowed are what has to be done by hand, behind the
	// restarts of the stage.
	widened, switched, narrowed []string
}

// domains are those of the catalogue; "" is that of the service account keys. No API
// server ever takes a CA out of what extension servers read, but for one that has expired
// (kubernetes pkg/controlplane/controller/clusterauthenticationtrust). What
// happens in the wrong order is known from clusters where it did: rancher#18805
// and #25125 (API), kamaji#1325 and kops#8959 (tokens).
var domains = map[catalog.Domain]domainTexts{
	catalog.Kubernetes: {
		early: `every kubelet, controller and pod refuses the API servers ("x509: certificate signed by unknown authority"), and nodes become NotReady`,
		late:  `whoever still has a certificate of the old CA gets "Unauthorized", and whoever trusts the old one only cannot reach the API: locked out`,
		widened: []string{
			"kubelets bring kube-root-ca.crt to their pods within two minutes; restart pods that read it only when they start, such as CoreDNS, CNI, ingress and operators",
			"add the new CA to what lies in the API: the ConfigMap cluster-info in kube-public, and each caBundle of a webhook or APIService whose server has a certificate of this CA",
			"give copies of kubeconfigs and of the CA, such as ~/.kube/config, CI and monitoring, what admin.conf has now",
		},
		switched: []string{
			"have certificates made again that were given out by request: of users, CNI, monitoring, and of webhooks and extension servers of this CA",
			"replace copies of kubeconfigs, such as ~/.kube/config and in CI: they hold certificates of the old CA",
		},
		narrowed: []string{
			"take the old CA out of client-ca-file in the ConfigMap extension-apiserver-authentication in kube-system: API servers only add to it, and extension servers let in whom it has signed",
			"take the old CA out of cluster-info and of each caBundle; kube-controller-manager takes it out of kube-root-ca.crt, and pods that read it when they start trust it until they restart",
		},
	},
	catalog.Etcd: {
		early:    "members of etcd refuse each other: as soon as half of them have new certificates there is no majority, and no API. API servers refuse etcd as well",
		late:     "members and API servers with a certificate of the old CA are refused by etcd: no majority, no API",
		widened:  []string{"give backups and monitoring of etcd that have copies of its CA the file with both"},
		switched: []string{"give backups and monitoring of etcd that have copies of a certificate a new one"},
		narrowed: []string{"give backups and monitoring of etcd the file with the new CA alone"},
	},
	catalog.FrontProxy: {
		early: "extension servers such as metrics-server refuse the API server: kubectl top, and every API behind an APIService, fail",
		late:  "extension servers refuse an API server that still shows a certificate of the old CA",
		widened: []string{
			"extension servers read both CAs from the ConfigMap extension-apiserver-authentication by themselves; restart those that read it only when they start",
		},
		narrowed: []string{
			"take the old CA out of requestheader-client-ca-file in the ConfigMap extension-apiserver-authentication in kube-system: API servers only add to it, and extension servers trust what stands there",
		},
	},
	"": {
		early:   `API servers refuse the tokens that another one has signed ("invalid bearer token"): pods get 401, alternating behind a load balancer`,
		late:    "every pod whose token is of the old key gets 401 until it has a new one; where CoreDNS or the CNI are among them, that is an outage",
		widened: []string{"whoever checks tokens outside of the cluster, by OIDC discovery, keeps the keys for up to an hour: wait that long before the switch"},
		switched: []string{
			"wait until tokens are renewed: kubelets do that when 80 % of their time is over, after 24 hours at the latest; but the API server takes old ones for up to a year (--service-account-extend-token-expiration)",
			"restart pods that read their token only once, and delete legacy Secrets of the type kubernetes.io/service-account-token and make them again",
		},
	},
}

// bootstrapped is what kubelets with certificates of their own need at the switch.
const bootstrapped = "kubelets asked the cluster for their certificates: on one node after another move /etc/kubernetes/kubelet.conf and /var/lib/kubelet/pki/kubelet-client-current.pem away and restart the kubelet, with a bootstrap token that holds; or wait until each has renewed its own. Their serving certificates likewise"

// of are the domains that one CA or key pair stands for.
func of(l *catalog.Layout, name string) []domainTexts {
	var out []domainTexts
	for _, d := range []catalog.Domain{catalog.Kubernetes, catalog.Etcd, catalog.FrontProxy} {
		if l.CA(d) == name {
			out = append(out, domains[d])
		}
	}
	if out == nil {
		out = []domainTexts{domains[""]}
	}
	return out
}

// Breaks is what is seen where a stage comes too early; "" of the first, which
// breaks nothing.
func Breaks(l *catalog.Layout, name string, to plan.Stage) string {
	text := ""
	for _, c := range of(l, name) {
		one := ""
		switch to {
		case plan.Switched:
			one = c.early
		case plan.Steady:
			one = c.late
		}
		if text != "" && one != "" {
			text += "; "
		}
		text += one
	}
	return text
}

// ByHand is what has to be done by hand, behind the restarts, once a stage is in
// place and before the next.
func ByHand(l *catalog.Layout, c *spec.Cluster, name string, at plan.Stage) []string {
	var out []string
	for _, one := range of(l, name) {
		switch at {
		case plan.Widened:
			out = append(out, one.widened...)
		case plan.Switched:
			out = append(out, one.switched...)
		default:
			out = append(out, one.narrowed...)
		}
	}
	if at == plan.Switched && name == l.CA(catalog.Kubernetes) && c.Bootstraps() {
		out = slices.Insert(out, 0, bootstrapped)
	}
	return out
}
