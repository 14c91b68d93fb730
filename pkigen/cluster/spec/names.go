package spec

import (
	"net/netip"
	"path"
	"strings"

	"certwright/pkigen/cluster/problem"
)

// maxDomain leaves room for "kubernetes.default.svc." within a DNS name.
const maxDomain = maxName - len("kubernetes.default.svc.")

// ParseDomain reads the DNS domain of a cluster's services, such as
// "cluster.local": a DNS name (RFC 1123) in lower case, without a final dot.
func ParseDomain(key, s string) (string, []problem.Problem) {
	s = oneValue(s)
	if s == "" {
		return "", []problem.Problem{problem.New(problem.Missing, key, 0, "cluster.local")}
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return "", []problem.Problem{problem.New(domainIsAddress, key, 0, s)}
	}
	f := shapeFault(s)
	if f == nil {
		f = nameFault(s, false, maxDomain)
	}
	if f != nil {
		return "", []problem.Problem{f.at(key, 0)}
	}
	return lowered(key, 0, s)
}

// ParseClusterName reads the name of the cluster for people and kubeconfigs: as
// Kubernetes label values have it, so that it is safe in file names too.
func ParseClusterName(key, s string) (string, []problem.Problem) {
	s = oneValue(s)
	if s == "" {
		return "", []problem.Problem{problem.New(problem.Missing, key, 0, "lab")}
	}
	if f := textFault(s); f != nil {
		return "", []problem.Problem{f.at(key, 0)}
	}
	ok := len(s) <= maxLabel && isAlnum(s[0]) && isAlnum(s[len(s)-1])
	for i := range len(s) {
		ok = ok && (isAlnum(s[i]) || strings.IndexByte("-_.", s[i]) >= 0)
	}
	if !ok {
		return "", []problem.Problem{problem.New(clusterNameForm, key, 0, s)}
	}
	return s, nil
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// ParseCertificatesDir reads where the files will lie on the nodes: an absolute
// slash-separated path without detours. It goes unquoted into flags and unit
// files, so it has plain characters only. A final slash is taken off. Folders
// in which other files of a node have their place are refused.
func ParseCertificatesDir(key, s string) (string, []problem.Problem) {
	s = oneValue(s)
	var f *fault
	switch {
	case s == "":
		f = faulty(problem.Missing, "/etc/kubernetes/pki")
	case strings.Contains(s, `\`) || len(s) > 1 && s[1] == ':':
		f = faulty(dirWindows, s)
	case textFault(s) != nil:
		f = textFault(s)
	case s[0] != '/':
		f = faulty(dirRelative, s)
	default:
		f = pathFault(s)
	}
	if f != nil {
		return "", []problem.Problem{f.at(key, 0)}
	}
	dir := path.Clean(s)
	for _, fleeting := range fleetingDirs {
		if within(dir, fleeting) {
			return dir, []problem.Problem{problem.New(dirFleeting, key, 0, dir, fleeting)}
		}
	}
	return dir, nil
}

// maxDir leaves room below the 4,096 bytes that Linux has for a path, and keeps
// every part of it within the 255 of a file name.
const maxDir = 200

// fleetingDirs are emptied when a machine starts, or hold no files at all
// (Filesystem Hierarchy Standard 3.0).
var fleetingDirs = []string{"/tmp", "/run", "/var/run", "/dev", "/proc", "/sys"}

// within reports whether a clean path is a folder or lies below it.
func within(p, folder string) bool {
	return p == folder || strings.HasPrefix(p, folder+"/")
}

// takenFault finds what a folder of certificates would get in the way of: the
// kubelet's own folder, and the files that tell the components what to do.
func takenFault(dir string) *fault {
	if within(dir, "/var/lib/kubelet/pki") {
		return faulty(dirTaken, dir, "the kubelet keeps its own certificates")
	}
	if below, ok := strings.CutPrefix(dir, "/etc/kubernetes/"); ok {
		first, _, _ := strings.Cut(below, "/")
		switch path.Ext(first) {
		case ".conf", ".env", ".yaml":
			return faulty(dirTaken, dir, "a file with the settings of a component may lie")
		}
	}
	return nil
}

func pathFault(s string) *fault {
	for _, r := range s {
		if r > 0x7f || !isAlnum(byte(r)) && !strings.ContainsRune("/._-+@", r) {
			return faulty(dirCharacter, s, string(r))
		}
	}
	switch clean := path.Clean(s); {
	case clean == "/":
		return faulty(dirRoot, s)
	case clean != strings.TrimSuffix(s, "/"):
		return faulty(dirNotClean, s, clean)
	case len(clean) > maxDir:
		return faulty(dirLong, s, len(clean), maxDir)
	default:
		return takenFault(clean)
	}
}
