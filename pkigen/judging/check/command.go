package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// method is how a finding is fixed in a shell.
type method int

const (
	byHand  method = iota
	again          // certwright generate sees what is wrong, and makes it right
	afresh         // the file has to go first: generate copies it from elsewhere, or makes it
	newCert        // the certificate has to go from all its places: generate signs a new one
	newKey         // the key too
	renewal        // generate sees nothing wrong yet
	early          // of a CA generate thinks that the clock is wrong: it is renewed by its name
)

// fix is how a finding of a check is fixed in a shell. The zero one stands for what a
// person has to decide.
type fix struct {
	by   method                                  // by the answers of a set of ours
	line func(*survey.Site, *Finding) shell.Line // that needs no answers; nil for none, and "" where it does not fit
	// renew reports whether kubeadm certs renew fixes it: that takes subject, names and usages
	// from the certificate that is there, so none of these
	// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/).
	renew bool
	first bool // certwright generate refuses a set with it
}

// command is what fixes a finding in a shell; nothing where a person has to decide.
func (r *Report) command(f *Finding) way {
	site := r.Site
	if told(f.Check.ID) && site.Again != "" && site.Layout != nil && !site.Layout.AsFound {
		return way{then: site.Again} // which writes what programs are told
	}
	if f.Check.fix.line != nil {
		if c := f.Check.fix.line(site, f); c != "" {
			w := way{by: c}
			if tree, _ := render.SplitTree(f.File); tree != "" && site.Layout != nil && !strings.HasPrefix(c.String(), "chmod ") {
				w.then = site.Again // its sum is another now
			}
			return w
		}
	}
	switch {
	case f.Seat == nil:
		return r.unseated(f)
	case f.Check.ID == findings.CertMissing && f.Seat.Entry.Kind == catalog.Authority && site.Layout == nil && r.heldBy(f.Seat) != "":
		return way{by: fromConfig(site, r.heldBy(f.Seat), f.File)} // one made again would be another one to many
	case f.as == asKeyOnly && f.Check.fix.by != byHand, f.Check.ID == findings.KeyMismatch && f.Seat.Entry.Kind == catalog.Authority:
		f.instead = "Put the key back from a backup. If it is lost, certwright rotate replaces it while all runs on."
		return way{} // it is not to be removed by a line that was pasted
	case site.Again == "" && r.kubeadm:
		return way{by: r.byKubeadm(f)}
	case site.Again == "", f.Seat.Want == nil:
		return way{} // the answers make none of it
	case f.as == asStray:
		f.instead = "The answers do not know it: remove it, or put it elsewhere."
		return way{}
	case f.Check.ID == findings.KeyMismatch && len(f.Seat.Want.Places(catalog.Key)) == 1:
		return way{then: site.Again} // a new certificate for this key
	case f.Check.ID == findings.KeyMissing && f.Seat.Entry.Kind == catalog.KeyPair && !r.hasPair():
		again := r.line(way{then: site.Again, replace: []string{f.Seat.Want.Name}})
		f.instead = fmt.Sprintf("Put it back, from a control-plane node too. If it is lost, every token that it signed ends: %s makes a new pair.", again)
		return way{}
	case f.Check.ID == findings.SANMissing && f.Args[1] != askedFor:
		return r.addName(f)
	case goodPair(f) && f.File != f.Seat.Public.Path && len(f.Seat.Want.Places(catalog.Key)) == 1:
		return way{} // the only one: with it all tokens would go
	case f.Check.ID == findings.SigningKeyMissing:
		return r.signingKey(f)
	case f.Check.ID == findings.Revoked:
		return way{then: site.Again, replace: []string{f.Seat.Want.Name}}
	case f.Check.ID == findings.FrontProxyShared:
		if f.Seat.Entry.Name != id.FrontProxyCA {
			return way{then: site.Again}
		}
		return way{then: site.Again, replace: []string{f.Seat.Want.Name}}
	}
	switch f.Check.fix.by {
	case again:
		return way{then: site.Again}
	case afresh:
		return way{gone: ownFiles(f), then: site.Again}
	case newCert:
		return way{gone: slices.Concat(f.Seat.Want.Places(catalog.Cert), trusted(f.Seat.Want)), then: site.Again}
	case early:
		if names := r.cas(f.Check); len(names) > 0 && site.Renew != "" {
			return way{then: site.Renew.Word(names...)}
		}
		return way{then: site.Again}
	case renewal:
		return way{then: r.renew(f, site.Renew)}
	case newKey:
		if f.Seat == nil { // nothing was read of it but its size
			return way{then: site.Again}
		}
		return way{gone: f.Seat.Want.Places(catalog.Key), then: site.Again}
	}
	return way{}
}

// unseated is the way of a file that stands for nothing: only answers know it.
func (r *Report) unseated(f *Finding) way {
	site := r.Site
	switch {
	case f.as == asKeyOnly && f.Check.fix.by != byHand:
		f.instead = "Put the key back from a backup. If it is lost, certwright rotate replaces it while all runs on."
	case site.Again == "", site.Layout == nil && !r.asked[f.File]:
	case f.as == asStray:
		f.instead = "The answers do not know it: remove it, or put it elsewhere."
	case f.Check.fix.by == again:
		return way{then: site.Again}
	case f.Check.fix.by == afresh:
		return way{gone: ownFiles(f), then: site.Again}
	}
	return way{}
}

// hasPair reports whether the private key for tokens lies in some place here.
func (r *Report) hasPair() bool {
	return slices.ContainsFunc(r.Site.Seats, func(s *survey.Seat) bool { return s.Entry.Kind == catalog.KeyPair && tokenKey(s.Private()) })
}

// goodPair reports whether a finding is about a pair whose private key signs tokens.
func goodPair(f *Finding) bool {
	return f.Seat != nil && f.Seat.Entry.Kind == catalog.KeyPair && f.Check.fix.by == afresh && tokenKey(f.Seat.Private())
}

// trusted are the files of a CA for verifiers, beside those of its certificate.
func trusted(c *catalog.Certificate) []string {
	if !c.IsCA() {
		return nil
	}
	own := c.Places(catalog.Cert)
	return slices.DeleteFunc(c.Places(catalog.Trust), func(p string) bool { return slices.Contains(own, p) })
}

// files are those of a finding, below the directory.
func (f *Finding) files() []string { return append([]string{f.File}, f.Also...) }

// The lines that need no answers.

func keyMode(site *survey.Site, f *Finding) shell.Line {
	return shell.Command("chmod 600").File(at(site, f.files()...)...)
}

func folderMode(site *survey.Site, f *Finding) shell.Line {
	return shell.Command("chmod o-w").File(at(site, f.files()...)...)
}

func httpsServer(site *survey.Site, f *Finding) shell.Line {
	return shell.Command("sed -i 's#server: http://#server: https://#'").File(at(site, f.files()...)...)
}

func removeKey(site *survey.Site, f *Finding) shell.Line {
	if !keptElsewhere(site, f) {
		f.instead = "Move it to the operator, who keeps the CA's keys: there is no other copy here."
		return ""
	}
	return remove(site, f.files()...)
}

func publicHalf(site *survey.Site, f *Finding) shell.Line {
	return publicKey(site, f.Args[0].(string), f.File)
}

func withoutPassphrase(site *survey.Site, f *Finding) shell.Line {
	fresh := free(site, f.File, ".new")
	return shell.And(shell.Command("openssl pkey -in").File(at(site, f.File)...).Own("-out").File(at(site, fresh)...), keep(site, f.File), move(site, fresh, f.File))
}

func plainText(site *survey.Site, f *Finding) shell.Line {
	if have := site.File(f.File); have == nil || have.Config != nil {
		return ""
	}
	return shell.Command(`sed -i -e '1s/^\xef\xbb\xbf//' -e 's/\r$//' -e 's/^[ \t]*//'`).File(at(site, f.files()...)...)
}

// split has cfssljson make files of what cfssl has printed. In a set of ours they are
// made again.
func split(site *survey.Site, f *Finding) shell.Line {
	if site.Layout != nil {
		return ""
	}
	stem, text := strings.TrimSuffix(f.File, filepath.Ext(f.File)), free(site, f.File, ".old")
	return shell.And(move(site, f.File, text), keep(site, stem+"-key.pem"), shell.Command("cfssljson -f").File(at(site, text)...).Own("-bare").File(at(site, stem)...))
}

// publicKey writes the public half of a key into a file of its own: what lies there
// is kept, and "" stands for a key that would be written over itself.
func publicKey(site *survey.Site, key, public string) shell.Line {
	if key == public {
		return ""
	}
	return shell.And(keep(site, public), shell.Command("openssl pkey -in").File(at(site, key)...).Own("-pubout -out").File(at(site, public)...))
}

// swap exchanges certificate and key where each lies in the other's place.
func swap(site *survey.Site, f *Finding) shell.Line {
	if f.Seat == nil || f.Seat.Key.File == nil || f.Seat.Cert.File == nil || f.Seat.Cert.Path == f.Seat.Key.Path ||
		!f.Seat.Cert.File.Holds(scan.PrivateKey) || !f.Seat.Key.File.Holds(scan.Certificate) {
		return ""
	}
	cert, key, between := f.Seat.Cert.Path, f.Seat.Key.Path, free(site, f.Seat.Cert.Path, ".swap")
	return shell.And(move(site, cert, between), move(site, key, cert), move(site, between, key))
}

// ownFiles are the files of one place, so that it is copied from another: those
// of the finding, and what belongs to them.
func ownFiles(f *Finding) []string {
	out := f.files()
	if f.Seat == nil || f.Seat.Entry.Kind == catalog.Authority || goodPair(f) && f.File == f.Seat.Public.Path {
		return out
	}
	for _, p := range []survey.Place{f.Seat.Key, f.Seat.Public} {
		if p.File != nil && p.Path != f.File {
			out = append(out, p.Path)
		}
	}
	return out
}

// at are the files of paths below the directory.
func at(site *survey.Site, paths ...string) []string {
	var out []string
	for _, p := range paths {
		out = append(out, filepath.Join(site.Root, filepath.FromSlash(p)))
	}
	return out
}

func move(site *survey.Site, from, to string) shell.Line {
	return shell.Command("mv").File(at(site, from, to)...)
}

// free is a name beside a file that nothing has yet.
func free(site *survey.Site, p, ending string) string {
	name := p + ending
	for n := 1; ; n++ {
		if _, err := os.Lstat(at(site, name)[0]); errors.Is(err, fs.ErrNotExist) && site.File(name) == nil {
			return name
		}
		name = fmt.Sprintf("%s%s.%d", p, ending, n)
	}
}

// keep moves a file aside, beside where it lies; "" where there is none.
func keep(site *survey.Site, p string) shell.Line {
	if site.File(p) == nil {
		return ""
	}
	return move(site, p, free(site, p, ".old"))
}

// remove takes files away: those with a private key, and those of which nobody can say
// whether they have one, are kept beside.
func remove(site *survey.Site, paths ...string) shell.Line {
	var gone []string
	var kept shell.Line
	for _, p := range paths {
		if f := site.File(p); f != nil && (f.Secret() || f.Size > 0 && isBroken(f) && !f.Odd(scan.Empty)) && !elsewhereToo(site, f) {
			kept = shell.And(kept, keep(site, p))
		} else {
			gone = append(gone, p)
		}
	}
	if len(gone) == 0 {
		return kept
	}
	return shell.And(shell.Command("rm -f").File(at(site, gone...)...), kept)
}

// elsewhereToo reports whether the private key of a file is in another file too.
func elsewhereToo(site *survey.Site, f *scan.File) bool {
	key := pkey.Text(f.Key(""))
	return key != "" && slices.ContainsFunc(site.Files, func(o *scan.File) bool { return o != f && pkey.Text(o.Key("")) == key })
}

// keptElsewhere reports whether the key of a CA that lies where it should not is kept
// where no finding takes it away.
func keptElsewhere(site *survey.Site, f *Finding) bool {
	have := site.File(f.File)
	if have == nil {
		return false
	}
	key := pkey.Text(have.Key(""))
	return key != "" && slices.ContainsFunc(site.Files, func(o *scan.File) bool {
		return o.Path != f.File && !slices.Contains(f.Also, o.Path) && pkey.Text(o.Key("")) == key
	})
}
