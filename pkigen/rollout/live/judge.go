package live

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/rollout/symptom"
)

// judge says what a port has shown.
func (l *looker) judge(t *target) {
	for _, r := range append(append([]*reply{}, t.said...), t.told...) {
		if ahead, ok := r.clock(l.view.Time); ok && !t.out.clocked {
			t.out.ahead, t.out.clocked = ahead, true
		}
	}
	if t.at.Plain && t.saw.err != nil || !t.at.Plain && len(t.saw.chain) == 0 {
		l.unreached(t)
		return
	}
	t.port.Reached = true
	if !t.at.Plain {
		l.served(t)
		if t.port.Served.Which != Foreign { // what others trust is their matter
			t.asks()
		}
		t.shownTo()
	}
	if t.at.Plain || t.port.Served.Which != Foreign {
		t.health()
	}
}

// unreached says why nothing was seen.
func (l *looker) unreached(t *target) {
	err := t.saw.err
	var record tls.RecordHeaderError
	var dial *net.OpError
	switch {
	case t.out.assumed:
		t.finding(symptom.Assumed)
	case errors.Is(err, syscall.ECONNREFUSED):
		t.finding(symptom.Refused)
	case timedOut(err):
		t.finding(symptom.Silent, l.Limit)
	case errors.As(err, &record):
		t.finding(symptom.NotTLS)
	case errors.As(err, &dial) && dial.Op == "dial":
		t.finding(symptom.Unreachable, shorten(dial.Err.Error()))
	case err == nil:
		t.finding(symptom.HungUp, "no certificate")
	default:
		t.finding(symptom.HungUp, shorten(err.Error()))
	}
}

// day is a date in the form of all dates here.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// served says which certificate a port shows.
func (l *looker) served(t *target) {
	leaf := t.saw.chain[0]
	sum := sha256.Sum256(leaf.Raw)
	s := &Served{cert: leaf, Serial: leaf.SerialNumber.String(), Subject: leaf.Subject.String(), Issuer: leaf.Issuer.String(),
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, SHA256: hex.EncodeToString(sum[:]),
		DaysLeft: int(leaf.NotAfter.Sub(l.view.Time).Hours() / 24)}
	t.port.Served = s
	at := t.prog.File(t.at.Serves)
	var file *x509.Certificate
	if at.File != nil {
		s.File = at.Path
		if certs := at.File.Certs(""); len(certs) > 0 {
			file = certs[0]
		}
	}
	l.which(t, s, file)
	l.unproved(t, s)
}

func (l *looker) which(t *target, s *Served, file *x509.Certificate) {
	if file != nil && bytes.Equal(file.Raw, s.cert.Raw) {
		s.Which = OfFile
		return
	}
	was := l.past.of(s.cert, s.File)
	switch {
	case was != nil:
		s.Which, s.Run = Earlier, was.Name()
		t.finding(symptom.EarlierServed, moment(s.NotBefore, was.Time), moment(was.Time, s.NotBefore))
	case t.at.MakesUp && madeAt().MatchString(s.cert.Subject.CommonName):
		s.Which = MadeUp
	case !t.signedByKnown():
		s.Which = Foreign
	case file == nil:
		s.Which = Unknown
	case s.NotBefore.Before(file.NotBefore):
		s.Which = Older
		t.finding(symptom.OlderServed, moment(s.NotBefore, file.NotBefore), moment(file.NotBefore, s.NotBefore))
	default:
		s.Which = Newer
		t.finding(symptom.NewerServed, moment(s.NotBefore, file.NotBefore))
	}
}

// moment is the date of a time, and the time of the day where another one is of that date.
func moment(t, other time.Time) string {
	if day(t) == day(other) {
		return t.UTC().Format("2006-01-02 15:04:05")
	}
	return day(t)
}

// signedByKnown reports whether a CA that the port's clients are told has signed what it
// shows, or what it sends with it.
func (t *target) signedByKnown() bool {
	for _, ca := range t.issuers {
		for _, c := range t.saw.chain {
			if pkey.Signed(c, ca) {
				return true
			}
		}
	}
	return false
}

// unproved says why a server has not proved itself.
func (l *looker) unproved(t *target, s *Served) {
	if t.port.Proved || s.Which == MadeUp || s.Which == Earlier && !t.signedByKnown() {
		return
	}
	var name x509.HostnameError
	switch {
	case l.view.Time.After(s.NotAfter):
		t.finding(symptom.OverDate, day(s.NotAfter))
	case l.view.Time.Before(s.NotBefore):
		t.finding(symptom.NotYet, moment(s.NotBefore, l.view.Time))
	case s.Which == Foreign && len(t.issuers) == 0 && !t.at.MakesUp:
		t.finding(symptom.NoCA, s.cert.Subject.CommonName)
	case s.Which == Foreign && t.is(id.Kubelet) && programs.SelfMade(s.cert):
		if !t.prog.Has(t.at.Serves) && !t.prog.Yes("serverTLSBootstrap") {
			s.Which = MadeUp // as it does where it is told none
			return
		}
		t.finding(symptom.SelfMade)
	case s.Which == Foreign && t.namesake(s.cert):
		t.finding(symptom.TwoCAs, s.cert.Subject.CommonName, s.cert.Issuer.CommonName)
	case s.Which == Foreign:
		t.finding(symptom.ForeignCA, s.cert.Subject.CommonName, s.cert.Issuer.CommonName)
	case errors.As(l.proves(t), &name):
		t.finding(symptom.WrongName, strings.Join(names(s.cert), ", "))
	}
}

// namesake reports whether a CA that clients are told is called as the issuer of a
// certificate, and is another one.
func (t *target) namesake(c *x509.Certificate) bool {
	for _, ca := range t.issuers {
		if bytes.Equal(ca.RawSubject, c.RawIssuer) {
			return true
		}
	}
	return false
}

// names are the first of those for which a certificate is.
func names(c *x509.Certificate) []string {
	out := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	return out[:min(len(out), 5)]
}

// asks holds the client CAs that a port asks for against those in the program's files. The
// list has each trusted certificate by its name, also two of one name.
func (t *target) asks() {
	if !t.saw.asked {
		return
	}
	whole, untold := true, 0
	want, counted := map[string]int{}, map[string]bool{}
	var order []string
	for _, flag := range t.at.Asks {
		at := t.prog.File(flag)
		if at.File == nil {
			whole = false
			untold++
			continue
		}
		for _, c := range at.File.Certs("") {
			if counted[string(c.Raw)] { // one CA in both files stands in the list once
				continue
			}
			counted[string(c.Raw)] = true
			if want[string(c.RawSubject)]++; want[string(c.RawSubject)] == 1 {
				order = append(order, string(c.RawSubject))
			}
		}
	}
	if untold == len(t.at.Asks) {
		return
	}
	have := map[string]int{}
	for _, name := range t.saw.asks {
		if have[string(name)]++; have[string(name)] == 1 && want[string(name)] == 0 {
			order = append(order, string(name))
		}
	}
	t.have = have
	said := len(t.probed) > 0 // by probes, which say it sooner, and of each key
	for _, raw := range order {
		ca := CA{Name: distinguished([]byte(raw)), Have: have[raw], Want: want[raw]}
		t.port.Asks = append(t.port.Asks, ca)
		switch {
		case said:
		case ca.Have < ca.Want:
			t.finding(symptom.TrustsFew, ca.Name, ca.Have, ca.Want)
			said = true
		case ca.Have > ca.Want && whole:
			t.finding(symptom.TrustsMany, ca.Name, ca.Have, ca.Want)
			said = true
		}
	}
}

// shownTo says what became of what was shown.
func (t *target) shownTo() {
	t.port.Accepts = append(t.port.Accepts, t.probed...)
	for _, a := range t.probed {
		switch {
		case a.Must && !a.Is:
			t.finding(symptom.ProbeRefused, a.Who)
		case !a.Must && a.Is:
			t.finding(symptom.ProbeTaken, a.Who)
		}
	}
	if t.at.Mutual && len(t.said) > 0 && t.said[0].status == http.StatusOK {
		t.finding(symptom.LetsAnybodyIn)
	}
	switch {
	case t.shown == "":
		if t.port.Proved && t.at.Mutual {
			t.finding(symptom.NoCredential, id.EtcdHealthcheckClient)
		}
		return
	case t.spoke != nil && timedOut(t.spoke):
		t.finding(symptom.NotReady, "no answer in time")
		return
	case t.spoke != nil:
		t.finding(symptom.OwnRefused, t.shown, shorten(t.spoke.Error()))
	case len(t.told) > 0 && t.told[0].status == http.StatusUnauthorized:
		t.finding(symptom.OwnRefused, t.shown, fmt.Sprintf("%d", t.told[0].status))
	}
	t.port.Accepts = append(t.port.Accepts, Accepted{Who: t.shown, Must: true,
		Is: t.spoke == nil && (len(t.told) == 0 || t.told[0].status != http.StatusUnauthorized)})
}
