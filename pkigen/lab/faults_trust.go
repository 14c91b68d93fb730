package lab

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

var chainFaults = []Fault{
	{check: findings.TwoCAsOneName, Level: Hard, Layouts: everywhere,
		Title: "a certificate was signed by an older CA of the same name",
		plant: func(g *ground) error { return g.strange(isLeaf, nil) }},
	{check: findings.UnknownSigner, Level: Medium, Layouts: everywhere,
		Title: "a certificate was signed by a CA that nobody knows",
		plant: func(g *ground) error {
			return g.strange(isLeaf, func(t *x509.Certificate) { renamed(t, t.Subject.CommonName+"-old") })
		}},
	{check: findings.UnknownSigner, word: "etcd", Level: Medium, Layouts: inThreeCA,
		Title: "a certificate of etcd was signed by the Kubernetes CA", plant: wrongDomain},
	{check: findings.SignatureWrong, Level: Hard, Layouts: everywhere,
		Title: "a bit of a certificate's signature is another", plant: flipped},
	{check: findings.SHA1, Level: Medium, Layouts: everywhere,
		Title: "a certificate is signed with SHA-1",
		plant: resigned(isLeaf, func(_ *ground, _ *survey.Seat, t *x509.Certificate) {
			t.SignatureAlgorithm = weaker(t.SignatureAlgorithm)
		})},
	{check: check.LeafIsCA, Level: Hard, Layouts: everywhere,
		Title: "a certificate of a component may sign others",
		plant: resigned(isLeaf, func(_ *ground, _ *survey.Seat, t *x509.Certificate) {
			t.IsCA, t.BasicConstraintsValid, t.MaxPathLen, t.KeyUsage = true, true, -1, t.KeyUsage|x509.KeyUsageCertSign
		})},
	{check: findings.LeafNamedAsCA, Level: Hard, Layouts: inTrees,
		Title: "a server's certificate has the subject of its CA",
		plant: resigned(all(serves, func(s *survey.Seat) bool { return !isUser(s.Entry) }),
			func(_ *ground, s *survey.Seat, t *x509.Certificate) { t.RawSubject = s.Leaf().RawIssuer })},
	{check: check.DuplicateSerial, Level: Hard, Layouts: everywhere,
		Title: "two certificates of one CA have the same serial number", plant: sameSerial},
}

// strange signs a certificate by another CA that is like its own.
func (g *ground) strange(fits func(*survey.Seat) bool, change func(*x509.Certificate)) error {
	seat, err := g.pick(fits)
	if err != nil {
		return err
	}
	ca, err := g.authority(seat)
	if err != nil {
		return err
	}
	other, err := root(ca.cert, change)
	if err != nil {
		return err
	}
	return g.signedBy(seat, other)
}

func (g *ground) signedBy(seat *survey.Seat, ca *authority) error {
	cert, err := g.sign(order{seat: seat, by: ca})
	if err != nil {
		return err
	}
	return g.everywhere(seat, cert, nil)
}

func wrongDomain(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool { return isLeaf(s) && s.Entry.Domain == catalog.Etcd })
	if err != nil {
		return err
	}
	ca, err := g.authorityOf(catalog.Kubernetes)
	if err != nil {
		return err
	}
	return g.signedBy(seat, ca)
}

func flipped(g *ground) error {
	seat, err := g.pick(isLeaf)
	if err != nil {
		return err
	}
	der := bytes.Clone(seat.Leaf().Raw)
	der[len(der)-1] ^= 1 // the end of the signature, whatever its kind
	return g.everywhere(seat, certPEM(der), nil)
}

func weaker(a x509.SignatureAlgorithm) x509.SignatureAlgorithm {
	switch a {
	case x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		return x509.ECDSAWithSHA1
	}
	return x509.SHA1WithRSA
}

func sameSerial(g *ground) error {
	of, err := g.pick(isLeaf)
	if err != nil {
		return err
	}
	fits := func(s *survey.Seat) bool { return isLeaf(s) && s.Leaf().Issuer.String() == of.Leaf().Issuer.String() }
	return resigned(fits, func(_ *ground, _ *survey.Seat, t *x509.Certificate) { t.SerialNumber = of.Leaf().SerialNumber })(g)
}

var trustFaults = []Fault{
	{check: findings.NotACA, Level: Medium, Layouts: inTrees,
		Title: "a certificate that is no CA lies in the place of a node's CA", plant: notACA},
	{check: findings.CACannotSign, Level: Hard, Layouts: everywhere,
		Title: "a CA was made again without the usage to sign certificates", plant: caCannotSign},
	{check: findings.CABundle, Level: Hard, Layouts: inTrees, When: signsCSRs, Needs: "a controller-manager that signs",
		Title: "the CA file that kube-controller-manager signs with holds two certificates", plant: bundled},
	{check: findings.FrontProxyShared, Level: Hard, Layouts: []string{"single-ca"},
		Title: "the front proxy has the CA of all clients, and no name is set apart for it", plant: frontProxyOpen},
	{check: findings.FrontProxyShared, word: "ca", Level: Hard, Layouts: inThreeCA, NewCA: id.FrontProxyCA,
		Title: "the front proxy's CA was replaced by the Kubernetes CA, and no name is set apart for it", plant: frontProxyShared},
	{check: findings.CopyStale, Level: Hard, Layouts: inTrees, When: severalControl, Needs: "two control-plane nodes",
		Title: "one node has an older copy of a certificate that all share", plant: staleCopy},
	{check: findings.CopyStale, word: "ca", Level: Hard, Layouts: inTrees,
		Title: "one node has an older CA of the same name", plant: staleCA},
}

// onlyTrusts fits a CA's certificate on a node, without its key.
func onlyTrusts(s *survey.Seat) bool {
	return s.Entry.Kind == catalog.Authority && onNode(s) && s.Leaf() != nil && s.Key.Path == ""
}

func notACA(g *ground) error {
	seat, err := g.pick(onlyTrusts)
	if err != nil {
		return err
	}
	leaf, err := g.pick(func(s *survey.Seat) bool { return isLeaf(s) && s.Machine == seat.Machine })
	if err != nil {
		return err
	}
	return g.write(seat.Cert.Path, certPEM(leaf.Leaf().Raw), publicMode)
}

func caCannotSign(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool { return s.Entry.Kind == catalog.Authority && s.Key.File != nil && !onNode(s) })
	if err != nil {
		return err
	}
	key, err := g.keyOf(seat)
	if err != nil {
		return err
	}
	ca, err := rootOf(seat.Leaf(), key, func(t *x509.Certificate) { t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageCRLSign })
	if err != nil {
		return err
	}
	return g.newCA(seat, certPEM(ca.cert.Raw))
}

// newCA puts a CA's certificate at all its places and into the kubeconfigs that
// trust it.
func (g *ground) newCA(seat *survey.Seat, cert []byte) error {
	for _, s := range g.places(seat) {
		if err := g.write(s.Cert.Path, cert, publicMode); err != nil {
			return err
		}
	}
	for _, s := range g.site.Seats {
		if !isKubeconfig(s) {
			continue
		}
		trusted := s.Config.File.Certs(scan.FieldCA)
		if !slices.ContainsFunc(trusted, seat.Leaf().Equal) {
			continue
		}
		if err := g.config(s.Config.Path, func(c *kubeconfig.Config) { c.CA = cert }); err != nil {
			return err
		}
	}
	return nil
}

func bundled(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool {
		signs := g.site.Setting(s.Machine, "kube-controller-manager", "--cluster-signing-cert-file")
		return s.Entry.Name == id.CA && onNode(s) && s.Leaf() != nil && signs != "" && base(s.Cert.Path) == base(signs)
	})
	if err != nil {
		return err
	}
	old, err := root(seat.Leaf(), nil)
	if err != nil {
		return err
	}
	return g.alter(seat.Cert.Path, func(b []byte) []byte { return append(b, certPEM(old.cert.Raw)...) })
}

const allowedNames = " --requestheader-allowed-names=front-proxy-client"

// frontProxyOpen takes the flag away that keeps other clients from speaking in
// anybody's name.
func frontProxyOpen(g *ground) error {
	done := false
	for _, f := range g.site.Files {
		if base(f.Path) != "kube-apiserver.env" {
			continue
		}
		err := g.alter(f.Path, func(b []byte) []byte {
			i := bytes.Index(b, []byte(allowedNames))
			if i < 0 {
				return b
			}
			done = true
			end := i + bytes.IndexByte(b[i:], '\n') + 1
			return slices.Delete(b, i, end)
		})
		if err != nil {
			return err
		}
	}
	if !done {
		return errNoPlace
	}
	g.used[id.FrontProxyClient] = true
	return nil
}

func frontProxyShared(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool { return s.Entry.Name == id.FrontProxyCA && !onNode(s) })
	if err != nil {
		return err
	}
	client, err := g.pick(func(s *survey.Seat) bool { return s.Entry.Name == id.FrontProxyClient })
	if err != nil {
		return err
	}
	ca, err := g.authorityOf(catalog.Kubernetes)
	if err != nil {
		return err
	}
	key, err := keyPEM(ca.key)
	if err != nil {
		return err
	}
	return errors.Join(g.newCA(seat, certPEM(ca.cert.Raw)), g.write(seat.Key.Path, key, secretMode),
		g.signedBy(client, ca), frontProxyOpen(g))
}

// staleCopy signs a shared certificate again with another key, for one node only.
func staleCopy(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool { return isLeaf(s) && onNode(s) && len(g.places(s)) > 2 })
	if err != nil {
		return err
	}
	key, text, err := g.freshKey(seat)
	if err != nil {
		return err
	}
	cert, err := g.sign(order{seat: seat, key: key.Public()})
	if err != nil {
		return err
	}
	return g.install(seat, cert, text)
}

func staleCA(g *ground) error {
	seat, err := g.pick(onlyTrusts)
	if err != nil {
		return err
	}
	old, err := root(seat.Leaf(), nil)
	if err != nil {
		return err
	}
	return g.write(seat.Cert.Path, certPEM(old.cert.Raw), publicMode)
}
