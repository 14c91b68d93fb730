package adopt

import (
	"crypto/x509"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
)

// keys finds the kind of private key that most certificates have; a line says
// where one has another.
func (l *look) keys() {
	count := map[string]int{}
	most := ""
	for _, it := range l.items {
		alg := it.algorithm()
		if !slices.Contains(spec.KeyAlgorithms, spec.KeyAlgorithm(alg)) {
			continue
		}
		if count[alg]++; count[alg] > count[most] {
			most = alg
		}
	}
	text := l.answer("encryptionAlgorithm", most, "the private keys of most certificates")
	for _, it := range l.items {
		if alg := it.algorithm(); alg != text && count[alg] > 0 {
			it.line.Algorithm = spec.KeyAlgorithm(alg)
		}
	}
}

// algorithm is the kind of private key, in the words of the answers where they
// have one.
func (it *item) algorithm() string {
	if it.cert == nil {
		return pkey.Algorithm(it.seats[0].Private())
	}
	return pkey.Algorithm(it.cert.PublicKey)
}

// lives finds what most certificates of a kind may do and how long they live; a
// line says where one differs. That of a CA is the answer for all CAs.
func (l *look) lives() {
	ca := l.authorityLife()
	for _, p := range catalog.Adopted().Profiles {
		l.profile(p, ca)
	}
}

func (l *look) authorityLife() time.Duration {
	var first time.Duration
	for _, it := range l.items {
		if it.cert == nil || it.signer != nil {
			continue
		}
		life := max(written(it.cert), time.Hour)
		if first == 0 {
			first = life
			l.answer("ca.expiry", spec.DurationText(life), "the dates of "+it.seats[0].Cert.Path)
		} else if life != first {
			it.line.Expiry = life
		}
	}
	return first
}

// profile finds usages and life of one kind.
func (l *look) profile(p catalog.ProfileDefault, ca time.Duration) {
	var of []*item
	lives, usages := map[time.Duration]int{}, map[string]int{}
	var life time.Duration
	words := ""
	began := false
	for _, it := range l.items {
		if it.cert == nil || it.signer == nil || profileOf(it.cert) != p.Name {
			continue
		}
		of = append(of, it)
		it.line.Profile = p.Name
		long, withCA := l.life(it)
		began = began || withCA
		if lives[long]++; lives[long] > lives[life] {
			life = long
		}
		text := strings.Join(usagesOf(it.cert), ", ")
		if text == "" {
			continue // a profile has some
		}
		if usages[text]++; usages[text] > usages[words] {
			words = text
		}
	}
	expiryKey, usagesKey := "profiles."+p.Name+".expiry", "profiles."+p.Name+".usages"
	if len(of) == 0 {
		if usual, _ := spec.ParseDuration(expiryKey, p.Expiry); ca < usual {
			l.answer(expiryKey, spec.DurationText(ca), "no certificate of this kind is here; no longer than the CA lives")
		}
		return
	}
	from := fmt.Sprintf("the dates of %d of %d certificates of this kind", lives[life], len(of))
	if began {
		from = "kubeadm's default: these certificates begin with their CA, so their dates do not tell it"
	}
	whole := min(life, ca)
	l.answer(expiryKey, spec.DurationText(whole), from)
	l.answer(usagesKey, words, fmt.Sprintf("the usages of %d of %d certificates of this kind", usages[words], len(of)))
	for _, it := range of {
		if long, _ := l.life(it); long != life {
			it.line.Expiry = long
		}
		if text := usagesOf(it.cert); len(text) == 0 || strings.Join(text, ", ") != words {
			it.line.Usages = text
		}
	}
}

// kubeadmLife is how long kubeadm lets leaves live, unless it is told otherwise
// (kubeadm/v1beta4, certificateValidityPeriod).
const kubeadmLife = 8760 * time.Hour

// slack is what tools date a certificate back by, for slow clocks.
const slack = 10 * time.Minute

// written is how long a certificate lives by its dates: one without an end (RFC
// 5280, 4.1.2.5: 9999-12-31) as long as an answer can say.
func written(cert *x509.Certificate) time.Duration {
	life := cert.NotAfter.Sub(cert.NotBefore)
	if life == math.MaxInt64 {
		return life.Truncate(time.Hour)
	}
	return life
}

// life is how long a certificate was to live from the day it was made. kubeadm
// lets it begin with its CA, years before: withCA reports whether that is so, and the dates say nothing.
func (l *look) life(it *item) (life time.Duration, withCA bool) {
	life = written(it.cert)
	if l.site.Kubeadm() {
		if early := life % time.Hour; early <= slack {
			life -= early
		}
		if it.cert.NotBefore.Equal(it.signer.cert.NotBefore) && life > kubeadmLife+24*time.Hour && life%kubeadmLife != 0 {
			return kubeadmLife, true
		}
	}
	return max(life, time.Hour), false
}
