package live

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
)

// visit looks at one port, within its time.
func (l *looker) visit(ctx context.Context, t *target) {
	ctx, cancel := context.WithTimeout(ctx, l.Limit)
	defer cancel()
	if t.at.Plain {
		r, err := l.plain(ctx, t.port.Address, t.at.Healthy)
		if t.saw.err = err; err == nil {
			t.said = []*reply{r}
		}
		return
	}
	t.saw = l.look(ctx, t.port.Address, indication(t.name), t.questions()...)
	t.said = t.saw.replies
	if t.at.StartName != "" && len(t.saw.chain) > 0 {
		if g := l.look(ctx, t.port.Address, t.at.StartName); len(g.chain) > 0 {
			t.started(g.chain[0], t.at.StartName)
		}
	}
	if len(t.saw.chain) == 0 {
		return
	}
	if t.at.MakesUp {
		t.started(t.saw.chain[0], "localhost")
	}
	if t.port.Proved = l.proves(t) == nil; t.port.Proved {
		l.tell(ctx, t)
		l.probe(ctx, t)
	}
}

// indication is the name of a server in a handshake, which an address is none of.
func indication(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return ""
	}
	return name
}

// questions are the paths that anybody may ask for. A program that asks the API server
// whether one may read a path betrays by the answer whether the API server lets it in, as
// its /healthz does not; no two paths are alike, since it remembers answers.
func (t *target) questions() []string {
	if component(t.prog).Asked != components.AskDelegated {
		return []string{t.at.Healthy}
	}
	out := []string{"/certwright-" + random()}
	if t.at.Healthy != "" {
		out = append(out, t.at.Healthy)
	}
	return out
}

// proves checks what a server has shown as its clients do; nil where it is right.
func (l *looker) proves(t *target) error {
	between := x509.NewCertPool()
	for _, c := range t.saw.chain[1:] {
		between.AddCert(c)
	}
	_, err := t.saw.chain[0].Verify(x509.VerifyOptions{Roots: t.roots, Intermediates: between, DNSName: t.name, CurrentTime: l.Now()})
	return err
}

// madeAt finds the second at the end of the name of a certificate that was made up.
var madeAt = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.+)@(\d{9,11})$`) })

// started notes a start that a certificate tells, which was made up then for a name.
func (t *target) started(c *x509.Certificate, name string) {
	m := madeAt().FindStringSubmatch(c.Subject.CommonName)
	if m == nil || m[1] != name {
		return
	}
	if seconds, err := strconv.ParseInt(m[2], 10, 64); err == nil {
		t.out.started(time.Unix(seconds, 0).UTC(), c.Subject.CommonName)
	}
}

// tell shows a certificate of the directory to a server that has proved itself, and asks
// for what is open to it only.
func (l *looker) tell(ctx context.Context, t *target) {
	var cred *credential
	switch {
	case t.at.Mutual:
		cred = l.kept.forEtcd(t.prog.Machine)
	default:
		cred = l.kept.admin
	}
	if cred == nil {
		return
	}
	t.shown = cred.file
	w, err := l.speak(ctx, t.port.Address, t.name, t.roots, &cred.cert)
	if t.spoke = err; err != nil {
		return
	}
	defer w.close()
	if t.is(id.KubeAPIServer) {
		t.spoke = l.meet(t, w)
		return
	}
	path := t.at.Healthy
	if path == "" {
		path = "/healthz"
	}
	if t.spoke = t.ask(w, say{path: path}); t.spoke == nil && t.told[0].status == http.StatusOK && t.out.Started.IsZero() {
		t.startOf(w)
	}
}

// ask asks one thing more.
func (t *target) ask(w *wire, s say) error {
	r, err := w.ask(s)
	if err == nil {
		t.told = append(t.told, r)
	}
	return err
}

// statusz is how a program of Kubernetes is asked since when it runs, from 1.36 on.
const statusz = "application/json;as=Statusz;v=v1beta1;g=config.k8s.io"

var (
	startTime    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"startTime":\s*"([^"]+)"`) })
	processStart = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^process_start_time_seconds ([0-9.eE+]+)$`)
	})
)

// startOf asks since when a program runs.
func (t *target) startOf(w *wire) {
	if t.at.Metrics == "" {
		return
	}
	if !t.is(id.Etcd) {
		r, err := w.ask(say{path: "/statusz", header: map[string][]string{"Accept": {statusz}}})
		if err != nil {
			return
		}
		if m := startTime().FindSubmatch(r.body); r.status == http.StatusOK && m != nil {
			if at, err := time.Parse(time.RFC3339, string(m[1])); err == nil {
				t.out.started(at.UTC(), "/statusz")
				return
			}
		}
	}
	r, err := w.ask(say{path: t.at.Metrics, most: mostList})
	if err != nil || r.status != http.StatusOK {
		return
	}
	if m := processStart().FindSubmatch(r.body); m != nil {
		if seconds, err := strconv.ParseFloat(strings.TrimSpace(string(m[1])), 64); err == nil {
			t.out.started(time.Unix(int64(seconds), 0).UTC(), t.at.Metrics)
		}
	}
}
