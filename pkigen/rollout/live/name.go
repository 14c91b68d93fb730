package live

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
)

// distinguished is a name in DER as text: "CN=kubernetes-ca".
func distinguished(raw []byte) string {
	var seq pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &seq); err != nil || len(rest) > 0 {
		const most = 16
		return hex.EncodeToString(raw[:min(len(raw), most)])
	}
	var n pkix.Name
	n.FillFromRDNSequence(&seq)
	return n.String()
}
