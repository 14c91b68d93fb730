package steps

import (
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// Build makes the cluster that the answers describe, and tells everything that
// is wrong with them, in the order of the questions. It is the one way from
// answers to a cluster: the same answer meets the same rules in every door.
//
// The cluster is as complete as the answers allow; it must not be used for
// certificates while problem.HasErrors tells of an error.
func Build(a *Answers, now time.Time) (*spec.Cluster, []problem.Problem) {
	b := builder{answers: a}
	c := b.cluster()
	b.goal(c)
	ps := append(b.problems, unused(a)...)
	ps = append(ps, spec.Check(c, now)...)
	if perNode(a) {
		ps = append(ps, spec.CheckTrees(c, b.problems)...)
	}
	ps = append(ps, catalog.Check(c)...)
	sortProblems(ps)
	return c, ps
}

// builder collects the problems while one answer after the other is parsed.
type builder struct {
	answers  *Answers
	problems []problem.Problem
}

// read parses the answer of one key with a parser of spec.
func read[T any](b *builder, key string, parse func(key, text string) (T, []problem.Problem)) T {
	v, ps := parse(key, b.answers.Get(key))
	b.problems = append(b.problems, ps...)
	return v
}

func (b *builder) cluster() *spec.Cluster {
	b.start()
	c := &spec.Cluster{Layout: read(b, "layout", parseLayout)}
	c.Name = read(b, "clusterName", spec.ParseClusterName)
	var ps []problem.Problem
	c.CA.Subject, ps = spec.ParseSubject("ca", b.answers.Get)
	b.problems = append(b.problems, ps...)
	c.Key = read(b, AlgorithmKey, spec.ParseKeyAlgorithm)
	c.CA.Expiry = read(b, caExpiryKey, spec.ParseDuration)
	adopted := isAdopted(b.answers)
	switch {
	case b.answers.former:
		c.Nodes = spec.FormerNodes(nodesKey, b.answers.Get(nodesKey))
	case !adopted:
		c.Nodes = read(b, nodesKey, spec.ParseNodes)
	case b.answers.Get(nodesKey) != "":
		c.Nodes = read(b, nodesKey, spec.ParseFoundNodes)
	}
	c.Endpoint = read(b, endpointKey, spec.ParseEndpoint)
	c.SANs = read(b, namesKey, spec.ParseHosts)
	if used(adoption.Service)(b.answers) {
		c.ServiceSubnets = read(b, servicesKey, spec.ParseServiceSubnets)
	}
	c.PodSubnets = read(b, "podSubnet", spec.ParsePodSubnets)
	c.DNSDomain = read(b, "dnsDomain", spec.ParseDomain)
	if !adopted {
		c.CertificatesDir = read(b, "certificatesDir", spec.ParseCertificatesDir)
	} else if b.answers.Get(adoption.OnNodesKey) != "" {
		c.CertificatesDir = read(b, adoption.OnNodesKey, spec.ParseCertificatesDir)
	}
	if perNode(b.answers) {
		c.EncryptCAKeys = read(b, CAKeysKey, oneOf(PlainKeys, EncryptedKeys)) == EncryptedKeys
		b.kubelets(c)
		c.Spread = read(b, spreadKey, spec.ParseSpread)
	}
	if adopted {
		c.Adopted = read(b, adoption.CertificatesKey, spec.ParseAdopted)
		c.StaticPods = read(b, adoption.StaticPodsKey, oneOf(no, yes)) == yes
	}
	if revocable(b.answers) {
		c.Revocation = read(b, revocationKey, oneOf(revocationOff, revocationReady)) == revocationReady
	}
	for _, p := range layoutOf(b.answers).Profiles {
		c.Profiles = append(c.Profiles, spec.Profile{
			Name:   p.Name,
			Expiry: read(b, expiryKey(p.Name), spec.ParseDuration),
			Usages: read(b, usagesKey(p.Name), spec.ParseUsages),
		})
	}
	return c
}

// kubelets reads what only layouts with a tree for each node use. In the others
// these fields stay empty, whatever was answered for another layout.
func (b *builder) kubelets(c *spec.Cluster) {
	c.Kubeconfigs = read(b, kubeconfigsKey, oneOf(spec.Embedded, spec.ByPath))
	c.Bootstrap = read(b, bootstrapKey, oneOf(spec.BootstrapOff, spec.BootstrapSecret, spec.BootstrapFile, spec.BootstrapDone))
	signs := read(b, signKey, oneOf(no, yes))
	// One problem for an answer that could not be read is enough: then it counts
	// as what the bootstrapping needs.
	c.ServingCertificates = read(b, servingKey, oneOf(no, yes)) == yes
	c.SignCSRs = signs == yes || signs == "" && c.Bootstraps()
}

// unused tells of answers that were given and that the layout has no question
// for. One that says what its question would have said by itself is no loss.
func unused(a *Answers) []problem.Problem {
	var out []problem.Problem
	for _, key := range fileKeys() {
		value, given := a.Explicit(key)
		if _, asked := a.Field(key); !given || asked {
			continue
		}
		var users []string
		for _, layout := range layoutNames() {
			other := a.Clone()
			other.explicit["layout"] = layout
			if _, asked := other.Field(key); asked && !other.IsDefault(key) {
				users = append(users, layout)
			}
		}
		if len(users) > 0 {
			out = append(out, problem.Problem{Code: problem.AnswerNotUsed, Key: key, Args: []any{value, layoutOf(a).Name, strings.Join(users, " or ")}})
		}
	}
	return out
}

// layoutNames are all layouts, that of a directory that was adopted too.
func layoutNames() []string {
	out := make([]string, 0, len(catalog.Layouts)+1)
	for i := range catalog.Layouts {
		out = append(out, catalog.Layouts[i].Name)
	}
	return append(out, adoption.Layout)
}

// oneOf makes the parser of an answer that is one of a few words.
func oneOf[T ~string](values ...T) func(key, text string) (T, []problem.Problem) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return func(key, text string) (T, []problem.Problem) {
		v, ps := spec.ParseChoice(key, text, words)
		return T(v), ps
	}
}

// start judges the local answers, which lead to nothing in the cluster.
func (b *builder) start() {
	read(b, ModeKey, oneOf(ModeNew, ModeRenew, ModeAdopt, ModeVerify, ModeInspect, ModeHistory))
	if strings.TrimSpace(b.answers.Get(DirKey)) == "" {
		f, _ := Lookup(DirKey)
		b.problems = append(b.problems, problem.Problem{Code: problem.Missing, Key: DirKey, Args: []any{f.Example}})
	}
}

func parseLayout(key, text string) (string, []problem.Problem) {
	if text == adoption.Layout {
		return text, nil
	}
	var names []string
	for _, l := range catalog.Layouts {
		names = append(names, l.Name)
	}
	return spec.ParseChoice(key, text, names)
}

// sortProblems puts problems in the order of the questions and, within one
// answer, of its lines. What is about no question comes last.
func sortProblems(ps []problem.Problem) {
	order := lookup().order
	place := func(p problem.Problem) int {
		if i, ok := order[p.Key]; ok {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(ps, func(a, b problem.Problem) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return a.Line - b.Line
	})
}
