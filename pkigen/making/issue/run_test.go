package issue

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

func parseRequest(t testing.TB, data []byte) *x509.CertificateRequest {
	t.Helper()
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("not PEM: %q", data)
	}
	req, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := req.CheckSignature(); err != nil {
		t.Fatal(err)
	}
	return req
}

func pemType(data []byte) string {
	block, _ := pem.Decode(data)
	if block == nil {
		return ""
	}
	return block.Type
}

func TestRunMakesEveryFile(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	files := mustRun(t, p, nil)
	if len(files) != 17 || len(p.Files) != 17 {
		t.Errorf("%d files for %d actions, the article has 17", len(files), len(p.Files))
	}
	for _, a := range p.Files {
		if len(files[a.Path]) == 0 {
			t.Errorf("%s is missing or empty", a.Path)
		}
	}
	ca := parseCert(t, files["ca.pem"])
	for _, c := range p.Certificates {
		cert := parseCert(t, files[c.Files.Cert])
		if !cert.NotBefore.Equal(c.NotBefore) || !cert.NotAfter.Equal(c.NotAfter) {
			t.Errorf("%s: lives %v to %v, the plan says %v to %v", c.Name, cert.NotBefore, cert.NotAfter, c.NotBefore, c.NotAfter)
		}
		if c.IsCA() {
			continue
		}
		if !bytes.Equal(cert.AuthorityKeyId, ca.SubjectKeyId) || len(ca.SubjectKeyId) == 0 {
			t.Errorf("%s: authority key id %X, the CA has %X", c.Name, cert.AuthorityKeyId, ca.SubjectKeyId)
		}
	}
}

// TestProgress checks that each certificate goes through its states in order,
// that events come from one goroutine at a time, and that no leaf is signed
// before its CA is done.
func TestProgress(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	states := map[string][]State{}
	busy, caDone := false, false
	_, err := Run(t.Context(), p, nil, func(e Event) {
		if busy {
			t.Error("two events at once")
		}
		busy = true
		runtime.Gosched()
		states[e.Name] = append(states[e.Name], e.State)
		if e.Name == "ca" && e.State == Done {
			caDone = true
		}
		if e.Name != "ca" && e.State == Signing && !caDone {
			t.Errorf("%s is signed before its CA is there", e.Name)
		}
		busy = false
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Certificates {
		if want := []State{Waiting, MakingKey, Waiting, Signing, Done}; !slices.Equal(states[c.Name], want) {
			t.Errorf("%s went through %v, want %v", c.Name, states[c.Name], want)
		}
	}
}

func TestRunKeeps(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	first := mustRun(t, p, nil)
	var kept []string
	files, err := Run(t.Context(), keepKeys(t, p, first, "admin"), nil, func(e Event) {
		if e.State == Kept {
			kept = append(kept, e.Name)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(maps.Keys(files.Files)); !slices.Equal(got, []string{"admin.pem"}) {
		t.Errorf("made %v, only admin.pem was to be renewed", got)
	}
	if !slices.Equal(kept, []string{"ca", "kubernetes", "kube-proxy"}) {
		t.Errorf("kept %v", kept)
	}
	before, after := parseCert(t, first["admin.pem"]), parseCert(t, files.Files["admin.pem"])
	if !pkey.Same(before.PublicKey, after.PublicKey) || before.SerialNumber.Cmp(after.SerialNumber) == 0 {
		t.Error("a renewed certificate must have the same key and another serial number")
	}
	if err := after.CheckSignatureFrom(parseCert(t, first["ca.pem"])); err != nil {
		t.Errorf("not signed by the kept CA: %v", err)
	}
}

// TestRunRequestOnly makes a lost request anew and touches nothing else.
func TestRunRequestOnly(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	next := keepKeys(t, p, mustRun(t, p, nil))
	next.Find("admin").CSR = plan.Create
	next.Files = append(next.Files, plan.Action{Path: "admin.csr", Part: catalog.CSR, Certificate: "admin", Verb: plan.Create})
	files := mustRun(t, next, nil)
	if len(files) != 1 || parseRequest(t, files["admin.csr"]).Subject.CommonName != "admin" {
		t.Errorf("made %d files", len(files))
	}
}

func TestRunRefusedPlan(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	p.Files[3].Verb = plan.Refuse
	_, err := Run(t.Context(), p, nil, nil)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || len(refused.Actions) != 1 {
		t.Errorf("error %v", err)
	}
}

// TestRunCancelled cancels while RSA keys are in the making: Run returns at once
// and its goroutines end with the keys they are making.
func TestRunCancelled(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	p := manyLeaves(t, spec.RSA2048, 200)
	var cancelled time.Time
	files, err := Run(ctx, p, nil, func(e Event) {
		if e.State == MakingKey && cancelled.IsZero() {
			cancelled = time.Now()
			cancel()
		}
	})
	if d := time.Since(cancelled); d > 200*time.Millisecond {
		t.Errorf("returned %v after it was cancelled", d)
	}
	if !errors.Is(err, context.Canceled) || files != nil {
		t.Errorf("error %v, made %v", err, files)
	}
	waitGoroutines(t, before)
}

func TestRunLeavesNoGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	keys := NewKeys(t.Context())
	keys.Want(spec.ECDSAP256, 4)
	mustRun(t, newPlan(t, articleCluster(spec.ECDSAP256)), keys)
	keys.Close()
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	p.Certificates[2].Subject.CN = "\xff" // fails in the middle of the run
	if _, err := Run(t.Context(), p, nil, nil); err == nil {
		t.Error("a subject that is not UTF-8 was signed")
	}
	waitGoroutines(t, before)
}

// TestRunPanickingProgress: a caller's panic reaches the caller and leaves no
// worker behind.
func TestRunPanickingProgress(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = Run(t.Context(), newPlan(t, articleCluster(spec.ECDSAP256)), nil, func(e Event) {
			if e.State == Signing {
				panic("the screen is gone")
			}
		})
	}()
	waitGoroutines(t, before)
}

func waitGoroutines(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if runtime.NumGoroutine() <= want {
			return
		}
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), want, buf[:runtime.Stack(buf, true)])
}

// TestRunMany: of many leaves each has its own serial number, and no more goroutines
// work on them than processors ask for.
func TestRunMany(t *testing.T) {
	const leaves = 1000
	p := manyLeaves(t, spec.ECDSAP256, leaves)
	before, most := runtime.NumGoroutine(), 0
	files, err := Run(t.Context(), p, nil, func(Event) { most = max(most, runtime.NumGoroutine()) })
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 4 + leaves*4; len(files.Files) != want {
		t.Errorf("%d files, want %d", len(files.Files), want)
	}
	if limit := before + 4*runtime.GOMAXPROCS(0); most > limit {
		t.Errorf("%d goroutines, want %d at most", most, limit)
	}
	serials := map[string]bool{}
	for path, data := range files.Files {
		if strings.HasSuffix(path, ".pem") && !strings.HasSuffix(path, "-key.pem") {
			serials[parseCert(t, data).SerialNumber.String()] = true
		}
	}
	if len(serials) != leaves+1 {
		t.Errorf("%d serial numbers for %d certificates", len(serials), leaves+1)
	}
}
