package rehearse_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
)

// TestArticle holds that the article's flat set talks, and that its one CA lets
// the administrator into etcd, which is told and no error.
func TestArticle(t *testing.T) {
	t.Parallel()
	c := cluster("article")
	c.CA.Subject.CN, c.Key = "kubernetes-ca", spec.ECDSAP256
	w := shared(t, "article")
	states := map[string]map[rehearse.State]bool{}
	for _, r := range w.run(t).Results {
		id := r.Case.Connection.ID
		if r.Case.Refusal != nil {
			id = r.Case.Refusal.ID
		}
		if states[id] == nil {
			states[id] = map[rehearse.State]bool{}
		}
		states[id][r.State] = true
		if !r.Expected() {
			t.Error(title(&r))
		}
	}
	want := map[string]rehearse.State{
		"apiserver-to-etcd": rehearse.Talks, "etcd-gateway": rehearse.Talks, "etcd-peers": rehearse.Talks, "kube-proxy-to-apiserver": rehearse.Talks,
		"admin-to-apiserver": rehearse.Talks, "admin-at-etcd": rehearse.Known, "nobody-at-etcd": rehearse.Refused, "client-as-front-proxy": rehearse.Refused,
	}
	for id, s := range want {
		if len(states[id]) != 1 || !states[id][s] {
			t.Errorf("%s: %v, want %s", id, states[id], s)
		}
	}
	if len(states) != len(want) {
		t.Errorf("tried %v", states)
	}
}

// TestFrontProxyShared holds what saves a cluster with one CA: names set apart.
// Without them kube-apiserver does not start where both files share a
// certificate, and believes everybody where they are two CAs of one maker.
func TestFrontProxyShared(t *testing.T) {
	t.Parallel()
	w := shared(t, "single-ca")
	cases := catalogued(w.layout, w.cluster, w.files.read)
	for i := range cases {
		cases[i].To.AllowedNames = nil
	}
	r, err := rehearse.Run(t.Context(), cases, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, r := range r.Results {
		if r.Case.Connection.ID != "kubelet-to-apiserver" || r.Case.Refusal != nil {
			continue
		}
		seen = true
		if r.State != rehearse.Broken || r.Failure.Check != "front-proxy-shared" || !strings.Contains(r.Failure.Text, "contain overlapping certificates") {
			t.Error(title(&r))
		}
	}
	if !seen {
		t.Error("no kubelet was tried")
	}

	// The header CA of the first node is the Kubernetes CA again, with other bytes.
	ca := w.ca(t, "ca")
	w.files[pki1+"front-proxy-ca.crt"] = nil
	cases = catalogued(w.layout, w.cluster, w.files.read)
	for i := range cases {
		cases[i].To.AllowedNames = nil
		if cases[i].To.HeaderCA.Path != "" {
			cases[i].To.HeaderCA.Data = ca.sign(t, ca.cert, ca.key.Public(), nil)
		}
	}
	if r, err = rehearse.Run(t.Context(), cases, time.Now()); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.Results, func(r rehearse.Result) bool {
		return r.Case.Refusal != nil && r.Case.Refusal.ID == "client-as-front-proxy" && r.State == rehearse.Opened && r.User == "kubernetes-admin" && r.Failure.Check == "front-proxy-shared"
	}) {
		t.Error("a kube-proxy that poses as the front proxy was not let in")
	}
}

// TestTokens holds that bootstrap tokens are compared with what the API server has.
func TestTokens(t *testing.T) {
	t.Parallel()
	for way, path := range map[spec.Bootstrap]string{spec.BootstrapSecret: catalog.TokenManifest, spec.BootstrapFile: "nodes/cp1" + components.TokenFile} {
		c := cluster("three-ca")
		c.Bootstrap, c.SignCSRs = way, true
		w, err := issue(c)
		if err != nil {
			t.Fatal(err)
		}
		broken := func(now time.Time) (out []rehearse.Result) {
			for _, r := range w.runAt(t, now).Results {
				if !r.Expected() {
					out = append(out, r)
				}
			}
			return out
		}
		if way == spec.BootstrapSecret {
			later, ended := time.Now().AddDate(0, 1, 0), 0
			for _, r := range w.runAt(t, later).Results {
				if r.State == rehearse.Ended {
					ended++
					if r.Failure.Error != "invalid bearer token" || r.Failure.Check != "token-ended" || r.Failure.File != path {
						t.Errorf("an ended token: %+v", r.Failure)
					}
				}
			}
			if got := broken(later); len(got) != 0 || ended != 8 {
				t.Errorf("an ended token: %d broken, %d ended", len(got), ended)
			}
			manifest := w.files[path]
			w.files[path] = regexp.MustCompile(`expiration: .*`).ReplaceAll(manifest, []byte(`expiration: "soon"`))
			if got := broken(time.Now()); len(got) != 8 {
				t.Errorf("a token with an end that is no time: %d broken", len(got))
			}
			w.files[path] = manifest
		}
		k, err := kubeconfig.Parse(w.files["nodes/w1/etc/kubernetes/bootstrap-kubelet.conf"])
		if err != nil {
			t.Fatal(err)
		}
		_, secret, _ := strings.Cut(k.Token, ".")
		w.files[path] = bytes.ReplaceAll(w.files[path], []byte(secret), []byte("0123456789abcdef"))
		got := broken(time.Now())
		if len(got) == 0 {
			t.Errorf("%s: another token is known", way)
		}
		for _, r := range got {
			if !strings.HasPrefix(r.Case.Connection.ID, "bootstrap") || r.Failure.At.Program != "kube-apiserver" ||
				r.Failure.Text != `"Unable to authenticate the request" err="invalid bearer token"` || !strings.Contains(r.Failure.OtherAs, "cannot create certificate signing request: Unauthorized") {
				t.Error(title(&r))
			}
		}
	}
}

// TestGarbage holds that no bytes of any file make a rehearsal fail or panic.
func TestGarbage(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	clean := shared(t, "three-ca")
	var paths []string
	for p := range clean.files {
		if !strings.HasPrefix(p, "cfssl/") {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	for range 12 {
		w := shared(t, "three-ca")
		for _, p := range paths {
			data := slices.Clone(w.files[p])
			switch random.IntN(8) {
			case 0:
				data = data[:random.IntN(len(data)+1)]
			case 1:
				data[random.IntN(len(data))] ^= byte(1 + random.IntN(255))
			case 2:
				data = w.files[paths[random.IntN(len(paths))]]
			case 3:
				data = nil
			}
			w.files[p] = data
		}
		for _, r := range w.run(t).Results {
			switch {
			case r.State == "":
				t.Errorf("no state: %s", title(&r))
			case r.State == rehearse.Broken && (r.Failure.Text == "" || r.Failure.Cause == ""):
				t.Errorf("nothing is said of it: %s", title(&r))
			}
		}
	}
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	w := shared(t, "three-ca")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rehearse.Run(ctx, catalogued(w.layout, w.cluster, w.files.read), time.Now()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if r, err := rehearse.Run(t.Context(), nil, time.Now()); err != nil || len(r.Results) != 0 {
		t.Errorf("no cases: %v", err)
	}
}

// TestEqualHandshakes holds that a further worker with the same bytes costs no
// handshake, and that one with a certificate of its own costs few.
func TestEqualHandshakes(t *testing.T) {
	t.Parallel()
	w := shared(t, "three-ca")
	before := w.run(t)
	more := *w.cluster
	more.Nodes = slices.Clone(more.Nodes)
	for i := range 50 {
		n := more.Nodes[2]
		n.Name, n.Line = fmt.Sprintf("x%d", i), len(more.Nodes)+1
		more.Nodes = append(more.Nodes, n)
		for p, data := range shared(t, "three-ca").files {
			if rest, is := strings.CutPrefix(p, "nodes/w1/"); is {
				w.files["nodes/"+n.Name+"/"+rest] = data
			}
		}
	}
	w.cluster = &more
	after := w.run(t)
	if after.Handshakes != before.Handshakes || len(after.Results) < 5*len(before.Results) {
		t.Errorf("%d handshakes for %d cases, %d for %d before", after.Handshakes, len(after.Results), before.Handshakes, len(before.Results))
	}
	t.Logf("%d cases, %d handshakes; with 50 more nodes %d cases", len(before.Results), before.Handshakes, len(after.Results))
}

// TestPeerNames holds that names which the resolver knows count for a peer's address.
func TestPeerNames(t *testing.T) {
	t.Parallel()
	w := shared(t, "three-ca")
	cases := slices.DeleteFunc(catalogued(w.layout, w.cluster, w.files.read), func(c rehearse.Case) bool {
		return c.Connection.ID != "etcd-peers" || c.From.Machine != "cp1"
	})
	for _, names := range [][]string{nil, {"cp1"}} {
		cases[0].Source, cases[0].SourceNames = netip.MustParseAddr("10.9.9.9"), names
		r, err := rehearse.Run(t.Context(), cases[:1], time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if talks := r.Results[0].State == rehearse.Talks; talks != (names != nil) {
			t.Errorf("names %q: %s", names, title(&r.Results[0]))
		}
	}
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, layout := range []string{"three-ca", "single-ca"} {
		w := shared(t, layout)
		w.again(t, w.ca(t, "ca"), var1+"kubelet", lacking("172.20.0.3"))
		delete(w.files, "admin/super-admin.conf")
		m := rehearse.NewMatrix(w.run(t).Results)
		words := map[string]string{}
		for _, r := range m.Rows {
			for i, c := range r.Cells {
				if c.State != "" {
					words[r.String()+" > "+m.Columns[i].String()] = string(c.State)
				}
			}
		}
		kubelet := "refused"
		if layout == "single-ca" {
			kubelet = "open"
		}
		for pair, want := range map[string]string{
			"kube-apiserver cp1 cp2 > kubelet w1": "BROKEN", "kube-apiserver cp1 cp2 > kubelet cp1 cp2 w2": "talks",
			"kubelet cp1 … w2 (4) > kube-apiserver cp1 cp2": "talks", "a kubelet cp1 … w2 (4) > etcd:2379 cp1 cp2": kubelet,
			"kubectl (super-admin) > kube-apiserver cp1 cp2": "not tried", "no certificate > etcd:2379 cp1 cp2": "refused",
		} {
			if words[pair] != want {
				t.Errorf("%s, %s: %q, want %q", layout, pair, words[pair], want)
			}
		}
	}
}
