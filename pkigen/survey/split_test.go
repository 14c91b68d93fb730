package survey

import (
	"slices"
	"testing"
)

// TestSplit parts a folder with what was made for two clusters, and keeps a
// cluster together of which one machine has an old CA.
func TestSplit(t *testing.T) {
	a, _ := newCA(t, "kubernetes")
	b, _ := newCA(t, "kubernetes")
	files := map[string]string{"notes.txt": "x"}
	machine := func(folder string, trusted, signer *issuer) {
		cert, key := signer.leaf("kube-apiserver", "server", "kubernetes.default")
		files[folder+"/pki/ca.crt"], files[folder+"/pki/apiserver.crt"], files[folder+"/pki/apiserver.key"] = trusted.pem, cert, key
	}
	machine("a1", a, a)
	machine("a2", b, a) // an old copy of the CA
	machine("b1", b, b)
	files["store/pki/ca.crt"] = a.pem
	parts := Guess(read(t, put(t, files))).Split()
	if len(parts) != 2 {
		t.Fatalf("%d clusters", len(parts))
	}
	for i, want := range [][]string{{"a1", "a2", "store"}, {"b1"}} {
		if got := parts[i].Machines(); !slices.Equal(got, want) {
			t.Errorf("cluster %d has %q, want %q", i+1, got, want)
		}
	}
	if n := len(parts[0].Files); n != 8 || len(parts[1].Files) != 3 || parts[0].Files[7].Path != "store/pki/ca.crt" {
		t.Errorf("%d and %d files", n, len(parts[1].Files))
	}
}
