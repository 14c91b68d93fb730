// Package ansible hands a set over to Ansible: it renders playbooks that bring each node
// its files, and that start and restart programs in the order of the restart plan, each
// behind the check that the one before is well.
//
// It is pure, but for Save: a set and its restart plan become files. None of them holds a
// secret: keys go from the set to their node while a playbook runs. What stands in them from
// the answers or from an inventory is quoted for YAML, is no template, and reaches no shell.
//
// Which program has to be restarted is found on the node, by what is older: its process or
// the file. So the same playbooks serve each run, and one that was stopped goes on.
package ansible

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/handout"
)

// Set is what the playbooks are for.
type Set struct {
	Layout  *catalog.Layout
	Cluster *spec.Cluster
	Dir     string // absolute: playbooks are run from anywhere
	// Hosts are the names of the nodes in an inventory of the operator's, by the name of
	// the node, and Inventory is its absolute path; nil and "" for an inventory of our own.
	Hosts     map[string]string
	Inventory string
}

// The names of the groups, as kubespray and others have them.
const (
	allNodes          = "k8s_cluster"
	etcdGroup         = "etcd"
	controlPlaneGroup = "kube_control_plane"
	workerGroup       = "kube_node"
)

// groups are the groups by role, and the variables that name others in their place.
var groups = []struct {
	role           spec.NodeRoles
	name, variable string
}{
	{spec.Etcd, etcdGroup, "certwright_etcd_hosts"},
	{spec.ControlPlane, controlPlaneGroup, "certwright_control_plane_hosts"},
	{spec.Worker, workerGroup, "certwright_worker_hosts"},
}

// hostsWith is the pattern of the hosts that have any of these roles, as a template.
func hostsWith(roles spec.NodeRoles) string {
	var out []string
	for _, g := range groups {
		if roles&g.role != 0 {
			out = append(out, fmt.Sprintf("{{ %s | default('%s') }}", g.variable, g.name))
		}
	}
	return `"` + strings.Join(out, ":") + `"`
}

// The playbooks: what ends in .tmpl is filled in.
//
//go:embed playbook
var playbook embed.FS

const (
	folder        = "playbook"
	installScript = "files/install.sh" // of package handout
	x             = "playbook"
	filledIn      = ".tmpl"
)

// Files are the files of the playbooks, by their paths.
func (s *Set) Files() (map[string][]byte, error) {
	p := s.plan()
	out := map[string][]byte{
		"inventory.yaml":                 s.inventory(),
		"group_vars/all/certwright.yaml": s.variables(p),
		"group_vars/all/settings.yaml":   settings(p),
		"group_vars/all/batches.yaml":    []byte(batches),
		installScript:                    handout.InstallScript(),
	}
	err := fs.WalkDir(playbook, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := playbook.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, folder+"/")
		if fill, ok := strings.CutSuffix(name, filledIn); ok {
			name = fill
			text, err = s.fill(name, string(text), p)
		}
		out[name] = text
		return err
	})
	return out, err
}

// fill fills in one file.
func (s *Set) fill(name, text string, p *rollout) ([]byte, error) {
	t, err := template.New(name).Delims("<<", ">>").Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		*rollout
		Source, Again shell.Line // where the set is, and what writes these files anew
		With          shell.Line // the inventories
	}{p, shell.Command("").File(s.Dir), s.again(), s.with()})
	return b.Bytes(), err
}

// with are the inventories, for a command that is run in the folder of the playbooks.
func (s *Set) with() shell.Line {
	if s.Inventory == "" {
		return "-i inventory.yaml "
	}
	return shell.Command("-i").File(s.Inventory).Own("-i inventory.yaml ")
}

// again writes these files anew, from their folder.
func (s *Set) again() shell.Line {
	again := shell.Command("certwright handout").File(s.Dir).Own("--ansible .")
	if s.Inventory != "" {
		again = again.Own("--inventory").File(s.Inventory)
	}
	return again
}

// inSet is a path below the set.
func (s *Set) inSet(p string) string { return path.Join(s.Dir, p) }
