package adopt

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
	"certwright/pkigen/reading/walk"
)

// item is one CA, certificate or key pair with all its places.
type item struct {
	line  spec.Adopted
	cert  *x509.Certificate // nil for a key pair
	seats []*survey.Seat
	// signer is its CA; nil for a CA and a key pair.
	signer *item
	by     string
}

// is reports whether an item has one of the roles.
func (it *item) is(roles ...string) bool {
	return slices.ContainsFunc(it.line.Roles, func(r string) bool { return slices.Contains(roles, r) })
}

// certificates takes what can be gone on with, CAs first, and says why the rest
// is left as it is.
func (l *look) certificates() {
	all := l.group()
	l.takeAuthorities(all)
	for _, it := range all {
		if it.cert != nil && it.seats[0].Entry.Kind == catalog.Leaf {
			l.takeLeaf(it, all)
		}
	}
	l.tellAuthorities()
	for _, seat := range l.site.Seats {
		if seat.Entry.Kind == catalog.KeyPair {
			l.takePair(seat)
		}
	}
	l.shareRoles()
	l.shareAuthorities()
}

// group puts the seats of one certificate together: it may have several roles,
// copies, and a kubeconfig that holds it beside its own file.
func (l *look) group() []*item {
	var all []*item
	of := map[string]*item{}
	for _, seat := range l.seatsOfAll() {
		cert := l.certOf(seat)
		if cert == nil {
			if seat.Entry.Kind == catalog.Leaf && seat.Config.File != nil && seat.Cert.File == nil {
				l.leave(seat.Config.Path, withoutCertificate(seat.Config.File))
			}
			continue
		}
		it := of[string(cert.Raw)]
		if it == nil {
			it = &item{cert: cert}
			of[string(cert.Raw)] = it
			all = append(all, it)
		}
		it.seats = append(it.seats, seat)
		if it.by == "" {
			it.by = l.evidence(seat)
		}
		it.place(seat)
	}
	return all
}

// seatsOfAll are the seats, and one for each further file with CAs.
func (l *look) seatsOfAll() []*survey.Seat {
	var out []*survey.Seat
	for _, seat := range l.site.Seats {
		out = append(out, seat)
		for _, place := range seat.Also {
			more := *seat
			more.Cert, more.Key = place, survey.Place{}
			out = append(out, &more)
		}
	}
	return out
}

// certOf is the certificate of a seat: of several CAs in one file that of which the key
// is here, and else the first; nil for none.
func (l *look) certOf(seat *survey.Seat) *x509.Certificate {
	cert := seat.Leaf()
	if cert == nil || seat.Entry.Kind != catalog.Authority {
		return cert
	}
	for _, c := range seat.Cert.File.Certs("") {
		if l.keyFile(c) != "" {
			return c
		}
	}
	return cert
}

// withoutCertificate is why nothing is known of the certificate of a kubeconfig.
func withoutCertificate(f *scan.File) string {
	for _, o := range f.Oddities {
		if o.Code == scan.ConfigBroken || o.Code == scan.PEMBroken || o.Code == scan.HugeKey {
			return "cannot be read: " + o.Detail + "; put it right first, and adopt again"
		}
	}
	return "names a certificate that is not in this directory; a kubelet renews its own"
}

// place adds the files of one seat.
func (it *item) place(seat *survey.Seat) {
	add := func(list *[]string, p string) {
		if p != "" && !slices.Contains(*list, p) {
			*list = append(*list, p)
		}
	}
	if seat.Entry != programs.Other {
		add(&it.line.Roles, seat.Entry.Name)
	}
	if seat.Cert.Field != "" {
		add(&it.line.Configs, seat.Cert.Path)
		return
	}
	add(&it.line.Certs, seat.Cert.Path)
	if seat.Key.File != nil && (seat.Entry.Kind != catalog.Authority || seat.Private() == nil || pkey.Same(seat.Private(), it.cert.PublicKey)) {
		add(&it.line.Keys, seat.Key.Path)
	}
}

// leave notes what is left as it is.
func (l *look) leave(p, why string) {
	if !slices.ContainsFunc(l.out.Left, func(o Left) bool { return o.Path == p }) {
		l.out.Left = append(l.out.Left, Left{p, why})
	}
}

// takeAuthorities takes the CAs. Their key may be in another folder than they.
func (l *look) takeAuthorities(all []*item) {
	for _, it := range all {
		if it.seats[0].Entry.Kind != catalog.Authority || len(it.line.Certs) == 0 {
			continue
		}
		switch file := it.line.Certs[0]; {
		case it.linked():
			l.leave(file, behindLink)
		case it.cert.Subject.CommonName == "" || !spelled(it.cert):
			l.leave(file, "its subject has several values of one field, or no CN")
		default:
			it.line.Subject = subjectOf(it.cert)
			if p := l.keyFile(it.cert); len(it.line.Keys) == 0 && p != "" {
				it.line.Keys = []string{p}
			}
			l.items = append(l.items, it)
		}
	}
}

// tellAuthorities says what each CA cannot do here, and leaves out those that do nothing.
func (l *look) tellAuthorities() {
	l.items = slices.DeleteFunc(l.items, func(it *item) bool {
		signs := slices.ContainsFunc(l.items, func(o *item) bool { return o.signer == it })
		idle := it.signer == nil && len(it.line.Keys) == 0 && !signs
		if idle {
			l.leave(it.line.Certs[0], "signs no certificate here, and its private key is not here")
		}
		return idle
	})
	for _, it := range l.items {
		if it.signer != nil {
			continue
		}
		cert := it.line.Certs[0]
		if len(it.line.Keys) == 0 {
			it.line.Keys = []string{keyBeside(cert)} // a run says so, and stops
			l.out.Notes = append(l.out.Notes, fmt.Sprintf(
				"the private key of the CA %s is in no file of this directory (looked for %s, and for any key that fits): nothing below this CA can be renewed until it lies there",
				cert, it.line.Keys[0]))
		}
		if !bytes.Equal(it.cert.RawIssuer, it.cert.RawSubject) {
			l.out.Notes = append(l.out.Notes, fmt.Sprintf(
				"%s is an intermediate, signed by %q: certwright renews what is below it. It expires %s: have that CA sign it again before, for the same key",
				cert, it.cert.Issuer.CommonName, it.cert.NotAfter.UTC().Format(time.DateOnly)))
		}
	}
}

// keyBeside is where the private key of a CA would lie.
func keyBeside(cert string) string {
	ext := path.Ext(cert)
	if ext == ".pem" {
		return strings.TrimSuffix(cert, ext) + "-key.pem"
	}
	return strings.TrimSuffix(cert, ext) + ".key"
}

// behindLink is said of what no run would write.
const behindLink = "lies behind a symbolic link, which no run follows"

// checksTokens is said of a certificate that stands for the public key of the service accounts.
const checksTokens = "its key signs the tokens of service accounts, which do not end with it: it stays as it is"

// linked reports whether one of the places is reached over a symbolic link.
func (it *item) linked() bool {
	return slices.ContainsFunc(it.seats, func(s *survey.Seat) bool {
		return s.Cert.File.Link || s.Key.File != nil && s.Key.File.Link
	})
}

// keyFile is the file with the private key of a certificate, wherever it lies; "" for none.
func (l *look) keyFile(c *x509.Certificate) string {
	for _, f := range l.site.Files {
		if pub := f.Key(""); pub != nil && pkey.Same(pub, c.PublicKey) {
			return f.Path
		}
	}
	return ""
}

// takeLeaf takes a leaf that can be made again as it is; all are what is there.
func (l *look) takeLeaf(it *item, all []*item) {
	where := it.seats[0].Cert.Path
	if why := l.unfitLeaf(it); why != "" {
		l.leave(where, why)
		return
	}
	ca := signerOf(l.items, it)
	if ca == nil {
		why := fmt.Sprintf("is signed by %q, and no CA of that name and key is here", it.cert.Issuer.CommonName)
		if left := signerOf(all, it); left != nil && len(left.line.Certs) > 0 {
			why = "is signed by " + left.line.Certs[0] + ", which is left as it is"
		}
		l.leave(where, why)
		return
	}
	it.line.Subject = subjectOf(it.cert)
	it.signer = ca
	if odd := oddNames(it.cert); len(odd) > 0 {
		l.out.Notes = append(l.out.Notes, fmt.Sprintf("%s has names that no client can dial, and a new certificate goes without them: %s", where, strings.Join(odd, ", ")))
	}
	l.items = append(l.items, it)
}

// signerOf is the CA whose key has signed a leaf; nil for none.
func signerOf(all []*item, it *item) *item {
	for _, ca := range all {
		if ca.cert != nil && ca.seats[0].Entry.Kind == catalog.Authority && pkey.Signed(it.cert, ca.cert) {
			return ca
		}
	}
	return nil
}

// unfitLeaf says why a leaf cannot be made again as it is; "" where it can.
func (l *look) unfitLeaf(it *item) string {
	seat := it.seats[0]
	switch {
	case it.linked():
		return behindLink
	case seat.SelfMade():
		return "a kubelet made it for itself, and makes the next one"
	case len(it.line.Roles) == 0 && strings.HasPrefix(it.cert.Subject.CommonName, "service-account"):
		return checksTokens
	case len(it.line.Roles) == 0:
		return "plays no role that is known here"
	case seat.Cert.Field == "" && seat.Cert.Path == seat.Key.Path:
		return "certificate and key are in one file, which a kubelet renews itself"
	case len(it.line.Configs) == 0 && len(it.line.Keys) == 0:
		return "its private key is not in this directory"
	case seat.Cert.File.Holds(scan.PrivateKey):
		return "holds a private key beside the certificate"
	case slices.ContainsFunc(seat.Cert.File.Certs(seat.Cert.Field)[1:], func(c *x509.Certificate) bool { return !pkey.IsCA(c) }):
		return "holds the certificates of several"
	case seat.Private() == nil || !pkey.Same(seat.Private(), it.cert.PublicKey):
		return "its private key does not fit it, or cannot be read"
	case it.cert.Subject.CommonName == "" || !spelled(it.cert) || further(it.cert):
		return "its subject has fields that cfssl does not write, or no CN"
	case len(it.cert.EmailAddresses)+len(it.cert.URIs) > 0:
		return "it has names that are neither addresses nor DNS names"
	case !known(it.cert):
		return "its usages are none that cfssl writes"
	}
	for _, p := range it.line.Configs {
		if err := l.rewritable(p); err != nil {
			return err.Error()
		}
	}
	return ""
}

// rewritable reports whether a kubeconfig can get another certificate.
func (l *look) rewritable(p string) error {
	data, err := walk.ReadFile(filepath.Join(l.site.Root, filepath.FromSlash(p)))
	if err != nil {
		return err
	}
	return kubeconfig.Rewritable(data)
}

// takePair takes the key pair of the service accounts where both halves are there.
func (l *look) takePair(seat *survey.Seat) {
	switch {
	case seat.Key.File == nil || seat.Public.File == nil || seat.Private() == nil:
		return
	case len(seat.Public.File.Certs("")) > 0:
		if !slices.ContainsFunc(l.items, func(it *item) bool { return slices.Contains(it.line.Certs, seat.Public.Path) }) {
			l.leave(seat.Public.Path, checksTokens)
		}
		return
	case len(seat.Public.File.Blocks) != 1 || seat.Public.File.Blocks[0].Label != "PUBLIC KEY" || !pkey.Same(seat.Private(), seat.Public.File.Blocks[0].Public):
		l.leave(seat.Public.Path, "is not the plain public key of "+seat.Key.Path)
		return
	}
	for _, it := range l.items {
		if it.cert == nil && pkey.Same(it.seats[0].Private(), seat.Private()) {
			it.line.Keys = append(it.line.Keys, seat.Key.Path)
			it.line.Publics = append(it.line.Publics, seat.Public.Path)
			return
		}
	}
	it := &item{seats: []*survey.Seat{seat}, by: l.evidence(seat)}
	it.line.Roles = []string{seat.Entry.Name}
	it.line.Keys, it.line.Publics = []string{seat.Key.Path}, []string{seat.Public.Path}
	l.items = append(l.items, it)
}

// evidence says how a seat was recognised.
func (l *look) evidence(seat *survey.Seat) string {
	if seat.By == survey.ByFlag {
		for _, u := range seat.Entry.Uses {
			for _, set := range l.find(u.Component, u.Flag) {
				if !survey.Within(set.file, seat.Machine) {
					continue
				}
				if p := l.site.Resolve(seat.Machine, "", set.Value).Path; p != "" && p == seat.Part(u.File).Path {
					return set.from()
				}
			}
		}
	}
	if seat.By == survey.BySubject && seat.Leaf() != nil {
		return fmt.Sprintf("its subject, CN %s", seat.Leaf().Subject.CommonName)
	}
	return string(seat.By)
}
