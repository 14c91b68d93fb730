// Package adopt reads a directory of certificates that was made elsewhere, and
// says by which answers certwright would go on with it: which file is what, and
// what the nodes, networks, names and lifetimes are.
//
// It asks nobody, writes nothing and guesses nothing: what the files do not tell
// is a question. Every answer says where it was read.
package adopt

import (
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// Proposal is what a directory tells of itself.
type Proposal struct {
	Taken     []Taken
	Left      []Left
	Answers   []Answer // in the order of the questions, the given ones too
	Questions []Question
	// Notes are what the operator should know before relying on it.
	Notes []string
}

// Described are the answers apart from the list of certificates, which Taken shows better.
func (p *Proposal) Described() []Answer {
	return slices.DeleteFunc(slices.Clone(p.Answers), func(a Answer) bool { return a.Key == adoption.CertificatesKey })
}

// Taken is one CA, certificate or key pair that certwright can go on with.
type Taken struct {
	spec.Adopted
	By string // how its role was recognised: "--tls-cert-file in manifests/kube-apiserver.yaml"
}

// Left is a file with a certificate or a key that stays what it is, and why.
type Left struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// Answer is one answer, in the form of the answers file.
type Answer struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"` // "--service-cluster-ip-range in manifests/kube-apiserver.yaml"
}

// Question is an answer that the files do not tell.
type Question struct {
	Key string `json:"key"`
	// Why says what is known of it, and what is not.
	Why string `json:"why"`
	// Example is an answer in the right form, with words in capitals for what only
	// the operator knows.
	Example string `json:"example"`
}

// SeveralError says that a directory is not one cluster's.
type SeveralError struct{ Machines [][]string }

// Error names the folders of each.
func (e *SeveralError) Error() string {
	parts := make([]string, len(e.Machines))
	for i, m := range e.Machines {
		parts[i] = strings.Join(m, ", ")
	}
	return fmt.Sprintf("the directory holds the certificates of %d clusters: %s", len(e.Machines), strings.Join(parts, "; "))
}

// Look reads the answers off a survey. given is what the operator has said; it
// wins, and the rest follows from it. Its error is a *SeveralError.
func Look(s *scan.Scan, given map[string]string) (*Proposal, error) {
	site := survey.Guess(s)
	l := &look{site: site, given: given, out: &Proposal{}, nodeOf: map[string]string{}, settings: settingsOf(site)}
	l.certificates()
	switch all := l.clusters(); {
	case len(l.items) == 0:
		return l.out, nil
	case len(all) > 1 && site.Apart == "":
		return nil, &SeveralError{Machines: all}
	}
	l.keys()
	l.services()
	l.findNodes()
	l.placeItems()
	l.endpoint()
	l.furtherNames()
	l.domain()
	l.lives()
	l.installation()
	l.names()
	l.finish()
	return l.out, nil
}

// look is one call of Look.
type look struct {
	site     *survey.Site
	given    map[string]string
	settings []setting
	items    []*item // CAs first
	cluster  spec.Cluster
	nodeOf   map[string]string // by the folder of a machine that is one node
	out      *Proposal
}

// setting is a flag or a field, whom it is for, and the file in which it stands.
type setting struct {
	Program, Name, Value string
	file                 string
}

func settingsOf(s *survey.Site) []setting {
	var out []setting
	for _, p := range s.Model.Programs {
		for _, name := range p.Names() {
			for _, set := range p.All(name) {
				if set.Basis == programs.Told {
					out = append(out, setting{p.Name, name, set.Value, set.In.Path})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b setting) int { return strings.Compare(a.file, b.file) })
	return out
}

// from says where a setting stands.
func (s *setting) from() string { return s.Name + " in " + s.file }

// find are the settings of a program with a name, of an empty program those of all.
func (l *look) find(program, name string) []*setting {
	var out []*setting
	for i := range l.settings {
		if set := &l.settings[i]; set.Name == name && (program == "" || set.Program == program) && set.Value != "" {
			out = append(out, set)
		}
	}
	return out
}

// answer notes an answer: the given one, or what was read.
func (l *look) answer(key, value, from string) string {
	if v, ok := l.given[key]; ok {
		value, from = v, "given"
	}
	if value != "" {
		l.out.Answers = append(l.out.Answers, Answer{key, value, from})
	}
	return value
}

func (l *look) ask(key, why, example string) {
	l.out.Questions = append(l.out.Questions, Question{key, why, example})
}

// finish puts the lines together.
func (l *look) finish() {
	l.nameItems()
	var lines []string
	for _, it := range l.items {
		lines = append(lines, it.line.String())
		l.out.Taken = append(l.out.Taken, Taken{it.line, it.by})
	}
	l.out.Answers = append(l.out.Answers, Answer{adoption.CertificatesKey, strings.Join(lines, "\n"), "the files"})
}
