package plan

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/making/store"
)

// Stage is how far the replacement of a CA or a key pair has come, told by what
// lies in the directory and by nothing else.
type Stage string

// The stages, in their order; after Switched comes Steady again.
const (
	Steady   Stage = "steady"   // there is one, which signs and is trusted
	Widened  Stage = "widened"  // both are trusted, the old one signs
	Switched Stage = "switched" // both are trusted, the new one signs
)

// Next is the stage that comes after it.
func (s Stage) Next() Stage {
	switch s {
	case Steady:
		return Widened
	case Widened:
		return Switched
	}
	return Steady
}

// Meaning says what the stage is, for a reader.
func (s Stage) Meaning() string {
	switch s {
	case Widened:
		return "both are trusted, and the old one signs"
	case Switched:
		return "both are trusted, and the new one signs"
	}
	return "one is trusted, and signs"
}

// Rotation is the operator's confirmation that the replacement of one CA or key pair goes
// to its next stage. A plan with one changes nothing else that lies there: where
// it would have to, Make gives an *OtherChangesError. Whatever is not new is
// judged by what it is: other answers for the subject, the lifetime or the kind
// of key count for the new one.
type Rotation struct {
	Name string // "ca", "sa"
	To   Stage  // "" to look only, by the same rules
	// NewKeys gives the certificates that are signed again at the switch new keys.
	NewKeys bool
}

// Move is what a plan does to a CA or a key pair that is being replaced.
type Move struct {
	Name        string
	From, To    Stage // equal where the plan leaves the stage as it is
	Comes, Goes string
}

// OrderError refuses a stage whose turn it is not.
type OrderError struct {
	Name   string
	At, To Stage
}

// Error says what the order is.
func (e *OrderError) Error() string {
	return fmt.Sprintf("%s is %s, and can only become %s now, not %s: no stage can be left out", e.Name, e.At, e.At.Next(), e.To)
}

// NotRotatableError says that something cannot be replaced in stages.
type NotRotatableError struct {
	Name string
	CA   bool // it is one, and can be renewed for its key
	// Names are those of the layout that can be; none where the layout has one file
	// for verifiers and for the signer.
	Names []string
}

// Error says why, and what could be replaced.
func (e *NotRotatableError) Error() string {
	if len(e.Names) == 0 {
		return fmt.Sprintf("%s cannot be replaced in stages in this layout: it has one file to trust and to sign by, "+
			"and kube-controller-manager signs with exactly one certificate (\"expected 1 certificate, found 2\")", e.Name)
	}
	return fmt.Sprintf("%s cannot be replaced in stages: use one of %s", e.Name, strings.Join(e.Names, ", "))
}

// NotRotatable is the error for one of the certificates that is none of names, which
// Rotatable has given.
func NotRotatable(certs []catalog.Certificate, name string, names []string) *NotRotatableError {
	isCA := slices.ContainsFunc(certs, func(c catalog.Certificate) bool { return c.Name == name && c.IsCA() })
	return &NotRotatableError{name, isCA, names}
}

// Rotatable are the names of what can be replaced in stages.
func Rotatable(l *catalog.Layout, certs []catalog.Certificate) []string {
	var out []string
	for i := range certs {
		if l.Rotates(&certs[i]) {
			out = append(out, certs[i].Name)
		}
	}
	return out
}

// Stage is that of a CA or a key pair after the plan.
func (p *Plan) Stage(name string) Stage {
	for _, m := range p.Moves {
		if m.Name == name {
			return m.To
		}
	}
	return Steady
}

// rotate is MakeOf for one stage. First everything has to be right as it is, which
// is also what the stage before had to bring about: every file for verifiers and
// every kubeconfig holds both, and nothing hangs on another CA than the one that
// signs.
func rotate(c *spec.Cluster, l *catalog.Layout, certs []catalog.Certificate, texts []render.Text, have store.Directory, now time.Time, opt Options) (*Plan, error) {
	step := opt.Rotation
	if names := Rotatable(l, certs); !slices.Contains(names, step.Name) {
		return nil, NotRotatable(certs, step.Name, names)
	}
	base := maker{certs: certs, have: have, now: now.UTC(), opt: opt, free: true}
	base.opt.Rotation = nil
	p, err := base.make(c, l, texts)
	if err != nil || len(p.Refused()) > 0 {
		return p, err
	}
	e := &OtherChangesError{}
	for i := range p.Files {
		// Other answers for the new one are what a replacement is often for.
		if a := &p.Files[i]; a.Verb != Keep && a.Sums == "" && a.Path != AnswersFile {
			e.Changes = append(e.Changes, base.otherFile(a))
		}
	}
	if e.Empty = p.Count(Create) == len(p.Files); len(e.Changes) > 0 {
		return nil, e
	}
	at := p.Stage(step.Name)
	switch {
	case at == step.To, step.To == "":
		return p, nil
	case at.Next() != step.To:
		return nil, &OrderError{step.Name, at, step.To}
	}
	m := maker{certs: certs, have: have, now: now.UTC(), opt: opt, free: true, step: step}
	return m.make(c, l, texts)
}

// expand reads the stage of each CA and key pair off the directory, puts beside
// it the one that it is replaced by, or has replaced, and looks at all files. What
// is on its way out is judged by what it is, and no more by the answers.
func (m *maker) expand(l *catalog.Layout) {
	out := make([]catalog.Certificate, 0, len(m.certs)+2)
	looks := make([]found, len(m.certs))
	_ = parallel.Each(len(looks), runtime.GOMAXPROCS(0), func(i int) error {
		if c := &m.certs[i]; !l.Rotates(c) {
			looks[i] = m.lookOrAway(c)
		}
		return nil
	})
	for i := range m.certs {
		c := m.certs[i]
		if !l.Rotates(&c) {
			f := looks[i]
			if c.Entry.Kind == catalog.Leaf && (m.free || m.moves[c.Signer]) && !m.newKey(&c) {
				holdKey(&c, &f)
			}
			m.found[c.Name] = f
			out = append(out, c)
			continue
		}
		out = append(out, m.expandOne(c)...)
	}
	m.certs = out
}

// expandOne is a CA or a key pair, and its companion where it has one.
func (m *maker) expandOne(c catalog.Certificate) []catalog.Certificate {
	next, previous := c.Companion(catalog.Next), c.Companion(catalog.Previous)
	move := Move{Name: c.Name, From: m.stageOf(&next, &previous)}
	move.To = move.From
	if m.step != nil && m.step.Name == c.Name {
		move.To = m.step.To
	}
	m.findLostReplacement(&c, &next, &previous)
	if move.From == Steady && move.To == Steady {
		m.found[c.Name] = m.lookOrAway(&c)
		if m.free {
			m.asItIs(&c)
		}
		return []catalog.Certificate{c}
	}
	m.moves[c.Name] = true
	// Whose files they are before the run.
	own, lays := func() found { return m.lookOrAway(&c) }, &previous
	if move.From == Widened && move.To == Switched {
		own, lays = func() found { return look(m.have, &next) }, &c
		if _, there := m.have[next.Files.Key]; !there && next.Files.Key != "" {
			m.broken[c.Name] = fmt.Sprintf("%s is not here: put it back, or take the first stage back by certwright undo and begin anew", next.Files.Key)
		}
		m.moved[c.Name] = fmt.Sprintf("%s takes its place", next.Name)
		m.gone = append(m.gone, obsolete{next, fmt.Sprintf("is %s from now on", c.Place(c.Own()))})
	}
	m.found[c.Name] = own()
	list := []catalog.Certificate{c}
	switch move.To {
	case Widened:
		m.asItIs(&list[0])
		m.found[next.Name] = m.lookOrAway(&next)
		list, move.Comes = append(list, next), next.Name
	case Switched:
		m.found[previous.Name] = look(m.have, lays)
		if _, there := m.have[lays.Files.Key]; !there {
			previous.Files.Key = "" // it is needed no more
		}
		m.asItIs(&previous)
		m.retired[previous.Name] = true
		list, move.Goes = append(list, previous), previous.Name
	case Steady:
		m.moved[c.Name] = fmt.Sprintf("trusts %s no longer", previous.Name)
		m.gone = append(m.gone, obsolete{previous, "nothing hangs on it any more"})
		move.Goes = previous.Name
		if m.free {
			m.asItIs(&list[0])
		}
	}
	m.plan.Moves = append(m.plan.Moves, move)
	return list
}

// stageOf reads the stage off the files that are there. Both companions at once
// is nothing that a run leaves behind.
func (m *maker) stageOf(next, previous *catalog.Certificate) Stage {
	there := func(c *catalog.Certificate) string {
		for _, p := range []string{c.Files.Cert, c.Files.Public, c.Files.Key} {
			if _, is := m.have[p]; is && p != "" {
				return p
			}
		}
		return ""
	}
	n, p := there(next), there(previous)
	switch {
	case n != "" && p != "":
		m.broken[strings.TrimSuffix(next.Name, "-"+string(catalog.Next))] =
			fmt.Sprintf("%s and %s are both here, as in no stage of a replacement: put the state of a backup back", n, p)
		return Switched
	case n != "":
		return Widened
	case p != "":
		return Switched
	}
	return Steady
}

// obsolete is what a stage takes out of the directory.
type obsolete struct {
	catalog.Certificate
	reason string
}

// asItIs makes what is on disk what is wanted, where it can be read.
func (m *maker) asItIs(c *catalog.Certificate) {
	f := m.found[c.Name]
	holdKey(c, &f)
	if f.cert == nil {
		return
	}
	s := f.cert.Subject
	c.Subject = spec.Subject{CN: s.CommonName, C: firstOf(s.Country), ST: firstOf(s.Province), L: firstOf(s.Locality),
		O: firstOf(s.Organization), OU: firstOf(s.OrganizationalUnit)}
	c.Expiry = f.cert.NotAfter.Sub(f.cert.NotBefore)
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// holdKey lets a key be of another kind than the answers say.
func holdKey(c *catalog.Certificate, f *found) {
	if f.key != nil {
		c.Key = spec.KeyAlgorithm(pkey.Algorithm(f.key.Public()))
	}
}

// newKey reports whether the certificate gets a new key at the switch.
func (m *maker) newKey(c *catalog.Certificate) bool {
	return m.step != nil && m.step.To == Switched && m.step.NewKeys && c.Signer == m.step.Name
}

// retire decides what was replaced: it is kept, also without its key.
func (m *maker) retire(p *Certificate, f *found) bool {
	if !m.retired[p.Name] || f.hasKey || p.IsCA() && f.cert == nil {
		return false
	}
	p.Key, p.Cert = Keep, Keep
	p.PublicPEM = m.have[p.Files.Public].Data
	return true
}

// remove adds what goes.
func (l *lister) remove(gone []obsolete) {
	for _, g := range gone {
		for _, f := range []struct {
			part catalog.Part
			path string
		}{{catalog.Key, g.Files.Key}, {catalog.Public, g.Files.Public}, {catalog.Cert, g.Files.Cert}} {
			if have, there := l.have[f.path]; there && f.path != "" {
				l.out = append(l.out, Action{Path: f.path, Verb: Remove, Reason: g.reason, Mode: have.Mode.Perm(), Part: f.part,
					Certificate: g.Name, CA: g.IsCA()})
			}
		}
	}
}

// underWay says that a replacement is not finished.
func underWay(p *Plan) []string {
	var out []string
	for _, m := range p.Moves {
		if m.From != m.To {
			continue
		}
		signs := "the old one signs"
		if m.To == Switched {
			signs = "the new one signs"
		}
		out = append(out, fmt.Sprintf("%s is being replaced, and %s: both are trusted, %s", m.Name, m.To, signs))
	}
	return out
}
