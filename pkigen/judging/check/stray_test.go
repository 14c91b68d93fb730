package check_test

import (
	"net/netip"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// TestStray holds that a broken file which the answers do not know is no error, and
// that a folder which nobody could look into is one, whatever its name.
func TestStray(t *testing.T) {
	l, _ := catalog.FindLayout("three-ca")
	c := &spec.Cluster{Layout: l.Name, Kubeconfigs: spec.Embedded, Bootstrap: spec.BootstrapOff,
		Nodes: []spec.Node{{Name: "m1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, Roles: spec.ControlPlane | spec.Etcd}}}
	odd := func(path, code string, dir bool) *scan.File {
		return &scan.File{Path: path, Dir: dir, Oddities: []scan.Oddity{{Code: code}}}
	}
	s := &scan.Scan{Root: "pki", Files: []*scan.File{
		odd("nodes/m1/etc/kubernetes", scan.Unreadable, true), odd("nodes/m1/own.crt", scan.PEMBroken, false), odd("authority/ca.key", scan.Empty, false),
	}}
	r, err := check.Run(t.Context(), survey.NewSite(s, l, c), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]check.Severity{"nodes/m1/etc/kubernetes": check.Error, "nodes/m1/own.crt": check.Warning, "authority/ca.key": check.Warning}
	for i := range r.Findings {
		f := &r.Findings[i]
		if w, asked := want[f.File]; asked && (f.Check.ID == scan.Unreadable || f.Check.ID == scan.PEMBroken || f.Check.ID == scan.Empty) {
			if f.Severity != w || f.Command != "" {
				t.Errorf("%s is a %s, mended by %q", f.File, f.Severity, f.Command)
			}
			delete(want, f.File)
		}
	}
	for file := range want {
		t.Errorf("nothing is said of %s", file)
	}
}
