package catalog

import (
	"net"
	"slices"
	"strconv"
	"testing"

	"certwright/pkigen/cluster/components"
)

// TestEndpoints holds the endpoints against what programs are told: each setting that names
// a file there is one of an entry, and what an entry says of where it is shown is the port
// of an endpoint that serves it.
func TestEndpoints(t *testing.T) {
	shown := 0
	for i := range components.All {
		c := &components.All[i]
		if len(c.Endpoints) == 0 {
			t.Errorf("%s answers nowhere", c.Name)
		}
		for _, e := range c.Endpoints {
			if e.Plain != (e.Serves == "") || e.Plain && len(e.Asks) > 0 {
				t.Errorf("%s %s: plain %t, serves %q and asks %q", c.Name, e.Name, e.Plain, e.Serves, e.Asks)
			}
			for _, flag := range append(slices.Clone(e.Asks), e.Serves) {
				if flag != "" && !slices.ContainsFunc(wholeCatalogue, func(r *Entry) bool { return r.Told(c.Name, flag) }) {
					t.Errorf("%s %s: no entry is told to it by %s", c.Name, e.Name, flag)
				}
			}
		}
		if !slices.ContainsFunc(c.Endpoints, func(e components.Endpoint) bool { return e.Port == c.Port }) {
			t.Errorf("%s is asked at port %d, where it does not answer", c.Name, c.Port)
		}
	}
	for _, r := range wholeCatalogue {
		for _, u := range r.Uses {
			if u.Shown == "" {
				continue
			}
			shown++
			_, port, _ := net.SplitHostPort(u.Shown)
			if !slices.ContainsFunc(components.Find(u.Component).Endpoints, func(e components.Endpoint) bool { return strconv.Itoa(e.Port) == port && e.Serves == u.Flag }) {
				t.Errorf("%s of %s is shown at %s, and no endpoint serves it there", u.Flag, u.Component, u.Shown)
			}
		}
	}
	if shown < 5 {
		t.Errorf("%d files are shown; this test looks at nothing", shown)
	}
}
