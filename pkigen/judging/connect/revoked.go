package connect

import (
	"crypto/x509"
	"regexp"
	"sync"

	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/programs"
)

var (
	denied = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`X509SHA256=([0-9a-f]{64})`) })
	types  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*(?:-\s+)?type:\s*"?(\w+)`) })
)

// modes are the ways in which an API server finds out who may do what, by its flag or by
// the file that it is told of in its place.
func (b *builder) modes(server *programs.Program) []string {
	config := b.file(server.File(issued.ConfigFlag))
	if config.Data == nil {
		return server.List("--authorization-mode")
	}
	var out []string
	for _, m := range types().FindAllSubmatch(config.Data, -1) {
		out = append(out, string(m[1]))
	}
	return out
}

// denies finds certificates on the deny list of an API server; nil where it has none.
func (b *builder) denies(server *programs.Program) func(*x509.Certificate) string {
	config := b.file(server.File(issued.ConfigFlag))
	sums := map[string]bool{}
	for _, m := range denied().FindAllSubmatch(config.Data, -1) {
		sums[string(m[1])] = true
	}
	return listed(len(sums) > 0, config.Path, func(c *x509.Certificate) bool { return sums[issued.Sum(c)] })
}

// revokes finds certificates on the CRL of a member of etcd, which asks for serial numbers
// alone; nil where it has none.
func (b *builder) revokes(member *programs.Program) func(*x509.Certificate) string {
	file := b.file(member.File(issued.CRLFlag))
	list, err := pkey.ParseRevocationList(file.Data)
	if err != nil {
		return nil
	}
	serials := map[string]bool{}
	for _, e := range list.RevokedCertificateEntries {
		serials[e.SerialNumber.String()] = true
	}
	return listed(len(serials) > 0, file.Path, func(c *x509.Certificate) bool { return serials[c.SerialNumber.String()] })
}

func listed(any bool, path string, has func(*x509.Certificate) bool) func(*x509.Certificate) string {
	if !any {
		return nil
	}
	return func(c *x509.Certificate) string {
		if has(c) {
			return path
		}
		return ""
	}
}
