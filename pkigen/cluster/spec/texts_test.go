package spec

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
)

// everyProblem is what the tables of all tests produce, and the problems
// that package catalog makes.
func everyProblem(t *testing.T) []problem.Problem {
	t.Helper()
	all := []problem.Problem{
		problem.New(problem.CADNEqualsLeaf, "ca.CN", 0, "kubernetes", "kubernetes", "kubernetes-ca"),
		problem.New(problem.ProfileUsageMissing, "profiles.kubernetes.usages", 0, "kubernetes", "client auth", "kubernetes", "kubernetes.pem"),
		problem.New(problem.SANsForOpenSSL, "certSANs", 0, "apiserver", 20000, 120, 100),
		problem.New(problem.OneCAForAll, "layout", 0, "three-ca"),
		problem.New(problem.TokenWithoutEnd, "tlsBootstrap", 0, "secret"),
		problem.New(problem.CAKeyOnNodes, "signCSRs", 0, "3 control-plane nodes"),
		problem.New(problem.SANsForGo, "certSANs", 0, "apiserver", 60000, 360, 256),
		problem.New(problem.NoneChosen, "names", 0),
		problem.New(problem.CertificateUnknown, "names", 2, "registry"),
		problem.New(problem.CertificateMisspelt, "names", 2, "apisever", "apiserver"),
		problem.New(problem.NotRenewable, "names", 3, "ca is a CA: a renewal is for what CAs have signed"),
		problem.New(problem.AnswerNotUsed, "tlsBootstrap", 0, "secret", "article", "three-ca or single-ca"),
		problem.New(nodesEtcdMany, keyNodes, 0, 9, maxEtcd),
		problem.New(nodesTooMany, keyNodes, 9, maxNodes),
		problem.New(sanRangeLarge, keySANs, 2, "10.0.0.1-10.0.9.9", maxRange),
	}
	for _, tc := range nodeCases {
		_, ps := ParseNodes(keyNodes, tc.text)
		all = append(all, ps...)
	}
	for _, tc := range hostCases {
		_, ps := ParseHosts(keySANs, tc.in+"\n"+tc.in)
		_, alone := parseHost(keySANs, 1, tc.in)
		all = append(append(all, ps...), alone...)
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
		_, ps := ParseAdopted(adoption.CertificatesKey, tc.text)
		all = append(all, ps...)
	}
	all = append(all, problem.New(AdoptedRole, adoption.CertificatesKey, 1, "apisrver", "apiserver", "apiserver"))
	all = append(all, problem.New(AdoptedNode, adoption.CertificatesKey, 1, "cp9", "apiserver"))
	for _, tc := range treeCases {
		c := goodTree(t)
		tc.change(c)
		all = append(all, CheckTrees(c, nil)...)
	}
	return all
}

func TestEveryRuleIsRaised(t *testing.T) {
	if len(problem.Texts()) < 80 {
		t.Fatalf("only %d rules", len(problem.Texts()))
	}
	raised := map[problem.Code]bool{}
	for _, p := range everyProblem(t) {
		raised[p.Code] = true
	}
	for code := range problem.Texts() {
		if !raised[code] {
			t.Errorf("%s is raised by no case of these tests", code)
		}
		if strings.Trim(string(code), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q is not kebab case", code)
		}
	}
}

func TestTextsAreWellMade(t *testing.T) {
	for code, s := range problem.Texts() {
		if s.Severity != problem.Error && s.Severity != problem.Warning {
			t.Errorf("%s has the severity %q", code, s.Severity)
		}
		if s.What == "" || s.Fix == "" {
			t.Errorf("%s lacks what or fix", code)
		}
		for _, part := range []string{s.What, s.Why} {
			if strings.HasSuffix(part, ".") || strings.Contains(part, ". ") {
				t.Errorf("%s: %q has a stop", code, part)
			}
		}
		if !strings.HasSuffix(s.Fix, ".") || !unicode.IsUpper(rune(s.Fix[0])) {
			t.Errorf("%s: the fix %q is not a sentence", code, s.Fix)
		}
		if s.What[0] != '%' && !unicode.IsLower(rune(s.What[0])) {
			t.Errorf("%s: %q starts with a capital", code, s.What)
		}
		for _, part := range []string{s.What, s.Why, s.Fix} {
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
