package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/certinfo"
	"certwright/tui/text"
)

// certificates is the list of the certificates in a directory, each once: who each is,
// for whom, by whom, until when, under which names and where it lies, and below that
// what cfssl-certinfo shows.
type certificates struct {
	table
	seen []certinfo.Seen
}

func newCertificates(m *Model) *certificates {
	c := &certificates{}
	c.empty = "reading " + text.Clean(m.Dir()) + " …"
	c.about = func(i, w int) []string { return m.certificateLines(&c.seen[i], w) }
	return c
}

// scanMsg brings the certificates of a directory.
type scanMsg struct{ seen []certinfo.Seen }

// scan reads the directory beside the screen. Why it cannot be read is a row.
func (m *Model) scan() tea.Cmd {
	dir, read := m.Dir(), m.Inspect(m.ctx)
	return safely(func() tea.Msg {
		seen, err := read()
		if err != nil {
			seen = unread(dir, err)
		}
		return scanMsg{seen}
	})
}

// unread is a directory that could not be read.
func unread(dir string, err error) []certinfo.Seen {
	return []certinfo.Seen{{Entry: certinfo.Entry{File: dir, Error: err.Error()}, Name: dir}}
}

// fail shows that the reading broke down.
func (c *certificates) fail(m *Model, msg failMsg) { c.take(m, unread(m.Dir(), msg.err)) }

// take shows what was read.
func (c *certificates) take(m *Model, seen []certinfo.Seen) {
	c.seen, c.empty = seen, "No certificate lies in "+text.Clean(m.Dir())+"."
	rows := make([]row, len(seen))
	for i := range seen {
		rows[i] = m.certificateRow(&seen[i])
	}
	c.set([]column{
		{title: "NAME", name: true}, {title: "WHAT IT IS", drop: 6}, {title: "IDENTITY", least: 16, drop: 2, name: true},
		{title: "SIGNED BY", drop: 4, name: true}, {title: "NAMES", drop: 5}, {title: "EXPIRES", drop: 3}, {title: "LEFT", state: true},
	}, rows)
}

// allNodes is the heading of what belongs to no node alone.
const allNodes = "the whole cluster"

// certificateRow is one certificate as a row.
func (m *Model) certificateRow(s *certinfo.Seen) row {
	r := row{group: text.Clean(s.Group), level: bad, sign: "!"}
	if r.group == "" {
		r.group = allNodes
	}
	name := text.Clean(strings.TrimPrefix(s.Name, s.Group+"/"))
	if s.Error != "" {
		r.cells = []string{name, "", "", "", "", "", text.Clean(s.Error)}
		return r
	}
	if s.IsCA && s.Field != "" { // of the two in a kubeconfig, that by which it knows the API
		name += " (its CA)"
	}
	var left string
	r.sign, r.level, left = m.lasts(&plan.InventoryItem{NotAfter: s.NotAfter})
	if m.Now().Before(s.NotBefore) {
		r.sign, r.level, left = "!", bad, "not yet valid"
	}
	r.cells = []string{name, s.Shown, text.Clean(s.Identity()), text.Clean(s.Signer()), names(len(s.SANs)), text.Date(s.NotAfter), left}
	return r
}

// names counts the names of a certificate; nothing for none.
func names(n int) string {
	if n == 0 {
		return ""
	}
	return text.Names(n)
}

// lasts says how long a certificate lasts: a sign where that is not long, and words.
func (m *Model) lasts(i *plan.InventoryItem) (sign string, l level, words string) {
	sign, words = text.Lasts(i, m.Now())
	switch sign {
	case "!":
		l = bad
	case "~":
		l = warn
	}
	return sign, l, words
}

// certificateLines is all of a certificate: what a person wants to know, and then what
// cfssl-certinfo shows.
func (m *Model) certificateLines(s *certinfo.Seen, w int) []string {
	title := text.Clean(s.Name)
	if s.Shown != "" {
		title += ": " + s.Shown
	}
	lines := m.styled(m.theme.strong.Render, "", title, w)
	if s.Error != "" {
		return append(lines, m.facts([]fact{{"file", s.File, plain}, {"unread", s.Error, bad}}, w)...)
	}
	lines = append(lines, m.facts(m.certificateFacts(s), w)...)
	body, err := s.CFSSL()
	if err != nil {
		return append(lines, m.item(m.theme.bad.Render, "!", err.Error(), w)...)
	}
	lines = append(lines, "", m.theme.strong.Render("As cfssl-certinfo shows it"))
	return append(lines, certinfoLines(string(body))...)
}

// certificateFacts are who, for whom, by whom, until when, under which names, and where.
func (m *Model) certificateFacts(s *certinfo.Seen) []fact {
	who := s.Identity()
	if s.IsCA {
		who += " (a CA)"
	}
	by := s.Signer()
	if !s.SelfSigned && s.SignerFile != "" {
		by += ", in " + s.SignerFile
	}
	_, state, left := m.lasts(&plan.InventoryItem{NotAfter: s.NotAfter})
	const most = 12
	facts := []fact{
		{"identity", who, plain}, {"signed by", by, plain},
		{"valid", text.Date(s.NotBefore) + " to " + text.Date(s.NotAfter), plain}, {"left", left, state},
		{"names", spec.List(slices.Concat(s.DNSNames, s.EmailAddresses, s.URIs), 60), plain},
		{"addresses", spec.List(s.IPAddresses, 60), plain},
		{"usages", strings.Join(s.Usages, ", "), plain}, {"key", s.KeyAlgorithm, plain},
		{"file", s.File, plain}, {"private key", s.PrivateKeyFile, plain},
		{"also in", spec.List(s.Also, most), plain}, {"told to", strings.Join(s.Reads, ", "), plain},
	}
	return facts
}

// certinfoLines is the text of cfssl-certinfo: the sans one a line, as it prints them.
// The PEM is a single long line there, and is broken here to be read.
func certinfoLines(body string) []string {
	var out []string
	for l := range strings.SplitSeq(strings.TrimRight(body, "\n"), "\n") {
		if strings.HasPrefix(l, `  "pem": `) {
			l = strings.ReplaceAll(l, `\n`, "\n    ")
		}
		for part := range strings.SplitSeq(l, "\n") {
			out = append(out, text.Clean(part))
		}
	}
	return out
}

// opened lays all that there is to say of the selected row of a list over the page.
func (t *table) opened(m *Model) {
	if i := t.selected(); i >= 0 && t.about != nil {
		m.overlay = newReading(0, func(w int) []string { return t.about(i, w) })
	}
}
