package text

import (
	"bytes"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/making/plan"
)

// TestAdoptedNext holds that a way on is named that leads on.
func TestAdoptedNext(t *testing.T) {
	certificate := func(kind catalog.Kind, end time.Time) plan.Certificate {
		return plan.Certificate{Certificate: catalog.Certificate{Entry: &catalog.Entry{Kind: kind}}, OldCert: &x509.Certificate{NotAfter: end}}
	}
	ca, leaf := certificate(catalog.Authority, now.Add(year)), certificate(catalog.Leaf, now.Add(-day))
	for want, pl := range map[string]*plan.Plan{
		"certwright renew x --all --dry-run":    {Certificates: []plan.Certificate{ca, leaf}},
		"certwright generate --dir x --dry-run": {Certificates: []plan.Certificate{certificate(catalog.Authority, now), leaf}},
		"go on:\n  certwright verify x":         {Certificates: []plan.Certificate{ca}},
		"possible yet: it is away":              {Files: []plan.Action{{Verb: plan.Refuse, Reason: "it is away"}}},
	} {
		var b bytes.Buffer
		v := &AdoptionView{Dir: "x", Proposal: &adopt.Proposal{}, Plan: pl, Written: true, File: "f", Now: now}
		if err := Adoption(&b, v); err != nil || !strings.Contains(b.String(), want) || strings.Contains(want, "possible") && strings.Contains(b.String(), "renew") {
			t.Errorf("%v: it does not say %q:\n%s", err, want, b.String())
		}
	}
}
