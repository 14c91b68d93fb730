package imports

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Form is a kind of text, as another program writes or reads it.
type Form string

// The forms. Objects is any other object of Kubernetes: it is known, and not read.
const (
	Kubeadm   Form = "kubeadm"
	Nodes     Form = "kubectl-nodes"
	Objects   Form = "kubernetes-object"
	Request   Form = "cfssl-request"
	Signing   Form = "cfssl-config"
	Inventory Form = "ansible-inventory"
	RKE       Form = "rke"
	Members   Form = "etcd-members"
	Hosts     Form = "hosts"
)

// Known says what can be read, for sentences.
const Known = "kubeadm's ClusterConfiguration and InitConfiguration, an inventory of Ansible (kubespray, kubeasz), a request or the signing configuration of cfssl, " +
	"what kubectl get nodes -o wide or -o json prints, a cluster.yml of RKE, etcd's initial cluster, /etc/hosts"

// form is one form: how it is recognised, and how it is read. A text is made of lines, or
// of documents of YAML, which JSON is too.
type form struct {
	form Form
	is   string // "an inventory of Ansible"
	// begins gives the first line that shows that lines are of the form; 0 for none.
	begins func(lines []string) int
	lines  func(r *reader, lines []string)
	// shows reports whether a document shows that all are of the form, and says of what.
	shows func(n *yaml.Node) (is string, ok bool)
	read  func(r *reader, docs []*yaml.Node)
}

// forms are all that are known; the first that fits is it. Lists of members stand in
// files of many kinds too, and come last.
func forms() []form {
	return []form{
		{form: Nodes, is: "the list of nodes that kubectl prints", begins: beginsTable, lines: readTable},
		{form: Inventory, is: "an inventory of Ansible", begins: beginsINI, lines: readINI},
		{form: Kubeadm, shows: showsKubeadm, read: readKubeadm},
		{form: Kubeadm, shows: showsConfigMap, read: readConfigMap},
		{form: Nodes, shows: showsNodes, read: readNodes},
		{form: Objects, shows: showsObject},
		{form: Request, shows: showsRequest, read: readRequest},
		{form: Signing, shows: showsSigning, read: readSigning},
		{form: Inventory, shows: showsInventory, read: readInventory},
		{form: RKE, shows: showsRKE, read: readRKE},
		{form: Members, is: "the list of members that etcd is told of", begins: beginsMembers, lines: readMembers},
		{form: Hosts, is: "an /etc/hosts", begins: beginsHosts, lines: readHosts},
	}
}

// Taken reports whether Read takes anything of texts of the form.
func (f Form) Taken() bool { return f != Objects }

// Recognised is a text that is of a form of others.
type Recognised struct {
	Form         Form
	Is           string // "kubeadm's ClusterConfiguration"
	Line, Column int
}

// Recognise finds the form of a text, and of the first document of YAML in it, which is nil
// where it has none; nil for no form.
func Recognise(data []byte, doc *yaml.Node) *Recognised {
	var docs []*yaml.Node
	if doc != nil && rootOf(doc) != nil {
		docs = append(docs, doc)
	}
	if f := formOf(linesOf(data), docs); f != nil {
		return &Recognised{f.form.form, f.is, f.line, max(f.column, 1)}
	}
	return nil
}

// found is the form of a text, with the place that shows it.
type found struct {
	form
	line, column int
}

func formOf(lines []string, docs []*yaml.Node) *found {
	for _, f := range forms() {
		if f.begins != nil {
			if line := f.begins(lines); line > 0 {
				return &found{form: f, line: line}
			}
			continue
		}
		for _, doc := range docs {
			root := rootOf(doc)
			if root.Kind != yaml.MappingNode {
				continue
			}
			if is, ok := f.shows(root); ok {
				f.is = is
				return &found{f, root.Line, root.Column}
			}
		}
	}
	return nil
}

// linesOf are the lines of a text, without their ends.
func linesOf(data []byte) []string {
	lines := strings.Split(strings.TrimPrefix(string(data), "\uFEFF"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, "\r")
	}
	return lines
}

// showsObject is for objects of Kubernetes that say nothing here.
func showsObject(n *yaml.Node) (string, bool) {
	return "an object of Kubernetes (" + text(n, "kind") + ")", text(n, "apiVersion") != "" && text(n, "kind") != ""
}
