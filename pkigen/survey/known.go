package survey

import (
	"crypto/x509"
	"path/filepath"
	"strings"

	"certwright/pkigen/role"
)

// Known is the role of one certificate, told by no more than names: where it lies,
// with its folder ("pki/apiserver.crt"), and for a leaf also whom it names. It is
// nil where they do not tell: a "ca.crt" may be anybody's. config says that it
// stands in a kubeconfig.
func Known(p string, config bool, c *x509.Certificate) *role.Role {
	p = strings.TrimPrefix(filepath.ToSlash(p), "/")
	ca := c.BasicConstraintsValid && c.IsCA
	if e, machine, ok := byName(p); ok {
		ending := strings.TrimPrefix(strings.TrimPrefix(p, machine), "/")
		switch {
		case config && e.part == role.Config:
			return e.role
		case !config && (e.part == role.Cert || e.part == role.Trust) && ca == (e.role.Kind == role.Authority) && strings.Contains(ending, "/"):
			return e.role
		}
	}
	if ca {
		return nil
	}
	r, _ := named(c)
	return r
}
