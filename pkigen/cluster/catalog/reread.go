package catalog

import (
	"strconv"
	"time"

	"certwright/pkigen/cluster/catalog/id"
)

// Effect is what a change of a file does to a program that runs.
type Effect string

// The effects.
const (
	Restarts Effect = ""        // it has read the file when it started, and never again
	Rereads  Effect = "reload"  // it reads the file again by itself
	AtUse    Effect = "nothing" // it reads the file each time it needs it
)

// Reread is what a program does when a file changes that it was told about. The zero
// Reread is for one that has to be restarted, which is right for any file.
type Reread struct {
	Effect Effect
	// Within is how long it takes at most until a program that reads again has
	// done so; 0 for the next connection.
	Within time.Duration
	// Since is the first minor version of Kubernetes that reads the file again;
	// older ones have to be restarted. "" where all do that are still in use.
	Since string
}

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
	atHandshake = Reread{Effect: Rereads}
	byWatch     = Reread{Effect: Rereads, Within: watched}
	byCompare   = Reread{Effect: Rereads, Within: compared}
	// The list of CAs that the kubelet tells its clients is read again since 1.36
	// only (gate ReloadKubeletClientCAFile); what it checks by, always.
	byKubelet = Reread{Effect: Rereads, Within: watched, Since: "1.31"}
	atUse     = Reread{Effect: AtUse}
)

// RereadOf says what a program does when the file behind a flag changes, and where the
// certificate in it is shown.
func RereadOf(component, flag string) (r Reread, shown string) {
	for _, e := range wholeCatalogue {
		for _, u := range e.Uses {
			if u.Component == component && u.Flag == flag {
				return u.Reread, u.Shown
			}
		}
	}
	switch {
	case flag != ConfigCert && flag != ConfigKey && flag != ConfigCA:
	case component == id.Kubectl:
		return atUse, ""
	case flag != ConfigCA:
		return byCompare, ""
	}
	return Reread{}, ""
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
