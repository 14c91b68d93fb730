package revoke

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/leak"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/walk"
)

// Leak is a private key or a token that somebody else may have.
type Leak struct {
	Name  string    `json:"name"`
	Title string    `json:"title"`
	Opens string    `json:"opens"`         // what its holder can do
	Ends  time.Time `json:"ends,omitzero"` // when that is over by itself; zero for never
	By    leak.By   `json:"by"`            // what shuts him out
	Soon  string    `json:"soon"`          // how fast
	Else  []string  `json:"else,omitempty"`
	Not   []string  `json:"not,omitempty"`
	Look  []string  `json:"look,omitempty"`
	// Then are commands that go on where this run alone does not shut him out.
	Then []shell.Line `json:"then,omitempty"`

	kind    catalog.Kind
	signer  string
	current *issued.Certificate // of a leaf
}

// Alike reports whether what is said of two leaks is the same but for the name.
func (l *Leak) Alike(o *Leak) bool {
	return l.Opens == o.Opens && l.By == o.By && l.Soon == o.Soon && l.Ends.Equal(o.Ends) && slices.Equal(l.Then, o.Then) &&
		slices.Equal(l.Not, o.Not) && slices.Equal(l.Look, o.Look) && slices.Equal(l.Else, o.Else)
}

// Response is what is done about leaks, in one run.
type Response struct {
	Choice
	// Revoke, Renew and Rotate are what the run does: one of them, or nothing.
	Revoke *plan.Revocation
	Renew  *plan.Renewal
	Rotate *plan.Rotation
}

// Respond says of keys by words, which are names, kinds, nodes or files, what their holder
// can do, and what is to be done. An error says which word means nothing.
func Respond(q Question) (*Response, error) {
	r := &Response{}
	for _, word := range q.Words {
		names, err := q.keys(word)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if !slices.ContainsFunc(r.Leaks, func(l Leak) bool { return l.Name == name }) {
				r.Leaks = append(r.Leaks, q.leak(q.Plan.Find(name)))
			}
		}
	}
	r.decide(&q)
	return r, nil
}

// keys are the certificates, pairs and tokens whose secret a word means.
func (q *Question) keys(word string) ([]string, error) {
	var on []string
	for i := range q.Plan.Certificates {
		c := &q.Plan.Certificates[i]
		if slices.ContainsFunc(secrets(&c.Certificate), func(p string) bool { node, _ := catalog.SplitNode(p); return node == word }) || c.Node == word {
			on = append(on, c.Name)
		}
	}
	if on != nil {
		return on, nil
	}
	var not *plan.NotRenewableError
	names, err := plan.Select(q.certificates(), q.Dir, word)
	switch {
	case err == nil:
		return names, nil
	case errors.As(err, &not):
		return []string{not.Name}, nil
	}
	if file, readErr := walk.ReadFile(word); readErr == nil {
		if names := q.holding(file); len(names) > 0 {
			return names, nil
		}
		return nil, fmt.Errorf("%q holds no key of this set: name one of its certificates, a node or one of its files", word)
	}
	return nil, err
}

// secrets are the files that hold a secret of a certificate.
func secrets(c *catalog.Certificate) []string {
	out := c.Places(catalog.Key)
	if c.Entry.Kind == catalog.Token {
		out = append(out, c.Places(catalog.Config)...)
	}
	return out
}

// holding are the certificates whose key is in a text from elsewhere, or whose certificate
// is: a private key, a kubeconfig, or a PEM file of both.
func (q *Question) holding(text []byte) []string {
	if k, err := kubeconfig.Parse(text); err == nil {
		text = slices.Concat(k.Cert, k.Key)
	}
	certs, _ := pkey.Certificates(text)
	key, _ := plan.ParsePrivateKey(text)
	var out []string
	for i := range q.Plan.Certificates {
		c := &q.Plan.Certificates[i]
		same := c.OldKey != nil && key != nil && pkey.Same(c.OldKey.Public(), key.Public())
		for _, cert := range certs {
			same = same || c.OldCert != nil && pkey.Same(c.OldCert.PublicKey, cert.PublicKey)
		}
		if same {
			out = append(out, c.Name)
		}
	}
	return out
}

// leak is what is known of one.
func (q *Question) leak(c *plan.Certificate) Leak {
	e := c.Entry
	of := strings.NewReplacer("NODE", cmp.Or(c.Node, "NODE")).Replace
	all := func(list []string) (out []string) {
		for _, s := range list {
			out = append(out, of(s))
		}
		return out
	}
	l := Leak{Name: c.Name, Title: e.Title, Opens: of(e.Opens), By: e.Leak.By, Soon: e.Leak.Soon, Else: all(e.Leak.Else), Not: all(e.Leak.Not), Look: all(e.Leak.Look),
		kind: e.Kind, signer: c.Signer}
	if c.OldCert != nil {
		l.Ends = c.OldCert.NotAfter.UTC()
		is := issued.Of(c.Name, c.Signer, c.OldCert)
		l.current = &is
	}
	if e.Leak.By.Listed() && q.Plan.Issued() == nil {
		l.Soon = "nothing yet: no program is told of a list; " + l.Soon
		l.Then = append(l.Then, shell.Command("certwright generate --dir").File(q.Dir).Own("--set revocation=ready"),
			shell.Command("certwright revoke").File(q.Dir).Word(c.Name))
	}
	if e.Kind == catalog.Token {
		l.Then = append(l.Then, shell.Command("kubectl delete -f").File(path.Join(q.Dir, catalog.TokenManifest)), shell.Command("certwright change").File(q.Dir).Own("--end-bootstrap"))
	}
	return l
}

// decide finds what one run can do: refuse certificates and give their owners new keys, new
// keys alone, or the first stage of another CA or pair. What is left is said by commands.
func (r *Response) decide(q *Question) {
	var leaves []issued.Certificate
	var names []string
	for i := range r.Leaks {
		if l := &r.Leaks[i]; l.kind == catalog.Leaf && l.current != nil {
			leaves, names = append(leaves, *l.current), append(names, l.Name)
		}
	}
	switch {
	case len(leaves) > 0 && q.Plan.Issued() != nil:
		r.Certificates, r.Beyond = leaves, beyond
		r.Revoke = &plan.Revocation{At: q.Now, Certificates: leaves}
	case len(leaves) > 0:
		r.Renew = &plan.Renewal{Names: names, NewKeys: true}
	}
	for i := range r.Leaks {
		l := &r.Leaks[i]
		if l.By != leak.Rotation {
			continue
		}
		name := l.Name
		if l.kind == catalog.Leaf {
			name = l.signer
		}
		if at := q.Plan.Stage(name); len(leaves) == 0 && len(r.Leaks) == 1 && at == plan.Steady && q.Plan.Layout.PerNode {
			r.Rotate = &plan.Rotation{Name: name, To: plan.Widened}
			continue
		}
		l.Then = append(l.Then, shell.Command("certwright rotate").File(q.Dir).Word(name).Own("--next"))
	}
}
