package adopt

import (
	"slices"
	"strings"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// names writes the names of each certificate, with the words for other answers in
// the place of what these have: so a change of an answer gets into the
// certificates that had the old one.
func (l *look) names() {
	for _, it := range l.items {
		if it.cert != nil && it.signer != nil {
			it.line.Names = l.worded(it)
		}
	}
}

// worded are the names of one certificate. A word stands where the first of its
// names stood, and only where the certificate has all of them; one whose answer
// was given, or that stands for nothing yet, comes in any case.
func (l *look) worded(it *item) []string {
	rest := namesOf(it.cert)
	for _, word := range l.words(it) {
		hosts := catalog.Expand(word, &l.cluster, l.node(it.line.Node))
		isOne := func(n string) bool {
			return slices.ContainsFunc(hosts, func(h spec.Host) bool { return h.String() == n })
		}
		have := 0
		for _, n := range rest {
			if isOne(n) {
				have++
			}
		}
		_, given := l.given[strings.TrimPrefix(word, "$")]
		switch at := slices.IndexFunc(rest, isOne); {
		case have < len(hosts) && !given, len(hosts) == 0 && word != adoption.SANs && word != adoption.Endpoint:
			continue
		case at < 0:
			rest = append(rest, word)
		default:
			rest[at] = word
		}
		rest = slices.DeleteFunc(rest, isOne)
	}
	if d := l.cluster.DNSDomain; d != "" && it.is(id.APIServer) {
		for i, n := range rest {
			if before, ok := strings.CutSuffix(n, "."+d); ok && before == "kubernetes.default.svc" {
				rest[i] = before + "." + adoption.Domain
			}
		}
	}
	return rest
}

// words are those that may stand among the names of a certificate, by what it is
// for. What is left of one is literal, and stays.
func (l *look) words(it *item) []string {
	var words []string
	if it.line.Node != "" {
		words = append(words, adoption.Node, adoption.Addresses)
	} else if it.is(id.APIServer, id.EtcdServer, id.EtcdPeer) {
		words = append(words, adoption.Nodes)
	}
	if it.is(id.APIServer) {
		words = append(words, adoption.Service, adoption.Endpoint, adoption.SANs)
	}
	return words
}
