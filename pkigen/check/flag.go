package check

import (
	"path"
	"regexp"
	"sync"

	"certwright/pkigen/shell"
	"certwright/pkigen/survey"
)

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
