package spec

import (
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
)

const goodCA = "ca role=ca cert=pki/ca.crt key=pki/ca.key CN=kubernetes\n"

// adoptedCases are mistakes in the lines of an adopted directory.
var adoptedCases = []struct {
	name, text string
	want       problem.Code
	line       int
}{
	{"nothing", "", problem.Missing, 0},
	{"name", "CA! role=ca cert=a key=b CN=x", adoptedName, 1},
	{"no value", goodCA + "admin role=admin signer=ca cert", adoptedForm, 2},
	{"unknown word", "ca role=ca crt=a cert=b key=c CN=x", adoptedKey, 1},
	{"no role", "ca cert=a key=b CN=x", AdoptedLacks, 1},
	{"no subject", "ca role=ca cert=a key=b", AdoptedLacks, 1},
	{"no key", "ca role=ca cert=a CN=x", AdoptedLacks, 1},
	{"twice", goodCA + "ca role=ca cert=b.crt key=b.key CN=x", adoptedTwice, 2},
	{"above", "ca role=ca cert=../ca.crt key=b CN=x", adoptedPath, 1},
	{"absolute", "ca role=ca cert=/etc/ca.crt key=b CN=x", adoptedPath, 1},
	{"one file of two", goodCA + "b role=admin signer=ca cert=pki/ca.crt key=b.key CN=x", adoptedFile, 2},
	{"one file of two nodes", goodCA + "b role=admin node=a signer=ca cert=b.crt key=b.key CN=x\nb cert=b.crt key=c.key role=admin node=c signer=ca CN=x", adoptedFile, 3},
	{"open quote", goodCA + `b role=admin signer=ca cert=b.crt key=b.key CN="x names=y`, adoptedQuote, 2},
	{"signer", goodCA + "admin role=admin signer=other cert=a.crt key=a.key CN=x", adoptedSigner, 2},
	{"country", "ca role=ca cert=a key=b CN=x C=cn", countryCase, 1},
	{"usage", goodCA + "admin role=admin signer=ca cert=a key=b CN=x usages=flying", usageUnknown, 2},
	{"network", goodCA + "admin role=admin signer=ca cert=a key=b CN=x names=10.0.0.0/8", sanIsNetwork, 2},
}

func TestParseAdoptedRefuses(t *testing.T) {
	for _, tc := range adoptedCases {
		t.Run(tc.name, func(t *testing.T) {
			_, ps := ParseAdopted(adoption.CertificatesKey, tc.text)
			if !slices.ContainsFunc(ps, func(p problem.Problem) bool { return p.Code == tc.want && p.Line == tc.line }) {
				t.Errorf("got %v, want %s in line %d", ps, tc.want, tc.line)
			}
		})
	}
}

func TestAdoptedReadsBack(t *testing.T) {
	s := Subject{CN: "system:node:w1", O: `a "group" \ x`, OU: "Kubernetes The Hard Way"}
	s.AddO("second #2")
	want := Adopted{
		Name: "kubelet", Roles: []string{"kubelet-client", "kubelet-server"}, Node: "w1", Signer: "ca",
		Certs: []string{"w1.pem", "copy of w1.pem"}, Keys: []string{"w1-key.pem"}, Configs: []string{"w1.kubeconfig"},
		Subject: s, Names: []string{adoption.Node, adoption.Addresses, "kubernetes.default.svc." + adoption.Domain, "10.0.0.1", "*.example.com"},
		Profile: "peer", Usages: []string{"signing", "key encipherment"}, Expiry: 36 * time.Hour, Algorithm: ECDSAP256, Line: 2,
	}
	got, ps := ParseAdopted(adoption.CertificatesKey, goodCA+want.String()+"\n# a comment\n")
	if len(ps) > 0 || len(got) != 2 {
		t.Fatalf("%s\n%v", want.String(), ps)
	}
	if back := got[1]; back.String() != want.String() || !slices.Equal(back.Subject.Os(), s.Os()) || back.Subject != s || back.Line != 2 {
		t.Errorf("got  %s\nwant %s", back.String(), want.String())
	}
	if !strings.Contains(want.String(), "expiry=36h") {
		t.Errorf("the life in %s", want.String())
	}
	want.Usages = []string{}
	if got, ps := ParseAdopted(adoption.CertificatesKey, goodCA+want.String()); len(ps) > 0 || got[1].Usages == nil || len(got[1].Usages) > 0 {
		t.Errorf("%s: %v", want.String(), ps)
	}
}
