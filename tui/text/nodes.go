package text

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// NextSteps are what is left to do with a set that has a tree for each node, in
// the order in which it is done; none where most of it was there before.
func NextSteps(pl *plan.Plan, dir string) []Step {
	if !pl.Layout.PerNode || pl.Count(plan.Create) < pl.Count(plan.Keep) {
		return nil
	}
	c := pl.Cluster
	steps := []Step{
		{"pack an archive for each node, and install it there as root",
			[]shell.Line{shell.Command("certwright handout").File(dir), InstallArchive}},
		{Text: fmt.Sprintf("start etcd on %s, then kube-apiserver on %s; their flags, and how systemd reads them, stand in %s/NAME.env",
			nodesWith(c, spec.Etcd), nodesWith(c, spec.ControlPlane), catalog.KubernetesFolder)},
	}
	if s := endpointStep(c); s != "" {
		steps = append(steps, Step{Text: s})
	}
	steps = append(steps,
		Step{"once, when the API answers", []shell.Line{kubectl(dir, "admin/super-admin.conf").Own("apply -f").File(path.Join(dir, catalog.ManifestFolder) + "/")}},
		Step{Text: "start kube-controller-manager and kube-scheduler, then a container runtime, kubelet and kube-proxy on every node"},
		Step{Text: "use admin/admin.conf from then on, and lock admin/super-admin.conf away"},
	)
	if c.HasToken() {
		steps = append(steps,
			Step{"grant the kubelets' serving certificates", []shell.Line{"kubectl get csr", "kubectl certificate approve NAME"}},
			tokenStep(c, dir))
	}
	return steps
}

// kubectl is a call of it by a kubeconfig of the set.
func kubectl(dir, file string) shell.Line {
	return shell.Command("kubectl --kubeconfig").File(path.Join(dir, file))
}

// tokenStep takes the bootstrap token away: a Secret in the cluster, and then what has
// it in the files. One in a file never ends by itself.
func tokenStep(c *spec.Cluster, dir string) Step {
	end := shell.Command("certwright change").File(dir).Own("--end-bootstrap")
	if c.Bootstrap == spec.BootstrapFile {
		return Step{"when all nodes are there, take the bootstrap token out of the files, where it never ends by itself, and do what this says", []shell.Line{end}}
	}
	return Step{"when all nodes are there, take the bootstrap token out of the cluster and out of the files, and do what this says",
		[]shell.Line{kubectl(dir, "admin/admin.conf").Own("delete -f").File(path.Join(dir, catalog.TokenManifest)), end}}
}

// endpointStep is what has to be there before anyone dials the API; "" where the
// endpoint is an API server itself.
func endpointStep(c *spec.Cluster) string {
	if c.Endpoint.IsZero() {
		return ""
	}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		own := n.Name == c.Endpoint.Host.Name || slices.Contains(n.Addresses, c.Endpoint.Host.Addr)
		if own && n.Roles.Has(spec.ControlPlane) && c.Endpoint.Port == spec.DefaultPort {
			return ""
		}
	}
	return fmt.Sprintf("let %s lead to port %d of %s: kubectl and kubelets dial it",
		Clean(c.Endpoint.String()), spec.DefaultPort, nodesWith(c, spec.ControlPlane))
}

// nodesWith names the nodes of a role, the first few of many.
func nodesWith(c *spec.Cluster, r spec.NodeRoles) string {
	var names []string
	n := 0
	for i := range c.Nodes {
		if c.Nodes[i].Roles&r == 0 {
			continue
		}
		if n++; n <= shownNodes {
			names = append(names, Clean(c.Nodes[i].Name))
		}
	}
	if n > shownNodes {
		names = append(names, fmt.Sprintf("and %d more", n-shownNodes))
	}
	return strings.Join(names, ", ")
}

// componentTable says of each component where it runs, and which file tells it
// about all others.
func componentTable(pl *plan.Plan) Table {
	t := Table{Columns: []Column{{Title: "COMPONENT"}, {Title: "READS", Min: 24}, {Title: "ON", Min: 12}}}
	for i := range catalog.Components {
		c := &catalog.Components[i]
		reads := c.EnvFile()
		if c.Config != "" {
			reads += "\n" + c.ConfigFile()
		}
		t.Rows = append(t.Rows, []string{c.Name, reads, nodesWith(pl.Cluster, c.On)})
	}
	return t
}
