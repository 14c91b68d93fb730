package pkigen

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

var t0 = time.Date(2026, 11, 23, 9, 30, 40, 0, time.UTC)

func testCluster() *spec.Cluster {
	return &spec.Cluster{
		Layout: "article",
		CA: spec.Authority{
			Subject: spec.Subject{CN: "kubernetes-ca", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"},
			Expiry:  87600 * time.Hour,
		},
		Key: spec.ECDSAP256,
		Nodes: []spec.Node{{
			Name: "m1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.8")}, Roles: spec.ControlPlane | spec.Etcd,
		}},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.254.0.0/16")},
		DNSDomain:      "cluster.local",
		Profiles: []spec.Profile{{
			Name: "kubernetes", Expiry: 8760 * time.Hour,
			Usages: []string{"signing", "key encipherment", "server auth", "client auth"},
		}},
	}
}

func newJob(t *testing.T) Job {
	t.Helper()
	return Job{Dir: filepath.Join(t.TempDir(), "pki"), Cluster: testCluster(), Now: func() time.Time { return t0 }}
}

func mustRun(t *testing.T, job Job, reviewed *plan.Plan) *Result {
	t.Helper()
	r, err := Run(t.Context(), job, reviewed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustPlan(t *testing.T, job Job) *plan.Plan {
	t.Helper()
	p, err := Plan(job)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, job Job, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(job.Dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRun(t *testing.T) {
	job := newJob(t)
	var events []issue.Event
	job.Progress = func(e issue.Event) { events = append(events, e) }
	reviewed := mustPlan(t, job)
	if _, err := os.Stat(job.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("planning has touched the disk: %v", err)
	}
	r := mustRun(t, job, reviewed)
	if r.Unchanged || r.Backup != "" || len(r.Proofs) == 0 || r.Plan.Count(plan.Create) != 17 {
		t.Errorf("result %+v", r)
	}
	done := 0
	for _, e := range events {
		if e.State == issue.Done {
			done++
		}
	}
	if done != 4 {
		t.Errorf("%d certificates done in %v", done, events)
	}

	first := snapshot(t, job.Dir)
	if len(first) != 17 {
		t.Errorf("%d files: %v", len(first), changed(nil, first))
	}
	for path, f := range first {
		want := fs.FileMode(0o644)
		if strings.HasSuffix(path, "-key.pem") {
			want = 0o600
		}
		if f.mode != want || f.data == "" {
			t.Errorf("%s: mode %v, %d bytes", path, f.mode, len(f.data))
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(readCert(t, job.Dir, "ca.pem"))
	_, err := readCert(t, job.Dir, "kubernetes.pem").Verify(x509.VerifyOptions{Roots: roots, CurrentTime: t0, DNSName: "10.0.0.8"})
	if err != nil {
		t.Error(err)
	}

	// The second run changes no byte, no mode and no time, and proves it all.
	r = mustRun(t, job, mustPlan(t, job))
	if !r.Unchanged || len(r.Proofs) == 0 || r.Backup != "" {
		t.Errorf("second run: %+v", r)
	}
	if c := changed(first, snapshot(t, job.Dir)); len(c) > 0 {
		t.Errorf("the second run touched %q", c)
	}
}

// TestRunAgain changes one thing after a run, and names the files that may change.
// TestDecided: whoever is told of the plan can end the run, and it is the plan
// that is carried out.
func TestDecided(t *testing.T) {
	job := newJob(t)
	var told *plan.Plan
	stop := errors.New("not today")
	job.Decided = func(p *plan.Plan) error { told = p; return stop }
	if _, err := Run(t.Context(), job, nil); !errors.Is(err, stop) || told == nil {
		t.Errorf("got %v, told %v", err, told)
	}
	if _, err := os.Stat(job.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the run did not end there: %v", err)
	}
	stop = nil
	if result := mustRun(t, job, nil); result.Plan != told {
		t.Error("another plan was carried out than was told")
	}
}

func TestRunAgain(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Job)
		want   []string
	}{
		{"node more", func(j *Job) {
			j.Cluster.Nodes[0].Addresses = append(j.Cluster.Nodes[0].Addresses, netip.MustParseAddr("10.0.0.9"))
		}, []string{"pki/kubernetes-csr.json", "pki/kubernetes.csr", "pki/kubernetes.pem"}},
		{"a longer CA", func(j *Job) { j.Cluster.CA.Expiry *= 2 }, []string{"pki/ca-csr.json", "pki/ca.pem"}},
		{"certificate lost", func(j *Job) { os.Remove(filepath.Join(j.Dir, "admin.pem")) }, []string{"pki/admin.pem"}},
		{"key lost", func(j *Job) { os.Remove(filepath.Join(j.Dir, "admin-key.pem")) },
			[]string{"pki/admin-key.pem", "pki/admin.csr", "pki/admin.pem"}},
		{"loose mode", func(j *Job) { os.Chmod(filepath.Join(j.Dir, "admin-key.pem"), 0o644) }, nil},
		{"loose folder", func(j *Job) { os.Chmod(j.Dir, 0o777) }, nil},
		{"key damaged, allowed", func(j *Job) {
			os.WriteFile(filepath.Join(j.Dir, "admin-key.pem"), []byte("lost"), 0o600)
			j.Options.ReplaceKeys = []string{"admin"}
		}, []string{"pki/admin-key.pem", "pki/admin.csr", "pki/admin.pem"}},
		{"another CA, allowed", func(j *Job) {
			j.Cluster.CA.Subject.CN = "lab-ca"
			j.Options.ReplaceKeys = []string{"ca"}
		}, []string{"pki/admin.pem", "pki/ca-csr.json", "pki/ca-key.pem", "pki/ca.csr", "pki/ca.pem", "pki/kube-proxy.pem", "pki/kubernetes.pem"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := newJob(t)
			mustRun(t, job, nil)
			write(t, job, "notes.txt", []byte("mine"))
			test.change(&job)
			before := snapshot(t, job.Dir)
			r := mustRun(t, job, mustPlan(t, job))
			if r.Unchanged || len(r.Proofs) == 0 {
				t.Errorf("result %+v", r)
			}
			after := snapshot(t, job.Dir)
			var got []string
			for _, path := range changed(before, after) {
				if strings.HasPrefix(path, "pki/") && before[path].data != after[path].data {
					got = append(got, path)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("changed %q, want %q", got, test.want)
			}
			if info, err := os.Stat(job.Dir); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder: %v, %v", info.Mode(), err)
			}
			if after["pki/notes.txt"].data != "mine" || after["pki/admin-key.pem"].mode != 0o600 {
				t.Errorf("notes %q, key mode %v", after["pki/notes.txt"].data, after["pki/admin-key.pem"].mode)
			}
			for _, path := range test.want {
				old, was := before[path]
				if !was {
					continue
				}
				data, err := os.ReadFile(filepath.Join(r.Backup, filepath.FromSlash(strings.TrimPrefix(path, "pki/"))))
				if r.Backup == "" || err != nil || string(data) != old.data {
					t.Errorf("%s is not in the backup %q: %v", path, r.Backup, err)
				}
			}
			job.Options = plan.Options{}
			if r := mustRun(t, job, nil); !r.Unchanged {
				t.Errorf("the run after: %s", r.Plan.Summary())
			}
		})
	}
}

// TestNothingWritten names every way in which a run ends before it writes, and
// holds that not a byte, a mode or a time has changed.
func TestNothingWritten(t *testing.T) {
	base := newJob(t)
	mustRun(t, base, nil)
	want := func(want any) func(t *testing.T, err error) {
		return func(t *testing.T, err error) {
			if target := reflect.New(reflect.TypeOf(want)).Interface(); !errors.As(err, target) {
				t.Errorf("got %v, want a %T", err, want)
			}
		}
	}
	says := func(text string) func(t *testing.T, err error) {
		return func(t *testing.T, err error) {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("got %v, want %q", err, text)
			}
		}
	}
	for _, test := range []struct {
		name   string
		change func(t *testing.T, job *Job) (context.Context, *plan.Plan)
		check  func(t *testing.T, err error)
	}{
		{"refused", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.CA.Subject.CN = "lab-ca"
			return t.Context(), nil
		}, want(&plan.RefusedError{})},
		{"certificate removed since the review", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.DNSDomain = "lab"
			p := mustPlan(t, *job)
			if err := os.Remove(filepath.Join(job.Dir, "admin.pem")); err != nil {
				t.Fatal(err)
			}
			return t.Context(), p
		}, says("admin.pem: keep became create")},
		{"key exchanged since the review", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.Profiles[0].Expiry = 48 * time.Hour
			p := mustPlan(t, *job)
			other := newJob(t)
			mustRun(t, other, nil)
			for _, name := range []string{"admin-key.pem", "admin.csr"} {
				data, err := os.ReadFile(filepath.Join(other.Dir, name))
				if err != nil {
					t.Fatal(err)
				}
				write(t, *job, name, data)
			}
			return t.Context(), p
		}, says("admin-key.pem: is another private key")},
		{"answers of another run since they were read", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.DNSDomain = "lab"
			job.Source = &Source{Path: filepath.Join(t.TempDir(), "answers.yaml"), Text: []byte("dnsDomain: lab\n")}
			if err := os.WriteFile(job.Source.Path, []byte("dnsDomain: lab2\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return t.Context(), nil
		}, says("answers.yaml: holds other answers")},
		{"other answers than reviewed", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.DNSDomain = "lab"
			p := mustPlan(t, *job)
			job.Cluster = testCluster()
			job.Cluster.DNSDomain = "lab2"
			return t.Context(), p
		}, want(&ChangedError{})},
		{"cancelled", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.DNSDomain = "lab"
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx, nil
		}, func(t *testing.T, err error) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}},
		{"locked", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			tx, err := store.Begin(job.Dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tx.Close() })
			return t.Context(), nil
		}, want(&store.LockedError{})},
		{"clock before all", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Now = func() time.Time { return time.Unix(-5, 0) }
			return t.Context(), nil
		}, says("the clock says 1969-12-31 23:59 UTC")},
		{"unknown layout", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.Layout = "articel"
			return t.Context(), nil
		}, says(`layout "articel" is unknown: use three-ca, single-ca, article`)},
		{"ended by the time it is proven", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			job.Cluster.DNSDomain = "lab"
			job.Now = func() func() time.Time {
				calls := 0
				return func() time.Time {
					if calls++; calls > 1 {
						return t0.AddDate(50, 0, 0) // every chain has expired by then
					}
					return t0
				}
			}()
			return t.Context(), nil
		}, says("expired")},
		{"a kept file that does not hold", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			// Nothing is to change, and yet the set must not be called proven.
			job.Now = func() func() time.Time {
				calls := 0
				return func() time.Time {
					if calls++; calls > 1 {
						return t0.AddDate(50, 0, 0)
					}
					return t0
				}
			}()
			return t.Context(), nil
		}, says("expired")},
		{"symbolic link in the way", func(t *testing.T, job *Job) (context.Context, *plan.Plan) {
			path := filepath.Join(job.Dir, "admin.pem")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("ca.pem", path); err != nil {
				t.Skip(err)
			}
			return t.Context(), nil
		}, says("admin.pem")},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := newJob(t)
			if err := os.CopyFS(job.Dir, os.DirFS(base.Dir)); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"ca", "kubernetes", "admin", "kube-proxy"} {
				if err := os.Chmod(filepath.Join(job.Dir, name+"-key.pem"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, reviewed := test.change(t, &job)
			before := snapshot(t, job.Dir)
			r, err := Run(ctx, job, reviewed)
			if r != nil {
				t.Errorf("a result beside the error: %+v", r)
			}
			test.check(t, err)
			if c := changed(before, snapshot(t, job.Dir)); len(c) > 0 {
				t.Errorf("touched %q", c)
			}
		})
	}
}
