package imports

import (
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"

	"go.yaml.in/yaml/v3"
)

func showsRequest(n *yaml.Node) (string, bool) {
	cn := text(n, "CN")
	return `a certificate request of cfssl for "` + cn + `"`,
		cn != "" && (text(n, "key", "algo") != "" || has(n, yaml.SequenceNode, "names") || has(n, yaml.SequenceNode, "hosts"))
}

// readRequest reads a NAME-csr.json. That of a CA gives the subject of the CA; the one of
// the API server gives names; what all share is the subject below the CN, and the key.
func readRequest(r *reader, docs []*yaml.Node) {
	root := rootOf(docs[0])
	ca, sure := ofCA(root)
	cn := answer(caKeys + "CN")
	if !ca {
		cn = because(otherCN)
	}
	hosts := because(otherHosts)
	if ca || isAPIServer(root) {
		hosts = requestHosts
	}
	at := r.at(root.Line, "")
	group(fields{
		"CN": cn, "hosts": hosts, "key": requestKey,
		"names": func(r *reader, at Place, n *yaml.Node) { r.names(at, n, ca) },
		"ca":    group(fields{"expiry": answer(caExpiryKey)}),
	})(r, at, root)
	for i := range r.in.said {
		s := &r.in.said[i]
		s.assumed = s.assumed || strings.HasPrefix(s.key, caKeys) && !sure
	}
}

// ofCA reports whether a request is that of a CA, and whether it says so itself. Where
// nothing tells, one that has no hosts at all, and no identity of Kubernetes, is one.
func ofCA(n *yaml.Node) (ca, sure bool) {
	if has(n, yaml.MappingNode, "ca") {
		return true, true
	}
	if value(n, "hosts") != nil {
		return false, false
	}
	identity := []string{text(n, "CN")}
	if names := value(n, "names"); names != nil && names.Kind == yaml.SequenceNode {
		for _, name := range names.Content {
			identity = append(identity, text(name, "O"))
		}
	}
	leaf := slices.ContainsFunc(identity, func(s string) bool {
		return strings.HasPrefix(s, "system:") || slices.Contains(clients, strings.ToLower(s))
	})
	return !leaf, false
}

// clients are the common names of requests without hosts in well-known guides.
var clients = []string{id.Admin, "service-accounts", id.Etcd, "aggregator", id.FrontProxyClient}

// isAPIServer reports whether a request names the API server.
func isAPIServer(n *yaml.Node) bool {
	hosts := value(n, "hosts")
	return hosts != nil && hosts.Kind == yaml.SequenceNode && slices.ContainsFunc(hosts.Content, func(h *yaml.Node) bool {
		return h.Value == "kubernetes" || strings.HasPrefix(h.Value, apiName)
	})
}

// apiName is how the names of the API's service go on behind "kubernetes".
const apiName = "kubernetes.default"

// requestHosts are further names of the API server.
func requestHosts(r *reader, at Place, n *yaml.Node) {
	domain, from := "", Place{}
	for line, host := range r.texts(n, at.Key) {
		at := r.at(line, at.Key)
		r.say(namesKey, host, at)
		if d, ok := strings.CutPrefix(host, apiName+".svc."); ok && strings.Contains(d, ".") {
			domain, from = d, at
		}
	}
	if domain != "" {
		r.assume(domainKey, domain, from)
	}
}

// requestKey is {"algo": "rsa", "size": 2048}.
func requestKey(r *reader, at Place, n *yaml.Node) {
	algo, size := strings.ToLower(text(n, "algo")), text(n, "size")
	for _, known := range spec.KeyAlgorithms {
		if strings.EqualFold(string(known), algo+"-"+size) || strings.EqualFold(string(known), algo+"-p"+size) {
			r.say(algorithmKey, string(known), at)
			return
		}
	}
	r.say(algorithmKey, strings.ToUpper(algo)+"-"+size, at) // refused, with what would be right
}

// subjectFields are the parts of a subject that are answers, below "ca.".
var subjectFields = []string{"C", "ST", "L", "O", "OU"}

// names are the fields of a subject. A leaf has those of its CA, but for an O that
// Kubernetes reads.
func (r *reader) names(at Place, n *yaml.Node, ca bool) {
	if !r.wants(n, yaml.SequenceNode, FaultWantsList, at.Key) {
		return
	}
	for i, name := range n.Content {
		if i > 0 {
			r.leave(r.at(name.Line, at.Key), secondName)
			continue
		}
		take := fields{}
		for _, f := range subjectFields {
			take[f] = answer(caKeys + f)
		}
		if o := text(name, "O"); !ca && strings.HasPrefix(o, "system:") {
			take["O"] = because(otherCN)
		}
		group(take)(r, r.at(name.Line, at.Key), name)
	}
}

func showsSigning(n *yaml.Node) (string, bool) {
	return "the signing configuration of cfssl", has(n, yaml.MappingNode, "signing", "default") || has(n, yaml.MappingNode, "signing", "profiles")
}

// readSigning reads a ca-config.json. Its default is what cfssl uses where no profile is
// named: it counts where there are none.
func readSigning(r *reader, docs []*yaml.Node) {
	root := rootOf(docs[0])
	byDefault := because(noProfile)
	if profiles := value(root, "signing", "profiles"); profiles == nil || isEmpty(profiles) {
		byDefault = func(r *reader, at Place, n *yaml.Node) { r.profile(every, at, n) }
	}
	group(fields{"signing": group(fields{"default": byDefault, "profiles": readProfiles})})(r, r.at(root.Line, ""), root)
}

func readProfiles(r *reader, at Place, n *yaml.Node) {
	if !r.wants(n, yaml.MappingNode, FaultWantsGroup, at.Key) {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Value != "" {
			r.profile(key.Value, r.at(key.Line, at.Key+"."+key.Value), n.Content[i+1])
		}
	}
}

func (r *reader) profile(name string, at Place, n *yaml.Node) {
	p := profile{name: name, at: at, usagesAt: at}
	group(fields{
		"expiry": func(r *reader, at Place, n *yaml.Node) {
			if r.wants(n, yaml.ScalarNode, FaultWantsText, at.Key) {
				p.expiry, p.at = n.Value, at
			}
		},
		"usages": func(r *reader, at Place, n *yaml.Node) {
			p.usagesAt = at
			for _, usage := range r.texts(n, at.Key) {
				p.usages = append(p.usages, usage)
			}
		},
	})(r, at, n)
	r.in.profiles = append(r.in.profiles, p)
}

// isOwn reports whether each certificate of an API server has a name, whatever is
// answered but the domain.
func isOwn(host, domain string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	const service = apiName + ".svc"
	return slices.Contains([]string{"localhost", "kubernetes", apiName, service, service + "." + domain}, host)
}
