package catalog

import (
	"strconv"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/issued"
)

// Flags by which a kubeconfig, and not a command line, names a file. A kubeconfig
// that embeds a certificate has none of them.
const (
	ConfigCA   = "kubeconfig certificate-authority"
	ConfigCert = "kubeconfig client-certificate"
	ConfigKey  = "kubeconfig client-key"
)

// How often the programs look: kube-apiserver's files are watched, and read each
// minute besides (apiserver/pkg/server/dynamiccertificates); client-go compares
// its certificates each five (transport/cert_rotation.go). At a CA file it looks since
// 1.36 only (gate ClientsAllowCARotation), and then at the first request that comes
// five minutes after the last look: who holds watches open sends none, and has no
// time within which it has looked. So a changed CA file needs a restart.
const (
	watched  = time.Minute
	compared = 5 * time.Minute
)

// What programs do.
var (
	// etcd gives Go functions that read the pair at each handshake
	// (client/pkg/transport/listener.go), but the CAs only once.
	atHandshake = components.Reread{Effect: components.Rereads}
	byWatch     = components.Reread{Effect: components.Rereads, Within: watched}
	byCompare   = components.Reread{Effect: components.Rereads, Within: compared}
	// The list of CAs that the kubelet tells its clients is read again since 1.36
	// only (gate ReloadKubeletClientCAFile); what it checks by, always.
	byKubelet = components.Reread{Effect: components.Rereads, Within: watched, Since: "1.31"}
	atUse     = components.Reread{Effect: components.AtUse}
)

// RereadOf says what a program does when the file behind a flag changes, and where the
// certificate in it is shown.
func RereadOf(component, flag string) (r components.Reread, shown string) {
	for _, e := range wholeCatalogue {
		for _, u := range e.Uses {
			if u.Component == component && u.Flag == flag {
				return u.Reread, u.Shown
			}
		}
	}
	switch {
	case flag == issued.ConfigFlag:
		return byWatch, ""
	case flag == issued.CRLFlag:
		return atHandshake, ""
	case flag != ConfigCert && flag != ConfigKey && flag != ConfigCA:
	case component == id.Kubectl:
		return atUse, ""
	case flag != ConfigCA:
		return byCompare, ""
	}
	return components.Reread{}, ""
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
