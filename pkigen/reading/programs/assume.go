package programs

import (
	"crypto/x509"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/scan"
)

// remaining makes machines of the files of certificates that lie on none yet.
func (m *Model) remaining(live []*scan.File) {
	for _, f := range live {
		if f.Odd(scan.SetAside) || f.Within || len(f.Blocks) == 0 || m.MachineOf(f.Path) != nil {
			continue
		}
		at := spot{path.Dir(f.Path), "/etc/kubernetes"}
		if e, folder, ok := ByName(f.Path); ok {
			at = spot{folder, e.Left}
		}
		m.machine(at.simple())
	}
}

const etcKubernetes = "/etc/kubernetes/"

// kubeadm adds what kubeadm has programs read, where it set the machine up.
func (mc *Machine) kubeadm() {
	api := mc.Program("kube-apiserver")
	if api == nil || api.In == nil || path.Base(path.Dir(api.In.Path)) != "manifests" {
		return
	}
	k := mc.Program("kubelet")
	if k == nil && mc.Resolve(etcKubernetes+"kubelet.conf", nil).File != nil {
		k = &Program{Name: "kubelet", Machine: mc, Basis: Default}
		mc.add(k)
	}
	if k != nil && !k.Has("--kubeconfig", "--bootstrap-kubeconfig") && !k.Whole {
		k.set(Setting{Name: "--kubeconfig", Value: etcKubernetes + "kubelet.conf", Basis: Default})
	}
	for _, name := range []string{"admin.conf", "super-admin.conf"} {
		if mc.Resolve(etcKubernetes+name, nil).File != nil {
			p := &Program{Name: "kubectl", Machine: mc, Basis: Default}
			p.set(Setting{Name: "--kubeconfig", Value: etcKubernetes + name, Basis: Default})
			mc.add(p)
		}
	}
}

// usual gives programs of which not all is told the files of the well-known paths.
func (mc *Machine) usual() {
	for _, c := range components.All {
		p := mc.Program(c.Name)
		if p != nil && (p.Whole || c.Name == id.Etcd) {
			continue
		}
		if p == nil {
			if !slices.ContainsFunc(c.Seen, func(flag string) bool { return mc.usualFile(c.Name, flag) != "" }) {
				continue
			}
			p = &Program{Name: c.Name, Machine: mc, Basis: Assumed}
			mc.add(p)
		}
		for i := range Kubeadm.Entries {
			for _, u := range Kubeadm.Entries[i].Uses {
				if u.Component != c.Name || p.Has(u.Flag) || p.Configured && !strings.HasPrefix(u.Flag, "--") {
					continue
				}
				if at := mc.usualFile(c.Name, u.Flag); at != "" {
					p.set(Setting{Name: u.Flag, Value: at, Basis: Assumed})
				}
			}
		}
	}
	if mc.Program("kube-apiserver") == nil {
		mc.byIdentity()
	}
}

// usualFile is the path at which a file of a flag usually lies and lies here; "" for none.
func (mc *Machine) usualFile(program, flag string) string {
	s := SlotOf(program, flag)
	if s.Entry == nil {
		return ""
	}
	for _, p := range Usual(s.Entry, s.Part) {
		for _, at := range mc.spots {
			if q := at.at(p); q != "" && mc.model.Scan.File(q) != nil {
				return p
			}
		}
	}
	return ""
}

// byIdentity finds the API server of a folder in which nothing tells of one: by the
// one certificate that names it.
func (mc *Machine) byIdentity() {
	var servers []*scan.File
	keys := map[string]*scan.File{}
	for _, f := range mc.model.files[mc] {
		if key := pkey.Text(f.Key("")); key != "" && keys[key] == nil {
			keys[key] = f
		}
		if certs := f.Certs(""); len(certs) > 0 && f.Config == nil && !f.Odd(scan.CFSSLJSON) {
			if r, _ := Recognise(certs[0]); r.Name == id.APIServer {
				servers = append(servers, f)
			}
		}
	}
	if len(servers) > 1 { // RKE names the API server in the certificates of etcd and for tokens too
		servers = slices.DeleteFunc(servers, func(f *scan.File) bool { return !strings.Contains(f.Certs("")[0].Subject.CommonName, id.APIServer) })
	}
	if len(servers) != 1 {
		return
	}
	p := &Program{Name: "kube-apiserver", Machine: mc, Basis: Assumed}
	mc.add(p)
	lies := func(flag string, f *scan.File) {
		if f != nil {
			p.set(Setting{Name: flag, Value: "./" + path.Base(f.Path), In: f, Basis: Assumed})
		}
	}
	leaf := servers[0].Certs("")[0]
	lies("--tls-cert-file", servers[0])
	lies("--tls-private-key-file", keys[string(leaf.RawSubjectPublicKeyInfo)])
	lies("--client-ca-file", mc.signer(leaf))
	for _, f := range mc.model.files[mc] {
		base := strings.ToLower(path.Base(f.Path))
		if !strings.HasPrefix(base, "sa.") && !strings.HasPrefix(base, "sa-") && !strings.HasPrefix(base, "service-account") {
			continue
		}
		if f.Holds(scan.PrivateKey) {
			lies("--service-account-signing-key-file", f)
		} else if f.Holds(scan.Certificate) || f.Holds(scan.PublicKey) {
			lies("--service-account-key-file", f)
		}
	}
	mc.bareClients(keys)
	if p.Has("--service-account-signing-key-file") && !p.Has("--service-account-key-file") {
		s, _ := p.Value("--service-account-signing-key-file")
		s.Name = "--service-account-key-file"
		p.set(s)
	}
}

// bareClients finds, in a folder without kubeconfigs, who is known there by a
// certificate with its key.
func (mc *Machine) bareClients(keys map[string]*scan.File) {
	files := mc.model.files[mc]
	if slices.ContainsFunc(files, func(f *scan.File) bool { return f.Kubeconfig }) {
		return
	}
	for _, f := range files {
		certs := f.Certs("")
		if len(certs) == 0 {
			continue
		}
		r, _ := Recognise(certs[0])
		key := keys[string(certs[0].RawSubjectPublicKeyInfo)]
		if r.Kubeconfig == nil || r.Each || key == nil { // of a kubelet nobody knows which node it is
			continue
		}
		p := &Program{Name: r.Program(), Machine: mc, Basis: Assumed}
		p.set(Setting{Name: "client-certificate", Value: "./" + path.Base(f.Path), In: f, Basis: Assumed})
		p.set(Setting{Name: "client-key", Value: "./" + path.Base(key.Path), In: key, Basis: Assumed})
		mc.add(p)
	}
}

// signer is the file of the CA that signed a certificate, the one with the fewest
// others in it; nil for none.
func (mc *Machine) signer(leaf *x509.Certificate) *scan.File {
	var out *scan.File
	for _, f := range mc.model.files[mc] {
		certs := f.Certs("")
		if f.Config != nil || len(certs) == 0 || !slices.ContainsFunc(certs, func(ca *x509.Certificate) bool { return pkey.Signed(leaf, ca) }) {
			continue
		}
		if out == nil || len(certs) < len(out.Certs("")) {
			out = f
		}
	}
	return out
}

// nodePrefix is before a node's name in the user of its kubelet.
const nodePrefix = "system:node:"

// User is the certificate of a kubeconfig's user; nil where it has none that is here.
func (mc *Machine) User(f *scan.File) *x509.Certificate {
	certs := f.Certs(scan.FieldUser)
	if len(certs) == 0 && f.Config != nil && f.Config.CertFile != "" {
		if at := mc.Resolve(f.Config.CertFile, f); at.File != nil {
			certs = at.File.Certs("")
		}
	}
	if len(certs) == 0 {
		return nil
	}
	return certs[0]
}

// kubelets makes a program of each kubeconfig that none is told of: by whom it is
// for. A folder with those of several nodes is where somebody keeps them.
func (m *Model) kubelets(configs []*scan.File) {
	told := map[string]bool{}
	for _, mc := range m.Machines {
		for _, p := range mc.Programs {
			for _, flag := range []string{"--kubeconfig", "--bootstrap-kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig", "clientConnection.kubeconfig"} {
				told[p.File(flag).Path] = true
			}
		}
	}
	nodes := map[*Machine]int{}
	var left []*scan.File
	for _, f := range configs {
		if told[f.Path] {
			continue
		}
		left = append(left, f)
		if mc := m.MachineOf(f.Path); mc != nil {
			if user := mc.User(f); user != nil && strings.HasPrefix(user.Subject.CommonName, nodePrefix) {
				nodes[mc]++
			}
		}
	}
	for _, f := range left {
		mc := m.MachineOf(f.Path)
		if mc == nil {
			continue
		}
		name, at := "kubectl", mc
		if user := mc.User(f); user != nil {
			node, isNode := strings.CutPrefix(user.Subject.CommonName, nodePrefix)
			switch {
			case isNode && (nodes[mc] > 1 || mc.Program("kubelet") != nil):
				at = &Machine{Root: mc.Root, Name: strings.ToLower(node), NameBy: Assumed, model: m, spots: mc.spots}
				m.Machines = append(m.Machines, at)
				name = "kubelet"
			case isNode:
				name = "kubelet"
			case user.Subject.CommonName == "system:kube-controller-manager" && mc.Program("kube-controller-manager") == nil:
				name = "kube-controller-manager"
			case user.Subject.CommonName == "system:kube-scheduler" && mc.Program("kube-scheduler") == nil:
				name = "kube-scheduler"
			case user.Subject.CommonName == "system:kube-proxy" && mc.Program("kube-proxy") == nil:
				name = "kube-proxy"
			}
		}
		flag := "--kubeconfig"
		if name == "kube-proxy" {
			flag = "clientConnection.kubeconfig"
		}
		p := &Program{Name: name, Machine: at, Basis: Assumed}
		p.set(Setting{Name: flag, Value: "./" + path.Base(f.Path), In: f, Basis: Assumed})
		at.add(p)
	}
}

// name finds the name of the machine's node: by what its kubelet is told, or by whom
// its kubeconfig is for, or by what etcd is called.
func (mc *Machine) name() {
	k := mc.Program("kubelet")
	if k != nil {
		if v := strings.ToLower(strings.TrimSpace(k.Text("--hostname-override"))); v != "" {
			mc.Name, mc.NameBy = v, Told
			return
		}
		if at := k.File("--kubeconfig"); at.File != nil {
			if user := mc.User(at.File); user != nil {
				if node, ok := CutFold(user.Subject.CommonName, nodePrefix); ok && node != "" {
					mc.Name, mc.NameBy = strings.ToLower(node), Assumed
					return
				}
			}
		}
	}
	if mc.Name != "" {
		return
	}
	if e := mc.Program("etcd"); e != nil && (mc.Root == "." || !mc.whole()) && e.Text("--name") != "" && e.Text("--name") != "default" {
		mc.Name, mc.NameBy = e.Text("--name"), Assumed
	}
}
