package check

import (
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// heldBy is a kubeconfig that has the certificate of a CA whose own file is lost;
// "" for none.
func (r *Report) heldBy(ca *survey.Seat) string {
	key := ca.Private()
	if key == nil {
		return ""
	}
	for _, f := range r.Site.Files {
		fits := func(c *x509.Certificate) bool { return pkey.Same(key, c.PublicKey) }
		if certs := f.Certs(scan.FieldCA); f.Config != nil && len(certs) == 1 && slices.ContainsFunc(certs, fits) {
			return f.Path
		}
	}
	return ""
}

// fromConfig writes the CA of a kubeconfig into a file.
func fromConfig(site *survey.Site, config, file string) shell.Line {
	return shell.Command("sed -n 's/.*certificate-authority-data: *//p'").File(at(site, config)...).Pipe("base64 -d").Own(">").File(at(site, file)...)
}

// addName gives the API servers names that the answers do not have; those of etcd
// and the kubelets come from the nodes' lines.
func (r *Report) addName(f *Finding) way {
	if f.Seat.Entry.Name != id.APIServer || r.Site.Change == "" {
		f.instead = "Write what is dialled into the answers, to the node's addresses, and make the set again; or dial a name that it has."
		return way{}
	}
	line := r.Site.Change
	hosts := f.hosts()
	if hosts == nil {
		return way{}
	}
	for _, host := range hosts {
		line = line.Own("--add-name").Word(host)
	}
	return way{by: line}
}

// signingKey brings the key of a CA back to the nodes that sign with it.
func (r *Report) signingKey(f *Finding) way {
	here := func(s *survey.Seat) bool {
		return s.Entry == f.Seat.Entry && s.Key.File != nil && f.Seat.Leaf() != nil && keyOf(s.Private(), f.Seat)
	}
	if slices.ContainsFunc(r.Site.Seats, here) {
		return way{then: r.Site.Again}
	}
	f.instead = "Put the private key of the CA back into authority, and make the set again: that copies it to the nodes. If it is lost, replace the CA while all still runs: certwright rotate does that without the old key."
	return way{}
}

// trusting gives a kubeconfig the CA of the API servers in place of the word that
// it asks no server who it is: the key in it may be the only one. It is "" where no
// such CA is here.
func trusting(site *survey.Site, f *Finding) shell.Line {
	for _, seat := range site.Seats {
		if seat.Entry.Name != id.APIServer {
			continue
		}
		if ca := site.Signer(seat); ca != nil && ca.Cert.Field == "" {
			return shell.Command(`sed -i -e 's#certificate-authority\(-data\)*: *[^ ,}]*,* *##' -e "s#insecure-skip-tls-verify: *true#certificate-authority-data: $(base64 -w0 <`).
				File(at(site, ca.Cert.Path)...).Own(`)#"`).File(at(site, f.files()...)...)
		}
	}
	return ""
}
