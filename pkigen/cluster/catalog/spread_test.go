package catalog

import (
	"fmt"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
)

func TestSpread(t *testing.T) {
	const nodes, spread = 5000, 30 * 24 * time.Hour
	days := map[int]int{}
	for i := range nodes {
		d := earlier(spread, fmt.Sprintf("worker%d", i+1))
		if d < 0 || d > spread || d%time.Hour != 0 {
			t.Fatalf("worker%d ends %v earlier", i+1, d)
		}
		days[int(d.Hours())/24]++
	}
	for day := range 30 {
		if n, even := days[day], nodes/30; n < even*2/3 || n > even*4/3 {
			t.Errorf("%d nodes end on day %d, where %d would be even", n, day, even)
		}
	}
	if earlier(0, "worker1") != 0 || earlier(time.Minute, "worker1") != 0 {
		t.Error("without a spread a certificate expires earlier")
	}
}

// A node's certificates end together; the CAs, and who has no node, by themselves.
func TestSpreadOfNodes(t *testing.T) {
	c := articleCluster()
	c.Layout, c.Spread = "three-ca", 30*24*time.Hour
	c.Nodes[0].Roles |= spec.ControlPlane | spec.Etcd
	c.Profiles = nil
	for _, p := range kubeadmProfiles {
		c.Profiles = append(c.Profiles, spec.Profile{Name: p.Name, Expiry: 365 * 24 * time.Hour, Usages: p.Usages})
	}
	l, _ := FindLayout("three-ca")
	ends, moved := map[string]time.Duration{}, 0
	for _, cert := range l.Certificates(c) {
		profile, _ := c.Profile(cert.Entry.Profile)
		switch {
		case cert.IsCA():
			if cert.Expiry != c.CA.Expiry {
				t.Errorf("%s lasts %v", cert.Name, cert.Expiry)
			}
		case cert.IsCertificate():
			by := profile.Expiry - cert.Expiry
			if old, ok := ends[cert.Node]; ok && cert.Node != "" && old != by {
				t.Errorf("%s ends %v earlier, another of its node %v", cert.Name, by, old)
			}
			ends[cert.Node] = by
			if by > 0 {
				moved++
			}
		}
	}
	if moved < 5 {
		t.Errorf("%d certificates end earlier", moved)
	}
}
