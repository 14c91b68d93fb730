package render

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
)

// The parts that a Source gives of the whole set: the record of all certificates that it
// issued, and the same without those that a run only makes.
const (
	Issued  catalog.Part = "record of certificates"
	Revoked catalog.Part = "revoked certificates"
)

// revocation makes the files by which certificates are shut out: for kube-apiserver a deny
// list in its AuthorizationConfiguration, for etcd a CRL of its CA, and the record of which
// both are made.
func (r *renderer) revocation() {
	files := r.layout.Revocation(r.cluster)
	if files == nil {
		return
	}
	r.out = append(r.out, Text{Path: files.Record, Mode: openMode, Part: Issued,
		make: func(from Source) ([]byte, error) { return from("", Issued), nil }})
	for _, p := range files.Configs {
		r.list(p, "", func(record *issued.Record, _ []byte, _ Source) ([]byte, error) {
			return authorizationConfig(files.Webhook, record.Revoked(r.layout.CA(catalog.Kubernetes))), nil
		})
	}
	for _, p := range files.Webhooks {
		r.fixed(p, webhookConfig)
	}
	ca := r.layout.CA(catalog.Etcd)
	for _, p := range files.CRLs {
		r.list(p, ca, func(record *issued.Record, have []byte, from Source) ([]byte, error) {
			return revocationList(record.Revoked(ca), have, from(ca, catalog.Cert), from(ca, catalog.Key))
		})
	}
}

// list adds a file that says what is revoked, signed by a CA; "" for none.
func (r *renderer) list(path, signer string, text func(record *issued.Record, have []byte, from Source) ([]byte, error)) {
	t := Text{Path: path, Mode: openMode, Part: Revoked}
	if signer != "" {
		t.Needs = []string{signer}
	}
	t.edit = func(have []byte, from Source) ([]byte, error) {
		record, err := issued.Parse(from("", Revoked))
		if err != nil {
			return nil, err
		}
		return text(record, have, from)
	}
	t.make = func(from Source) ([]byte, error) { return t.edit(nil, from) }
	r.out = append(r.out, t)
}

// The deny list: a webhook that nobody answers, and that is asked of listed certificates
// alone. kube-apiserver reads the file again when it changes, and keeps what it had where
// it cannot read it. Without has() an error in the condition would refuse everybody.
const authorizationHead = `# Who may do what, and whose certificates are refused: kube-apiserver
# --authorization-config=FILE, in place of --authorization-mode (Kubernetes 1.32 or later).
# It is read again when it changes. Nobody answers the webhook, so what it is asked of is
# refused: the certificates listed below. certwright revoke writes the list.
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Webhook
  name: revoked
  webhook:
    timeout: 1s
    authorizedTTL: 1s
    unauthorizedTTL: 1s
    subjectAccessReviewVersion: v1
    matchConditionSubjectAccessReviewVersion: v1
    failurePolicy: Deny
    connectionInfo:
      type: KubeConfigFile
      kubeConfigFile: %s
    matchConditions:
    - expression: >-
        has(request.extra) && '` + credential + `' in request.extra &&
        request.extra['` + credential + `'].exists(i, i in [`

const credential = "authentication.kubernetes.io/credential-id"

const authorizationTail = `])
- type: Node
  name: node
- type: RBAC
  name: rbac
`

// authorizationConfig is the file with a deny list.
func authorizationConfig(webhook string, revoked []issued.Certificate) []byte {
	var ids []string
	for i := range revoked {
		if sum := revoked[i].SHA256; sum != "" {
			ids = append(ids, "\n        'X509SHA256="+sum+"'")
		}
	}
	slices.Sort(ids)
	return []byte(fmt.Sprintf(authorizationHead, webhook) + strings.Join(ids, ",") + authorizationTail)
}

// webhookConfig leads to a port at which nobody listens.
const webhookConfig = `# Where kube-apiserver asks about revoked certificates. Nobody listens there: all are refused.
apiVersion: v1
kind: Config
clusters:
- name: nobody
  cluster:
    server: ` + kubeconfig.Nowhere + `
contexts:
- name: nobody
  context:
    cluster: nobody
    user: nobody
current-context: nobody
users:
- name: nobody
  user: {}
`

// revocationList is a CRL in DER. One that lies there and says the same stays: it needs no
// key then. Its bytes hang on nothing but what it says, so that all nodes have the same.
func revocationList(revoked []issued.Certificate, have, certPEM, keyPEM []byte) ([]byte, error) {
	ca, err := firstCertificate(certPEM)
	if err != nil {
		return nil, err
	}
	list := &x509.RevocationList{ThisUpdate: ca.NotBefore, NextUpdate: ca.NotAfter}
	for i := range revoked {
		c := &revoked[i]
		n, ok := new(big.Int).SetString(c.Serial, 16)
		if c.Serial == "" || !ok {
			continue
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: c.Revoked})
		if c.Revoked.After(list.ThisUpdate) {
			list.ThisUpdate = c.Revoked
		}
	}
	if !list.NextUpdate.After(list.ThisUpdate) { // a CA that has expired; etcd asks for serial numbers alone
		list.NextUpdate = list.ThisUpdate.AddDate(1, 0, 0)
	}
	list.Number = big.NewInt(int64(len(list.RevokedCertificateEntries)) + 1)
	slices.SortFunc(list.RevokedCertificateEntries, func(a, b x509.RevocationListEntry) int { return a.SerialNumber.Cmp(b.SerialNumber) })
	if saysSame(have, list, ca) {
		return have, nil
	}
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, fmt.Errorf("the private key of %q is not here: put it back, since it signs the list of revoked certificates", ca.Subject.CommonName)
	}
	if pkey.Encrypted(block) {
		return nil, pkey.ErrLocked
	}
	key, err := pkey.ParsePrivate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the private key of %q cannot be read, and it signs the list of revoked certificates: %w", ca.Subject.CommonName, err)
	}
	return signList(list, ca, key)
}

// signList signs without chance (RFC 6979), by the extensions that a CA needs for it.
func signList(list *x509.RevocationList, ca *x509.Certificate, key crypto.Signer) ([]byte, error) {
	// A CA of cfssl's default usages may sign lists; one that others made may lack the
	// usage or the key id, and etcd asks for neither.
	issuer := *ca
	issuer.KeyUsage |= x509.KeyUsageCRLSign
	if len(issuer.SubjectKeyId) == 0 {
		issuer.SubjectKeyId = pkey.ID(ca.PublicKey)
	}
	return x509.CreateRevocationList(nil, list, &issuer, key)
}

// saysSame reports whether a CRL is one of this CA with these entries.
func saysSame(have []byte, want *x509.RevocationList, ca *x509.Certificate) bool {
	is, err := pkey.ParseRevocationList(have)
	if err != nil || !bytes.Equal(is.RawIssuer, ca.RawSubject) || len(is.RevokedCertificateEntries) != len(want.RevokedCertificateEntries) {
		return false
	}
	if ca.CheckSignature(is.SignatureAlgorithm, is.RawTBSRevocationList, is.Signature) != nil {
		return false
	}
	for i, e := range is.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(want.RevokedCertificateEntries[i].SerialNumber) != 0 {
			return false
		}
	}
	return is.NextUpdate.Equal(want.NextUpdate.Truncate(time.Second))
}

func firstCertificate(text []byte) (*x509.Certificate, error) {
	certs, _ := pkey.Certificates(text)
	if len(certs) == 0 {
		return nil, errors.New("the certificate of etcd's CA is not here: it signs the list of revoked certificates")
	}
	return certs[0], nil
}
