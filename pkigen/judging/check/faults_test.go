package check_test

import (
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/judging/check"
)

// fault is one made by openssl and plain file operations in a foreign directory,
// and what is found then, a line each as listed has it.
type fault struct{ shape, name, script, want string }

const pki = "P=etc/kubernetes/pki; E=etc/kubernetes; API='subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:10.96.0.1,IP:172.20.0.5'\n"

// kubeadmFaults spoil the directory of a control-plane node.
var kubeadmFaults = []fault{
	{"kubeadm", "empty", `: > $P/apiserver.crt`, "error file-empty P/apiserver.crt"},
	{"kubeadm", "empty, of nobody", `: > $P/spare.crt`, "warning file-empty P/spare.crt"},
	{"kubeadm", "link to itself", `ln -sf server.crt $P/etcd/server.crt`, "error link-loop P/etcd/server.crt"},
	{"kubeadm", "link to nothing", `ln -sf ../../ssl/peer.crt $P/etcd/peer.crt`, "error link-dangling P/etcd/peer.crt"},
	{"kubeadm", "core dump", `head -c 1200000 /dev/zero > $P/core`, "warning file-too-large P/core"},
	{"kubeadm", "cut off", `truncate -s 300 $P/apiserver.crt`, "error pem-broken P/apiserver.crt"},
	{"kubeadm", "DER", `openssl x509 -in $P/apiserver.crt -outform der -out x && mv x $P/apiserver.crt`, "error pem-broken P/apiserver.crt"},
	{"kubeadm", "UTF-16", `iconv -f ASCII -t UTF-16 $P/apiserver.crt > x && mv x $P/apiserver.crt`, "error pem-broken P/apiserver.crt"},
	{"kubeadm", "CRLF", `sed -i 's/$/\r/' $P/apiserver.crt`, "warning pem-accident P/apiserver.crt"},
	{"kubeadm", "byte order mark", `sed -i '1s/^/\xef\xbb\xbf/' $P/apiserver.crt`, "error pem-accident P/apiserver.crt"},
	{"kubeadm", "indented", `sed -i 's/^/  /' $P/apiserver.crt`, "error pem-accident P/apiserver.crt"},
	{"kubeadm", "passphrase, SEC 1", `openssl ec -in $P/apiserver.key -aes256 -passout pass:x -out x 2>/dev/null && mv x $P/apiserver.key`,
		"error key-encrypted P/apiserver.key"},
	{"kubeadm", "passphrase, PKCS #8", `openssl pkcs8 -topk8 -in $P/apiserver.key -passout pass:x -out x && mv x $P/apiserver.key`,
		"error key-encrypted P/apiserver.key"},
	{"kubeadm", "cfssl's output", `printf '{"cert":"%s\\n"}' "$(sed -z 's/\n/\\n/g' $P/apiserver.crt)" > x && mv x $P/apiserver.crt`, "error cfssl-json P/apiserver.crt"},
	{"kubeadm", "no such context", `sed -i 's/^current-context: .*/current-context: prod/' $E/scheduler.conf`, "error kubeconfig-broken E/scheduler.conf"},
	{"kubeadm", "half a kubeconfig", `sed -i '/^contexts/,$d' $E/admin.conf`, "error kubeconfig-broken E/admin.conf"},
	{"kubeadm", "http", `sed -i 's#https://#http://#' $E/scheduler.conf`, "error kubeconfig-scheme E/scheduler.conf"},
	{"kubeadm", "request", `openssl req -new -key $P/apiserver.key -subj /CN=kube-apiserver -out $P/apiserver.crt`, "error request-for-cert P/apiserver.crt"},
	{"kubeadm", "swapped", `mv $P/apiserver.crt x; mv $P/apiserver.key $P/apiserver.crt; mv x $P/apiserver.key`, "error swapped-files P/apiserver.crt"},
	{"kubeadm", "public key for key", `openssl pkey -in $P/apiserver.key -pubout -out x; mv x $P/apiserver.key`, "error swapped-files P/apiserver.key"},
	{"kubeadm", "no certificate", `rm $P/front-proxy-client.crt`, "error cert-missing P/front-proxy-client.crt"},
	{"kubeadm", "no key", `rm $P/apiserver-etcd-client.key`, "error key-missing P/apiserver-etcd-client.key"},
	{"kubeadm", "no CA certificate, only its key, and no static pods", `rm -r $E/manifests; rm $P/ca.crt`, "warning cert-missing P/ca.crt"},
	{"kubeadm", "no CA certificate of etcd, only its key, and no static pods", `rm -r $E/manifests; rm $P/etcd/ca.crt`, "warning cert-missing P/etcd/ca.crt"},
	{"kubeadm", "another key", `rm $P/apiserver.key; key $P/apiserver`, "error key-mismatch P/apiserver.key"},
	{"kubeadm", "kubelet's file gone", `rm var/lib/kubelet/pki/*`, "error kubeconfig-path-missing E/kubelet.conf"},
	{"kubeadm", "flag to nothing", `sed -i s#pki/sa.pub#pki/nosuch.pub# $E/manifests/kube-apiserver.yaml`, "error flag-file E/manifests/kube-apiserver.yaml"},
	{"kubeadm", "flag of one program to nothing", `sed -i s#key-file=/$P/sa.key#key-file=/$P/nosuch.key# $E/manifests/kube-apiserver.yaml`, "error flag-file E/manifests/kube-apiserver.yaml"},
	{"kubeadm", "flag to another role's file", `sed -i 's#--tls-cert-file=.*#--tls-cert-file=/etc/kubernetes/pki/front-proxy-client.crt#' $E/manifests/kube-apiserver.yaml`, "error flag-file E/manifests/kube-apiserver.yaml"},
	{"kubeadm", "flag to another CA", `sed -i 's#--trusted-ca-file=.*#--trusted-ca-file=/etc/kubernetes/pki/ca.crt#; s#--etcd-cafile=.*#--etcd-cafile=/etc/kubernetes/pki/ca.crt#' $E/manifests/etcd.yaml $E/manifests/kube-apiserver.yaml`,
		"error flag-file E/manifests/etcd.yaml\nerror flag-file E/manifests/kube-apiserver.yaml"},
	{"kubeadm", "unchecked server", `sed -i 's/certificate-authority-data:.*/insecure-skip-tls-verify: true/' $E/scheduler.conf`, "warning kubeconfig-insecure E/scheduler.conf"},
	{"kubeadm", "open kubeconfig", `chmod 644 $E/admin.conf`, "warning mode-open E/admin.conf"},
	{"kubeadm", "folder for all", `chmod 777 $P/etcd`, "warning folder-writable P/etcd"},
	{"kubeadm", "open keys", `chmod 640 $P/ca.key $P/sa.key`, "warning mode-open P/ca.key P/sa.key"},

	{"kubeadm", "no CA", `cp $P/apiserver.crt $P/etcd/ca.crt; rm $P/etcd/ca.key`, "error not-a-ca P/etcd/ca.crt"},
	{"kubeadm", "CA without cert sign", `ca $P/etcd/ca /CN=etcd-ca digitalSignature`, "error ca-cannot-sign P/etcd/ca.crt"},
	{"kubeadm", "bundle", `cat $P/etcd/ca.crt >> $P/ca.crt`, "error ca-bundle P/ca.crt"},
	{"kubeadm", "bundle of a new CA and the old", `mv $P/etcd/ca.crt x; rm $P/etcd/ca.key; ca $P/etcd/ca /CN=etcd-ca-2; cat x >> $P/etcd/ca.crt; rm x`, ""},
	{"kubeadm", "front proxy with the CA of all", `cp $P/ca.crt $P/front-proxy-ca.crt; cp $P/ca.key $P/front-proxy-ca.key
		sign $P/front-proxy-client /CN=front-proxy-client $P/ca $CLIENT; sed -i /allowed-names/d $E/manifests/*`, "error front-proxy-shared P/front-proxy-ca.crt"},
	{"kubeadm", "etcd's CA made again", `rm $P/etcd/ca.key; ca $P/etcd/ca /CN=etcd-ca`,
		"error two-cas-one-name P/apiserver-etcd-client.crt P/etcd/server.crt\nwarning two-cas-one-name P/etcd/healthcheck-client.crt P/etcd/peer.crt"},
	{"kubeadm", "CA made again by the same key", `ca $P/etcd/ca /CN=etcd-ca`, ""},
	{"kubeadm", "signed by the wrong CA", `sign $P/apiserver-etcd-client /CN=kube-apiserver-etcd-client $P/ca $CLIENT`, "error unknown-signer P/apiserver-etcd-client.crt"},
	{"kubeadm", "signature damaged", `openssl x509 -in $P/apiserver.crt -outform der -out x
		n=$(($(stat -c %s x)-1)); b=$(tail -c 1 x | od -An -tu1 | tr -d ' '); printf "$(printf '\\x%02x' $((b^1)))" | dd of=x bs=1 seek=$n conv=notrunc 2>/dev/null
		openssl x509 -inform der -in x -out $P/apiserver.crt; rm x`, "error signature-wrong P/apiserver.crt"},
	{"kubeadm", "SHA-1", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" -sha1`, "error sha1 P/apiserver.crt"},
	{"kubeadm", "leaf that may sign", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API\nbasicConstraints=critical,CA:TRUE"`, "warning leaf-is-ca P/apiserver.crt"},
	{"kubeadm", "named as its CA", `sign $P/apiserver /CN=kubernetes $P/ca "$SERVER\n$API"`, "warning leaf-named-as-ca P/apiserver.crt"},
	{"kubeadm", "too many names for OpenSSL", `NAMES=$(seq -f 'IP:10.20.%.0f' 17500 | awk -F. '{printf ",IP:10.%d.%d.%d", 20+int($3/65536), int($3/256)%256, $3%256}'); sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API$NAMES"`, "warning cert-large P/apiserver.crt"},
	{"kubeadm", "one number twice", `SERIAL=7; sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API"; sign $P/apiserver-kubelet-client /O=kubeadm:cluster-admins/CN=x $P/ca $CLIENT`, "warning duplicate-serial P/apiserver.crt"},

	{"kubeadm", "RSA of 1024 bits", `openssl genrsa -out $P/apiserver.key 1024 2>/dev/null; sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API"`, "warning weak-key P/apiserver.crt"},
	{"kubeadm", "RSA of 512 bits", `openssl genrsa -out $P/apiserver.key 512 2>/dev/null; sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API"`, "error weak-key P/apiserver.crt"},
	{"kubeadm", "one key twice", `cp $P/apiserver.key $P/front-proxy-client.key; sign $P/front-proxy-client /CN=front-proxy-client $P/front-proxy-ca $CLIENT`, "warning key-shared P/front-proxy-client.crt"},
	{"kubeadm", "Ed25519 for tokens", `openssl genpkey -algorithm ed25519 -out $P/sa.key; openssl pkey -in $P/sa.key -pubout -out $P/sa.pub`, "error sa-kind P/sa.key"},
	{"kubeadm", "PKCS #1 public key for tokens", `openssl rsa -in $P/sa.key -RSAPublicKey_out -out $P/sa.pub 2>/dev/null`, "error sa-kind P/sa.pub"},
	{"kubeadm", "sa.pub of another key", `openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -out $P/sa.pub 2>/dev/null`, "error sa-mismatch P/sa.pub"},

	{"kubeadm", "no CN", `sign .u /O=system:nodes $P/ca $CLIENT; conf $E/scheduler.conf .u $P/ca https://172.20.0.5:6443; rm .u.*`, "error empty-cn E/scheduler.conf"},
	{"kubeadm", "node with a capital", `sign .k /O=system:nodes/CN=system:node:Cp1 $P/ca $CLIENT; cat .k.crt .k.key > var/lib/kubelet/pki/kubelet-client-current.pem; rm .k.*`,
		"error node-name var/lib/kubelet/pki/kubelet-client-current.pem"},
	{"kubeadm", "another user", `sign .u /CN=kube-scheduler $P/ca $CLIENT; conf $E/scheduler.conf .u $P/ca https://172.20.0.5:6443; rm .u.*`, "error identity-user E/scheduler.conf"},
	{"kubeadm", "another group", `sign .k /O=system:node/CN=system:node:cp1 $P/ca $CLIENT; cat .k.crt .k.key > var/lib/kubelet/pki/kubelet-client-current.pem; rm .k.*`,
		"error identity-group var/lib/kubelet/pki/kubelet-client-current.pem"},
	{"kubeadm", "too many rights", `sign .u /O=system:masters/CN=system:kube-scheduler $P/ca $CLIENT; conf $E/scheduler.conf .u $P/ca https://172.20.0.5:6443; rm .u.*`, "warning masters E/scheduler.conf"},
	{"kubeadm", "server without server auth", `sign $P/apiserver /CN=kube-apiserver $P/ca "$CLIENT\n$API"`, "error usage-missing P/apiserver.crt"},
	{"kubeadm", "etcd without client auth", `sign $P/etcd/server /CN=cp1 $P/etcd/ca "$SERVER\nsubjectAltName=DNS:cp1,DNS:localhost,IP:172.20.0.5,IP:127.0.0.1"`, "warning etcd-gateway P/etcd/server.crt"},

	{"kubeadm", "no names", `sign $P/apiserver /CN=kube-apiserver $P/ca $SERVER`, "error san-none P/apiserver.crt"},
	{"kubeadm", "no service address", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\nsubjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:172.20.0.5"`, "error san-missing P/apiserver.crt"},
	{"kubeadm", "no address of etcd", `sign $P/etcd/peer /CN=cp1 $P/etcd/ca "$PEER\nsubjectAltName=DNS:cp1,DNS:localhost,IP:127.0.0.1"`, ""},
	{"kubeadm", "network", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n${API/IP:172.20.0.5/DNS:172.20.0.1\/24}"`, "error san-is-network P/apiserver.crt"},
	{"kubeadm", "network beside its address", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API,DNS:172.20.0.1/24"`, "warning san-is-network P/apiserver.crt"},
	{"kubeadm", "port", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n${API/IP:172.20.0.5/DNS:172.20.0.5:6443}"`, "error san-is-port P/apiserver.crt"},
	{"kubeadm", "URL", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n${API/IP:172.20.0.5/DNS:https:\/\/172.20.0.5:6443}"`, "error san-is-port P/apiserver.crt"},
	{"kubeadm", "address as DNS name", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n${API/IP:172.20.0.5/DNS:172.20.0.5}"`, "error san-is-address P/apiserver.crt"},

	{"kubeadm", "ended", `dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" 20200101000000Z 20210101000000Z`, "error expired P/apiserver.crt"},
	{"kubeadm", "begins later", `dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" $(date -ud '+1 day' +%Y%m%d%H%M%SZ) $(date -ud '+1 year' +%Y%m%d%H%M%SZ)`, "error not-yet-valid P/apiserver.crt"},
	{"kubeadm", "ends before it begins", `dated $P/front-proxy-client /CN=front-proxy-client $P/front-proxy-ca $CLIENT $(date -ud '-1 day' +%Y%m%d%H%M%SZ) $(date -ud '-2 days' +%Y%m%d%H%M%SZ)`, "error never-valid P/front-proxy-client.crt"},
	{"kubeadm", "expires soon", `dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" $(date -ud '-1 year' +%Y%m%d%H%M%SZ) $(date -ud '+1 week' +%Y%m%d%H%M%SZ)`, "warning ends-soon P/apiserver.crt"},
	{"kubeadm", "outlives its CA", `dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" $(date -ud '-1 minute' +%Y%m%d%H%M%SZ) $(date -ud '+20 years' +%Y%m%d%H%M%SZ)`, "warning outlives-ca P/apiserver.crt"},

	{"kubeadm", "kubeconfig with an old CA", `ca .old /CN=kubernetes; sed -i "s#certificate-authority-data:.*#certificate-authority-data: $(base64 -w0 < .old.crt)#" $E/scheduler.conf; rm .old.*`,
		"error kubeconfig-ca-stale E/scheduler.conf"},
}

// hardWayFaults spoil the flat folder.
var hardWayFaults = []fault{
	{"hard way", "request beside", `openssl req -new -key admin.key -subj /CN=admin -out new.pem`, "warning request-for-cert new.pem"},
	{"hard way", "token file of two columns", `printf 'Q2w3e4r5t6,kubelet-bootstrap\n' > token.csv`, "warning token-format token.csv"},
	{"hard way", "token file that is no CSV", `printf 'Q2w3e4r5t6,kubelet-bootstrap,1,"a\n' > token.csv`, "warning token-format token.csv"},
	{"hard way", "Secret of another name", `printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: token-abcdef}\ntype: bootstrap.kubernetes.io/token\nstringData: {token-id: abcdef, token-secret: 0123456789abcdef}\n' > s.yaml; chmod 600 s.yaml`,
		"warning token-format s.yaml"},
	{"hard way", "Secret that has expired", `printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: bootstrap-token-abcdef}\ntype: bootstrap.kubernetes.io/token\nstringData: {token-id: abcdef, token-secret: 0123456789abcdef, expiration: "2020-01-01T00:00:00Z"}\n' > s.yaml; chmod 600 s.yaml`,
		"note token-ended s.yaml"},
	{"hard way", "Secret whose end is no time", `printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: bootstrap-token-abcdef}\ntype: bootstrap.kubernetes.io/token\nstringData: {token-id: abcdef, token-secret: 0123456789abcdef, expiration: soon}\n' > s.yaml; chmod 600 s.yaml`,
		"warning token-format s.yaml"},
	{"hard way", "token that nobody knows", `printf 'apiVersion: v1\nkind: Config\nclusters: [{name: k, cluster: {server: "https://api-server.kubernetes.local:6443", certificate-authority-data: %s}}]\nusers: [{name: u, user: {token: abcdef.0123456789abcdef}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\ncurrent-context: c\n' "$(base64 -w0 < ca.crt)" > bootstrap.kubeconfig; chmod 600 *.kubeconfig`,
		"warning token-mismatch bootstrap.kubeconfig"},
	{"hard way", "bytes of nobody", `head -c 64 /dev/zero | tr '\0' '\377' > blob`, ""},
	{"hard way", "a folder by a link", `ln -s /tmp blob`, "note not-recognised blob"},
	{"kubeadm", "exec plugin", `sed '/client-/d; s/^- name: .*/&\n  user: {exec: {apiVersion: client.authentication.k8s.io\/v1, command: aws}}/; /^  user:$/d' $E/admin.conf > $E/eks.conf; chmod 600 $E/eks.conf`, "note kubeconfig-other E/eks.conf"},
	{"minikube", "aggregator's pair of the other CA", `sign profiles/minikube/proxy-client /CN=aggregator ca $CLIENT`, ""},
	{"kops", "another key", `A=srv/kubernetes/kube-apiserver; rm $A/server.key; key $A/server`, "warning key-mismatch srv/kubernetes/kube-apiserver/server.key"},
	{"k3s", "of no CA that is here", `ca other /CN=other; sign tls/client-scheduler /CN=system:kube-scheduler other $CLIENT; rm other.*`,
		"warning unknown-signer tls/client-scheduler.crt"},
	{"k3s", "ended", `dated tls/client-admin /CN=system:admin tls/client-ca $CLIENT 20230101000000Z 20240101000000Z`, "warning expired tls/client-admin.crt"},
	{"hard way", "a hidden folder", `mkdir .minikube`, "note folder-hidden .minikube"},
	{"kubeadm", "an old folder", `mkdir $P/old && cp $P/ca.key $P/old/ca.key.bak && ca $P/old/ca /CN=kubernetes`, "note set-aside P/old/ca.crt"},
	{"hard way", "certificate renewed beside its kubeconfig", `dated admin /O=system:masters/CN=admin ca $CLIENT $(date -ud '+30 seconds' +%Y%m%d%H%M%SZ) $(date -ud '+2 years' +%Y%m%d%H%M%SZ)`,
		"warning kubeconfig-cert-stale admin.kubeconfig"},
	{"hard way", "CA made again", `rm ca.key; ca ca /CN=CA`, "warning two-cas-one-name admin.crt admin.kubeconfig etcd.crt kube-api-server.crt kube-controller-manager.crt kube-controller-manager.kubeconfig kube-proxy.crt kube-proxy.kubeconfig kube-scheduler.crt kube-scheduler.kubeconfig node-0.crt node-0.kubeconfig node-1.crt node-1.kubeconfig"},
	{"hard way", "another user", `sign kube-proxy /CN=kube-proxy ca $CLIENT; rm kube-proxy.kubeconfig`, "warning identity-user kube-proxy.crt"},
	{"hard way", "proxy with all rights", `sign kube-proxy /O=system:masters/CN=system:kube-proxy ca $CLIENT; rm kube-proxy.kubeconfig`, "warning masters kube-proxy.crt"},
	{"hard way", "kubelet without its group", `sign node-0 /CN=system:node:node-0 ca "$PEER\nsubjectAltName=DNS:node-0"; rm node-0.kubeconfig`, "warning identity-group node-0.crt"},
	{"hard way", "endpoint not named", `sign kube-api-server /CN=kubernetes ca "$PEER\n${API/DNS:api-server.kubernetes.local,/}"`, "error san-missing kube-api-server.crt"},
	{"hard way", "service account keys apart", `mkdir n0 n1; for n in n0 n1; do openssl genrsa -out $n/sa.key 2048 2>/dev/null; chmod 600 $n/sa.key; openssl pkey -in $n/sa.key -pubout -out $n/sa.pub; done`, ""},
	{"hard way", "CA key on a worker", `mkdir -p w/pki; cp ca.crt ca.key w/pki; cp node-0.kubeconfig w/kubelet.conf`, "warning ca-key-here w/pki/ca.key"},
	{"hard way", "old CA on a worker", `mkdir -p w/pki v/pki; cp ca.crt v/pki; ca w/pki/ca /CN=CA; rm w/pki/ca.key; cp node-0.kubeconfig w/kubelet.conf`, "warning copy-stale w/pki/ca.crt"},
}

// TestForeign plants by the tools that people use, in directories that are not
// ours.
func TestForeign(t *testing.T) {
	seen := map[string]bool{}
	t.Cleanup(func() { allRan(t) })
	for _, f := range slices.Concat(kubeadmFaults, hardWayFaults, flagFaults) {
		t.Run(f.shape+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			dir := foreign(t, f.shape)
			head := pki
			if f.shape == "hard way" {
				head = "API='subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:api-server.kubernetes.local,IP:127.0.0.1,IP:10.32.0.1'\n"
			}
			if err := script(dir, head+f.script); err != nil {
				t.Fatal(err)
			}
			findings := judge(t, dir, strings.HasPrefix(f.want, "note"))
			want := strings.NewReplacer(" P/", " etc/kubernetes/pki/", " E/", " etc/kubernetes/").Replace(f.want)
			if got := listed(findings); got != want && !(strings.HasPrefix(want, "note") && strings.Contains(got, want)) {
				t.Errorf("found\n%s\nnot\n%s", got, want)
			}
			typed(t, dir, findings)
		})
		if words := strings.Fields(f.want); len(words) > 1 {
			seen[words[1]] = true
		}
	}
	for i := range check.Table {
		if id := check.Table[i].ID; !seen[id] && !elsewhere[id] {
			t.Errorf("nothing here makes the finding %q", id)
		}
	}
}

// elsewhere are checks with a test of their own.
var elsewhere = map[string]bool{
	"file-unreadable":    true, // TestUnreadable
	"revoked":            true, // in package lab: the directory is one of ours
	"rotation":           true, // package rotate
	"trust-narrow":       true, // package rotate
	"huge-key":           true, // in package lab: openssl takes half a minute for the key
	"starts-before-ca":   true, // a note
	"node-unknown":       true, // in package pkigen: the directory is one of ours
	"ca-key-away":        true, // likewise
	"ca-key-encrypted":   true, // likewise
	"text-missing":       true, // package verify
	"text-differs":       true, // likewise
	"sums-differ":        true, // likewise
	"etcd-open":          true, // likewise
	"sa-mismatch":        true, // likewise
	"token-mismatch":     true, // where it is told, package rehearse
	"kubeconfig-missing": true, // package verify
	"cert-order":         true, // likewise
	"ca-limited":         true, // likewise
	"sa-legacy":          true, // likewise
	"ca-signs-tokens":    true, // likewise
	"allowed-names":      true, // likewise
	"machine-alone":      true, // likewise
	"rights-unknown":     true, // likewise
	"node-unsure":        true, // likewise
	"other-ca":           true, // likewise
	"sa-differs":         true, // likewise
}
