// Package connect finds the connections that the programs of a directory really make:
// who dials whom at the address that it is told, with the files that it is told. It
// says too what keeps a program from starting, and what is not here to be told.
package connect

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
)

// Stage is what can be rehearsed of a directory.
type Stage struct {
	Cases []rehearse.Case
	Lacks []Lack
	// Halts are the files for which programs do not start.
	Halts []Halt
	// Untold are what could not be judged, since what would tell it is not here.
	Untold []string

	by *builder
}

// Halt is a program that does not start, and a file that is why.
type Halt struct {
	Program *programs.Program
	Why     *rehearse.Halt
}

// Lack is what a program is not told, or told wrongly.
type Lack struct {
	Check   string // its id
	Program *programs.Program
	File    string
	Args    []any
	Text    string // what the program says of it
	Why     string // in plain words; "" where nothing fails for it
	Halts   bool   // the program does not start
	Names   string // the file that is not there
	Warning bool   // it is no more than that, whatever the check says
}

// builder is a stage that comes to be.
type builder struct {
	model  *programs.Model
	out    *Stage
	halts  map[*programs.Program]*rehearse.Halt
	groups map[*programs.Machine]*programs.Machine
	owners map[string][]*programs.Machine // by address or name
	bytes  map[string][]byte
	untold map[string]bool
	named  map[string][]*programs.Program
	sides  map[*rehearse.Side]*programs.Program
	// spared are the API servers of which one member of etcd at least was not judged.
	spared map[*programs.Program]bool
	set    *Set // nil for a directory that others made
	calls  map[string]parsed
	doors  map[door]*rehearse.Side // that are made already
}

// parsed is a kubeconfig, read once.
type parsed struct {
	call *kubeconfig.Call
	err  error
}

// door is a program that answers, as it is dialled.
type door struct {
	server *programs.Program
	as     string
}

// Of are the connections of the programs that were found. set is what the answers of
// a set of ours say; nil for what others made.
func Of(model *programs.Model, set *Set) *Stage {
	b := &builder{model: model, out: &Stage{}, halts: map[*programs.Program]*rehearse.Halt{}, groups: map[*programs.Machine]*programs.Machine{},
		owners: map[string][]*programs.Machine{}, bytes: map[string][]byte{}, untold: map[string]bool{}, named: map[string][]*programs.Program{},
		sides: map[*rehearse.Side]*programs.Program{}, spared: map[*programs.Program]bool{}, set: set, calls: map[string]parsed{}, doors: map[door]*rehearse.Side{}}
	if set != nil {
		model.Programs = set.sort(model.Programs)
	}
	for _, p := range model.Programs {
		b.named[p.Name] = append(b.named[p.Name], p)
	}
	b.learnAddresses()
	b.learnGroups()
	for _, p := range model.Programs {
		b.needs(p)
		for _, h := range rehearse.Start(p.Name, p.Machine.Label(), b.loads(p)) {
			if b.halts[p] == nil {
				b.halts[p] = h
			}
			b.out.Halts = append(b.out.Halts, Halt{p, h})
		}
	}
	for _, p := range model.Programs {
		switch p.Name {
		case "kube-apiserver":
			b.toEtcd(p)
			b.toKubelets(p)
			b.toExtension(p)
			b.pods(p)
			b.serverNames(p)
		case "etcd":
			b.peers(p)
			b.gateway(p)
			b.healthClient(p)
		case "kubelet":
			b.joins(p)
		}
		if a := toAPI(p); a != nil {
			b.client(p, a)
		}
	}
	b.refusals()
	b.out.Cases = sorted(b.out.Cases)
	b.bytes, b.calls, b.doors = nil, nil, nil
	b.out.by = b
	return b.out
}

// lack notes one; of a program that does not start for it, that too.
func (b *builder) lack(l Lack) {
	b.out.Lacks = append(b.out.Lacks, l)
	if l.Halts && b.halts[l.Program] == nil {
		b.halts[l.Program] = &rehearse.Halt{Check: l.Check, File: l.File, Text: l.Text, Cause: l.Why, Args: l.Args}
	}
}

// cannotTell notes what nobody can say, once.
func (b *builder) cannotTell(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !b.untold[text] {
		b.untold[text] = true
		b.out.Untold = append(b.out.Untold, text)
	}
}

// between is the connection of the catalogue by which one program dials another: of
// several the first that is meant.
func between(from, to string, meant ...func(*connections.Connection) bool) *connections.Connection {
	return &connections.All[slices.IndexFunc(connections.All, func(a connections.Connection) bool {
		return a.From == from && a.To == to && !slices.ContainsFunc(meant, func(is func(*connections.Connection) bool) bool { return !is(&a) })
	})]
}

// add adds a case.
func (b *builder) add(c rehearse.Case) { b.out.Cases = append(b.out.Cases, c) }

// file is what a program finds at a place.
func (b *builder) file(at programs.Place) rehearse.File {
	switch {
	case at.Told == "":
		return rehearse.File{}
	case at.Path == "":
		return rehearse.File{Path: at.Told, Unseen: true}
	case at.File == nil:
		return rehearse.File{Path: at.Path, Told: at.Told, Unseen: at.By == programs.Assumed}
	}
	data, known := b.bytes[at.Path]
	if !known {
		if read, err := walk.ReadFile(at.File.Below(b.model.Scan.Root)); err == nil {
			data = read
			if data == nil {
				data = []byte{}
			}
		}
		b.bytes[at.Path] = data
	}
	return rehearse.File{Path: at.Path, Told: at.Told, Data: data, Unseen: data == nil && (at.File.Odd(scan.Unreadable) || at.File.Odd(scan.TooLarge))}
}

// setting is the file of a setting. Where nobody says what a program is told, that it
// is told nothing is not known either.
func (b *builder) setting(p *programs.Program, flag string) rehearse.File {
	if p.Basis == programs.Assumed && !p.Has(flag) {
		return rehearse.File{Path: flag, Unseen: true}
	}
	return b.file(p.File(flag))
}

// joined is one file of several, for what may be told several times.
func (b *builder) joined(all []programs.Place) rehearse.File {
	var out rehearse.File
	for _, at := range all {
		f := b.file(at)
		if out.Path == "" {
			out = f
			continue
		}
		if f.Data != nil && out.Data != nil {
			out.Data = append(append(bytes.Clone(out.Data), '\n'), f.Data...)
		}
	}
	return out
}

// side is one end of a connection, without its files.
func (b *builder) side(p *programs.Program) *rehearse.Side {
	s := &rehearse.Side{Machine: p.Machine.Label(), Program: p.Name, Halt: b.halts[p]}
	if p.In != nil {
		s.Told = p.In.Path
	}
	if p.Name == "kubectl" && p.Basis == programs.Assumed {
		s.Machine = "" // people have it where they work
	}
	b.sides[s] = p
	return s
}

// beside is a side that goes by what a program is told, and runs without it.
func (b *builder) beside(p *programs.Program, name string) *rehearse.Side {
	s := b.side(p)
	delete(b.sides, s)
	s.Program, s.Halt = name, nil
	return s
}

// copied is a side that differs from one which others dial too.
func (b *builder) copied(s *rehearse.Side) *rehearse.Side {
	out := *s
	b.sides[&out] = b.sides[s]
	return &out
}

// adminOf is whose kubeconfig it is.
func adminOf(p *programs.Program) string {
	if e, _, known := programs.ByName(p.File("--kubeconfig").Path); known && e.Entry.UsedBy(id.Kubectl) {
		return e.Entry.Name
	}
	return id.Admin
}

// loads are the files that a program reads as it starts.
func (b *builder) loads(p *programs.Program) []rehearse.Load {
	var out []rehearse.Load
	add := func(kind rehearse.LoadKind, flag, key string) {
		if !p.Has(flag) || key != "" && !p.Has(key) {
			return
		}
		if s, _ := p.Value(flag); s.Basis == programs.Assumed {
			return
		}
		l := rehearse.Load{Flag: flag, Kind: kind, Cert: b.file(p.File(flag))}
		if key != "" {
			l.Key = b.file(p.File(key))
		}
		out = append(out, l)
	}
	each := func(kind rehearse.LoadKind, flag string) {
		for _, at := range p.Files(flag) {
			if at.By != programs.Assumed || at.File != nil {
				out = append(out, rehearse.Load{Flag: flag, Kind: kind, Cert: b.file(at)})
			}
		}
	}
	config := func(flag string) {
		if !p.Has(flag) {
			return
		}
		at := p.File(flag)
		l := rehearse.Load{Flag: flag, Kind: rehearse.LoadConfig, Cert: b.file(at)}
		if call, err := b.call(at); err != nil {
			l.ConfigErr = err
		} else if call != nil {
			for _, f := range []struct{ name, told string }{{"certificate-authority", call.CAFile}, {"client-certificate", call.CertFile}, {"client-key", call.KeyFile}} {
				if f.told != "" {
					out = append(out, rehearse.Load{Flag: f.name + " of " + filepath.Base(at.Path), Kind: rehearse.LoadAny, Cert: b.file(p.Machine.Resolve(f.told, at.File)), Config: l.Cert})
				}
			}
		}
		out = append(out, l)
	}
	switch p.Name {
	case "etcd":
		if b.serves(p, "--listen-client-urls", "--advertise-client-urls") {
			add(rehearse.LoadPair, "--cert-file", "--key-file")
			add(rehearse.LoadEtcdCAs, "--trusted-ca-file", "")
		}
		if b.serves(p, "--listen-peer-urls", "--initial-advertise-peer-urls") {
			add(rehearse.LoadPair, "--peer-cert-file", "--peer-key-file")
			add(rehearse.LoadEtcdCAs, "--peer-trusted-ca-file", "")
		}
	case "kube-apiserver":
		add(rehearse.LoadPair, "--tls-cert-file", "--tls-private-key-file")
		for _, sni := range b.sni(p) {
			out = append(out, rehearse.Load{Flag: "--tls-sni-cert-key", Kind: rehearse.LoadPair, Cert: sni.cert, Key: sni.key})
		}
		add(rehearse.LoadBundle, "--client-ca-file", "")
		add(rehearse.LoadBundle, "--requestheader-client-ca-file", "")
		if strings.Contains(p.Text("--etcd-servers"), "https://") {
			add(rehearse.LoadPair, "--etcd-certfile", "--etcd-keyfile")
			add(rehearse.LoadEtcdCAs, "--etcd-cafile", "")
		}
		add(rehearse.LoadPair, "--proxy-client-cert-file", "--proxy-client-key-file")
		each(rehearse.LoadPublicKeys, "--service-account-key-file")
		each(rehearse.LoadSigningKey, "--service-account-signing-key-file")
		each(rehearse.LoadTokens, "--token-auth-file")
	case "kube-controller-manager":
		config("--kubeconfig")
		config("--authentication-kubeconfig")
		config("--authorization-kubeconfig")
		add(rehearse.LoadSigner, "--cluster-signing-cert-file", "--cluster-signing-key-file")
		for _, of := range []string{"-kubelet-client", "-kubelet-serving", "-kube-apiserver-client", "-legacy-unknown"} {
			add(rehearse.LoadSigner, "--cluster-signing"+of+"-cert-file", "--cluster-signing"+of+"-key-file")
		}
		add(rehearse.LoadBundle, "--root-ca-file", "")
		add(rehearse.LoadBundle, "--client-ca-file", "")
		add(rehearse.LoadBundle, "--requestheader-client-ca-file", "")
		add(rehearse.LoadPair, "--tls-cert-file", "--tls-private-key-file")
		each(rehearse.LoadSigningKey, "--service-account-private-key-file")
	case "kube-scheduler":
		config("--kubeconfig")
		config("--authentication-kubeconfig")
		config("--authorization-kubeconfig")
		add(rehearse.LoadBundle, "--client-ca-file", "")
		add(rehearse.LoadPair, "--tls-cert-file", "--tls-private-key-file")
	case "kubelet":
		add(rehearse.LoadPair, "tlsCertFile", "tlsPrivateKeyFile")
		add(rehearse.LoadBundle, "authentication.x509.clientCAFile", "")
		if boot := p.File("--bootstrap-kubeconfig"); !p.Has("--bootstrap-kubeconfig") || boot.Gone() {
			if at := p.File("--kubeconfig"); !at.Gone() || !p.Yes("rotateCertificates") {
				config("--kubeconfig") // else it asks for its certificate, and writes the file
			}
		}
	case "kube-proxy":
		config("clientConnection.kubeconfig")
	case "kubectl":
		config("--kubeconfig")
	}
	return out
}

// serves reports whether etcd serves TLS at one of its URLs; where none is told it is
// by whether it has files for it.
func (b *builder) serves(p *programs.Program, flags ...string) bool {
	told := false
	for _, f := range flags {
		for _, u := range p.List(f) {
			told = true
			if strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "unixs://") {
				return true
			}
		}
	}
	return !told
}

// pair is a certificate that kube-apiserver shows to whoever asks for a name.
type pair struct {
	cert, key rehearse.File
	names     []string
}

// sni are the pairs of --tls-sni-cert-key: CERT,KEY or CERT,KEY:NAME,NAME.
func (b *builder) sni(p *programs.Program) []pair {
	var out []pair
	for _, s := range p.All("--tls-sni-cert-key") {
		files, names, _ := strings.Cut(s.Value, ":")
		cert, key, ok := strings.Cut(files, ",")
		if !ok {
			continue
		}
		open := func(name string) rehearse.File {
			return b.file(p.Open(programs.Setting{Value: name, In: s.In, Basis: s.Basis}))
		}
		one := pair{cert: open(cert), key: open(key)}
		if names != "" {
			one.names = strings.Split(names, ",")
		}
		out = append(out, one)
	}
	return out
}
