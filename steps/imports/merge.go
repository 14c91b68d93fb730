package imports

import (
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// Answer is what the texts say to one question.
type Answer struct {
	Key, Text string
	// From are the places of its lines; of an answer that is no list the first is the
	// place of all.
	From []Place
}

// Merged is what several texts say together.
type Merged struct {
	Files   []File
	Answers []Answer
	Notes   []Note
}

// File is one text that was read.
type File struct {
	Name string `json:"file"`
	Form Form   `json:"form"`
	Is   string `json:"is"`
}

// Profile is a signing profile of the layout that is chosen, with its usages.
type Profile struct {
	Name   string
	Usages []string
}

// rank is how much a form knows of the nodes: what lists them all comes first, and what
// holds names of anything comes last.
func (f Form) rank() int {
	switch f {
	case Inventory, Nodes, RKE:
		return 0
	case Kubeadm:
		return 1
	case Hosts:
		return 3
	}
	return 2
}

// lists reports whether a form has all nodes of a cluster.
func (f Form) lists() bool { return f.rank() == 0 }

// Merge puts texts together, in the order in which they were given. Where two say different
// things the first counts, and a note says so.
func Merge(all []*Import, layout []Profile) *Merged {
	m := &merger{layout: layout, values: map[string]*said{}}
	for _, in := range all {
		m.out.Files = append(m.out.Files, File{in.File, in.Form, in.Is})
		m.out.Notes = append(m.out.Notes, in.left...)
	}
	ranked := slices.Clone(all)
	slices.SortStableFunc(ranked, func(a, b *Import) int { return a.Form.rank() - b.Form.rank() })
	m.nodes(ranked)
	for _, in := range all {
		in.said = append(in.said, m.profiles(in)...)
	}
	m.single(all)
	m.names(all)
	m.sortNotes(all)
	return &m.out
}

// merger is one call of Merge.
type merger struct {
	out    Merged
	layout []Profile
	list   nodeList
	values map[string]*said
	order  []string // of the keys
}

func (m *merger) note(at Place, why Reason, args ...any) {
	m.out.Notes = append(m.out.Notes, Note{At: at, Why: why, Args: args})
}

func (m *merger) differ(at, first Place, why Reason, args ...any) {
	m.out.Notes = append(m.out.Notes, Note{At: at, First: first, Why: why, Args: args})
}

// sortNotes puts the notes in the order of files and lines.
func (m *merger) sortNotes(all []*Import) {
	order := map[string]int{}
	for i, in := range all {
		order[in.File] = i
	}
	slices.SortStableFunc(m.out.Notes, func(a, b Note) int {
		if d := order[a.At.File] - order[b.At.File]; d != 0 {
			return d
		}
		return a.At.Line - b.At.Line
	})
}

// single settles the answers that are no lists. What a text says comes before what follows
// from another.
func (m *merger) single(all []*Import) {
	for _, assumed := range []bool{false, true} {
		for _, in := range all {
			for i := range in.said {
				if s := &in.said[i]; s.key != namesKey && s.assumed == assumed {
					m.settle(s)
				}
			}
		}
	}
	for _, key := range m.order {
		s := m.values[key]
		m.out.Answers = append(m.out.Answers, Answer{key, s.text, []Place{s.at}})
	}
	m.assumptions()
}

func (m *merger) settle(s *said) {
	first := m.values[s.key]
	switch {
	case first == nil:
		m.values[s.key] = s
		m.order = append(m.order, s.key)
	case same(s.key, first.text, s.text):
	case s.assumed:
		m.note(s.at, weaker, s.text, first.at.String(), first.text)
	default:
		m.differ(s.at, first.at, valueDiffers, s.key, first.text, s.text)
	}
}

// same reports whether two texts are one answer: 8760h0m0s is 8760h.
func same(key, a, b string) bool {
	if a == b {
		return true
	}
	if key != caExpiryKey && !strings.HasSuffix(key, expiryOfProfile) {
		return false
	}
	x, _ := spec.ParseDuration(key, a)
	y, _ := spec.ParseDuration(key, b)
	return x != 0 && x == y
}

// assumptions says which answers follow from something else. Those of the subject are one.
func (m *merger) assumptions() {
	var subject []string
	var at Place
	for _, key := range m.order {
		s := m.values[key]
		switch {
		case !s.assumed:
		case key == domainKey:
			m.note(s.at, domainAssumed, s.text)
		case strings.HasPrefix(key, caKeys):
			subject = append(subject, s.text)
			at = s.at
		}
	}
	if len(subject) > 0 {
		at.Key = ""
		m.note(at, subjectAssumed, spec.List(subject, len(subjectFields)+1))
	}
}

// names puts the further names of the API server together, without those that are in its
// certificate anyway.
func (m *merger) names(all []*Import) {
	there := m.list.hosts()
	if s := m.values[servicesKey]; s != nil {
		networks, _ := spec.ParseServiceSubnets(servicesKey, s.text)
		for _, n := range networks {
			there[spec.FirstServiceAddr(n).String()] = true
		}
	}
	domain := "cluster.local"
	if s := m.values[domainKey]; s != nil {
		domain = s.text
	}
	a := Answer{Key: namesKey}
	var lines []string
	for _, in := range all {
		for _, s := range in.said {
			switch {
			case s.key != namesKey:
			case isOwn(s.text, domain) || there[s.text]:
				m.note(s.at, alreadyThere, s.text)
			case !slices.Contains(lines, s.text):
				lines, a.From = append(lines, s.text), append(a.From, s.at)
			}
		}
	}
	if len(lines) > 0 {
		a.Text = strings.Join(lines, "\n")
		m.out.Answers = append(m.out.Answers, a)
	}
}

// profiles makes answers of the signing profiles of one text.
func (m *merger) profiles(in *Import) []said {
	var out []said
	for _, p := range in.profiles {
		targets, assumed := m.targets(p, len(in.profiles) == 1)
		if len(targets) == 0 {
			m.note(p.at, noSuchProfile, p.name)
			continue
		}
		if assumed && p.name != every {
			m.note(p.at, profileAssumed, p.name, strings.Join(targets, ", "))
		}
		for _, name := range targets {
			if p.expiry != "" {
				out = append(out, said{profileKeys + name + expiryOfProfile, p.expiry, p.at, assumed})
			}
			if len(p.usages) > 0 && !assumed {
				out = append(out, said{profileKeys + name + usagesOfProfile, strings.Join(p.usages, ", "), p.usagesAt, false})
			}
		}
		if len(p.usages) > 0 && assumed {
			m.note(p.usagesAt, otherUsages)
		}
	}
	return out
}

// targets are the profiles of the layout that one of a text speaks of: the one of its name,
// else those for the same use; all, where there is but one and it is for everything.
func (m *merger) targets(p profile, alone bool) (names []string, assumed bool) {
	server, client := purposes(p.usages)
	for _, own := range m.layout {
		s, c := purposes(own.Usages)
		switch {
		case own.Name == p.name:
			return []string{own.Name}, false
		case p.name == every, alone && server && client, s == server && c == client && (s || c):
			names = append(names, own.Name)
		}
	}
	return names, true
}

func purposes(usages []string) (server, client bool) {
	return slices.Contains(usages, "server auth"), slices.Contains(usages, "client auth")
}
