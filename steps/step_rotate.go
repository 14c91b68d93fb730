package steps

import (
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// The keys of the page about the stages of a replacement, and of its answers.
const (
	StagesKey = "stages" // the page that says how far it is; it asks nothing
	PartyKey  = "replace"
	SeenKey   = "seen"  // copies of what lies on nodes, one path a line
	SaidKey   = "said"  // the operator's words for what no file tells, one a line
	StageKey  = "stage" // to which it goes, once it is known that it may

	switchKeysKey = "switchKeys"
)

// replacement is the goal of a new CA or of new service account keys.
func replacement() goal {
	return goal{
		Option: Option{"replace", "replace a CA or the service account keys", "In three stages while the cluster runs; each goes to all nodes before the next."},
		When:   func(a *Answers) bool { return len(parties(a)) > 0 },
		Stages: true,
		Questions: []Field{
			{
				Key: PartyKey, Label: "Replace", Kind: Choice, Local: true,
				Default: func(a *Answers) string {
					if all := parties(a); len(all) > 0 {
						return all[0].Value
					}
					return ""
				},
				Options: parties,
			},
			{
				Key: SeenKey, Label: "Copies of what lies on nodes", Kind: Lines, Local: true, Optional: true,
				Example: "copies/master1",
			},
			{
				Key: switchKeysKey, Label: "Keys of what it signs", Kind: Choice, Local: true,
				Default: fixed(no),
				When:    func(a *Answers) bool { return signs(a) },
				Options: func(*Answers) []Option {
					return []Option{
						{no, "keep them", "Each gets a certificate by the new CA for the key that it has."},
						{yes, "make new ones", "At the switch, the second of the stages, which signs everything again."},
					}
				},
			},
		},
		Options: func(a *Answers, _ []catalog.Certificate, o *plan.Options) {
			o.Rotation = &plan.Rotation{Name: a.Get(PartyKey), To: plan.Stage(a.Get(StageKey)), NewKeys: signs(a) && a.Get(switchKeysKey) == yes}
		},
		judge: func(b *builder, _ *spec.Cluster) {
			var names []string
			for _, o := range parties(b.answers) {
				names = append(names, o.Value)
			}
			read(b, PartyKey, oneOf(names...))
			if signs(b.answers) {
				read(b, switchKeysKey, oneOf(no, yes))
			}
		},
	}
}

// Staged reports whether a goal goes in stages.
func Staged(a *Answers) bool { return Renewing(a) && chosenGoal(a).Stages }

// signs reports whether what is replaced signs certificates, which can get new keys too.
func signs(a *Answers) bool {
	p := layoutOf(a).Find(a.Get(PartyKey))
	return p != nil && p.Kind == catalog.Authority
}

// parties are the CAs and key pairs that can be replaced in stages, which no node
// changes.
func parties(a *Answers) []Option {
	l := layoutOf(a)
	if !l.PerNode {
		return nil
	}
	certs := l.Certificates(&spec.Cluster{Layout: l.Name})
	var out []Option
	for i := range certs {
		if c := &certs[i]; l.Rotates(c) {
			out = append(out, Option{c.Name, c.Name + ": " + c.Entry.Title, c.Entry.Why})
		}
	}
	return out
}

func stagesStep() Step {
	never := func(*Answers) bool { return false } // the page asks in its own way
	return Step{
		Key: StagesKey, Title: "Stages", When: Staged,
		Intro: "Which stage it is at, and whether the next one may come",
		Questions: []Field{
			{Key: SaidKey, Label: "Confirmation", Kind: Lines, Local: true, Optional: true, Example: "tokens", When: never},
			{Key: StageKey, Label: "Stage", Local: true, Optional: true, Example: "widened", When: never},
		},
	}
}

// Listed are the lines of an answer, without empty ones.
func (a *Answers) Listed(key string) []string {
	return slices.DeleteFunc(strings.Split(a.Get(key), "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
}
