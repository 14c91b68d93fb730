package main

import (
	"fmt"
	"io"
	"sync/atomic"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
)

// namedMost is how many certificates a run tells by name as they are made; of more it
// says how many are done, in as many lines.
const namedMost = 8

// progress says on stderr what happened to each certificate; of very many, how
// many are done.
type progress struct {
	w     io.Writer
	quiet bool
	total int64        // certificates and key pairs that are made
	what  string       // what they are
	ended atomic.Int64 // of them, those that are done or failed
}

// expect counts what a plan makes.
func (g *progress) expect(p *plan.Plan) {
	g.total, g.what = 0, "certificates"
	for i := range p.Certificates {
		if c := &p.Certificates[i]; c.Key.Writes() || c.Cert.Writes() || c.CSR.Writes() {
			if g.total++; !c.IsCertificate() {
				g.what = "certificates and key pairs"
			}
		}
	}
}

func (g *progress) event(e pkigen.Event) {
	if g.quiet || e.State != pkigen.Made && e.State != pkigen.Failed {
		return
	}
	done, step := g.ended.Add(1), (g.total+namedMost-1)/namedMost
	switch {
	case step <= 1, e.State == pkigen.Failed:
		fmt.Fprintf(g.w, "%s: %s\n", e.Name, e.State)
	case done%step == 0 || done == g.total:
		fmt.Fprintf(g.w, "%d of %d %s: %s\n", done, g.total, g.what, e.State)
	}
}
