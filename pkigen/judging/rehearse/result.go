package rehearse

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/findings"
)

// result says what became of a case.
func (s *stage) result(i int) Result {
	st := &s.seats[i]
	end := verdict{stop: st.stop}
	if end.stop == nil {
		end = *st.server.verdict
		if end.stop == nil {
			end = *st.client.verdict
		}
	}
	r := Result{Case: st.c, Identity: end.who}
	if st.c.Refusal != nil {
		st.refusal(&r, end, s)
		return r
	}
	// Nobody shows a certificate to be nobody.
	if nobody := st.fromPair != nil && end.who.User == anonymous; end.stop == nil && (nobody || !st.c.Want.covers(end.who)) {
		end.stop = &stop{step: identity, err: end.head}
	}
	if end.stop == nil && st.listed(end.who) != "" {
		end.stop = &stop{step: revocation}
	}
	switch {
	case end.stop == nil && st.c.Unsure != "":
		r.State = Untold
		return r
	case end.stop == nil:
		r.State = Talks
		return r
	case end.stop.missing():
		r.State = NotTried
	case errors.As(end.stop.err, new(*endedError)):
		r.State = Ended
	default:
		r.State = Broken
	}
	r.Failure = st.failure(end.stop, end.who, s)
	return r
}

// listed is the list of revoked certificates that has the one which is shown; "" for none.
// kube-apiserver asks nobody about system:masters.
func (st *seat) listed(who Identity) string {
	if st.c.To.Revoked == nil || st.fromPair == nil || st.fromPair.leaf == nil || slices.Contains(who.Groups, catalog.Masters) {
		return ""
	}
	return st.c.To.Revoked(st.fromPair.leaf)
}

// covers reports whether somebody is who was wanted, with all groups that were.
func (want Identity) covers(who Identity) bool {
	if want.User == "" {
		return true
	}
	if slices.Contains(who.Groups, catalog.Masters) {
		return true // everything is allowed to them, before any rule is asked
	}
	return who.User == want.User && !slices.ContainsFunc(want.Groups, func(g string) bool { return !slices.Contains(who.Groups, g) })
}

// refusal judges what must be refused. What cannot even be tried is told by the
// connection that does the same by right.
func (st *seat) refusal(r *Result, end verdict, s *stage) {
	c := st.c
	if end.stop != nil {
		r.State, r.Failure = NotTried, st.failure(end.stop, end.who, s)
		switch end.stop.step {
		case clientCheck, peerCheck, authentication:
			r.State = Refused
			r.Failure.File, r.Failure.Check = "", "" // as it must be: no file is at fault
		}
		return
	}
	in := true // got what it wanted
	switch c.Refusal.Poses {
	case connections.AsItself:
		in = end.who.User != anonymous
	default:
		in = end.who.User == c.Poses
	}
	switch {
	case !in:
		r.State, r.Failure = Refused, st.unmasked(end)
	case c.Open:
		r.State = Known
	default:
		r.State = Opened
	}
	if in {
		r.Failure = st.opened()
	}
}

// unmasked is what becomes of somebody who is let in as itself and not as
// whom it poses.
func (st *seat) unmasked(end verdict) *Failure {
	c := st.c
	f := &Failure{At: c.To.place(), Other: c.From.place()}
	switch {
	case c.Refusal.Poses == connections.AsNode:
		f.Text = notAllowed(trimNode(end.who.User), trimNode(c.Poses))
		f.Error, f.OtherAs = f.Text, f.Text
		f.Cause = fmt.Sprintf("it is known as %q, and may touch nothing of %q", end.who.User, c.Poses)
	case end.head != nil:
		f.Text, f.Error = end.head.Error(), end.head.Error()
		f.Cause = fmt.Sprintf("its headers are not believed: it stays the user %q", end.who.User)
	default:
		f.Cause = fmt.Sprintf("no headers are believed here: it stays the user %q", end.who.User)
	}
	return f
}

// opened tells of a door that is open.
func (st *seat) opened() *Failure {
	c := st.c
	f := &Failure{At: c.To.place(), Other: c.From.place(), Cause: c.Refusal.Why, File: c.To.CA.Path}
	switch {
	case c.Open:
		f.Cause = c.Refusal.Danger
	case c.Refusal.Poses == connections.AsNode:
		f.Check, f.File = findings.NodeName, c.From.Cert.Path
	case c.Refusal.Poses == connections.AsProxy:
		f.Check, f.File = findings.FrontProxyShared, c.To.HeaderCA.Path
	}
	return f
}

// nobodyAnswers is what kube-apiserver says of a webhook at a port where nobody listens.
const nobodyAnswers = "dial tcp 127.0.0.1:1: connect: connection refused"

// failure words a stop for both sides.
func (st *seat) failure(end *stop, who Identity, s *stage) *Failure {
	c, w := st.c, words{st.c}
	f := &Failure{At: c.From.place(), Other: c.To.place()}
	if end.err != nil {
		f.Error = end.err.Error()
	}
	switch end.step {
	case loading:
		switch {
		case errors.As(end.err, new(*pkey.SizeError)): // refused here, and not as a program puts it
			if !end.from {
				f.At, f.Other = f.Other, f.At
			}
		case end.from && st.rule.loadsLate():
			f.Text = w.dials(end.err, false)
		case end.from:
			f.Text = w.starts(c.From, end.err)
		default:
			f.At, f.Other = f.Other, f.At
			f.Text, f.OtherAs = w.starts(c.To, end.err), w.unheard()
		}
	case serverCheck, clientSign:
		f.Text, f.OtherAs, f.OtherQuiet = w.dials(end.err, false), w.overhears(end.other), w.answerer().quiet
	case serverSign, clientCheck, peerCheck:
		var verified *x509.Certificate
		if end.step == peerCheck {
			verified = st.fromPair.leaf
		}
		f.At, f.Other = f.Other, f.At
		f.Text, f.OtherAs = w.hears(end.err, verified), w.dials(seen(end.other), end.late)
	case authentication:
		f.At, f.Other = f.Other, f.At
		f.Text, f.OtherAs = w.denies(end.err), w.denied()
	case revocation:
		f.Text = nobodyAnswers
		if st.rule.answers == etcdClients {
			f.Text = "context deadline exceeded"
		}
		f.Error = f.Text
	case identity:
		f.Text = w.forbidden(who)
		if f.Error == "" {
			f.Error = f.Text
		}
	}
	st.explain(f, end, who, s.now)
	return f
}

// seen is what a socket tells of a connection that the other side closed.
func seen(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return err
}
