package rehearse

import (
	"crypto/tls"
	"crypto/x509"

	"certwright/pkigen/cluster/connections"
)

// rule is how the two sides of a connection load their files and check each other.
type rule struct {
	dials   dialler
	answers answerer
	carries carrier
}

// dialler is the library by which a client loads its files.
type dialler int

const (
	// byEtcd is go.etcd.io/etcd/client/pkg/v3/transport, TLSInfo.ClientConfig: etcd,
	// etcdctl, and kube-apiserver towards etcd.
	byEtcd dialler = iota
	// byEtcdSelf is etcd's gateway, which trusts the server it is part of
	// (server/v3/embed/etcd.go, InsecureSkipVerify).
	byEtcdSelf
	// byKube is k8s.io/client-go/transport, TLSConfigFor: everything with a
	// kubeconfig, and kube-apiserver towards kubelets and extension servers.
	byKube
)

// answerer is what a server asks of its clients.
type answerer int

const (
	// etcdClients is etcd's client port: it requires a certificate as soon as
	// --trusted-ca-file is given (transport/listener.go, TLSInfo.ServerConfig).
	etcdClients answerer = iota
	// etcdPeers is the same with a look at the address that the peer comes from
	// (transport/listener_tls.go, checkSAN).
	etcdPeers
	// apiServer asks for a certificate and ends the handshake whatever comes; the
	// authenticators of a request then judge it
	// (kubernetes/pkg/kubeapiserver/authenticator/config.go).
	apiServer
	// kubeletServer does the same with clientCAFile, and knows no anonymous user
	// (kubernetes/cmd/kubelet/app/auth.go).
	kubeletServer
	// extension is a server behind kube-apiserver
	// (apiserver/pkg/server/options/authentication.go).
	extension
)

// carrier is by what a client says who it is.
type carrier int

const (
	byCertificate carrier = iota
	byPodToken            // a service account token, signed in the case
	byStaticToken         // a bootstrap token
)

// ruleOf is that of a connection of the catalogue.
func ruleOf(a *connections.Connection) rule {
	r := rule{dials: byKube}
	switch {
	case a.Itself:
		r.dials = byEtcdSelf
	case a.To == "etcd":
		r.dials = byEtcd
	}
	switch a.To {
	case "etcd":
		r.answers = etcdClients
		if a.Peers {
			r.answers = etcdPeers
		}
	case "kube-apiserver":
		r.answers = apiServer
	case "kubelet":
		r.answers = kubeletServer
	default:
		r.answers = extension
	}
	switch a.From {
	case "pods":
		r.carries = byPodToken
	case "new kubelet":
		r.carries = byStaticToken
	}
	return r
}

// unverified reports whether the dialling side does not check the other: the gateway,
// kube-apiserver without --kubelet-certificate-authority, an extension server,
// whose CA stands in an object of the cluster, and whoever tries what must be
// refused, since an attacker checks nobody.
func (r rule) unverified(c *Case) bool {
	switch {
	case c.Unasked, c.Refusal != nil, r.dials == byEtcdSelf, r.answers == extension:
		return true
	}
	return r.answers == kubeletServer && !c.From.CA.told()
}

// name is what the dialling side looks for in the certificate of the other.
func (c *Case) name() string {
	if c.Name != "" {
		return c.Name
	}
	return c.Dial
}

// loadsLate reports whether the dialling side runs whatever is wrong with its files,
// and finds it when it dials: kube-apiserver towards kubelets
// (kubernetes pkg/kubelet/client/kubelet_client.go).
func (r rule) loadsLate() bool { return r.answers == kubeletServer }

// shows reports whether the dialling side is told of a certificate.
func (r rule) shows(c *Case) bool {
	return r.carries == byCertificate && (c.From.Cert.told() || c.From.Key.told())
}

// exchange is the key exchange of all handshakes: no certificate depends on it,
// and this one is the quickest.
var exchange = []tls.CurveID{tls.CurveP256}

// dialConfig is the client's side of a handshake. Tickets are of no use in one
// handshake, and the session cache stays nil.
func (st *seat) dialConfig(s *stage) *tls.Config {
	cfg := &tls.Config{
		MinVersion: tls.VersionTLS12, Time: s.clock, ServerName: st.c.name(),
		InsecureSkipVerify: st.rule.unverified(st.c), // as the program does
		RootCAs:            x509.NewCertPool(), CurvePreferences: exchange,
	}
	if st.fromPool != nil {
		cfg.RootCAs = st.fromPool.pool
	}
	if st.fromPair != nil {
		// Both libraries set this and not Certificates: the certificate is sent
		// whatever CAs the server names.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &st.fromPair.cert, nil }
	}
	return cfg
}

// answerConfig is the server's side.
func (st *seat) answerConfig(s *stage) *tls.Config {
	cfg := &tls.Config{
		MinVersion: tls.VersionTLS12, Time: s.clock, SessionTicketsDisabled: true,
		Certificates: []tls.Certificate{st.toPair.cert}, ClientAuth: tls.RequestClientCert,
	}
	switch st.rule.answers {
	case etcdClients, etcdPeers:
		cfg.ClientAuth = tls.NoClientCert
		if st.toPool != nil {
			cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, st.toPool.pool
		} else if st.c.To.Asks { // and checks by the CAs of the machine, which signed none of these
			cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		}
	default:
		if st.toPool != nil {
			cfg.ClientCAs = st.toPool.pool // named to the client, and not checked by in the handshake
		}
	}
	return cfg
}
