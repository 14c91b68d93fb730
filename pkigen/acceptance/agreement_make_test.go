package acceptance

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// issued is a certificate as it is asked for. Topologies and faults change it
// before it is signed.
type issued struct {
	subject      string // "CN/O"
	usages       string // "s" for servers, "c" for clients
	names        []string
	by           string        // the CA that signs, by its role
	begins, ends time.Duration // from now
	otherKey     bool          // the key that lies beside it is of another pair
	bare         bool          // its intermediate is not sent along
}

// configured is a kubeconfig as it is asked for.
type configured struct {
	server string
	ca     string // the role of the CA that it trusts
	as     string // the role of the certificate that it shows
	beside string // where the certificate and its key lie in one file; "" embeds them
}

// configuration is one cluster: what its tool lays out, and what it was made to be.
type configuration struct {
	number     int
	convention *convention
	topology   []string
	fault      string // "" for a healthy one

	certs   map[string]*issued
	configs map[string]*configured
	flags   map[string][]string // of each program
	boots   []string            // the programs beside etcd and kube-apiserver
	wrong   []string            // the connections that the fault is meant to break
	untold  bool                // that it breaks them is said by no file
	lacks   []string            // told files that are not there
	kubelet string              // the name by which the kubelet registers
	worker  bool                // the kubelet runs on a machine of its own
	hidden  bool                // etcd is somebody else's: its files are not in the directory

	authorities map[string]authority
	files       map[string][]byte // of the control-plane node, by absolute paths
	workerFiles map[string][]byte
	etcdFiles   map[string]bool
}

func (c *configuration) has(topology string) bool { return slices.Contains(c.topology, topology) }

// flag gives a program's flag another value, or adds it.
func (c *configuration) flag(program, name, value string) {
	line := name + "=" + value
	for i, f := range c.flags[program] {
		if strings.HasPrefix(f, name+"=") {
			c.flags[program][i] = line
			return
		}
	}
	c.flags[program] = append(c.flags[program], line)
}

// told is the value of a program's flag.
func (c *configuration) told(program, name string) string {
	for _, f := range c.flags[program] {
		if value, is := strings.CutPrefix(f, name+"="); is {
			return value
		}
	}
	return ""
}

// The machines' names and addresses.
const (
	agreedNode, agreedAddr     = "cp1", "192.168.214.88"
	agreedWorker, agreedWorkIP = "w1", "192.168.214.91"
	agreedService              = "10.96.0.1"
)

// newConfiguration is a healthy cluster of three CAs, by the names of its convention.
func newConfiguration(number int, v *convention) *configuration {
	c := &configuration{number: number, convention: v, kubelet: agreedNode,
		authorities: map[string]authority{}, files: map[string][]byte{}, workerFiles: map[string][]byte{}, etcdFiles: map[string]bool{}}
	own := []string{agreedNode, "localhost", "127.0.0.1", agreedAddr}
	c.certs = map[string]*issued{
		"apiserver": {subject: "kube-apiserver", usages: "s", by: "ca", names: []string{agreedNode, "kubernetes", "kubernetes.default",
			"kubernetes.default.svc", "kubernetes.default.svc.cluster.local", agreedService, "127.0.0.1", agreedAddr}},
		"kubelet-client":     {subject: "kube-apiserver-kubelet-client/system:masters", usages: "c", by: "ca"},
		"etcd-client":        {subject: "kube-apiserver-etcd-client", usages: "c", by: "etcd-ca"},
		"front-client":       {subject: "front-proxy-client", usages: "c", by: "front-ca"},
		"etcd-server":        {subject: agreedNode, usages: "sc", by: "etcd-ca", names: own},
		"etcd-peer":          {subject: agreedNode, usages: "sc", by: "etcd-ca", names: own},
		"admin":              {subject: "kubernetes-admin/system:masters", usages: "c", by: "ca"},
		"controller-manager": {subject: "system:kube-controller-manager", usages: "c", by: "ca"},
		"scheduler":          {subject: "system:kube-scheduler", usages: "c", by: "ca"},
		"kubelet":            {subject: "system:node:" + agreedNode + "/system:nodes", usages: "c", by: "ca"},
		"kubelet-server":     {subject: agreedNode, usages: "s", by: "ca", names: own},
	}
	const server = "https://" + agreedAddr + ":6443"
	c.configs = map[string]*configured{}
	for _, name := range []string{"admin", "controller-manager", "scheduler", "kubelet"} {
		c.configs[name] = &configured{server: server, ca: "ca", as: name}
	}
	crt, key, conf := v.cert, v.key, v.config
	c.flags = map[string][]string{
		"etcd": {"--name=" + agreedNode, "--data-dir=/var/lib/etcd", "--cert-file=" + crt("etcd-server"), "--key-file=" + key("etcd-server"), "--trusted-ca-file=" + crt("etcd-ca"), "--client-cert-auth=true",
			"--peer-cert-file=" + crt("etcd-peer"), "--peer-key-file=" + key("etcd-peer"), "--peer-trusted-ca-file=" + crt("etcd-ca"), "--peer-client-cert-auth=true",
			"--listen-client-urls=https://127.0.0.1:2379,https://" + agreedAddr + ":2379", "--advertise-client-urls=https://" + agreedAddr + ":2379",
			"--listen-peer-urls=https://" + agreedAddr + ":2380", "--initial-advertise-peer-urls=https://" + agreedAddr + ":2380", "--initial-cluster=" + agreedNode + "=https://" + agreedAddr + ":2380"},
		"kube-apiserver": {"--advertise-address=" + agreedAddr, "--authorization-mode=Node,RBAC", "--client-ca-file=" + crt("ca"), "--etcd-servers=https://" + agreedAddr + ":2379",
			"--etcd-cafile=" + crt("etcd-ca"), "--etcd-certfile=" + crt("etcd-client"), "--etcd-keyfile=" + key("etcd-client"),
			"--kubelet-client-certificate=" + crt("kubelet-client"), "--kubelet-client-key=" + key("kubelet-client"), "--kubelet-preferred-address-types=InternalIP",
			"--proxy-client-cert-file=" + crt("front-client"), "--proxy-client-key-file=" + key("front-client"),
			"--requestheader-client-ca-file=" + crt("front-ca"), "--requestheader-allowed-names=front-proxy-client", "--requestheader-username-headers=X-Remote-User",
			"--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-", "--secure-port=6443",
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local", "--service-account-key-file=" + v.public(), "--service-account-signing-key-file=" + v.private(),
			"--service-cluster-ip-range=10.96.0.0/12", "--tls-cert-file=" + crt("apiserver"), "--tls-private-key-file=" + key("apiserver")},
		"kube-controller-manager": {"--kubeconfig=" + conf("controller-manager"), "--authentication-kubeconfig=" + conf("controller-manager"), "--authorization-kubeconfig=" + conf("controller-manager"),
			"--client-ca-file=" + crt("ca"), "--cluster-signing-cert-file=" + crt("ca"), "--cluster-signing-key-file=" + key("ca"), "--root-ca-file=" + crt("ca"),
			"--service-account-private-key-file=" + v.private(), "--service-cluster-ip-range=10.96.0.0/12", "--use-service-account-credentials=true"},
		"kube-scheduler": {"--kubeconfig=" + conf("scheduler"), "--authentication-kubeconfig=" + conf("scheduler"), "--authorization-kubeconfig=" + conf("scheduler")},
		"kubelet":        {"--config=/var/lib/kubelet/config.yaml", "--kubeconfig=" + conf("kubelet"), "--node-ip=" + agreedAddr},
	}
	if !v.flat {
		c.flag("kube-apiserver", "--enable-admission-plugins", "NodeRestriction")
	}
	if v.checksKubelets {
		c.flag("kube-apiserver", "--kubelet-certificate-authority", crt("ca"))
	}
	return c
}

// sign makes the CAs, the certificates and kubeconfigs, and lays everything out.
func (c *configuration) sign(t *testing.T) {
	t.Helper()
	v := c.convention
	for _, name := range []string{"ca", "etcd-ca", "front-ca", "peer-ca", "old-ca", "twin-ca", "twin-etcd", "twin-front"} {
		cn := map[string]string{"ca": "kubernetes", "old-ca": "kubernetes", "twin-ca": "kubernetes", "etcd-ca": "etcd-ca", "twin-etcd": "etcd-ca", "peer-ca": "etcd-peer-ca"}[name]
		if cn == "" {
			cn = "front-proxy-ca"
		}
		c.authorities[name] = newAuthority(t, cn)
	}
	c.authorities["middle-ca"] = newAuthority(t, "kubernetes-intermediate", c.ca("ca"))
	for _, role := range []string{"ca", "etcd-ca", "front-ca", "peer-ca"} {
		if role == "peer-ca" && !c.has("peers of another CA") || role != "ca" && c.has("one CA") {
			continue
		}
		c.put(v.cert(role), role, encode("CERTIFICATE", c.ca(role).cert.Raw))
		if role == "ca" || v.caKeys && !c.hidden {
			c.put(v.key(role), role, keyPEM(t, c.ca(role).key))
		}
	}
	signing, other := newKey(t), newKey(t)
	public := signing.Public()
	if c.fault == "service account key of another pair" {
		public = other.Public()
	}
	c.put(v.private(), "sa", keyPEM(t, signing))
	c.put(v.public(), "sa", publicPEM(t, public))
	if c.has("two service-account keys") {
		c.put(v.oldPublic(), "sa", publicPEM(t, other.Public()))
	}
	pairs := map[string][2][]byte{}
	for role, i := range c.certs {
		pair := c.issue(t, i)
		pairs[role] = pair
		if _, embedded := c.configs[role]; embedded || role == "kubelet-server" {
			continue
		}
		c.put(v.cert(role), role, pair[0])
		c.put(v.key(role), role, pair[1])
	}
	for name, k := range c.configs {
		c.kubeconfig(name, k, pairs[k.as])
	}
	c.kubeletFiles(pairs["kubelet-server"])
	v.settings(c)
	for _, p := range c.lacks {
		if c.files[p] == nil && c.workerFiles[p] == nil {
			t.Fatalf("%s is missing before it is taken away", p)
		}
		delete(c.files, p)
		delete(c.workerFiles, p)
	}
}

// put lays a file on the control-plane node, and on the worker what belongs there.
func (c *configuration) put(path, role string, data []byte) {
	c.files[path] = data
	c.etcdFiles[path] = slices.Contains([]string{"etcd-server", "etcd-peer", "peer-ca"}, role)
	if c.worker && role == "ca" && path == c.convention.cert("ca") {
		c.workerFiles[path] = data
	}
}

// onKubelet lays a file on the kubelet's machine.
func (c *configuration) onKubelet(path string, data []byte) {
	if c.worker {
		c.workerFiles[path] = data
		return
	}
	c.files[path] = data
}

func (c *configuration) kubeconfig(name string, k *configured, pair [2][]byte) {
	b64 := base64.StdEncoding.EncodeToString
	user := fmt.Sprintf("    client-certificate-data: %s\n    client-key-data: %s\n", b64(pair[0]), b64(pair[1]))
	if k.beside != "" {
		user = fmt.Sprintf("    client-certificate: %s\n    client-key: %[1]s\n", k.beside)
		c.onKubelet(k.beside, append(bytes.Clone(pair[0]), pair[1]...))
	}
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n    certificate-authority-data: %s\n    server: %s\ncontexts:\n- name: default\n  context:\n    cluster: kubernetes\n    user: me\ncurrent-context: default\nusers:\n- name: me\n  user:\n%s",
		b64(encode("CERTIFICATE", c.ca(k.ca).cert.Raw)), k.server, user)
	if name == "kubelet" {
		c.onKubelet(c.convention.config(name), []byte(text))
		return
	}
	c.files[c.convention.config(name)] = []byte(text)
}

// kubeletFiles are the configuration and the serving certificate; kubeadm has the
// kubelet make that itself.
func (c *configuration) kubeletFiles(pair [2][]byte) {
	v := c.convention
	text := "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication:\n  anonymous: {enabled: false}\n  webhook: {enabled: true}\n  x509:\n    clientCAFile: " + v.cert("ca") + "\nauthorization: {mode: Webhook}\nclusterDomain: cluster.local\n"
	if v.checksKubelets {
		text += fmt.Sprintf("tlsCertFile: %s\ntlsPrivateKeyFile: %s\n", v.cert("kubelet-server"), v.key("kubelet-server"))
		c.onKubelet(v.cert("kubelet-server"), pair[0])
		c.onKubelet(v.key("kubelet-server"), pair[1])
	}
	c.onKubelet("/var/lib/kubelet/config.yaml", []byte(text))
}

// ca is the CA that does the work of a role.
func (c *configuration) ca(role string) authority {
	if c.has("one CA") && (role == "etcd-ca" || role == "front-ca") {
		role = "ca"
	}
	return c.authorities[role]
}

// issue signs a certificate; it returns the file of it and the one of its key.
func (c *configuration) issue(t *testing.T, i *issued) [2][]byte {
	t.Helper()
	cn, o, _ := strings.Cut(i.subject, "/")
	cert := template(cn)
	if o != "" {
		cert.Subject.Organization = []string{o}
	}
	if i.ends != 0 {
		cert.NotBefore, cert.NotAfter = time.Now().Add(i.begins), time.Now().Add(i.ends)
	}
	cert.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	for usage, of := range map[string]x509.ExtKeyUsage{"s": x509.ExtKeyUsageServerAuth, "c": x509.ExtKeyUsageClientAuth} {
		if strings.Contains(i.usages, usage) {
			cert.ExtKeyUsage = append(cert.ExtKeyUsage, of)
		}
	}
	for _, name := range i.names {
		if ip := net.ParseIP(name); ip != nil {
			cert.IPAddresses = append(cert.IPAddresses, ip)
		} else {
			cert.DNSNames = append(cert.DNSNames, name)
		}
	}
	by, key := c.ca(i.by), newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, cert, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	text := encode("CERTIFICATE", der)
	if i.by == "middle-ca" && !i.bare {
		text = append(text, encode("CERTIFICATE", by.cert.Raw)...)
	}
	if i.otherKey {
		key = newKey(t)
	}
	return [2][]byte{text, keyPEM(t, key)}
}

// newAuthority is a CA that signs itself, or is signed by another.
func newAuthority(t *testing.T, cn string, by ...authority) authority {
	t.Helper()
	cert, key := template(cn), newKey(t)
	cert.IsCA, cert.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
	parent, signer := cert, crypto.Signer(key)
	if len(by) > 0 {
		parent, signer = by[0].cert, by[0].key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func template(cn string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: cn}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
}
