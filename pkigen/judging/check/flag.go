package check

import (
	"path"
	"regexp"
	"slices"
	"sync"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/reading/survey"
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

// toldToo writes a further flag into the static pod of a program, behind its name, and
// the other half of its pair where that is missing too; "" where the flags are written
// in another way.
func toldToo(site *survey.Site, f *Finding) shell.Line {
	program, lines := f.Args[0].(string), ""
	flags := []any{f.Args[1], f.Args[3]}
	for pair := range slices.Chunk(append(flags, f.Args[4:]...), 2) {
		flag, value := pair[0].(string), pair[1].(string)
		if path.Ext(f.File) != ".yaml" || !plainFlag().MatchString(flag+"="+value) || !path.IsAbs(value) {
			return ""
		}
		lines += `\n\1- ` + flag + "=" + value
	}
	return shell.Command("sed -i").Word(`s#^\( *\)- ` + program + `$#&` + lines + "#").File(at(site, f.File)...)
}
