package verify

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"runtime"

	"certwright/pkigen/handout"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/kubeconfig"
	"certwright/pkigen/pkey"
	"certwright/pkigen/plan"
	"certwright/pkigen/render"
	"certwright/pkigen/role"
)

// copies checks what lies around the certificates: that each copy is one, that
// each kubeconfig holds or names what it has to, that tokens and key pairs can
// be used, and that the checksums of each node are right.
func (s *set) copies() error {
	err := parallel.Each(len(s.plan.Certificates), runtime.GOMAXPROCS(0), func(i int) (err error) {
		c := &s.plan.Certificates[i]
		defer caught(c.Name, &err)
		return s.copiesOf(c)
	})
	if err != nil {
		return err
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
		if name == "" || a.IsFolder() || a.Verb == plan.Remove || s.plan.Untouched(a.Path) {
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
	files := make(map[string][]byte, len(t.files))
	for _, a := range t.files {
		data, err := s.readFile(a.Path)
		if err != nil {
			return err
		}
		_, rel := render.SplitTree(a.Path)
		files[rel] = data
	}
	sums := files[handout.SumsFile]
	delete(files, handout.SumsFile)
	if err := handout.Check(sums, files); err != nil {
		return fmt.Errorf("%s: %w", render.SumsPath(t.name), err)
	}
	return nil
}

// copiesOf checks the further places of one certificate, key pair or token. It
// changes nothing of the set, and may be called from several goroutines.
func (s *set) copiesOf(c *plan.Certificate) error {
	if c.Untouched {
		return nil
	}
	if !c.Embedded() {
		for _, part := range []role.Part{role.Key, role.Cert, role.Public} {
			if err := s.same(c.Places(part)); err != nil {
				return err
			}
		}
	}
	if err := s.trust(c); err != nil {
		return err
	}
	switch c.Role.Kind {
	case role.KeyPair:
		if err := s.pair(c); err != nil {
			return err
		}
	case role.Token:
		return nil // its kubeconfigs hold no certificate
	}
	return s.kubeconfigs(c)
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
	for _, p := range c.Places(role.Trust) {
		if s.plan.Untouched(p) {
			continue
		}
		data, err := s.readFile(p)
		if err != nil {
			return err
		}
		if !bytes.Equal(data, want) {
			return fmt.Errorf("%s: is not what verifiers have to trust: %s", p, c.Place(c.Own()))
		}
	}
	return nil
}

// trusted is what verifiers of a CA or a key pair have to hold, put together from
// what lies with the operator.
func (s *set) trusted(name string) ([]byte, error) {
	var failed error
	text := s.plan.Trusting(func(name string, part role.Part) []byte {
		data, err := s.readFile(s.plan.Find(name).Place(part))
		if err != nil {
			failed = err
		}
		return data
	})(name, role.Trust)
	return text, failed
}

// same checks that files have the same bytes.
func (s *set) same(paths []string) error {
	if len(paths) < 2 {
		return nil
	}
	first, err := s.readFile(paths[0])
	if err != nil {
		return err
	}
	for _, p := range paths[1:] {
		if s.plan.Untouched(p) {
			continue
		}
		data, err := s.readFile(p)
		if err != nil {
			return err
		}
		if !bytes.Equal(first, data) {
			return fmt.Errorf("%s: is not the same as %s", p, paths[0])
		}
	}
	return nil
}

// pair checks that the public key is that of the private one.
func (s *set) pair(c *plan.Certificate) error {
	if c.Files.Key == "" {
		return nil // it signs no more
	}
	keyPEM, err := s.readFile(c.Files.Key)
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
	have, err := s.readFile(c.Files.Public)
	if err == nil && !bytes.Equal(have, want) {
		return fmt.Errorf("%s: is not the public key of %s", c.Files.Public, c.Files.Key)
	}
	return err
}

// kubeconfigs checks the kubeconfigs of one certificate against what was proven.
// Thousands of nodes may share the bytes of one.
func (s *set) kubeconfigs(c *plan.Certificate) error {
	if len(c.Files.Configs) == 0 {
		return nil
	}
	want := kubeconfig.Config{}
	asFound := c.Files.Configs[0].AsFound
	if c.Embedded() || asFound {
		var errs [3]error
		want.CA, errs[0] = s.trusted(s.plan.Layout.CAs[role.Kubernetes])
		want.Cert, errs[1] = s.readPart(c, role.Cert)
		want.Key, errs[2] = s.readPart(c, role.Key)
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
	}
	var proven []byte
	server := ""
	for _, f := range c.Files.Configs {
		if s.plan.Untouched(f.Path) {
			continue
		}
		data, err := s.readFile(f.Path)
		if err != nil {
			return err
		}
		if f.Server == server && bytes.Equal(data, proven) {
			continue
		}
		want.Server = f.Server
		if err := s.kubeconfig(c, data, &want); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		proven, server = data, f.Server
	}
	return nil
}

// kubeconfig checks one kubeconfig. Where it names paths, these are files of the
// node, which were checked as copies.
func (s *set) kubeconfig(c *plan.Certificate, data []byte, want *kubeconfig.Config) error {
	k, err := kubeconfig.Parse(data)
	switch {
	case err != nil:
		return err
	case c.AsFound:
		return sameUser(c, &k, want)
	case k.Server != want.Server:
		return fmt.Errorf("dials %q, %q was planned", k.Server, want.Server)
	case !c.Embedded():
	case !bytes.Equal(k.CA, want.CA):
		return fmt.Errorf("holds another CA than %q", s.plan.Layout.CAs[role.Kubernetes])
	case !bytes.Equal(k.Cert, want.Cert) || !bytes.Equal(k.Key, want.Key):
		return fmt.Errorf("holds another certificate or key than %s", c.Place(role.Cert))
	}
	return nil
}

// sameUser checks that a kubeconfig that was adopted holds the certificate and the
// key of its user; server and CA are as its owner has them.
func sameUser(c *plan.Certificate, k, want *kubeconfig.Config) error {
	have, err := tls.X509KeyPair(k.Cert, k.Key)
	if err != nil {
		return fmt.Errorf("holds no certificate with its key: %w", err)
	}
	pair, err := tls.X509KeyPair(want.Cert, want.Key)
	if err != nil {
		return err
	}
	if !have.Leaf.Equal(pair.Leaf) {
		return fmt.Errorf("holds another certificate than %s", c.Place(role.Cert))
	}
	return nil
}
