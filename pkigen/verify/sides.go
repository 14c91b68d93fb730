package verify

import (
	"slices"
	"strings"

	"certwright/pkigen/check"
	"certwright/pkigen/rehearse"
	"certwright/pkigen/role"
	"certwright/pkigen/survey"
)

// toldOf is one file of a side of a connection, and the flag by which its program
// is told of it.
type toldOf struct {
	flag string
	file func(*rehearse.Side) *rehearse.File
}

func certOf(s *rehearse.Side) *rehearse.File   { return &s.Cert }
func keyOf(s *rehearse.Side) *rehearse.File    { return &s.Key }
func caOf(s *rehearse.Side) *rehearse.File     { return &s.CA }
func headerOf(s *rehearse.Side) *rehearse.File { return &s.HeaderCA }
func publicOf(s *rehearse.Side) *rehearse.File { return &s.Public }

// The files of the sides that are told of them by flags. A kubeconfig says the rest.
var (
	etcdClientSide = []toldOf{{"--cert-file", certOf}, {"--key-file", keyOf}, {"--trusted-ca-file", caOf}}
	etcdPeerSide   = []toldOf{{"--peer-cert-file", certOf}, {"--peer-key-file", keyOf}, {"--peer-trusted-ca-file", caOf}}
	apiserverSide  = []toldOf{{"--tls-cert-file", certOf}, {"--tls-private-key-file", keyOf}, {"--client-ca-file", caOf},
		{"--requestheader-client-ca-file", headerOf}, {"--service-account-key-file", publicOf}}
	kubeletSide = []toldOf{{"authentication.x509.clientCAFile", caOf}}

	// dialSides are those of the dialling sides, by the arrow.
	dialSides = map[string][]toldOf{
		"apiserver-to-etcd":      {{"--etcd-certfile", certOf}, {"--etcd-keyfile", keyOf}, {"--etcd-cafile", caOf}},
		"apiserver-to-kubelet":   {{"--kubelet-client-certificate", certOf}, {"--kubelet-client-key", keyOf}},
		"apiserver-to-extension": {{"--proxy-client-cert-file", certOf}, {"--proxy-client-key-file", keyOf}},
		"pods-to-apiserver":      {{"--service-account-signing-key-file", keyOf}},
		"etcd-peers":             etcdPeerSide,
	}
)

// answerSide are those of the answering side of an arrow.
func answerSide(a *role.Arrow) []toldOf {
	switch {
	case a.ID == "etcd-peers":
		return etcdPeerSide
	case a.To == "etcd":
		return etcdClientSide
	case a.To == "kubelet":
		return kubeletSide
	case a.To == "kube-apiserver":
		return apiserverSide
	}
	return apiserverSide[2:4] // an extension server checks by what kube-apiserver publishes
}

// orderOf is what a program on a node is told; nil where no file says it.
func (f *foreign) orderOf(node, program string) *survey.Order {
	return f.orders[[2]string{f.machine[node], program}]
}

// learnOrders sorts what programs are told.
func (f *foreign) learnOrders() {
	f.orders = map[[2]string]*survey.Order{}
	for _, o := range f.site.Orders() {
		at := [2]string{o.Machine, o.Program}
		if f.orders[at] == nil && o.Fields == (o.Program == "kubelet") {
			f.orders[at] = o
		}
	}
}

// told gives both sides of a case what their programs are really told: where a flag
// leads elsewhere than its file usually lies, and nothing where there is none.
func (f *foreign) told(c *rehearse.Case) {
	a := c.Arrow
	if c.Refusal == nil {
		f.tell(c.From, c.From.Machine, programOf(a.From), dialSides[a.ID])
	}
	if o := f.orderOf(c.From.Machine, "kube-apiserver"); a.ID == "apiserver-to-kubelet" && c.Refusal == nil && o != nil {
		// kubeadm leaves it out, and kubelets make certificates for themselves.
		if _, told := o.Value(a.Server.Flag); !told {
			c.From.CA = rehearse.File{}
		}
	}
	node := c.To.Machine
	if node == "" {
		node = c.From.Machine
	}
	f.tell(c.To, node, programOf(a.To), answerSide(a))
	if o := f.orderOf(node, a.To); a.To == "etcd" && o != nil {
		flag := "--client-cert-auth"
		if a.ID == "etcd-peers" {
			flag = "--peer-client-cert-auth"
		}
		v, told := o.Value(flag)
		c.To.Asks = told && v != "false"
	}
}

// programOf is the program by whose flags one end of an arrow works.
func programOf(end string) string {
	switch end {
	case "pods", "extension server":
		return "kube-apiserver"
	}
	return end
}

func (f *foreign) tell(side *rehearse.Side, node, program string, files []toldOf) {
	o := f.orderOf(node, program)
	lacks := f.lacks[[2]string{f.machine[node], program}]
	if side.Program == program || side.Program == "pods" { // whose tokens it signs
		for _, l := range lacks {
			if l.Halts {
				side.Halt = &rehearse.Halt{Check: l.Check, File: l.File, Text: l.Text, Cause: cause(l.Why)}
				return
			}
		}
	}
	if o == nil {
		return
	}
	side.Told = o.In.Path
	half := func(t toldOf) bool { return t.file(side) == &side.Cert || t.file(side) == &side.Key }
	noPair := slices.ContainsFunc(files, func(t toldOf) bool { return half(t) && lacking(lacks, t.flag) }) // half a pair is none
	for _, t := range files {
		file := t.file(side)
		if lacking(lacks, t.flag) || noPair && half(t) {
			*file = rehearse.File{}
			continue
		}
		v, told := o.Value(t.flag)
		if p := f.site.Resolve(o.Machine, "", v); told && p.Path != "" && p.Path != file.Path {
			*file = f.open(p)
		}
	}
}

func lacking(lacks []check.Lack, flag string) bool {
	return slices.ContainsFunc(lacks, func(l check.Lack) bool { return l.Flag == flag })
}

// cause is a sentence as part of another.
func cause(why string) string {
	return strings.ToLower(why[:1]) + strings.TrimSuffix(why[1:], ".")
}

// open reads a file that a flag leads to, once.
func (f *foreign) open(p survey.Place) rehearse.File {
	file, known := f.opened[p.Path]
	if !known {
		file = rehearse.File{Path: p.Path}
		if data, err := f.bytes(p); err == nil {
			file.Data = data
		}
		f.opened[p.Path] = file
	}
	return file
}
