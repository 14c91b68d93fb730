package rehearse

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// reason is what lies behind a failure: in plain words, in which file, and by
// which check it is found in the files themselves.
type reason struct{ check, file, cause string }

// explain finds the reason of a failure.
func (st *seat) explain(f *Failure, end *stop, who Identity, now time.Time) {
	var why reason
	c := st.c
	switch end.step {
	case loading:
		side := c.To
		if end.from {
			side = c.From
		}
		why = loadReason(side, end)
	case serverCheck:
		if !c.To.Cert.told() && c.To.Told != "" {
			why = reason{"flag-missing", c.To.Told, c.To.Program + " is told of no certificate, and makes one up"}
			break
		}
		if st.fromPool == nil && c.From.Told != "" {
			why = reason{"flag-missing", c.From.Told, c.From.Program + " is told of no CA file to check the other side by"}
			break
		}
		why = shown{leaf: st.toPair.leaf, by: st.fromPool, other: st.toPool, file: c.To.Cert.Path, caFile: c.From.CA.Path,
			stale: c.From.Config.told() && c.From.CA.Path == c.From.Config.Path, now: now}.reason(end.err)
	case serverSign:
		why = signReason(st.toPair.leaf, c.To.Key.Path, end.err)
	case clientSign:
		why = signReason(st.fromPair.leaf, c.From.Key.Path, end.err)
	case clientCheck:
		if st.fromPair == nil && c.From.Told != "" || st.toPool == nil {
			why = st.nobodyReason()
			break
		}
		why = st.shownByClient(st.toPool, c.To.CA.Path, now).reason(end.err)
	case peerCheck:
		why = nameReason(st.fromPair.leaf, c.Source.String(), c.From.Cert.Path)
		why.cause += "; etcd compares the address that a peer dials from with the names of its certificate"
	case authentication:
		why = st.denialReason(end.err, now)
	case identity:
		why = st.identityReason(end, who)
	}
	f.Check, f.File, f.Cause = why.check, why.file, why.cause
}

// signReason is why a side's own key makes no signature.
func signReason(leaf *x509.Certificate, file string, err error) reason {
	if weak(leaf) {
		return reason{"weak-key", file, "the key is too small to sign with"}
	}
	return reason{file: file, cause: "the key is of a kind that TLS does not sign with: " + err.Error()}
}

// shown is a certificate that was shown, and by what it was checked.
type shown struct {
	leaf         *x509.Certificate // nil for none
	by, other    *pool             // other is what the side that shows it trusts; nil for none
	file, caFile string
	stale        bool // caFile is a kubeconfig, which embeds the CA
	now          time.Time
}

func (st *seat) shownByClient(by *pool, caFile string, now time.Time) shown {
	s := shown{by: by, other: st.fromPool, file: st.c.From.Cert.Path, caFile: caFile, now: now}
	if st.fromPair != nil {
		s.leaf = st.fromPair.leaf
	}
	return s
}

// reason reads Go's error, and looks at the certificates for what it does not say.
func (s shown) reason(err error) reason {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case s.leaf == nil:
		return reason{"cert-missing", "", "no certificate is shown, and one is required"}
	case strings.Contains(err.Error(), "RSA key larger than"):
		return reason{"huge-key", s.file, "the RSA key is larger than TLS takes (8192 bits)"}
	case strings.Contains(err.Error(), "bytes exceeds maximum of"):
		return reason{"cert-large", s.file, "the certificate is larger than a handshake takes"}
	case errors.As(err, &name):
		return nameReason(s.leaf, name.Host, s.file)
	case errors.As(err, &invalid):
		return s.invalidReason(invalid)
	case errors.As(err, &unknown):
		return s.unknownReason()
	case weak(s.leaf):
		return reason{"weak-key", s.file, "the key is too small for a signature that is accepted"}
	}
	return reason{file: s.file, cause: "the certificate is refused: " + err.Error()}
}

// invalidReason tells the leaf from the CA: an ended CA ends all below it.
func (s shown) invalidReason(e x509.CertificateInvalidError) reason {
	file, what := s.file, "the certificate"
	if e.Cert != nil && !e.Cert.Equal(s.leaf) {
		file, what = s.caFile, fmt.Sprintf("the CA %q", e.Cert.Subject.CommonName)
	}
	switch {
	case e.Reason == x509.Expired && e.Cert != nil && s.now.Before(e.Cert.NotBefore):
		return reason{"not-yet-valid", file, fmt.Sprintf("%s does not hold before %s", what, minute(e.Cert.NotBefore))}
	case e.Reason == x509.Expired && e.Cert != nil:
		return reason{"expired", file, fmt.Sprintf("%s ended on %s", what, minute(e.Cert.NotAfter))}
	case e.Reason == x509.IncompatibleUsage:
		return reason{"usage-missing", file, what + " is not for this use: it lacks the extended key usage that this side of a connection needs"}
	case e.Reason == x509.NotAuthorizedToSign:
		return reason{"not-a-ca", s.caFile, what + " is no CA, and stands where one is expected"}
	}
	return reason{"ca-cannot-sign", s.caFile, what + " limits what may be below it, and this certificate is not"}
}

// unknownReason finds why no CA of the file signed the certificate, and which of
// both is the wrong one: a certificate that its own side's CA file confirms is
// right.
func (s shown) unknownReason() reason {
	issuer := s.leaf.Issuer.CommonName
	var named *x509.Certificate
	if s.by != nil {
		if i := slices.IndexFunc(s.by.certs, func(c *x509.Certificate) bool { return c.Subject.String() == s.leaf.Issuer.String() }); i >= 0 {
			named = s.by.certs[i]
		}
	}
	switch {
	case sha1(s.leaf):
		return reason{"sha1", s.file, "the certificate is signed with SHA-1, which is no longer accepted"}
	case named != nil && !named.IsCA:
		return reason{"not-a-ca", s.caFile, fmt.Sprintf("%q stands where a CA is expected, and is none", issuer)}
	case named != nil && named.KeyUsage != 0 && named.KeyUsage&x509.KeyUsageCertSign == 0:
		return reason{"ca-cannot-sign", s.caFile, fmt.Sprintf("the CA %q may not sign certificates: its key usage lacks certificate signing", issuer)}
	}
	why := reason{"unknown-signer", s.file, fmt.Sprintf("the certificate is signed by %q, which is not among those that are trusted here", issuer)}
	if named != nil {
		why.check = "two-cas-one-name"
		why.cause = fmt.Sprintf("there are two CAs called %q: the one that signed the certificate has another key than the one that is trusted here", issuer)
	}
	if s.other.signed(s.leaf) {
		why.file = s.caFile
		why.cause += "; the other side's CA file confirms the certificate, so this CA file is the old or wrong one"
		if s.stale {
			why.check = "kubeconfig-ca-stale"
		}
	}
	return why
}

// signed tells that one of the CAs signed a certificate.
func (p *pool) signed(leaf *x509.Certificate) bool {
	return p != nil && slices.ContainsFunc(p.certs, func(c *x509.Certificate) bool { return leaf.CheckSignatureFrom(c) == nil })
}

func sha1(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1:
		return true
	}
	return false
}

// minute is a moment for people.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// nameReason says why a host is not among the names of a certificate.
func nameReason(leaf *x509.Certificate, host, file string) reason {
	addr, err := netip.ParseAddr(host)
	if err == nil {
		for _, n := range leaf.DNSNames {
			if p, err := netip.ParsePrefix(n); err == nil && p.Masked().Contains(addr) {
				return reason{"san-is-network", file, fmt.Sprintf("the network %q stands among the names and stands for nothing: a certificate names each address, and not %s", n, host)}
			}
		}
	}
	switch {
	case len(leaf.DNSNames) == 0 && len(leaf.IPAddresses) == 0:
		return reason{"san-none", file, fmt.Sprintf("the certificate has no names, and %q is looked for; the CN is not read", host)}
	case err == nil && len(leaf.IPAddresses) == 0:
		return reason{"san-missing", file, fmt.Sprintf("the certificate names no address, and %s is looked for", host)}
	}
	return reason{"san-missing", file, fmt.Sprintf("%q is not among the certificate's names", host)}
}

// denialReason is why a user is not known.
func (st *seat) denialReason(err error, now time.Time) reason {
	c := st.c
	var all aggregated
	var name *notAllowedError
	var ended *endedError
	switch {
	case errors.Is(err, errNoKeys), errors.Is(err, errCrypto):
		if c.From.Machine != c.To.Machine {
			return reason{"sa-differs", c.To.Public.Path, fmt.Sprintf("the key pair of service accounts differs between %s and %s: tokens of the one are not known at the other", c.From.Machine, c.To.Machine)}
		}
		return reason{"sa-mismatch", c.To.Public.Path, "the public key of service accounts is not that of the key that signs their tokens"}
	case st.rule.carries == byPodToken:
		return reason{cause: fmt.Sprintf("tokens are made in the name of the issuer %q, and %q is known here", c.From.Issuer, c.To.Issuer)}
	case errors.As(err, &ended):
		return reason{"token-ended", c.To.Token.Path, fmt.Sprintf("the token ended on %s: a kubelet that has joined does not need it any more", ended.ends.UTC().Format("2006-01-02 15:04 UTC"))}
	case st.rule.carries == byStaticToken:
		return reason{file: c.From.Token.Path, cause: "the token is not known to this API server: it is another one"}
	case st.rule.answers == extension && errors.As(err, &all):
		err = all[0] // the front proxy comes by headers, and not as a user
	}
	if errors.As(err, &name) && st.rule.answers == extension {
		return reason{"identity-user", c.From.Cert.Path, fmt.Sprintf("the CN %q is not among --requestheader-allowed-names (%s)", name.cn, strings.Join(c.To.AllowedNames, ","))}
	}
	if err == errDenied || st.toPool == nil && st.rule.answers != extension {
		return st.nobodyReason()
	}
	if st.rule.answers == extension {
		return st.shownByClient(st.headerPool, c.To.HeaderCA.Path, now).reason(err)
	}
	if st.fromPair != nil && st.fromPair.leaf.Subject.CommonName == "" && !strings.Contains(err.Error(), "verifying certificate") {
		return st.nobodyReason() // the front proxy's error alone: nobody else had one
	}
	return st.shownByClient(st.toPool, c.To.CA.Path, now).reason(err)
}

// nobodyReason is why a client is nobody.
func (st *seat) nobodyReason() reason {
	switch {
	case st.fromPair != nil && st.toPool == nil:
		return reason{"flag-missing", st.c.To.Told, st.c.To.Program + " is told of no CA file for clients, so that it knows nobody by a certificate"}
	case st.fromPair == nil && st.c.From.Told != "":
		return reason{"flag-missing", st.c.From.Told, st.c.From.Program + " is told of no certificate to show here"}
	case st.fromPair != nil:
		return reason{"empty-cn", st.c.From.Cert.Path, "the certificate has no CN, so that it is nobody's: the CN is the user"}
	}
	return reason{"cert-missing", "", "no certificate is shown"}
}

// identityReason is why a user is another one than expected.
func (st *seat) identityReason(end *stop, who Identity) reason {
	c := st.c
	file := c.From.Cert.Path
	var name *notAllowedError
	switch {
	case errors.As(end.err, &name) && st.rule.answers == extension:
		return reason{"identity-user", file, fmt.Sprintf("the CN %q is not among --requestheader-allowed-names, so that its headers are not believed", name.cn)}
	case who.User == anonymous:
		return st.nobodyReason()
	case strings.HasPrefix(c.Want.User, nodePrefix) && who.User != c.Want.User:
		return reason{"node-name", file, fmt.Sprintf("the certificate is of %q, and on this node it must be of %q", who.User, c.Want.User)}
	case who.User != c.Want.User:
		return reason{"identity-user", file, fmt.Sprintf("the CN makes it the user %q, and %q is expected", who.User, c.Want.User)}
	}
	return reason{"identity-group", file, fmt.Sprintf("the groups (O) are %q, and %q are expected", who.Groups, c.Want.Groups)}
}
