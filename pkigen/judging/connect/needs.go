package connect

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
)

// need is what a program has to be told. A flag without which it works is none.
type need struct {
	program, flag string
	// half is the flag of the other half of a pair; "" for none. With one half only
	// stops says whether the program starts.
	half  string
	stops bool
	why   string // what becomes of it without the flag, or without both; "" where that may be
	// unless are flags with which it need not be told, and when is what asks for it;
	// nil for always.
	unless []string
	when   func(*programs.Program) bool
}

const (
	apiserver  = "kube-apiserver"
	controller = "kube-controller-manager"
	// clientCAField is the field by which a kubelet knows kube-apiserver.
	clientCAField = "authentication.x509.clientCAFile"
)

// needs are those of all programs.
var needs = []need{
	{program: apiserver, flag: "--client-ca-file",
		why: "It knows nobody by a certificate then: kubelets, controllers and kubectl all get 401 (Unauthorized)."},
	{program: apiserver, flag: "--tls-cert-file", half: "--tls-private-key-file", stops: true, unless: []string{"--cert-dir"},
		why: "It makes up a certificate of its own then, which none of its clients trusts."},
	{program: apiserver, flag: "--service-account-issuer", stops: true, unless: []string{"--authentication-config"}, when: issues, why: "kube-apiserver does not start without it."},
	{program: apiserver, flag: "--service-account-signing-key-file", stops: true, unless: []string{"--service-account-signing-endpoint"}, when: issues, why: "kube-apiserver does not start without it."},
	{program: apiserver, flag: "--service-account-key-file", stops: true, unless: []string{"--service-account-signing-endpoint"}, when: issues,
		why: "It does not start then, or takes its own TLS key for that of tokens: every token of a pod is refused."},
	{program: apiserver, flag: "--etcd-cafile", when: etcdByTLS,
		why: "It checks etcd by the CAs of the machine then, none of which has signed etcd's certificate, and does not start."},
	{program: apiserver, flag: "--etcd-certfile", half: "--etcd-keyfile", stops: true, when: etcdByTLS,
		why: "It shows etcd no certificate then, and is refused: it does not start."},
	{program: apiserver, flag: "--kubelet-client-certificate", half: "--kubelet-client-key",
		why: "It shows kubelets no certificate then, and gets 401: no kubectl logs, exec and port-forward."},
	{program: apiserver, flag: "--proxy-client-cert-file", half: "--proxy-client-key-file"},
	{program: "etcd", flag: "--cert-file", half: "--key-file", stops: true, unless: []string{"--config-file", "--auto-tls"}, when: serves("--trusted-ca-file", "--listen-client-urls", "--advertise-client-urls"),
		why: "etcd does not start with a URL of https and no certificate for it."},
	{program: "etcd", flag: "--peer-cert-file", half: "--peer-key-file", stops: true, unless: []string{"--config-file", "--peer-auto-tls"}, when: serves("--peer-trusted-ca-file", "--listen-peer-urls", "--initial-advertise-peer-urls"),
		why: "etcd does not start with a URL of https and no certificate for it."},
	{program: "etcd", flag: "--trusted-ca-file", unless: []string{"--config-file", "--auto-tls"}, when: serves("--cert-file", "--listen-client-urls", "--advertise-client-urls"),
		why: "Whoever reaches its port reads and writes everything then, without a certificate; with --client-cert-auth=true nobody does, since none of its clients is of a CA of the machine."},
	{program: "etcd", flag: "--peer-trusted-ca-file", unless: []string{"--config-file", "--peer-auto-tls"}, when: serves("--peer-cert-file", "--listen-peer-urls", "--initial-advertise-peer-urls"),
		why: "It asks no peer for a certificate then, and trusts none of the members that it dials."},
	{program: controller, flag: "--kubeconfig", stops: true, unless: []string{"--master"}, why: "It knows neither the API server nor its own user without it."},
	{program: controller, flag: "--cluster-signing-cert-file", half: "--cluster-signing-key-file", stops: true},
	{program: "kube-scheduler", flag: "--kubeconfig", stops: true, unless: []string{"--config", "--master"}, why: "It knows neither the API server nor its own user without it."},
	{program: "kubelet", flag: "--kubeconfig", unless: []string{"--bootstrap-kubeconfig"}, when: byConfig,
		why: "It stands alone then, and joins no cluster."},
	{program: "kubelet", flag: clientCAField, when: func(o *programs.Program) bool { return o.Configured },
		why: "It knows kube-apiserver by no certificate then, and answers 401: no kubectl logs, exec and port-forward."},
}

// halfPair is why one flag of two is no use.
const halfPair = "A certificate without its key, or a key without its certificate, is no use: "

// newer are flags that no kube-apiserver before 1.20 has.
var newer = []string{"--authentication-config", "--authorization-config", "--service-account-jwks-uri", "--service-account-extend-token-expiration",
	"--strict-transport-security-directives", "--shutdown-send-retry-after", "--tracing-config-file", "--disabled-metrics", "--lease-reuse-duration-seconds",
	"--service-account-signing-endpoint", "--emulated-version", "--peer-ca-file"}

// issues tells of a kube-apiserver that issues tokens itself: one that is told of
// either half of it, and every one since 1.20.
func issues(o *programs.Program) bool {
	if o.Has("--service-account-issuer", "--service-account-signing-key-file") || o.Has(newer...) {
		return true
	}
	minor, _ := strconv.Atoi(strings.TrimPrefix(o.Text("image"), "1."))
	return minor >= 20
}

// etcdByTLS reports whether kube-apiserver dials etcd by https.
func etcdByTLS(o *programs.Program) bool {
	servers := o.Text("--etcd-servers")
	return servers == "" || strings.Contains(servers, "https://")
}

// serves reports whether etcd is told of one of its files, or serves https at one of
// these URLs.
func serves(file string, urls ...string) func(*programs.Program) bool {
	return func(o *programs.Program) bool {
		return o.Has(file) || slices.ContainsFunc(urls, func(f string) bool {
			return strings.Contains(o.Text(f), "https://")
		})
	}
}

// byConfig reports whether these are the flags of a kubelet, and that the rest is in a file.
func byConfig(o *programs.Program) bool { return o.Whole && o.Has("--config") }

// needs finds what a program is not told, and would have to be, and flags that lead
// nowhere while their files are here.
func (b *builder) needs(p *programs.Program) {
	for i := range needs {
		n := &needs[i]
		if n.program != p.Name || !p.Whole && !(n.flag == clientCAField && p.Configured) {
			continue
		}
		if p.Basis != programs.Assumed {
			b.need(p, n)
		}
	}
	b.flagFiles(p)
	if p.Name == apiserver {
		b.etcdServers(p)
		b.overlap(p)
	}
	b.asked(p)
}

// overlap finds a kube-apiserver that believes headers of everybody, and does not start
// for it.
func (b *builder) overlap(p *programs.Program) {
	header, clients := p.File("--requestheader-client-ca-file"), p.File("--client-ca-file")
	if header.File == nil || clients.File == nil || header.By == programs.Assumed || len(p.List("--requestheader-allowed-names")) > 0 {
		return
	}
	for _, c := range header.File.Certs("") {
		if slices.ContainsFunc(clients.File.Certs(""), c.Equal) {
			b.lack(Lack{Check: findings.FrontProxyShared, Program: p, File: header.Path, Halts: true, Text: rehearse.Overlap,
				Why: "One CA signs ordinary clients and the front proxy, and no name is set apart."})
			return
		}
	}
}

func (b *builder) need(o *programs.Program, n *need) {
	if o.Has(n.unless...) || n.when != nil && !n.when(o) {
		return
	}
	missing, why := "", n.why
	switch have, half := o.Has(n.flag), n.half != "" && o.Has(n.half); {
	case have && (half || n.half == ""):
		return
	case have:
		missing = n.half
	case half:
		missing = n.flag
	case why == "":
		return
	default:
		missing = n.flag
	}
	if have := o.Has(n.flag); n.half != "" && have != o.Has(n.half) {
		why = halfPair + "it is as if it were told of neither."
		if n.stops {
			why = halfPair + o.Name + " does not start."
		}
	}
	value := b.usual(o, missing)
	if value == "" {
		value = "its file"
	}
	args := []any{o.Name, missing, why, value}
	if half := n.half; half != "" && !o.Has(n.flag, half) {
		args = append(args, half, b.usual(o, half)) // one without the other would be no better
	}
	stops := n.stops
	if n.flag == "--tls-cert-file" && !o.Has(n.flag) && !o.Has(n.half) {
		stops = false // it makes one up, and its clients refuse that
	}
	file := fileOf(o)
	if !strings.HasPrefix(missing, "--") && o.Config != nil {
		file = o.Config.Path
	}
	b.lack(Lack{Check: findings.FlagMissing, Program: o, File: file, Args: args, Text: "no " + missing + " is given", Why: why, Halts: stops})
}

// usual is how a flag would name the file that usually is what it names, where that
// lies on the machine; "" for none.
func (b *builder) usual(o *programs.Program, flag string) string {
	s := programs.SlotOf(o.Name, flag)
	if s.Entry == nil {
		return ""
	}
	for _, p := range programs.Usual(s.Entry, s.Part) {
		if path.IsAbs(p) && o.Machine.Resolve(p, nil).File != nil {
			return p
		}
	}
	// Beside the file of another flag, under the name that it usually has.
	for _, other := range o.Names() {
		set, _ := o.Value(other)
		if !path.IsAbs(set.Value) || set.Basis != programs.Told {
			continue
		}
		for _, p := range programs.Usual(s.Entry, s.Part) {
			at := path.Join(path.Dir(set.Value), path.Base(p))
			if o.Machine.Resolve(at, nil).File != nil && programs.SlotOf(o.Name, other).Entry != nil {
				return at
			}
		}
	}
	return ""
}

// flagFiles finds flags that name what is not there while the file that they should
// name is here.
func (b *builder) flagFiles(p *programs.Program) {
	for _, name := range p.Names() {
		s := programs.SlotOf(p.Name, name)
		set, _ := p.Value(name)
		if s.Entry == nil || s.Part == catalog.Config && p.Name == "kubelet" || set.Basis != programs.Told || !path.IsAbs(set.Value) {
			continue
		}
		at := p.Open(set)
		what := ""
		switch {
		case at.Gone():
			what = "not there"
		case at.Unseen() && b.strays(p, set):
			what = "in another folder than its other flags name"
		default:
			continue
		}
		usual := b.usual(p, name)
		if usual == "" || usual == set.Value {
			continue
		}
		if have := p.Machine.Resolve(usual, nil); have.By == programs.Assumed || b.usedElse(p, name, have.Path) {
			continue
		}
		b.lack(Lack{Check: findings.FlagFile, Program: p, File: set.In.Path, Args: []any{p.Name, name, set.Value, what, usual},
			Names: at.Path, Text: "open " + set.Value + ": no such file or directory", Why: "The file that " + name + " names is not there.", Halts: !strings.HasPrefix(name, "--kubelet-client-")})
	}
}

// Astray is a connection that fails by a file of another kind than its flag should
// name: the flag is at fault, and the file is none.
func (s *Stage) Astray(r *rehearse.Result) (Lack, bool) {
	b := s.by
	if b == nil || r.Failure.File == "" {
		return Lack{}, false
	}
	files := []string{r.Failure.File}
	if strings.Contains(r.Failure.Error, "unknown authority") { // by the wrong CA it may be that it is not known
		files = append(files, r.Case.To.HeaderCA.Path, r.Case.To.CA.Path)
	}
	pair := r.Failure.Check == findings.KeyMismatch && len(r.Failure.Args) > 0
	if pair {
		files = append(files, fmt.Sprint(r.Failure.Args[0]))
	}
	sides := []*rehearse.Side{r.Case.From, r.Case.To}
	if at := (rehearse.Place{Program: r.Case.To.Program, Machine: r.Case.To.Machine}); r.Failure.At == at {
		slices.Reverse(sides) // who does not know the other may be told of the wrong CA
	}
	for _, side := range sides {
		all := b.named[programOf(side.Program)]
		if side.Program == "pods" { // which are told of a CA by the controller-manager
			all = append(slices.Clone(all), b.named[controller]...)
		}
		for _, p := range all {
			if p.Machine.Label() != side.Machine && side.Machine != "" || p.Basis == programs.Assumed {
				continue
			}
			for _, name := range p.Names() {
				slot := programs.SlotOf(p.Name, name)
				set, _ := p.Value(name)
				file := p.Open(set).Path
				if slot.Entry == nil || set.In == nil || file == "" || !slices.Contains(files, file) || slot.Entry.Kind == catalog.Leaf && slot.Part != catalog.Config && !pair {
					continue
				}
				e, _, known := programs.ByName(file)
				usual := b.usual(p, name)
				if !known || e.Entry.Name == slot.Entry.Name || usual == "" || p.Machine.Resolve(usual, nil).Path == file {
					continue
				}
				return Lack{Check: findings.FlagFile, Program: p, File: set.In.Path, Args: []any{p.Name, name, set.Value, "the file of " + e.Entry.Name, usual}, Names: file}, true
			}
		}
	}
	return Lack{}, false
}

// programOf is the program by whose flags one side of a connection works.
func programOf(side string) string {
	switch side {
	case "pods", "extension server":
		return apiserver
	}
	return side
}

// usedElse reports whether a file is what another flag of the program names already,
// which is of another kind.
func (b *builder) usedElse(p *programs.Program, flag, file string) bool {
	want := programs.SlotOf(p.Name, flag)
	return slices.ContainsFunc(p.Names(), func(other string) bool {
		s := programs.SlotOf(p.Name, other)
		return other != flag && s.Entry != nil && s.Entry.Name != want.Entry.Name && p.File(other).Path == file
	})
}

// strays reports whether a flag leads to a folder by another path than most flags of
// its program do.
func (b *builder) strays(p *programs.Program, set programs.Setting) bool {
	with, without := 0, 0
	for _, name := range p.Names() {
		other, _ := p.Value(name)
		if programs.SlotOf(p.Name, name).Entry == nil || !path.IsAbs(other.Value) {
			continue
		}
		if p.Open(other).File != nil {
			with++
		} else {
			without++
		}
	}
	return with > 2*without && set.In != nil
}

// asked finds servers that are not told to ask for certificates, or take everybody.
func (b *builder) asked(o *programs.Program) {
	switch {
	case o.Name == "kubelet" && o.Yes("authentication.anonymous.enabled"):
		s, _ := o.Value("authentication.anonymous.enabled")
		b.lack(Lack{Check: findings.KubeletAnonymous, Program: o, File: s.In.Path})
	case o.Name == "etcd" && o.Whole && !o.Has("--config-file"):
		for _, f := range [][2]string{{"--client-cert-auth", "--trusted-ca-file"}, {"--peer-client-cert-auth", "--peer-trusted-ca-file"}} {
			if v, told := o.Value(f[0]); o.Has(f[1]) && (!told || v.Value == "false") {
				b.lack(Lack{Check: findings.EtcdAuth, Program: o, File: fileOf(o), Args: []any{f[0], f[1]}})
			}
		}
	}
}
