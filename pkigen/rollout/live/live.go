// Package live looks at the programs of a running cluster and says what each has really
// loaded: a renewed file helps nobody until its process has read it.
//
// It dials each port that the programs of a directory are told of, without a credential
// first: the handshake shows the certificate that is served and the client CAs that are
// asked for. Only to a server that then proves itself, by the CA that its clients are told
// and by the name that was dialled, does it show a certificate of the directory, and asks
// for health and for what only the API server knows. Nothing is written anywhere.
//
// It gives results as data, and judges no files: whether a cluster would run with them is
// for the wing judging.
package live

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/rollout/symptom"
)

// Looks are looks at one cluster, one after another.
type Looks struct {
	// Read reads the directory, at each look.
	Read func(ctx context.Context) (*Options, error)

	last *View
	by   *Options           // of the last look
	well map[[2]string]bool // programs, by node and name, that were well in some look before it
}

// Look looks once. The error is for a directory that cannot be read, and for a ctx that
// ended.
func (l *Looks) Look(ctx context.Context) (*View, error) {
	o, err := l.Read(ctx)
	if err != nil {
		return nil, err
	}
	v, err := Look(ctx, *o)
	if err == nil {
		l.remember()
		l.by, l.last = o, v
	}
	return v, err
}

// remember notes which programs were well in the last look.
func (l *Looks) remember() {
	if l.last == nil {
		return
	}
	if l.well == nil {
		l.well = map[[2]string]bool{}
	}
	for _, p := range l.last.Programs {
		if p.Healthy != nil && *p.Healthy && p.State != symptom.Away {
			l.well[[2]string{p.Node, p.Name}] = true
		}
	}
}

// Options are what to look at, and what to hold it against.
type Options struct {
	Dir string // the directory, as the operator writes it
	// Model is which programs run where, and what each is told.
	Model *programs.Model
	// Layout and Cluster are what the answers say; nil without answers.
	Layout  *catalog.Layout
	Cluster *spec.Cluster
	// Limit is how long one port may take; 0 for 3 seconds.
	Limit time.Duration
	Now   func() time.Time // nil for time.Now

	// Dial opens connections; nil for the network of this machine. Own are the addresses of
	// this machine; nil to ask it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Own  []netip.Addr

	past    *past
	signers []signer
	kept    *credentials
}

// Read reads what a look needs besides the model, so that all is of one state of the
// directory: what former runs have left, the CA keys of a replacement, and the certificates
// that may be shown.
func (o *Options) Read() {
	o.past, o.kept = readPast(o.Dir), findCredentials(o.Model)
	if o.Cluster != nil {
		o.signers = readSigners(o.Dir, o.Layout, o.Cluster)
	}
}

// patience is how long one port may take where nobody says it.
const patience = 3 * time.Second

// callers is how many ports are dialled at one time: one that does not answer costs its
// whole time, and nothing else.
const callers = 64

// looker is one look.
type looker struct {
	Options
	view    *View
	targets []*target
	roots   map[string]roots // by endpoint
	own     map[netip.Addr]bool
	host    string   // the name of this machine
	apis    []*api   // API servers that have let the administrator in
	cluster *cluster // what one of them says of all; nil for nothing
	loaded  map[*programs.Program]*Program
	ports   map[*programs.Program][]*target
	lagging map[string]bool // nodes that have not got their files yet
}

// Look looks once at everything. The error is for a ctx that ended; what does not answer
// is a finding of the view.
func Look(ctx context.Context, o Options) (*View, error) {
	l := newLooker(o)
	l.aim()
	l.each(len(l.targets), func(i int) { l.visit(ctx, l.targets[i]) })
	l.askAPI(ctx)
	for _, t := range l.targets {
		l.judge(t)
	}
	l.lag()
	l.clocks()
	l.byLeases()
	for _, p := range l.Model.Programs {
		if out := l.loaded[p]; out != nil && len(out.Files) == 0 {
			l.files(p, out)
		}
	}
	l.view.finish()
	return l.view, ctx.Err()
}

func newLooker(o Options) *looker {
	l := &looker{Options: o, own: map[netip.Addr]bool{}, roots: map[string]roots{}, loaded: map[*programs.Program]*Program{},
		ports: map[*programs.Program][]*target{}, lagging: map[string]bool{}}
	if l.Limit <= 0 {
		l.Limit = patience
	}
	if l.Now == nil {
		l.Now = time.Now
	}
	if l.Dial == nil {
		l.Dial = new(net.Dialer).DialContext
	}
	if l.Own == nil {
		l.Own = ownAddresses()
		l.host, _ = os.Hostname()
	}
	for _, a := range l.Own {
		l.own[a] = true
	}
	l.view = &View{Time: l.Now()}
	return l
}

// ownAddresses are those of this machine, but for the loopback.
func ownAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(n.IP); ok && !addr.IsLoopback() {
				out = append(out, addr.Unmap())
			}
		}
	}
	return out
}

// each does the same for many at one time.
func (l *looker) each(n int, do func(i int)) {
	_ = parallel.Each(n, callers, func(i int) error {
		do(i)
		return nil
	})
}

// here reports whether a machine is the one on which this runs: it has an address of it,
// or the files that are looked at are its own.
func (l *looker) here(m *programs.Machine) bool {
	if l.host != "" && m.Name == l.host || slices.ContainsFunc(m.Hosts(), func(h string) bool { return l.own[programs.AddressOf(h)] }) {
		return true
	}
	root, err := filepath.Abs(l.Model.Scan.Root)
	if err != nil {
		return false
	}
	root = filepath.ToSlash(root)
	return slices.ContainsFunc(m.Programs, func(p *programs.Program) bool {
		return slices.ContainsFunc(p.Names(), func(name string) bool { return strings.HasPrefix(p.Text(name), root) && l.inPlace(p.File(name)) })
	})
}

// component is a program's line of the catalogue; nil for a tool of people.
func component(p *programs.Program) *components.Component { return components.Find(p.Name) }
