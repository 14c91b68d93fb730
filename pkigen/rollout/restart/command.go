package restart

import (
	"cmp"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/shell"
)

// CommandOf restarts a program on its node: a unit, "" for one that is called as the
// program, or a static pod. That ends when its manifest is away, which the kubelet sees
// within 20 seconds, and starts when it is back
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/#manual-certificate-renewal).
func CommandOf(unit, component string, static bool) shell.Line {
	if !static {
		return shell.Command("systemctl restart").Word(cmp.Or(unit, component))
	}
	manifest := component + ".yaml"
	return shell.And(shell.Command("cd").File(components.Folder), shell.Command("mv").File("manifests/"+manifest).Own("."),
		"sleep 25", shell.Command("mv").File(manifest).Own("manifests/"))
}
