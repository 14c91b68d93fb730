package check_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"certwright/pkigen/internal/keytest"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/lab"
)

// kubeadmStub does what kubeadm does of what is printed to be typed: it signs again, or
// makes what is not there. As kubeadm it gives what it renews a new key; the old one is
// left beside it here, so that keys that others need can be counted.
const kubeadmStub = prelude + `
say="$*"; D=/etc/kubernetes/pki; K=/etc/kubernetes; more=""
while [ $# -gt 0 ]; do case $1 in --cert-dir) D=$2;; --kubeconfig-dir) K=$2;; --apiserver-cert-extra-sans) more=$2;; esac; shift; done
API='subjectAltName=DNS:cp1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1,IP:172.20.0.5'
ETCD='subjectAltName=DNS:cp1,DNS:localhost,IP:172.20.0.5,IP:127.0.0.1,IP:::1'
for n in ${more//,/ }; do case $n in *[a-z]*) API=$API,DNS:$n;; *) API=$API,IP:$n;; esac; done
user() { [ -z "$renew" ] && [ -e "$K/$1.conf" ] || { sign $K/.u "$2" $D/ca $CLIENT; cp -p $K/$1.conf $K/$1.conf.bak 2>/dev/null || true; conf $K/$1.conf $K/.u $D/ca https://172.20.0.5:6443; rm $K/.u.*; }; }
one() { # FILE SUBJECT CA EXTENSIONS
  [ -z "$renew" ] || [ ! -e $D/$1.key ] || mv $D/$1.key $D/$1.key.bak
  [ -z "$renew" ] && [ -s $D/$1.crt ] && [ -s $D/$1.key ] || sign $D/$1 "$2" $D/$3 "$4"
}
make() { case $1 in
  apiserver) one apiserver /CN=kube-apiserver ca "$SERVER\n$API";;
  apiserver-kubelet-client) one $1 /O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client ca $CLIENT;;
  front-proxy-client) one $1 /CN=front-proxy-client front-proxy-ca $CLIENT;;
  apiserver-etcd-client) one $1 /CN=kube-apiserver-etcd-client etcd/ca $CLIENT;;
  etcd-server|etcd-peer) one etcd/${1#etcd-} /CN=cp1 etcd/ca "$PEER\n$ETCD";;
  etcd-healthcheck-client) one etcd/healthcheck-client /CN=kube-etcd-healthcheck-client etcd/ca $CLIENT;;
  admin|admin.conf) user admin /O=kubeadm:cluster-admins/CN=kubernetes-admin;;
  super-admin|super-admin.conf) user super-admin /O=system:masters/CN=kubernetes-super-admin;;
  controller-manager|controller-manager.conf) user controller-manager /CN=system:kube-controller-manager;;
  scheduler|scheduler.conf) user scheduler /CN=system:kube-scheduler;;
  kubelet) user kubelet /O=system:nodes/CN=system:node:cp1;;
  *) echo "unknown: $1" >&2; exit 1;;
esac; }
set -- $say; renew=""
case "$1 $2 $3" in
"certs renew all") renew=1; for c in apiserver apiserver-kubelet-client front-proxy-client apiserver-etcd-client etcd-server etcd-peer etcd-healthcheck-client admin super-admin controller-manager scheduler; do make $c; done;;
"certs renew "*) renew=1; make $3;;
"init phase "*) make $4;;
*) echo "unknown: $say" >&2; exit 1;;
esac
`

// ran are the checks of which a command was run.
var ran sync.Map

// typed types what the findings in a directory say, one after the other. No private key
// is lost, each of these findings is gone then, and nothing is worse.
func typed(t *testing.T, dir string, findings []check.Finding) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "kubeadm"), []byte("#!/bin/bash\n"+kubeadmStub), 0o700); err != nil {
		t.Fatal(err)
	}
	var gone []*check.Finding
	done := map[string]bool{}
	for i := range findings {
		f := &findings[i]
		line := f.Command.String()
		if line == "" || strings.Contains(line, "certwright ") || strings.Contains(line, "cfssljson ") {
			continue // in package lab, and where a set is adopted
		}
		if gone = append(gone, f); done[line] {
			continue // it was for both
		}
		done[line] = true
		line = strings.ReplaceAll(line, "openssl pkey -in", "openssl pkey -passin pass:x -in")
		before := keytest.In(t, dir)
		cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
		cmd.Dir = bin
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
			return
		}
		keytest.Kept(t, dir, before, line)
		ran.Store(f.Check.ID, true)
	}
	if len(gone) == 0 {
		return
	}
	after := judge(t, dir, false)
	for _, f := range gone {
		if slices.ContainsFunc(after, func(a check.Finding) bool { return a.Check == f.Check && a.File == f.File }) {
			t.Errorf("%s %s is found after: %s", f.Check.ID, f.File, f.Command)
		}
	}
	for _, a := range after {
		if !slices.ContainsFunc(findings, func(f check.Finding) bool { return f.Check == a.Check }) {
			t.Errorf("%s %s %s is new after what was typed", a.Severity, a.Check.ID, a.File)
		}
	}
}

// allRan holds, when all has run, that each check of which a command is printed had one
// run: here, or by a fault of package lab, whose commands are run there.
func allRan(t *testing.T) {
	if flag.Lookup("test.run").Value.String() != "" {
		return
	}
	for i := range check.Table {
		c := &check.Table[i]
		_, here := ran.Load(c.ID)
		if check.Prints(c) && !here && !slices.ContainsFunc(lab.Faults, func(f lab.Fault) bool { return f.Check() == c }) && !check.OfText(c.ID) {
			t.Errorf("no command of %q was run", c.ID)
		}
	}
}
