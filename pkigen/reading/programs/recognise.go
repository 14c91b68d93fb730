package programs

import (
	"bytes"
	"crypto/x509"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
)

// Other is the role of certificates that play none here.
var Other = &catalog.Entry{Name: "other", Kind: catalog.Leaf, Title: "a certificate of no role that is known here"}

// Recognise says which role a certificate has by what it is: its subject, its
// usages, its names; Other for none. node is the node that it names.
func Recognise(c *x509.Certificate) (r *catalog.Entry, node string) {
	if IsCA(c) {
		return FindRole(authorityOf(c)), ""
	}
	if r, node = Named(c); r != nil {
		return r, node
	}
	switch server, client := Purposes(c); {
	case bytes.Equal(c.RawSubject, c.RawIssuer): // nobody's but its own
	case server && client && loopback(c):
		return FindRole(id.EtcdServer), c.Subject.CommonName
	case server && len(c.DNSNames)+len(c.IPAddresses) > 0 && strings.HasPrefix(c.Subject.CommonName, "etcd"):
		return FindRole(id.EtcdServer), ""
	}
	return Other, ""
}

// Named says which role a leaf has by whom it names; nil for none.
func Named(c *x509.Certificate) (r *catalog.Entry, node string) {
	server, client := Purposes(c)
	cn := c.Subject.CommonName
	if name, ok := CutFold(cn, "system:node:"); ok {
		if client || !server {
			return FindRole(id.KubeletClient), name
		}
		return FindRole(id.KubeletServer), name
	}
	if server && slices.ContainsFunc(c.DNSNames, func(n string) bool { return n == "kubernetes.default" || n == "kubernetes.default.svc" }) {
		return FindRole(id.APIServer), ""
	}
	for i := range Kubeadm.Entries {
		p := &Kubeadm.Entries[i]
		if p.Kind == catalog.Leaf && !p.Each && p.Subject(catalog.Everything(stand, ""), nil).CN == cn {
			return &p.Entry, ""
		}
	}
	switch r := known(c); {
	case r == nil || slices.Contains(r.Purposes, catalog.Client) || server:
		return r, ""
	case r.Name == id.APIServer && authorityNamed(c.Issuer.CommonName) == id.EtcdCA: // by kops' names
		return FindRole(id.APIServerEtcdClient), ""
	}
	return nil, "" // a client that has the name of a server
}

// known finds the role by the identities that others than kubeadm give: a group says more
// than a name.
func known(c *x509.Certificate) (byName *catalog.Entry) {
	for i := range Kubeadm.Entries {
		r := &Kubeadm.Entries[i].Entry
		switch {
		case r.KnownGroup != "" && slices.Contains(c.Subject.Organization, r.KnownGroup):
			return r
		case byName == nil && slices.Contains(r.Known, c.Subject.CommonName):
			byName = r
		}
	}
	return byName
}

// authorityOf says which CA it is by its name: nothing else tells.
func authorityOf(c *x509.Certificate) string { return authorityNamed(c.Subject.CommonName) }

func authorityNamed(cn string) string {
	cn = strings.ReplaceAll(strings.ToLower(cn), "-", "")
	for i := range Kubeadm.Entries {
		r := &Kubeadm.Entries[i].Entry
		if slices.ContainsFunc(r.Words, func(word string) bool { return strings.Contains(cn, word) }) {
			return r.Name
		}
	}
	return id.CA
}

// Purposes are the two sides of a handshake that a certificate may stand on. One
// without extended usages may stand on both (RFC 5280, 4.2.1.12).
func Purposes(c *x509.Certificate) (server, client bool) {
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
		return true, true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth), slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
}

// kubeletCA is the name of the CA that a kubelet makes up for its own certificate,
// and of which it keeps no file: NODE-ca@SECONDS
// (k8s.io/client-go/util/cert, GenerateSelfSignedCertKeyWithFixtures).
var kubeletCA = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^.+-ca@\d+$`) })

// SelfMade tells of a serving certificate that a kubelet has made for itself, since
// nobody gave it one: nobody can check it.
func SelfMade(leaf *x509.Certificate) bool {
	return kubeletCA().MatchString(leaf.Issuer.CommonName) || pkey.Signed(leaf, leaf)
}

// IsCA tells a CA.
func IsCA(c *x509.Certificate) bool { return pkey.IsCA(c) }

// loopback reports whether it names the machine itself, as etcd's certificates do.
func loopback(c *x509.Certificate) bool {
	return slices.Contains(c.DNSNames, "localhost") || slices.ContainsFunc(c.IPAddresses, net.IP.IsLoopback)
}

// CutFold cuts a prefix in any case of letters.
func CutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// FindRole is a role of the catalogue by its name; nil for none.
func FindRole(name string) *catalog.Entry {
	for i := range Kubeadm.Entries {
		if Kubeadm.Entries[i].Name == name {
			return &Kubeadm.Entries[i].Entry
		}
	}
	return nil
}
