package check

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// byKubeadm is kubeadm's way, on the machine itself: to renew, or to remove what is
// wrong and make it by the cluster's configuration. It makes no CA anew: that is
// certwright's way.
func (r *Report) byKubeadm(f *Finding) shell.Line {
	if f.Seat == nil || f.Check.fix.by == byHand {
		return ""
	}
	name := f.Seat.Entry.Kubeadm
	adopt := shell.Command("certwright adopt").File(r.Site.Root)
	switch {
	case f.Check.ID == findings.Expired && len(r.cas(f.Check)) > 0: // with their CA, nothing below it can be renewed
		return shell.And(adopt, shell.Command("certwright generate --dir").File(r.Site.Root))
	case f.Check.ID == EndsSoon && f.fixedAs(r.kubeadm) == asCA:
		return shell.And(adopt, r.renew(f, shell.Command("certwright renew").File(r.Site.Root)))
	case f.Check.ID == EndsSoon && name.Renew == "":
		f.further = "A kubelet renews its own: where it has not, its log says why."
		return ""
	case f.Seat.Entry.Kind == catalog.Leaf && name.Phase != "" && !r.signsHere(f.Seat):
		r.signedAway(f)
		return ""
	case f.Check.fix.renew && name.Renew != "" && r.several(f.Check):
		return r.there("kubeadm certs renew all", f)
	case f.Check.fix.renew && name.Renew != "":
		return r.there(shell.Command("kubeadm certs renew").Word(name.Renew), f)
	case name.Phase == "":
		return ""
	case f.Seat.Entry.Kind == catalog.KeyPair && tokenKey(f.Seat.Private()):
		return r.tokenPublic(f)
	case f.Seat.Entry.Kind == catalog.KeyPair:
		return r.tokenPrivate(f) // a new pair would end all tokens
	}
	var line shell.Line
	var last string
	for _, p := range []survey.Place{f.Seat.Config, f.Seat.Cert, f.Seat.Key, f.Seat.Public} {
		if p.File != nil && p.Path != last {
			line = shell.And(line, keep(r.Site, p.Path))
			last = p.Path
		}
	}
	line = shell.And(line, r.there(shell.Command("kubeadm init phase").Word(strings.Fields(name.Phase)...), f))
	if strings.HasPrefix(f.Check.ID, "san-") || f.Seat.Entry.Name == id.APIServer {
		return r.named(f, line)
	}
	return line
}

// there has kubeadm work in the folders that were judged, where these are not its own.
func (r *Report) there(line shell.Line, f *Finding) shell.Line {
	pki, config := path.Dir(f.Seat.Cert.Path), path.Dir(f.Seat.Config.Path)
	if f.Seat.Config.Path != "" {
		pki = path.Join(config, "pki")
	} else {
		if path.Base(pki) == "etcd" {
			pki = path.Dir(pki)
		}
		config = path.Dir(pki)
	}
	folder, err := filepath.Abs(at(r.Site, config)[0])
	if err != nil || folder == components.Folder {
		return line
	}
	certs, _ := filepath.Abs(at(r.Site, pki)[0])
	line = line.Own("--cert-dir").File(certs)
	if f.Seat.Config.Path != "" || strings.Contains(line.String(), "certs renew all") {
		line = line.Own("--kubeconfig-dir").File(folder)
	}
	return line
}

// signsHere reports whether the CA of a certificate has its key on the same machine:
// without it kubeadm makes nothing there.
func (r *Report) signsHere(seat *survey.Seat) bool {
	ca := ""
	for _, p := range programs.Kubeadm.Entries {
		if p.Name == seat.Entry.Name {
			ca = p.Signer
		}
	}
	return slices.ContainsFunc(r.Site.Seats, func(s *survey.Seat) bool { return s.Entry.Name == ca && s.Machine == seat.Machine && s.Key.File != nil })
}

// signedAway says how a certificate is made on a machine that has not the key of its CA.
func (r *Report) signedAway(f *Finding) {
	if f.Seat.Entry.Name != id.KubeletClient {
		f.instead = "The CA's key is not on this machine: make it where that key is, and copy it here."
		return
	}
	node := f.Seat.Node
	if node == "" {
		node = "NODE"
	}
	f.instead = fmt.Sprintf("The CA's key is not on this machine: make it on a control-plane node, by kubeadm kubeconfig user --org system:nodes --client-name %s, and copy it here; or have the node join again, with kubeadm token create --print-join-command.", nodePrefix+node)
}

// tokenPublic writes the public key of service accounts again from a good private
// one; "" where that one is not what is wrong.
func (r *Report) tokenPublic(f *Finding) shell.Line {
	if f.File != f.Seat.Public.Path || f.Seat.Key.File == nil {
		return ""
	}
	return publicKey(r.Site, f.Seat.Key.Path, f.Seat.Public.Path)
}

// tokenPrivate copies the private key of service accounts from another machine that
// is here; "" where none is, and a person has to fetch it.
func (r *Report) tokenPrivate(f *Finding) shell.Line {
	publics := []crypto.PublicKey(nil)
	if p := f.Seat.Public.File; p != nil {
		publics, _ = tokenPublics(p)
	}
	for _, other := range r.Site.Seats {
		key := other.Private()
		fits := func(p crypto.PublicKey) bool { return pkey.Same(key, p) }
		if other.Entry == f.Seat.Entry && tokenKey(key) && f.Seat.Key.Path != "" && (len(publics) == 0 || slices.ContainsFunc(publics, fits)) {
			return shell.And(keep(r.Site, f.Seat.Key.Path), shell.Command("cp -p").File(at(r.Site, other.Key.Path, f.Seat.Key.Path)...))
		}
	}
	f.instead = "Copy it from another control-plane node, or from a backup. If it is lost everywhere, kubeadm init phase certs sa makes a new pair, and every token that the old one signed ends."
	return ""
}

// named makes a certificate with further names. kubeadm learns those of etcd from
// its configuration alone; those of kube-apiserver may be told, and are told with
// the names that there were, which without that configuration it knows not.
func (r *Report) named(f *Finding, line shell.Line) shell.Line {
	if other := r.otherNode(f); other != "" {
		f.instead = fmt.Sprintf("It is the pair of %s, copied here: make this machine's own. kubeadm gives it the right names without being told any.", other)
		return line
	}
	if f.Seat.Entry.Name != id.APIServer {
		f.further = "kubeadm takes further names from serverCertSANs and peerCertSANs in its configuration: name it behind with --config."
		return ""
	}
	var names []string
	if f.Check.ID == findings.SANMissing {
		if names = f.hosts(); names == nil {
			return ""
		}
	}
	f.further = "kubeadm gives it further names by --apiserver-cert-extra-sans, or certSANs in its configuration, only."
	if leaf := f.Seat.Leaf(); leaf != nil {
		names = append(names, namesOf(leaf)...)
	} else {
		names = append(names, r.known(f.Seat)...)
		f.further += " Names that only the lost certificate had are not known here: put them behind it."
	}
	if len(names) == 0 {
		return line
	}
	return line.Own("--apiserver-cert-extra-sans").Word(strings.Join(names, ","))
}

// otherNode is the node whose pair lies on a machine in place of its own; "" where
// that cannot be read from it.
func (r *Report) otherNode(f *Finding) string {
	leaf, m := f.Seat.Leaf(), r.Site.Model.MachineOf(f.Seat.File())
	if leaf == nil || m == nil || !f.Seat.Entry.Each {
		return ""
	}
	etcd := m.Program("etcd")
	if etcd == nil {
		return ""
	}
	for _, member := range etcd.List("--initial-cluster") {
		name, text, _ := strings.Cut(member, "=")
		u, err := url.Parse(text)
		if err == nil && name != etcd.Text("--name") && (leaf.Subject.CommonName == name || u.Hostname() != "" && leaf.VerifyHostname(u.Hostname()) == nil) {
			return name
		}
	}
	return ""
}

// hosts are those that are missing in a certificate, so that they can be asked for;
// nil where one is no name and no address. What a kubeconfig or a flag says is
// anybody's text.
func (f *Finding) hosts() []string {
	names := strings.Split(strings.ToLower(f.Args[0].(string)), ", ") // as kubeadm wants names, and clients compare them
	if i := slices.IndexFunc(names, func(n string) bool { return !spec.IsHost(n) }); i >= 0 {
		f.instead = fmt.Sprintf("%q is no host name and no address, and no certificate can name it: correct what dials it.", names[i])
		return nil
	}
	return names
}

// namesOf are the names of a certificate that can be dialled.
func namesOf(leaf *x509.Certificate) []string {
	var names []string
	for _, n := range leaf.DNSNames {
		if n = strings.ToLower(n); spec.IsHost(n) {
			names = append(names, n)
		}
	}
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// known are the names that an API server has to have whose certificate is lost: what
// its machine's flags say, what kubeconfigs dial, and what other API servers have.
func (r *Report) known(seat *survey.Seat) []string {
	names := []string{r.Site.Setting(seat.Machine, apiserver, "--advertise-address")}
	for _, network := range strings.Split(r.Site.Setting(seat.Machine, apiserver, "--service-cluster-ip-range"), ",") {
		if p, err := netip.ParsePrefix(network); err == nil {
			names = append(names, spec.FirstServiceAddr(p.Masked()).String())
		}
	}
	for _, f := range r.Site.Files {
		if f.Config == nil || f.Odd(scan.SetAside) {
			continue
		}
		if u, err := url.Parse(f.Config.Server); err == nil {
			names = append(names, strings.ToLower(u.Hostname()))
		}
	}
	for _, other := range r.Site.Seats {
		if leaf := other.Leaf(); other.Entry == seat.Entry && leaf != nil {
			names = append(names, namesOf(leaf)...)
		}
	}
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(names, func(n string) bool {
		addr, _ := netip.ParseAddr(n)
		leave := seen[n] || addr.IsLoopback() || !spec.IsHost(n)
		seen[n] = true
		return leave
	})
}

// several reports whether kubeadm can renew more than one of what a check has found.
func (r *Report) several(c *Check) bool {
	names := map[string]bool{}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Check == c {
			for _, s := range f.seats() {
				names[s.Entry.Kubeadm.Renew] = true
			}
		}
	}
	delete(names, "")
	return len(names) > 1
}
