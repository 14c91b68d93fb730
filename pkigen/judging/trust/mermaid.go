package trust

import (
	"fmt"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
)

// Mermaid is the map as a flowchart for documents (https://mermaid.js.org): a
// box for each program, in the frame of the CA that it is known by, and a line
// for each connection, with what the dialling side shows.
func (m *Map) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	frames, order := m.frames()
	for _, name := range order {
		for _, ca := range m.CAs {
			if ca.Name == name {
				fmt.Fprintf(&b, "  subgraph %s[\"%s: %s\"]\n", mermaidID("ca "+name), quoted(name), quoted(ca.Title))
			}
		}
		for _, program := range frames[name] {
			fmt.Fprintf(&b, "    %s[\"%s\"]\n", mermaidID(program), quoted(program))
		}
		b.WriteString("  end\n")
	}
	for _, a := range m.Connections {
		fmt.Fprintf(&b, "  %s -->|\"%s, :%d\"| %s\n", mermaidID(a.From), quoted(a.Shows.Label()), a.Port, mermaidID(a.To))
	}
	for i, d := range m.Danger {
		from := fmt.Sprintf("danger_%d", i+1)
		fmt.Fprintf(&b, "  %s[\"any client of %s: %s\"]\n", from, quoted(d.CA), quoted(strings.Join(d.Roles, ", ")))
		fmt.Fprintf(&b, "  %s -.->|\"danger: %s\"| %s\n", from, quoted(d.Text), mermaidID(d.To))
		fmt.Fprintf(&b, "  linkStyle %d stroke:#c00,stroke-width:3px\n", len(m.Connections)+i)
	}
	return b.String()
}

// frames sorts the programs by the CA of the certificate by which each is
// known: the one that it answers with, or else the one that it shows.
func (m *Map) frames() (map[string][]string, []string) {
	home, frames := map[string]string{}, map[string][]string{}
	var order, programs []string
	note := func(program, ca string) {
		if _, known := home[program]; known || ca == "" {
			return
		}
		home[program] = ca
		programs = append(programs, program)
	}
	for _, a := range m.Connections {
		if a.Answers.CA != "" {
			note(a.To, a.Answers.CA)
		} else {
			note(a.To, a.Client.CA)
		}
	}
	for _, a := range m.Connections {
		if a.Shows.CA != "" {
			note(a.From, a.Shows.CA)
		} else {
			note(a.From, a.Server.CA) // shows a token
		}
	}
	for _, program := range programs {
		ca := home[program]
		if frames[ca] == nil {
			order = append(order, ca)
		}
		frames[ca] = append(frames[ca], program)
	}
	return frames, order
}

// Label is what a side shows, in few words.
func (s Side) Label() string {
	if s.Entry == "" {
		return s.Text
	}
	if s.Entry == id.ServiceAccount {
		return "token signed by " + s.Entry
	}
	return s.Entry
}

// mermaidID is a name of letters, digits and underscores. No program's name is a
// word of Mermaid's own.
func mermaidID(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, s)
}

// quoted is text inside Mermaid's quotes.
func quoted(s string) string { return strings.ReplaceAll(s, `"`, "#quot;") }
