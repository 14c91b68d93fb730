package steps

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answersOf makes answers from pairs of key and value.
func answersOf(t testing.TB, pairs ...string) *Answers {
	t.Helper()
	a := NewAnswers()
	for i := 0; i < len(pairs); i += 2 {
		if err := a.Set(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestGetExplicitAndDefault(t *testing.T) {
	a := NewAnswers()
	if got := a.Get("ca.CN"); got != "kubernetes-ca" {
		t.Errorf("default is %q", got)
	}
	if _, ok := a.Explicit("ca.CN"); ok || !a.IsDefault("ca.CN") || !a.Empty() {
		t.Error("a new answer is not a default")
	}
	for _, tt := range []struct {
		value     string
		isDefault bool
	}{{"lab-ca", false}, {"", false}, {"kubernetes-ca", true}} {
		if err := a.Set("ca.CN", tt.value); err != nil {
			t.Fatal(err)
		}
		if got := a.Get("ca.CN"); got != tt.value {
			t.Errorf("Get is %q after Set(%q)", got, tt.value)
		}
		if _, ok := a.Explicit("ca.CN"); !ok || a.IsDefault("ca.CN") != tt.isDefault {
			t.Errorf("%q: explicit %v, default %v", tt.value, ok, a.IsDefault("ca.CN"))
		}
	}
	b := a.Clone()
	a.Unset("ca.CN")
	if got := a.Get("ca.CN"); got != "kubernetes-ca" {
		t.Errorf("after Unset it is %q", got)
	}
	if _, ok := b.Explicit("ca.CN"); !ok || a.Equal(b) {
		t.Error("the clone changed with the original")
	}
	a.Merge(b)
	if !a.Equal(b) {
		t.Error("Merge took nothing over")
	}
}

func TestSetCleansText(t *testing.T) {
	a := answersOf(t, "nodes", "a\r\nb\rc\xff\n")
	if got, want := a.Get("nodes"), "a\nb\nc\uFFFD\n"; got != want {
		t.Errorf("nodes is %q, want %q", got, want)
	}
}

func TestUnknownKeys(t *testing.T) {
	tests := []struct{ key, suggestion string }{
		{"servicesubnet", "serviceSubnet"},
		{"node", "nodes"},
		{"ca.cn", "ca.CN"},
		{"CN", "ca.CN"},
		{"certSan", "certSANs"},
		{"expiry", ""}, // ca's or a profile's: not for us to guess
		{"usages", ""}, // which profile's is not for us to guess
		{"profiles.kubernets.expiry", "profiles.kubernetes.expiry"},
		{"profiles.kubernetes.expires", "profiles.kubernetes.expiry"},
		{"", ""},
		{"zzzzzz", ""},
		{strings.Repeat("x", 1<<20), ""},
	}
	for _, tt := range tests {
		a := NewAnswers()
		err := a.Set(tt.key, "x")
		var unknown *unknownKeyError
		if !errors.As(err, &unknown) {
			t.Fatalf("Set(%q): %v", tt.key, err)
		}
		if unknown.Suggestion != tt.suggestion {
			t.Errorf("%q: suggests %q, want %q", tt.key, unknown.Suggestion, tt.suggestion)
		}
		if tt.suggestion != "" && !strings.Contains(err.Error(), "did you mean \""+tt.suggestion+"\"?") {
			t.Errorf("%q: the error reads %q", tt.key, err)
		}
		if !a.Equal(NewAnswers()) {
			t.Errorf("%q was kept", tt.key)
		}
	}
}

func TestAssign(t *testing.T) {
	tests := []struct{ arg, key, value, err string }{
		{"ca.CN=lab", "ca.CN", "lab", ""},
		{"ca.CN=", "ca.CN", "", ""},
		{" ca.CN =a=b", "ca.CN", "a=b", ""},
		{"nodes=a 10.0.0.1\nb 10.0.0.2", "nodes", "a 10.0.0.1\nb 10.0.0.2", ""},
		{"ca.CN", "", "", `"ca.CN" has no value`},
		{"dir=/tmp", "", "", `"dir" is not an answer`},
		{"ca.Cn=x", "", "", `did you mean "ca.CN"?`},
	}
	for _, tt := range tests {
		a := NewAnswers()
		err := a.Assign(tt.arg)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want %q", tt.arg, err, tt.err)
			}
			continue
		}
		if got, ok := a.Explicit(tt.key); err != nil || !ok || got != tt.value {
			t.Errorf("%q: %q, %v", tt.arg, got, err)
		}
	}
}
