package acceptance

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// variant is a way in which a cluster differs from the usual one and is healthy
// all the same.
type variant struct {
	name  string
	only  string // of one convention
	boots []string
	make  func(*configuration)
}

// variants can stand together, each that changes something of its own.
var variants = []variant{
	{name: "one CA", make: func(c *configuration) {
		for _, program := range []string{"etcd", "kube-apiserver"} {
			for i, f := range c.flags[program] {
				for _, ca := range []string{"etcd-ca", "front-ca"} {
					if name, is := strings.CutSuffix(f, "="+c.convention.cert(ca)); is {
						c.flags[program][i] = name + "=" + c.convention.cert("ca")
					}
				}
			}
		}
	}},
	{name: "peers of another CA", make: func(c *configuration) {
		c.certs["etcd-peer"].by = "peer-ca"
		c.flag("etcd", "--peer-trusted-ca-file", c.convention.cert("peer-ca"))
	}},
	{name: "two service-account keys", make: func(c *configuration) {
		i := slices.Index(c.flags["kube-apiserver"], "--service-account-key-file="+c.convention.public())
		c.flags["kube-apiserver"] = slices.Insert(c.flags["kube-apiserver"], i, "--service-account-key-file="+c.convention.oldPublic())
	}},
	{name: "intermediate appended", make: func(c *configuration) { c.certs["apiserver"].by = "middle-ca" }},
	{name: "SNI certificate", make: func(c *configuration) {
		c.certs["apiserver-sni"] = &issued{subject: "kube-apiserver", usages: "s", by: "ca", names: []string{endpointName}}
		c.flag("kube-apiserver", "--tls-sni-cert-key", c.convention.cert("apiserver-sni")+","+c.convention.key("apiserver-sni"))
		c.configs["admin"].server = "https://" + endpointName + ":6443"
	}},
	{name: "CN etcd", make: func(c *configuration) {
		for _, name := range []string{"etcd-server", "etcd-peer", "etcd-client"} {
			c.certs[name].subject = "etcd"
		}
	}},
	{name: "localhost etcd", make: func(c *configuration) {
		c.flag("kube-apiserver", "--etcd-servers", "https://localhost:2379")
		c.certs["etcd-server"].names = []string{"localhost", "127.0.0.1"}
	}},
	{name: "hostname-override", boots: []string{"kubelet"}, make: func(c *configuration) {
		c.kubelet = "node-a"
		c.flag("kubelet", "--hostname-override", "node-a")
		c.certs["kubelet"].subject = "system:node:node-a/system:nodes"
	}},
	{name: "kubelet-client-current.pem", only: "kubeadm", boots: []string{"kubelet"}, make: func(c *configuration) {
		c.configs["kubelet"].beside = "/var/lib/kubelet/pki/kubelet-client-current.pem"
	}},
	{name: "external etcd", make: func(c *configuration) { c.hidden = true }},
	{name: "worker", boots: []string{"kubelet"}, make: func(c *configuration) {
		c.worker, c.kubelet = true, agreedWorker
		c.certs["kubelet"].subject = "system:node:" + agreedWorker + "/system:nodes"
		c.certs["kubelet-server"].names = []string{agreedWorker, agreedWorkIP}
		c.flag("kubelet", "--node-ip", agreedWorkIP)
	}},
	{name: "etcd server for servers only", make: func(c *configuration) { c.certs["etcd-server"].usages = "s" }},
	{name: "apiserver without usages", make: func(c *configuration) { c.certs["apiserver"].usages = "" }},
}

// fault is one thing that is wrong in a configuration, and what it breaks.
type planted struct {
	name  string
	needs string // the variant that it is a fault of
	not   []string
	boots []string
	wrong []string
	// untold reports whether it breaks something by what the cluster or a machine says, and
	// no file: its role bindings, its host name.
	untold bool
	make   func(*configuration)
}

func certFault(role string, change func(*issued)) func(*configuration) {
	return func(c *configuration) { change(c.certs[role]) }
}

func overdue(i *issued)     { i.begins, i.ends = -48*time.Hour, -24*time.Hour }
func early(i *issued)       { i.begins, i.ends = 24*time.Hour, 48*time.Hour }
func strangeKey(i *issued)  { i.otherKey = true }
func forClients(i *issued)  { i.usages = "c" }
func serversOnly(i *issued) { i.usages = "s" }
func withoutAddr(i *issued) {
	i.names = slices.DeleteFunc(slices.Clone(i.names), func(n string) bool { return n == agreedAddr })
}
func noGroup(i *issued)                 { i.subject, _, _ = strings.Cut(i.subject, "/") }
func by(ca string) func(*issued)        { return func(i *issued) { i.by = ca } }
func subject(text string) func(*issued) { return func(i *issued) { i.subject = text } }

func lacking(path func(*convention) string) func(*configuration) {
	return func(c *configuration) { c.lacks = append(c.lacks, path(c.convention)) }
}

const (
	toEtcd, ofAdmin, ofManager = "apiserver-to-etcd", "admin-to-apiserver", "controller-manager-to-apiserver"
	ofScheduler, ofKubelet     = "scheduler-to-apiserver", "kubelet-to-apiserver"
	toKubelet, ofPods, ofFront = "apiserver-to-kubelet", "pods-to-apiserver", "apiserver-to-extension"
)

var (
	manager   = []string{"kube-controller-manager"}
	scheduler = []string{"kube-scheduler"}
	kubelet   = []string{"kubelet"}
)

// plantedFaults are single causes.
var plantedFaults = []planted{
	{name: "apiserver of another CA", wrong: []string{ofAdmin}, make: certFault("apiserver", by("twin-ca"))},
	{name: "apiserver expired", wrong: []string{ofAdmin}, make: certFault("apiserver", overdue)},
	{name: "apiserver not yet valid", wrong: []string{ofAdmin}, make: certFault("apiserver", early)},
	{name: "apiserver's key of another pair", wrong: []string{ofAdmin}, make: certFault("apiserver", strangeKey)},
	{name: "apiserver without its address", not: []string{"SNI certificate"}, wrong: []string{ofAdmin}, make: certFault("apiserver", withoutAddr)},
	{name: "apiserver for clients only", not: []string{"apiserver without usages", "SNI certificate"}, wrong: []string{ofAdmin}, make: certFault("apiserver", forClients)},
	{name: "apiserver's file is not there", wrong: []string{ofAdmin}, make: lacking(func(v *convention) string { return v.cert("apiserver") })},
	{name: "SNI certificate's key of another pair", needs: "SNI certificate", wrong: []string{ofAdmin}, make: certFault("apiserver-sni", strangeKey)},
	{name: "SNI certificate expired", needs: "SNI certificate", wrong: []string{ofAdmin}, make: certFault("apiserver-sni", overdue)},
	{name: "intermediate left out", needs: "intermediate appended", wrong: []string{ofPods}, make: certFault("apiserver", func(i *issued) { i.bare = true })},

	{name: "etcd client of another CA", wrong: []string{toEtcd}, make: certFault("etcd-client", by("twin-etcd"))},
	{name: "etcd client expired", wrong: []string{toEtcd}, make: certFault("etcd-client", overdue)},
	{name: "etcd client's key of another pair", wrong: []string{toEtcd}, make: certFault("etcd-client", strangeKey)},
	{name: "etcd client for servers only", wrong: []string{toEtcd}, make: certFault("etcd-client", serversOnly)},
	{name: "etcd server expired", not: []string{"external etcd"}, wrong: []string{toEtcd}, make: certFault("etcd-server", overdue)},
	{name: "etcd server of another CA", not: []string{"external etcd"}, wrong: []string{toEtcd}, make: certFault("etcd-server", by("twin-etcd"))},
	{name: "etcd server without its address", not: []string{"external etcd", "localhost etcd"}, wrong: []string{toEtcd}, make: certFault("etcd-server", withoutAddr)},
	{name: "etcd server without localhost", not: []string{"external etcd"}, needs: "localhost etcd", wrong: []string{toEtcd}, make: certFault("etcd-server", func(i *issued) { i.names = []string{agreedAddr} })},
	{name: "etcd server's key of another pair", not: []string{"external etcd"}, wrong: []string{toEtcd}, make: certFault("etcd-server", strangeKey)},
	{name: "etcd peer's key of another pair", not: []string{"external etcd"}, wrong: []string{toEtcd}, make: certFault("etcd-peer", strangeKey)},
	{name: "etcd's CA is not there", not: []string{"one CA"}, wrong: []string{toEtcd}, make: lacking(func(v *convention) string { return v.cert("etcd-ca") })},

	{name: "admin expired", wrong: []string{ofAdmin}, make: certFault("admin", overdue)},
	{name: "admin of another CA", wrong: []string{ofAdmin}, make: certFault("admin", by("twin-ca"))},
	{name: "admin without its group", wrong: []string{ofAdmin}, untold: true, make: certFault("admin", noGroup)},
	{name: "admin with the old CA", wrong: []string{ofAdmin}, make: func(c *configuration) { c.configs["admin"].ca = "old-ca" }},
	{name: "admin's key of another pair", wrong: []string{ofAdmin}, make: certFault("admin", strangeKey)},

	{name: "controller-manager by a wrong name", boots: manager, wrong: []string{ofManager}, make: certFault("controller-manager", subject("kube-controller-manager"))},
	{name: "controller-manager expired", boots: manager, wrong: []string{ofManager}, make: certFault("controller-manager", overdue)},
	{name: "controller-manager with the old CA", boots: manager, wrong: []string{ofManager}, make: func(c *configuration) { c.configs["controller-manager"].ca = "old-ca" }},
	{name: "controller-manager's service account key is not there", boots: manager, wrong: []string{ofManager}, make: func(c *configuration) {
		c.flag("kube-controller-manager", "--service-account-private-key-file", c.convention.base("gone.key"))
	}},
	{name: "root CA file is not there", boots: manager, wrong: []string{ofManager}, make: func(c *configuration) {
		c.flag("kube-controller-manager", "--root-ca-file", c.convention.base("gone.crt"))
	}},
	{name: "scheduler's key of another pair", boots: scheduler, wrong: []string{ofScheduler}, make: certFault("scheduler", strangeKey)},
	{name: "scheduler by a wrong name", boots: scheduler, wrong: []string{ofScheduler}, make: certFault("scheduler", subject("kube-scheduler"))},
	{name: "scheduler of another CA", boots: scheduler, wrong: []string{ofScheduler}, make: certFault("scheduler", by("old-ca"))},
	{name: "scheduler not yet valid", boots: scheduler, wrong: []string{ofScheduler}, make: certFault("scheduler", early)},

	{name: "kubelet without its group", boots: kubelet, wrong: []string{ofKubelet}, make: certFault("kubelet", noGroup)},
	{name: "kubelet by another node's name", boots: kubelet, wrong: []string{ofKubelet}, make: func(c *configuration) {
		c.certs["kubelet"].subject = "system:node:other/system:nodes"
		c.flag("kubelet", "--hostname-override", agreedNode)
	}},
	{name: "kubelet by another node's name, which no file says", boots: kubelet, wrong: []string{ofKubelet}, untold: true, make: certFault("kubelet", subject("system:node:other/system:nodes"))},
	{name: "kubelet expired", boots: kubelet, wrong: []string{ofKubelet}, make: certFault("kubelet", overdue)},
	{name: "hostname-override without the certificate", needs: "hostname-override", not: []string{"worker"}, boots: kubelet, wrong: []string{ofKubelet},
		make: certFault("kubelet", subject("system:node:"+agreedNode+"/system:nodes"))},
	{name: "worker with the old CA", needs: "worker", boots: kubelet, wrong: []string{ofKubelet}, make: func(c *configuration) { c.configs["kubelet"].ca = "old-ca" }},
	{name: "worker of the old CA", needs: "worker", boots: kubelet, wrong: []string{ofKubelet}, make: certFault("kubelet", by("old-ca"))},
	{name: "kubelet client expired", boots: kubelet, wrong: []string{toKubelet}, make: certFault("kubelet-client", overdue)},
	{name: "kubelet client of another CA", boots: kubelet, wrong: []string{toKubelet}, make: certFault("kubelet-client", by("twin-ca"))},

	{name: "service account key of another pair", wrong: []string{ofPods}, make: func(*configuration) {}},
	{name: "service account key is not there", wrong: []string{ofAdmin}, make: lacking(func(v *convention) string { return v.public() })},
	{name: "signing key is not there", wrong: []string{ofAdmin}, make: lacking(func(v *convention) string { return v.private() })},
	{name: "requestheader CA of another", not: []string{"one CA"}, wrong: []string{ofFront}, make: certFault("front-client", by("twin-front"))},
	{name: "front proxy client expired", wrong: []string{ofFront}, make: certFault("front-client", overdue)},
	{name: "front proxy by a name that is not allowed", wrong: []string{ofFront}, make: certFault("front-client", subject("aggregator"))},
	{name: "requestheader CA is not there", not: []string{"one CA"}, wrong: []string{ofAdmin}, make: lacking(func(v *convention) string { return v.cert("front-ca") })},
	{name: "client CA is not there", not: []string{"one CA"}, wrong: []string{ofAdmin}, make: lacking(func(v *convention) string { return v.cert("ca") })},
}

// draw makes configurations by a seed. Every third is healthy; no convention,
// variant or fault comes again before all of its kind have come.
func draw(seed uint64, count int) []*configuration {
	r := rand.New(rand.NewPCG(seed, 0))
	next := func(n int) func() int { // deals numbers, and shuffles when all are dealt
		var deck []int
		return func() int {
			if len(deck) == 0 {
				deck = r.Perm(n)
			}
			i := deck[0]
			deck = deck[1:]
			return i
		}
	}
	tool, way, cause := next(len(conventions)), next(len(variants)), next(len(plantedFaults))
	out := make([]*configuration, 0, count)
	for number := range count {
		c := newConfiguration(number, conventions[tool()])
		var f *planted
		if number%3 != 0 {
			f = &plantedFaults[cause()]
			c.fault, c.wrong, c.untold = f.name, f.wrong, f.untold
			c.boots = append(c.boots, f.boots...)
			if f.needs != "" {
				c.vary(*variantOf(f.needs))
			}
		}
		for range 1 + r.IntN(2) {
			if v := variants[way()]; c.fits(v, f) {
				c.vary(v)
			}
		}
		if f == nil { // one more program takes part
			if p := [][]string{manager, scheduler, kubelet}[r.IntN(3)][0]; !slices.Contains(c.boots, p) {
				c.boots = append(c.boots, p)
			}
		} else {
			f.make(c)
		}
		out = append(out, c)
	}
	return out
}

func variantOf(name string) *variant {
	i := slices.IndexFunc(variants, func(v variant) bool { return v.name == name })
	return &variants[i]
}

// fits reports whether a variant can stand beside what is there.
func (c *configuration) fits(v variant, f *planted) bool {
	apart := [][2]string{{"hostname-override", "worker"}, {"intermediate appended", "one CA"}}
	for _, pair := range apart {
		if c.has(pair[0]) && v.name == pair[1] || c.has(pair[1]) && v.name == pair[0] {
			return false
		}
	}
	if v.only != "" && v.only != c.convention.name || c.has(v.name) || v.name == "worker" && c.convention.flat {
		return false
	}
	if f == nil {
		return true
	}
	// A fault is of the variants that it names, and nothing else changes what it concerns.
	return !slices.Contains(f.not, v.name) && !(strings.HasPrefix(f.name, v.name)) &&
		!(strings.HasPrefix(f.name, "etcd") && slices.Contains([]string{"one CA", "external etcd", "localhost etcd", "etcd server for servers only", "peers of another CA"}, v.name)) &&
		!(strings.HasPrefix(f.name, "apiserver") && slices.Contains([]string{"SNI certificate", "intermediate appended"}, v.name)) &&
		!(strings.HasPrefix(f.name, "kubelet") && slices.Contains([]string{"hostname-override", "worker"}, v.name))
}

func (c *configuration) vary(v variant) {
	c.topology = append(c.topology, v.name)
	c.boots = append(c.boots, slices.DeleteFunc(slices.Clone(v.boots), func(p string) bool { return slices.Contains(c.boots, p) })...)
	v.make(c)
}
