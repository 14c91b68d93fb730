package check

import (
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/survey"
)

const apiserver = "kube-apiserver"

// frontProxies asks that the front proxy be told apart from ordinary clients: by
// a CA of its own, or by a name that is set apart. Where no API server's flags
// are known, its file is held against the CA of clients all the same.
func (c *checker) frontProxies() {
	told := false
	for _, m := range c.site.Machines() {
		name := c.site.Setting(m, apiserver, "--requestheader-client-ca-file")
		told = told || name != "" || c.site.Setting(m, apiserver, "--client-ca-file") != "" // of no CA for headers it believes none
		if name == "" || c.site.Setting(m, apiserver, "--requestheader-allowed-names") != "" {
			continue
		}
		proxies, clients := c.site.Resolve(m, "", name), c.site.Resolve(m, "", c.site.Setting(m, apiserver, "--client-ca-file"))
		if overlap(certsOf(proxies), c.clientCAs(clients)) {
			c.add(findings.FrontProxyShared, proxies.Path, c.seatAt(proxies.Path))
		}
	}
	if told {
		return
	}
	for _, seat := range c.site.Seats {
		if seat.Entry.Name == "front-proxy-ca" && overlap(certsOf(seat.Cert), c.clientCAs(survey.Place{})) {
			c.addAs(Warning, findings.FrontProxyShared, seat.Cert.Path, seat)
		}
	}
}

func certsOf(p survey.Place) []*x509.Certificate {
	if p.File == nil {
		return nil
	}
	return p.File.Certs(p.Field)
}

// clientCAs are the CAs of ordinary clients: those of a file, or else the CA of
// the directory.
func (c *checker) clientCAs(file survey.Place) []*x509.Certificate {
	if file.File != nil {
		return certsOf(file)
	}
	if ca := c.signers[catalog.Kubernetes]; ca != nil {
		return certsOf(ca.Cert)
	}
	return nil
}

func overlap(a, b []*x509.Certificate) bool {
	return slices.ContainsFunc(a, func(x *x509.Certificate) bool {
		return slices.ContainsFunc(b, func(y *x509.Certificate) bool { return pkey.Same(x.PublicKey, y.PublicKey) })
	})
}

// seatAt is the CA of a path; nil for none.
func (c *checker) seatAt(path string) *survey.Seat {
	for _, seat := range c.site.Seats {
		if seat.Entry.Kind != catalog.Authority {
			break // CAs come first
		}
		if seat.Cert.Path == path {
			return seat
		}
	}
	return nil
}
