package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// certList is the review's list of certificates: what all nodes share, and then
// node by node. The plan's order is that of the issuing, in which a node's
// certificates lie far apart.
type certList struct {
	plan  *plan.Plan
	order []int // rows -> places in the plan
	// The widest texts of the columns, in cells; node is 0 where no certificate
	// names a node.
	node, name, signer int
	// mixed reports whether not the same happens to all of them.
	mixed bool
}

func newCertList(p *plan.Plan) certList {
	l := certList{plan: p, order: make([]int, len(p.Certificates))}
	place := map[string]int{"": 0}
	for i := range p.Cluster.Nodes {
		place[p.Cluster.Nodes[i].Name] = i + 1
	}
	for i := range p.Certificates {
		c := &p.Certificates[i]
		l.order[i] = i
		l.mixed = l.mixed || will(c) != will(&p.Certificates[0])
		l.node = max(l.node, ansi.StringWidth(c.Node))
		l.name = max(l.name, ansi.StringWidth(shortName(c)))
		l.signer = max(l.signer, ansi.StringWidth(p.SignerName(c)))
	}
	slices.SortStableFunc(l.order, func(a, b int) int {
		return place[p.Certificates[a].Node] - place[p.Certificates[b].Node]
	})
	return l
}

// at is the certificate of a row; nil where there is none.
func (l *certList) at(row int) *plan.Certificate {
	if row < 0 || row >= len(l.order) {
		return nil
	}
	return &l.plan.Certificates[l.order[row]]
}

// first is the first row of which something changes: what changes is what is
// looked at first.
func (l *certList) first() int {
	return max(slices.IndexFunc(l.order, func(i int) bool { return will(&l.plan.Certificates[i]) != plan.Keep }), 0)
}

// shortName is a certificate's name without its node.
func shortName(c *plan.Certificate) string {
	if c.Node == "" {
		return c.Name
	}
	return strings.TrimPrefix(c.Name, c.Node+"/")
}

// The widths of the columns whose texts have one length, and what the others
// are not worth showing below.
const (
	wideList                      = 94 // from here on dates say how far they are
	willWidth, namesWidth         = 7, 8
	endWidth, farWidth            = 10, 24 // "2036-11-20", "2036-11-20, in 10 years"
	identityLeast, identityEnough = 14, 21 // "admin, system:masters"
	signerLeast, signerMost       = 8, 24
)

// columns shares the width of a line. What happens to a certificate gives way
// where it is the same for all and a long identity needs the room: the sentence
// below the list says it as well. All of a certificate stands below the list or behind "?".
func (l *certList) columns(w int) columns {
	w -= gap // the marks of a list that goes on stand there
	node, will := 0, 3
	if l.node > 0 {
		node = min(max(l.node, len("NODE")), max(w/5, 8))
	}
	if l.mixed {
		will = 0
	}
	of := []column{{title: "NODE", want: node, drop: 1, name: true}, {title: "NAME", want: min(l.name, 26)}, {title: "WILL", want: willWidth, drop: will},
		{title: "IDENTITY", want: w, least: identityEnough, drop: 2}, {title: "NAMES", want: namesWidth, drop: 5},
		{title: "SIGNED BY", want: min(max(l.signer, signerLeast), signerMost), drop: 4}, {title: "EXPIRES", want: farWidth}}
	signer, ends := 5, 6
	if c := fit(w, of...); w >= wideList && c.widths[signer] > 0 {
		return c
	}
	of[ends].want = endWidth
	return fit(w, of...)
}

// certificate is one row. The node is said once, in its first row that is seen.
func (r *review) certificate(m *Model, i, w int) string {
	list, top := &r.facts.certs, r.rows[viewCertificates].top
	c := list.at(i)
	cols, ends := list.columns(w), "never"
	switch {
	case !c.IsCertificate():
	case cols.widths[len(cols.widths)-1] >= farWidth:
		ends = text.Ends(c.NotAfter, m.Now())
	default:
		ends = text.Date(c.NotAfter)
	}
	node := c.Node
	if i > top && list.at(i-1).Node == node {
		node = ""
	}
	return cols.row(node, shortName(c), string(will(c)), c.Subject.Identity(),
		text.Names(len(c.Hosts)), r.Plan.SignerName(c), ends)
}

// will is what happens to a certificate: a refusal or a new key says more than
// what becomes of the certificate itself.
func will(c *plan.Certificate) plan.Verb {
	if c.Key == plan.Refuse || c.Key == plan.Replace || !c.IsCertificate() {
		return c.Key
	}
	return c.Cert
}
