// Package survey says which machine has which file for which role, in a directory
// of which nobody says what it holds: our own sets, kubeadm's /etc/kubernetes, the
// flat files of a tutorial, a mixture. It judges nothing: that is for package check.
package survey

import (
	"crypto"
	"crypto/x509"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
)

// Site is a survey seen as a cluster: who has which file for which role.
type Site struct {
	*scan.Scan
	// Layout and Cluster are what the answers ask for; both nil where the
	// directory has none.
	Layout  *catalog.Layout
	Cluster *spec.Cluster
	// Apart is the folder in which servers and clients of one domain have CAs of
	// their own, as k3s and RKE2 have it; "" for none. Which CA checks whom is not
	// told by the catalogue then.
	Apart string
	Commands
	Seats []*Seat // CAs first, then by machine and role

	// Model is which programs run where, and what each is told.
	Model *programs.Model

	machines map[string]*programs.Machine // by folder
}

// Commands are what works on a set by its answers; each is "" where there is none.
type Commands struct {
	Again  shell.Line // makes it again
	Renew  shell.Line // renews by the same answers what is named behind it
	Change shell.Line // changes answers that lie in the directory
}

// Seat is a CA, certificate, key pair or token as one machine has it for one role.
type Seat struct {
	Entry   *catalog.Entry
	Machine string // its folder: "nodes/master1", "authority", "."
	Node    string // the node that it should name; "" where that is not known
	// Want is what the answers ask for; nil without answers.
	Want   *catalog.Certificate
	Cert   Place
	Key    Place
	Public Place // of a key pair
	Config Place // the kubeconfig that holds or names Cert and Key
	// Also are further files with CAs that programs of the machine are told of for this
	// role: what is signed with beside what is checked by, or CAs of their own for some.
	Also []Place
	// Verifies reports whether Cert, or Public of a key pair, is what others are checked
	// by, and not the CA's own file: by the answers, and not where they are unknown.
	Verifies bool
	// By says how it was recognised: "--tls-cert-file of kube-apiserver", "its name",
	// "its subject".
	By Basis
}

// Basis is how the role of a file was recognised, the surest first.
type Basis string

// The ways in which a role is recognised.
const (
	ByAnswers Basis = "the answers"
	ByFlag    Basis = "a flag"
	ByName    Basis = "its name"
	BySubject Basis = "its subject"
)

// Place is where a part should be. File is nil where nothing lies there.
type Place struct {
	Path  string // below the directory; "" for a part that is not expected
	Field string // of the kubeconfig that embeds it
	File  *scan.File
}

// Missing reports whether a part is expected and not there.
func (p Place) Missing() bool { return p.Path != "" && p.File == nil }

// Leaf is the certificate that a program would show: the first of the file. It
// is nil where there is none that can be read.
func (s *Seat) Leaf() *x509.Certificate {
	if s.Cert.File == nil {
		return nil
	}
	if certs := s.Cert.File.Certs(s.Cert.Field); len(certs) > 0 {
		return certs[0]
	}
	return nil
}

// Private is the public half of the private key; nil where none can be read.
func (s *Seat) Private() crypto.PublicKey {
	if s.Key.File == nil {
		return nil
	}
	return s.Key.File.Key(s.Key.Field)
}

// Name is the seat for people: "apiserver", "worker1/kubelet-client".
func (s *Seat) Name() string {
	if s.Want != nil {
		return s.Want.Name
	}
	if s.Node != "" && s.Entry.Each {
		return s.Node + "/" + s.Entry.Name
	}
	return s.Entry.Name
}

// File is the path that stands for the seat in a finding.
func (s *Seat) File() string {
	for _, p := range []Place{s.Cert, s.Key, s.Public, s.Config} {
		if p.Path != "" {
			return p.Path
		}
	}
	return ""
}

// CAs are the seats of the CA of a domain. Where no CA is set apart for it, they
// are those of the Kubernetes domain: one CA serves all.
func (s *Site) CAs(d catalog.Domain) []*Seat {
	var own, common []*Seat
	for _, seat := range s.Seats {
		switch {
		case seat.Entry.Kind != catalog.Authority:
		case s.serves(seat, d):
			own = append(own, seat)
		case s.serves(seat, catalog.Kubernetes):
			common = append(common, seat)
		}
	}
	if len(own) > 0 {
		return own
	}
	return common
}

func (s *Site) serves(ca *Seat, d catalog.Domain) bool {
	layout := s.Layout
	if layout == nil {
		layout = programs.Kubeadm
	}
	return d == "" || layout.CA(d) == ca.Entry.Name
}

// Signer is the CA that a leaf is checked by: the one of its own machine, else
// the one that most machines have. It is nil where the directory has none that
// can be read.
func (s *Site) Signer(leaf *Seat) *Seat {
	cas := slices.DeleteFunc(s.CAs(leaf.Entry.Domain), func(ca *Seat) bool { return ca.Leaf() == nil })
	if len(cas) == 0 {
		return nil
	}
	count := map[string]int{}
	for _, ca := range cas {
		count[string(ca.Leaf().Raw)]++
	}
	// A CA that nobody has named and no program is told of may be anybody's.
	rank := func(ca *Seat) int {
		if ca.By == BySubject {
			return 0
		}
		return 1
	}
	best := cas[0]
	for _, ca := range cas {
		if d := rank(ca) - rank(best); d > 0 || d == 0 && count[string(ca.Leaf().Raw)] > count[string(best.Leaf().Raw)] {
			best = ca
		}
	}
	return best
}

// Setting is the value of a flag on a machine; "" where it was not told.
func (s *Site) Setting(machine, program, name string) string {
	if m := s.machines[machine]; m != nil {
		if p := m.Program(program); p != nil {
			return p.Text(name)
		}
	}
	return ""
}

// Resolve finds the file that a machine has at a path: an absolute one below its
// folder, any other beside the file that names it. The place is empty for a path
// outside of what is looked at.
func (s *Site) Resolve(machine, from, name string) Place {
	switch m := s.machines[machine]; {
	case name == "":
		return Place{}
	case !path.IsAbs(name):
		return s.place(path.Join(path.Dir(from), name), "")
	case m == nil:
		return Place{}
	default:
		at := m.Resolve(name, nil)
		return Place{Path: at.Path, File: at.File}
	}
}

// learn reads what programs are told.
func (s *Site) learn() {
	s.Model, s.machines = programs.Find(s.Scan), map[string]*programs.Machine{}
	for _, m := range s.Model.Machines {
		if s.machines[m.Root] == nil {
			s.machines[m.Root] = m
		}
	}
}

// Within reports whether a path lies below a folder; "." is above all.
func Within(p, folder string) bool { return folder == "." || strings.HasPrefix(p, folder+"/") }

// Kubeadm tells a directory that kubeadm made or keeps: it has its manifests.
func (s *Site) Kubeadm() bool {
	return s.Layout == nil && slices.ContainsFunc(s.Files, func(f *scan.File) bool {
		return strings.HasSuffix(f.Path, "manifests/kube-apiserver.yaml")
	})
}

// SelfMade tells of the serving certificate that a kubelet makes for itself when
// nobody gives it one: nobody can check it.
func (s *Seat) SelfMade() bool {
	leaf := s.Leaf()
	return leaf != nil && s.Entry.Name == id.KubeletServer && programs.SelfMade(leaf)
}

// Machines are the folders of all seats, sorted.
func (s *Site) Machines() []string {
	var out []string
	for _, seat := range s.Seats {
		out = append(out, seat.Machine)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// NewSite sees a survey by answers: every file stands where the layout has it.
func NewSite(s *scan.Scan, layout *catalog.Layout, cluster *spec.Cluster) *Site {
	site := &Site{Scan: s, Layout: layout, Cluster: cluster}
	certs := layout.Certificates(cluster)
	for i := range certs {
		site.seat(&certs[i])
	}
	site.sort()
	site.learn()
	return site
}

// seat adds one certificate at each of its machines.
func (s *Site) seat(c *catalog.Certificate) {
	at := map[string]*Seat{} // by the path without its ending
	for _, part := range []catalog.Part{catalog.Cert, catalog.Trust, catalog.Key, catalog.Public, catalog.Config} {
		for _, p := range c.Places(part) {
			stem := strings.TrimSuffix(strings.TrimSuffix(p, path.Ext(p)), "-key")
			seat := at[stem]
			if seat == nil {
				seat = &Seat{Entry: c.Entry, Machine: machineOf(p), Node: c.Node, Want: c, By: ByAnswers}
				at[stem] = seat
				s.Seats = append(s.Seats, seat)
			}
			seat.put(part, s.place(p, ""))
			seat.Verifies = seat.Verifies || part == catalog.Trust && c.Trusted()
			if part == catalog.Config && c.Embedded() {
				seat.Cert, seat.Key = s.place(p, scan.FieldUser), s.place(p, scan.FieldUser)
			}
		}
	}
}

// ownPart is the part that a file for verifiers holds.
func ownPart(r *catalog.Entry) catalog.Part { return (&catalog.Certificate{Entry: r}).Own() }

func (s *Seat) put(part catalog.Part, p Place) {
	switch part {
	case catalog.Trust:
		s.put(ownPart(s.Entry), p)
	case catalog.Cert:
		s.Cert = p
	case catalog.Key:
		s.Key = p
	case catalog.Public:
		s.Public = p
	case catalog.Config:
		s.Config = p
	}
}

func (s *Site) place(p, field string) Place {
	return Place{Path: p, Field: field, File: s.Scan.File(p)}
}

// machineOf is the folder that stands for a machine in our layouts.
func machineOf(p string) string {
	if node, _ := catalog.SplitNode(p); node != "" {
		return catalog.NodeRoot(node)
	}
	if top, _, inside := strings.Cut(p, "/"); inside {
		return top
	}
	return "."
}

// sort brings the CAs to the front, and the rest by machine and name.
func (s *Site) sort() {
	slices.SortStableFunc(s.Seats, func(a, b *Seat) int {
		if ca, cb := a.Entry.Kind == catalog.Authority, b.Entry.Kind == catalog.Authority; ca != cb {
			if ca {
				return -1
			}
			return 1
		}
		if c := strings.Compare(a.Machine, b.Machine); c != 0 {
			return c
		}
		return strings.Compare(a.File(), b.File())
	})
}
