package check

import (
	"context"
	"crypto/x509"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// checker is one judgement on its way.
type checker struct {
	site *survey.Site
	now  time.Time

	mu     sync.Mutex // for all below, while seats are checked
	found  []Finding
	failed map[*survey.Seat]bool // seats with an error
	proven int
	ends   time.Time

	certs    []catalog.Certificate // that the answers make
	known    map[string]bool       // files that the answers know; nil without answers
	used     map[string]bool       // files that have a seat
	signKeys map[string]bool       // private keys that cannot be made again: of CAs, and the only one for tokens
	spare    map[string]bool       // keys that lie with the operator only: no program reads them
	signers  map[catalog.Domain]*survey.Seat
	// authorities are the CAs of all files by their names; nil before they are asked for.
	authorities map[string][]*x509.Certificate
}

func newChecker(site *survey.Site, now time.Time) *checker {
	c := &checker{site: site, now: now, failed: map[*survey.Seat]bool{}, used: map[string]bool{}, spare: map[string]bool{}, signKeys: map[string]bool{},
		signers: map[catalog.Domain]*survey.Seat{}}
	if site.Layout != nil {
		c.learn()
	}
	for _, seat := range site.Seats {
		for _, p := range []survey.Place{seat.Cert, seat.Key, seat.Public, seat.Config} {
			c.used[p.Path] = true
		}
		only := seat.Entry.Kind == catalog.KeyPair && site.Layout == nil && (seat.Want == nil || len(seat.Want.Places(catalog.Key)) == 1)
		if (seat.Entry.Kind == catalog.Authority || only) && seat.Key.Path != seat.Cert.Path {
			c.signKeys[seat.Key.Path] = true
		}
		if c.known != nil && site.Layout.PerNode && seat.Entry.Kind != catalog.Leaf && catalog.NodeOf(seat.Key.Path) == "" {
			c.spare[seat.Key.Path] = true
		}
		if _, known := c.signers[seat.Entry.Domain]; !known && seat.Entry.Kind == catalog.Leaf {
			c.signers[seat.Entry.Domain] = site.Signer(seat)
		}
	}
	return c
}

// learn learns what the answers make.
func (c *checker) learn() {
	l := c.site.Layout
	c.certs, c.known = l.Certificates(c.site.Cluster), map[string]bool{}
	paths := append(l.PathsOf(c.certs), l.PathsOf(l.Companions(c.certs))...)
	for _, p := range append(paths, render.Paths(l, c.site.Cluster, render.TextsOf(l, c.site.Cluster, c.certs))...) {
		c.known[p] = true
	}
}

func isCA(cert *x509.Certificate) bool { return programs.IsCA(cert) }

// add notes a finding of the check's own severity.
func (c *checker) add(id, file string, seat *survey.Seat, args ...any) {
	c.addAs(Find(id).Severity, id, file, seat, args...)
}

func (c *checker) addAs(s Severity, id, file string, seat *survey.Seat, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == Error && seat != nil {
		c.failed[seat] = true
	}
	c.found = append(c.found, Finding{Check: Find(id), Severity: s, File: file, Seat: seat, Args: args})
}

// broken are the oddities of bytes after which nothing else is asked of a file.
var broken = []string{scan.Unreadable, scan.Empty, scan.TooLarge, scan.LinkLoop, scan.LinkDangling, scan.PEMBroken,
	scan.KeyEncrypted, scan.HugeKey, scan.CFSSLJSON, scan.ConfigBroken, scan.ConfigScheme}

func isBroken(f *scan.File) bool {
	return f != nil && slices.ContainsFunc(broken, f.Odd)
}

// files tells what is odd about the bytes of files. Of one that nobody uses it
// matters less.
func (c *checker) files() {
	for _, f := range c.site.Files {
		if f.Odd(scan.SetAside) {
			c.add(scan.SetAside, f.Path, nil)
			c.mode(f)
			continue
		}
		for _, o := range f.Oddities {
			severity := Find(o.Code).Severity
			switch {
			case o.Code == scan.PEMBroken && f.Odd(scan.PEMAccident):
				continue // the accident is why
			case o.Code == scan.PEMAccident && f.Odd(scan.PEMBroken):
				severity = Error
			case o.Code == scan.KeyEncrypted && c.spare[f.Path] && c.signKeys[f.Path]:
				c.add(caKeyLocked, f.Path, nil)
				continue
			case c.used[f.Path] || telling(f, o.Code), f.Dir && o.Code == scan.Unreadable:
			case o.Code == scan.Unreadable, o.Code == scan.LinkLoop:
				severity = Note // nobody knows whether it has to do with certificates
			case severity == Error:
				severity = Warning
			}
			stray := c.known != nil && !c.known[f.Path] && !f.Dir // behind a folder there may be anything
			if stray && severity == Error {
				severity = Warning
			}
			if severity == Error && c.spare[f.Path] {
				severity = Warning
			}
			c.addAs(severity, o.Code, f.Path, nil, o.Detail)
			switch last := &c.found[len(c.found)-1]; {
			case stray:
				last.as = asStray
			case c.signKeys[f.Path]:
				last.as = asKeyOnly
			}
		}
		c.mode(f)
		c.request(f)
	}
	c.folders()
	c.nodes()
}

// folders: whoever may write into a folder may exchange every file in it. Where the
// sticky bit is set, only a file's owner may.
func (c *checker) folders() {
	for _, dir := range slices.Sorted(maps.Keys(c.site.Folders)) {
		mode := c.site.Folders[dir]
		if runtime.GOOS != "windows" && mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0 {
			c.add(FolderWritable, dir, nil, mode.Perm().String())
		}
	}
}

// nodes tells of nodes that have files in a set of ours, and are none of its
// cluster any more.
func (c *checker) nodes() {
	if c.site.Layout == nil || !c.site.Layout.PerNode {
		return
	}
	known := map[string]bool{"": true}
	for i := range c.site.Cluster.Nodes {
		known[c.site.Cluster.Nodes[i].Name] = true
	}
	for _, f := range c.site.Files {
		if node := catalog.NodeOf(f.Path); !known[node] {
			known[node] = true
			c.add(nodeUnknown, catalog.NodeRoot(node), nil)
		}
	}
}

// telling reports whether a file was meant to be used, though nobody knows by whom.
func telling(f *scan.File, code string) bool {
	switch code {
	case scan.CFSSLJSON, scan.TokenForm, scan.ConfigScheme, scan.KeyEncrypted:
		return true
	}
	return scan.ExpectsPEM(f.Path)
}

// mode: on Windows modes say nothing.
func (c *checker) mode(f *scan.File) {
	if runtime.GOOS != "windows" && f.Secret() && f.Mode.Perm()&0o077 != 0 {
		c.add(ModeOpen, f.Path, nil, f.Mode.Perm().String())
	}
}

// request finds a request under the name of a certificate, where no seat says
// what it should be.
func (c *checker) request(f *scan.File) {
	if !c.used[f.Path] && f.Holds(scan.Request) && !f.Holds(scan.Certificate) && scan.CertificateName(f.Path) {
		c.add(findings.RequestForCert, f.Path, nil)
	}
}

// seats judges all seats on all processors. CAs come first: what they signed is
// judged by them.
func (c *checker) seats(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	const batch = 32
	for part := range slices.Chunk(c.site.Seats, batch) {
		g.Go(func() error {
			for _, seat := range part {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				c.seat(seat)
			}
			return nil
		})
	}
	return g.Wait()
}

// seat asks one seat everything that needs no other leaf.
func (c *checker) seat(seat *survey.Seat) {
	if !c.placed(seat) {
		return
	}
	if seat.Entry.Kind == catalog.KeyPair {
		c.pair(seat)
		return
	}
	leaf := seat.Leaf()
	if leaf == nil {
		return
	}
	if seat.Entry.Kind == catalog.Authority {
		c.authority(seat, leaf)
	} else {
		c.chain(seat, leaf)
		c.identity(seat, leaf)
		c.usages(seat, leaf)
		c.names(seat, leaf)
		c.size(seat)
	}
	c.dates(seat, leaf)
	c.strength(seat, leaf)
}
