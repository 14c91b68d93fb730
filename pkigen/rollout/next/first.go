package next

import (
	"fmt"
	"path"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/visible"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/handout"
	"certwright/pkigen/rollout/restart"
)

// FirstTasks are what is left to do with a new set, in the order in which it is done;
// none where most of it was there before.
func FirstTasks(pl *plan.Plan, dir string) []restart.Task {
	switch {
	case pl.Layout.AsFound || pl.Count(plan.Create) < pl.Count(plan.Keep):
		return nil
	case !pl.Layout.PerNode:
		return flatTasks(pl.Cluster)
	}
	c := pl.Cluster
	steps := []restart.Task{
		task("pack an archive for each node, and install it there as root", shell.Command("certwright handout").File(dir), handout.InstallArchive),
		task(fmt.Sprintf("start etcd on %s, then kube-apiserver on %s; their flags, and how systemd reads them, stand in %s/NAME.env",
			nodesWith(c, spec.Etcd), nodesWith(c, spec.ControlPlane), components.Folder)),
	}
	if s := endpointTask(c); s != "" {
		steps = append(steps, task(s))
	}
	steps = append(steps,
		task("once, when the API answers", kubectl(dir, "admin/super-admin.conf").Own("apply -f").File(path.Join(dir, catalog.ManifestFolder)+"/")),
		task("start kube-controller-manager and kube-scheduler, then a container runtime, kubelet and kube-proxy on every node"),
	)
	return append(steps, afterStart(c, dir)...)
}

// FirstList is what is left to do with a new set, program by program, in the order in which
// it is done; none where FirstTasks has none or the files lie flat.
func FirstList(pl *plan.Plan, dir string) []restart.Task {
	if !pl.Layout.PerNode || FirstTasks(pl, dir) == nil {
		return nil
	}
	var written []restart.Change
	for i := range pl.Files {
		if f := &pl.Files[i]; !f.IsFolder() && f.Verb == plan.Create {
			written = append(written, restart.Change{Path: f.Path, New: true})
		}
	}
	var out []restart.Task
	if s := endpointTask(pl.Cluster); s != "" {
		out = append(out, task(s))
	}
	out = append(out, restart.FirstStart(pl.Layout, pl.Cluster, dir, written).Checklist(dir)...)
	return append(out, afterStart(pl.Cluster, dir)...)
}

// afterStart is what comes when the programs run.
func afterStart(c *spec.Cluster, dir string) []restart.Task {
	out := []restart.Task{task("use admin/admin.conf from then on, and lock admin/super-admin.conf away")}
	if c.HasToken() {
		out = append(out,
			task("grant the kubelets' serving certificates", "kubectl get csr", "kubectl certificate approve NAME"),
			tokenTask(c, dir))
	}
	return out
}

// flatTasks are those of a set whose files lie flat, and are copied and named in flags by
// hand.
func flatTasks(c *spec.Cluster) []restart.Task {
	steps := []restart.Task{
		task("copy to each node the files that its programs are told of, and no other: the key of the CA stays here"),
		task(fmt.Sprintf("start etcd on %s, then kube-apiserver on %s, each told of its files by its flags", nodesWith(c, spec.Etcd), nodesWith(c, spec.ControlPlane))),
	}
	if s := endpointTask(c); s != "" {
		steps = append(steps, task(s))
	}
	return append(steps,
		task("make a kubeconfig of each client certificate with kubectl config, and start what dials the API with it"),
		task("bring each kubelet in with a bootstrap token, or with a certificate of its own: the article has none for them"))
}

// kubectl is a call of it by a kubeconfig of the set.
func kubectl(dir, file string) shell.Line {
	return shell.Command("kubectl --kubeconfig").File(path.Join(dir, file))
}

// tokenTask takes the bootstrap token away: a Secret in the cluster, and then what has
// it in the files. One in a file never ends by itself.
func tokenTask(c *spec.Cluster, dir string) restart.Task {
	end := shell.Command("certwright change").File(dir).Own("--end-bootstrap")
	if c.Bootstrap == spec.BootstrapFile {
		return task("when all nodes are there, take the bootstrap token out of the files, where it never expires by itself, and do what this says", end)
	}
	return task("when all nodes are there, take the bootstrap token out of the cluster and out of the files, and do what this says",
		kubectl(dir, "admin/admin.conf").Own("delete -f").File(path.Join(dir, catalog.TokenManifest)), end)
}

// endpointTask is what has to be there before anyone dials the API; "" where the
// endpoint is an API server itself.
func endpointTask(c *spec.Cluster) string {
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
		visible.Text(c.Endpoint.String()), spec.DefaultPort, nodesWith(c, spec.ControlPlane))
}

// Program is one program of the cluster as it is started by hand.
type Program struct {
	Name  string
	Reads []string // the files on its nodes that tell it about all others
	On    string   // its nodes, the first few of many
}

// Programs are the programs of the cluster, in the order in which they are started.
func Programs(c *spec.Cluster) []Program {
	out := make([]Program, len(components.All))
	for i := range components.All {
		p := &components.All[i]
		out[i] = Program{Name: p.Name, Reads: []string{p.EnvFile()}, On: nodesWith(c, p.On)}
		if p.Config != "" {
			out[i].Reads = append(out[i].Reads, p.ConfigFile())
		}
	}
	return out
}

// nodesWith names the nodes of a role, the first few of many.
func nodesWith(c *spec.Cluster, r spec.NodeRoles) string {
	var names []string
	for i := range c.Nodes {
		if c.Nodes[i].Roles&r != 0 {
			names = append(names, visible.Text(c.Nodes[i].Name))
		}
	}
	const shown = 3
	return spec.List(names, shown)
}

func task(text string, lines ...shell.Line) restart.Task {
	t := restart.Task{Text: text}
	for _, l := range lines {
		t.Commands = append(t.Commands, restart.Command{Line: l})
	}
	return t
}
