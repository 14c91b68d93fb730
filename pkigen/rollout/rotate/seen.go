package rotate

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/expiry"
)

// evidence is all that was looked at before a stage.
type evidence struct {
	*parties
	to     plan.Stage
	stops  []Stop
	looked int
	nodes  map[string]bool // whose kubelets have a certificate of the new CA
}

// publicKey is a form of a public key to compare.
func publicKey(c *plan.Certificate) string {
	switch {
	case c.OldCert != nil:
		return string(c.OldCert.RawSubjectPublicKeyInfo)
	case c.OldKey != nil:
		return pkey.Text(c.OldKey.Public())
	}
	if block, _ := pem.Decode(c.PublicPEM); block != nil {
		return string(block.Bytes)
	}
	return ""
}

// signers are the names of files on nodes that hold the one that signs, and no
// more: they are no files to trust by.
func signers(c *plan.Certificate) map[string]bool {
	out := map[string]bool{}
	for _, p := range c.Places(catalog.Cert) {
		out[path.Base(p)] = true
	}
	for _, p := range c.Places(catalog.Trust) {
		delete(out, path.Base(p))
	}
	return out
}

// look reads paths. Of the directory itself, what the plan knows is right, and
// what lies with the operator alone, the old CA among it, is no matter.
func (s *evidence) look(ctx context.Context, q Question, paths []string, own bool) error {
	if len(paths) == 0 {
		return nil
	}
	entries, err := certinfo.ScanContext(ctx, paths, certinfo.Everything)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	if own {
		for i := range q.Plan.Files {
			known[q.Plan.Files[i].Path] = true
		}
	}
	c := q.Plan.Find(q.Name)
	skip := func(file string) bool {
		if !own {
			return false
		}
		rel, err := filepath.Rel(q.Dir, file)
		rel = filepath.ToSlash(rel)
		return err == nil && (known[rel] || path.Dir(rel) == path.Dir(c.Place(c.Own())))
	}
	old := expiry.Superseded(entries)
	var groups [][]*certinfo.Entry // those of one file, or of one field of a kubeconfig
	for i := range entries {
		e := &entries[i]
		if skip(e.File) || old[e.Fingerprint] && e.Fingerprint != "" {
			continue
		}
		switch {
		case e.Cut():
			return fmt.Errorf("%s: %s: name less at once", e.File, e.Note)
		case e.Error != "" && !own:
			s.stop(e, "cannot be read, so nobody knows: "+e.Error)
		}
		if n := len(groups); n > 0 && groups[n-1][0].File == e.File && groups[n-1][0].Field == e.Field {
			groups[n-1] = append(groups[n-1], e)
		} else {
			groups = append(groups, []*certinfo.Entry{e})
		}
	}
	for _, g := range groups {
		s.judge(g)
	}
	if !own {
		s.empty(paths, entries)
	}
	return nil
}

// empty stops at a path in which nothing lies that a node would have: a copy that
// failed, or went elsewhere, says nothing of its node.
func (s *evidence) empty(paths []string, entries []certinfo.Entry) {
	for _, p := range paths {
		clean := filepath.Clean(p)
		if !slices.ContainsFunc(entries, func(e certinfo.Entry) bool {
			at := filepath.Clean(e.File)
			return (e.Kind == certinfo.Certificate || e.Kind == certinfo.PublicKey || e.Kind == certinfo.PrivateKey || e.Error != "") &&
				(at == clean || strings.HasPrefix(at, clean+string(filepath.Separator)) || clean == ".")
		}) {
			s.stops = append(s.stops, Stop{File: p, What: "holds no certificate, key or kubeconfig, so nobody knows what its node has"})
		}
	}
}

// stop notes that something stands in the way.
func (s *evidence) stop(e *certinfo.Entry, what string) {
	at := e.File
	if e.Field != "" {
		at += " (" + e.Field + ")"
	}
	if st := (Stop{File: at, What: what}); !slices.Contains(s.stops, st) {
		s.stops = append(s.stops, st)
	}
}

// judge looks at what stands together: whoever trusts the old one has to trust
// the new one, and before the old one goes nothing may be of it.
func (s *evidence) judge(group []*certinfo.Entry) {
	var old, new bool
	for _, e := range group {
		s.looked++
		key := string(e.PublicKey())
		trusts := e.Kind == certinfo.PublicKey || e.Kind == certinfo.Certificate && e.IsCA
		old = old || trusts && key == s.oldKey
		new = new || trusts && key == s.newKey
		switch cert := certificate(e); {
		case key == "":
		case e.Kind == certinfo.PrivateKey && key == s.oldKey && s.to == plan.Steady:
			s.stop(e, "is the old private key: who has it may still sign with it")
		case cert == nil || s.old == nil || e.IsCA:
		case signedBy(cert, s.old) && s.to == plan.Steady:
			s.stop(e, fmt.Sprintf("%s is signed by the old CA: it would be refused", e.Identity()))
		case signedBy(cert, s.new):
			if node, is := strings.CutPrefix(cert.Subject.CommonName, "system:node:"); is && slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
				s.nodes[node] = true
			}
		}
	}
	first := group[0]
	switch {
	case s.apart[path.Base(filepath.ToSlash(first.File))] && old && s.to == plan.Steady:
		s.stop(first, "is what kube-controller-manager signs with, and is the old one")
	case s.apart[path.Base(filepath.ToSlash(first.File))]:
	case old && !new:
		s.stop(first, "trusts the old one only")
	case new && !old && s.to == plan.Switched:
		s.stop(first, "trusts the new one only, and the old one still signs")
	}
}

// certificate is that of an entry; nil for any other.
func certificate(e *certinfo.Entry) *x509.Certificate {
	block, _ := pem.Decode(e.PEM())
	if block == nil {
		return nil
	}
	cert, err := pkey.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return cert
}

// signedBy tells by the signature, since both CAs may have one name.
func signedBy(cert, ca *x509.Certificate) bool {
	return ca != nil && string(cert.RawIssuer) == string(ca.RawSubject) && cert.CheckSignatureFrom(ca) == nil
}
