package acceptance

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// load is people and pods who use a cluster all the time.
type load struct {
	c     *cluster
	stop  context.CancelFunc
	ended sync.WaitGroup

	mu     sync.Mutex
	done   int
	failed []failure
	token  string // a pod's, as its kubelet has brought it last
	trust  []byte // what a pod trusts, from the ConfigMap in its namespace
}

// failure is a request that did not go as it should.
type failure struct {
	begun, ended time.Time
	server, what string
}

// absence is the time of a program's own restart.
type absence struct {
	begun, ended    time.Time
	node, component string
}

// away does something during which a program cannot answer, and notes the time.
func (c *cluster) away(s restartStep, do func()) {
	a := absence{begun: time.Now(), node: s.Node, component: s.Component}
	do()
	a.ended = time.Now()
	c.absences = append(c.absences, a)
}

// use begins to read and write through both API servers, as a person by the
// administrator's kubeconfig and as a pod by its token.
func (c *cluster) use(t *testing.T) *load {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &load{c: c, stop: stop}
	l.refresh(t)
	for _, n := range c.masters[:2] {
		l.run(ctx, n, l.person)
		l.run(ctx, n, l.pod)
	}
	t.Cleanup(l.end)
	return l
}

// refresh brings the pod a new token, as its kubelet does, and what its cluster
// publishes as trusted.
func (l *load) refresh(t *testing.T) {
	t.Helper()
	token := strings.TrimSpace(l.c.must(t, "create", "token", "default"))
	var trust string
	l.c.wait(t, "the ConfigMap of the CA", func() (err error) {
		trust, err = l.c.kubectl("get", "configmap", "kube-root-ca.crt", "-o", `jsonpath={.data.ca\.crt}`)
		return err
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.token, l.trust = token, []byte(trust)
}

// run asks one API server again and again.
func (l *load) run(ctx context.Context, n *node, ask func(server string) error) {
	l.ended.Go(func() {
		for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
			begun := time.Now()
			err := ask(l.c.server(n))
			l.mu.Lock()
			l.done++
			if err != nil {
				l.failed = append(l.failed, failure{begun, time.Now(), n.name, err.Error()})
			}
			l.mu.Unlock()
		}
	})
}

func (l *load) end() {
	l.stop()
	l.ended.Wait()
}

// check fails for each request that failed while neither its API server nor etcd
// was away for its own restart.
func (l *load) check(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	excused := 0
	for _, f := range l.failed {
		if l.c.wasAway(f) {
			excused++
			continue
		}
		t.Errorf("a request to %s failed at %s: %s", f.server, f.begun.Format(time.TimeOnly), f.what)
	}
	t.Logf("%d requests, %d of them failed during a restart", l.done, excused)
	if l.done < 100 || excused > l.done/2 {
		t.Errorf("%d requests, %d failed during a restart: too few to say anything", l.done, excused)
	}
}

// wasAway reports whether a failure falls into the restart of the API server that
// was asked, or of a member of etcd behind it.
func (c *cluster) wasAway(f failure) bool {
	for _, a := range c.absences {
		own := a.component == "kube-apiserver" && a.node == f.server || a.component == "etcd"
		if own && f.ended.After(a.begun) && f.begun.Before(a.ended) {
			return true
		}
	}
	return false
}

// person writes and reads with the administrator's kubeconfig as it is at the
// moment, which is how kubectl does it.
func (l *load) person(server string) error {
	text, err := os.ReadFile(filepath.Join(l.c.dir, "admin/admin.conf"))
	if err != nil {
		return err
	}
	var conf struct {
		Clusters []struct {
			Cluster struct {
				CA []byte `json:"certificate-authority-data"`
			}
		}
		Users []struct {
			User struct {
				Cert []byte `json:"client-certificate-data"`
				Key  []byte `json:"client-key-data"`
			}
		}
	}
	if err := yaml.Unmarshal(text, &conf); err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(conf.Users[0].User.Cert, conf.Users[0].User.Key)
	if err != nil {
		return err
	}
	client := clientOf(conf.Clusters[0].Cluster.CA, &pair)
	body := fmt.Sprintf(`{"metadata":{"annotations":{"lab/now":%q}}}`, time.Now().Format(time.RFC3339Nano))
	_, err = send(client, http.MethodPatch, server+"/api/v1/namespaces/default", "application/merge-patch+json", body, "")
	return err
}

// pod asks who it is.
func (l *load) pod(server string) error {
	l.mu.Lock()
	token, trust := l.token, l.trust
	l.mu.Unlock()
	answer, err := send(clientOf(trust, nil), http.MethodPost, server+"/apis/authentication.k8s.io/v1/selfsubjectreviews", "application/json",
		`{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`, token)
	if err == nil && !strings.Contains(answer, "system:serviceaccount:default:default") {
		err = fmt.Errorf("the pod is taken for somebody else: %s", answer)
	}
	return err
}

// clientOf trusts these CAs and shows the pair; each request is a connection of
// its own.
func clientOf(trust []byte, pair *tls.Certificate) *http.Client {
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	config.RootCAs.AppendCertsFromPEM(trust)
	if pair != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
	}
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

// send makes one request; an answer that is no success is an error.
func send(client *http.Client, method, url, kind, body, token string) (string, error) {
	req, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, answer)
	}
	return string(answer), err
}
