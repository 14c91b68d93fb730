package rehearse

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"k8s.io/client-go/util/keyutil"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
)

// pair is a certificate with its key, as crypto/tls loads it.
type pair struct {
	cert tls.Certificate
	leaf *x509.Certificate
	err  error
}

// sent are the CAs that are sent behind the certificate.
func (p *pair) sent() []*x509.Certificate {
	var out []*x509.Certificate
	if len(p.cert.Certificate) < 2 {
		return nil
	}
	for _, der := range p.cert.Certificate[1:] {
		if c, err := pkey.ParseCertificate(der); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// loadPair does what all components do, etcd (client/pkg/v3/tlsutil, NewCert)
// and Kubernetes alike.
func loadPair(cert, key []byte) *pair {
	p := &pair{}
	if p.err = cmp.Or(pkey.CheckPEM(cert), pkey.CheckPEM(key)); p.err != nil {
		return p
	}
	if p.cert, p.err = tls.X509KeyPair(cert, key); p.err == nil {
		p.leaf = p.cert.Leaf
		return p
	}
	// Whose it is helps to explain what is wrong with it.
	if certs, err := parseBundle(cert); err == nil {
		p.leaf = certs[0]
	}
	return p
}

// configError is a kubeconfig that cannot be used, in the words of client-go.
type configError struct {
	path string
	err  error
}

func (e *configError) Error() string {
	var known *kubeconfig.UnusableError
	if errors.As(e.err, &known) {
		return known.Logged
	}
	return fmt.Sprintf("error loading config file %q: %v", e.path, e.err) // tools/clientcmd/loader.go
}

func (e *configError) Unwrap() error { return e.err }

// storageFactory is before what kube-apiserver says of the files by which it dials etcd
// (kubernetes pkg/controlplane/reconcilers/lease.go).
const storageFactory = "error creating storage factory: "

// kubeletServing is before what a kubelet says of the pair that it answers with
// (kubernetes pkg/kubelet/kubelet.go).
const kubeletServing = "failed to create kubelet: failed to initialize file based certificate manager: " +
	"unable to set up dynamic certificate manager for kubelet server cert files: "

// startError is how a program puts what is wrong with a pair that it answers
// with, or with a pair or CAs that it dials with.
func (r rule) startError(side *Side, dials bool, err error) error {
	before := ""
	switch {
	case side.Config.told() && errors.Is(err, fs.ErrNotExist): // a path in a kubeconfig: client-go tools/clientcmd/validation.go
	case side.Program == "kubelet" && dials: // kubernetes cmd/kubelet/app/server.go
		before = "failed to initialize kubelet client: "
	case side.Program == "kubelet": // the same, and pkg/kubelet/kubelet.go
		before = kubeletServing
	case side.Program == "kube-apiserver" && dials && r.dials == byEtcd:
		before = storageFactory
	case side.Program == "kube-scheduler": // apiserver pkg/server/options/authentication.go
		before = "failed to get delegated authentication kubeconfig: "
	}
	if before == "" {
		return err
	}
	return fmt.Errorf("%s%w", before, err)
}

// pool is a file of CAs.
type pool struct {
	pool  *x509.CertPool
	certs []*x509.Certificate
	err   error
}

// poolKind is how a file of CAs is read.
type poolKind int

const (
	etcdPool   poolKind = iota // etcd's tlsutil.NewCertPool
	clientPool                 // client-go's transport
	bundlePool                 // kube-apiserver's and the kubelet's client CAs
)

func loadPool(data []byte, kind poolKind) *pool {
	p := &pool{pool: x509.NewCertPool()}
	switch kind {
	case etcdPool:
		p.certs, p.err = parseEtcdPool(data)
	case clientPool:
		p.certs, p.err = parseClientPool(data)
	case bundlePool:
		p.certs, p.err = parseBundle(data)
	}
	for _, c := range p.certs {
		p.pool.AddCert(c)
	}
	return p
}

// parseEtcdPool takes every PEM block for a certificate, and a file without any
// for an empty pool (etcd client/pkg/v3/tlsutil/tlsutil.go, NewCertPool).
func parseEtcdPool(data []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		cert, err := pkey.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, cert)
	}
	return out, nil
}

// parseClientPool passes over what is no certificate, and wants one at least
// (client-go transport/transport.go, rootCertPool and createErrorParsingCAData).
// A file without a byte is an empty pool since Kubernetes 1.36.
func parseClientPool(data []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	broken := errors.New("no valid certificate authority data seen")
	if len(data) == 0 {
		return nil, nil
	}
	if block, _ := pem.Decode(data); block == nil {
		broken = errors.New("unable to parse bytes as PEM block")
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != certificateBlock || len(block.Headers) != 0 {
			continue
		}
		cert, err := pkey.ParseCertificate(block.Bytes)
		if err != nil {
			broken = fmt.Errorf("failed to parse certificate: %w", err)
			continue // CertPool.AppendCertsFromPEM goes on
		}
		out = append(out, cert)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("unable to load root certificates: %w", broken)
	}
	return out, nil
}

const certificateBlock = "CERTIFICATE"

// parseBundle wants certificates only by their type, and ends at the first that
// is broken (client-go util/cert/pem.go, ParseCertsPEM).
func parseBundle(data []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != certificateBlock || len(block.Headers) != 0 {
			continue
		}
		cert, err := pkey.ParseCertificate(block.Bytes)
		if err != nil {
			return out, err
		}
		out = append(out, cert)
	}
	if len(out) == 0 {
		return nil, errors.New("data does not contain any valid RSA or ECDSA certificates")
	}
	return out, nil
}

// What servers of Kubernetes call their files of client CAs (apiserver
// pkg/server/options/authentication.go).
const clientBundle, headerBundle = "client-ca-bundle", "request-header"

// bundleError is how kube-apiserver and the kubelet put what is wrong with a
// file of client CAs (apiserver pkg/server/dynamiccertificates/dynamic_cafile_content.go).
func bundleError(purpose string, side *Side, f File, p *pool) error {
	name := purpose + "::" + f.onHost(side.Machine)
	switch {
	case len(f.Data) == 0:
		return fmt.Errorf("missing content for CA bundle %q", name)
	case p.err != nil:
		return fmt.Errorf("error loading CA bundle for %q: %w", name, p.err)
	}
	return nil
}

// absent is the error of a file that is not there, as os.ReadFile puts it.
func absent(side *Side, f File) error {
	return &fs.PathError{Op: "open", Path: f.onHost(side.Machine), Err: errAbsent}
}

// errAbsent has the text of ENOENT, and is fs.ErrNotExist on every system.
var errAbsent error = absentError{}

type absentError struct{}

func (absentError) Error() string        { return "no such file or directory" }
func (absentError) Is(target error) bool { return target == fs.ErrNotExist }

// onHost is the path of a file on its machine: as it is told, or where it lies in a
// tree of that machine's own; else it is as it stands.
func (f File) onHost(machine string) string {
	if path.IsAbs(f.Told) {
		return f.Told
	}
	if _, rest, found := strings.Cut("/"+f.Path, "/nodes/"+machine+"/"); found && machine != "" {
		return "/" + rest
	}
	return f.Path
}

// keys are the public keys by which tokens are checked, and the one that signs.
type keys struct {
	public []any
	signer any
	err    error
}

// loadPublic reads --service-account-key-file as kube-apiserver does
// (client-go util/keyutil, PublicKeysFromFile).
func loadPublic(side *Side, f File) *keys {
	k := &keys{}
	if k.err = pkey.CheckPEM(f.Data); k.err == nil {
		k.public, k.err = keyutil.ParsePublicKeysPEM(f.Data)
	}
	if k.err != nil {
		k.err = fmt.Errorf("error reading public key file %s: %w", f.onHost(side.Machine), k.err)
	}
	return k
}

// loadSigner reads --service-account-signing-key-file
// (kubernetes pkg/controlplane/apiserver/options/options.go).
func loadSigner(side *Side, f File) *keys {
	k := &keys{}
	if k.err = pkey.CheckPEM(f.Data); k.err == nil {
		k.signer, k.err = keyutil.ParsePrivateKeyPEM(f.Data)
	}
	if k.err != nil {
		k.err = fmt.Errorf("failed to parse service-account-issuer-key-file: error reading private key file %s: %w",
			f.onHost(side.Machine), k.err)
		return k
	}
	if err := canSign(k.signer); err != nil {
		k.err = fmt.Errorf("failed to build token generator: %w", err)
	}
	return k
}
