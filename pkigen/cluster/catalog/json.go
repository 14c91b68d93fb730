package catalog

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
)

// cfssl's own structs cannot be used here: marshalling its config.Config writes
// internal fields that it does not load again, and only issue and certinfo may
// import cfssl at all.
type (
	requestJSON struct {
		CN    string     `json:"CN"`
		Hosts []string   `json:"hosts,omitzero"` // nil: a CA has no hosts; empty: said on purpose
		Key   keyJSON    `json:"key"`
		Names []nameJSON `json:"names,omitempty"`
		CA    *caJSON    `json:"ca,omitempty"`
	}
	keyJSON struct {
		Algo string `json:"algo"`
		Size int    `json:"size"`
	}
	nameJSON struct {
		C  string `json:"C,omitempty"`
		ST string `json:"ST,omitempty"`
		L  string `json:"L,omitempty"`
		O  string `json:"O,omitempty"`
		OU string `json:"OU,omitempty"`
	}
	caJSON struct {
		Expiry string `json:"expiry"`
	}
	configJSON struct {
		Signing signingJSON `json:"signing"`
	}
	signingJSON struct {
		Default  expiryJSON             `json:"default"`
		Profiles map[string]profileJSON `json:"profiles"`
	}
	expiryJSON struct {
		Expiry string `json:"expiry"`
	}
	profileJSON struct {
		Usages []string `json:"usages"`
		Expiry string   `json:"expiry"`
	}
)

// RequestJSON is the certificate's NAME-csr.json: what `cfssl gencert` takes.
// The output is the same for the same certificate, and ends in a newline.
func (c *Certificate) RequestJSON() []byte {
	algo, size := c.Key.CFSSL()
	r := requestJSON{CN: c.Subject.CN, Key: keyJSON{algo, size}}
	name := nameJSON{C: c.Subject.C, ST: c.Subject.ST, L: c.Subject.L, O: c.Subject.O, OU: c.Subject.OU}
	if name != (nameJSON{}) {
		r.Names = []nameJSON{name}
	}
	for _, o := range c.Subject.MoreOs() {
		r.Names = append(r.Names, nameJSON{O: o})
	}
	if c.IsCA() {
		// Without it cfssl gives a CA five years, whatever ca-config.json says.
		r.CA = &caJSON{Expiry: spec.DurationText(c.Expiry)}
	} else {
		r.Hosts = make([]string, len(c.Hosts))
		for i, h := range c.Hosts {
			r.Hosts[i] = h.String()
		}
	}
	return encode(r)
}

// ConfigJSON is the layout's ca-config.json: what `cfssl gencert -config` takes.
// The default has an expiry and no usages, as in the article, so that cfssl
// stops at a misspelt -profile instead of signing with the wrong one. Usages that
// the keys cannot do are left out, as in the certificates.
func ConfigJSON(l *Layout, c *spec.Cluster) []byte {
	return configOf(l, c, func(usages []string) []string {
		usages, _ = l.Usable(c.Key, usages)
		return usages
	})
}

// FormerConfigJSON is ConfigJSON with all usages of the answers, as it was written
// before certificates of ECDSA keys went without those that such a key cannot do.
func FormerConfigJSON(l *Layout, c *spec.Cluster) []byte {
	return configOf(l, c, func(usages []string) []string { return usages })
}

func configOf(l *Layout, c *spec.Cluster, usable func([]string) []string) []byte {
	s := signingJSON{Profiles: map[string]profileJSON{}}
	for _, d := range l.Profiles {
		p, ok := c.Profile(d.Name)
		if !ok {
			continue
		}
		expiry := spec.DurationText(p.Expiry)
		if s.Default.Expiry == "" {
			s.Default.Expiry = expiry
		}
		usages := usable(p.Usages)
		if usages == nil {
			usages = []string{} // null would be a form that cfssl's users never see
		}
		s.Profiles[p.Name] = profileJSON{Usages: usages, Expiry: expiry}
	}
	return encode(configJSON{s})
}

// Commands are the shell lines that do the same by hand with the cfssl tools,
// in the order in which they have to be typed in the output directory.
func Commands(l *Layout, c *spec.Cluster) []shell.Line {
	certs := l.Certificates(c)
	made := map[string]string{} // what cfssljson calls the CAs: they sign what comes after them
	lines := make([]shell.Line, 0, len(certs))
	for _, cert := range certs {
		if !cert.IsCertificate() {
			continue // cfssl makes neither bare key pairs nor tokens
		}
		bare := strings.TrimSuffix(cert.Files.CSR, path.Ext(cert.Files.CSR))
		line := shell.Command("cfssl gencert")
		if cert.IsCA() {
			made[cert.Name] = bare
			line = line.Own("-initca")
		} else {
			ca := made[cert.Signer]
			line = line.Set("-ca", ca+".pem").Set("-ca-key", ca+"-key.pem").Set("-config", l.Config).Set("-profile", cert.Profile)
		}
		lines = append(lines, line.File(cert.Files.Request).Pipe(shell.Command("cfssljson -bare").File(bare)))
	}
	return lines
}

// encode writes JSON for people: two spaces, and & < > as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic("catalog: " + err.Error()) // strings and numbers only: it cannot fail
	}
	return b.Bytes()
}
