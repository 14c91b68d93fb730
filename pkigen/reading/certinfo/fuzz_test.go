package certinfo

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzContents reads arbitrary bytes as a file: no panic, at least one entry, an
// entry that can be written as JSON, and never the PEM text of a private key.
func FuzzContents(f *testing.F) {
	ca := newCA(f, "ca")
	one := issue(f, "ed25519", manyNames(), &ca)
	f.Add(append(one.pem(), ca.pem()...))
	f.Add(one.keyPEM(f))
	f.Add(one.cert.Raw)
	f.Add([]byte("kind: Config\nclusters:\n- cluster: {certificate-authority-data: LS0t}\n"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &scanner{ctx: t.Context()}
		s.contents("/does/not/exist/file", data)
		s.link()
		if len(s.entries) == 0 {
			t.Error("a file without an entry")
		}
		out, err := json.Marshal(s.entries)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "PRIVATE KEY-----") {
			t.Error("an entry holds a private key")
		}
		for i := range s.entries {
			_, _ = s.entries[i].CFSSL()
		}
		_, _ = CFSSL(data)
	})
}
