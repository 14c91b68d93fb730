package catalog

import (
	"bytes"
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/handshake"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
)

// Check judges a cluster by the rules that need the catalogue: which subjects
// meet in a chain, and what a profile must allow for the entries that use it.
// An unknown layout and what is not answered yet give no problem here.
func Check(c *spec.Cluster) []problem.Problem {
	l, ok := LayoutOf(c)
	switch {
	case !ok:
		return nil
	case l.AsFound:
		return checkAdopted(c) // subjects and usages are those of certificates that are in use
	}
	certs := l.Certificates(c)
	return slices.Concat(checkRisks(l, c), checkSubjects(certs), checkProfiles(l, c, certs), checkSizes(certs))
}

// checkSizes finds the first server with more names than clients take in a handshake.
func checkSizes(certs []Certificate) []problem.Problem {
	for i := range certs {
		c := &certs[i]
		if !slices.Contains(c.Entry.Purposes, Server) {
			continue
		}
		code, limit, size := problem.SANsForOpenSSL, handshake.MostOpenSSL, handshake.MessageSize(handshake.CertificateSize(c.Key, c.Hosts))
		if size > handshake.MostGo {
			code, limit = problem.SANsForGo, handshake.MostGo
		}
		if size > limit {
			return []problem.Problem{{Code: code, Key: "certSANs", Args: []any{c.Name, len(c.Hosts), size >> 10, limit >> 10}}}
		}
	}
	return nil
}

// checkSubjects finds leaves that bear their CA's name. OpenSSL (and with it
// curl, nginx and Python) takes a certificate whose issuer is its subject for a
// self-signed one and refuses it; Go does not, so kubectl works and hides it
// (https://github.com/cloudflare/cfssl/issues/743).
func checkSubjects(certs []Certificate) []problem.Problem {
	raw := make(map[string][]byte, len(certs))
	for _, cert := range certs {
		// A subject that cannot be encoded has been refused field by field.
		if cert.IsCertificate() {
			raw[cert.Name], _ = RawSubject(cert.Subject)
		}
	}
	var ps []problem.Problem
	reported := map[string]bool{} // one problem for each CA: one change fixes them all
	for _, cert := range certs {
		if cert.Entry.Kind != Leaf || cert.Subject.CN == "" || raw[cert.Name] == nil || reported[cert.Signer] {
			continue
		}
		if bytes.Equal(raw[cert.Name], raw[cert.Signer]) {
			reported[cert.Signer] = true
			ps = append(ps, problem.Problem{
				Code: problem.CADNEqualsLeaf,
				Key:  "ca.CN",
				Args: []any{cert.Subject.CN, cert.Name, otherCN(cert.Subject.CN, certs)},
			})
		}
	}
	return ps
}

// otherCN offers a common name for the CA that no certificate bears.
func otherCN(cn string, certs []Certificate) string {
	for {
		cn += "-ca"
		if !slices.ContainsFunc(certs, func(c Certificate) bool { return c.Subject.CN == cn }) {
			return cn
		}
	}
}

// checkProfiles finds usages that the entries of a profile need and it lacks.
// Every TLS handshake signs with the leaf's key; the extended usages are what
// kube-apiserver, etcd and every TLS library ask for.
func checkProfiles(l *Layout, c *spec.Cluster, certs []Certificate) []problem.Problem {
	var ps []problem.Problem
	seen := map[[2]string]bool{} // profile and usage
	for _, cert := range certs {
		p, ok := c.Profile(cert.Profile)
		if cert.Entry.Kind != Leaf || !ok || len(p.Usages) == 0 {
			continue
		}
		for _, word := range missingUsages(p.Usages, cert.Entry.Purposes, l.signing(p.Name)) {
			at := [2]string{p.Name, word}
			if seen[at] {
				continue
			}
			seen[at] = true
			ps = append(ps, problem.Problem{
				Code: problem.ProfileUsageMissing,
				Key:  "profiles." + p.Name + ".usages",
				Args: []any{p.Name, word, cert.Name, cert.Place(Cert)},
			})
		}
	}
	return ps
}

// signing is the word for it in the default of a profile: cfssl has two, and who is
// told to add one shall know it again.
func (l *Layout) signing(profile string) string {
	for _, p := range l.Profiles {
		if p.Name == profile && slices.Contains(p.Usages, "digital signature") {
			return "digital signature"
		}
	}
	return "signing"
}

// missingUsages are the cfssl words that the purposes need and the usages lack;
// signing is the word for what all need.
func missingUsages(usages []string, purposes []Purpose, signing string) []string {
	key, ext, _ := usage.Bits(usages)
	var missing []string
	if key&x509.KeyUsageDigitalSignature == 0 {
		missing = append(missing, signing)
	}
	if slices.Contains(purposes, Server) && !slices.Contains(ext, x509.ExtKeyUsageServerAuth) {
		missing = append(missing, "server auth")
	}
	if slices.Contains(purposes, Client) && !slices.Contains(ext, x509.ExtKeyUsageClientAuth) {
		missing = append(missing, "client auth")
	}
	return missing
}
