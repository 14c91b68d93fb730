package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/making/plan"
)

// studentOf plants faults and returns what the trainer keeps of it, as it is read
// back from the key file.
func studentOf(t *testing.T, b *Bed, w Selection) *Student {
	t.Helper()
	right, err := b.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	planted := plant(t, b, w, 1)
	spoilt, err := b.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := NewStudent("ann", right, spoilt, planted)
	data, err := (&Key{Seed: 1, Students: []Student{*s}}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "PRIVATE") {
		t.Error("the key file holds a private key")
	}
	k, err := ParseKey(data)
	if err != nil {
		t.Fatal(err)
	}
	return k.Student("ann")
}

func mark(t *testing.T, b *Bed, s *Student) *Mark {
	t.Helper()
	m, err := MarkStudent(t.Context(), b, "ann", s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func again(t *testing.T, b *Bed, words ...string) {
	t.Helper()
	if err := RunSet(t.Context(), b.Dir, b.Cluster, b.Now, plan.Options{ReplaceKeys: words}); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, b *Bed, p string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(b.Dir, filepath.FromSlash(p))); err != nil {
		t.Fatal(err)
	}
}

// TestMark marks a directory as it was handed out, half repaired, and repaired.
func TestMark(t *testing.T) {
	b := bed(t, "three-ca", "plain")
	s := studentOf(t, b, Selection{IDs: []string{"expired", "mode-open", "san-missing"}})
	if m := mark(t, b, s); m.Right() || m.Points != 0 || m.Of != 3 || m.Count(StillThere) != 3 || len(m.New)+len(m.Remarks) > 0 {
		t.Errorf("as it was handed out: %+v", m)
	}
	if err := os.Chmod(filepath.Join(b.Dir, s.Faults[1].Files[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	if m := mark(t, b, s); m.Right() || m.Points != 1 || m.Count(Repaired) != 1 || m.Faults[1].State != Repaired {
		t.Errorf("half repaired: %+v", m)
	}
	again(t, b)
	if m := mark(t, b, s); !m.Right() || m.Points != 3 || len(m.New)+len(m.Remarks) > 0 {
		t.Errorf("repaired: %+v", m)
	}
}

// TestMarkFooled: what only looks like a repair is told from one.
func TestMarkFooled(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  string
		cheat  func(t *testing.T, b *Bed, s *Student)
		points int
		says   string // in what is new or remarked
		anew   bool
		right  bool
	}{
		{"file removed", "expired", func(t *testing.T, b *Bed, s *Student) { remove(t, b, s.Faults[0].Files[0]) }, 0, "", false, false},
		{"node removed", "sa-mismatch", func(t *testing.T, b *Bed, s *Student) { remove(t, b, "nodes") }, 0, "cert-missing", false, false},
		{"flags removed", "mode-open", func(t *testing.T, b *Bed, s *Student) {
			again(t, b)
			remove(t, b, "nodes/cp-1/etc/kubernetes/etcd.env")
		}, 0, "deleted nodes/cp-1/etc/kubernetes/etcd.env", false, false},
		{"flags changed", "mode-open", func(t *testing.T, b *Bed, s *Student) {
			again(t, b)
			p := filepath.Join(b.Dir, "nodes/cp-1/etc/kubernetes/etcd.env")
			if err := os.WriteFile(p, append(readFile(t, b, "nodes/cp-1/etc/kubernetes/etcd.env"), "# mine\n"...), 0o644); err != nil {
				t.Fatal(err)
			}
		}, 1, "changed: nodes/cp-1/etc/kubernetes/etcd.env", false, true},
		{"CA key lost", "mode-open", func(t *testing.T, b *Bed, s *Student) {
			again(t, b)
			remove(t, b, "authority/etcd-ca.key")
		}, 0, "deleted authority/etcd-ca.key", false, false},
		{"all made again", "expired", func(t *testing.T, b *Bed, s *Student) {
			remove(t, b, "")
			again(t, b)
		}, 0, "made again: the CA ca is another one", true, false},
		{"one CA made again", "expired", func(t *testing.T, b *Bed, s *Student) {
			for _, p := range []string{"authority/etcd-ca", "nodes/cp-1/etc/kubernetes/pki/etcd/ca", "nodes/cp-2/etc/kubernetes/pki/etcd/ca"} {
				remove(t, b, p+".crt")
				remove(t, b, p+".key")
			}
			for _, p := range []string{"cp-1", "cp-2"} {
				remove(t, b, "nodes/"+p+"/etc/kubernetes/pki/apiserver-etcd-client.crt")
				remove(t, b, "nodes/"+p+"/etc/kubernetes/pki/etcd")
			}
			remove(t, b, "cfssl")
			again(t, b)
		}, 0, "made again: the CA etcd-ca", true, false},
		{"all leaves made again", "expired", func(t *testing.T, b *Bed, s *Student) {
			remove(t, b, "nodes")
			remove(t, b, "admin")
			again(t, b)
		}, 1, "that were right have new keys", false, true},
		{"token keys made again", "expired", func(t *testing.T, b *Bed, s *Student) {
			for _, dir := range []string{"authority", "nodes/cp-1/etc/kubernetes/pki", "nodes/cp-2/etc/kubernetes/pki"} {
				remove(t, b, dir+"/sa.key")
				remove(t, b, dir+"/sa.pub")
			}
			again(t, b)
		}, 1, "the service account keys are others", false, true},
		{"another fault instead", "mode-open", func(t *testing.T, b *Bed, s *Student) {
			again(t, b)
			remove(t, b, "nodes/worker-1/etc/kubernetes/pki/ca.crt")
		}, 0, "cert-missing nodes/worker-1/etc/kubernetes/pki/ca.crt", false, false},
		{"a CA that had to be made again", "front-proxy-shared-ca", func(t *testing.T, b *Bed, s *Student) { again(t, b, "front-proxy-ca") }, 1, "", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := bed(t, "three-ca", "plain")
			s := studentOf(t, b, Selection{IDs: []string{c.fault}})
			c.cheat(t, b, s)
			m := mark(t, b, s)
			if m.Points != c.points || m.Anew != c.anew || m.Right() != c.right {
				t.Errorf("%+v", m)
			}
			if said := strings.Join(append(m.New, m.Remarks...), "\n"); !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Errorf("it says %q, not %q", said, c.says)
			}
		})
	}
}

// TestMarkWithoutKey: everything that is wrong is a new problem then.
func TestMarkWithoutKey(t *testing.T) {
	b := bed(t, "article", "plain")
	studentOf(t, b, Selection{IDs: []string{"expired"}})
	if m := mark(t, b, nil); m.Right() || len(m.New) != 1 || !strings.HasPrefix(m.New[0], "expired ") {
		t.Errorf("%+v", m)
	}
}

func TestParseKey(t *testing.T) {
	for text, want := range map[string]string{
		"":               "no key file",
		`{"version": 9}`: "its version is 9",
		`{"version":1,"students":[{"name":"a","faults":[{"fault":"gone"}]}]}`: `the fault "gone"`,
	} {
		if _, err := ParseKey([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// sheetSays holds that the sheet tells what is seen, and neither file nor cause.
func sheetSays(t *testing.T, b *Bed, p []Planted) {
	t.Helper()
	f := p[0].Fault
	sheet := Sheet("ann", b, p, "pki/answers.yaml", nil)
	for _, no := range append(p[0].Files(), f.Title, p[0].Findings[0].What(), "%!") {
		if strings.Contains(sheet, no) {
			t.Errorf("the sheet says %q", no)
		}
	}
	for _, want := range []string{"# Task for ann", "cp-1, 172.20.0.11", "one fault was planted", "## How it is marked"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %q", want)
		}
	}
	if says := p[0].Findings[0].Says(); len(says) > 0 && !strings.Contains(sheet, says[0].Text) {
		t.Errorf("the sheet lacks the symptom %q", says[0].Text)
	}
}

// TestMarkUntouched: what a fault has changed itself is no change of the student's.
func TestMarkUntouched(t *testing.T) {
	b := bed(t, "three-ca", "plain")
	m := mark(t, b, studentOf(t, b, Selection{IDs: []string{"front-proxy-shared-ca"}}))
	if len(m.Remarks)+len(m.New) > 0 || len(m.Faults) != 1 {
		t.Errorf("a directory that nobody touched: %q, new %q", m.Remarks, m.New)
	}
}
