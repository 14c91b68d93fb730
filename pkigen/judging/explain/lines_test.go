package explain

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Lines as they stand in logs and on screens: prefixes, escapes, colours, breaks.
var logLines = []struct {
	name, text string
	ids        string // in order
	source     Source // of the first; what is empty is not compared
	values     string // "key=value key=value" of the first
}{
	{"journald and klog", `Nov 24 10:00:00 master1 kube-apiserver[1234]: E1124 10:00:00.123456    1234 authentication.go:74] "Unable to authenticate the request" err="[verifying certificate SN=4711, SKID=AB:CD, AKID=01:23 failed: x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"kubernetes\"), verifying certificate SN=4711, SKID=AB:CD, AKID=01:23 failed: x509: certificate signed by unknown authority]"`,
		"same-name-ca unknown-authority client-cert-refused not-authenticated", Source{Program: "kube-apiserver", Side: Server, Host: "master1", File: "authentication.go"}, "ca=kubernetes"},
	{"401 of an ended certificate", `E1124 10:00:00.000000       1 authentication.go:73] "Unable to authenticate the request" err="[x509: certificate has expired or is not yet valid: current time 2026-11-24T10:00:00Z is after 2026-11-20T08:00:00Z, verifying certificate SN=12, SKID=, AKID=F0:11 failed: x509: certificate has expired or is not yet valid: current time 2026-11-24T10:00:00Z is after 2026-11-20T08:00:00Z]"`,
		"expired client-cert-refused not-authenticated", Source{Side: Server}, "until=2026-11-20T08:00:00Z"},
	{"journald as JSON", `{"_HOSTNAME":"worker1","SYSLOG_IDENTIFIER":"kubelet","MESSAGE":"E1124 10:00:00.000000     900 kubelet_node_status.go:96] \"Unable to register node with API server\" err=\"Post \\\"https://10.0.0.1:6443/api/v1/nodes\\\": tls: failed to verify certificate: x509: certificate is valid for 10.254.0.1, not 10.0.0.1\" node=\"worker1\"","_CMDLINE":"kubelet --x=x509: certificate signed by unknown authority"}`,
		"san-mismatch", Source{Program: "kubelet", Side: Client, Host: "worker1"}, "wanted=10.0.0.1 names=10.254.0.1 server=10.0.0.1:6443"},
	{"journald bytes", `{"SYSLOG_IDENTIFIER":"kubelet","MESSAGE":[120,53,48,57,58,32,99,101,114,116,105,102,105,99,97,116,101,32,115,105,103,110,101,100,32,98,121,32,117,110,107,110,111,119,110,32,97,117,116,104,111,114,105,116,121]}`,
		"unknown-authority", Source{Program: "kubelet"}, ""},
	{"etcd's peer", `{"level":"warn","ts":"2026-11-24T10:00:00.000Z","caller":"embed/config_logging.go:185","msg":"rejected connection on peer endpoint","remote-addr":"10.0.0.5:40312","server-name":"","ip-addresses":["10.0.0.9"],"dns-names":["etcd2","localhost"],"error":"tls: \"10.0.0.5\" does not match any of DNSNames [\"etcd2\" \"localhost\"]"}`,
		"etcd-peer-address etcd-rejected", Source{Program: "etcd", Side: Server, File: "config_logging.go"}, "wanted=10.0.0.5 remote=10.0.0.5:40312"},
	{"etcd's peer without names", `{"level":"warn","caller":"embed/config_logging.go:185","msg":"rejected connection on peer endpoint","remote-addr":"10.0.0.5:40312","error":"x509: certificate is valid for 10.0.0.9, 127.0.0.1, not 10.0.0.5"}`,
		"etcd-peer-address", Source{Program: "etcd", Side: Server}, "wanted=10.0.0.5"},
	{"a member dials by a wrong address", `{"level":"warn","caller":"rafthttp/probing_status.go:68","msg":"prober detected unhealthy status","remote-peer-id":"8e9e","error":"tls: failed to verify certificate: x509: certificate is valid for 10.0.0.9, not 10.0.0.5"}`,
		"san-mismatch etcd-peer-unhealthy", Source{Program: "etcd", Side: Client}, "wanted=10.0.0.5"},
	{"etcd in journald", `Nov 24 10:00:00 etcd1 etcd[77]: {"level":"warn","ts":"2026-11-24T10:00:00.000Z","caller":"embed/config_logging.go:170","msg":"rejected connection on client endpoint","remote-addr":"10.0.0.5:40312","server-name":"","error":"remote error: tls: bad certificate"}`,
		"alert-bad-certificate etcd-rejected", Source{Program: "etcd", Side: Server, Host: "etcd1"}, "remote=10.0.0.5:40312"},
	{"etcd of old", `2019-11-24 10:00:00.123456 I | embed: rejected connection from "10.0.0.5:40312" (error "remote error: tls: bad certificate", ServerName "")`,
		"alert-bad-certificate etcd-rejected", Source{Program: "etcd", Side: Server}, "remote=10.0.0.5:40312"},
	{"apiserver to etcd", `W1124 10:00:00.000000       1 logging.go:55] [core] [Channel #1 SubChannel #2]grpc: addrConn.createTransport failed to connect to {Addr: "10.0.0.4:2379", ServerName: "10.0.0.4:2379"}. Err: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"`,
		"unknown-authority grpc-handshake", Source{Side: Client}, "server=10.0.0.4:2379"},
	{"kubectl", "Unable to connect to the server: tls: failed to verify certificate: x509: certificate is valid for kubernetes, 10.254.0.1, not api.example.com\n",
		"san-mismatch", Source{Program: "kubectl", Side: Client}, "wanted=api.example.com"},
	{"kubectl's memcache", `E1124 10:00:00.000000   12 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"https://192.168.214.88:6443/api?timeout=32s\": tls: failed to verify certificate: x509: certificate signed by unknown authority"`,
		"unknown-authority", Source{Program: "kubectl", Side: Client}, "server=192.168.214.88:6443"},
	{"broken by a terminal in a word", "Unable to connect to the server: x509: certificate signed by unkno\nwn authority (possibly because of \"crypto/rsa: verification err\nor\" while trying to verify candidate authority certificate \"kube\nrnetes\")",
		"same-name-ca", Source{Program: "kubectl"}, "ca=kubernetes"},
	{"broken at blanks, Windows", "> x509: certificate is valid for kubernetes,\r\n>   10.254.0.1, not\r\n>   api.example.com\r\nnext line",
		"san-mismatch", Source{}, "wanted=api.example.com"},
	{"a name that begins with not", "x509: certificate is valid for a, notary.example.com, not b", "san-mismatch", Source{}, "wanted=b"},
	{"one below the other", "x509: certificate is valid for a, not b\nx509: certificate is valid for a, not c\nremote error: tls: bad certificate", "san-mismatch san-mismatch alert-bad-certificate", Source{}, "wanted=b"},
	{"no name at all", "x509: certificate is valid for a, not :", "", Source{}, ""},
	{"a number that goes on", "verify error:num=1000:what is this", "", Source{}, ""},
	{"an address broken", "x509: certificate is valid for 10.254.0.1, not 192.168.\n214.91", "san-mismatch", Source{}, "wanted=192.168.214.91"},
	{"another line behind", "x509: certificate is valid for 10.254.0.1, not 192.168.214.91\nUnable to go on", "san-mismatch", Source{}, "wanted=192.168.214.91"},
	{"colours", "\x1b[31mError:\x1b[0m x509: certificate \x1b[1mhas expired\x1b[0m or is not yet valid", "expired-or-not-yet", Source{}, ""},
	{"typographic quotes", "x509: certificate signed by unknown authority (possibly because of “crypto/rsa: verification error” while trying to verify candidate authority certificate “kubernetes”)",
		"same-name-ca", Source{}, "ca=kubernetes"},
	{"quotes eaten by a shell", "x509: certificate signed by unknown authority (possibly because of crypto/rsa: verification error while trying to verify candidate authority certificate kubernetes)",
		"same-name-ca", Source{}, "ca=kubernetes"},
	{"typographic apostrophe", "x509: cannot validate certificate for 10.0.0.5 because it doesn’t contain any IP SANs", "san-no-address", Source{}, "wanted=10.0.0.5"},
	{"metrics-server", `E1124 10:00:00.000000       1 scraper.go:149] "Failed to scrape node" err="Get \"https://10.0.0.9:10250/metrics/resource\": x509: cannot validate certificate for 10.0.0.9 because it doesn't contain any IP SANs" node="worker1"`,
		"san-no-address metrics-scrape", Source{Program: "metrics-server", Side: Client}, "server=10.0.0.9:10250"},
	{"kubelet, old form", `error: unable to upgrade connection: Forbidden (user=kubernetes, verb=create, resource=nodes, subresource=proxy)`, "kubelet-forbidden kubelet-upgrade", Source{}, "user=kubernetes"},
	{"kubelet, new form", `Error from server (Forbidden): Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource(s)=[proxy])`, "kubelet-forbidden", Source{}, "user=kube-apiserver-kubelet-client sub=proxy"},
	{"kubelet, nobody", `Error from server (Forbidden): Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy) ( pods/log web-1)`, "kubelet-anonymous", Source{}, ""},
	{"login", "error: You must be logged in to the server (Unauthorized)", "unauthorized", Source{Program: "kubectl", Side: Client}, ""},
	{"login, other words", "error: You must be logged in to the server (the server has asked for the client to provide credentials)", "unauthorized", Source{Program: "kubectl"}, ""},
	{"a refusal of another line", `E1124 10:00:00.000000       1 authentication.go:73] "Unable to authenticate the request" err="verifying certificate SN=12, SKID=, AKID=F0:11 failed: x509: certificate has expired or is not yet valid: current time 2026-11-24T10:00:00Z is after 2026-11-20T08:00:00Z"` + "\n" +
		`I1124 10:00:01.000000       1 log.go:245] http: TLS handshake error from 10.0.0.9:4: remote error: tls: bad certificate`,
		"expired alert-bad-certificate client-cert-refused not-authenticated", Source{Side: Server}, "sn=12"},
	{"old token", `E1124 10:00:00.000000       1 authentication.go:63] "Unable to authenticate the request" err="[invalid bearer token, square/go-jose: error in cryptographic primitive]"`,
		"token-signature invalid-bearer-token not-authenticated", Source{Side: Server}, ""},
	{"unknown token key", `authentication.go:75] "Unable to authenticate the request" err="[invalid bearer token, invalid signature, no keys found]"`, "token-no-key invalid-bearer-token not-authenticated", Source{Side: Server}, ""},
	{"audiences", `err="[invalid bearer token, token audiences [\"https://old.svc\"] is invalid for the target audiences [\"https://new.svc\"]]"`, "token-audience invalid-bearer-token", Source{}, "audiences=https://old.svc accepted=https://new.svc"},
	{"bootstrap", `kubelet[1]: Error: failed to run Kubelet: cannot create certificate signing request: certificatesigningrequests.certificates.k8s.io is forbidden: User "kubelet-bootstrap" cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope`,
		"csr-forbidden csr-wait", Source{}, "user=kubelet-bootstrap"},
	{"bootstrap, nobody", `certificatesigningrequests.certificates.k8s.io is forbidden: User "system:anonymous" cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope`, "csr-anonymous", Source{}, ""},
	{"bootstrap, unknown", `cannot create certificate signing request: Unauthorized`, "csr-anonymous", Source{}, ""},
	{"node", `Error from server (Forbidden): nodes "worker1" is forbidden: User "system:node:Worker1" cannot get resource "nodes" in API group "" at the cluster scope: node 'Worker1' cannot read 'worker1', only its own Node object`, "node-forbidden", Source{}, "node=Worker1 other=worker1"},
	{"other node", `E1124 10:00:00.000000 1 kubelet_node_status.go:94] "Unable to register node" err="nodes \"b\" is forbidden: node \"a\" is not allowed to modify node \"b\""`, "node-other", Source{Program: "kubelet"}, "node=a other=b"},
	{"scheduler", `error retrieving resource lock kube-system/kube-scheduler: leases.coordination.k8s.io "kube-scheduler" is forbidden: User "kube-scheduler" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "kube-system"`, "user-forbidden", Source{}, "user=kube-scheduler"},
	{"kubelet ended", `E1124 10:00:00.000000 9 bootstrap.go:266] part of the existing bootstrap client certificate in /etc/kubernetes/kubelet.conf is expired: 2026-11-20 08:00:00 +0000 UTC` + "\n" +
		`E1124 10:00:00.000000 9 run.go:74] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"`,
		"kubelet-expired bootstrap-config", Source{Program: "kubelet"}, "path=/etc/kubernetes/kubelet.conf"},
	{"overlap", `E1124 10:00:00.000000 1 run.go:74] "command failed" err="--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users"`, "requestheader-overlap", Source{Side: Alone}, ""},
	{"front proxy", `"Unable to authenticate the request" err="x509: subject with cn=kubernetes-admin is not in the allowed list"`, "requestheader-name not-authenticated", Source{}, "cn=kubernetes-admin"},
	{"front proxy without a name", `"Unable to authenticate the request" err="x509: subject with cn= is not in the allowed list"`, "requestheader-no-name not-authenticated", Source{}, ""},
	{"CA under another name", `x509: issuer name does not match subject from issuing certificate`, "issuer-renamed", Source{}, ""},
	{"reflector", `E1124 10:00:00.000000 1 reflector.go:178] failed to list *v1.Service: Unauthorized`, "unauthorized", Source{}, "resource=*v1.Service"},
	{"reflector, new form", `E1124 10:00:00.000000 1 reflector.go:205] "Failed to watch" err="failed to list *v1.Pod: Unauthorized" logger="UnhandledError"`, "unauthorized", Source{}, ""},
	{"lease", `E1124 10:00:00.000000 1 leaderelection.go:429] Failed to update lock optimistically: Unauthorized, falling back to slow path`, "unauthorized", Source{}, ""},
	{"lock", `error retrieving resource lock kube-system/kube-scheduler: Unauthorized`, "unauthorized", Source{}, "path=kube-system/kube-scheduler"},
	{"the word alone", "Unauthorized\n", "unauthorized", Source{}, ""},
	{"signer", `E1124 10:00:00.000000 1 controllermanager.go:1] error reading CA cert file "csr-controller::/etc/kubernetes/pki/bundle.crt::key": expected 1 certificate, found 2`, "signer-bundle", Source{}, "count=2"},
	{"webhook", `Error from server (InternalError): Internal error occurred: failed calling webhook "validate.nginx.ingress.kubernetes.io": failed to call webhook: Post "https://ingress-admission.ingress.svc:443/v1?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"unknown-authority webhook", Source{Program: "kube-apiserver", Side: Client}, "server=ingress-admission.ingress.svc:443"},
	{"APIService", `E1124 10:00:00.000000 1 remote_available_controller.go:462] "Unhandled Error" err="v1beta1.metrics.k8s.io failed with: failing or missing response from https://10.254.8.8:443/apis/metrics.k8s.io/v1beta1: Get \"https://10.254.8.8:443/apis/metrics.k8s.io/v1beta1\": x509: certificate is valid for localhost, not metrics-server.kube-system.svc"`,
		"san-mismatch extension-unreachable", Source{Program: "kube-apiserver", Side: Client}, "wanted=metrics-server.kube-system.svc"},
	{"curl", "curl: (60) SSL certificate problem: self-signed certificate\nMore details here: https://curl.se/docs/sslcerts.html", "openssl-leaf-as-ca", Source{Program: "curl", Side: Client}, ""},
	{"curl of old, chain", "curl: (60) SSL certificate problem: self signed certificate in certificate chain", "openssl-self-signed", Source{Program: "curl"}, ""},
	{"curl, name", "curl: (60) SSL: no alternative certificate subject name matches target host name '10.0.0.5'", "openssl-name", Source{Program: "curl"}, "wanted=10.0.0.5"},
	{"nginx", `2026/11/24 10:00:00 [error] 7#7: *1 upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to upstream, client: 10.0.0.7, server: api, request: "GET / HTTP/1.1"`, "openssl-leaf-as-ca", Source{Program: "nginx", Side: Client}, ""},
	{"nginx's pair", `nginx: [emerg] SSL_CTX_use_PrivateKey("/etc/nginx/tls.key") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)`, "key-mismatch", Source{Side: Alone}, ""},
	{"openssl s_client", "verify error:num=18:self-signed certificate\nverify return:1", "openssl-leaf-as-ca", Source{Program: "openssl"}, ""},
	{"Python", "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1000)", "openssl-leaf-as-ca", Source{}, ""},
	{"permission", `{"level":"fatal","ts":"2026-11-24T10:00:00Z","caller":"etcdmain/etcd.go:204","msg":"discovery failed","error":"open /etc/etcd/etcd-key.pem: permission denied"}`, "permission", Source{Program: "etcd", Side: Alone}, "path=/etc/etcd/etcd-key.pem"},
	{"structured JSON of Kubernetes", `{"ts":1764000000.1,"caller":"filters/authentication.go:74","msg":"Unable to authenticate the request","v":0,"err":"x509: certificate specifies an incompatible key usage"}`, "wrong-usage not-authenticated", Source{Side: Server}, ""},
	{"Docker's JSON", `{"log":"E1124 10:00:00.000000       1 authentication.go:74] \"Unable to authenticate the request\" err=\"invalid bearer token\"\n","stream":"stderr","time":"2026-11-24T10:00:00Z"}`, "invalid-bearer-token not-authenticated", Source{Side: Server}, ""},
	{"container runtime", `2026-11-24T10:00:00.000000000Z stderr F 2026/11/24 10:00:00 http: TLS handshake error from 10.0.0.7:5123: remote error: tls: unknown certificate authority`, "alert-unknown-ca", Source{Side: Server}, "remote=10.0.0.7:5123"},
	{"short-iso", `2026-11-24T10:00:00+0100 worker1 kubelet[9]: http: TLS handshake error from 10.0.0.1:5: no serving certificate available for the kubelet`, "no-serving-certificate", Source{Program: "kubelet", Host: "worker1", Side: Server}, ""},
	{"kubectl logs --prefix", `[pod/etcd-master1/etcd] {"level":"warn","caller":"embed/config_logging.go:160","msg":"rejected connection on client endpoint","remote-addr":"10.0.0.5:1","error":"tls: client didn't provide a certificate"}`, "no-client-certificate etcd-rejected", Source{Program: "etcd"}, ""},
	{"JSON cut off", `{"level":"warn","msg":"rejected connection on client endpoint","remote-addr":"10.0.0.5:1","error":"tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of \"x509: ECDSA verification failure\" while trying to verify candidate authority certificate \"etcd-ca\")`, "same-name-ca etcd-rejected", Source{Side: Server}, "ca=etcd-ca"},
	{"typed in another case", "X509: Certificate Signed By Unknown Authority", "unknown-authority", Source{}, ""},
	{"macOS", `Unable to connect to the server: x509: “kubernetes” certificate is not trusted`, "macos-untrusted", Source{Program: "kubectl"}, "cn=kubernetes"},
	{"nothing", "everything is fine\nEOF\nconnection refused", "", Source{}, ""},
	{"a word within another", "the certificate xx509: certificate signed by unknown authority", "", Source{}, ""},
}

func TestLogLines(t *testing.T) {
	for _, tt := range logLines {
		t.Run(tt.name, func(t *testing.T) {
			got := Explain(tt.text)
			if s := strings.Join(ids(got), " "); s != tt.ids {
				t.Fatalf("got %q, want %q", s, tt.ids)
			}
			if len(got) == 0 {
				return
			}
			m, want := got[0], tt.source
			for _, pair := range [][2]string{{m.Source.Program, want.Program}, {string(m.Source.Side), string(want.Side)}, {m.Source.Host, want.Host}, {m.Source.File, want.File}} {
				if pair[1] != "" && pair[0] != pair[1] {
					t.Errorf("source is %+v, want %+v", m.Source, want)
				}
			}
			for _, kv := range strings.Fields(tt.values) {
				if key, value, _ := strings.Cut(kv, "="); m.Values[key] != value {
					t.Errorf("%s is %q, want %q", key, m.Values[key], value)
				}
			}
		})
	}
}

// What only the other side could have printed is none of its causes.
func TestCausesBySide(t *testing.T) {
	const text = "x509: certificate specifies an incompatible key usage"
	server := Explain("http: TLS handshake error from 10.0.0.7:5: tls: failed to verify certificate: " + text)[0]
	client := Explain(`Get "https://10.0.0.7:5/": tls: failed to verify certificate: ` + text)[0]
	if s, c := server.Causes()[0].Text, client.Causes()[0].Text; !strings.Contains(s, "the client shows") || !strings.Contains(c, "has no server auth") {
		t.Errorf("a server's first cause is %q, a client's %q", s, c)
	}
	for _, c := range server.Causes() {
		if strings.Contains(c.Text, "has no server auth") {
			t.Errorf("a server says %q of its client", c.Text)
		}
	}
}

// The same error again is counted, another one is not.
func TestRepeated(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		b.WriteString(time.Unix(int64(i), 0).UTC().Format("2006/01/02 15:04:05") + " http: TLS handshake error from 10.0.0.7:" + time.Unix(int64(i), 0).UTC().Format("0405") + ": remote error: tls: bad certificate\n")
	}
	b.WriteString("2026/11/24 10:00:00 x509: certificate is valid for a, not b\n2026/11/24 10:00:00 x509: certificate is valid for a, not c\n")
	got := Explain(b.String())
	if s := strings.Join(ids(got), " "); s != "san-mismatch san-mismatch alert-bad-certificate" {
		t.Fatalf("got %q", s)
	}
	if got[2].Count != 500 || got[2].Line != 1 || got[0].Count != 1 || got[0].Line != 501 || got[1].Line != 502 {
		t.Errorf("counts and lines are %d@%d %d@%d %d@%d", got[0].Count, got[0].Line, got[1].Count, got[1].Line, got[2].Count, got[2].Line)
	}
}

// What is beyond the bounds is not read, and that is said.
func TestBounds(t *testing.T) {
	const text = "x509: certificate signed by unknown authority\n"
	r := Read(strings.Repeat("é", Limit/2-1) + "\né" + text)
	if len(r.Matches) != 0 || r.Dropped < len(text) || r.Dropped > len(text)+3 {
		t.Errorf("%d matches, %d bytes dropped", len(r.Matches), r.Dropped)
	}
	var b strings.Builder
	for i := range MostMatches + 50 {
		b.WriteString("2026/11/24 10:00:00 x509: certificate is valid for a, not host" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "\n")
	}
	if r := Read(b.String()); len(r.Matches) != MostMatches || r.More != 50 || r.Lines != MostMatches+50 {
		t.Errorf("%d matches, %d more, %d lines", len(r.Matches), r.More, r.Lines)
	}
}

// Values come from anywhere: in a command each is one word.
func TestCommandsQuote(t *testing.T) {
	m := Explain("Forbidden (user=x'; rm -rf $HOME #, verb=get, resource=nodes, subresource=proxy)")[0]
	c := m.Causes()[0].Command.String()
	if !strings.HasSuffix(c, `--user='x'\''; rm -rf $HOME #'`) {
		t.Errorf("the command is %q", c)
	}
	m = Explain("open -rf: permission denied")[0]
	if c := m.Causes()[0].Command.String(); !strings.HasPrefix(c, "ls -l ./-rf;") {
		t.Errorf("the command is %q", c)
	}
	m = Explain("x509: certificate is valid for " + strings.Join(slices.Repeat([]string{"a"}, 40), ", ") + ", not b")[0]
	if s := m.Means(); !strings.Contains(s, "a and 32 more") {
		t.Errorf("a sentence of many names is %q", s)
	}
}
