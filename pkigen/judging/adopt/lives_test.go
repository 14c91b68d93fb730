package adopt

import (
	"crypto/x509"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
)

// TestWritten holds that how long a certificate without an end lives is an answer
// that can be given.
func TestWritten(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	life := written(&x509.Certificate{NotBefore: begin, NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)})
	if got, ps := spec.ParseDuration("ca.expiry", spec.DurationText(life)); len(ps) > 0 || got != life {
		t.Errorf("%s is refused: %v", spec.DurationText(life), ps)
	}
	if life := written(&x509.Certificate{NotBefore: begin, NotAfter: begin.Add(time.Hour)}); life != time.Hour {
		t.Errorf("an hour is %s", life)
	}
}
