package verify

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/check"
	"certwright/pkigen/kubeconfig"
	"certwright/pkigen/rehearse"
	"certwright/pkigen/role"
	"certwright/pkigen/spec"
	"certwright/pkigen/survey"
	"certwright/pkigen/walk"
)

// foreign sees a directory without answers as one of our layouts: its machines
// are nodes, and what lies anywhere is read where the layout has it.
type foreign struct {
	site    *survey.Site
	layout  *role.Layout
	cluster *spec.Cluster
	machine map[string]string       // folder of a node, by its name
	seats   map[place]*survey.Seat  // by node and role
	near    map[place]*survey.Seat  // by machine and role
	any     map[string]*survey.Seat // by role
	parts   map[string]part         // what a path of the layout stands for
	// What programs are told, and what not, by machine and program; and files that only
	// a flag leads to.
	orders map[[2]string]*survey.Order
	lacks  map[[2]string][]check.Lack
	opened map[string]rehearse.File
}

// place is a node, or the folder of a machine, and a role.
type place struct{ at, role string }

type part struct {
	seat *survey.Seat
	part role.Part
}

// foreignCases are the connections of a directory without answers, between the
// machines that are in it.
func foreignCases(r *check.Report) []rehearse.Case {
	f := &foreign{site: r.Site, lacks: r.Lacks, opened: map[string]rehearse.File{}, machine: map[string]string{}, seats: map[place]*survey.Seat{},
		near: map[place]*survey.Seat{}, any: map[string]*survey.Seat{}, parts: map[string]part{}}
	f.learnNodes()
	f.learnLayout()
	f.learnParts()
	f.learnOrders()
	cases := slices.DeleteFunc(rehearse.Cases(f.layout, f.cluster, f.read), otherKind)
	for i := range cases {
		f.adapt(&cases[i])
	}
	return cases
}

// otherKind tells that a kubeconfig says in another way than by certificates who
// dials whom: it may be good, and nobody can say it here.
func otherKind(c rehearse.Case) bool {
	var other *kubeconfig.OtherKindError
	return errors.As(c.From.ConfigErr, &other)
}

// unasked tells that a kubeconfig of ours says not to ask who the server is, which
// has its finding.
func unasked(c rehearse.Case) bool {
	var other *kubeconfig.OtherKindError
	return errors.As(c.From.ConfigErr, &other) && other.Has == kubeconfig.Insecure
}

// learnNodes makes a node of each machine. In a flat folder each kubelet's
// certificate is one of its own, and everything else is the control plane's.
func (f *foreign) learnNodes() {
	f.cluster = &spec.Cluster{Kubeconfigs: spec.Embedded, Bootstrap: spec.BootstrapOff, DNSDomain: "cluster.local"}
	at := map[string]int{}
	node := func(name, machine string) *spec.Node {
		i, ok := at[name]
		if !ok {
			i = len(f.cluster.Nodes)
			at[name] = i
			f.cluster.Nodes = append(f.cluster.Nodes, spec.Node{Name: name})
			f.machine[name] = machine
		}
		return &f.cluster.Nodes[i]
	}
	kubelets := f.kubelets()
	for _, seat := range f.site.Seats {
		f.any[seat.Role.Name] = better(f.any[seat.Role.Name], seat)
		near := place{seat.Machine, seat.Role.Name}
		f.near[near] = better(f.near[near], seat)
		// A CA or a key pair alone makes no node: the operator has them too.
		if seat.Role.On == 0 || seat.Role.Kind != role.Leaf || seat.SelfMade() {
			continue
		}
		name := machineName(seat.Machine)
		switch names := kubelets[seat.Machine]; {
		case len(names) == 1:
			name = names[0]
		case seat.Node != "" && slices.Contains(names, seat.Node):
			name = seat.Node
		}
		n := node(name, seat.Machine)
		n.Roles |= seat.Role.Marks()
		own := place{name, seat.Role.Name}
		f.seats[own] = better(f.seats[own], seat)
	}
	for i := range f.cluster.Nodes {
		f.learnAddress(&f.cluster.Nodes[i])
	}
}

// better is the one of two seats of a role by which it is used: the first, unless
// only the second is what its program is told of, or is told by a kubeconfig, which
// says whom it dials.
func better(first, second *survey.Seat) *survey.Seat {
	if first == nil || first.By == survey.BySubject && second.By == survey.ByFlag && second.Config.File != nil || second.Role.Kubeconfig != nil && first.Config.File == nil && second.Config.File != nil {
		return second
	}
	return first
}

// kubelets are the names of the nodes whose kubelets have a certificate on a machine.
func (f *foreign) kubelets() map[string][]string {
	out := map[string][]string{}
	for _, seat := range f.site.Seats {
		if strings.HasPrefix(seat.Role.Name, "kubelet-") && seat.Node != "" && !slices.Contains(out[seat.Machine], seat.Node) {
			out[seat.Machine] = append(out[seat.Machine], seat.Node)
		}
	}
	return out
}

// pkiFolders are what folders of certificates are called, which no machine is.
var pkiFolders = []string{"pki", "etcd", "tls", "ssl", "cert", "certs", "cred", "kubernetes", "k8s", "server", "agent"}

// machineName is the folder that stands for a machine: the first above its files
// that has not the name of what lies in it.
func machineName(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if base := path.Base(folder); !slices.Contains(pkiFolders, strings.ToLower(base)) {
			return base
		}
	}
	return "this machine"
}

// learnAddress finds where a node is dialled: by what its programs are told, or
// else by the first address in its certificates.
func (f *foreign) learnAddress(n *spec.Node) {
	machine := f.machine[n.Name]
	add := func(text string) {
		if addr, err := netip.ParseAddr(text); err == nil && !addr.IsUnspecified() && len(n.Addresses) == 0 {
			n.Addresses = append(n.Addresses, addr.Unmap())
		}
	}
	add(f.site.Setting(machine, "kube-apiserver", "--advertise-address"))
	u, err := url.Parse(strings.Split(f.site.Setting(machine, "etcd", "--advertise-client-urls"), ",")[0])
	if err == nil {
		add(u.Hostname())
	}
	for _, loopback := range []bool{false, true} { // the machine itself, where it has no other
		for _, r := range []string{"kubelet-server", "etcd-peer", "etcd-server", "apiserver"} {
			seat := f.seats[place{n.Name, r}]
			if seat == nil || seat.Leaf() == nil {
				continue
			}
			for _, ip := range seat.Leaf().IPAddresses {
				if ip.IsLoopback() == loopback {
					add(ip.String())
				}
			}
		}
	}
}

// learnLayout takes the catalogue under those CAs that the directory has.
func (f *foreign) learnLayout() {
	own := map[role.Domain]string{role.Kubernetes: "ca", role.Etcd: "etcd-ca", role.FrontProxy: "front-proxy-ca"}
	for d := range own {
		cas := f.site.CAs(d)
		switch {
		case len(cas) == 0:
		case sameKey(cas[0], f.any["ca"]):
			own[d] = "ca" // one CA under two names is one CA
		default:
			own[d] = cas[0].Role.Name
		}
	}
	f.layout = role.Trees(own)
	for _, m := range f.site.Machines() {
		for _, r := range strings.Split(f.site.Setting(m, "kube-apiserver", "--service-cluster-ip-range"), ",") {
			if p, err := netip.ParsePrefix(r); err == nil && len(f.cluster.ServiceSubnets) == 0 {
				f.cluster.ServiceSubnets = append(f.cluster.ServiceSubnets, p.Masked())
			}
		}
	}
}

// sameKey tells whether two CAs are one: while it is replaced, the file of one may
// hold both.
func sameKey(a, b *survey.Seat) bool {
	if b == nil || a.Leaf() == nil || b.Leaf() == nil {
		return false
	}
	return slices.ContainsFunc(a.Cert.File.Certs(a.Cert.Field), func(x *x509.Certificate) bool {
		return slices.ContainsFunc(b.Cert.File.Certs(b.Cert.Field), func(y *x509.Certificate) bool {
			return bytes.Equal(x.RawSubjectPublicKeyInfo, y.RawSubjectPublicKeyInfo)
		})
	})
}

// learnParts says for each path of the layout where its bytes lie.
func (f *foreign) learnParts() {
	certs := f.layout.Certificates(f.cluster)
	for i := range certs {
		c := &certs[i]
		for _, of := range []role.Part{role.Cert, role.Trust, role.Key, role.Public, role.Config} {
			for _, p := range c.Places(of) {
				if seat := f.seatOf(c.Role, p); seat != nil {
					f.parts[p] = part{seat, of}
				}
			}
		}
	}
}

// seatOf is who has a role where the layout has a path: the node, else another
// on its machine, else anybody.
func (f *foreign) seatOf(r *role.Role, p string) *survey.Seat {
	node, _ := role.SplitNode(p)
	if seat := f.seats[place{node, r.Name}]; seat != nil {
		return seat
	}
	if r.Each {
		return nil
	}
	if seat := f.near[place{f.machine[node], r.Name}]; seat != nil {
		return seat
	}
	return f.any[r.Name]
}

// read gets a file of the layout from where it lies. Where a user has files and
// no kubeconfig, it gets one that holds them.
func (f *foreign) read(p string) ([]byte, error) {
	known, ok := f.parts[p]
	if !ok {
		return f.readPath(p)
	}
	at := known.seat.Part(known.part)
	switch {
	case known.part == role.Config && at.Path == "" && known.seat.Cert.File != nil:
		return f.config(known.seat)
	case (known.part == role.Public || known.part == role.Trust) && known.seat.Role.Kind == role.KeyPair && at.Path == "" && known.seat.Key.File != nil:
		return f.bytes(known.seat.Key) // kube-apiserver takes the private key too
	}
	return f.bytes(at)
}

func (f *foreign) bytes(at survey.Place) ([]byte, error) {
	if at.File == nil {
		return nil, fs.ErrNotExist
	}
	return walk.ReadFile(at.File.Below(f.site.Root))
}

// readPath reads what a kubeconfig or a flag names by its path on a node.
func (f *foreign) readPath(p string) ([]byte, error) {
	node, onNode := role.SplitNode(p)
	if node == "" {
		return nil, fs.ErrNotExist
	}
	return f.bytes(f.site.Resolve(f.machine[node], "", onNode))
}

// config makes the kubeconfig of a user who has files only.
func (f *foreign) config(seat *survey.Seat) ([]byte, error) {
	cert, errCert := f.bytes(seat.Cert)
	key, errKey := f.bytes(seat.Key)
	ca := f.any[f.layout.CA(role.Kubernetes)]
	if ca == nil {
		return nil, fs.ErrNotExist
	}
	caPEM, errCA := f.bytes(ca.Cert)
	if err := errors.Join(errCert, errKey, errCA); err != nil {
		return nil, err
	}
	return kubeconfig.Encode(kubeconfig.Config{Cluster: "kubernetes", User: seat.Role.Name,
		Server: role.EndpointURL(f.cluster), CA: caPEM, Cert: cert, Key: key})
}

// realPath is where a file lies that the layout has at a path.
func (f *foreign) realPath(p string) string {
	known, ok := f.parts[p]
	if !ok {
		return p
	}
	for _, real := range []string{known.seat.Part(known.part).Path, known.seat.File()} {
		if real != "" {
			return real
		}
	}
	return p
}

// adapt makes a case of our layout one of the directory: with the paths of its
// files, and without what only our own layouts promise, names that the installer
// was free to choose.
func (f *foreign) adapt(c *rehearse.Case) {
	from, to := *c.From, *c.To // other cases have the same
	c.From, c.To = &from, &to
	for _, side := range []*rehearse.Side{c.From, c.To} {
		for _, file := range []*rehearse.File{&side.Config, &side.Cert, &side.Key, &side.CA, &side.HeaderCA, &side.Public, &side.Token} {
			file.Path = f.realPath(file.Path)
		}
	}
	f.told(c)
	switch c.Arrow.Shows {
	case "admin", "super-admin", "apiserver-kubelet-client":
		c.Want = rehearse.Identity{}
	}
	node := c.To.Machine
	if node == "" {
		node = c.From.Machine
	}
	const program = "kube-apiserver"
	if machine := f.machine[node]; f.site.Setting(machine, program, "--requestheader-client-ca-file") != "" {
		names := f.site.Setting(machine, program, "--requestheader-allowed-names")
		c.To.AllowedNames = strings.FieldsFunc(names, func(r rune) bool { return r == ',' })
	}
}
