package lab

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/reading/survey"
)

// State is what has become of a planted fault.
type State string

// The states.
const (
	Repaired   State = "repaired"
	StillThere State = "still there"
	// Changed is for a file that has another finding now: it was deleted, for
	// example.
	Changed State = "changed, but not right"
	// NotJudged is for the faults of a directory that cannot be judged.
	NotJudged State = "not judged"
)

// Mark is the judgement on one student's repair.
type Mark struct {
	Student string      `json:"student"`
	Faults  []FaultMark `json:"faults"`
	New     []string    `json:"newProblems"`
	Remarks []string    `json:"remarks"`
	// Anew reports whether the CA is another one, though no fault asked for that: the set
	// was made again, and nothing was repaired.
	Anew   bool `json:"madeAnew"`
	Points int  `json:"points"` // one for each repaired fault, less one for each new problem
	Of     int  `json:"of"`
}

// FaultMark is one fault in a mark.
type FaultMark struct {
	ID    string `json:"fault"`
	State State  `json:"state"`
	Now   string `json:"now,omitempty"` // what is found there
}

// Right reports whether nothing is left to do.
func (m *Mark) Right() bool { return !m.Anew && len(m.New) == 0 && m.Count(Repaired) == len(m.Faults) }

// Count is how many faults are in a state.
func (m *Mark) Count(s State) int {
	n := 0
	for _, f := range m.Faults {
		if f.State == s {
			n++
		}
	}
	return n
}

// MarkStudent judges the directory of a student, by the answers of the key and not
// by those that lie there. Without a student's entry every finding is a new
// problem: nobody knows what was planted.
func MarkStudent(ctx context.Context, b *Bed, name string, s *Student) (*Mark, error) {
	r, err := b.check(ctx)
	if err != nil {
		return nil, err
	}
	if s == nil {
		s = &Student{Name: name}
	}
	m := &Mark{Student: name, Of: len(s.Faults), New: []string{}, Remarks: []string{}, Faults: []FaultMark{}}
	claimed := map[*check.Finding]bool{}
	for i := range s.Faults {
		m.Faults = append(m.Faults, s.Faults[i].mark(r, claimed))
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Severity != check.Note && !claimed[f] {
			m.New = append(m.New, short(f))
		}
	}
	m.keys(s, r.Site)
	m.settings(s, r.Site)
	if m.Right() { // no file is wrong by itself
		for _, r := range r.Wrong() {
			if what := "connection " + r.Case.From.Program + " to " + r.Case.To.Program; !slices.Contains(m.New, what) {
				m.New = append(m.New, what)
			}
		}
	}
	m.score()
	return m, nil
}

func (m *Mark) score() {
	if !m.Anew {
		m.Points = max(0, m.Count(Repaired)-len(m.New))
	}
}

func short(f *check.Finding) string { return f.Check.ID + " " + f.File }

// mark looks what is found in the files of a fault now.
func (f *StudentFault) mark(r *verify.Judgement, claimed map[*check.Finding]bool) FaultMark {
	out := FaultMark{ID: f.ID, State: Repaired}
	for i := range r.Findings {
		found := &r.Findings[i]
		if found.Severity == check.Note || !f.touches(found) {
			continue
		}
		claimed[found] = true
		if found.Check == Find(f.ID).Check() {
			out.State = StillThere
		} else if out.State == Repaired {
			out.State = Changed
		}
		if out.Now == "" {
			out.Now = short(found)
		}
	}
	return out
}

// touches reports whether a finding is about one of the fault's files.
func (f *StudentFault) touches(found *check.Finding) bool {
	return slices.Contains(f.Files, found.File) || slices.ContainsFunc(found.Also, func(p string) bool { return slices.Contains(f.Files, p) })
}

// keys compares public keys with those of the right directory.
func (m *Mark) keys(s *Student, site *survey.Site) {
	due := map[string]bool{} // new keys that a fault asks for
	for _, f := range s.Faults {
		for _, name := range f.Certificates {
			due[name] = true
		}
	}
	for name := range newCAs(s) {
		due[name] = true
	}
	kept := map[string]bool{} // those of which some place has the right key
	kinds := map[string]catalog.Kind{}
	for _, seat := range site.Seats {
		name := seat.Want.Name
		kinds[name] = seat.Entry.Kind
		if s.Keys[name] != "" && keySum(seat) == s.Keys[name] {
			kept[name] = true
		}
	}
	others := 0
	for name := range s.Keys {
		switch {
		case kept[name] && kinds[name] != catalog.Authority, kinds[name] == "":
		case kinds[name] == catalog.Authority:
			if newCAs(s)[name] || m.sameCA(s, site, name) {
				continue
			}
			m.Anew = true
			m.Remarks = append(m.Remarks, fmt.Sprintf("made again: the CA %s is another one", name))
		case due[name]:
		case kinds[name] == catalog.KeyPair:
			m.Remarks = append(m.Remarks, "the service account keys are others: all tokens of the cluster are refused")
		default:
			others++
		}
	}
	slices.Sort(m.Remarks)
	if others > 0 && !m.Anew {
		m.Remarks = append(m.Remarks, fmt.Sprintf("%d certificates that were right have new keys", others))
	}
}

// newCAs are those that a fault has taken away.
func newCAs(s *Student) map[string]bool {
	out := map[string]bool{}
	for _, f := range s.Faults {
		if ca := Find(f.ID).NewCA; ca != "" {
			out[ca] = true
		}
	}
	return out
}

// sameCA reports whether most places of a CA hold the key that it had, or the
// operator's own does. A CA of which no place can be read is not another one: the
// check says that it is gone.
func (m *Mark) sameCA(s *Student, site *survey.Site, name string) bool {
	same, other := 0, 0
	for _, seat := range site.Seats {
		switch sum := keySum(seat); {
		case seat.Want.Name != name, sum == "":
		case sum == s.Keys[name]:
			same++
		default:
			other++
		}
	}
	return same >= other
}

// settings tells of files that are gone, which hides faults, and of those that
// were changed, which may be meant well.
func (m *Mark) settings(s *Student, site *survey.Site) {
	var gone, changed []string
	for p, sum := range s.Settings {
		f := site.File(p)
		switch {
		case f == nil && !m.named(p):
			gone = append(gone, p)
		case f == nil || sum == "" || s.spoilt(p):
		case hex.EncodeToString(f.Sum[:]) != sum && hex.EncodeToString(f.Sum[:]) != s.Spoilt[p]:
			changed = append(changed, p)
		}
	}
	slices.Sort(gone)
	slices.Sort(changed)
	for _, p := range gone {
		m.New = append(m.New, "deleted "+p)
	}
	for _, p := range changed {
		m.Remarks = append(m.Remarks, "changed: "+p)
	}
}

// named reports whether a new problem names a file already.
func (m *Mark) named(p string) bool {
	return slices.ContainsFunc(m.New, func(s string) bool { return strings.HasSuffix(s, " "+p) })
}

// spoilt reports whether a fault which was not repaired has changed a file.
func (s *Student) spoilt(p string) bool {
	return slices.ContainsFunc(s.Faults, func(f StudentFault) bool { return slices.Contains(f.Files, p) })
}

// Label is the fault with what has become of it.
func (f *FaultMark) Label() string {
	switch f.State {
	case Changed:
		return f.ID + " (now " + f.Now + ")"
	case NotJudged:
		return f.ID + " (" + string(f.State) + ")"
	}
	return f.ID
}

// Absent is the mark of a student whose directory is gone.
func Absent(name string, s *Student, why string) *Mark { return unseen(name, s, StillThere, why) }

// Unjudged is the mark of a student whose directory cannot be judged.
func Unjudged(name string, s *Student, err error) *Mark {
	m := unseen(name, s, NotJudged, "cannot be judged")
	m.Remarks = append(m.Remarks, "cannot be judged: "+err.Error())
	return m
}

// unseen is a mark without a look at the files.
func unseen(name string, s *Student, state State, why string) *Mark {
	m := &Mark{Student: name, Faults: []FaultMark{}, New: []string{why}, Remarks: []string{}}
	if s != nil {
		m.Of = len(s.Faults)
		for _, f := range s.Faults {
			m.Faults = append(m.Faults, FaultMark{ID: f.ID, State: state})
		}
	}
	return m
}
