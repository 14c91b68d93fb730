// Package issued is the record of every certificate that a set has ever issued, with what
// shuts one out: its SHA-256 and its serial number. A certificate that is gone from the
// set can still be revoked by it.
package issued

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// FileName is how the file of a record is called.
const FileName = "issued"

// Certificate is one certificate that was issued. Either of Serial and SHA256 may be
// missing of one that the cluster issued itself.
type Certificate struct {
	Name    string    `json:"name"`             // in the set: "master1/kubelet-client"
	Signer  string    `json:"signer"`           // name of the CA
	Serial  string    `json:"serial,omitempty"` // hexadecimal
	SHA256  string    `json:"sha256,omitempty"` // hexadecimal, of the DER
	From    time.Time `json:"notBefore,omitzero"`
	Ends    time.Time `json:"notAfter,omitzero"` // zero where nobody knows
	Revoked time.Time `json:"revoked,omitzero"`  // zero for one that is not
}

// Of is the entry for a certificate of the set.
func Of(name, signer string, c *x509.Certificate) Certificate {
	return Certificate{Name: name, Signer: signer, Serial: c.SerialNumber.Text(16), SHA256: Sum(c), From: c.NotBefore.UTC(), Ends: c.NotAfter.UTC()}
}

// Sum is the hexadecimal SHA-256 by which kube-apiserver calls a certificate.
func Sum(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// IsRevoked reports whether it was revoked.
func (c *Certificate) IsRevoked() bool { return !c.Revoked.IsZero() }

// Expired reports whether it is refused for its dates alone.
func (c *Certificate) Expired(now time.Time) bool { return !c.Ends.IsZero() && now.After(c.Ends) }

// same reports whether two entries are of one certificate.
func (c *Certificate) same(o *Certificate) bool {
	if c.SHA256 != "" && o.SHA256 != "" {
		return c.SHA256 == o.SHA256
	}
	return c.Serial != "" && c.Serial == o.Serial && c.Signer == o.Signer
}

// key is by what an entry is found again.
func (c *Certificate) key() string { return cmp.Or(c.SHA256, c.Signer+" "+c.Serial) }

// Record is all that was issued, in a fixed order. The zero Record is empty.
type Record struct {
	list  []Certificate
	known map[string]int // places by key
}

// All are the certificates, by name and beginning. They must not be changed.
func (r *Record) All() []Certificate { return r.list }

// Add adds certificates that are not in the record yet, and reports how many were not.
func (r *Record) Add(all ...Certificate) int {
	added := 0
	if r.known == nil {
		r.known = map[string]int{}
	}
	for _, c := range all {
		if _, there := r.known[c.key()]; there {
			continue
		}
		r.known[c.key()] = -1
		r.list = append(r.list, c)
		added++
	}
	if added > 0 {
		r.sort()
	}
	return added
}

func (r *Record) sort() {
	slices.SortStableFunc(r.list, func(a, b Certificate) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), a.From.Compare(b.From), strings.Compare(a.key(), b.key()))
	})
	for i := range r.list {
		r.known[r.list[i].key()] = i
	}
}

// Find is the entry of a certificate; nil for one that is not in the record.
func (r *Record) Find(c *Certificate) *Certificate {
	if i, there := r.known[c.key()]; there {
		return &r.list[i]
	}
	for i := range r.list {
		if r.list[i].same(c) {
			return &r.list[i]
		}
	}
	return nil
}

// Revoke marks certificates as revoked at a time, and adds those that are not in the
// record. One that was revoked before stays as it is.
func (r *Record) Revoke(at time.Time, all ...Certificate) {
	r.Add(all...)
	for i := range all {
		if c := r.Find(&all[i]); !c.IsRevoked() {
			c.Revoked = at.UTC().Truncate(time.Second)
		}
	}
}

// Revoked are those of one signer that are revoked.
func (r *Record) Revoked(signer string) []Certificate {
	var out []Certificate
	for _, c := range r.list {
		if c.IsRevoked() && c.Signer == signer {
			out = append(out, c)
		}
	}
	return out
}

// Keep adds what a later record has and this one has not, without what it says of
// revocations: an undo forgets nothing that was issued.
func (r *Record) Keep(later *Record) {
	all := slices.Clone(later.list)
	for i := range all {
		all[i].Revoked = time.Time{}
	}
	r.Add(all...)
}

// Clone is a record of its own with the same entries.
func (r *Record) Clone() *Record {
	out := &Record{}
	out.Add(r.list...)
	return out
}

const header = "# Every certificate that this set has issued, and those of its cluster that were revoked:\n" +
	"# begins, ends, revoked (- for not), signer, serial number, SHA-256, name. Keep it: revoking needs it.\n"

// Text is the record as a file.
func (r *Record) Text() []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for i := range r.list {
		c := &r.list[i]
		fmt.Fprintf(&b, "%s %s %s %s %s %s %s\n", stamp(c.From), stamp(c.Ends), stamp(c.Revoked),
			c.Signer, cmp.Or(c.Serial, none), cmp.Or(c.SHA256, none), c.Name)
	}
	return b.Bytes()
}

const none = "-"

func stamp(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format(time.RFC3339)
}

// Parse reads a record. The error says which line is wrong, and what a line has.
func Parse(text []byte) (*Record, error) {
	r := &Record{}
	n := 0
	var all []Certificate
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, ok := parseLine(strings.Fields(line))
		if !ok {
			return nil, fmt.Errorf("line %d cannot be read: it has to be seven words, begins, ends, revoked, signer, serial number, SHA-256 and name", n)
		}
		all = append(all, c)
	}
	if r.Add(all...) != len(all) {
		return nil, fmt.Errorf("a certificate stands in it twice")
	}
	return r, nil
}

func parseLine(words []string) (c Certificate, ok bool) {
	if len(words) != 7 {
		return c, false
	}
	for i, t := range []*time.Time{&c.From, &c.Ends, &c.Revoked} {
		if words[i] == none {
			continue
		}
		var err error
		if *t, err = time.Parse(time.RFC3339, words[i]); err != nil {
			return c, false
		}
	}
	c.Signer, c.Name = words[3], words[6]
	if words[4] != none {
		c.Serial = words[4]
	}
	if words[5] != none {
		c.SHA256 = words[5]
	}
	return c, isHex(c.Serial) && isHex(c.SHA256) && (c.SHA256 == "" || len(c.SHA256) == 2*sha256.Size) && (c.Serial != "" || c.SHA256 != "")
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
