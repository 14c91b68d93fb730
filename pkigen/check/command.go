package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/pkey"
	"certwright/pkigen/render"
	"certwright/pkigen/role"
	"certwright/pkigen/shell"
	"certwright/pkigen/survey"
)

// mending is how a finding is mended in a shell.
type mending int

const (
	byHand  mending = iota
	again           // certwright generate sees what is wrong, and makes it right
	afresh          // the file has to go first: generate copies it from elsewhere, or makes it
	newCert         // the certificate has to go from all its places: generate signs a new one
	newKey          // the key too
	renewal         // generate sees nothing wrong yet
	early           // of a CA generate thinks that the clock is wrong: it is renewed by its name
)

// mendings are the ways by the answers of a set of ours.
var mendings = map[string]mending{
	"pem-broken": again, "cfssl-json": again, "cert-missing": again, "key-missing": again, "request-for-cert": again,
	"key-mismatch": afresh, "expired": again, "not-yet-valid": early, "ends-soon": renewal, "outlives-ca": again,
	"kubeconfig-ca-stale": again, "token-format": again, "token-mismatch": again, "identity-user": again,
	"identity-group": again, "empty-cn": again, "node-name": again, "masters": again, "usage-missing": again,
	"san-none": again, "san-missing": again, "san-is-network": again, "san-is-port": again, "san-is-address": again,
	"two-cas-one-name": again, "unknown-signer": again, "signature-wrong": again, "sha1": again, "leaf-is-ca": again,
	"leaf-named-as-ca": again, "not-a-ca": again, "ca-bundle": again, "ca-cannot-sign": again,
	"file-empty": afresh, "link-loop": afresh, "link-dangling": afresh, "kubeconfig-broken": afresh,
	"kubeconfig-path-missing": afresh, "kubeconfig-cert-stale": afresh, "copy-stale": afresh, "sa-differs": afresh, "sa-kind": afresh,
	"duplicate-serial": newCert, "weak-key": newKey, "huge-key": newKey, "key-shared": newKey,
	"text-missing": again, "text-differs": again, "sums-differ": again, "never-valid": again, "kubeconfig-missing": again,
}

// command is what mends a finding in a shell; nothing where a person has to decide.
func (r *Report) command(f *Finding) way {
	site := r.Site
	if c := direct(site, f); c != "" {
		w := way{by: c}
		if tree, _ := render.SplitTree(f.File); tree != "" && site.Layout != nil && !strings.HasPrefix(c.String(), "chmod ") {
			w.then = site.Again // its sum is another now
		}
		return w
	}
	switch {
	case f.Seat == nil:
		return r.unseated(f)
	case f.Check.ID == "cert-missing" && f.Seat.Role.Kind == role.Authority && site.Layout == nil && r.heldBy(f.Seat) != "":
		return way{by: fromConfig(site, r.heldBy(f.Seat), f.File)} // one made anew would be another one to many
	case f.as == asKeyOnly && mendings[f.Check.ID] != byHand, f.Check.ID == "key-mismatch" && f.Seat.Role.Kind == role.Authority:
		f.instead = "Put the key back from a backup. If it is lost, certwright rotate replaces it while all runs on."
		return way{} // it is not to be removed by a line that was pasted
	case site.Again == "" && r.kubeadm:
		return way{by: r.byKubeadm(f)}
	case site.Again == "", f.Seat.Want == nil:
		return way{} // the answers make none of it
	case f.as == asStray:
		f.instead = "The answers do not know it: remove it, or put it elsewhere."
		return way{}
	case f.Check.ID == "key-mismatch" && len(f.Seat.Want.Places(role.Key)) == 1:
		return way{then: site.Again} // a new certificate for this key
	case f.Check.ID == "key-missing" && f.Seat.Role.Kind == role.KeyPair && !r.hasPair():
		again := r.line(way{then: site.Again, replace: []string{f.Seat.Want.Name}})
		f.instead = fmt.Sprintf("Put it back, from a control-plane node too. If it is lost, every token that it signed ends: %s makes a new pair.", again)
		return way{}
	case f.Check.ID == "san-missing" && f.Args[1] != askedFor:
		return r.addName(f)
	case goodPair(f) && f.File != f.Seat.Public.Path && len(f.Seat.Want.Places(role.Key)) == 1:
		return way{} // the only one: with it all tokens would go
	case f.Check.ID == "signing-key-missing":
		return r.signingKey(f)
	case f.Check.ID == "front-proxy-shared":
		if f.Seat.Role.Name != "front-proxy-ca" {
			return way{then: site.Again}
		}
		return way{then: site.Again, replace: []string{f.Seat.Want.Name}}
	}
	switch mendings[f.Check.ID] {
	case again:
		return way{then: site.Again}
	case afresh:
		return way{gone: ownFiles(f), then: site.Again}
	case newCert:
		return way{gone: slices.Concat(f.Seat.Want.Places(role.Cert), trusted(f.Seat.Want)), then: site.Again}
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
		return way{gone: f.Seat.Want.Places(role.Key), then: site.Again}
	}
	return way{}
}

// unseated is the way of a file that stands for nothing: only answers know it.
func (r *Report) unseated(f *Finding) way {
	site := r.Site
	switch {
	case f.as == asKeyOnly && mendings[f.Check.ID] != byHand:
		f.instead = "Put the key back from a backup. If it is lost, certwright rotate replaces it while all runs on."
	case site.Again == "", site.Layout == nil && !r.asked[f.File]:
	case f.as == asStray:
		f.instead = "The answers do not know it: remove it, or put it elsewhere."
	case mendings[f.Check.ID] == again:
		return way{then: site.Again}
	case mendings[f.Check.ID] == afresh:
		return way{gone: ownFiles(f), then: site.Again}
	}
	return way{}
}

// hasPair tells that the private key for tokens lies in some place here.
func (r *Report) hasPair() bool {
	return slices.ContainsFunc(r.Site.Seats, func(s *survey.Seat) bool { return s.Role.Kind == role.KeyPair && tokenKey(s.Private()) })
}

// goodPair tells that a finding is about a pair whose private key signs tokens.
func goodPair(f *Finding) bool {
	return f.Seat != nil && f.Seat.Role.Kind == role.KeyPair && mendings[f.Check.ID] == afresh && tokenKey(f.Seat.Private())
}

// trusted are the files of a CA for verifiers, beside those of its certificate.
func trusted(c *role.Certificate) []string {
	if !c.IsCA() {
		return nil
	}
	own := c.Places(role.Cert)
	return slices.DeleteFunc(c.Places(role.Trust), func(p string) bool { return slices.Contains(own, p) })
}

// direct are the commands that need no answers.
func direct(site *survey.Site, f *Finding) shell.Line {
	file, all := at(site, f.File), at(site, append([]string{f.File}, f.Also...)...)
	switch f.Check.ID {
	case "mode-open":
		return shell.Command("chmod 600").File(all...)
	case "folder-writable":
		return shell.Command("chmod o-w").File(all...)
	case "ca-key-here":
		if !keptElsewhere(site, f) {
			f.instead = "Move it to the operator, who keeps the CA's keys: there is no other copy here."
			return ""
		}
		return remove(site, append([]string{f.File}, f.Also...)...)
	case "sa-mismatch":
		return publicKey(site, f.Args[0].(string), f.File)
	case "key-encrypted":
		fresh := free(site, f.File, ".new")
		return shell.And(shell.Command("openssl pkey -in").File(file...).Own("-out").File(at(site, fresh)...), keep(site, f.File), move(site, fresh, f.File))
	case "pem-accident":
		if have := site.File(f.File); have != nil && have.Config == nil {
			return shell.Command(`sed -i -e '1s/^\xef\xbb\xbf//' -e 's/\r$//' -e 's/^[ \t]*//'`).File(all...)
		}
	case "kubeconfig-scheme":
		return shell.Command("sed -i 's#server: http://#server: https://#'").File(all...)
	case "kubeconfig-insecure":
		return trusting(site, f)
	case "cfssl-json":
		stem := strings.TrimSuffix(f.File, filepath.Ext(f.File))
		if text := free(site, f.File, ".old"); site.Layout == nil {
			return shell.And(move(site, f.File, text), keep(site, stem+"-key.pem"), shell.Command("cfssljson -f").File(at(site, text)...).Own("-bare").File(at(site, stem)...))
		}
	case "flag-file":
		return retold(site, f)
	case "flag-missing":
		return toldToo(site, f)
	case "swapped-files":
		return swap(site, f)
	}
	return ""
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
		!f.Seat.Cert.File.Holds(survey.PrivateKey) || !f.Seat.Key.File.Holds(survey.Certificate) {
		return ""
	}
	cert, key, between := f.Seat.Cert.Path, f.Seat.Key.Path, free(site, f.Seat.Cert.Path, ".swap")
	return shell.And(move(site, cert, between), move(site, key, cert), move(site, between, key))
}

// ownFiles are the files of one place, so that it is copied from another: those
// of the finding, and what belongs to them.
func ownFiles(f *Finding) []string {
	out := append([]string{f.File}, f.Also...)
	if f.Seat == nil || f.Seat.Role.Kind == role.Authority || goodPair(f) && f.File == f.Seat.Public.Path {
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

// remove takes files away: those with a private key are kept beside.
func remove(site *survey.Site, paths ...string) shell.Line {
	var gone []string
	var kept shell.Line
	for _, p := range paths {
		if f := site.File(p); f != nil && f.Secret() && !elsewhereToo(site, f) {
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
func elsewhereToo(site *survey.Site, f *survey.File) bool {
	key := pkey.Text(f.Key(""))
	return key != "" && slices.ContainsFunc(site.Files, func(o *survey.File) bool { return o != f && pkey.Text(o.Key("")) == key })
}

// keptElsewhere reports whether the key of a CA that lies where it should not is kept
// where no finding takes it away.
func keptElsewhere(site *survey.Site, f *Finding) bool {
	have := site.File(f.File)
	if have == nil {
		return false
	}
	key := pkey.Text(have.Key(""))
	return key != "" && slices.ContainsFunc(site.Files, func(o *survey.File) bool {
		return o.Path != f.File && !slices.Contains(f.Also, o.Path) && pkey.Text(o.Key("")) == key
	})
}
