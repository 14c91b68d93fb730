package check_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"certwright/pkigen/internal/testdir"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
)

// prelude gives the scripts of these tests their words. sign makes a certificate
// by openssl: its file without the ending, its subject, its CA's file without the
// ending, and its extensions. Where the key is there, it is kept.
const prelude = `set -e
ext=".crt"
key() { test -s "$1.key" || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; chmod 600 "$1.key"; }
ca() { # FILE SUBJECT [USAGE]
  key "$1"
  openssl req -x509 -new -key "$1.key" -subj "$2" -days 3650 -out "$1$ext" -addext "keyUsage=critical,${3:-digitalSignature,keyEncipherment,keyCertSign}" 2>/dev/null
}
sign() { # FILE SUBJECT CA EXTENSIONS [OPTIONS]
  key "$1"
  printf 'authorityKeyIdentifier=keyid\nkeyUsage=critical,digitalSignature\n%b\n' "$4" > .ext
  openssl req -new -key "$1.key" -subj "$2" -out .csr
  openssl x509 -req -in .csr -CA "$3$ext" -CAkey "$3.key" -set_serial "${SERIAL:-0x1$(printf '%04x' $RANDOM $RANDOM $RANDOM)}" -days 365 -extfile .ext -out "$1$ext" $5 2>/dev/null
  rm .ext .csr
}
dated() { # FILE SUBJECT CA EXTENSIONS BEGIN END
  key "$1"
  mkdir .ca; : > .ca/index
  printf '[ca]\ndefault_ca=x\n[x]\nnew_certs_dir=.ca\ndatabase=.ca/index\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=optional\norganizationName=optional\n[e]\nauthorityKeyIdentifier=keyid\n%b\n' "$4" > .ca/conf
  openssl req -new -key "$1.key" -subj "$2" -out .ca/csr
  openssl ca -batch -config .ca/conf -in .ca/csr -cert "$3$ext" -keyfile "$3.key" -startdate "$5" -enddate "$6" -extensions e -notext -out "$1$ext" 2>/dev/null
  rm -r .ca
}
conf() { # FILE CERT CA SERVER
  cat > "$1" <<END
apiVersion: v1
kind: Config
clusters:
- name: kubernetes
  cluster:
    server: $4
    certificate-authority-data: $(base64 -w0 < "$3$ext")
users:
- name: user
  user:
    client-certificate-data: $(base64 -w0 < "$2$ext")
    client-key-data: $(base64 -w0 < "$2.key")
contexts:
- name: user@kubernetes
  context: {cluster: kubernetes, user: user}
current-context: user@kubernetes
END
  chmod 600 "$1"
}
SERVER='extendedKeyUsage=serverAuth'; CLIENT='extendedKeyUsage=clientAuth'; PEER='extendedKeyUsage=serverAuth,clientAuth'
`

// kubeadm makes what kubeadm init makes below / (v1.37), by its names, subjects,
// usages and flags.
const kubeadm = `
E=etc/kubernetes; P=$E/pki; mkdir -p $P/etcd $E/manifests var/lib/kubelet/pki; chmod 700 var/lib/kubelet/pki
ca $P/ca /CN=kubernetes; ca $P/etcd/ca /CN=etcd-ca; ca $P/front-proxy-ca /CN=front-proxy-ca
API='subjectAltName=DNS:cp1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1,IP:172.20.0.5'
ETCD='subjectAltName=DNS:cp1,DNS:localhost,IP:172.20.0.5,IP:127.0.0.1,IP:::1'
sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API"
sign $P/apiserver-kubelet-client /O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client $P/ca $CLIENT
sign $P/front-proxy-client /CN=front-proxy-client $P/front-proxy-ca $CLIENT
sign $P/apiserver-etcd-client /CN=kube-apiserver-etcd-client $P/etcd/ca $CLIENT
sign $P/etcd/server /CN=cp1 $P/etcd/ca "$PEER\n$ETCD"
sign $P/etcd/peer /CN=cp1 $P/etcd/ca "$PEER\n$ETCD"
sign $P/etcd/healthcheck-client /CN=kube-etcd-healthcheck-client $P/etcd/ca $CLIENT
openssl genrsa -traditional -out $P/sa.key 2048 2>/dev/null; openssl rsa -in $P/sa.key -pubout -out $P/sa.pub 2>/dev/null; chmod 600 $P/sa.key
user() { sign .u "$2" $P/ca $CLIENT; conf $E/$1.conf .u $P/ca https://172.20.0.5:6443; rm .u.crt .u.key; }
user admin /O=kubeadm:cluster-admins/CN=kubernetes-admin
user super-admin /O=system:masters/CN=kubernetes-super-admin
user controller-manager /CN=system:kube-controller-manager
user scheduler /CN=system:kube-scheduler
sign .k /O=system:nodes/CN=system:node:cp1 $P/ca $CLIENT
cat .k.crt .k.key > var/lib/kubelet/pki/kubelet-client-current.pem; rm .k.crt .k.key; chmod 600 var/lib/kubelet/pki/*
cat > $E/kubelet.conf <<END
apiVersion: v1
kind: Config
clusters:
- name: kubernetes
  cluster: {server: "https://172.20.0.5:6443", certificate-authority-data: $(base64 -w0 < $P/ca.crt)}
users:
- name: default-auth
  user: {client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem, client-key: /var/lib/kubelet/pki/kubelet-client-current.pem}
contexts:
- name: default
  context: {cluster: kubernetes, user: default-auth}
current-context: default
END
chmod 600 $E/kubelet.conf
pod() { # NAME FLAGS
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: kube-system}\nspec:\n  containers:\n  - name: %s\n    command:\n    - %s\n' "$1" "$1" "$1" > $E/manifests/$1.yaml
  n=$1; shift; for f; do printf '    - %s\n' "$f" >> $E/manifests/$n.yaml; done; }
pod kube-apiserver --authorization-mode=Node,RBAC --advertise-address=172.20.0.5 --client-ca-file=/$P/ca.crt --etcd-cafile=/$P/etcd/ca.crt --etcd-certfile=/$P/apiserver-etcd-client.crt \
 --etcd-keyfile=/$P/apiserver-etcd-client.key --kubelet-client-certificate=/$P/apiserver-kubelet-client.crt --kubelet-client-key=/$P/apiserver-kubelet-client.key \
 --proxy-client-cert-file=/$P/front-proxy-client.crt --proxy-client-key-file=/$P/front-proxy-client.key --requestheader-allowed-names=front-proxy-client \
 --requestheader-client-ca-file=/$P/front-proxy-ca.crt --service-account-key-file=/$P/sa.pub --service-account-signing-key-file=/$P/sa.key \
 --etcd-servers=https://127.0.0.1:2379 --service-account-issuer=https://kubernetes.default.svc.cluster.local \
 --service-cluster-ip-range=10.96.0.0/12 --tls-cert-file=/$P/apiserver.crt --tls-private-key-file=/$P/apiserver.key
pod kube-controller-manager --kubeconfig=/$E/controller-manager.conf --root-ca-file=/$P/ca.crt --service-account-private-key-file=/$P/sa.key \
 --client-ca-file=/$P/ca.crt --cluster-signing-cert-file=/$P/ca.crt --cluster-signing-key-file=/$P/ca.key --requestheader-client-ca-file=/$P/front-proxy-ca.crt
pod kube-scheduler --authentication-kubeconfig=/$E/scheduler.conf --authorization-kubeconfig=/$E/scheduler.conf --kubeconfig=/$E/scheduler.conf --leader-elect=true
pod etcd --advertise-client-urls=https://172.20.0.5:2379 --listen-client-urls=https://127.0.0.1:2379,https://172.20.0.5:2379 --peer-client-cert-auth=true --initial-advertise-peer-urls=https://172.20.0.5:2380 --cert-file=/$P/etcd/server.crt --key-file=/$P/etcd/server.key \
 --peer-cert-file=/$P/etcd/peer.crt --peer-key-file=/$P/etcd/peer.key --trusted-ca-file=/$P/etcd/ca.crt --peer-trusted-ca-file=/$P/etcd/ca.crt --client-cert-auth=true
`

// hardWay makes the flat folder of "Kubernetes the hard way" and of the guides
// that follow it, with the kubeconfigs beside the certificates.
const hardWay = `
ca ca /CN=CA
API='subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:api-server.kubernetes.local,IP:127.0.0.1,IP:10.32.0.1'
sign kube-api-server /CN=kubernetes ca "$PEER\n$API"
sign admin /O=system:masters/CN=admin ca $CLIENT
sign node-0 /O=system:nodes/CN=system:node:node-0 ca "$PEER\nsubjectAltName=DNS:node-0,IP:127.0.0.1"
sign node-1 /O=system:nodes/CN=system:node:node-1 ca "$PEER\nsubjectAltName=DNS:node-1,IP:127.0.0.1"
sign kube-proxy /O=system:node-proxier/CN=system:kube-proxy ca $CLIENT
sign kube-scheduler /CN=system:kube-scheduler ca $CLIENT
sign kube-controller-manager /CN=system:kube-controller-manager ca $CLIENT
sign service-accounts /CN=service-accounts ca $CLIENT
sign etcd /CN=etcd-0 ca "$PEER\nsubjectAltName=DNS:localhost,IP:127.0.0.1,IP:10.240.0.10"
for u in node-0 node-1 kube-proxy kube-scheduler kube-controller-manager admin; do conf $u.kubeconfig $u ca https://api-server.kubernetes.local:6443; done
printf 'Q2w3e4r5t6,kubelet-bootstrap,10001,"system:bootstrappers"\n' > token.csv; chmod 600 token.csv
`

// k3s makes what k3s keeps below server/tls, with its CAs for servers and clients.
const k3s = `
mkdir -p tls/etcd cred
ca tls/server-ca /CN=k3s-server-ca@1; ca tls/client-ca /CN=k3s-client-ca@1; ca tls/request-header-ca /CN=k3s-request-header-ca@1
ca tls/etcd/server-ca /CN=etcd-server-ca@1; ca tls/etcd/peer-ca /CN=etcd-peer-ca@1
API='subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:10.43.0.1,IP:10.0.0.5'
ETCD='subjectAltName=DNS:n1,DNS:localhost,IP:10.0.0.5,IP:127.0.0.1'
sign tls/serving-kube-apiserver /CN=kube-apiserver tls/server-ca "$SERVER\n$API"
sign tls/client-admin /O=system:masters/CN=system:admin tls/client-ca $CLIENT
sign tls/client-kube-proxy /CN=system:kube-proxy tls/client-ca $CLIENT
sign tls/client-scheduler /CN=system:kube-scheduler tls/client-ca $CLIENT
sign tls/client-auth-proxy /CN=system:auth-proxy tls/request-header-ca $CLIENT
sign tls/etcd/client /CN=etcd-client tls/etcd/server-ca $CLIENT
sign tls/etcd/server-client /CN=etcd-server tls/etcd/server-ca "$PEER\n$ETCD"
sign tls/etcd/peer-server-client /CN=etcd-peer tls/etcd/peer-ca "$PEER\n$ETCD"
conf cred/admin.kubeconfig tls/client-admin tls/server-ca https://127.0.0.1:6443
conf cred/scheduler.kubeconfig tls/client-scheduler tls/server-ca https://127.0.0.1:6443
`

// minikube makes what minikube keeps in ~/.minikube for a cluster of one machine: a CA
// for all clusters, one for the aggregator, pairs of a profile, and the pairs of the
// docker-machine library that have nothing to do with the cluster.
const minikube = `
mkdir -p certs profiles/minikube
ca ca /CN=minikubeCA; ca proxy-client-ca /CN=proxyClientCA
API='subjectAltName=DNS:minikube,DNS:control-plane.minikube.internal,DNS:kubernetes.default.svc.cluster.local,DNS:kubernetes.default.svc,DNS:kubernetes.default,DNS:kubernetes,DNS:localhost,IP:10.96.0.1,IP:127.0.0.1,IP:10.0.0.1,IP:192.168.49.2'
M=profiles/minikube
sign $M/apiserver /O=system:masters/CN=minikube ca "$SERVER\n$API"
sign $M/client /O=system:masters/CN=minikube-user ca $CLIENT
sign $M/proxy-client /CN=aggregator proxy-client-ca $CLIENT
cp $M/apiserver.crt $M/apiserver.crt.7fb57e3c; cp $M/apiserver.key $M/apiserver.key.7fb57e3c
ext=.pem; ca certs/ca /O=user; sign certs/cert /O=user.host certs/ca "$PEER"; ext=.crt
mv certs/ca.key certs/ca-key.pem; mv certs/cert.key certs/key.pem
cp certs/ca.pem certs/cert.pem certs/key.pem .
cat > config <<END
apiVersion: v1
kind: Config
clusters:
- name: minikube
  cluster: {server: "https://192.168.49.2:8443", certificate-authority: ca.crt}
users:
- name: minikube
  user: {client-certificate: $M/client.crt, client-key: $M/client.key}
contexts:
- name: minikube
  context: {cluster: minikube, user: minikube}
current-context: minikube
END
chmod 600 config
`

// kops makes what kops lays out on a control-plane machine: pairs in a folder for each
// program, CAs of etcd apart from that of Kubernetes, and a CA for the aggregator.
const kops = `
A=srv/kubernetes/kube-apiserver; C=srv/kubernetes/kube-controller-manager; K=srv/kubernetes/kube-scheduler; D=etc/kubernetes/pki/etcd-manager-main
mkdir -p $A $C $K $D var/lib/kubelet
ca srv/kubernetes/ca /CN=kubernetes-ca; ca $D/etcd-clients-ca /CN=etcd-clients-ca-main; ca $D/etcd-peers-ca-main /CN=etcd-peers-ca-main; ca $A/apiserver-aggregator-ca /CN=apiserver-aggregator-ca
API='subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:api.internal.k.example.com,DNS:api.k.example.com,IP:100.64.0.1,IP:127.0.0.1'
sign $A/server /CN=kubernetes-master srv/kubernetes/ca "$SERVER\n$API"
sign $A/kubelet-api /CN=kubelet-api srv/kubernetes/ca $CLIENT
sign $A/apiserver-aggregator /CN=aggregator $A/apiserver-aggregator-ca $CLIENT
sign $A/etcd-client /CN=kube-apiserver $D/etcd-clients-ca $CLIENT
cp $D/etcd-clients-ca.crt $A/etcd-ca.crt
openssl genrsa -traditional -out $A/service-account.key 2048 2>/dev/null; openssl rsa -in $A/service-account.key -pubout -out $A/service-account.pub 2>/dev/null; chmod 600 $A/service-account.key
cp $A/service-account.key $C/; cp srv/kubernetes/ca.crt srv/kubernetes/ca.key $C/
sign .u /CN=system:kube-controller-manager srv/kubernetes/ca $CLIENT; conf $C/kubeconfig .u srv/kubernetes/ca https://127.0.0.1; rm .u.*
sign .u /CN=system:kube-scheduler srv/kubernetes/ca $CLIENT; conf $K/kubeconfig .u srv/kubernetes/ca https://127.0.0.1; rm .u.*
sign .u /O=system:nodes/CN=system:node:i-0abc srv/kubernetes/ca $CLIENT; conf var/lib/kubelet/kubeconfig .u srv/kubernetes/ca https://127.0.0.1; rm .u.*
sign srv/kubernetes/kubelet-server /CN=i-0abc srv/kubernetes/ca "$SERVER\nsubjectAltName=DNS:i-0abc,IP:172.20.1.5"
chmod 600 $C/kubeconfig $K/kubeconfig var/lib/kubelet/kubeconfig
`

// shapes are the foreign directories, each made once.
var shapes = map[string]string{"kubeadm": kubeadm, "hard way": hardWay, "k3s": k3s, "minikube": minikube, "kops": kops}

var made sync.Map // by shape: func() (string, error)

// script runs lines of shell in a directory.
func script(dir, lines string) error {
	cmd := exec.Command("bash", "-c", prelude+lines)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

func TestMain(m *testing.M) { os.Exit(testdir.Run(m)) }

// foreign is a copy of a right directory of a shape.
func foreign(t testing.TB, shape string) string {
	t.Helper()
	make, _ := made.LoadOrStore(shape, sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "check-test-")
		if err != nil {
			return "", err
		}
		return dir, script(dir, shapes[shape])
	}))
	from, err := make.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pki")
	if out, err := exec.Command("cp", "-a", from, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// report judges a directory without answers, a minute later than now: what a
// fault makes half a minute from now begins after all that was made before it,
// though openssl's dates are whole seconds.
func report(t *testing.T, dir string) *check.Report {
	t.Helper()
	j, err := verify.Directory(t.Context(), dir, nil, time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return j.Report
}

// judge is what is found, notes left out unless they are wanted.
func judge(t *testing.T, dir string, notes bool) []check.Finding {
	t.Helper()
	r := report(t, dir)
	var out []check.Finding
	for _, f := range r.Findings {
		if notes || f.Severity != check.Note {
			out = append(out, f)
		}
	}
	return out
}

// listed are findings, a line each: "error expired pki/apiserver.crt".
func listed(findings []check.Finding) string {
	var out []string
	for i := range findings {
		f := &findings[i]
		out = append(out, string(f.Severity)+" "+f.Check.ID+" "+strings.Join(append([]string{f.File}, f.Also...), " "))
	}
	return strings.Join(out, "\n")
}

// TestRight: a right directory of anybody's gives no error and no warning.
func TestRight(t *testing.T) {
	leaves := map[string]int{"kubeadm": 12, "hard way": 10, "k3s": 10, "minikube": 6, "kops": 8}
	for shape := range shapes {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			r := report(t, foreign(t, shape))
			for _, f := range r.Findings {
				if f.Severity != check.Note {
					t.Errorf("%s %s %s", f.Check.ID, f.File, f.What())
				}
			}
			if r.Proven < leaves[shape] || leaves[shape] == 0 {
				t.Errorf("%d signatures were proven, want %d at least; the rest was not looked at", r.Proven, leaves[shape])
			}
		})
	}
}
