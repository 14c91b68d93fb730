package rehearse

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/judging/findings"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/scan"
)

// reason is what lies behind a failure: in plain words, in which file, and by
// which check it is found in the files themselves.
type reason struct {
	check, file, cause string
	args               []any             // of the check's texts
	blamed             *x509.Certificate // nil for the one that was shown
	by                 string            // as of a Failure
	trust              bool              // the file of CAs is at fault, and not what was shown
}

// because is a reason that a check finds too; args are those of its texts.
func because(check, file, cause string, args ...any) reason {
	return reason{check: check, file: file, cause: cause, args: args}
}

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
			why = because(findings.FlagMissing, c.To.Told, c.To.Program+" is told of no certificate, and makes one up",
				c.To.Program, "certificate", "It makes one up then, which nobody trusts.", "its file")
			break
		}
		if st.fromPool == nil && c.From.Told != "" {
			why = because(findings.FlagMissing, c.From.Told, c.From.Program+" is told of no CA file to check the other side by",
				c.From.Program, "CA file", "It checks the other side by the CAs of the machine then.", "the CA's file")
			break
		}
		why = shown{leaf: st.toPair.leaf, sent: st.toPair.sent(), by: st.fromPool, other: st.toPool, file: c.To.Cert.Path, caFile: c.From.CA.Path,
			stale: c.From.Config.told() && c.From.CA.Path == c.From.Config.Path, usage: "server auth", dials: c.From.place().String(), otherCA: c.To.CA.Path, now: now}.reason(end.err)
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
		why = nameReason(st.fromPair.leaf, c.Source.String(), c.From.Cert.Path, "a peer")
		if len(why.args) == 2 {
			why.args[1] = "this member dials the others from"
		}
		why.cause += "; etcd compares the address that a peer dials from with the names of its certificate"
	case authentication:
		why = st.denialReason(end.err, now)
	case revocation:
		list := st.listed(who)
		why = because(findings.Revoked, c.From.Cert.Path, "the certificate was revoked: it stands in "+list, list)
	case identity:
		why = st.identityReason(end, who)
	}
	f.Check, f.File, f.Cause, f.Args, f.Blamed, f.By, f.Trust = why.check, why.file, why.cause, why.args, why.blamed, why.by, why.trust
}

// signReason is why a side's own key makes no signature.
func signReason(leaf *x509.Certificate, file string, err error) reason {
	if weak(leaf) {
		return because(findings.WeakKey, file, "the key is too small to sign with", bits(leaf))
	}
	return reason{file: file, cause: "the key is of a kind that TLS does not sign with: " + err.Error()}
}

// shown is a certificate that was shown, and by what it was checked.
type shown struct {
	leaf         *x509.Certificate   // nil for none
	sent         []*x509.Certificate // the CAs that are sent along
	by, other    *pool               // other is what the side that shows it trusts; nil for none
	file, caFile string
	stale        bool // caFile is a kubeconfig, which embeds the CA
	usage        string
	dials        string // who looks for a name
	otherCA      string // the file of other
	now          time.Time
}

func (st *seat) shownByClient(by *pool, caFile string, now time.Time) shown {
	s := shown{by: by, other: st.fromPool, otherCA: st.c.From.CA.Path, file: st.c.From.Cert.Path, caFile: caFile, usage: "client auth", now: now}
	if st.fromPair != nil {
		s.leaf, s.sent = st.fromPair.leaf, st.fromPair.sent()
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
		return because(findings.CertMissing, "", "no certificate is shown, and one is required", "the dialling side")
	case strings.Contains(err.Error(), "RSA key larger than"):
		return because(scan.HugeKey, s.file, "the RSA key is larger than TLS takes (8192 bits)", bits(s.leaf))
	case strings.Contains(err.Error(), "bytes exceeds maximum of"):
		return because(findings.CertLarge, s.file, "the certificate is larger than a handshake takes", "the dialling side")
	case errors.As(err, &name):
		return nameReason(s.leaf, name.Host, s.file, s.dials)
	case errors.As(err, &invalid):
		return s.invalidReason(invalid)
	case errors.As(err, &unknown):
		return s.unknownReason()
	case weak(s.leaf):
		return because(findings.WeakKey, s.file, "the key is too small for a signature that is accepted", bits(s.leaf))
	}
	return reason{file: s.file, cause: "the certificate is refused: " + err.Error()}
}

// invalidReason tells the leaf from the CA: an ended CA ends all below it, and one
// that is limited is at fault for what it signed beyond that.
func (s shown) invalidReason(e x509.CertificateInvalidError) reason {
	file, what, blamed := s.file, "the certificate", (*x509.Certificate)(nil)
	if e.Cert != nil && !e.Cert.Equal(s.leaf) {
		file, what, blamed = s.place(e.Cert), fmt.Sprintf("the CA %q", e.Cert.Subject.CommonName), e.Cert
	}
	ca := s.limiting(e)
	why := reason{}
	switch {
	case e.Reason == x509.Expired && e.Cert != nil && s.now.Before(e.Cert.NotBefore) && e.Cert.NotBefore.After(e.Cert.NotAfter):
		why = because(findings.NeverValid, file, fmt.Sprintf("%s expires on %s, before it begins", what, plan.Minute(e.Cert.NotAfter)), plan.Minute(e.Cert.NotAfter), plan.Minute(e.Cert.NotBefore))
	case e.Reason == x509.Expired && e.Cert != nil && s.now.Before(e.Cert.NotBefore):
		why = because(findings.NotYetValid, file, fmt.Sprintf("%s does not hold before %s", what, plan.Minute(e.Cert.NotBefore)), plan.Minute(e.Cert.NotBefore))
	case e.Reason == x509.Expired && e.Cert != nil:
		why = because(findings.Expired, file, fmt.Sprintf("%s expired on %s", what, plan.Minute(e.Cert.NotAfter)), plan.Minute(e.Cert.NotAfter))
	case e.Reason == x509.IncompatibleUsage && (ca == nil || !s.hasUsage(s.leaf)):
		return because(findings.UsageMissing, s.file, "the certificate is not for this use: it lacks the extended key usage that this side of a connection needs", s.usage)
	case e.Reason == x509.NotAuthorizedToSign:
		why = because(findings.NotACA, s.caFile, what+" is no CA, and stands where one is expected", what)
	default:
		if ca == nil {
			ca = e.Cert
		}
		limit := limitOf(e, ca, s.usage)
		name := ""
		if ca != nil {
			name, file = ca.Subject.CommonName, s.place(ca)
		}
		why = because(findings.CALimited, file, fmt.Sprintf("the CA %q, which signed it, is limited: %s", name, limit), name, limit)
		blamed = ca
	}
	why.blamed = blamed
	return why
}

// limitOf says how a CA is limited.
func limitOf(e x509.CertificateInvalidError, ca *x509.Certificate, usage string) string {
	switch {
	case e.Reason == x509.TooManyIntermediates:
		return "it allows no CA below it (pathlen)"
	case e.Reason == x509.IncompatibleUsage && ca != nil:
		return "its usages do not allow " + usage
	case ca != nil && len(ca.PermittedDNSDomains)+len(ca.PermittedIPRanges) > 0:
		return fmt.Sprintf("it permits names below %s only", strings.Join(ca.PermittedDNSDomains, ", "))
	}
	return "it does not allow these names or usages"
}

// place is the file that has a CA.
func (s shown) place(ca *x509.Certificate) string {
	if s.by != nil && !slices.ContainsFunc(s.by.certs, ca.Equal) {
		return s.file // an intermediate that is sent along
	}
	return s.caFile
}

// limiting is the CA above the leaf that forbids it; nil for none.
func (s shown) limiting(e x509.CertificateInvalidError) *x509.Certificate {
	var all []*x509.Certificate
	all = append(all, s.sent...)
	if s.by != nil {
		all = append(all, s.by.certs...)
	}
	for _, ca := range all {
		switch e.Reason {
		case x509.IncompatibleUsage:
			if !s.hasUsage(ca) {
				return ca
			}
		case x509.TooManyIntermediates:
			if ca.MaxPathLen == 0 && ca.MaxPathLenZero && slices.ContainsFunc(s.sent, func(c *x509.Certificate) bool { return string(c.RawIssuer) == string(ca.RawSubject) && !c.Equal(ca) }) {
				return ca
			}
		case x509.CANotAuthorizedForThisName:
			if len(ca.PermittedDNSDomains)+len(ca.ExcludedDNSDomains)+len(ca.PermittedIPRanges)+len(ca.ExcludedIPRanges) > 0 {
				return ca
			}
		}
	}
	return nil
}

// hasUsage reports whether a certificate allows what is asked of it.
func (s shown) hasUsage(c *x509.Certificate) bool {
	want := x509.ExtKeyUsageServerAuth
	if s.usage == "client auth" {
		want = x509.ExtKeyUsageClientAuth
	}
	return len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 || slices.Contains(c.ExtKeyUsage, want) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// bits is the size of an RSA key.
func bits(c *x509.Certificate) int {
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok {
		return k.N.BitLen()
	}
	return 0
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
		return because(findings.SHA1, s.file, "the certificate is signed with SHA-1, which is no longer accepted")
	case named != nil && named.Version > 1 && !named.IsCA:
		why := because(findings.NotACA, s.caFile, fmt.Sprintf("%q stands where a CA is expected, and is none", issuer), issuer)
		why.blamed = named
		return why
	case named != nil && named.KeyUsage != 0 && named.KeyUsage&x509.KeyUsageCertSign == 0:
		why := because(findings.CACannotSign, s.caFile, fmt.Sprintf("the CA %q may not sign certificates: its key usage lacks certificate signing", issuer))
		why.blamed = named
		return why
	}
	if s.by != nil && len(s.by.certs) > 0 && !slices.ContainsFunc(s.by.certs, func(c *x509.Certificate) bool { return c.Version == 1 || c.IsCA }) {
		why := because(findings.NotACA, s.caFile, fmt.Sprintf("%q stands where a CA is expected, and is none", s.by.certs[0].Subject.CommonName), issuer)
		why.blamed = s.by.certs[0]
		return why
	}
	why := because(findings.UnknownSigner, s.file, fmt.Sprintf("the certificate is signed by %q, which is not among those that are trusted here", issuer), issuer, s.caFile)
	why.by = s.caFile
	if named != nil {
		why.check = findings.TwoCAsOneName
		why.cause = fmt.Sprintf("there are two CAs called %q: the one that signed the certificate has another key than the one that is trusted here", issuer)
	}
	if s.other.signed(s.leaf) {
		why.file, why.trust = s.caFile, true
		why.args = []any{issuer, s.otherCA}
		why.cause += "; the other side's CA file confirms the certificate, so this CA file is the old or wrong one"
		if s.stale {
			why.check, why.args = findings.KubeconfigCAStale, []any{s.otherCA}
		}
	}
	return why
}

// signed reports whether one of the CAs signed a certificate.
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

// nameReason says why a host is not among the names of a certificate.
func nameReason(leaf *x509.Certificate, host, file, dials string) reason {
	addr, err := netip.ParseAddr(host)
	if err == nil {
		for _, n := range leaf.DNSNames {
			if p, err := netip.ParsePrefix(n); err == nil && p.Masked().Contains(addr) {
				return because(findings.SANIsNetwork, file, fmt.Sprintf("the network %q stands among the names and stands for nothing: a certificate names each address, and not %s", n, host), n)
			}
		}
	}
	switch {
	case len(leaf.DNSNames) == 0 && len(leaf.IPAddresses) == 0:
		return because(findings.SANNone, file, fmt.Sprintf("the certificate has no names, and %q is looked for; the CN is not read", host), dials)
	case err == nil && len(leaf.IPAddresses) == 0:
		return because(findings.SANMissing, file, fmt.Sprintf("the certificate names no address, and %s is looked for", host), host, dials+" dials")
	}
	return because(findings.SANMissing, file, fmt.Sprintf("%q is not among the certificate's names", host), host, dials+" dials")
}

// denialReason is why a user is not known.
func (st *seat) denialReason(err error, now time.Time) reason {
	c := st.c
	var all aggregated
	var name *notAllowedError
	var ended *endedError
	switch {
	case errors.Is(err, errNoKeys):
		if c.From.Machine != c.To.Machine {
			return because(findings.SADiffers, c.To.Public.Path, fmt.Sprintf("the key pair of service accounts differs between %s and %s: tokens of the one are not known at the other", c.From.Machine, c.To.Machine), c.From.Key.Path)
		}
		return because(findings.SAMismatch, c.To.Public.Path, "the public key of service accounts is not that of the key that signs their tokens", c.From.Key.Path)
	case st.rule.carries == byPodToken:
		return reason{cause: fmt.Sprintf("tokens are made in the name of the issuer %q, and %q is known here", c.From.Issuer, c.To.Issuer)}
	case errors.As(err, &ended):
		return because(findings.TokenEnded, c.To.Token.Path, fmt.Sprintf("the token expired on %s: a kubelet that has joined does not need it any more", plan.Minute(ended.ends)))
	case st.rule.carries == byStaticToken:
		return reason{file: c.From.Token.Path, cause: "the token is not known to this API server: it is another one"}
	case st.rule.answers == extension && errors.As(err, &all):
		err = all[0] // the front proxy comes by headers, and not as a user
	}
	if errors.As(err, &name) && st.rule.answers == extension {
		return because(findings.IdentityUser, c.From.Cert.Path, fmt.Sprintf("the CN %q is not among --requestheader-allowed-names (%s)", name.cn, strings.Join(c.To.AllowedNames, ",")), name.cn, strings.Join(c.To.AllowedNames, ","))
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
		return because(findings.FlagMissing, st.c.To.Told, st.c.To.Program+" is told of no CA file for clients, so that it knows nobody by a certificate", st.c.To.Program, "--client-ca-file", "It knows nobody by a certificate then.", "the CA's file")
	case st.fromPair == nil && st.c.From.Told != "":
		return because(findings.FlagMissing, st.c.From.Told, st.c.From.Program+" is told of no certificate to show here", st.c.From.Program, "client certificate", "It is nobody to the other side.", "its file")
	case st.fromPair != nil:
		return because(findings.EmptyCN, st.c.From.Cert.Path, "the certificate has no CN, so that it is nobody's: the CN is the user", st.c.Want.User)
	}
	return because(findings.CertMissing, "", "no certificate is shown", "the dialling side")
}

// identityReason is why a user is another one than expected.
func (st *seat) identityReason(end *stop, who Identity) reason {
	c := st.c
	file := c.From.Cert.Path
	var name *notAllowedError
	switch {
	case errors.As(end.err, &name) && st.rule.answers == extension:
		return because(findings.IdentityUser, file, fmt.Sprintf("the CN %q is not among --requestheader-allowed-names, so that its headers are not believed", name.cn), name.cn, strings.Join(c.To.AllowedNames, ","))
	case who.User == anonymous:
		return st.nobodyReason()
	case strings.HasPrefix(c.Want.User, nodePrefix) && who.User != c.Want.User:
		return because(findings.NodeName, file, fmt.Sprintf("the certificate is of %q, and on this node it must be of %q", who.User, c.Want.User), trimNode(who.User), trimNode(c.Want.User))
	case who.User != c.Want.User:
		return because(findings.IdentityUser, file, fmt.Sprintf("the CN makes it the user %q, and %q is expected", who.User, c.Want.User), who.User, c.Want.User)
	}
	return because(findings.IdentityGroup, file, fmt.Sprintf("the groups (O) are %q, and %q are expected", who.Groups, c.Want.Groups), strings.Join(who.Groups, ", "), strings.Join(c.Want.Groups, ", "))
}
