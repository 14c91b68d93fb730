package imports

import (
	"encoding/json"
	"fmt"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// Reason is the stable code of a note.
type Reason string

// The reasons why something is not used.
const (
	noQuestion    Reason = "no-question"
	otherDocument Reason = "other-document"
	otherLine     Reason = "other-line"
	isSecret      Reason = "secret"
	isExample     Reason = "example"
	notAddress    Reason = "not-address"
	noAddress     Reason = "no-address"
	notRow        Reason = "not-a-row"
	noRole        Reason = "no-role"
	noGroup       Reason = "no-group"
	notNode       Reason = "not-a-node"
	nameUnfit     Reason = "name-unfit"
	aliasUnfit    Reason = "alias-unfit"
	otherCN       Reason = "subject-of-one"
	otherHosts    Reason = "names-of-one"
	secondName    Reason = "second-name"
	noProfile     Reason = "no-profile"
	noSuchProfile Reason = "no-such-profile"
	otherUsages   Reason = "usages-of-another"
	template      Reason = "template"
	memberName    Reason = "member-name"
	otherAddress  Reason = "other-address"
	saidBefore    Reason = "said-before"
	alreadyThere  Reason = "already-there"
	weaker        Reason = "said-elsewhere"
	Answered      Reason = "answered"
	IsListed      Reason = "listed"
)

// The reasons why something was assumed, and the contradictions.
const (
	etcdAssumed    Reason = "etcd-assumed"
	hostsAssumed   Reason = "hosts-assumed"
	membersAssumed Reason = "members-assumed"
	subjectAssumed Reason = "subject-assumed"
	profileAssumed Reason = "profile-assumed"
	domainAssumed  Reason = "domain-assumed"

	valueDiffers   Reason = "value-differs"
	nameDiffers    Reason = "name-differs"
	rolesDiffer    Reason = "roles-differ"
	addressDiffers Reason = "address-differs"
)

// Kind is what a note is about.
type Kind string

// The kinds of notes.
const (
	Unused        Kind = "unused"
	Assumed       Kind = "assumed"
	Contradiction Kind = "contradiction"
)

// reasons is the only home of the sentences of notes: formats for their arguments.
var reasons = map[Reason]struct {
	kind Kind
	text string
	many string // for those of one file together; "" where each has a sentence of its own
}{
	noQuestion:    {Unused, "nothing here asks for it", "nothing here asks for %s"},
	otherDocument: {Unused, "another document (%s)", "other documents, %s"},
	otherLine:     {Unused, "another line", "other lines, %s"},
	isSecret:      {Unused, "a secret", ""},
	isExample:     {Unused, "%s is the example that kubeadm prints", ""},
	notAddress:    {Unused, "%q is no address", ""},
	noAddress:     {Unused, "%q has no address", "without an address: %s"},
	notRow:        {Unused, "%q is no row of the table", ""},
	noRole:        {Unused, "%q, a role of %s, is none of control-plane, etcd and worker", ""},
	noGroup:       {Unused, "%q is in no group of control-plane nodes, etcd or workers", "in no group of control-plane nodes, etcd or workers: %s"},
	notNode:       {Unused, "another file lists the nodes, and %q is none of them", "another file lists the nodes, without %s"},
	nameUnfit:     {Unused, "%q cannot be the name of a node", ""},
	aliasUnfit:    {Unused, "%q cannot be a further name of %s: the line would mean something else", ""},
	otherCN:       {Unused, "it names one certificate; these have the names that Kubernetes expects", ""},
	otherHosts:    {Unused, "they name one certificate, and not the API server's: the nodes say its names", ""},
	secondName:    {Unused, "a second name of the subject", ""},
	noProfile:     {Unused, "it counts where no profile is named", ""},
	noSuchProfile: {Unused, "the layout has no profile %q, and none for the same use", ""},
	otherUsages:   {Unused, "the profiles of the layout have usages of their own", ""},
	template:      {Unused, "Ansible works it out", ""},
	memberName:    {Unused, "a member of etcd has the name of its node, and not %q", "members of etcd have the names of their nodes, and not %s"},
	otherAddress:  {Unused, "%q is how Ansible reaches the node; the node's own address is %s", "how Ansible reaches nodes, and not their own addresses: %s"},
	saidBefore:    {Unused, "it says %q; %q, at %s, comes first", ""},
	alreadyThere:  {Unused, "%q is in the certificates anyway", "%s: in the certificates anyway"},
	weaker:        {Unused, "it leads to %q; %s says %q", ""},
	Answered:      {Unused, "it says %q; the answer is %q", ""},
	IsListed:      {Unused, "%q is among the nodes already", ""},

	etcdAssumed:    {Assumed, "%s: etcd runs on the control-plane nodes, as kubeadm has it; nothing that was read says where it runs", ""},
	hostsAssumed:   {Assumed, "each line of an /etc/hosts is a node: take out those that are none, and write the roles", ""},
	membersAssumed: {Assumed, "%s: the members of etcd have the names of their nodes", ""},
	subjectAssumed: {Assumed, "the subject of the CA is that of this request: %s", ""},
	profileAssumed: {Assumed, "the profile %q stands for %s", ""},
	domainAssumed:  {Assumed, "the cluster domain is %s, as one of the names has it", ""},

	valueDiffers:   {Contradiction, "%s is %q there, and %q here: the first counts", ""},
	nameDiffers:    {Contradiction, "%s is called %q there, and %q here: the first counts", ""},
	rolesDiffer:    {Contradiction, "%s is %s there, and %s here: the first counts", ""},
	addressDiffers: {Contradiction, "%s is at %s there, and at %s here: the first counts; if it has both, write both", ""},
}

// Note is one thing to know about an import: what was not used, what was assumed, what two
// texts say differently.
type Note struct {
	At   Place
	Why  Reason
	Args []any
	// First is the place that counts, of a contradiction.
	First Place
}

// Kind is what the note is about.
func (n Note) Kind() Kind { return reasons[n.Why].kind }

// Sentence says what there is to know, without the place.
func (n Note) Sentence() string {
	text := reasons[n.Why].text
	args := n.Args[:min(len(n.Args), strings.Count(text, "%"))]
	return fmt.Sprintf(text, args...)
}

// Sentences are the notes of a kind in sentences with their places, in the order of files
// and lines. Notes of one file that say the same of many things are one.
func Sentences(notes []Note, kind Kind) []string {
	type together struct {
		file string
		why  Reason
	}
	var out []string
	alike, at := map[together][]Note{}, map[together]int{}
	for _, n := range notes {
		r := reasons[n.Why]
		key := together{n.At.File, n.Why}
		switch {
		case r.kind != kind:
		case r.many == "":
			out = append(out, n.placed())
		default:
			if alike[key] = append(alike[key], n); len(alike[key]) == 1 {
				at[key] = len(out)
				out = append(out, n.placed())
			}
		}
	}
	for key, i := range at {
		if len(alike[key]) == 1 {
			continue
		}
		var things []string
		for _, n := range alike[key] {
			things = append(things, n.thing())
		}
		out[i] = strings.TrimPrefix(key.file+": ", ": ") + fmt.Sprintf(reasons[key.why].many, spec.List(things, mostThings))
	}
	return out
}

// mostThings is how many things one sentence names.
const mostThings = 30

// thing is what the note is about, among others of its file.
func (n Note) thing() string {
	what := n.At.Key
	if len(n.Args) > 0 {
		what = fmt.Sprint(n.Args[0])
	}
	if n.At.Line > 0 {
		what = strings.TrimSpace(fmt.Sprintf("%s (line %d)", what, n.At.Line))
	}
	return what
}

// placed is the sentence with its place; a pasted text may have none.
func (n Note) placed() string {
	return strings.TrimPrefix(n.At.String()+": "+n.Sentence(), ": ")
}

// MarshalJSON gives machines the code and the place, and people the sentence.
func (n Note) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code  Reason `json:"code"`
		Kind  Kind   `json:"kind"`
		File  string `json:"file,omitempty"`
		Line  int    `json:"line,omitempty"`
		Key   string `json:"key,omitempty"`
		First string `json:"first,omitempty"`
		What  string `json:"what"`
	}{n.Why, n.Kind(), n.At.File, n.At.Line, n.At.Key, n.First.String(), n.Sentence()})
}
