package survey

import (
	"bytes"
	"crypto/x509"
	"io/fs"
	"path"
	"slices"

	"certwright/pkigen/role"
)

// Split parts a site without answers by clusters: machines whose certificates
// are of one Kubernetes CA belong together. A folder may hold what was made for
// several. Each part has the files of its machines; what lies elsewhere is with
// the first, which has the most machines.
func (s *Site) Split() []*Site {
	if s.Layout != nil || s.Apart != "" {
		return []*Site{s}
	}
	of := s.clusters()
	var order []string
	count := map[string]int{}
	for _, m := range s.Machines() {
		if count[of[m]]++; count[of[m]] == 1 {
			order = append(order, of[m])
		}
	}
	if len(order) < 2 {
		return []*Site{s}
	}
	slices.SortStableFunc(order, func(a, b string) int { return count[b] - count[a] })
	parts := map[string]*Site{}
	var out []*Site
	for _, key := range order {
		part := &Site{Survey: &Survey{Root: s.Root, byPath: s.byPath, Folders: map[string]fs.FileMode{}}, settings: s.settings, above: s.above, told: s.told,
			Commands: s.Commands}
		parts[key] = part
		out = append(out, part)
	}
	for _, seat := range s.Seats {
		part := parts[of[seat.Machine]]
		part.Seats = append(part.Seats, seat)
	}
	for _, f := range s.Files {
		part := out[0]
		if m, ok := above(f.Path, func(folder string) bool { _, known := of[folder]; return known }); ok {
			part = parts[of[m]]
		}
		part.Files = append(part.Files, f)
		if dir := path.Dir(f.Path); s.Folders[dir] != 0 {
			part.Folders[dir] = s.Folders[dir]
		}
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
