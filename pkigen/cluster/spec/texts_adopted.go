package spec

import "certwright/pkigen/cluster/problem"

// Codes of the answer that lists what an adopted directory holds.
var (
	// AdoptedRole: a line has a role that the catalogue does not know. Arguments:
	// the role, the line's name, the nearest role.
	AdoptedRole = problem.Rule("adopted-role", problem.Error,
		"%[2]q has the role %[1]q, which nothing here knows",
		"the role says which programs use a certificate, and so what has to be restarted for it",
		"Write a role of the catalogue; the nearest is %[3]q.")
	// AdoptedNode: a line names a node that is not among the nodes. Arguments: the
	// node, the line's name.
	AdoptedNode = problem.Rule("adopted-node", problem.Error,
		"%[2]q belongs to the node %[1]q, which is not among the nodes",
		"its names come from that node",
		"Add the node to nodes, or write its right name here.")
	adoptedName = problem.Rule("adopted-name", problem.Error,
		"%[1]q is no name of a certificate",
		"commands name it by this word",
		"Begin the line with a name of small letters, digits, dots, hyphens and underscores.")
	adoptedForm = problem.Rule("adopted-word", problem.Error,
		"%[1]q is not KEY=VALUE",
		"",
		"Write words such as cert=pki/apiserver.crt, and double quotes around a value with blanks.")
	adoptedKey = problem.Rule("adopted-key", problem.Error,
		"%[1]q is no word of such a line",
		"",
		"The words are %[2]s.")
	// AdoptedLacks: a line lacks a word. Arguments: its name, the word.
	AdoptedLacks = problem.Rule("adopted-lacks", problem.Error,
		"%[1]q has no %[2]s",
		"without it the certificate cannot be made again as it is",
		"Add %[2]s=VALUE to the line.")
	adoptedTwice = problem.Rule("adopted-twice", problem.Error,
		"%[1]q stands there twice, first in line %[2]d",
		"commands could not tell the two apart",
		"Give one of the two another name.")
	adoptedQuote = problem.Rule("adopted-quote", problem.Error,
		"the double quote in %[1]q has no partner",
		"all behind it would be one value",
		"Write a value with blanks as NAME=\"VALUE\".")
	adoptedPath = problem.Rule("adopted-path", problem.Error,
		"%[1]q is no path below the directory",
		"only files of the directory itself are written",
		"Write the path from the directory on, such as pki/ca.crt.")
	adoptedFile = problem.Rule("adopted-file-twice", problem.Error,
		"%[1]q is a file of %[2]q already",
		"one file holds one certificate",
		"Name it in one of the two lines only.")
	adoptedSigner = problem.Rule("adopted-signer", problem.Error,
		"%[2]q is signed by %[1]q, and no line has a CA of that name",
		"what signs has to be known, and its private key be there, to make it again",
		"Write the name of the line of its CA.")
)
