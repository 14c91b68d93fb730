package spec

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// everyProblem is what the tables of all tests produce, and the problems
// that package catalog makes.
func everyProblem(t *testing.T) []Problem {
	t.Helper()
	all := []Problem{
		newProblem(CADNEqualsLeaf, "ca.CN", 0, "kubernetes", "kubernetes", "kubernetes-ca"),
		newProblem(ProfileUsageMissing, "profiles.kubernetes.usages", 0, "kubernetes", "client auth", "kubernetes", "kubernetes.pem"),
		newProblem(SANsForOpenSSL, "certSANs", 0, "apiserver", 20000, 120, 100),
		newProblem(SANsForGo, "certSANs", 0, "apiserver", 60000, 360, 256),
		newProblem(NoneChosen, "names", 0),
		newProblem(CertificateUnknown, "names", 2, "registry"),
		newProblem(CertificateMisspelt, "names", 2, "apisever", "apiserver"),
		newProblem(NotRenewable, "names", 3, "ca is a CA: a renewal is for what CAs have signed"),
		newProblem(AnswerNotUsed, "tlsBootstrap", 0, "secret", "article", "three-ca or single-ca"),
		newProblem(nodesEtcdMany, keyNodes, 0, 9, maxEtcd),
		newProblem(nodesTooMany, keyNodes, 9, maxNodes),
	}
	for _, tc := range nodeCases {
		_, ps := ParseNodes(keyNodes, tc.text)
		all = append(all, ps...)
	}
	for _, tc := range hostCases {
		_, ps := ParseHosts(keySANs, tc.in+"\n"+tc.in)
		all = append(all, ps...)
	}
	for _, tc := range endpointCases {
		_, ps := ParseEndpoint(keyEndpoint, tc.in)
		all = append(all, ps...)
	}
	for _, tc := range subnetCases {
		_, ps := ParseServiceSubnets(keyServices, tc.in)
		all = append(all, ps...)
	}
	for _, tc := range durationCases {
		_, ps := ParseDuration(keyCAExpiry, tc.in)
		all = append(all, ps...)
	}
	for _, tc := range subjectCases {
		_, ps := ParseSubject("ca", func(key string) string {
			if key == "ca."+tc.field {
				return tc.value
			}
			return ""
		})
		all = append(all, ps...)
	}
	for _, tc := range lineCases {
		_, ps := tc.parse("the.key", tc.in)
		all = append(all, ps...)
	}
	for _, tc := range checkCases {
		c := good(t)
		tc.change(c)
		all = append(all, Check(c, tc.now)...)
	}
	for _, tc := range adoptedCases {
		_, ps := ParseAdopted(CertificatesKey, tc.text)
		all = append(all, ps...)
	}
	all = append(all, newProblem(AdoptedRole, CertificatesKey, 1, "apisrver", "apiserver", "apiserver"))
	all = append(all, newProblem(AdoptedNode, CertificatesKey, 1, "cp9", "apiserver"))
	for _, tc := range treeCases {
		c := goodTree(t)
		tc.change(c)
		all = append(all, CheckTrees(c, nil)...)
	}
	return all
}

func TestEveryRuleIsRaised(t *testing.T) {
	if len(texts) < 80 {
		t.Fatalf("only %d rules", len(texts))
	}
	raised := map[Code]bool{}
	for _, p := range everyProblem(t) {
		raised[p.Code] = true
	}
	for code := range texts {
		if !raised[code] {
			t.Errorf("%s is raised by no case of these tests", code)
		}
		if strings.Trim(string(code), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q is not kebab case", code)
		}
	}
}

func TestTextsAreWellMade(t *testing.T) {
	for code, s := range texts {
		if s.severity != Error && s.severity != Warning {
			t.Errorf("%s has the severity %q", code, s.severity)
		}
		if s.what == "" || s.fix == "" {
			t.Errorf("%s lacks what or fix", code)
		}
		for _, part := range []string{s.what, s.why} {
			if strings.HasSuffix(part, ".") || strings.Contains(part, ". ") {
				t.Errorf("%s: %q has a stop", code, part)
			}
		}
		if !strings.HasSuffix(s.fix, ".") || !unicode.IsUpper(rune(s.fix[0])) {
			t.Errorf("%s: the fix %q is not a sentence", code, s.fix)
		}
		if s.what[0] != '%' && !unicode.IsLower(rune(s.what[0])) {
			t.Errorf("%s: %q starts with a capital", code, s.what)
		}
		for _, part := range []string{s.what, s.why, s.fix} {
			if strings.Contains(part, "!") {
				t.Errorf("%s shouts: %q", code, part)
			}
			// An index in every verb lets a sentence use any of the arguments.
			if strings.Count(part, "%") != strings.Count(part, "%[") {
				t.Errorf("%s: %q has a verb without an index", code, part)
			}
		}
	}
}

func TestSentencesAreWhole(t *testing.T) {
	for _, p := range everyProblem(t) {
		for _, s := range []string{p.What(), p.Why(), p.Fix(), p.Sentence(), p.Error()} {
			if strings.Contains(s, "%!") {
				t.Errorf("%s: %s", p.Code, s)
			}
			for _, r := range s {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
					t.Errorf("%s: %q would reach the terminal", p.Code, s)
					break
				}
			}
		}
		if strings.Contains(p.Fix(), "  ") || strings.Contains(p.Fix(), " .") {
			t.Errorf("%s: a hole in %q", p.Code, p.Fix())
		}
		if p.Key == "" {
			t.Errorf("%s has no key", p.Code)
		}
	}
}

func TestProblemJSON(t *testing.T) {
	_, ps := ParseNodes(keyNodes, "\nm 192.168.214.1/24")
	got, err := json.Marshal(ps)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"code":"san-is-network","severity":"error","key":"nodes","line":2,"what":"\"192.168.214.1/24\" is a network, not an address","why":"a certificate cannot name a range","fix":"Write each address, or reserve some under growth (certSANs)."}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
