package check_test

import (
	"strings"
	"testing"

	"certwright/pkigen/judging/check"
)

// remedies are faults in kubeadm's directory, and what is to be typed then: the
// command of the first finding, and of all.
var remedies = []struct{ name, script, want string }{
	{"one has expired", `dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" 20200101000000Z 20210101000000Z`, "kubeadm certs renew apiserver --cert-dir DIR/etc/kubernetes/pki"},
	{"several have expired", `dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" 20200101000000Z 20210101000000Z
		dated $P/front-proxy-client /CN=front-proxy-client $P/front-proxy-ca $CLIENT 20200101000000Z 20210101000000Z`, "kubeadm certs renew all --cert-dir DIR/etc/kubernetes/pki --kubeconfig-dir DIR/etc/kubernetes"},
	{"the kubelet's has expired too", `dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" 20200101000000Z 20210101000000Z
		dated .k /O=system:nodes/CN=system:node:cp1 $P/ca $CLIENT 20200101000000Z 20210101000000Z; cat .k.crt .k.key > var/lib/kubelet/pki/kubelet-client-current.pem; rm .k.*`,
		"kubeadm certs renew apiserver --cert-dir DIR/etc/kubernetes/pki\nmv DIR/etc/kubernetes/kubelet.conf DIR/etc/kubernetes/kubelet.conf.old && mv DIR/var/lib/kubelet/pki/kubelet-client-current.pem DIR/var/lib/kubelet/pki/kubelet-client-current.pem.old && kubeadm init phase kubeconfig kubelet --cert-dir DIR/etc/kubernetes/pki --kubeconfig-dir DIR/etc/kubernetes"},
	{"the kubelet's expires soon", `dated .k /O=system:nodes/CN=system:node:cp1 $P/ca $CLIENT $(date -ud '-1 year' +%Y%m%d%H%M%SZ) $(date -ud '+1 week' +%Y%m%d%H%M%SZ); cat .k.crt .k.key > var/lib/kubelet/pki/kubelet-client-current.pem; rm .k.*`, ""},
	{"a flag to nothing", `sed -i s#pki/sa.pub#pki/nosuch.pub# $E/manifests/kube-apiserver.yaml`,
		"sed -i 's#--service-account-key-file./etc/kubernetes/pki/nosuch.pub#--service-account-key-file=/etc/kubernetes/pki/sa.pub#' DIR/etc/kubernetes/manifests/kube-apiserver.yaml"},
	{"no public key of service accounts", `rm $P/sa.pub`, "openssl pkey -in DIR/etc/kubernetes/pki/sa.key -pubout -out DIR/etc/kubernetes/pki/sa.pub"},
	{"a flag is missing", `sed -i '/- --client-ca-file/d' $E/manifests/kube-apiserver.yaml`,
		"sed -i 's#^\\( *\\)- kube-apiserver$#&\\n\\1- --client-ca-file=/etc/kubernetes/pki/ca.crt#' DIR/etc/kubernetes/manifests/kube-apiserver.yaml"},
	{"no private key of service accounts", `rm $P/sa.key`, ""},
	{"no private key of service accounts on one of two machines", `mkdir cp1 cp2; cp -a etc var cp1; mv etc var cp2; rm cp2/$P/sa.key`, "cp -p DIR/cp1/etc/kubernetes/pki/sa.key DIR/cp2/etc/kubernetes/pki/sa.key"},
	{"no pair of service accounts", `rm $P/sa.key $P/sa.pub`, ""},
	{"no certificate of the API server", `rm $P/apiserver.crt`, "mv P/apiserver.key P/apiserver.key.old && kubeadm init phase certs apiserver --cert-dir DIR/etc/kubernetes/pki --apiserver-cert-extra-sans 172.20.0.5,10.96.0.1"},
	{"another key of the API server", `sign $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API,DNS:api.x.com"; cp $P/etcd/peer.key $P/apiserver.key`, "mv P/apiserver.crt P/apiserver.crt.old && mv P/apiserver.key P/apiserver.key.old" +
		" && kubeadm init phase certs apiserver --cert-dir DIR/etc/kubernetes/pki --apiserver-cert-extra-sans kubernetes,kubernetes.default,kubernetes.default.svc,api.x.com,10.96.0.1,172.20.0.5"},
	{"empty public key of service accounts", `: > $P/sa.pub`, ""},
	{"public key of service accounts that is none", `echo > $P/sa.pub; openssl rsa -in $P/sa.key -RSAPublicKey_out -out $P/sa.pub 2>/dev/null`, "mv P/sa.pub P/sa.pub.old && openssl pkey -in DIR/etc/kubernetes/pki/sa.key -pubout -out DIR/etc/kubernetes/pki/sa.pub"},
	{"a name is missing", `sed -i s/172.20.0.5:6443/172.20.0.9:6443/ $E/admin.conf`, "mv P/apiserver.crt P/apiserver.crt.old && mv P/apiserver.key P/apiserver.key.old" +
		" && kubeadm init phase certs apiserver --cert-dir DIR/etc/kubernetes/pki --apiserver-cert-extra-sans 172.20.0.9,cp1,kubernetes,kubernetes.default,kubernetes.default.svc,kubernetes.default.svc.cluster.local,10.96.0.1,172.20.0.5"},
	{"a name of etcd is missing", `sign $P/etcd/server /CN=cp1 $P/etcd/ca "$PEER\nsubjectAltName=DNS:cp1,IP:172.20.0.5"`, ""},
	{"the CA's certificate is lost", `rm $P/ca.crt`, "sed -n 's/.*certificate-authority-data: *//p' DIR/etc/kubernetes/admin.conf | base64 -d > DIR/etc/kubernetes/pki/ca.crt"},
	{"a CA expires soon", `oldCA $P/etcd/ca etcd-ca $(date -ud '-9 years' +%Y%m%d%H%M%SZ) $(date -ud '+1 week' +%Y%m%d%H%M%SZ)`,
		"certwright adopt DIR && certwright renew DIR etcd-ca"},
	{"a CA and what it signed have expired", `oldCA $P/etcd/ca etcd-ca 20200101000000Z 20210101000000Z; dated $P/etcd/peer /CN=cp1 $P/etcd/ca "$PEER\nsubjectAltName=DNS:cp1,DNS:localhost,IP:172.20.0.5,IP:127.0.0.1" 20200101000000Z 20210101000000Z`,
		"certwright adopt DIR && certwright generate --dir DIR"},
}

// oldCA signs a CA again with its own key, with other dates.
const oldCA = `oldCA() { # FILE NAME BEGIN END
  mkdir .ca; : > .ca/index
  printf '[ca]\ndefault_ca=x\n[x]\nnew_certs_dir=.ca\ndatabase=.ca/index\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=optional\n[e]\nsubjectKeyIdentifier=hash\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,keyCertSign\n' > .ca/conf
  openssl req -new -key $1.key -subj /CN=$2 -out .ca/csr
  openssl ca -batch -selfsign -config .ca/conf -in .ca/csr -keyfile $1.key -startdate $3 -enddate $4 -extensions e -notext -out $1.crt 2>/dev/null
  rm -r .ca
}
`

// TestRemedies holds what is printed to be typed in a directory that kubeadm keeps.
func TestRemedies(t *testing.T) {
	for _, r := range remedies {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			dir := foreign(t, "kubeadm")
			if err := script(dir, pki+oldCA+r.script); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range judge(t, dir, false) {
				if f.Severity == check.Error || f.Check.ID == "ends-soon" {
					got = append(got, strings.ReplaceAll(f.Command.String(), dir, "DIR"))
				}
			}
			if lines := strings.Join(got, "\n"); lines != strings.ReplaceAll(r.want, " P/", " DIR/etc/kubernetes/pki/") || len(got) == 0 {
				t.Errorf("to be typed is\n%s\nnot\n%s", lines, r.want)
			}
		})
	}
}

// TestTokenKeyIsCopied: nothing that is printed makes a new key for tokens while
// another machine may have the one in use.
func TestTokenKeyIsCopied(t *testing.T) {
	for _, s := range []string{`rm $P/sa.key`, `rm $P/sa.key $P/sa.pub`, `: > $P/sa.key`} {
		dir := foreign(t, "kubeadm")
		if err := script(dir, pki+s); err != nil {
			t.Fatal(err)
		}
		for _, f := range judge(t, dir, false) {
			if strings.Contains(f.Command.String(), "phase certs sa") || s == `rm $P/sa.key` && !strings.HasPrefix(f.Fix(), "Copy it from another control-plane node") {
				t.Errorf("%s: %s %s: %s %s", s, f.File, f.What(), f.Fix(), f.Command)
			}
		}
	}
}

// TestFlagIsWritten: what is printed for a flag that a static pod lacks writes it.
func TestFlagIsWritten(t *testing.T) {
	for _, flag := range []string{"--client-ca-file", "--tls-private-key-file", "--service-account-key-file", "--etcd-cafile"} {
		dir := foreign(t, "kubeadm")
		if err := script(dir, pki+"sed -i '/- "+flag+"/d' $E/manifests/kube-apiserver.yaml"); err != nil {
			t.Fatal(err)
		}
		for _, f := range judge(t, dir, false) {
			if err := script(dir, f.Command.String()); err != nil {
				t.Error(err)
			}
		}
		if got := listed(judge(t, dir, false)); got != "" {
			t.Errorf("%s: then is found\n%s", flag, got)
		}
	}
}
