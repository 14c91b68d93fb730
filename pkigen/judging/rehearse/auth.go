package rehearse

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// anonymous is the user of whoever shows nothing that says who it is.
const anonymous = "system:anonymous"

// request is what the authenticators of a server look at.
type request struct {
	peers  []*x509.Certificate // as shown in the handshake
	poses  string              // X-Remote-User; "" for no header
	client *pool               // nil where the server has no such file
	header *pool
	// allowed are the common names that may set headers; none means all.
	allowed []string
	now     time.Time
}

// errDenied is a request that no authenticator knows, where there is no
// anonymous user.
var errDenied = errors.New("Unauthorized")

// authenticate asks the authenticators in their order (kube-apiserver:
// kubernetes pkg/kubeapiserver/authenticator/config.go; extension servers:
// apiserver pkg/authentication/authenticatorfactory/delegating.go). The first
// that knows the user ends it, and errors of those before are forgotten. header
// is why headers were not believed; nil where there was no such error.
func (r *request) authenticate(anonymousToo bool) (who Identity, header, err error) {
	var errs []error
	if len(r.peers) > 0 && r.header != nil {
		if header = r.verifyHeader(); header != nil {
			errs = append(errs, header)
		} else if r.poses != "" {
			return Identity{User: r.poses}, nil, nil
		}
	}
	if len(r.peers) > 0 && r.client != nil {
		who, err := r.verifyClient()
		switch {
		case err != nil:
			errs = append(errs, err)
		case who.User != "":
			return who, header, nil
		}
	}
	switch {
	case len(errs) > 0:
		return Identity{}, header, aggregate(errs)
	case anonymousToo:
		return Identity{User: anonymous, Groups: []string{"system:unauthenticated"}}, nil, nil
	}
	return Identity{}, nil, errDenied
}

// verifyHeader is the front proxy's check, which comes first and looks at every
// certificate (apiserver pkg/authentication/request/x509/x509.go, Verifier).
func (r *request) verifyHeader() error {
	if _, err := r.verify(r.header); err != nil {
		return err
	}
	cn := r.peers[0].Subject.CommonName
	if len(r.allowed) > 0 && !slices.Contains(r.allowed, cn) {
		return &notAllowedError{cn}
	}
	return nil
}

// notAllowedError has the text of verifySubject in the same file.
type notAllowedError struct{ cn string }

func (e *notAllowedError) Error() string {
	return fmt.Sprintf("x509: subject with cn=%s is not in the allowed list", e.cn)
}

// verifyClient reads user and groups from a certificate, as the Authenticator and
// CommonNameUserConversion of the same file do. Without a common name there is
// neither a user nor an error.
func (r *request) verifyClient() (Identity, error) {
	chains, err := r.verify(r.client)
	if err != nil {
		return Identity{}, fmt.Errorf("verifying certificate %s failed: %w", certificateID(r.peers[0]), err)
	}
	leaf := chains[0][0]
	return Identity{User: leaf.Subject.CommonName, Groups: leaf.Subject.Organization}, nil
}

// verify builds chains for client auth; what is shown beyond the first
// certificate are intermediates.
func (r *request) verify(by *pool) ([][]*x509.Certificate, error) {
	opts := x509.VerifyOptions{Roots: by.pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, CurrentTime: r.now}
	if len(r.peers) > 1 {
		opts.Intermediates = x509.NewCertPool()
		for _, c := range r.peers[1:] {
			opts.Intermediates.AddCert(c)
		}
	}
	return r.peers[0].Verify(opts)
}

// certificateID names a certificate as the log of kube-apiserver does.
func certificateID(c *x509.Certificate) string {
	return fmt.Sprintf("SN=%d, SKID=%s, AKID=%s", c.SerialNumber, colons(c.SubjectKeyId), colons(c.AuthorityKeyId))
}

func colons(id []byte) string {
	var parts []string
	for _, b := range id {
		parts = append(parts, strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return strings.Join(parts, ":")
}

// aggregated are the errors of several authenticators, with the text of
// apimachinery's Aggregate: each once, in brackets where there are several.
type aggregated []error

func aggregate(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return aggregated(errs)
}

func (a aggregated) Error() string {
	var texts []string
	for _, e := range a {
		if t := e.Error(); !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// Unwrap has the last first: that of the client's certificate says more than
// that of the front proxy, which every ordinary client fails.
func (a aggregated) Unwrap() []error {
	out := slices.Clone([]error(a))
	slices.Reverse(out)
	return out
}
