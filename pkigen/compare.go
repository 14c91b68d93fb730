package pkigen

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/x509"
	"fmt"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/plan"
)

// changesSince says in what the plan of now differs from the one reviewed.
// Dates do not count, since they move with the clock; that other bytes would be
// written, or that another key or certificate lies there, does.
func changesSince(reviewed, now *plan.Plan) []string {
	var out []string
	before := make(map[string]plan.Action, len(reviewed.Files))
	for _, a := range reviewed.Files {
		before[a.Path] = a
	}
	for _, a := range now.Files {
		b, known := before[a.Path]
		delete(before, a.Path)
		if s := actionChange(b, a, known); s != "" {
			out = append(out, a.Path+": "+s)
		}
	}
	for _, a := range reviewed.Files {
		if _, left := before[a.Path]; left {
			out = append(out, a.Path+": is no longer in the plan")
		}
	}
	if !bytes.Equal(reviewed.Have(plan.AnswersFile), now.Have(plan.AnswersFile)) {
		out = append(out, plan.AnswersFile+": holds other answers, from another run or by hand")
	}
	certs := make(map[string]*plan.Certificate, len(reviewed.Certificates))
	for i := range reviewed.Certificates {
		certs[reviewed.Certificates[i].Name] = &reviewed.Certificates[i]
	}
	for i := range now.Certificates {
		c := &now.Certificates[i]
		if b := certs[c.Name]; b != nil {
			out = append(out, contentChanges(b, c)...)
		}
	}
	return out
}

func actionChange(before, now plan.Action, known bool) string {
	switch {
	case !known:
		return "was not in the plan"
	case before.Verb != now.Verb:
		return fmt.Sprintf("%s became %s", before.Verb, now.Verb)
	case before.FixMode != now.FixMode:
		return "its file mode changed"
	case before.Reason != now.Reason:
		return fmt.Sprintf("%s for another reason: %s", now.Verb, now.Reason)
	case now.Verb == plan.Keep && (before.Data == nil || now.Data == nil): // the bytes of a secret are compared as keys
	case !bytes.Equal(before.Data, now.Data):
		return "its content comes from other answers"
	}
	return ""
}

// contentChanges finds a key or a certificate that was exchanged for one that
// leads to the same verbs.
func contentChanges(before, now *plan.Certificate) []string {
	var out []string
	if !sameKey(before.OldKey, now.OldKey) {
		out = append(out, cmp.Or(now.Files.Key, now.Away)+": is another private key")
	}
	if !sameCert(before.OldCert, now.OldCert) {
		out = append(out, now.Files.Cert+": is another certificate")
	}
	return out
}

func sameKey(a, b crypto.Signer) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return pkey.Same(a.Public(), b.Public())
}

func sameCert(a, b *x509.Certificate) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Equal(b)
}
