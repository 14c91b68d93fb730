package verify

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"runtime"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/making/plan"
)

// copies checks what lies around the leaves: that each copy of a CA, a key pair or
// a token is one, that key pairs can be used, and that the checksums of each node
// are right.
func (s *set) copies() error {
	for i := range s.plan.Certificates {
		if c := &s.plan.Certificates[i]; c.Entry.Kind != catalog.Leaf {
			if err := s.copiesOf(c, nil); err != nil {
				return err
			}
		}
	}
	trees := s.trees()
	return parallel.Each(len(trees), runtime.GOMAXPROCS(0), func(i int) (err error) {
		defer caught(trees[i].name, &err)
		return s.sums(trees[i])
	})
}

// tree is the files of one node.
type tree struct {
	name  string
	files []*plan.Action
}

// trees are the files of each node: those of a plan stand in the order of their paths.
func (s *set) trees() []tree {
	if s.plan.Layout != nil && s.plan.Layout.AsFound {
		return nil // it has no checksums, whatever its folders are called
	}
	var all []tree
	for i := range s.plan.Files {
		a := &s.plan.Files[i]
		name, _ := render.SplitTree(a.Path)
		if name == "" || a.IsFolder() || a.Verb == plan.Remove {
			continue
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, tree{name: name})
		}
		t := &all[len(all)-1]
		t.files = append(t.files, a)
	}
	return all
}

// sums checks the checksums of one node.
func (s *set) sums(t tree) error {
	have := make(map[string]render.Sum, len(t.files))
	var list []byte
	for _, a := range t.files {
		_, rel := render.SplitTree(a.Path)
		var err error
		if rel == render.SumsFile {
			list, err = s.files.file(a.Path)
		} else {
			have[rel], err = s.files.sum(a.Path)
		}
		if err != nil {
			return err
		}
	}
	if err := render.CheckSums(list, have); err != nil {
		return fmt.Errorf("%s: %w", render.SumsPath(t.name), err)
	}
	return nil
}

// copiesOf checks the further places of one certificate, key pair or token, and
// the kubeconfigs of a leaf whose first places are read. It changes nothing of the
// set, and may be called from several goroutines.
func (s *set) copiesOf(c *plan.Certificate, have *parts) error {
	if !c.Embedded() {
		for _, part := range []catalog.Part{catalog.Key, catalog.Cert, catalog.Public} {
			if c.AsFound && part == catalog.Cert {
				continue
			}
			places := c.Places(part)
			if part == catalog.Key && c.Sealed {
				places = places[1:]
				if err := s.plainCopy(c, places); err != nil {
					return err
				}
			}
			if err := s.same(places); err != nil {
				return err
			}
		}
		if c.AsFound && c.IsCertificate() {
			if err := s.holdIt(c, have); err != nil {
				return err
			}
		}
	}
	if err := s.trust(c); err != nil {
		return err
	}
	switch c.Entry.Kind {
	case catalog.KeyPair:
		return s.pair(c)
	case catalog.Leaf:
		return s.kubeconfigs(c, have)
	}
	return nil // the kubeconfigs of a token hold no certificate
}

// plainCopy checks the first copy that programs have of a key which lies behind a
// passphrase with the operator: none of them reads such a one.
func (s *set) plainCopy(c *plan.Certificate, places []string) error {
	if len(places) == 0 {
		return nil
	}
	keyPEM, err := s.files.file(places[0])
	if err != nil {
		return err
	}
	key, err := plan.ParsePrivateKey(keyPEM)
	if err == nil && !pkey.Same(key.Public(), s.signers[c.Name].cert.PublicKey) {
		err = fmt.Errorf("does not fit %s", c.Place(catalog.Cert))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", places[0], err)
	}
	return nil
}

// trust checks that each file for verifiers holds what they have to trust.
func (s *set) trust(c *plan.Certificate) error {
	if !c.Trusted() {
		return nil
	}
	want, err := s.trusted(c.Name)
	if err != nil {
		return err
	}
	return s.haveSum(c.Places(catalog.Trust), render.SumOf(want), "what verifiers have to trust: "+c.Place(c.Own()))
}

// trusted is what verifiers of a CA or a key pair have to hold, put together from
// what lies with the operator.
func (s *set) trusted(name string) ([]byte, error) {
	var failed error
	text := s.plan.Trusting(func(name string, part catalog.Part) []byte {
		data, err := s.files.file(s.plan.Find(name).Place(part))
		if err != nil {
			failed = err
		}
		return data
	})(name, catalog.Trust)
	return text, failed
}

// same checks that files have the same bytes.
func (s *set) same(paths []string) error {
	if len(paths) < 2 {
		return nil
	}
	first, err := s.files.sum(paths[0])
	if err != nil {
		return err
	}
	return s.haveSum(paths[1:], first, "the same as "+paths[0])
}

// holdIt checks that each place of an adopted certificate holds it, whatever else is there.
func (s *set) holdIt(c *plan.Certificate, have *parts) error {
	var cert *x509.Certificate
	if c.IsCA() {
		cert = s.signers[c.Name].cert
	} else {
		var err error
		if cert, err = ownCertificate(c, c.Place(catalog.Cert), have); err != nil {
			return err
		}
	}
	for _, path := range c.Places(catalog.Cert) {
		data, err := s.files.file(path)
		if err != nil {
			return err
		}
		if certs, _ := pkey.Certificates(data); !slices.ContainsFunc(certs, cert.Equal) {
			return fmt.Errorf("%s: does not hold the certificate of %s", path, c.Place(catalog.Cert))
		}
	}
	return nil
}

// haveSum checks that files have the bytes of a sum; what says what these are. A
// CA has copies on each node.
func (s *set) haveSum(paths []string, want render.Sum, what string) error {
	return parallel.Each(len(paths), runtime.GOMAXPROCS(0), func(i int) error {
		sum, err := s.files.sum(paths[i])
		if err == nil && sum != want {
			return fmt.Errorf("%s: is not %s", paths[i], what)
		}
		return err
	})
}

// pair checks that the public key is that of the private one.
func (s *set) pair(c *plan.Certificate) error {
	if c.Files.Key == "" {
		return nil // it signs no more
	}
	keyPEM, err := s.files.file(c.Files.Key)
	if err != nil {
		return err
	}
	key, err := plan.ParsePrivateKey(keyPEM)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Files.Key, err)
	}
	want, err := pkey.EncodePublic(key.Public())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Files.Key, err)
	}
	have, err := s.files.file(c.Files.Public)
	if err == nil && !bytes.Equal(have, want) {
		return fmt.Errorf("%s: is not the public key of %s", c.Files.Public, c.Files.Key)
	}
	return err
}

// kubeconfigs checks the kubeconfigs of one certificate against what was proven.
// Thousands of nodes may share the bytes of one.
func (s *set) kubeconfigs(c *plan.Certificate, have *parts) error {
	if len(c.Files.Configs) == 0 {
		return nil
	}
	want := kubeconfig.Config{Cert: have.cert, Key: have.key}
	if c.Embedded() || c.Files.Configs[0].AsFound {
		var err error
		if want.CA, err = s.clusterCA(); err != nil {
			return err
		}
	}
	var proven render.Sum
	server := ""
	for i, f := range c.Files.Configs {
		sum, err := s.files.sum(f.Path)
		if err != nil {
			return err
		}
		if f.Server == server && sum == proven {
			continue
		}
		k := have.config
		if i > 0 || k == nil {
			if k, err = s.config(f.Path); err != nil {
				return err
			}
		}
		want.Server = f.Server
		if err := s.kubeconfig(c, k, &want); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		proven, server = sum, f.Server
	}
	return nil
}

// kubeconfig checks one kubeconfig. Where it names paths, these are files of the
// node, which were checked as copies.
func (s *set) kubeconfig(c *plan.Certificate, k, want *kubeconfig.Config) error {
	switch {
	case c.AsFound:
		return sameUser(c, k, want)
	case k.Server != want.Server:
		return fmt.Errorf("dials %q, %q was planned", k.Server, want.Server)
	case !c.Embedded():
	case !bytes.Equal(k.CA, want.CA):
		return fmt.Errorf("holds another CA than %q", s.plan.Layout.CAs[catalog.Kubernetes])
	case !bytes.Equal(k.Cert, want.Cert) || !bytes.Equal(k.Key, want.Key):
		return fmt.Errorf("holds another certificate or key than %s", c.Place(catalog.Cert))
	}
	return nil
}

// sameUser checks that a kubeconfig that was adopted holds the certificate and the
// key of its user; server and CA are as its owner has them.
func sameUser(c *plan.Certificate, k, want *kubeconfig.Config) error {
	if err := cmp.Or(pkey.CheckPEM(k.Cert), pkey.CheckPEM(k.Key)); err != nil {
		return err
	}
	have, err := tls.X509KeyPair(k.Cert, k.Key)
	if err != nil {
		return fmt.Errorf("holds no certificate with its key: %w", err)
	}
	pair, err := tls.X509KeyPair(want.Cert, want.Key)
	if err != nil {
		return err
	}
	if !have.Leaf.Equal(pair.Leaf) {
		return fmt.Errorf("holds another certificate than %s", c.Place(catalog.Cert))
	}
	return nil
}
