package lab

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"net"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

const day = 24 * time.Hour

// resigned makes the fault of a certificate that is signed again with a change,
// and put at all its places.
func resigned(fits func(*survey.Seat) bool, change func(g *ground, s *survey.Seat, t *x509.Certificate)) func(*ground) error {
	return func(g *ground) error {
		seat, err := g.pick(fits)
		if err != nil {
			return err
		}
		cert, err := g.sign(order{seat: seat, change: func(t *x509.Certificate) { change(g, seat, t) }})
		if err != nil {
			return err
		}
		return g.everywhere(seat, cert, nil)
	}
}

// freshKey is a new key of the kind that a seat has, and its text.
func (g *ground) freshKey(seat *survey.Seat) (crypto.Signer, []byte, error) {
	key, err := newKey(seat.Leaf().PublicKey)
	if err != nil {
		return nil, nil, err
	}
	text, err := keyPEM(key)
	return key, text, err
}

// all fits what every condition fits.
func all(conditions ...func(*survey.Seat) bool) func(*survey.Seat) bool {
	return func(s *survey.Seat) bool {
		return !slices.ContainsFunc(conditions, func(c func(*survey.Seat) bool) bool { return !c(s) })
	}
}

func serves(s *survey.Seat) bool { return isLeaf(s) && isServer(s.Entry) }

func user(s *survey.Seat) bool { return isLeaf(s) && isUser(s.Entry) }

// onlyDials fits what is for client auth and nothing else.
func onlyDials(s *survey.Seat) bool { return isLeaf(s) && !isServer(s.Entry) }

var dateFaults = []Fault{
	{check: findings.Expired, Level: Easy, Layouts: everywhere,
		Title: "a certificate has expired", plant: expired},
	{check: findings.NotYetValid, Level: Easy, Layouts: everywhere,
		Title: "a certificate begins next week: it was made on a machine whose clock is ahead",
		plant: resigned(isLeaf, func(g *ground, _ *survey.Seat, t *x509.Certificate) { t.NotBefore = g.now.Add(7 * day) })},
	{check: check.EndsSoon, Level: Easy, Layouts: everywhere,
		Title: "a certificate expires in some days", plant: endsSoon},
	{check: findings.OutlivesCA, Level: Hard, Layouts: everywhere,
		Title: "a certificate expires after its CA",
		plant: resigned(isLeaf, func(g *ground, s *survey.Seat, t *x509.Certificate) {
			t.NotAfter = g.site.Signer(s).Leaf().NotAfter.Add(365 * day)
		})},
}

// expired needs a directory that is older than a day: nothing may have expired
// before it began, or begin before its CA.
func expired(g *ground) error {
	fits := func(s *survey.Seat) bool { return isLeaf(s) && g.now.Sub(s.Leaf().NotBefore) > day }
	return resigned(fits, func(g *ground, _ *survey.Seat, t *x509.Certificate) {
		t.NotAfter = t.NotBefore.Add(g.now.Sub(t.NotBefore) * 3 / 4).Truncate(time.Minute)
	})(g)
}

// endsSoon leaves a certificate less than a quarter of its life, and some days at
// most.
func endsSoon(g *ground) error {
	fits := func(s *survey.Seat) bool { return isLeaf(s) && g.now.After(s.Leaf().NotBefore) }
	return resigned(fits, func(g *ground, _ *survey.Seat, t *x509.Certificate) {
		left := min(6*day, g.now.Sub(t.NotBefore)/5)
		t.NotAfter = g.now.Add(left).Truncate(time.Second)
	})(g)
}

var subjectFaults = []Fault{
	{check: findings.IdentityUser, Level: Medium, Layouts: everywhere,
		Title: "a component's certificate has lost the \"system:\" of its user",
		plant: resigned(all(user, func(s *survey.Seat) bool { return strings.HasPrefix(s.Want.Subject.CN, "system:") }),
			func(_ *ground, s *survey.Seat, t *x509.Certificate) {
				renamed(t, strings.TrimPrefix(s.Want.Subject.CN, "system:"))
			})},
	{check: findings.IdentityGroup, Level: Medium, Layouts: everywhere,
		Title: "the group in a certificate lacks its last letter",
		plant: resigned(all(user, func(s *survey.Seat) bool { return strings.Contains(s.Want.Subject.O, ":") }),
			func(_ *ground, s *survey.Seat, t *x509.Certificate) {
				t.RawSubject, t.Subject.Organization = nil, []string{s.Want.Subject.O[:len(s.Want.Subject.O)-1]}
			})},
	{check: findings.EmptyCN, Level: Medium, Layouts: everywhere,
		Title: "a client certificate has no common name",
		plant: resigned(user, func(_ *ground, _ *survey.Seat, t *x509.Certificate) { renamed(t, "") })},
	{check: findings.NodeName, Level: Hard, Layouts: inTrees, When: handsOut, Needs: "kubelets with their certificates",
		Title: "a kubelet's certificate names another node, or writes the node's name with a capital letter", plant: otherNode},
	{check: check.Masters, Level: Medium, Layouts: everywhere,
		Title: "a component is in the group system:masters",
		plant: resigned(all(user, func(s *survey.Seat) bool { return s.Want.Subject.O != catalog.Masters }),
			func(_ *ground, _ *survey.Seat, t *x509.Certificate) {
				t.RawSubject, t.Subject.Organization = nil, append(slices.Clone(t.Subject.Organization), catalog.Masters)
			})},
	{check: findings.UsageMissing, Level: Medium, Layouts: everywhere,
		Title: "a client certificate was signed with the profile of servers",
		plant: resigned(onlyDials, func(_ *ground, _ *survey.Seat, t *x509.Certificate) {
			t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		})},
	{check: findings.UsageMissing, word: "etcd", Level: Hard, Layouts: inTrees,
		Title: "a certificate of etcd is for server auth only, though etcd dials with it too",
		plant: resigned(all(serves, func(s *survey.Seat) bool { return s.Entry.Domain == catalog.Etcd }),
			func(_ *ground, _ *survey.Seat, t *x509.Certificate) {
				t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			})},
}

func renamed(t *x509.Certificate, cn string) { t.RawSubject, t.Subject.CommonName = nil, cn }

// otherNode gives the name of another kubelet, or its own with a capital.
func otherNode(g *ground) error {
	isKubelet := func(s *survey.Seat) bool { return isLeaf(s) && s.Entry.Name == id.KubeletClient }
	var nodes []string
	for _, s := range g.site.Seats {
		if isKubelet(s) && !slices.Contains(nodes, s.Node) {
			nodes = append(nodes, s.Node)
		}
	}
	return resigned(isKubelet, func(g *ground, s *survey.Seat, t *x509.Certificate) {
		others := slices.DeleteFunc(slices.Clone(nodes), func(n string) bool { return n == s.Node })
		others = append(others, strings.ToUpper(s.Node[:1])+s.Node[1:])
		if others[len(others)-1] == s.Node { // it begins with a digit
			others[len(others)-1] = s.Node + ".local"
		}
		renamed(t, "system:node:"+others[g.rng.IntN(len(others))])
	})(g)
}

var nameFaults = []Fault{
	{check: findings.SANNone, Level: Medium, Layouts: everywhere,
		Title: "a server's certificate has no names at all",
		plant: resigned(serves, func(_ *ground, _ *survey.Seat, t *x509.Certificate) { t.DNSNames, t.IPAddresses = nil, nil })},
	{check: findings.SANMissing, Level: Medium, Layouts: everywhere,
		Title: "an address or a name is missing in a server's certificate",
		plant: resigned(serves, func(g *ground, _ *survey.Seat, t *x509.Certificate) {
			if i := g.rng.IntN(len(t.DNSNames) + len(t.IPAddresses)); i < len(t.DNSNames) {
				t.DNSNames = slices.Delete(slices.Clone(t.DNSNames), i, i+1)
			} else {
				i -= len(t.DNSNames)
				t.IPAddresses = slices.Delete(slices.Clone(t.IPAddresses), i, i+1)
			}
		})},
	{check: findings.SANIsNetwork, Level: Medium, Layouts: everywhere,
		Title: "a server's certificate names a network instead of an address",
		plant: asName(func(ip net.IP) string { return ip.String() + "/24" })},
	{check: findings.SANIsPort, Level: Medium, Layouts: everywhere,
		Title: "a server's certificate names an address with its port",
		plant: asName(func(ip net.IP) string { return net.JoinHostPort(ip.String(), "6443") })},
	{check: findings.SANIsAddress, Level: Hard, Layouts: everywhere,
		Title: "a server's certificate has an address among its DNS names",
		plant: asName(net.IP.String)},
}

// asName turns an address of a server's certificate into a DNS name.
func asName(form func(net.IP) string) func(*ground) error {
	hasAddress := func(s *survey.Seat) bool {
		return serves(s) && slices.ContainsFunc(s.Leaf().IPAddresses, outward)
	}
	return resigned(hasAddress, func(g *ground, _ *survey.Seat, t *x509.Certificate) {
		var at []int
		for i, ip := range t.IPAddresses {
			if outward(ip) {
				at = append(at, i)
			}
		}
		i := at[g.rng.IntN(len(at))]
		t.DNSNames = append(slices.Clone(t.DNSNames), form(t.IPAddresses[i]))
		t.IPAddresses = slices.Delete(slices.Clone(t.IPAddresses), i, i+1)
	})
}

func outward(ip net.IP) bool { return ip.To4() != nil && !ip.IsLoopback() }

var keyFaults = []Fault{
	{check: findings.WeakKey, Level: Medium, Layouts: everywhere,
		Title: "a certificate has an RSA key of 1024 bits",
		plant: rekeyed(func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 1024) })},
	{check: scan.HugeKey, Level: Hard, Layouts: everywhere,
		Title: "a certificate has an RSA key of more than 8192 bits, which Go's TLS refuses", plant: rekeyed(func() (crypto.Signer, error) { return hugeKey() })},
	{check: findings.KeyShared, Level: Hard, Layouts: everywhere,
		Title: "two certificates have one private key", plant: sharedKey},
	{check: findings.SAMismatch, Level: Medium, Layouts: inTrees,
		Title: "sa.pub does not belong to sa.key on one node", plant: func(g *ground) error { return g.tokenPair(false, newKey) }},
	{check: findings.SADiffers, Level: Hard, Layouts: inTrees, When: severalControl, Needs: "two control-plane nodes",
		Title: "one node has another pair of service account keys than the rest", plant: func(g *ground) error { return g.tokenPair(true, newKey) }},
	{check: findings.SAKind, Level: Hard, Layouts: inTrees,
		Title: "the service account keys of one node are of the kind Ed25519, which kube-apiserver does not load",
		plant: func(g *ground) error { return g.tokenPair(true, ed25519Key) }},
}

func bootstraps(c *spec.Cluster) bool { return c.Bootstraps() }

func severalControl(c *spec.Cluster) bool {
	n := 0
	for i := range c.Nodes {
		if c.Nodes[i].Roles.Has(spec.ControlPlane) {
			n++
		}
	}
	return n > 1
}
