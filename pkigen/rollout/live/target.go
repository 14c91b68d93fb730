package live

import (
	"crypto/x509"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/symptom"
)

// target is one port of one program, on its way.
type target struct {
	prog    *programs.Program
	out     *Program
	at      *components.Endpoint
	port    *Port
	name    string // by which it proves itself: what is dialled, or the node
	local   bool   // it listens on its own machine alone, which is not this one
	roots   *x509.CertPool
	issuers []*x509.Certificate // in roots
	saw     glimpse
	// What was said, to nobody and to a server that proved itself.
	said, told []*reply
	spoke      error  // why nothing was told
	shown      string // the file of the certificate that was shown; "" for none
	api        *api   // of an API server that let the administrator in
	passages   []passage
	probed     []Accepted
	have       map[string]int // the client CAs that it asks for, by name; nil where that says nothing
}

// aim finds the ports of all programs.
func (l *looker) aim() {
	for _, p := range l.Model.Programs {
		c := component(p)
		if c == nil || l.loaded[p] != nil {
			continue
		}
		out := &Program{Node: p.Machine.Label(), Name: p.Name, State: symptom.Fine, Here: l.here(p.Machine), Ports: []*Port{}, Files: []*File{}, assumed: p.Basis == programs.Assumed}
		out.static = p.Static() || l.Cluster != nil && l.Cluster.StaticPods && c.Static
		out.Restart = restart.CommandOf(p.Unit(), p.Name, out.static)
		l.loaded[p] = out
		l.view.Programs = append(l.view.Programs, out)
		for i := range c.Endpoints {
			l.target(p, out, &c.Endpoints[i])
		}
	}
}

// target adds one port of a program.
func (l *looker) target(p *programs.Program, out *Program, e *components.Endpoint) {
	host, port, plain := placeOf(p, e)
	if plain && !e.Plain {
		at := *e
		at.Plain, e = true, &at
	}
	t := &target{prog: p, out: out, at: e}
	switch {
	case host != "" && programs.ItsOwn(host):
		t.local = !out.Here
	case host == "":
		if host = p.Machine.Address(); host == "" && out.Here {
			host = "127.0.0.1"
		}
	}
	t.name = host
	if out.Here && programs.ItsOwn(host) && p.Machine.Name != "" && p.Name == id.Kubelet {
		t.name = p.Machine.Name // its certificate names the node, and no loopback address
	}
	t.port = &Port{Name: e.Name}
	if host != "" {
		t.port.Address = net.JoinHostPort(host, strconv.Itoa(port))
	}
	out.Ports = append(out.Ports, t.port)
	switch {
	case host == "":
		out.add(symptom.Finding{Code: symptom.NoAddress})
	case t.local:
		out.add(symptom.Finding{Code: symptom.LoopbackOnly, Port: t.port.Address, Args: []any{t.port.Address, out.Node}})
	default:
		if !t.at.Plain {
			t.roots, t.issuers = l.provedBy(t)
		}
		l.targets, l.ports[p] = append(l.targets, t), append(l.ports[p], t)
	}
}

// placeOf is where a program answers by what it is told: host is "" where it is told none,
// or all addresses.
func placeOf(p *programs.Program, e *components.Endpoint) (host string, port int, plain bool) {
	port = e.Port
	var own string
	for _, name := range e.At {
		for _, value := range p.List(name) {
			h, n, isPlain := splitPlace(value)
			if n > 0 {
				port, plain = n, isPlain
			}
			switch a := programs.AddressOf(h); {
			case h == "" || a.IsValid() && a.IsUnspecified():
			case programs.ItsOwn(h):
				own = h
			default:
				return h, portOf(p, e, port), isPlain
			}
		}
	}
	return own, portOf(p, e, port), plain
}

// portOf is the port that a setting of its own says.
func portOf(p *programs.Program, e *components.Endpoint, port int) int {
	if n, err := strconv.Atoi(p.Text(e.PortAt)); e.PortAt != "" && err == nil && n > 0 {
		return n
	}
	return port
}

// splitPlace takes a URL, an address or an address with a port apart.
func splitPlace(value string) (host string, port int, plain bool) {
	if strings.Contains(value, "://") {
		u, err := url.Parse(value)
		if err != nil {
			return "", 0, false
		}
		port, _ = strconv.Atoi(u.Port())
		return u.Hostname(), port, u.Scheme == "http"
	}
	if h, n, err := net.SplitHostPort(value); err == nil {
		port, _ = strconv.Atoi(n)
		return h, port, false
	}
	return strings.Trim(value, "[]"), 0, false
}

// key names the endpoint of a target among all.
func (t *target) key() string { return t.prog.Name + "/" + t.at.Name }

// is reports whether a target is a port of a program.
func (t *target) is(program string) bool { return t.prog.Name == program }

// finding notes one of the port.
func (t *target) finding(code symptom.Code, args ...any) {
	t.out.add(symptom.Finding{Code: code, Port: t.port.Address, Args: append([]any{t.port.Address}, args...), Command: t.fix(code)})
}

// fix is the command that goes with a finding: for what a restart sets right.
func (t *target) fix(code symptom.Code) shell.Line {
	if slices.Contains([]symptom.Code{symptom.EarlierServed, symptom.OlderServed, symptom.TrustsFew, symptom.TrustsMany, symptom.ProbeRefused, symptom.ProbeTaken, symptom.OwnRefused}, code) {
		return t.out.Restart
	}
	return ""
}
