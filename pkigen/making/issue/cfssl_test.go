package issue

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/cloudflare/cfssl/config"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
	"certwright/pkigen/internal/cfssltool"
	"certwright/pkigen/making/plan"
)

// TestEqualToCFSSL holds our certificates, field by field, against those that the
// real cfssl command line makes of the same JSON files.
func TestEqualToCFSSL(t *testing.T) {
	for _, alg := range []spec.KeyAlgorithm{spec.RSA2048, spec.ECDSAP256, spec.ECDSAP384} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			compareWithCFSSL(t, newPlan(t, articleCluster(alg)), false)
		})
	}
	// The CA alone, with one key for both: such keys take seconds, and the signatures
	// follow the CA's key.
	for _, alg := range []spec.KeyAlgorithm{spec.RSA3072, spec.RSA4096} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			p := newPlan(t, articleCluster(alg))
			p.Certificates, p.Files = p.Certificates[:1], p.Files[:5]
			compareWithCFSSL(t, p, true)
		})
	}
}

func compareWithCFSSL(t *testing.T, p *plan.Plan, oneKey bool) {
	files := mustRun(t, p, nil)
	var keys map[string][]byte
	if oneKey {
		keys = files
	}
	theirs := cfsslMakes(t, p, keys)
	for _, c := range p.Certificates {
		mine := parseCert(t, files[c.Files.Cert])
		diffCertificates(t, c.Name, mine, parseCert(t, theirs[c.Name]["cert"]))
		diffRequests(t, c.Name, files[c.Files.CSR], theirs[c.Name]["csr"])
		if got, want := pemType(files[c.Files.Key]), pemType(theirs[c.Name]["key"]); !oneKey && (got != want || got == "") {
			t.Errorf("%s: private key in a block %q, cfssl writes %q", c.Name, got, want)
		}
	}
}

// cfsslMakes runs the commands of the article on the plan's JSON files, with the CA's key
// of the given files, if there are any.
func cfsslMakes(t *testing.T, p *plan.Plan, keys map[string][]byte) map[string]map[string][]byte {
	t.Helper()
	tool := cfssltool.Path(t, "cfssl")
	dir := t.TempDir()
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("ca-config.json", catalog.ConfigJSON(p.Layout, p.Cluster))
	out := map[string]map[string][]byte{}
	for _, c := range p.Certificates {
		put(c.Files.Request, c.RequestJSON())
		args := []string{"gencert", "-initca", c.Files.Request}
		switch {
		case c.IsCA() && keys != nil:
			put(c.Files.Key, keys[c.Files.Key])
			args = []string{"gencert", "-initca", "-ca-key=" + c.Files.Key, c.Files.Request}
		case !c.IsCA():
			args = []string{"gencert", "-ca=ca.pem", "-ca-key=ca-key.pem", "-config=ca-config.json", "-profile=" + c.Profile, c.Files.Request}
		}
		var parts map[string]string
		if err := json.Unmarshal(command(t, dir, tool, args...), &parts); err != nil {
			t.Fatal(err)
		}
		out[c.Name] = map[string][]byte{}
		for k, v := range parts {
			out[c.Name][k] = []byte(v)
		}
		put(c.Files.Cert, out[c.Name]["cert"])
		put(c.Files.Key, out[c.Name]["key"])
	}
	return out
}

func diffCertificates(t *testing.T, name string, mine, theirs *x509.Certificate) {
	t.Helper()
	eq := func(field string, a, b any) {
		t.Helper()
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %s is %v, cfssl makes %v", name, field, a, b)
		}
	}
	eq("RawSubject", mine.RawSubject, theirs.RawSubject)
	eq("RawIssuer", mine.RawIssuer, theirs.RawIssuer)
	eq("DNS names", mine.DNSNames, theirs.DNSNames)
	eq("addresses", mine.IPAddresses, theirs.IPAddresses)
	eq("email names", mine.EmailAddresses, theirs.EmailAddresses)
	eq("URIs", mine.URIs, theirs.URIs)
	eq("key usage", mine.KeyUsage, theirs.KeyUsage)
	eq("extended key usage", mine.ExtKeyUsage, theirs.ExtKeyUsage)
	eq("basic constraints", extension(mine, 19), extension(theirs, 19))
	eq("SAN bytes", extension(mine, 17), extension(theirs, 17))
	eq("isCA", mine.IsCA, theirs.IsCA)
	eq("path length", mine.MaxPathLen, theirs.MaxPathLen)
	eq("zero path length", mine.MaxPathLenZero, theirs.MaxPathLenZero)
	eq("version", mine.Version, theirs.Version)
	eq("signature algorithm", mine.SignatureAlgorithm, theirs.SignatureAlgorithm)
	eq("public key algorithm", pkey.Algorithm(mine.PublicKey), pkey.Algorithm(theirs.PublicKey))
	eq("lifetime", mine.NotAfter.Sub(mine.NotBefore), theirs.NotAfter.Sub(theirs.NotBefore))
	eq("extensions", extensionIDs(mine), extensionIDs(theirs))
	eq("authority key id", len(mine.AuthorityKeyId), len(theirs.AuthorityKeyId))
	for _, c := range []*x509.Certificate{mine, theirs} {
		eq("subject key id", c.SubjectKeyId, pkey.ID(c.PublicKey))
	}
	if d := mine.NotBefore.Sub(theirs.NotBefore).Abs().Minutes(); d > 2 {
		t.Errorf("%s: begins %v minutes apart from cfssl's", name, d)
	}
}

func diffRequests(t *testing.T, name string, mine, theirs []byte) {
	t.Helper()
	a, b := parseRequest(t, mine), parseRequest(t, theirs)
	if !bytes.Equal(a.RawSubject, b.RawSubject) {
		t.Errorf("%s: subject of the request differs from cfssl's", name)
	}
	if !reflect.DeepEqual(a.Extensions, b.Extensions) {
		t.Errorf("%s: extensions of the request are %v, cfssl makes %v", name, a.Extensions, b.Extensions)
	}
	if a.SignatureAlgorithm != b.SignatureAlgorithm {
		t.Errorf("%s: the request is signed with %v, cfssl's with %v", name, a.SignatureAlgorithm, b.SignatureAlgorithm)
	}
}

// extension gives the bytes of one of the 2.5.29 extensions.
func extension(c *x509.Certificate, id int) []byte {
	for _, e := range c.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, id}) {
			return e.Value
		}
	}
	return nil
}

// extensionIDs lists the extensions with their criticality, sorted: the key id
// that we add stands in another place.
func extensionIDs(c *x509.Certificate) []string {
	var ids []string
	for _, e := range c.Extensions {
		ids = append(ids, criticality(e)+e.Id.String())
	}
	slices.Sort(ids)
	return ids
}

func criticality(e pkix.Extension) string {
	if e.Critical {
		return "critical "
	}
	return ""
}

// TestUsageWords holds spec's table of usages against cfssl's: spec may not
// import cfssl, and a word of which the two think differently would be a
// certificate that is not what was shown.
func TestUsageWords(t *testing.T) {
	for word, want := range config.KeyUsage {
		if ku, eku, unknown := usage.Bits([]string{word}); ku != want || len(eku) != 0 || len(unknown) != 0 {
			t.Errorf("usage.Bits(%q) = %v %v %v, cfssl says %v", word, ku, eku, unknown, want)
		}
	}
	for word, want := range config.ExtKeyUsage {
		if ku, eku, unknown := usage.Bits([]string{word}); ku != 0 || !slices.Equal(eku, []x509.ExtKeyUsage{want}) || len(unknown) != 0 {
			t.Errorf("usage.Bits(%q) = %v %v %v, cfssl says %v", word, ku, eku, unknown, want)
		}
	}
	if _, _, unknown := usage.Bits([]string{"signing", "Server Auth"}); !slices.Equal(unknown, []string{"Server Auth"}) {
		t.Errorf("a misspelt usage went unseen: %v", unknown)
	}
}
