package rehearse

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"time"

	"certwright/pkigen/cluster/pkey"
)

type tlsState = tls.ConnectionState

// step is where a connection failed.
type step int

const (
	loading        step = iota // a side does not start with these files
	serverCheck                // the dialling side refuses the certificate of the answering one
	serverSign                 // the answering side's key makes no signature
	clientSign                 // the dialling side's key makes none
	clientCheck                // the answering side ends the handshake
	peerCheck                  // or ends the connection after it, by the address of the peer
	authentication             // it answers with 401
	identity                   // it knows the user, who is another one than expected: 403
	revocation                 // its certificate is on a list of revoked ones
)

// part is which file of a side it is about.
type part int

const (
	noPart part = iota
	certPart
	keyPart
	caPart
	headerPart
	publicPart
	configPart
	tokenPart
)

// stop is why a connection failed, as the two sides have it.
type stop struct {
	step  step
	from  bool // of loading: it is the dialling side
	part  part // of loading
	err   error
	other error // at the other side; nil where it sees nothing
	late  bool  // the dialling side had expired its handshake well
}

// missing reports whether a file is not there, so that nothing could be tried.
func (s *stop) missing() bool { return s.step == loading && errors.Is(s.err, fs.ErrNotExist) }

// cannotRead finds a file that is not there, on the answering side first:
// nothing can be dialled that does not run.
func cannotRead(c *Case, r rule) *stop {
	type need struct {
		part part
		file File
	}
	for _, side := range []*Side{c.To, c.From} {
		if side.Halt != nil {
			return &stop{from: side == c.From, err: side.Halt}
		}
	}
	to := []need{{certPart, c.To.Cert}, {keyPart, c.To.Key}, {caPart, c.To.CA}, {headerPart, c.To.HeaderCA}}
	if r.carries == byPodToken {
		to = append(to, need{publicPart, c.To.Public})
	}
	if r.carries == byStaticToken {
		to = append(to, need{tokenPart, c.To.Token})
	}
	for _, n := range to {
		if n.file.missing() {
			return &stop{part: n.part, err: r.startError(c.To, false, absent(c.To, n.file))}
		}
	}
	if c.From.Config.missing() {
		return &stop{from: true, part: configPart, err: absent(c.From, c.From.Config)}
	}
	if c.From.ConfigErr != nil {
		return &stop{from: true, part: configPart, err: &configError{c.From.Config.Path, c.From.ConfigErr}}
	}
	from := []need{{certPart, c.From.Cert}, {keyPart, c.From.Key}}
	if !r.unverified(c) {
		from = append(from, need{caPart, c.From.CA})
	}
	for _, n := range from {
		if n.file.missing() {
			return &stop{from: true, part: n.part, err: r.startError(c.From, true, absent(c.From, n.file))}
		}
	}
	return nil
}

// cannotLoad finds a file that is there and no use.
func (st *seat) cannotLoad() *stop {
	c := st.c
	if st.toPair.err != nil {
		return &stop{part: certPart, err: st.rule.startError(c.To, false, st.toPair.err)}
	}
	if st.rule.answers == etcdClients || st.rule.answers == etcdPeers {
		if st.toPool != nil && st.toPool.err != nil {
			return &stop{part: caPart, err: st.toPool.err}
		}
	} else if s := st.cannotLoadBundles(); s != nil {
		return s
	}
	if st.public != nil && st.public.err != nil {
		return &stop{part: publicPart, err: st.public.err}
	}
	switch {
	case st.fromPair != nil && st.fromPair.err != nil:
		return &stop{from: true, part: certPart, err: st.rule.startError(c.From, true, st.fromPair.err)}
	case st.fromPool != nil && st.fromPool.err != nil:
		return &stop{from: true, part: caPart, err: st.rule.startError(c.From, true, st.fromPool.err)}
	case st.signer != nil && st.signer.err != nil:
		return &stop{from: true, part: keyPart, err: st.signer.err}
	case c.From.Key.told() && !c.From.Cert.told() && st.rule.carries == byCertificate:
		return &stop{from: true, part: certPart, err: errors.New("a key without a certificate")}
	}
	return nil
}

// cannotLoadBundles looks at the client CAs of a Kubernetes server. One that
// believes headers of everybody does not start
// (kubernetes pkg/kubeapiserver/options/authentication.go).
func (st *seat) cannotLoadBundles() *stop {
	to := st.c.To
	if st.toPool != nil {
		if err := bundleError(clientBundle, to, to.CA, st.toPool); err != nil {
			return &stop{part: caPart, err: err}
		}
	}
	if st.headerPool == nil {
		return nil
	}
	if err := bundleError(headerBundle, to, to.HeaderCA, st.headerPool); err != nil {
		return &stop{part: headerPart, err: err}
	}
	if st.rule.answers != apiServer || len(to.AllowedNames) > 0 || st.toPool == nil {
		return nil
	}
	if slices.ContainsFunc(st.headerPool.certs, func(c *x509.Certificate) bool { return slices.ContainsFunc(st.toPool.certs, c.Equal) }) {
		return &stop{part: headerPart, err: errOverlap}
	}
	return nil
}

// Overlap is what kube-apiserver says where it does not start since it would believe
// the headers of everybody.
const Overlap = "--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users"

var errOverlap = errors.New(Overlap)

// judge is what the answering side does after the handshake: the peer's
// address, or the authenticators. Its error closes the connection.
func (st *seat) judge(s *stage, state *tlsState, out *verdict) error {
	c := st.c
	stopped := func(at step, err error) error {
		out.stop = &stop{step: at, err: err}
		return err
	}
	switch st.rule.answers {
	case etcdClients:
		return nil
	case etcdPeers:
		if len(state.PeerCertificates) == 0 {
			return nil
		}
		if err := checkSAN(state.PeerCertificates[0], c.Source, c.SourceNames); err != nil {
			return stopped(peerCheck, err)
		}
		return nil
	}
	var err error
	switch st.rule.carries {
	case byPodToken:
		out.who, err = podIdentity(st.signer.signer, c.From.Issuer, st.public.public, c.To.Issuer)
	case byStaticToken:
		out.who, err = bootstrapUser(c.From.Token.Data, c.To.Token.Data, s.now)
	default:
		r := request{peers: state.PeerCertificates, poses: st.poses(), client: st.toPool, header: st.headerPool,
			allowed: c.To.AllowedNames, now: s.now}
		out.who, out.head, err = r.authenticate(st.rule.answers != kubeletServer)
	}
	if err != nil && st.rule.carries != byCertificate {
		// kube-apiserver asks for its own token of the loopback first
		// (apiserver/pkg/server/config.go, AuthorizeClientBearerToken).
		err = aggregate([]error{errInvalidToken, err})
	}
	if err != nil {
		return stopped(authentication, err)
	}
	return nil
}

// newStandIn makes the certificate of a server that has none from here: an
// extension server, or a kubelet that makes one up itself, by its name and
// without addresses (kubernetes cmd/kubelet/app/server.go, InitializeTLS).
func newStandIn(now time.Time) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("a key for the rehearsal: %w", err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{"self-made"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("a certificate for the rehearsal: %w", err)
	}
	leaf, err := pkey.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("a certificate for the rehearsal: %w", err)
	}
	return &pair{cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, leaf: leaf}, nil
}
