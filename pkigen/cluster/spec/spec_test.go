package spec

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"certwright/pkigen/cluster/problem"
)

// places are problems in short: "2:san-is-network" for one on line 2.
func places(ps []problem.Problem) []string {
	var out []string
	for _, p := range ps {
		if p.Line > 0 {
			out = append(out, fmt.Sprintf("%d:%s", p.Line, p.Code))
		} else {
			out = append(out, string(p.Code))
		}
	}
	return out
}

func wantPlaces(t *testing.T, ps []problem.Problem, want []string) {
	t.Helper()
	if got := places(ps); !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
		for _, p := range ps {
			t.Log(p.Error())
		}
	}
}

func wantKey(t *testing.T, ps []problem.Problem, key string) {
	t.Helper()
	for _, p := range ps {
		if p.Key != key {
			t.Errorf("%s has the key %q, want %q", p.Code, p.Key, key)
		}
	}
}

func nets(list ...string) []netip.Prefix {
	var ps []netip.Prefix
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

func strs[T fmt.Stringer](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, x.String())
	}
	return out
}
