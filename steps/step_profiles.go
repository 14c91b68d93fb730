package steps

import (
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

func profilesStep() Step {
	s := Step{
		Key:   "profiles",
		Title: "Profiles",
		Intro: "How long certificates live, and what they may be used for",
		When:  Making,
		// These clients are the same in every cluster but for usages and life.
		Shows: append([]string{ShowsConfig}, shows(ofPrograms)...),
	}
	seen := map[string]bool{}
	for _, l := range catalog.Layouts {
		for _, p := range l.Profiles {
			if !seen[p.Name] {
				seen[p.Name] = true
				s.Questions = append(s.Questions, profileFields(p.Name)...)
			}
		}
	}
	s.Questions = append(s.Questions, Field{
		Key: spreadKey, Label: "expiry spread over", Example: "off, or a time such as 30d", When: perNode,
		Default: fixed(spec.SpreadOff),
		Means: func(c *spec.Cluster, _ time.Time) string {
			if c.Spread == 0 {
				return ""
			}
			return "each node's expire up to " + spec.DurationText(c.Spread) + " earlier, all of its own at once"
		},
	}, Field{
		Key: revocationKey, Label: "revocation", Kind: Choice, When: revocable,
		Default: fixed(revocationOff), Options: revocationOptions,
	})
	return s
}

// The keys of how far apart nodes end, and of what ends a certificate earlier.
const (
	spreadKey     = "expirySpread"
	revocationKey = "revocation"
)

// The two answers of the question on revocation.
const (
	revocationOff   = "off"
	revocationReady = "ready"
)

// revocable reports whether the layout has a place for lists of what is revoked. The
// article's files lie flat, and no program is told of more than they are.
func revocable(a *Answers) bool { return perNode(a) || isAdopted(a) }

func revocationOptions(*Answers) []Option {
	return []Option{
		{
			revocationOff, "off: a certificate is good until it expires",
			"As kubeadm has it, and right below Kubernetes 1.32. A stolen key works until its certificate expires, or until there is a new CA.",
		},
		{
			revocationReady, "ready: an empty list of revoked certificates",
			"certwright revoke then shuts one certificate out within seconds, without a restart. Recommended for Kubernetes 1.32 and later; " +
				"older versions do not start with it. It reaches neither system:masters nor serving certificates.",
		},
	}
}

// profileFields are the two questions on one profile. Two layouts may have
// profiles of one name: the defaults are those of the chosen layout.
func profileFields(name string) []Field {
	when := func(a *Answers) bool {
		_, ok := profileDefault(layoutOf(a), name)
		return ok
	}
	return []Field{
		{
			Key: expiryKey(name), Label: name + " lifetime",
			Example: "8760h, 365d or 1y", When: when,
			Default: func(a *Answers) string {
				p, _ := profileDefault(layoutOf(a), name)
				return withinCA(a, p.Expiry)
			},
			Means: func(c *spec.Cluster, now time.Time) string {
				p, _ := c.Profile(name)
				return ends(p.Expiry, now)
			},
		},
		{
			Key: usagesKey(name), Label: name + " usages", Form: commaList,
			Example: "signing, key encipherment, server auth, client auth", When: when,
			Default: func(a *Answers) string {
				p, _ := profileDefault(layoutOf(a), name)
				return strings.Join(p.Usages, ", ")
			},
			Means: func(c *spec.Cluster, _ time.Time) string {
				p, _ := c.Profile(name)
				return handshakes(p.Usages) + enciphers(c, p.Usages)
			},
		},
	}
}

// withinCA is a lifetime, or that of the CA where it is shorter: no certificate outlives
// its CA, and a default is never what has to change.
func withinCA(a *Answers, life string) string {
	ca, bad := spec.ParseDuration(caExpiryKey, a.Get(caExpiryKey))
	own, _ := spec.ParseDuration("", life)
	if problem.HasErrors(bad) || ca >= own {
		return life
	}
	return spec.DurationText(ca)
}

// expiryKey is the key of a profile's lifetime.
func expiryKey(profile string) string { return (&spec.Profile{Name: profile}).ExpiryKey() }

// usagesKey is the key of a profile's usages.
func usagesKey(profile string) string { return "profiles." + profile + ".usages" }

func profileDefault(l *catalog.Layout, name string) (catalog.ProfileDefault, bool) {
	i := slices.IndexFunc(l.Profiles, func(p catalog.ProfileDefault) bool { return p.Name == name })
	if i < 0 {
		return catalog.ProfileDefault{}, false
	}
	return l.Profiles[i], true
}

// enciphers says what becomes of usages that an ECDSA key cannot do (RFC 8813).
func enciphers(c *spec.Cluster, usages []string) string {
	l, ok := catalog.LayoutOf(c)
	if !ok || !c.Key.ECDSA() {
		return ""
	}
	switch _, unable := l.Usable(c.Key, usages); {
	case len(unable) > 0:
		return "; without " + strings.Join(unable, ", ") + ", which an ECDSA key cannot do"
	case slices.Contains(usages, "key encipherment"):
		return "; with key encipherment, though an ECDSA key cannot do it"
	}
	return ""
}

// handshakes says in which part of a handshake the usages let a certificate
// stand: the words "server auth" and "client auth" are read the wrong way
// round in half of all guides.
func handshakes(usages []string) string {
	server, client := slices.Contains(usages, "server auth"), slices.Contains(usages, "client auth")
	switch {
	case server && client:
		return "may answer as a server and log in as a client"
	case server:
		return "may answer as a server, not log in as a client"
	case client:
		return "may log in as a client, not answer as a server"
	}
	return ""
}
