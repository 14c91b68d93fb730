// Package symptom is the table of what a look at a running cluster can find wrong, or cannot
// see: a code, how bad it is, and its sentences.
package symptom

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/shell"
)

// Finding is one thing that is not as planned, or cannot be seen: a code with arguments.
// Its sentences stand in the table below.
type Finding struct {
	Code    Code
	Node    string // "" for what concerns no node alone
	Program string
	Port    string // its address; "" for the program as a whole
	Args    []any
	Command shell.Line // what sets it right, on the node; "" for none
}

// State is how a program is, the best first.
type State string

// The states.
const (
	Fine    State = "ok"
	Hidden  State = "unseen"    // it cannot be seen from here
	Behind  State = "behind"    // it has not loaded what the directory holds
	Expired State = "expired"   // what it serves is not valid now
	Unwell  State = "unhealthy" // it does not do its work
	Away    State = "away"      // nothing of it answers
)

// states are all of them in that order.
var states = []State{Fine, Hidden, Behind, Expired, Unwell, Away}

// Worse is the worse of two.
func Worse(a, b State) State {
	if a.Rank() < b.Rank() {
		return b
	}
	return a
}

// Rank is where a state stands in the order from the best to the worst.
func (s State) Rank() int { return slices.Index(states, s) }

// Code is a kind of finding. Codes are an interface: they are never renamed.
type Code string

// The codes.
const (
	Refused        Code = "refused"
	Assumed        Code = "assumed-away"
	Silent         Code = "silent"
	Unreachable    Code = "unreachable"
	NotTLS         Code = "not-tls"
	HungUp         Code = "hung-up"
	NoAddress      Code = "no-address"
	LoopbackOnly   Code = "loopback-only"
	ForeignCA      Code = "foreign-ca"
	TwoCAs         Code = "two-cas"
	NoCA           Code = "no-ca"
	WrongName      Code = "wrong-name"
	OverDate       Code = "expired"
	NotYet         Code = "not-yet-valid"
	EarlierServed  Code = "serves-earlier"
	OlderServed    Code = "serves-older"
	NewerServed    Code = "serves-newer"
	SelfMade       Code = "self-made"
	TrustsFew      Code = "trusts-too-few"
	TrustsMany     Code = "trusts-too-many"
	ProbeRefused   Code = "probe-refused"
	ProbeTaken     Code = "probe-accepted"
	OwnRefused     Code = "credential-refused"
	LetsAnybodyIn  Code = "open"
	NotReady       Code = "not-ready"
	ConfigRefused  Code = "kubeconfig-refused"
	ConfigDistrust Code = "kubeconfig-distrusts"
	ConfigAway     Code = "kubeconfig-away"
	LeaseOld       Code = "lease-old"
	LeaseMissing   Code = "lease-missing"
	NobodyLeads    Code = "nobody-leads"
	KubeletUnknown Code = "kubelet-distrusted"
	KubeletRefuses Code = "kubelet-refuses"
	KubeletForbids Code = "kubelet-forbids"
	StartedBefore  Code = "started-before"
	NotRestarted   Code = "not-restarted"
	NotCopied      Code = "not-copied"
	OldKeys        Code = "old-keys"
	OldSigner      Code = "old-signer"
	OldRoot        Code = "old-root"
	WrongClock     Code = "wrong-clock"
	NoCredential   Code = "no-credential"
	NoAPI          Code = "no-api"
)

// text is what a finding says: what is so, and what to do next. {1} stands for the first
// argument.
type text struct {
	state      State
	what, next string
}

// bring is what helps a program that has not loaded what the directory has.
const bring = "copy the node's files to it; where they are there, restart it"

// texts are the sentences.
var texts = map[Code]text{
	Refused:     {Away, "does not listen at {1}", "start it, or look at its log: it may have ended for a file that it cannot use"},
	Assumed:     {Hidden, "does not answer at {1}, and no file says that it runs", "look at a directory that has its unit or its manifest"},
	Silent:      {Away, "does not answer at {1} within {2}", "look whether the machine is on and whether a firewall is between: dial it from another node"},
	Unreachable: {Away, "cannot be reached at {1}: {2}", "look at the route from here, or look from a machine of the cluster's network"},
	NotTLS:      {Unwell, "does not speak TLS at {1}", "something else answers there, a proxy perhaps, or it is told to serve plain HTTP: dial the node itself"},
	HungUp:      {Unwell, "ends the connection at {1} before it shows a certificate: {2}", "look at its log: it has no pair that it can use, or a proxy is between"},
	NoAddress:   {Hidden, "has no address that a file here tells", "look on the node itself, or write the nodes into answers"},
	LoopbackOnly: {Hidden, "answers at the node's own {1} only",
		"certwright live on {2} sees it"},
	ForeignCA: {Unwell, "serves {2} at {1}, which another CA has signed ({3})", "this is another cluster, or a proxy that ends TLS: nothing was shown to it. Dial the node itself, or look at the directory of that cluster"},
	TwoCAs: {Unwell, "serves {2} at {1}, which another CA of the same name has signed ({3})",
		"the node has files of another set, whose CA is called the same: copy the node's files from this directory again, or look with the other"},
	NoCA:          {Hidden, "serves {2} at {1}, and no CA is here to tell whether that is right", "name a directory that has the CA, or copy it here"},
	WrongName:     {Unwell, "serves at {1} a certificate without that name: it is for {2}", "what was dialled is another machine, or its certificate lacks the name: nothing was shown to it"},
	OverDate:      {Expired, "serves at {1} a certificate that expired on {2}", "renew it, copy it to the node and look again"},
	NotYet:        {Expired, "serves at {1} a certificate that is not valid before {2}", "set the clock of this machine, or wait"},
	EarlierServed: {Behind, "still serves the certificate of {2} at {1}: a run on {3} has replaced it", bring},
	OlderServed:   {Behind, "still serves the certificate of {2} at {1}: the file has that of {3}", bring},
	NewerServed:   {Behind, "serves a newer certificate than the directory has at {1}, that of {2}", "somebody has renewed it on the node: copy it back, or renew it here"},
	SelfMade:      {Unwell, "serves at {1} a certificate that it made for itself, which nobody can check", "tell it of its serving certificate, and restart it"},
	TrustsFew:     {Behind, "asks at {1} for {3} certificates of the client CA {2}, and its file has {4}", bring},
	TrustsMany:    {Behind, "asks at {1} for {3} certificates of the client CA {2}, and its file has {4}", bring},
	ProbeRefused:  {Behind, "refuses at {1} a certificate of {2}, which its file trusts", bring},
	ProbeTaken:    {Behind, "accepts at {1} a certificate of {2}, which its file does not trust any more", bring},
	OwnRefused:    {Behind, "refuses at {1} the certificate in {2}: {3}", "it trusts other CAs than the directory, or the certificate is over: copy the node's files to it, and restart it"},
	LetsAnybodyIn: {Unwell, "lets anybody in at {1} who shows no certificate", "tell it to ask for client certificates: whoever reaches the port has what is behind it"},
	NotReady:      {Unwell, "says at {1} that it is not well: {2}", "look at its log"},
	ConfigRefused: {Unwell, "is refused by the API server with its kubeconfig", "its client certificate has expired or is of another CA: copy the node's files to it and restart it"},
	ConfigDistrust: {Unwell, "does not trust the API server: {1}",
		"its kubeconfig has another CA: copy the node's files to it and restart it"},
	ConfigAway:     {Unwell, "does not reach the API server that its kubeconfig names: {1}", "start that API server first"},
	LeaseOld:       {Unwell, "has not renewed the lease of its node for {1}", "it is stopped, or the API server refuses it: look at its log"},
	LeaseMissing:   {Away, "has never renewed a lease: the API server does not know the node", "start it, or look at its log: the API server may refuse it"},
	NobodyLeads:    {Unwell, "has nobody who leads: the lease {1} was not renewed for {2}", "start one, or look at the logs: the API server may refuse them"},
	KubeletUnknown: {Unwell, "is not trusted by the API server of {1}: {2}", "its serving certificate is of another CA, or the API server checks by an old one"},
	KubeletRefuses: {Unwell, "refuses the API server of {1}", "it trusts another CA than the one that signed apiserver-kubelet-client: copy the node's files to it"},
	KubeletForbids: {Unwell, "forbids the API server of {1} to ask it", "apply the manifest that binds apiserver-kubelet-client to system:kubelet-api-admin"},
	StartedBefore:  {Behind, "runs since {1}, and reads {2} at its start only, which was written on {3}", bring},
	NotRestarted:   {Behind, "runs since {1}, and reads {2} at its start only, which came there on {3}", "restart it"},
	NotCopied:      {Behind, "cannot have loaded {1}: the node has not got its files yet", "copy the node's files to it, and restart it"},
	OldKeys:        {Behind, "checks service account tokens by other keys than its file holds", "copy the node's files to it and restart it"},
	OldSigner:      {Behind, "signs service account tokens by another key than its file holds", "copy the node's files to it and restart it"},
	OldRoot:        {Behind, "still gives pods another CA than its file holds", "copy the node's files to it and restart it: the one that leads writes it"},
	WrongClock:     {Unwell, "has a clock that is {1}", "set the clock: certificates are valid by it, and times that are told here are not to be trusted"},
	NoCredential:   {Hidden, "was shown nothing: no certificate for it is in the directory", "look where {1} lies, for its health and its start"},
	NoAPI:          {Hidden, "is not seen by an API server: none has proved itself and let admin.conf in", "what only the API server sees is not known: name a directory with admin.conf, and look whether one answers"},
}

// State is how bad a code is.
func (c Code) State() State { return texts[c].state }

// State is how bad a finding is.
func (f *Finding) State() State { return f.Code.State() }

// What says what is so, of the program that the finding names.
func (f *Finding) What() string { return f.fill(texts[f.Code].what) }

// Next says what to do.
func (f *Finding) Next() string { return f.fill(texts[f.Code].next) }

// fill puts the arguments into a sentence, which need not use all of them.
func (f *Finding) fill(sentence string) string {
	for i, a := range f.Args {
		sentence = strings.ReplaceAll(sentence, fmt.Sprintf("{%d}", i+1), fmt.Sprint(a))
	}
	return sentence
}

// MarshalJSON has the code, and the sentences beside it.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code    Code       `json:"code"`
		State   State      `json:"state"`
		Node    string     `json:"node,omitempty"`
		Program string     `json:"program,omitempty"`
		Port    string     `json:"address,omitempty"`
		What    string     `json:"what"`
		Next    string     `json:"next"`
		Command shell.Line `json:"command,omitempty"`
	}{f.Code, f.State(), f.Node, f.Program, f.Port, f.What(), f.Next(), f.Command})
}
