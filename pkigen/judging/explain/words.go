package explain

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/visible"
)

// where tells of one side that prints a text: who that is, where the fault lies,
// and where to look next.
type where struct {
	who, fault, next string
	program          string // that prints it where the line names none
}

// places is where for each side that may print a text; any serves for the sides
// that have no sentences of their own.
type places struct{ any, client, server where }

func (p places) of(s Side) where {
	switch {
	case s == Client && p.client.who != "":
		return p.client
	case s == Server && p.server.who != "":
		return p.server
	}
	return p.any
}

// stands are the words for a value that the text did not hold: in a sentence,
// and in a command, where the reader has to put his own.
var stands = map[string]struct {
	word string
	arg  shell.Line
}{
	"wanted": {"the name that was dialled", "NAME"}, "names": {"other names", "NAMES"}, "count": {"many", "COUNT"},
	"ca": {"the CA", "CA"}, "reason": {"another error", "REASON"}, "now": {"now", "TIME"}, "until": {"its end", "TIME"},
	"from": {"its begin", "TIME"}, "alg": {"an insecure algorithm", "ALGORITHM"}, "bits": {"few", "BITS"}, "bytes": {"8", "BYTES"}, "most": {"the most", "MOST"},
	"blocks": {"something else", "BLOCKS"}, "path": {"the file", "FILE"}, "byte": {"some place", "BYTE"}, "context": {"a name", "NAME"},
	"user": {"the user", "USER"}, "verb": {"do this to", "VERB"}, "resource": {"the resource", "RESOURCE"}, "sub": {"a part of them", "SUBRESOURCE"},
	"node": {"the node", "NODE"}, "other": {"another node", "NODE"}, "sn": {"a number", "SERIAL"}, "skid": {"unknown", "SKID"}, "akid": {"unknown", "AKID"},
	"audiences": {"others", "AUDIENCES"}, "accepted": {"its own", "AUDIENCES"}, "issuer": {"another", "ISSUER"}, "id": {"the token's", "ID"},
	"cn": {"the CN", "CN"}, "dns": {"others", "NAMES"}, "endpoint": {"an", "ENDPOINT"}, "hook": {"the webhook", "WEBHOOK"}, "line": {"some", "LINE"},
	"cert": {"the certificate", "NAME"}, "pin": {"others", "HASH"}, "local": {"here", "ADDRESS"}, "there": {"there", "ADDRESS"}, "account": {"NAMESPACE:NAME", "NAMESPACE:NAME"}, "group": {"the API group", "GROUP"}, "kind": {"the kind", "KIND"}, "image": {"an image", "IMAGE"}, "host": {"a name", "HOST"}, "dnsname": {"one that the text does not name", "NAME"}, "namespace": {"the namespace", "NAMESPACE"}, "pod": {"the pod", "POD"}, "for": {"other names or addresses", "NAMES"}, "url": {"an address", "URL"}, "audience": {"another", "AUDIENCE"}, "address": {"its address", "ADDRESS"},
	"server": {"the server", "HOST:PORT"}, "remote": {"the other side", "ADDRESS"}, "number": {"a number", "NUMBER"},
}

var slot = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{[a-z0-9]+\}`)
})

// shownNames is how many names of a certificate a sentence quotes.
const shownNames = 8

// sentence puts the values of a match into a text of the table.
func (m *Match) sentence(text string) string {
	return slot().ReplaceAllStringFunc(m.about().Replace(text), func(s string) string {
		key := s[1 : len(s)-1]
		v := m.Values[key]
		switch {
		case v == "":
			return stands[key].word
		case key == "names" || key == "dns":
			if list := strings.Split(v, ", "); len(list) > shownNames {
				return strings.Join(list[:shownNames], ", ") + " " + spec.More(len(list)-shownNames)
			}
		}
		return v
	})
}

// reachable is a host, or a host and a port: nothing else is given to a program to dial.
var reachable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*|[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?)(?::\d{1,5})?$`)
})

// command puts them into a command, each as one word of a shell: the text came
// from anywhere, and the command will be pasted.
func (m *Match) command(text shell.Line) shell.Line {
	return text.Fill(func(key string) (string, shell.Line) {
		if key == "look" {
			self, _ := m.ends()
			return "", m.command(self.look)
		}
		v := m.Values[key]
		if v == "" || !visible.Whole(v) || (key == "server" || key == "wanted") && !reachable().MatchString(v) {
			return "", stands[key].arg
		}
		return v, ""
	})
}

// Means says in a sentence or two what has happened.
func (m *Match) Means() string { return m.sentence(m.Entry.Means) }

// PrintedBy says which side prints this text, with the program where the line or
// the connection tells it.
func (m *Match) PrintedBy() string {
	w := m.Entry.Where.of(m.Source.Side)
	who := m.sentence(w.who)
	program := cmp.Or(m.Source.Program, w.program)
	if self, _ := m.ends(); program == "" && len(m.Source.Connections) > 0 {
		program = self.name
	}
	if program != "" {
		return program + ", " + who
	}
	return who
}

// FaultOf says on which side the fault lies.
func (m *Match) FaultOf() string {
	if m.Entry.Fault != "" {
		return m.sentence(m.Entry.Fault)
	}
	return m.sentence(m.Entry.Where.of(m.Source.Side).fault)
}

// Next says where to look next: mostly what the other side has logged.
func (m *Match) Next() string { return m.sentence(m.Entry.Where.of(m.Source.Side).next) }

// Causes are what may have led to it, the likeliest first, with the values of
// the text in their sentences: those that fit the side and the connection. There are
// none where another match of the same line tells more.
func (m *Match) Causes() []Cause {
	if m.Beside {
		return []Cause{}
	}
	var first, rest []Cause
	for _, c := range m.Entry.Causes {
		if c.Side != Unknown && m.Source.Side != Unknown && c.Side != m.Source.Side || c.Needs != "" && m.Values[c.Needs] == "" {
			continue
		}
		on := strings.Fields(c.On)
		elsewhere := func(id string) bool { return !slices.Contains(on, id) }
		known := m.Source.Connections
		c.Text, c.Fix, c.Command = m.sentence(c.Text), m.sentence(c.Fix), m.command(c.Command)
		switch {
		case len(on) == 0 || len(known) == 0:
			rest = append(rest, c)
		case !slices.ContainsFunc(known, elsewhere) && c.First:
			first = append(first, c)
		case slices.ContainsFunc(known, func(id string) bool { return !elsewhere(id) }):
			rest = append(rest, c)
		}
	}
	return append(first, rest...)
}
