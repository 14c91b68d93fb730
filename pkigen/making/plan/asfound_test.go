package plan

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
)

// TestAdoptedOutlivesItsCA: of what was adopted a certificate may end after its CA, as
// other tools make it.
func TestAdoptedOutlivesItsCA(t *testing.T) {
	ends := time.Now().AddDate(1, 0, 0)
	have := &x509.Certificate{NotBefore: time.Now(), NotAfter: ends.Add(7 * time.Second)}
	for _, test := range []struct {
		found bool
		after time.Duration
		same  bool
	}{{true, 7 * time.Second, true}, {true, time.Hour, true}, {false, 7 * time.Second, false}} {
		have.NotAfter = ends.Add(test.after)
		if got := lifetimeDifference(have, &catalog.Certificate{AsFound: test.found}, issuer{notAfter: ends}); strings.Contains(got, "outlives") == test.same {
			t.Errorf("%+v: %q", test, got)
		}
	}
}
