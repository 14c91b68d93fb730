package plan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/bootstrap"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/store"
)

// soon is how long before its end a certificate that is kept is worth a warning.
const soon = 30 * 24 * time.Hour

// warnings are sentences about the whole directory, most urgent first.
func warnings(p *Plan, have store.Directory, now time.Time, opt Options) []string {
	var out []string
	for _, name := range opt.ReplaceKeys {
		if c := p.Find(name); c.Key == Keep {
			out = append(out, fmt.Sprintf("%s is not replaced: it fits the answers, and the word only allows what they need; move the file away to get a new key", c.Place(catalog.Key)))
		}
	}
	out = append(out, underWay(p)...)
	for i := range p.Certificates {
		out = append(out, authorityWarnings(&p.Certificates[i])...)
	}
	out = append(out, otherSignerWarning(p)...)
	out = append(out, keysAway(p)...)
	out = append(out, halfALock(p)...)
	out = append(out, endedTokens(p, now)...)
	if p.Cluster.Bootstrap == spec.BootstrapDone && p.NothingThere() {
		out = append(out, "no kubelet can join: tlsBootstrap says that all have, and so there is no token; choose secret or file for a new cluster")
	}
	out = append(out, looseSecrets(p, have)...)
	out = append(out, lostGroups(p, have)...)
	out = append(out, lostNames(p)...)
	out = append(out, unknownNodes(opt.UnknownNodes)...)
	out = append(out, renewalWarnings(p, opt)...)
	if list := pick(p, func(c *Certificate) bool {
		return c.IsCertificate() && c.Cert == Keep && c.NotAfter.Sub(now) < soon
	}); len(list) > 0 {
		out = append(out, fmt.Sprintf("kept, though near their expiry: %s", endings(list)))
	}
	if list := pick(p, func(c *Certificate) bool { return c.Cut && c.Cert != Keep && c.Cert != Refuse }); len(list) > 0 {
		text := fmt.Sprintf("cut to the end of the CA, which is earlier than the profile says: %s", endings(list))
		if signers := keptSigners(p, list); len(signers) > 0 {
			text += fmt.Sprintf("; renew %s as well, by that name, and they last as long as the profile says: a CA that is renewed keeps its key", strings.Join(signers, ", "))
		}
		out = append(out, text)
	}
	for _, c := range pick(p, func(c *Certificate) bool { return c.Subject.O == catalog.Masters && c.Cert.Writes() }) {
		out = append(out, fmt.Sprintf("%s is in %s: nothing but a new CA takes this access away before %s", c.Name, catalog.Masters, day(c.NotAfter)))
	}
	return out
}

func authorityWarnings(c *Certificate) []string {
	switch {
	case c.Entry.Kind == catalog.KeyPair && (c.Key == Replace || c.Key == Create && c.Away != ""):
		return []string{fmt.Sprintf("%s becomes another key pair: no token that the old one signed is taken any more (401), so restart what runs with one: first the API servers and controllers, then every pod that dials the API", c.Name)}
	case !c.IsCA():
		return nil
	case c.Key == Replace || c.Cert == Replace:
		return []string{fmt.Sprintf("%s becomes another CA: nothing that trusts the old %s takes the new certificates until it has the new one",
			c.Name, c.Place(catalog.Cert))}
	case c.KeepSerial:
		return []string{fmt.Sprintf("%s is rewritten for its old key and keeps its serial number, by which certificates that OpenSSL made name it: what it signed stays valid, and every component needs the new file before the old one ends",
			c.Place(catalog.Cert))}
	case c.Cert == Renew:
		return []string{fmt.Sprintf("%s is rewritten for its old key: what it signed stays valid, and every component needs the new file before the old one ends",
			c.Place(catalog.Cert))}
	}
	return nil
}

// otherSignerWarning tells of certificates that come from another CA than until now, which
// nobody replaces in stages: as those of etcd where one CA takes the place of three.
func otherSignerWarning(p *Plan) []string {
	moves := map[string]bool{}
	for _, m := range p.Moves {
		moves[m.Name] = true
	}
	from := pick(p, func(c *Certificate) bool {
		ca := p.Find(c.Signer)
		return !c.IsCA() && c.Cert.Writes() && c.OldCert != nil && ca.Key == Keep && ca.OldCert != nil && !moves[ca.Name] &&
			len(c.OldCert.AuthorityKeyId) > 0 && len(ca.OldCert.SubjectKeyId) > 0 && !bytes.Equal(c.OldCert.AuthorityKeyId, ca.OldCert.SubjectKeyId)
	})
	if len(from) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("signed by another CA than until now, in one step: %s; whoever trusts the old one alone refuses them, and while nodes differ, members of etcd and API servers refuse each other; for a cluster that runs make a directory of its own",
		list(nameList(from)))}
}

// endedTokens tells of bootstrap tokens that no API server takes any more. They
// are kept: most clusters have all their nodes by then, and a new token would
// change files on each of them.
func endedTokens(p *Plan, now time.Time) []string {
	var out []string
	for _, c := range pick(p, func(c *Certificate) bool { return c.Entry.Kind == catalog.Token && c.Key == Keep }) {
		if t, err := bootstrap.Parse(c.KeyPEM); err == nil && now.After(t.Ends) && p.Cluster.Bootstrap == spec.BootstrapSecret {
			out = append(out, fmt.Sprintf("the bootstrap token expired on %s; to join more nodes, delete %s, and a new one is made",
				day(t.Ends), c.Place(catalog.Key)))
		}
	}
	return out
}

// lostNames tells which names a certificate gives up: whoever dials the server
// by one of them is refused from then on.
func lostNames(p *Plan) []string {
	var out []string
	for _, c := range pick(p, func(c *Certificate) bool { return !c.IsCA() && c.Cert.Writes() && c.OldCert != nil }) {
		if gone := without(certNames(c.OldCert).all(), wantedNames(c.Hosts).all()); len(gone) > 0 {
			out = append(out, fmt.Sprintf("%s loses the names %s: clients that dial by them are refused then", c.Name, list(gone)))
		}
	}
	return out
}

// unknownNodes tells of trees that a run leaves as they are, keys included: nodes
// whose lines went out of the answers, or answers of another cluster.
func unknownNodes(nodes []string) []string {
	if len(nodes) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("below %s/ lie files of nodes that the answers do not have: %s. They stay, keys included: certwright change takes nodes out with their files, and a folder of one that is gone can be deleted",
		catalog.NodesFolder, list(nodes))}
}

// looseSecrets tells of secrets that others could read: setting the mode does not undo that.
func looseSecrets(p *Plan, have store.Directory) []string {
	var paths []string
	for i := range p.Files {
		if a := &p.Files[i]; a.Secret() && have[a.Path].Mode.Perm()&0o077 != 0 {
			paths = append(paths, fmt.Sprintf("%s (%04o)", a.Path, have[a.Path].Mode.Perm()))
		}
	}
	if len(paths) == 0 {
		return nil
	}
	return []string{"others on this machine could read or write secrets until now: " + list(paths)}
}

// lostGroups tells of what was open to a group in an adopted directory, often on
// purpose: a program of another user reads its key by it.
func lostGroups(p *Plan, have store.Directory) []string {
	if !p.Layout.AsFound {
		return nil
	}
	var paths []string
	for i := range p.Files {
		a := &p.Files[i]
		if was := have[a.Path].Mode.Perm(); (a.FixMode || a.Verb.Writes()) && was&0o070 != 0 && was&0o007 == 0 && a.Mode.Perm()&0o070 == 0 {
			paths = append(paths, fmt.Sprintf("%s (%04o)", a.Path, was))
		}
	}
	if len(paths) == 0 {
		return nil
	}
	return []string{"open to a group until now, and not any more, so a program that reads them by its group cannot: " + list(paths)}
}

func pick(p *Plan, ok func(*Certificate) bool) []*Certificate {
	var out []*Certificate
	for i := range p.Certificates {
		if ok(&p.Certificates[i]) {
			out = append(out, &p.Certificates[i])
		}
	}
	return out
}

// keptSigners are the CAs of certificates, where they stay as they are.
func keptSigners(p *Plan, certs []*Certificate) []string {
	var out []string
	for _, c := range certs {
		if ca := p.Find(c.Signer); ca != nil && ca.Cert == Keep && !ca.Intermediate() && !slices.Contains(out, ca.Name) {
			out = append(out, ca.Name)
		}
	}
	return out
}

func nameList(certs []*Certificate) []string {
	parts := make([]string, len(certs))
	for i, c := range certs {
		parts[i] = c.Name
	}
	return parts
}

func endings(certs []*Certificate) string {
	parts := make([]string, len(certs))
	for i, c := range certs {
		parts[i] = c.Name + " on " + day(c.NotAfter)
	}
	return list(parts)
}

// list joins the first few of what may be thousands.
func list(parts []string) string { return spec.List(parts, 8) }
