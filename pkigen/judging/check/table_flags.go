package check

import (
	"slices"

	"certwright/pkigen/judging/findings"
)

// flagChecks are about what programs are told, by flags or a configuration file.
var flagChecks = []Check{
	{findings.FlagFile, Error, "tells %[1]s %[2]s=%[3]s, which is %[4]s",
		"A program reads what its flag says and nothing else, whatever lies where it usually does.",
		"Write %[2]s=%[5]s there: that file is here.", nil, fix{line: retold}},
	{findings.FlagMissing, Error, "tells %[1]s no %[2]s",
		"%[3]s",
		"Write %[2]s there, with %[4]s.", nil, fix{line: toldToo}},
	{findings.EtcdServers, Error, "tells kube-apiserver --etcd-servers=%[1]s, where no member of etcd here answers",
		"kube-apiserver finds no etcd, and does not start.",
		"Write the URLs of the members there, as each has them in --advertise-client-urls.", nil, fix{}},
	{allowedNames, Error, "lets only %[2]s speak for others, by --requestheader-allowed-names, and the front proxy's certificate has the CN %[1]q",
		"Extension servers do not believe its headers: every request to an aggregated API gets 401 or 403.",
		"Write %[1]s into --requestheader-allowed-names too.", nil, fix{}},
	{findings.EtcdAuth, Warning, "tells etcd no %[1]s=true",
		"Clients without a certificate are kept out by %[2]s alone: when that goes, everybody gets in.",
		"Write %[1]s=true there.", nil, fix{}},
	{findings.KubeletAnonymous, Warning, "lets everybody in at the kubelet: authentication.anonymous.enabled is true",
		"Whoever reaches its port is the user system:anonymous there; without authorization by webhook that one runs commands in every pod.",
		"Write enabled: false there.", nil, fix{}},
}

// OfFlag reports whether a finding is about what a program is told.
func (f *Finding) OfFlag() bool { return told(f.Check.ID) }

// told reports whether a check is about what a program is told, and not about the
// file that tells it.
func told(id string) bool {
	return slices.ContainsFunc(flagChecks, func(c Check) bool { return c.ID == id })
}
