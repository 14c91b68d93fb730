package steps

import (
	"slices"
	"testing"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	answers := func(sets ...string) *Answers {
		a := NewAnswers()
		for _, s := range sets {
			if err := a.Assign(s); err != nil {
				t.Fatal(err)
			}
		}
		return a
	}
	for _, tc := range []struct {
		name string
		a, b *Answers
		want []string
	}{
		{"same", answers("clusterName=lab"), answers("clusterName=lab"), nil},
		{"a value", answers("serviceSubnet=10.96.0.0/12"), answers("serviceSubnet=10.254.0.0/16"), []string{"serviceSubnet: 10.254.0.0/16, was 10.96.0.0/12"}},
		{"a list", answers("nodes=m1 10.0.0.1 control-plane,etcd\nw1 10.0.0.2 worker"), answers("nodes=m1 10.0.0.1 control-plane,etcd\nw2  10.0.0.3 worker"),
			[]string{"nodes: +w2 10.0.0.3 worker, -w1 10.0.0.2 worker"}},
		{"only blanks", answers("certSANs=a.example.com\nb.example.com"), answers("certSANs=a.example.com\n  b.example.com"), nil},
		{"many", answers("certSANs=a.example.com"), answers("certSANs=1.example.com\n2.example.com\n3.example.com"),
			[]string{"certSANs: +1.example.com, +2.example.com, +3.example.com, and 1 more"}},
	} {
		if got := tc.a.Differences(tc.b); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
