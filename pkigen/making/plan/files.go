package plan

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/making/store"
)

// The modes of what a run writes.
const (
	keyMode  fs.FileMode = 0o600
	openMode fs.FileMode = 0o644

	folderMode = fs.ModeDir | 0o700
)

// lister collects what happens to each file.
type lister struct {
	plan *Plan
	have store.Directory
	out  []Action
}

// files lists what happens to each file: the config first, then for each
// certificate its request JSON, request, key and certificate, then what is made
// of them; where each node has a tree, by path, with the answers. A folder whose mode is wrong
// stands before what is in it.
func (m *maker) files(texts []render.Text) ([]Action, error) {
	p := m.plan
	l := &lister{plan: p, have: m.have, out: make([]Action, 0, 1+5*len(p.Certificates)+len(texts))}
	l.answers(m.opt.Answers)
	l.config()
	for i := range p.Certificates {
		l.certificate(&p.Certificates[i])
	}
	for i := range texts {
		if err := l.text(&texts[i]); err != nil {
			return nil, err
		}
	}
	l.remove(m.gone)
	l.outlived(m.opt.Gone)
	if p.Layout.PerNode {
		l.sums()
		slices.SortFunc(l.out, func(a, b Action) int { return strings.Compare(a.Path, b.Path) })
	}
	return withFolders(l.out, m.have), nil
}

func (l *lister) add(a Action) {
	if a.Path == "" {
		return
	}
	if file, there := l.have[a.Path]; there && a.Verb != Refuse {
		if l.plan.Layout.AsFound {
			a.Mode = strictMode(file.Mode, a.Mode)
		}
		a.FixMode = wrongMode(file.Mode, a.Mode)
	}
	l.out = append(l.out, a)
}

// known adds a file whose bytes the answers make.
func (l *lister) known(a Action) {
	a.Mode = openMode
	a.Verb, a.Reason = dataVerb(l.have, a.Path, a.Data, "is not what the answers make")
	l.add(a)
}

// config adds what cfssl is told. That of an older set, whose profiles have usages
// that the keys cannot do, stays as long as its certificates do.
func (l *lister) config() {
	p := l.plan
	a := Action{Path: p.Layout.Config, Data: catalog.ConfigJSON(p.Layout, p.Cluster)}
	if p.formerConfig() && !slices.ContainsFunc(p.Certificates, func(c Certificate) bool { return c.Cert.Writes() && len(c.Unable) > 0 }) {
		a.Data = l.have[a.Path].Data
	}
	l.known(a)
}

// formerConfig reports whether the config that lies there is that of an older set.
func (p *Plan) formerConfig() bool {
	have, there := p.have[p.Layout.Config]
	return there && bytes.Equal(have.Data, catalog.FormerConfigJSON(p.Layout, p.Cluster))
}

// certificate adds the files that hold nothing but parts of one certificate.
func (l *lister) certificate(c *Certificate) {
	of := func(part catalog.Part, path string, verb Verb, reason string, mode fs.FileMode) Action {
		return Action{Path: path, Verb: verb, Reason: reason, Mode: mode, Part: part, Certificate: c.Name, CA: c.IsCA(), Rotates: l.plan.Layout.Rotates(&c.Certificate) && (c.IsCA() || c.Away == ""),
			Irreplaceable: c.IsCA() && c.AsFound,
			Moving:        l.plan.moving(c.Name),
			Away:          c.Away != "" && verb == Refuse}
	}
	if c.IsCertificate() {
		request := of(catalog.Request, c.Files.Request, Keep, "", openMode)
		request.Data = c.RequestJSON()
		l.known(request)
		l.add(of(catalog.CSR, c.Files.CSR, c.CSR, requestReason(c, l.have), openMode))
	}
	if c.Embedded() {
		return // its kubeconfigs are texts
	}
	for i, path := range c.Places(catalog.Key) {
		text, other := c.keyText(path)
		verb, reason := l.copyVerb(path, i, c.Key, keyReason(c), text, cmp.Or(other, c.moved))
		l.add(of(catalog.Key, path, verb, reason, keyMode))
	}
	for i, path := range c.Places(catalog.Public) {
		verb, reason := l.copyVerb(path, i, c.Key, keyReason(c), publicText(c), c.moved)
		l.add(of(catalog.Public, path, verb, reason, openMode))
	}
	for i, path := range c.Places(catalog.Cert) {
		verb, reason := l.copyVerb(path, i, c.Cert, c.Reason, l.plan.Fill(c, path, c.CertPEM), c.moved)
		l.add(of(catalog.Cert, path, verb, reason, openMode))
	}
	if c.Trusted() {
		l.trust(c, func(part catalog.Part, path string, verb Verb, reason string) Action {
			return of(part, path, verb, reason, openMode)
		})
	}
}

// publicText is the public half of a key that stays; nil for one yet to be made.
func publicText(c *Certificate) []byte {
	if c.OldKey == nil {
		return c.PublicPEM
	}
	text, err := pkey.EncodePublic(c.OldKey.Public())
	if err != nil {
		return nil
	}
	return text
}

// copyVerb is what happens to the i-th of the files that hold one part, where
// the part itself gets the verb, and has the text if it stays; other says why that
// is not what lies there.
func (l *lister) copyVerb(path string, i int, verb Verb, reason string, text []byte, other string) (Verb, string) {
	_, there := l.have[path]
	switch {
	case verb == Refuse:
		return verb, reason
	case verb == Keep:
		return dataVerb(l.have, path, text, cmp.Or(other, "is not what its other places hold"))
	case !there:
		if i > 0 {
			reason = ""
		}
		return Create, reason
	case verb == Create:
		return Renew, reason // the part is new, this place of it is not
	}
	return verb, reason
}

// text adds a file that is made of the answers and of finished certificates. A
// refused certificate that has no file but its kubeconfigs is refused in the first
// of them. What else hangs on a refusal stays as it is: the run stops.
func (l *lister) text(t *render.Text) error {
	a := Action{Path: t.Path, Mode: t.Mode, Part: t.Part, Certificate: t.Certificate, Text: t}
	made, refused := "", false
	for _, c := range l.needs(t) {
		if c.Key == Refuse || c.Cert == Refuse {
			refused = true
			if c.Embedded() && c.Place(catalog.Key) == t.Path {
				a.Verb, a.Reason, a.Certificate = Refuse, c.Reason, c.Name
			}
		}
		if made == "" && (c.Key != Keep || c.Cert != Keep) {
			made = c.Name
		}
	}
	if t.Part == render.Issued && l.plan.makesLeaves() {
		made = "certificates"
	}
	_, there := l.have[t.Path]
	switch {
	case a.Verb == Refuse:
	case refused && !there:
		a.Verb = Create
	case refused:
		a.Verb = Keep
	case made != "" && there:
		a.Verb, a.Reason = Renew, "holds "+made+", which is new"
		switch c := l.plan.Find(made); {
		case t.Part == render.Issued:
			a.Reason = "records what is issued"
		case t.Part == render.Revoked:
			a.Reason = made + ", which signs it, is new"
		case c.Key == Replace:
			a.Verb = Replace
		}
	case made != "":
		a.Verb = Create
	default:
		data, err := t.Render(l.plan.Kept, l.have[t.Path].Data)
		if errors.Is(err, pkey.ErrLocked) {
			a.Verb, a.Reason = over(there), "is signed anew"
			if there {
				a.Verb = Renew
			}
			for _, c := range l.needs(t) {
				c.Opens = c.Opens || c.Locked()
			}
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.Path, err)
		}
		a.Verb, a.Reason = dataVerb(l.have, t.Path, data, l.unlike(t, data))
		if t.Mode != keyMode {
			a.Data = data
		}
	}
	l.add(a)
	return nil
}

// needs are the certificates of which a text is made.
func (l *lister) needs(t *render.Text) []*Certificate {
	out := l.plan.trusted(t.Trusts)
	for _, name := range t.Needs {
		out = append(out, l.plan.Find(name))
	}
	return out
}

// Kept is the text of a part that stays as it is; nil for one yet to be made.
func (p *Plan) Kept(name string, part catalog.Part) []byte { return p.Trusting(p.kept)(name, part) }

func (p *Plan) kept(name string, part catalog.Part) []byte {
	c := p.Find(name)
	switch {
	case c == nil:
		return nil
	case part == catalog.Key && c.Key == Keep:
		return c.KeyPEM
	case part == catalog.Cert && c.Cert == Keep:
		return c.CertPEM
	case part == catalog.Public && c.Key == Keep:
		return publicText(c)
	}
	return nil
}

// sums adds the list of checksums of each node, which changes with any file of
// the node's tree.
func (l *lister) sums() {
	trees := render.Trees(l.plan.Cluster)
	files := make(map[string]map[string][]byte, len(trees)) // tree -> path in it -> bytes
	changed := map[string]bool{}
	for i := range l.out {
		a := &l.out[i]
		tree, rel := render.SplitTree(a.Path)
		if tree == "" {
			continue
		}
		if a.Verb != Keep {
			changed[tree] = true
			continue
		}
		if files[tree] == nil {
			files[tree] = map[string][]byte{}
		}
		files[tree][rel] = l.have[a.Path].Data
	}
	for _, tree := range trees {
		a := Action{Path: render.SumsPath(tree), Mode: openMode, Sums: tree}
		_, there := l.have[a.Path]
		switch {
		case changed[tree] && there:
			a.Verb, a.Reason = Renew, "files of the node change"
		case changed[tree]:
			a.Verb = Create
		default:
			a.Data = render.Sums(files[tree])
			a.Verb, a.Reason = dataVerb(l.have, a.Path, a.Data, "does not list the files as they are")
		}
		l.add(a)
	}
}

// withFolders puts an action before the first file of each folder that others
// can open and that holds secrets, and of the directory itself, which a
// run never leaves open.
func withFolders(files []Action, have store.Directory) []Action {
	secret := map[string]bool{".": true}
	for i := range files {
		if files[i].Secret() && files[i].Verb != Remove {
			secret[path.Dir(files[i].Path)] = true
		}
	}
	var loose func(folder string) []Action
	loose = func(folder string) []Action {
		var out []Action
		if folder != "." {
			out = loose(path.Dir(folder))
		}
		if file, there := have[folder]; secret[folder] && there && file.Mode.IsDir() && file.Mode.Perm()&0o077 != 0 {
			out = append(out, Action{Path: folder, Verb: Keep, Mode: folderMode, FixMode: true,
				Reason: fmt.Sprintf("holds secrets and is open to others (%04o)", file.Mode.Perm())})
		}
		delete(secret, folder) // once is enough
		return out
	}
	out := make([]Action, 0, len(files)+1)
	for _, a := range files {
		out = append(append(out, loose(path.Dir(a.Path))...), a)
	}
	return out
}

// dataVerb is what happens to a file whose bytes are known; other says what is
// wrong with others.
func dataVerb(have store.Directory, path string, data []byte, other string) (Verb, string) {
	file, there := have[path]
	switch {
	case !there:
		return Create, ""
	case bytes.Equal(file.Data, data):
		return Keep, ""
	}
	return Renew, other
}

// keyReason is the certificate's reason where it is about the key.
func keyReason(c *Certificate) string {
	if c.Key == Refuse || c.Key == Replace {
		return c.Reason
	}
	return ""
}

func requestReason(c *Certificate, have store.Directory) string {
	if c.CSR != Renew {
		return ""
	}
	if c.Key != Keep {
		return "its private key is new"
	}
	return requestDifference(have[c.Files.CSR].Data, &c.Certificate, c.OldKey.Public())
}

// wrongMode reports whether a file's mode has to be set. A key must be exactly
// 0600; of other files only what others could write or the owner could not
// read is wrong, so that an operator's stricter choice stays.
func wrongMode(have, want fs.FileMode) bool {
	if want == keyMode {
		return have.Perm() != keyMode
	}
	return have.Perm()&0o022 != 0 || have.Perm()&0o400 == 0
}

// unlike says in what the file of a text differs from what is made now.
func (l *lister) unlike(t *render.Text, data []byte) string {
	switch t.Part {
	case render.Issued:
		return "lacks what was issued or revoked"
	case render.Revoked:
		return "lists others than those that are revoked"
	}
	return unlike(l.have[t.Path].Data, data)
}

// unlike says in what a file differs from what is made now: a kubeconfig in the
// server it dials, if it is that.
func unlike(have, want []byte) string {
	if old, now := serverOf(have), serverOf(want); old != "" && now != "" && old != now {
		return fmt.Sprintf("dials %s, was %s", now, old)
	}
	return "is not what answers and certificates make"
}

// serverOf is the server that a kubeconfig dials, as we write it; "" for none, and
// for any other file.
func serverOf(text []byte) string {
	for line := range bytes.Lines(text) {
		if server, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("server: ")); ok {
			return string(server)
		}
	}
	return ""
}
