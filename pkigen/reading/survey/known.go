package survey

import (
	"crypto/x509"
	"path/filepath"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/reading/programs"
)

// Known is the role of one certificate, told by no more than names: where it lies,
// with its folder ("pki/apiserver.crt"), and for a leaf also whom it names. It is
// nil where they do not tell: a "ca.crt" may be anybody's. config says that it
// stands in a kubeconfig.
func Known(p string, config bool, c *x509.Certificate) *catalog.Entry {
	p = strings.TrimPrefix(filepath.ToSlash(p), "/")
	ca := programs.IsCA(c)
	if e, machine, ok := programs.ByName(p); ok {
		ending := strings.TrimPrefix(strings.TrimPrefix(p, machine), "/")
		switch {
		case config && e.Part == catalog.Config:
			return e.Entry
		case !config && (e.Part == catalog.Cert || e.Part == catalog.Trust) && ca == (e.Entry.Kind == catalog.Authority) && strings.Contains(ending, "/"):
			return e.Entry
		}
	}
	if ca {
		return nil
	}
	r, _ := programs.Named(c)
	return r
}
