package spec

import (
	"io/fs"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
)

// Adopted is one CA, certificate or key pair of an adopted directory: one line of
// the answer. What a line does not say follows from the other answers.
type Adopted struct {
	Name  string   // unique, or together with Node: "apiserver"
	Roles []string // of the catalogue: all that use it
	Node  string   // the node that it belongs to; "" for none
	// Signer is the name of the line of its CA; "" for a CA and for a key pair.
	Signer string
	// Certs, Keys and Publics are the files of each part, slash-separated below the
	// directory, the first one first; Configs the kubeconfigs that hold certificate
	// and key as text.
	Certs, Keys, Publics, Configs []string
	Subject                       Subject
	Names                         []string // as the line has them, with the words of adoption.Words
	Profile                       string   // of a leaf
	Usages                        []string // instead of the profile's; nil for these, empty for none at all
	Expiry                        time.Duration
	Algorithm                     KeyAlgorithm // of a new key, instead of the answer for all; "" for that
	Line                          int          // where it stands in the answer, from 1
}

// noUsages are the usages of a certificate that says nothing of them, and may do anything.
const noUsages = "none"

// adoptedKeys are the words of a line, in the order in which they are written.
var adoptedKeys = []string{"role", "node", "signer", "cert", "key", "public", "kubeconfig",
	"CN", "C", "ST", "L", "O", "OU", "names", "profile", "usages", "expiry", "algorithm"}

// ParseAdopted reads the lines of an adopted directory: a name and words of the
// form KEY=VALUE, with double quotes around a value that has blanks. Of a
// certificate at least one cert or kubeconfig, CN and, but for a CA, signer are
// needed. "#" starts a comment.
func ParseAdopted(key, text string) ([]Adopted, []problem.Problem) {
	p := adoptedParser{key: key, names: map[string]int{}, files: map[string]*Adopted{}}
	for raw := range strings.SplitSeq(text, "\n") {
		p.line++
		words, closed := splitQuoted(raw)
		switch {
		case !closed:
			p.say(adoptedQuote, words[len(words)-1])
		case len(words) > 0:
			p.entry(words)
		}
	}
	if p.line == 1 && len(p.out)+len(p.problems) == 0 {
		return nil, []problem.Problem{problem.New(problem.Missing, key, 0, "ca role=ca cert=ca.pem key=ca-key.pem CN=kubernetes")}
	}
	for i := range p.out {
		p.checkSigner(&p.out[i])
	}
	return p.out, p.problems
}

// splitQuoted parts a line at blanks that stand in no double quotes; a backslash
// takes the next character as it is. A "#" at the begin of a word ends the line.
// closed reports whether each quote has its partner; the last word is the open one else.
func splitQuoted(s string) (words []string, closed bool) {
	var word strings.Builder
	open, any := false, false
	end := func() {
		if any {
			words = append(words, word.String())
		}
		word.Reset()
		any = false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			open, any = !open, true
		case c == '\\' && open && i+1 < len(s):
			i++
			word.WriteByte(s[i])
		case (c == ' ' || c == '\t') && !open:
			end()
		case c == '#' && !open && !any:
			return words, true
		default:
			word.WriteByte(c)
			any = true
		}
	}
	end()
	return words, !open
}

// adoptedParser holds the lines as far as they are read.
type adoptedParser struct {
	key      string
	line     int
	out      []Adopted
	problems []problem.Problem
	names    map[string]int      // lines by node and name
	files    map[string]*Adopted // lines by path
	at       *Adopted            // the line that is read
}

func (p *adoptedParser) say(code problem.Code, args ...any) {
	p.problems = append(p.problems, problem.New(code, p.key, p.line, args...))
}

// take adds problems of a value's own parser, in this place.
func (p *adoptedParser) take(ps []problem.Problem) {
	for _, found := range ps {
		found.Key, found.Line = p.key, p.line
		p.problems = append(p.problems, found)
	}
}

// entry reads one line. One with a problem is kept too, so that one mistake does
// not look like many.
func (p *adoptedParser) entry(words []string) {
	a := Adopted{Name: words[0], Line: p.line}
	p.at = &a
	if strings.Trim(a.Name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "" {
		p.say(adoptedName, a.Name)
	}
	for _, w := range words[1:] {
		name, value, ok := strings.Cut(w, "=")
		switch {
		case !ok || value == "":
			p.say(adoptedForm, w)
		case !slices.Contains(adoptedKeys, name):
			p.say(adoptedKey, name, strings.Join(adoptedKeys, ", "))
		default:
			p.word(name, value)
		}
	}
	switch {
	case len(a.Roles) == 0:
		p.say(AdoptedLacks, a.Name, "role")
	case len(a.Certs)+len(a.Configs) == 0 && len(a.Publics) == 0:
		p.say(AdoptedLacks, a.Name, "cert")
	case len(a.Publics) == 0 && a.Subject.CN == "":
		p.say(AdoptedLacks, a.Name, "CN")
	case len(a.Keys) == 0 && len(a.Configs) == 0:
		p.say(AdoptedLacks, a.Name, "key")
	}
	id := a.Node + "/" + a.Name
	if line := p.names[id]; line > 0 {
		p.say(adoptedTwice, a.Name, line)
	}
	p.names[id] = p.line
	p.out = append(p.out, a)
}

// word reads one KEY=VALUE.
func (p *adoptedParser) word(name, value string) {
	a := p.at
	if f := textFault(value); f != nil {
		p.problems = append(p.problems, f.at(p.key, p.line))
		return
	}
	switch name {
	case "role":
		a.Roles = append(a.Roles, value)
	case "node":
		a.Node = strings.ToLower(value)
	case "signer":
		a.Signer = value
	case "cert":
		a.Certs = p.path(a.Certs, value)
	case "key":
		a.Keys = p.path(a.Keys, value)
	case "public":
		a.Publics = p.path(a.Publics, value)
	case "kubeconfig":
		a.Configs = p.path(a.Configs, value)
	case "names":
		a.Names = append(a.Names, p.hosts(value)...)
	case "profile":
		a.Profile = value
	case "usages":
		if value == noUsages {
			a.Usages = []string{}
			return
		}
		usages, ps := ParseUsages(p.key, value)
		a.Usages = usages
		p.take(ps)
	case "expiry":
		expiry, ps := ParseDuration(p.key, value)
		a.Expiry = expiry
		p.take(ps)
	case "algorithm":
		alg, ps := ParseKeyAlgorithm(p.key, value)
		a.Algorithm = alg
		p.take(ps)
	default:
		p.subject(name, value)
	}
}

// subject takes one field; of O there may be several, since each is a group.
func (p *adoptedParser) subject(name, value string) {
	for _, field := range subjectFields {
		if field.name != name {
			continue
		}
		f := subjectFault(name, value, field.limit)
		switch {
		case f != nil:
			p.problems = append(p.problems, f.at(p.key, p.line))
		case name == "O" && p.at.Subject.O != "":
			p.at.Subject.AddO(value)
		default:
			field.set(&p.at.Subject, value)
		}
	}
}

// path takes one file; no file can be of two lines.
func (p *adoptedParser) path(list []string, value string) []string {
	if !fs.ValidPath(value) || value == "." {
		p.say(adoptedPath, value)
		return list
	}
	if other := p.files[value]; other != nil && other != p.at {
		p.say(adoptedFile, value, other.Name)
	}
	p.files[value] = p.at
	return append(list, value)
}

// hosts takes names with commas between them, and holds those that are no words
// to what a certificate can have.
func (p *adoptedParser) hosts(value string) []string {
	var out []string
	for _, name := range strings.Split(value, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		out = append(out, name)
		if !slices.Contains(adoption.Words, name) {
			_, ps := ParseHosts(p.key, strings.TrimSuffix(name, adoption.Domain)+domainStand(name))
			p.take(ps)
		}
	}
	return out
}

// domainStand is a domain in the place of the word, for a name that ends in it.
func domainStand(name string) string {
	if strings.HasSuffix(name, adoption.Domain) {
		return "cluster.local"
	}
	return ""
}

// checkSigner holds that the CA of a line is one of the lines.
func (p *adoptedParser) checkSigner(a *Adopted) {
	if a.Signer == "" {
		return
	}
	is := func(ca Adopted) bool { return ca.Name == a.Signer && ca.Signer == "" && ca.Node == "" }
	if !slices.ContainsFunc(p.out, is) {
		p.line = a.Line
		p.say(adoptedSigner, a.Signer, a.Name)
	}
}

// String is the line that reads back as the same.
func (a *Adopted) String() string {
	b := &adoptedWriter{}
	b.WriteString(a.Name)
	b.each("role", a.Roles...)
	b.each("node", a.Node)
	b.each("signer", a.Signer)
	b.each("cert", a.Certs...)
	b.each("key", a.Keys...)
	b.each("public", a.Publics...)
	b.each("kubeconfig", a.Configs...)
	b.each("CN", a.Subject.CN)
	b.each("C", a.Subject.C)
	b.each("ST", a.Subject.ST)
	b.each("L", a.Subject.L)
	b.each("O", a.Subject.Os()...)
	b.each("OU", a.Subject.OU)
	b.each("names", strings.Join(a.Names, ","))
	b.each("profile", a.Profile)
	if a.Usages != nil && len(a.Usages) == 0 {
		b.each("usages", noUsages)
	}
	b.each("usages", strings.Join(a.Usages, ","))
	if a.Expiry > 0 {
		b.each("expiry", DurationText(a.Expiry))
	}
	b.each("algorithm", string(a.Algorithm))
	return b.String()
}

// adoptedWriter writes the words of a line.
type adoptedWriter struct{ strings.Builder }

func (b *adoptedWriter) each(key string, values ...string) {
	for _, v := range values {
		if v == "" {
			continue
		}
		b.WriteString(" " + key + "=")
		if strings.ContainsAny(v, " \t\"\\#") {
			v = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
		}
		b.WriteString(v)
	}
}
