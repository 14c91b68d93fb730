package check

import (
	"crypto/x509"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"certwright/pkigen/pkey"
	"certwright/pkigen/role"
	"certwright/pkigen/shell"
	"certwright/pkigen/survey"
)

// flags finds those that lead a program astray while the file that they should
// name is there: one names nothing, or the file of another role with which its
// program does not work. What else would be said of these files is not their fault.
func (c *checker) flags() {
	astray := map[*survey.Seat]bool{}
	unsigned := map[string]bool{} // by the path of a CA file that is taken for another
	for _, t := range c.site.Told() {
		if t.Strays {
			c.add("flag-file", t.In.Path, nil, t.Program, t.Name, t.Value, "in another folder than its other flags name", t.Path)
			c.unopened(&t)
			continue
		}
		if t.Usual.File == nil || t.Place.Path == "" || t.Usual.Path == t.Place.Path || isBroken(t.Usual.File) {
			continue
		}
		what := ""
		switch {
		case t.Place.File == nil:
			what = "not there"
		case t.Of != "" && (c.failed[t.Seat] || wrongFor(&t) || t.Seat.Role.Kind == role.Authority && c.blamed(t.Place.Path)):
			what = "the file of " + t.Of
		}
		if what != "" {
			c.add("flag-file", t.In.Path, nil, t.Program, t.Name, t.Value, what, t.Path)
			if t.Place.File == nil {
				c.unopened(&t)
			}
			astray[t.Seat], unsigned[t.Place.Path] = true, t.Seat.Role.Kind == role.Authority
		}
	}
	c.found = slices.DeleteFunc(c.found, func(f Finding) bool {
		return f.Severity == Error && f.Seat != nil && (astray[f.Seat] || unsigned[signer(&f)])
	})
}

// unopened notes that a program finds no file where a flag leads. It does not start
// then, but for what it shows kubelets, which it reads when it dials one.
func (c *checker) unopened(t *survey.Told) {
	at := [2]string{t.Seat.Machine, t.Program}
	c.lacks[at] = append(c.lacks[at], Lack{"flag-file", t.In.Path, t.Name, "open " + t.Value + ": no such file or directory",
		"The file that " + t.Name + " names is not there.", !strings.HasPrefix(t.Name, "--kubelet-client-")})
}

// wrongFor tells that a program cannot do its work by the file of another role: a CA
// file without the CA that it should have, or the kubeconfig of another component.
// Whoever acts as an administrator may do what its own user may.
func wrongFor(t *survey.Told) bool {
	switch {
	case t.Seat.Role.Kind == role.Authority:
		own := certsOf(t.Usual)
		return len(own) > 0 && !slices.ContainsFunc(certsOf(t.Place), func(have *x509.Certificate) bool {
			return slices.ContainsFunc(own, func(want *x509.Certificate) bool { return pkey.Same(have.PublicKey, want.PublicKey) })
		})
	case t.Seat.Role.Kubeconfig != nil:
		return t.Place.File.Config != nil && t.Of != "admin" && t.Of != "super-admin"
	}
	return false
}

// signer is the file of the CA by which a certificate was not signed.
func signer(f *Finding) string {
	if f.Check.ID != "unknown-signer" && f.Check.ID != "two-cas-one-name" {
		return ""
	}
	return f.Args[1].(string)
}

// blamed tells that something is not signed by the CA in a file.
func (c *checker) blamed(file string) bool {
	return slices.ContainsFunc(c.found, func(f Finding) bool { return signer(&f) == file })
}

// plainFlag is a flag and a path that sed takes as they are.
var plainFlag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^--[a-z-]+=[\w./+-]+$`) })

// retold writes another value for a flag; "" where that is for an editor.
func retold(site *survey.Site, f *Finding) shell.Line {
	name, have, want := f.Args[1].(string), f.Args[2].(string), f.Args[4].(string)
	if !plainFlag().MatchString(name+"="+have) || !plainFlag().MatchString(name+"="+want) {
		return ""
	}
	// The dot stands for a space too, and the line has none to be broken at.
	return shell.Command("sed -i").Word("s#" + name + "." + have + "#" + name + "=" + want + "#").File(at(site, f.File)...)
}

// toldToo writes a further flag into the static pod of a program, behind its name; ""
// where the flags are written in another way.
func toldToo(site *survey.Site, f *Finding) shell.Line {
	program, flag, value := f.Args[0].(string), f.Args[1].(string), f.Args[3].(string)
	if path.Ext(f.File) != ".yaml" || !plainFlag().MatchString(flag+"="+value) || !path.IsAbs(value) {
		return ""
	}
	return shell.Command("sed -i").Word(`s#^\( *\)- ` + program + `$#&\n\1- ` + flag + "=" + value + "#").File(at(site, f.File)...)
}
