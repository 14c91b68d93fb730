package verify

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// many is a fixture with n leaves, all of them the same certificate in files of
// their own.
func many(t *testing.T, n int) *fixture {
	t.Helper()
	f := newFixture(t)
	p := *f.plan
	f.plan = &p
	leaf := *p.Find("kube-proxy")
	p.Certificates, p.Files = slices.Clone(p.Certificates), slices.Clone(p.Files)
	for i := range n {
		c := leaf
		c.Name = fmt.Sprintf("proxy-%04d", i)
		for _, path := range []*string{&c.Files.Cert, &c.Files.Key, &c.Files.CSR, &c.Files.Request} {
			f.files[c.Name+"/"+*path] = f.files[*path]
			*path = c.Name + "/" + *path
		}
		p.Certificates = append(p.Certificates, c)
	}
	return f
}

func TestManyLeaves(t *testing.T) {
	f := many(t, 50)
	proofs, err := Set(f.plan, nil, f.read, f.now)
	if err != nil || !strings.HasPrefix(proofs[0], "53 certificates chain to ") {
		t.Errorf("got %q, %v", proofs, err)
	}
}

// TestFirstErrorInOrder spoils some of many leaves, and holds that the error is
// always that of the first in the plan, whichever is found first.
func TestFirstErrorInOrder(t *testing.T) {
	f := many(t, 60)
	for i := 7; i < 60; i += 5 {
		f.files[fmt.Sprintf("proxy-%04d/kube-proxy-key.pem", i)] = []byte("spoilt")
	}
	for range 10 {
		_, err := Set(f.plan, nil, f.read, f.now)
		if err == nil || !strings.HasPrefix(err.Error(), "proxy-0007/kube-proxy-key.pem: ") {
			t.Fatalf("got %v", err)
		}
	}
	// A CA comes before all leaves.
	f.files["ca.pem"] = []byte("spoilt")
	if _, err := Set(f.plan, nil, f.read, f.now); err == nil || !strings.HasPrefix(err.Error(), "ca.pem: ") {
		t.Errorf("got %v", err)
	}
}

// TestCrashIsAnError keeps a panic of one leaf from ending the process.
func TestCrashIsAnError(t *testing.T) {
	f := many(t, 8)
	var once sync.Once
	_, err := Set(f.plan, nil, func(path string) ([]byte, error) {
		if strings.HasPrefix(path, "proxy-") {
			once.Do(func() { panic("boom") })
		}
		return f.read(path)
	}, f.now)
	if err == nil || !strings.Contains(err.Error(), "internal error: boom") {
		t.Errorf("got %v", err)
	}
}

func TestSameList(t *testing.T) {
	for _, test := range []struct {
		have, want string
		ordered    bool
		err        string
	}{
		{"a b", "a b", true, ""},
		{"b a", "a b", false, ""},
		{"b a", "a b", true, "in another order than planned: b a"},
		{"a", "a b c", false, `lacks "b" among its names`},
		{"a x y", "a", false, `has "x" among its names, which was not planned`},
		{"", "", true, ""},
	} {
		err := sameList("names", strings.Fields(test.have), strings.Fields(test.want), test.ordered)
		if got := fmt.Sprint(err); test.err == "" && err != nil || !strings.Contains(got, test.err) {
			t.Errorf("%q, %q: got %v, want %q", test.have, test.want, err, test.err)
		}
	}
	// Long lists: no look at each for each, which would take seconds.
	long := make([]string, 20_000)
	for i := range long {
		long[i] = fmt.Sprint(i)
	}
	short := slices.Clone(long)
	slices.Reverse(short)
	if err := sameList("names", short, long, false); err != nil {
		t.Error(err)
	}
}

// TestSetReadsOnce: a proof is as quick as its reading.
func TestSetReadsOnce(t *testing.T) {
	f := newFixture(t)
	var mu sync.Mutex
	times := map[string]int{}
	_, err := Set(f.plan, nil, func(path string) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		times[path]++
		return f.read(path)
	}, f.now)
	if err != nil {
		t.Fatal(err)
	}
	for path, n := range times {
		if n != 1 {
			t.Errorf("%s was read %d times", path, n)
		}
	}
}
