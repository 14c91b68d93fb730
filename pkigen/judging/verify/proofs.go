package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// proofs says what was proven, and by what.
func (s *set) proofs() []string {
	var out []string
	for _, ca := range slices.Sorted(maps.Keys(s.chained)) {
		out = append(out, fmt.Sprintf("%s to %s for each purpose (Go crypto/x509)",
			spec.Count(s.chained[ca], "certificate chains", "certificates chain"), ca))
	}
	if s.keys > 0 {
		which := "each private key"
		if len(s.closed) > 0 {
			which = "each other private key"
		}
		out = append(out, which+" fits its certificate")
	}
	if len(s.closed) > 0 {
		out = append(out, fmt.Sprintf("encrypted, not opened here: %s", strings.Join(s.closed, ", ")))
	}
	if s.names > 0 {
		out = append(out, fmt.Sprintf("clients accept %s of the server certificates", spec.Count(s.names, "name", "names")))
	}
	out = append(out, "subjects, names, usages and dates are as planned")
	if s.renewed > 0 {
		out = append(out, fmt.Sprintf("%s from the old one in what the plan says and in nothing else", spec.Count(s.renewed, "renewed certificate differs", "renewed certificates differ")))
	}
	if s.plan.Layout != nil && s.plan.Layout.AsFound {
		return out // it has no requests
	}
	return append(out, "requests and cfssl JSON files agree with the certificates")
}
