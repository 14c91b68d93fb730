package survey

import (
	"bytes"
	"crypto/x509"
	"slices"

	"certwright/pkigen/role"
)

// Clusters are the machines by the cluster to which they belong, the one with the
// most first: those whose certificates are of one Kubernetes CA belong together. A
// folder may hold what was made for several.
func (s *Site) Clusters() [][]string {
	of := s.clusters()
	var order []string
	count := map[string][]string{}
	for _, m := range s.Machines() {
		if len(count[of[m]]) == 0 {
			order = append(order, of[m])
		}
		count[of[m]] = append(count[of[m]], m)
	}
	slices.SortStableFunc(order, func(a, b string) int { return len(count[b]) - len(count[a]) })
	var out [][]string
	for _, key := range order {
		out = append(out, count[key])
	}
	return out
}

// clusters says of each machine by which CA most of its certificates are signed,
// as the CA's public key. Where none can be told it is that of the CA that lies
// there, and else that of most machines.
func (s *Site) clusters() map[string]string {
	cas := map[string]*x509.Certificate{}
	own := map[string]string{}
	for _, seat := range s.Seats {
		if leaf := seat.Leaf(); leaf != nil && seat.Role.Name == "ca" {
			key := string(leaf.RawSubjectPublicKeyInfo)
			cas[key], own[seat.Machine] = leaf, key
		}
	}
	votes := map[string]map[string]int{}
	for _, seat := range s.Seats {
		leaf := seat.Leaf()
		if leaf == nil || seat.Role.Kind != role.Leaf || seat.Role.Domain != role.Kubernetes {
			continue
		}
		for key, ca := range cas {
			if signedBy(leaf, ca) {
				if votes[seat.Machine] == nil {
					votes[seat.Machine] = map[string]int{}
				}
				votes[seat.Machine][key]++
			}
		}
	}
	return settle(s.Machines(), votes, own)
}

// signedBy goes by the key's id where both have one: ten thousand signatures take
// their time, and are checked later.
func signedBy(leaf, ca *x509.Certificate) bool {
	if !bytes.Equal(leaf.RawIssuer, ca.RawSubject) {
		return false
	}
	if len(leaf.AuthorityKeyId) > 0 && len(ca.SubjectKeyId) > 0 {
		return bytes.Equal(leaf.AuthorityKeyId, ca.SubjectKeyId)
	}
	return ca.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil
}

// settle counts the votes.
func settle(machines []string, votes map[string]map[string]int, own map[string]string) map[string]string {
	out, count := map[string]string{}, map[string]int{}
	for _, m := range machines {
		for key, n := range votes[m] {
			if best := out[m]; n > votes[m][best] || n == votes[m][best] && key < best {
				out[m] = key
			}
		}
		if out[m] == "" {
			out[m] = own[m]
		}
		count[out[m]]++
	}
	most := ""
	for key, n := range count {
		if key != "" && (most == "" || n > count[most] || n == count[most] && key < most) {
			most = key
		}
	}
	for _, m := range machines {
		if out[m] == "" {
			out[m] = most
		}
	}
	return out
}
