package explain

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/judging/findings"
)

// Finding is one thing in a directory that is behind an error: what a check of
// one of the error's causes found there, or the certificate that the text speaks of.
type Finding struct {
	Check   CheckID    `json:"check,omitempty"`
	File    string     `json:"file"`
	What    string     `json:"what"`
	Fix     string     `json:"mend"`
	Command shell.Line `json:"command,omitempty"`
}

// Weigh adds what was found in a directory, and puts the causes first that it
// speaks for.
func (x *Explanation) Weigh(found []Finding) {
	x.Findings = found
	rank := func(c Cause) int {
		i := slices.IndexFunc(found, func(f Finding) bool { return c.Check != "" && f.Check == c.Check })
		if i < 0 {
			return len(found)
		}
		return i
	}
	slices.SortStableFunc(x.Causes, func(a, b Cause) int { return rank(a) - rank(b) })
}

// Describes says by what a text speaks of a certificate, and which cause that is:
// its serial number, its names or its dates; "" where it does not.
func (m *Match) Describes(c *x509.Certificate) (what string, cause CheckID) {
	v := m.Values
	switch {
	case v["sn"] != "":
		if v["sn"] == c.SerialNumber.String() {
			return "has the serial number that the text quotes, " + v["sn"], m.Entry.Causes[0].Check
		}
	case v["wanted"] != "" && (sameNames(v["names"], c) || sameNames(v["dns"], c)):
		return fmt.Sprintf("is the certificate that the text speaks of: it is for %s, and not for %s", cmp.Or(v["names"], v["dns"]), v["wanted"]), findings.SANMissing
	case sameTime(v["until"], c.NotAfter):
		return "is the certificate that the text speaks of: it expired on " + v["until"], findings.Expired
	case sameTime(v["from"], c.NotBefore):
		return "is the certificate that the text speaks of: it is valid from " + v["from"] + " on", findings.NotYetValid
	}
	return "", ""
}

// sameNames reports whether a list is that of the addresses or the DNS names of a
// certificate: Go quotes the ones or the others, by what was dialled.
func sameNames(list string, c *x509.Certificate) bool {
	if list == "" {
		return false
	}
	var addresses []string
	for _, ip := range c.IPAddresses {
		addresses = append(addresses, ip.String())
	}
	names := strings.Split(list, ", ")
	slices.Sort(names)
	return slices.Equal(names, slices.Sorted(slices.Values(addresses))) || slices.Equal(names, slices.Sorted(slices.Values(c.DNSNames)))
}

func sameTime(text string, t time.Time) bool {
	said, err := time.Parse(time.RFC3339, text)
	return err == nil && said.Equal(t)
}

// Names reports whether a text names a file: by its path on a machine, or as
// kubeadm calls a certificate.
func (m *Match) Names(file string) bool {
	path, cert := m.Values["path"], m.Values["cert"]
	return path != "" && strings.HasSuffix("/"+path, "/"+file) || cert != "" && strings.HasSuffix("/"+file, "/"+cert+".crt")
}

// InDomain reports whether a certificate of a domain ("kubernetes", "etcd",
// "front-proxy") takes part in the connection that a match is about.
func (m *Match) InDomain(domain string) bool {
	return len(m.Source.Connections) == 0 || slices.ContainsFunc(connections, func(c connection) bool {
		return c.domain == domain && slices.Contains(m.Source.Connections, c.id)
	})
}

// Shows reports whether the certificate that the other side shows is the one that
// a flag names.
func (m *Match) Shows(flag string) bool {
	_, peer := m.ends()
	return strings.Contains(peer.shows, "("+flag+")")
}
