package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/plan"
)

// requestFile is what counts of a cfssl request file. It is read here with a
// struct of its own, so that a mistake in writing shows.
type requestFile struct {
	CN    string   `json:"CN"`
	Hosts []string `json:"hosts"`
}

// requestJSON checks that NAME-csr.json can be read and asks for the same names
// as the certificate has: it is what an operator renews by hand with.
func (s *set) requestJSON(c *plan.Certificate) error {
	path := c.Files.Request
	if path == "" {
		return nil
	}
	data, err := s.files.file(path)
	if err != nil {
		return err
	}
	var r requestFile
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("%s: is not JSON as cfssl reads it: %w", path, err)
	}
	if r.CN != c.Subject.CN {
		return fmt.Errorf("%s: has the CN %q, the certificate has %q", path, r.CN, c.Subject.CN)
	}
	if c.IsCA() {
		return nil
	}
	var want []string
	for _, h := range c.Hosts {
		want = append(want, h.String())
	}
	if err := sameList("hosts", r.Hosts, want, false); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// configFile is what counts of ca-config.json.
type configFile struct {
	Signing struct {
		Profiles map[string]struct {
			Usages []string `json:"usages"`
			Expiry string   `json:"expiry"`
		} `json:"profiles"`
	} `json:"signing"`
}

// signingConfig checks that ca-config.json has the profile of each leaf, with the usages
// and the lifetime that the plan has. cfssl would silently take its default for
// a profile that is missing.
func (s *set) signingConfig() error {
	if s.plan.Layout == nil || s.plan.Layout.Config == "" {
		return nil
	}
	path := s.plan.Layout.Config
	data, err := s.files.file(path)
	if err != nil {
		return err
	}
	var f configFile
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("%s: is not JSON as cfssl reads it: %w", path, err)
	}
	for i := range s.plan.Certificates {
		c := &s.plan.Certificates[i]
		if c.Entry.Kind != catalog.Leaf {
			continue
		}
		p, ok := f.Signing.Profiles[c.Profile]
		if !ok {
			return fmt.Errorf("%s: lacks the profile %q of %s", path, c.Profile, c.Place(catalog.Cert))
		}
		have, _ := s.plan.Layout.Usable(c.Certificate.Key, p.Usages) // a set that is older has all
		if want, _ := s.plan.Layout.Usable(c.Certificate.Key, c.Usages); !slices.Equal(have, want) {
			return fmt.Errorf("%s: profile %q has the usages %q, %q were planned", path, c.Profile, p.Usages, c.Usages)
		}
		// A certificate may end earlier than its profile says, where ends are spread.
		planned, _ := s.plan.Cluster.Profile(c.Profile)
		if d, err := time.ParseDuration(p.Expiry); err != nil || d != planned.Expiry {
			return fmt.Errorf("%s: profile %q has the expiry %q, %s was planned", path, c.Profile, p.Expiry, planned.Expiry)
		}
	}
	return nil
}
