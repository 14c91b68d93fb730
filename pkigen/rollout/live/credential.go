package live

import (
	"crypto/tls"
	"crypto/x509"
	"path"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
)

// credential is a client certificate of the directory, and by what its holder checks whom
// it is shown to.
type credential struct {
	file string
	cert tls.Certificate
}

// credentials are those of the directory that a look may show: etcd's health check by the
// machine that has it, and the administrator's. The others are for other things.
type credentials struct {
	model *programs.Model
	etcd  map[*programs.Machine]*credential
	admin *credential
}

func findCredentials(m *programs.Model) *credentials {
	c := &credentials{model: m, etcd: map[*programs.Machine]*credential{}}
	for _, p := range m.Programs {
		switch p.Name {
		case id.Etcd:
			if found := c.healthCheck(p); found != nil {
				c.etcd[p.Machine] = found
			}
		case id.Kubectl:
			if c.admin == nil {
				c.admin = c.kubeconfig(p)
			}
		}
	}
	return c
}

// healthCheck is the certificate for health checks beside those of a member.
func (c *credentials) healthCheck(etcd *programs.Program) *credential {
	r := programs.FindRole(id.EtcdHealthcheckClient)
	beside := path.Dir(etcd.Text("--cert-file"))
	lies := func(part catalog.Part) programs.Place {
		var first programs.Place
		for _, usual := range programs.Usual(r, part) {
			for _, p := range []string{path.Join(beside, path.Base(usual)), usual} {
				if at := etcd.Machine.Resolve(p, nil); at.File != nil && first.File == nil {
					first = at
				}
			}
		}
		return first
	}
	return c.pair(lies(catalog.Cert), lies(catalog.Key))
}

// forEtcd is what may be shown to a member: that of its own machine, or any other of the
// same directory.
func (c *credentials) forEtcd(m *programs.Machine) *credential {
	if own := c.etcd[m]; own != nil {
		return own
	}
	for _, p := range c.model.Programs {
		if any := c.etcd[p.Machine]; any != nil {
			return any
		}
	}
	return nil
}

// kubeconfig is the administrator's certificate; nil where this is the way in for
// emergencies, or shows no certificate.
func (c *credentials) kubeconfig(p *programs.Program) *credential {
	if p.Has("client-certificate") {
		if e, _, known := programs.ByName(p.File("client-certificate").Path); known && e.Entry.Name == id.SuperAdmin {
			return nil
		}
		return c.pair(p.File("client-certificate"), p.File("client-key"))
	}
	at := p.File("--kubeconfig")
	if at.File == nil {
		return nil
	}
	if e, _, known := programs.ByName(at.Path); known && e.Entry.Name != id.Admin {
		return nil
	}
	data, err := walk.ReadFile(at.File.Below(c.model.Scan.Root))
	if err != nil {
		return nil
	}
	call, err := kubeconfig.ParseCall(data)
	if err != nil || !call.ByCertificate() {
		return nil
	}
	cert, key := call.Cert, call.Key
	if len(cert) == 0 {
		cert = c.read(p.Machine.Resolve(call.CertFile, at.File))
	}
	if len(key) == 0 {
		key = c.read(p.Machine.Resolve(call.KeyFile, at.File))
	}
	return newCredential(at.Path, cert, key)
}

func (c *credentials) read(at programs.Place) []byte {
	if at.File == nil {
		return nil
	}
	data, err := walk.ReadFile(at.File.Below(c.model.Scan.Root))
	if err != nil {
		return nil
	}
	return data
}

func (c *credentials) pair(cert, key programs.Place) *credential {
	return newCredential(cert.Path, c.read(cert), c.read(key))
}

func newCredential(file string, certPEM, keyPEM []byte) *credential {
	if pkey.CheckPEM(certPEM) != nil || pkey.CheckPEM(keyPEM) != nil {
		return nil
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil
	}
	return &credential{file: file, cert: pair}
}

// provedBy are the CAs by which a server proves itself: those that its clients are told,
// as the connections of the catalogue have it.
func (l *looker) provedBy(t *target) (*x509.CertPool, []*x509.Certificate) {
	known, ok := l.roots[t.key()]
	if ok && !t.at.MakesUp {
		return known.pool, known.list
	}
	known = roots{x509.NewCertPool(), l.issuers(t)}
	for _, c := range known.list {
		known.pool.AddCert(c)
	}
	l.roots[t.key()] = known
	return known.pool, known.list
}

// roots are CAs by which a server proves itself.
type roots struct {
	pool *x509.CertPool
	list []*x509.Certificate
}

// issuers are those CAs.
func (l *looker) issuers(t *target) []*x509.Certificate {
	var out []*x509.Certificate
	add := func(certs []*x509.Certificate) {
		for _, c := range certs {
			if !slices.ContainsFunc(out, c.Equal) {
				out = append(out, c)
			}
		}
	}
	for i := range connections.All {
		c := &connections.All[i]
		if c.To != t.prog.Name || c.Port != t.at.Port || c.Server.Flag == "" {
			continue
		}
		for _, p := range l.Model.Programs {
			if p.Name == c.From || p.Name == c.Server.Component {
				add(authorities(p, c.Server.Flag))
			}
		}
	}
	if len(out) == 0 && len(t.at.Asks) > 0 { // no program checks it, as monitoring does
		add(authorities(t.prog, t.at.Asks[0]))
	}
	return out
}

// authorities are the CAs in the file of a setting, or in the kubeconfig there.
func authorities(p *programs.Program, flag string) []*x509.Certificate {
	at := p.File(flag)
	if at.File == nil {
		return nil
	}
	if !at.File.Kubeconfig {
		return at.File.Certs("")
	}
	out := at.File.Certs(scan.FieldCA)
	if c := at.File.Config; c != nil && c.CAFile != "" {
		if ca := p.Machine.Resolve(c.CAFile, at.File); ca.File != nil {
			out = append(out, ca.File.Certs("")...)
		}
	}
	return out
}
