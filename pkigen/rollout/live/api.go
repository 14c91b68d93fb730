package live

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/rollout/symptom"
)

// api is an API server that has proved itself and let the administrator in, and what it
// says of itself.
type api struct {
	t      *target
	user   string   // as whom it knows the administrator
	kids   []string // of the keys by which it checks tokens
	signer string   // kid of the key by which it signs them
}

// cluster is what one API server says of all.
type cluster struct {
	leases map[string]lease // of nodes, by name, and below of who leads
	leads  map[string]lease
	starts map[string]time.Time // of kube-proxy, by node
	rootCA string               // what pods trust
	now    time.Time            // by its clock
}

type lease struct {
	holder  string
	renewed time.Time
}

// The questions to an API server. Those that are posted make no object.
var (
	whoAmI = say{method: http.MethodPost, path: "/apis/authentication.k8s.io/v1/selfsubjectreviews", header: http.Header{"Content-Type": {"application/json"}},
		body: `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`}
	aToken = say{method: http.MethodPost, path: "/api/v1/namespaces/default/serviceaccounts/default/token", header: http.Header{"Content-Type": {"application/json"}},
		body: `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"audiences":["certwright-probe"],"expirationSeconds":600}}`}
	published  = say{path: "/openid/v1/jwks"}
	nodeLeases = say{path: "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", most: mostList}
	leaders    = say{path: "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", most: mostList}
	starting   = say{path: "/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=" + url.QueryEscape("reason=Starting"), most: mostList}
	podsTrust  = say{path: "/api/v1/namespaces/default/configmaps/kube-root-ca.crt"}
)

// meet asks an API server what it knows of itself.
func (l *looker) meet(t *target, w *wire) error {
	r, err := w.ask(whoAmI)
	if err != nil {
		return err
	}
	t.told = append(t.told, r)
	if r.status != http.StatusCreated {
		return nil
	}
	a := &api{t: t}
	var review struct {
		Status struct{ UserInfo struct{ Username string } }
	}
	if json.Unmarshal(r.body, &review) == nil {
		a.user = review.Status.UserInfo.Username
	}
	if r, err = w.ask(published); err != nil {
		return err
	}
	var set struct{ Keys []struct{ Kid string } }
	if r.status == http.StatusOK && json.Unmarshal(r.body, &set) == nil {
		for _, k := range set.Keys {
			a.kids = append(a.kids, k.Kid)
		}
	}
	if r, err = w.ask(aToken); err != nil {
		return err
	}
	var token struct{ Status struct{ Token string } }
	if r.status == http.StatusCreated && json.Unmarshal(r.body, &token) == nil {
		a.signer = kidOf(token.Status.Token)
	}
	t.api = a
	return nil
}

// kidOf is the key's name in the header of a token.
func kidOf(token string) string {
	head, _, _ := strings.Cut(token, ".")
	data, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return ""
	}
	var h struct{ Kid string }
	_ = json.Unmarshal(data, &h)
	return h.Kid
}

// askAPI asks the first API server that answers for all, and each for kubelets.
func (l *looker) askAPI(ctx context.Context) {
	for _, t := range l.targets {
		if t.api != nil {
			l.apis = append(l.apis, t.api)
		}
	}
	for _, a := range l.apis {
		if l.cluster = l.survey(ctx, a); l.cluster != nil {
			break
		}
	}
	l.askKubelets(ctx)
}

// survey asks one API server of all; nil where it does not answer in its time.
func (l *looker) survey(ctx context.Context, a *api) *cluster {
	ctx, cancel := context.WithTimeout(ctx, l.Limit)
	defer cancel()
	w, err := l.speak(ctx, a.t.port.Address, a.t.name, a.t.roots, &l.kept.admin.cert)
	if err != nil {
		return nil
	}
	defer w.close()
	c := &cluster{leases: map[string]lease{}, leads: map[string]lease{}, starts: map[string]time.Time{}}
	for _, of := range []struct {
		say  say
		into map[string]lease
	}{{nodeLeases, c.leases}, {leaders, c.leads}} {
		r, err := w.ask(of.say)
		if err != nil || r.status != http.StatusOK {
			return nil
		}
		c.now, _ = http.ParseTime(r.header.Get("Date"))
		readLeases(r.body, of.into)
	}
	if r, err := w.ask(starting); err == nil && r.status == http.StatusOK {
		c.readStarts(r.body)
	}
	if r, err := w.ask(podsTrust); err == nil && r.status == http.StatusOK {
		var m struct{ Data map[string]string }
		if json.Unmarshal(r.body, &m) == nil {
			c.rootCA = m.Data["ca.crt"]
		}
	}
	return c
}

func readLeases(body []byte, into map[string]lease) {
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct {
				HolderIdentity string
				RenewTime      time.Time
			}
		}
	}
	if json.Unmarshal(body, &list) != nil {
		return
	}
	for _, i := range list.Items {
		into[i.Metadata.Name] = lease{i.Spec.HolderIdentity, i.Spec.RenewTime}
	}
}

// readStarts reads the events of kube-proxy, which it writes when it has read its Node.
func (c *cluster) readStarts(body []byte) {
	var list struct {
		Items []struct {
			EventTime           time.Time
			ReportingController string
			Regarding           struct{ Kind, Name string }
			DeprecatedSource    struct{ Component string }
			DeprecatedLast      time.Time `json:"deprecatedLastTimestamp"`
		}
	}
	if json.Unmarshal(body, &list) != nil {
		return
	}
	for _, i := range list.Items {
		if i.Regarding.Kind != "Node" || i.ReportingController != id.KubeProxy && i.DeprecatedSource.Component != id.KubeProxy {
			continue
		}
		at := i.EventTime
		if at.IsZero() {
			at = i.DeprecatedLast
		}
		if at.After(c.starts[i.Regarding.Name]) {
			c.starts[i.Regarding.Name] = at.UTC()
		}
	}
}

// passage is what became of a request through an API server to a kubelet.
type passage struct {
	by     string       // the API server's node
	code   symptom.Code // "" for all is well
	detail string
}

// askKubelets asks each kubelet through one API server, and each API server for one
// kubelet at least.
func (l *looker) askKubelets(ctx context.Context) {
	if len(l.apis) == 0 {
		return
	}
	var kubelets []*target
	for _, t := range l.targets {
		if t.is(id.Kubelet) && t.out.Node != "" {
			kubelets = append(kubelets, t)
		}
	}
	n := max(len(kubelets), len(l.apis))
	if len(kubelets) == 0 {
		return
	}
	found := make([]*passage, n)
	l.each(n, func(i int) {
		ctx, cancel := context.WithTimeout(ctx, l.Limit)
		defer cancel()
		found[i] = l.through(ctx, l.apis[i%len(l.apis)], kubelets[i%len(kubelets)].out.Node)
	})
	for i, p := range found {
		if p != nil {
			t := kubelets[i%len(kubelets)]
			t.passages = append(t.passages, *p)
		}
	}
}

// upgrade makes an API server dial a kubelet anew: over a connection that is open it would
// answer whatever has become of both certificates since.
var upgrade = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"Y2VydHdyaWdodC1wcm9iZQ=="}}

// through asks a kubelet through an API server; nil where that does not tell.
func (l *looker) through(ctx context.Context, a *api, node string) *passage {
	w, err := l.speak(ctx, a.t.port.Address, a.t.name, a.t.roots, &l.kept.admin.cert)
	if err != nil {
		return nil
	}
	defer w.close()
	r, err := w.ask(say{path: "/api/v1/nodes/" + url.PathEscape(node) + "/proxy/configz", header: upgrade})
	if err != nil {
		return nil
	}
	var status struct{ Kind, Message string }
	isStatus := json.Unmarshal(r.body, &status) == nil && status.Kind == "Status"
	p := &passage{by: a.t.out.Node, detail: shorten(status.Message)}
	switch {
	case r.status == http.StatusInternalServerError && strings.Contains(status.Message, "invalid upgrade response: status code 200"):
		return p
	case strings.Contains(status.Message, "x509:"):
		p.code = symptom.KubeletUnknown
	case r.status == http.StatusUnauthorized && !isStatus:
		p.code = symptom.KubeletRefuses
	case r.status == http.StatusForbidden:
		p.code = symptom.KubeletForbids
	default:
		return nil
	}
	return p
}

// shorten keeps the part of a long text that says why.
func shorten(text string) string {
	for _, mark := range []string{"x509: ", "tls: ", "dial tcp"} {
		if i := strings.Index(text, mark); i >= 0 {
			text = text[i:]
			break
		}
	}
	const most = 120
	if len(text) > most {
		text = text[:most] + " ..."
	}
	return text
}

// age is how long ago something was, to the second.
func age(now, then time.Time) string { return fmt.Sprint(now.Sub(then).Round(time.Second)) }

// leader is the node of who holds a lease: HOST_UUID.
func (c *cluster) leader(name string) (node string, renewed time.Time, known bool) {
	held, ok := c.leads[name]
	node, _, _ = strings.Cut(held.holder, "_")
	return strings.ToLower(node), held.renewed, ok
}

// sameKeys reports whether two lists hold the same.
func sameKeys(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
