package issue

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cloudflare/cfssl/config"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// check refuses what cfssl would sign without a word. The answers were judged
// long before; this is the last gate before a private key signs.
func check(cluster *spec.Cluster, it *item) error {
	c := it.cert
	if c.Entry == nil {
		return errors.New("has no role")
	}
	if c.IsCertificate() && c.Subject.CN == "" {
		return errors.New("its subject has no common name (CN)")
	}
	if it.makeKey && c.Entry.Kind != catalog.Token {
		if _, err := keyRequest(c.Certificate.Key); err != nil {
			return err
		}
	}
	if !it.makeCert {
		return nil
	}
	if err := checkDates(c.NotBefore, c.NotAfter); err != nil {
		return err
	}
	if c.IsCA() {
		if it.signer != it {
			return fmt.Errorf("is a CA signed by %q: only self-signed CAs are made", c.Signer)
		}
		return nil
	}
	if it.signer == it || !it.signer.cert.IsCA() {
		return fmt.Errorf("its signer %q is not a CA", c.Signer)
	}
	if _, ok := cluster.Profile(c.Profile); !ok {
		// cfssl would sign with its default profile instead.
		return fmt.Errorf("signing profile %q is unknown", c.Profile)
	}
	if !unlimited(c) {
		if err := checkUsages(c.Profile, c.Usages); err != nil {
			return err
		}
	}
	return checkHosts(c)
}

// unlimited reports whether a certificate of an adopted directory says nothing of what it
// may do, as OpenSSL makes them without extensions: so does the next one.
func unlimited(c *plan.Certificate) bool { return c.AsFound && len(c.Usages) == 0 }

// checkDates refuses lifetimes that X.509 cannot say or nobody can use.
func checkDates(from, to time.Time) error {
	switch {
	case from.IsZero() || to.IsZero():
		// cfssl would put in its own clock and its own year.
		return errors.New("the plan gives it no dates")
	case !to.After(from):
		return fmt.Errorf("would expire (%s) before it begins (%s)", plan.Minute(to), plan.Minute(from))
	case to.UTC().Year() > 9999:
		return fmt.Errorf("would expire in the year %d: certificates count to 9999", to.UTC().Year())
	}
	return nil
}

// clockSlack is how far a CA may begin after what it signs: certificates are
// back-dated by five minutes and a rounded one, a CA from elsewhere need not be.
const clockSlack = 6 * time.Minute

// checkWithin refuses a leaf that does not lie within the lifetime of its CA.
func checkWithin(c *plan.Certificate, ca string, from, to time.Time) error {
	switch {
	case !c.NotBefore.Before(to):
		return fmt.Errorf("its CA %q expired on %s", ca, plan.Minute(to))
	case from.After(c.NotBefore.Add(clockSlack)):
		return fmt.Errorf("its CA %q is not valid before %s", ca, plan.Minute(from))
	case c.NotAfter.Truncate(time.Second).After(to):
		return fmt.Errorf("would expire on %s, after its CA %q, which expires on %s", plan.Minute(c.NotAfter), ca, plan.Minute(to))
	}
	return nil
}

// checkUsages refuses words that cfssl does not know: one right word hides any
// number of wrong ones from it. It also refuses a leaf that may sign
// certificates (RFC 5280 section 4.2.1.3: keyCertSign only with the CA flag).
func checkUsages(profile string, usages []string) error {
	ku, eku, unknown := (&config.SigningProfile{Usage: usages}).Usages()
	switch {
	case len(unknown) > 0:
		return fmt.Errorf("signing profile %q has the unknown usage %q", profile, unknown[0])
	case ku == 0 && len(eku) == 0:
		return fmt.Errorf("signing profile %q has no usages", profile)
	case ku&x509.KeyUsageCertSign != 0:
		return fmt.Errorf("signing profile %q has the usage %q, which only a CA may have", profile, "cert sign")
	}
	return nil
}

// checkHosts refuses names that cfssl would turn into something else: a network
// or a port becomes a DNS name or a URI that matches nothing, an empty one an
// empty DNS name.
func checkHosts(c *plan.Certificate) error {
	for i, h := range c.Hosts {
		if err := checkHost(h); err != nil {
			return fmt.Errorf("name %d, %q: %w", i+1, h.String(), err)
		}
	}
	if len(c.Hosts) == 0 && slices.Contains(c.Entry.Purposes, catalog.Server) && !c.AsFound {
		return errors.New("is used by a server but names no address and no DNS name")
	}
	return nil
}

func checkHost(h spec.Host) error {
	switch {
	case h.IsZero():
		return errors.New("is empty: neither an address nor a DNS name")
	case h.Addr.IsValid() && h.Name != "":
		return errors.New("is both an address and a DNS name")
	case h.Addr.IsValid() && h.Addr.Zone() != "":
		return errors.New("an address in a certificate has no zone")
	case h.Addr.IsValid():
		return nil
	}
	if !spec.IsHost(h.Name) {
		return errors.New("is neither an address nor a DNS name")
	}
	return nil
}
