// Package revoke chooses the certificates that are to be refused from now on, and says
// what a list of them does not reach.
package revoke

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/elsewhere"
)

// Question is what somebody wants to shut out of the cluster of a plan, which changes
// nothing.
type Question struct {
	Plan  *plan.Plan
	Dir   string
	Words []string                // names, kinds, nodes, files, serial numbers or SHA-256s
	Found []elsewhere.Certificate // that the set did not issue
	Now   time.Time
}

// Choice is what is refused from now on, and what is not. Its JSON form only ever grows.
type Choice struct {
	Certificates []issued.Certificate `json:"certificates"`
	Unreached    []Unreached          `json:"unreached,omitempty"`
	// NotShutOut are nodes whose kubelets have certificates from the cluster itself, of
	// which none was found.
	NotShutOut []string `json:"notShutOut,omitempty"`
	// PassedOver are certificates that were found and are not of those that were asked for.
	PassedOver []string `json:"passedOver,omitempty"`
	// Beyond is what no list reaches, whoever is on it.
	Beyond []string `json:"beyond,omitempty"`
	// Leaks are keys that somebody else may have, where that was the question.
	Leaks []Leak `json:"leaks,omitempty"`

	already int // how many were revoked before
}

// Unreached is a certificate of those that were asked for that no list shuts out.
type Unreached struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Choose finds what the words mean. An error says which of them means nothing, or that no
// list shuts out any of it.
func Choose(q Question) (*Choice, error) {
	record := q.Plan.Issued()
	if record == nil {
		return nil, &plan.NotPreparedError{}
	}
	c := &Choice{Certificates: []issued.Certificate{}, Beyond: beyond}
	users := map[string]string{} // CNs that may come from elsewhere -> names
	for _, word := range q.Words {
		if err := c.take(&q, record, word, users); err != nil {
			return nil, err
		}
	}
	c.elsewhere(&q, users)
	c.sort()
	if len(c.Certificates) == 0 && len(c.Unreached) > 0 && c.already == 0 {
		return nil, fmt.Errorf("no list shuts out %s: %s", c.Unreached[0].Name, c.Unreached[0].Why)
	}
	return c, nil
}

// take adds what one word means.
func (c *Choice) take(q *Question, record *issued.Record, word string, users map[string]string) error {
	matches := q.matches(record, word)
	node := q.isNode(record, word)
	if node {
		users["system:node:"+word] = word + "/" + id.KubeletClient
	}
	if matches == nil && !node {
		names, err := plan.Select(q.certificates(), q.Dir, word)
		for _, name := range names { // CAs
			c.Unreached = append(c.Unreached, q.unreached(name))
		}
		return err
	}
	for _, m := range matches {
		entry := q.entry(m.Name)
		switch {
		case m.IsRevoked():
			c.already++
		case m.Expired(q.Now):
		case entry == nil:
			c.Certificates = append(c.Certificates, m) // by another hand; its SHA-256 is known
		case !entry.Leak.By.Listed():
			c.Unreached = append(c.Unreached, q.unreached(m.Name))
		default:
			c.Certificates = append(c.Certificates, m)
			if s := q.subject(m.Name); s != "" {
				users[s] = m.Name
			}
		}
	}
	if node && q.selfIssued(word) {
		c.NotShutOut = append(c.NotShutOut, word)
	}
	return nil
}

// unreached says why no list shuts a certificate out.
func (q *Question) unreached(name string) Unreached {
	why := "nobody asks a list about it"
	if e := q.entry(name); e != nil && len(e.Leak.Not) > 0 {
		why = e.Leak.Not[0]
	}
	return Unreached{name, why}
}

// matches are the certificates of the record that a word means; nil for none.
func (q *Question) matches(record *issued.Record, word string) []issued.Certificate {
	names := map[string]bool{}
	if list, err := plan.Select(q.certificates(), q.Dir, word); err == nil {
		for _, n := range list {
			names[n] = true
		}
	}
	sum := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(word, "X509SHA256="), ":", ""))
	for _, match := range []func(*issued.Certificate) bool{
		func(m *issued.Certificate) bool { return m.SHA256 == sum || m.Serial == strings.TrimLeft(sum, "0") },
		func(m *issued.Certificate) bool { return m.Name == word },
		func(m *issued.Certificate) bool { return names[m.Name] || strings.HasPrefix(m.Name, word+"/") },
	} {
		var out []issued.Certificate
		for _, m := range record.All() {
			if match(&m) {
				out = append(out, m)
			}
		}
		if out != nil {
			return out
		}
	}
	return nil
}

// isNode reports whether a word is a node, of now or before.
func (q *Question) isNode(record *issued.Record, word string) bool {
	return slices.ContainsFunc(q.Plan.Cluster.Nodes, func(n spec.Node) bool { return n.Name == word }) ||
		slices.ContainsFunc(record.All(), func(m issued.Certificate) bool { return strings.HasPrefix(m.Name, word+"/") })
}

// selfIssued reports whether the kubelet of a node may have certificates that the cluster
// has issued: it renews by itself, or nobody here has made the one that it has.
func (q *Question) selfIssued(node string) bool {
	c := q.Plan.Cluster
	return c.Bootstraps() || c.SignCSRs || q.Plan.Layout.AsFound
}

func (q *Question) certificates() []catalog.Certificate {
	out := make([]catalog.Certificate, len(q.Plan.Certificates))
	for i := range q.Plan.Certificates {
		out[i] = q.Plan.Certificates[i].Certificate
	}
	return out
}

// entry is that of a name of the record, also of a node that is gone; nil for none.
func (q *Question) entry(name string) *catalog.Entry {
	if c := q.Plan.Find(name); c != nil {
		return c.Entry
	}
	_, kind, of := strings.Cut(name, "/")
	if !of {
		kind = name
	}
	return catalog.CatalogueEntry(kind)
}

// subject is the CN of a certificate of the set; "" for one that the plan does not have.
func (q *Question) subject(name string) string {
	if c := q.Plan.Find(name); c != nil {
		return c.Subject.CN
	}
	return ""
}

// elsewhere adds what was found of the users that were asked for; without any word all of
// it. What another CA has signed opens nothing here.
func (c *Choice) elsewhere(q *Question, users map[string]string) {
	signer := q.Plan.Layout.CA(catalog.Kubernetes)
	ca := q.Plan.Find(signer)
	for _, f := range q.Found {
		name, asked := users[f.User]
		switch {
		case len(q.Words) > 0 && !asked:
			c.PassedOver = append(c.PassedOver, fmt.Sprintf("%s: %s, who was not asked for", f.File, f.User))
			continue
		case f.Cert != nil && (ca == nil || ca.OldCert == nil || !pkey.Signed(f.Cert, ca.OldCert)):
			c.PassedOver = append(c.PassedOver, fmt.Sprintf("%s: %s, whom %s has not signed", f.File, f.User, signer))
			continue
		}
		if name == "" {
			name = strings.Map(wordly, cmp.Or(f.User, "unknown"))
		}
		is := issued.Certificate{Name: name, Signer: signer, SHA256: f.SHA256}
		if f.Cert != nil {
			is = issued.Of(name, signer, f.Cert)
		}
		c.Certificates = append(c.Certificates, is)
		c.NotShutOut = slices.DeleteFunc(c.NotShutOut, func(n string) bool { return "system:node:"+n == f.User })
	}
}

// wordly keeps a user one word in the record.
func wordly(r rune) rune {
	if r <= ' ' || r == 0x7f {
		return '_'
	}
	return r
}

func (c *Choice) sort() {
	seen := map[string]bool{}
	c.Certificates = slices.DeleteFunc(c.Certificates, func(m issued.Certificate) bool {
		key := cmp.Or(m.SHA256, m.Signer+" "+m.Serial)
		was := seen[key]
		seen[key] = true
		return was
	})
	named := map[string]bool{}
	c.Unreached = slices.DeleteFunc(c.Unreached, func(u Unreached) bool {
		was := named[u.Name]
		named[u.Name] = true
		return was
	})
}

// beyond is what no list of revoked certificates reaches.
var beyond = []string{
	"the group system:masters, since kube-apiserver asks nobody about it",
	"the front proxy: whom it speaks for has no certificate",
	"serving certificates: their clients read no list",
	"watches that are open: restart each kube-apiserver, and etcd for its open connections",
	"members of etcd: a false one goes by etcdctl member remove",
}

// ByHand is what has to be done on the nodes once the lists are there, beside copying them:
// in an adopted directory all of it.
func ByHand(p *plan.Plan) []string {
	files := p.Layout.Revocation(p.Cluster)
	var config, crl bool
	for i := range p.Files {
		a := &p.Files[i]
		config = config || a.Verb.Writes() && slices.Contains(files.Configs, a.Path)
		crl = crl || a.Verb.Writes() && slices.Contains(files.CRLs, a.Path)
	}
	var out []string
	if p.Layout.AsFound {
		out = adoptedSteps(files, config, crl)
	}
	if p.Revokes() && config {
		out = append(out, "to end watches that are open, restart kube-apiserver on one control-plane node after another")
	}
	if p.Revokes() && crl {
		out = append(out, "to end connections to etcd that are open, restart etcd on one member after another")
	}
	return out
}

// adoptedSteps bring the files to programs that are told of them by their owner.
func adoptedSteps(files *issued.Files, config, crl bool) []string {
	var out []string
	if config {
		out = append(out, fmt.Sprintf("copy %s and %s to /etc/kubernetes of each control-plane node, under another name first, and move them into place; "+
			"the first time kube-apiserver is told %s=/etc/kubernetes/authorization.yaml in place of --authorization-mode, with the folder mounted into its pod, and restarted (Kubernetes 1.32 or later)",
			files.Configs[0], files.Webhooks[0], issued.ConfigFlag))
	}
	if crl {
		out = append(out, fmt.Sprintf("copy %s to the folder of etcd's certificates on each member, as revoked.crl, under another name first, and move it into place: "+
			"half a list refuses everybody; the first time etcd is told %s with its path, and restarted", files.CRLs[0], issued.CRLFlag))
	}
	return out
}
