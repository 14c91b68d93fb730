package verify

import (
	"bytes"
	"fmt"

	"certwright/pkigen/handout"
	"certwright/pkigen/kubeconfig"
	"certwright/pkigen/plan"
	"certwright/pkigen/render"
	"certwright/pkigen/role"
)

// copies checks what lies around the certificates: that each copy is one, that
// each kubeconfig holds or names what it has to, that tokens and key pairs can
// be used, and that the checksums of each node are right.
func (s *set) copies() error {
	trees := map[string]map[string][]byte{}
	for i := range s.plan.Certificates {
		if err := s.copiesOf(&s.plan.Certificates[i]); err != nil {
			return err
		}
	}
	for i := range s.plan.Files {
		a := &s.plan.Files[i]
		tree, rel := render.SplitTree(a.Path)
		if tree == "" || a.IsFolder() {
			continue
		}
		data, err := s.readFile(a.Path)
		if err != nil {
			return err
		}
		if trees[tree] == nil {
			trees[tree] = map[string][]byte{}
		}
		trees[tree][rel] = data
	}
	for tree, files := range trees {
		sums := files[handout.SumsFile]
		delete(files, handout.SumsFile)
		if err := handout.Check(sums, files); err != nil {
			return fmt.Errorf("%s: %w", render.SumsPath(tree), err)
		}
	}
	return nil
}

// copiesOf checks the further places of one certificate, key pair or token.
func (s *set) copiesOf(c *plan.Certificate) error {
	if !c.Embedded() {
		for _, part := range []role.Part{role.Key, role.Cert, role.Public} {
			if err := s.same(c.Places(part)); err != nil {
				return err
			}
		}
	}
	switch c.Role.Kind {
	case role.KeyPair:
		if err := s.pair(c); err != nil {
			return err
		}
	case role.Token:
		return nil // its kubeconfigs hold no certificate
	}
	for _, f := range c.Files.Configs {
		if err := s.kubeconfig(c, &f); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return nil
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
	keyPEM, err := s.readFile(c.Files.Key)
	if err != nil {
		return err
	}
	key, err := plan.ParsePrivateKey(keyPEM)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Files.Key, err)
	}
	want, err := plan.EncodePublic(key.Public())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Files.Key, err)
	}
	have, err := s.readFile(c.Files.Public)
	if err == nil && !bytes.Equal(have, want) {
		return fmt.Errorf("%s: is not the public key of %s", c.Files.Public, c.Files.Key)
	}
	return err
}

// kubeconfig checks one kubeconfig against the certificates that were proven.
func (s *set) kubeconfig(c *plan.Certificate, f *role.ConfigFile) error {
	data, err := s.readFile(f.Path)
	if err != nil {
		return err
	}
	k, err := kubeconfig.Parse(data)
	if err != nil {
		return err
	}
	if k.Server != f.Server {
		return fmt.Errorf("dials %q, %q was planned", k.Server, f.Server)
	}
	if !c.Embedded() {
		return nil // paths of the node, which holds copies that were checked
	}
	ca, err := s.readFile(s.plan.Find(s.plan.Layout.CAs[role.Kubernetes]).Place(role.Cert))
	if err != nil {
		return err
	}
	certPEM, err := s.readPart(c, role.Cert)
	if err != nil {
		return err
	}
	keyPEM, err := s.readPart(c, role.Key)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(k.CA, ca):
		return fmt.Errorf("holds another CA than %q", s.plan.Layout.CAs[role.Kubernetes])
	case !bytes.Equal(k.Cert, certPEM) || !bytes.Equal(k.Key, keyPEM):
		return fmt.Errorf("holds another certificate or key than %s", c.Place(role.Cert))
	}
	return nil
}
