package spec

import "certwright/pkigen/cluster/problem"

// What no text may have.
var (
	notUTF8 = problem.Rule("text-not-utf8", problem.Error,
		"%[1]q has bytes that are not UTF-8 text",
		"cfssl stops on it, and no certificate may hold it",
		"Write it again, in UTF-8.")
	charInvisible = problem.Rule("text-invisible-character", problem.Error,
		"%[1]q has a character that cannot be seen, %[2]s",
		"two values that look alike would differ",
		"Write it again by hand, without this character.")
	oneLineOnly = problem.Rule("text-several-lines", problem.Error,
		"%[1]q has more than one line",
		"it is one value, and certificates and files hold it on one line",
		"Write it on one line.")
)
