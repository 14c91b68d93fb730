package steps

import (
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// renewing are the answers of a set, and what is wanted of it.
func renewing(t *testing.T, pairs ...string) *Answers {
	t.Helper()
	f, ps := ParseFile("three-ca.yaml", readTestdata(t, "three-ca.yaml"))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	a := f.Answers
	for i, pairs := 0, append([]string{ModeKey, ModeRenew}, pairs...); i < len(pairs); i += 2 {
		if err := a.Set(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestGoals(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		steps string
		asks  string // the fields of the page of the goal
		names int    // of certificates; -1 for no renewal
		in    time.Duration
		keys  bool
	}{
		"by default":       {nil, "start there goal", "goal within newKeys", 0, 30 * 24 * time.Hour, false},
		"within":           {[]string{"within", "8w", "newKeys", "yes"}, "start there goal", "goal within newKeys", 0, 56 * 24 * time.Hour, true},
		"all":              {[]string{"goal", "all"}, "start there goal", "goal newKeys", 0, 0, false},
		"some":             {[]string{"goal", "some", "names", "master1/apiserver\n\n master1 \nadmin"}, "start there goal which", "goal newKeys", 6, 0, false},
		"a kind, a file":   {[]string{"goal", "some", "names", "apiserver\nadmin/admin.conf"}, "start there goal which", "goal newKeys", 4, 0, false},
		"what has expired": {[]string{"goal", "renew-expired", "newKeys", "yes"}, "start there goal", "goal", -1, 0, false},
		"keys of another":  {[]string{"goal", "all", "within", "nonsense"}, "start there goal", "goal newKeys", 0, 0, false},
	} {
		a := renewing(t, c.pairs...)
		cluster, ps := Build(a, testNow)
		if problem.HasErrors(ps) {
			t.Errorf("%s: %v", name, ps)
			continue
		}
		if got := keysOf(a.Steps()); got != c.steps {
			t.Errorf("%s: steps %s, want %s", name, got, c.steps)
		}
		s, _ := FindStep(GoalKey)
		var asks []string
		for _, f := range s.Fields(a) {
			asks = append(asks, f.Key)
		}
		if got := strings.Join(asks, " "); got != c.asks {
			t.Errorf("%s: asks %s, want %s", name, got, c.asks)
		}
		r := PlanOptions(a, cluster).Renewal
		if r == nil || c.names < 0 {
			if r != nil || c.names >= 0 {
				t.Errorf("%s: renewal %+v", name, r)
			}
			continue
		}
		if len(r.Names) != c.names || r.Within != c.in || r.NewKeys != c.keys {
			t.Errorf("%s: %d names %v, within %v, new keys %t", name, len(r.Names), r.Names, r.Within, r.NewKeys)
		}
	}
}

// TestReplacementKeys: only what signs is asked for the keys of what it signs.
func TestReplacementKeys(t *testing.T) {
	for party, want := range map[string]bool{"ca": true, "etcd-ca": true, "sa": false} {
		a := renewing(t, "goal", "replace", "replace", party, "switchKeys", "yes", "stage", "switched")
		cluster, ps := Build(a, testNow)
		if problem.HasErrors(ps) {
			t.Fatal(party, ps)
		}
		s, _ := FindStep(GoalKey)
		asked := slices.ContainsFunc(s.Fields(a), func(f Field) bool { return f.Key == switchKeysKey })
		if r := PlanOptions(a, cluster).Rotation; asked != want || r.Name != party || r.To != plan.Switched || r.NewKeys != want {
			t.Errorf("%s: asked %t, %+v", party, asked, r)
		}
	}
}

func TestGoalsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"no such goal":   {[]string{"goal", "everything"}, `goal: "everything" is not one of the choices. Write one of: expiring, all, some, change, replace, renew-expired.`},
		"no time":        {[]string{"within", "soon"}, `within: "soon"`},
		"no word":        {[]string{"newKeys", "perhaps"}, `newKeys: "perhaps" is not one of the choices`},
		"no word, CA":    {[]string{"goal", "replace", "switchKeys", "perhaps"}, `switchKeys: "perhaps" is not one of the choices`},
		"none is chosen": {[]string{"goal", "some"}, "names: no certificate is chosen. Choose one at least."},
		"misspelt":       {[]string{"goal", "some", "names", "admin\napisever"}, `names line 2: "apisever" is no certificate of this set. Write apiserver.`},
		"unknown":        {[]string{"goal", "some", "names", "registry.example.com"}, `names line 1: "registry.example.com" is no certificate of this set. Write a certificate such as`},
		"a new CA":       {[]string{"goal", "some", "names", "admin\nca", "newKeys", "yes"}, "names line 2: ca is a CA: with a new key it is another one, which nothing trusts yet. Leave it out."},
	} {
		_, ps := Build(renewing(t, c.pairs...), testNow)
		if len(ps) != 1 || !strings.HasPrefix(ps[0].Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, ps, c.want)
		}
	}
}

// TestSameAnswersWhateverTheGoal: the file of the answers does not hang on what the
// wizard is asked for at the moment, defaults included.
func TestSameAnswersWhateverTheGoal(t *testing.T) {
	made := NewAnswers()
	for key, value := range map[string]string{"layout": "single-ca", "nodes": "m1 10.1.0.1 control-plane,etcd"} {
		if err := made.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, goal := range []string{"all", "change", "replace", "renew-expired"} {
		a := made.Clone()
		for key, value := range map[string]string{ModeKey: ModeRenew, GoalKey: goal} {
			if err := a.Set(key, value); err != nil {
				t.Fatal(err)
			}
		}
		if string(a.YAML()) != string(made.YAML()) {
			t.Errorf("%s: the answers are\n%swant\n%s", goal, a.YAML(), made.YAML())
		}
	}
}

// TestGoalsAreNoAnswers: what was wanted once is not what makes the set again.
func TestGoalsAreNoAnswers(t *testing.T) {
	a := renewing(t, "goal", "some", "names", "admin", "newKeys", "yes")
	for _, text := range []string{string(a.YAML()), string(PlanOptions(a, &spec.Cluster{}).Answers.Text)} {
		for _, word := range []string{"goal", "names", "newKeys", "renew"} {
			if strings.Contains(text, word) {
				t.Errorf("%q stands in\n%s", word, text)
			}
		}
	}
}

// TestGoalsOfAnAdoptedSet holds that certificates of a directory that was made
// elsewhere are chosen as those of any other.
func TestGoalsOfAnAdoptedSet(t *testing.T) {
	a := NewAnswers()
	lines := "ca role=ca cert=pki/ca.crt key=pki/ca.key CN=kubernetes\n" +
		"apiserver node=m1 role=apiserver signer=ca cert=pki/apiserver.crt key=pki/apiserver.key CN=kube-apiserver\n" +
		"admin role=admin signer=ca kubeconfig=admin.conf CN=admin O=system:masters"
	for _, pair := range [][2]string{
		{"layout", adoption.Layout}, {nodesKey, "m1 10.0.0.1 control-plane"}, {adoption.CertificatesKey, lines},
		{ModeKey, ModeRenew}, {GoalKey, "some"},
	} {
		if err := a.Set(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	for names, want := range map[string]string{
		"m1/apiserver": "m1/apiserver", "apiserver": "m1/apiserver", "admin.conf": "admin", "m1\nca": "m1/apiserver ca",
	} {
		if err := a.Set(NamesKey, names); err != nil {
			t.Fatal(err)
		}
		cluster, ps := Build(a, testNow)
		if ps := ByKey(ps)[NamesKey]; len(ps) > 0 {
			t.Errorf("%q: %v", names, ps)
		}
		r := PlanOptions(a, cluster).Renewal
		if r == nil || strings.Join(r.Names, " ") != want {
			t.Errorf("%q: %+v, want %s", names, r, want)
		}
	}
}
