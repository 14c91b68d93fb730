package lab

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// Key is what a trainer keeps of a lab, to mark it later: which faults are where,
// and by what the directories are known. It holds no private key.
type Key struct {
	Version  int       `json:"version"`
	Seed     uint64    `json:"seed"`
	Made     time.Time `json:"made"`
	Answers  string    `json:"answers"` // what each directory is repaired towards
	Students []Student `json:"students"`
}

// LargestKey is the size that a key may have, in bytes: one student of a cluster
// of ten nodes has some twenty thousand.
const LargestKey = 64 << 20

// keyVersion is raised when an older program would mark wrongly by a newer key.
const keyVersion = 1

// Student is one student's directory.
type Student struct {
	Name   string         `json:"name"`
	Faults []StudentFault `json:"faults"`
	// Keys are the sums of public keys in the right directory, by the name of the
	// certificate or key pair: "ca", "sa", "master1/apiserver".
	Keys map[string]string `json:"keys"`
	// Settings are the sums of the files that tell programs what to do, and of the
	// answers, by path. Of a CA's key nothing but its path is noted, without a sum.
	Settings map[string]string `json:"settings"`
	// Spoilt are the sums of those among them that a fault has changed, as the
	// student got them.
	Spoilt map[string]string `json:"spoilt,omitempty"`
}

// StudentFault is one fault that was planted.
type StudentFault struct {
	ID    string   `json:"fault"`
	Files []string `json:"files"` // that it shows in
	// Certificates are the names of what was spoilt: new keys are due there.
	Certificates []string `json:"certificates,omitempty"`
	What         string   `json:"what"` // the first finding, for the trainer
}

// Encode writes the key as JSON, the same for the same key.
func (k *Key) Encode() ([]byte, error) {
	k.Version = keyVersion
	data, err := json.MarshalIndent(k, "", "  ")
	return append(data, '\n'), err
}

// ParseKey reads what Encode wrote.
func ParseKey(data []byte) (*Key, error) {
	var k Key
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&k); err != nil {
		return nil, fmt.Errorf("this is no key file of certwright lab: %w", err)
	}
	if k.Version != keyVersion {
		return nil, fmt.Errorf("its version is %d, this program reads version %d", k.Version, keyVersion)
	}
	for _, s := range k.Students {
		for _, f := range s.Faults {
			if Find(f.ID) == nil {
				return nil, fmt.Errorf("student %q has the fault %q, which this program does not know", s.Name, f.ID)
			}
		}
	}
	return &k, nil
}

// Student is that of a name; nil for none.
func (k *Key) Student(name string) *Student {
	if i := slices.IndexFunc(k.Students, func(s Student) bool { return s.Name == name }); i >= 0 {
		return &k.Students[i]
	}
	return nil
}

// NewStudent notes what a directory was before faults were planted, what it is
// with them, and which they are.
func NewStudent(name string, right, spoilt *survey.Site, planted []Planted) *Student {
	s := &Student{Name: name, Keys: map[string]string{}, Settings: map[string]string{}, Spoilt: map[string]string{}}
	for _, seat := range right.Seats {
		if sum := keySum(seat); sum != "" {
			s.Keys[seat.Want.Name] = sum
		}
		if seat.Entry.Kind == catalog.Authority && seat.Key.File != nil {
			s.Settings[seat.Key.Path] = ""
		}
	}
	for _, f := range right.Files {
		if isSetting(right, f) {
			s.Settings[f.Path] = hex.EncodeToString(f.Sum[:])
			if now := spoilt.File(f.Path); now != nil && now.Sum != f.Sum {
				s.Spoilt[f.Path] = hex.EncodeToString(now.Sum[:])
			}
		}
	}
	for i := range planted {
		p := &planted[i]
		s.Faults = append(s.Faults, StudentFault{ID: p.Fault.ID, Files: p.Files(), Certificates: p.certificates(),
			What: p.Findings[0].File + " " + p.Findings[0].What()})
	}
	return s
}

func (p *Planted) certificates() []string {
	var out []string
	for i := range p.Findings {
		if s := p.Findings[i].Seat; s != nil && s.Want != nil {
			out = append(out, s.Want.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isSetting tells the files that nobody has to change for a repair, but for those
// that a fault is in.
func isSetting(site *survey.Site, f *scan.File) bool {
	switch {
	case f.Secret(), len(f.Blocks) > 0, path.Base(f.Path) == render.SumsFile, strings.HasPrefix(f.Path, "cfssl/"):
		return false
	case !site.Layout.PerNode:
		return false // the JSON files of the article are not used by any program
	}
	return true
}

// keySum is the sum of a seat's public key; "" where there is none.
func keySum(seat *survey.Seat) string {
	var pub crypto.PublicKey
	if leaf := seat.Leaf(); leaf != nil {
		pub = leaf.PublicKey
	} else if seat.Entry.Kind == catalog.KeyPair {
		pub = seat.Private()
	}
	text := pkey.Text(pub)
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
