package expiry

import (
	"encoding/pem"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/survey"
)

// usedBy are the programs that use a certificate; see Item.UsedBy.
func usedBy(it *Item) []string {
	block, _ := pem.Decode(it.PEM())
	if block == nil {
		return nil
	}
	cert, err := pkey.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	var users []string
	for _, p := range append([]Place{{it.File, it.Index, it.Field}}, it.Copies...) {
		if r := survey.Known(p.File, p.Field != "", cert); r != nil {
			users = addUsers(users, r)
		}
	}
	return users
}

// addUsers adds the programs that are told of a role's certificate.
func addUsers(users []string, r *catalog.Entry) []string {
	told := false
	for _, u := range r.Uses {
		if u.File != catalog.Cert && u.File != catalog.Trust && u.File != catalog.Config {
			continue
		}
		told = true
		if !slices.Contains(users, u.Component) {
			users = append(users, u.Component)
		}
	}
	if !told && !slices.Contains(users, r.Title) {
		users = append(users, r.Title)
	}
	return users
}

// authority is what is known of one CA: it may have several certificates, as it
// has when it was signed again with its key.
type authority struct {
	longest *Item   // the certificate of it that ends last
	signed  []*Item // distinct certificates, its own left out
}

// countDead counts, for each CA among distinct certificates, those that die with
// it. It is the certificate that ends last which takes the others with it.
func countDead(all []Item) {
	cas := map[string]*authority{}
	at := func(id string) *authority {
		if cas[id] == nil {
			cas[id] = &authority{}
		}
		return cas[id]
	}
	for i := range all {
		it := &all[i]
		if id := it.Authority(); id != "" {
			if a := at(id); a.longest == nil || it.NotAfter.After(a.longest.NotAfter) {
				a.longest = it
			}
		}
		if by := it.SignedBy(); by != "" && by != it.Authority() {
			at(by).signed = append(at(by).signed, it)
		}
	}
	for id, a := range cas {
		if a.longest == nil || a.longest.State == "" {
			continue
		}
		a.longest.DieWith = below(cas, id, a.longest.NotAfter, map[string]bool{})
	}
}

// below counts the certificates under a CA that would outlive a moment, those
// under its own CAs too.
func below(cas map[string]*authority, id string, end time.Time, been map[string]bool) int {
	if been[id] || cas[id] == nil {
		return 0
	}
	been[id] = true
	n := 0
	for _, it := range cas[id].signed {
		if !it.NotAfter.Before(end) {
			n++
		}
		if sub := it.Authority(); sub != "" {
			n += below(cas, sub, end, been)
		}
	}
	return n
}

// dated are the names under which a kubelet keeps each certificate that it has
// had; PREFIX-current.pem links to the one in use, and nothing removes the
// others (k8s.io/client-go/util/certificate, fileStore).
var dated = regexp.MustCompile(`^(.+)-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.pem$`)

// Superseded are the fingerprints of the certificates that a kubelet has
// replaced by a later one and left lying, and that lie nowhere else.
func Superseded(entries []certinfo.Entry) map[string]bool {
	current := map[string]*certinfo.Entry{}
	for i := range entries {
		e := &entries[i]
		if e.Kind == certinfo.Certificate && e.Error == "" && current[e.File] == nil {
			current[e.File] = e
		}
	}
	old, used := map[string]bool{}, map[string]bool{}
	for i := range entries {
		e := &entries[i]
		if e.Kind != certinfo.Certificate || e.Error != "" {
			continue
		}
		dir, name := filepath.Split(e.File)
		m := dated.FindStringSubmatch(name)
		if m == nil {
			used[e.Fingerprint] = true
			continue
		}
		now := current[dir+m[1]+"-current.pem"]
		if now != nil && now.NotBefore.After(e.NotBefore) {
			old[e.Fingerprint] = true
		} else {
			used[e.Fingerprint] = true
		}
	}
	for f := range used {
		delete(old, f)
	}
	return old
}
