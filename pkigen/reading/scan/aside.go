package scan

import (
	"path"
	"regexp"
	"strings"
	"sync"
)

// asideNames are what people and programs call what they keep from before:
// "pki.bak", "apiserver.crt.old", "old", "ca-old.pem", "conf~", kubeadm's
// "kubeadm-backup-etcd-2026-11-20-10-00-00".
var asideNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(old|bak|backups?|orig|save)([-_.].*)?$|[-_.](old|bak|backups?|orig|save|rpmsave|dpkg-old)([-_.]?[0-9]{6,}.*)?$|^kubeadm-backup-|~$`)
})

// Aside tells by its name, or that of a folder above it, that a file was kept from
// before.
func Aside(p string) bool {
	p = strings.TrimSuffix(p, ".pem")
	for ; p != "."; p = path.Dir(p) {
		if asideNames().MatchString(path.Base(p)) {
			return true
		}
	}
	return false
}

// Live are the files that are to be judged: without those set aside, which are
// noted, unless there is nothing else.
func (s *Scan) Live() []*File {
	var out, old []*File
	some := false
	for _, f := range s.Files {
		if Aside(f.Path) {
			old = append(old, f)
			continue
		}
		out = append(out, f)
		some = some || len(f.Blocks) > 0 || len(f.Oddities) > 0 && ExpectsPEM(f.Path)
	}
	if !some {
		return s.Files
	}
	for _, f := range old {
		f.Oddities = []Oddity{{SetAside, ""}}
	}
	return out
}
