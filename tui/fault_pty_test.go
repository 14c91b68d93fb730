//go:build unix

package tui_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"certwright/pkigen/making/store"
)

// set is the certificates of the article's layout.
var set = []string{"ca", "kubernetes", "admin", "kube-proxy"}

// whole holds that a directory is a complete set: 17 files, none of them empty,
// every certificate signed by the CA that lies there, every key and request
// fitting its certificate.
func whole(t *testing.T, dir string) {
	t.Helper()
	if fault := faultOf(dir); fault != "" {
		t.Errorf("%s is no whole set: %s", dir, fault)
	}
}

// faultOf says why a directory is no whole set; "" if it is one.
func faultOf(dir string) string {
	files := contents(dir)
	if len(files) != 17 {
		return fmt.Sprintf("%d files, want 17: %v", len(files), slices.Sorted(maps.Keys(files)))
	}
	for name, data := range files {
		if data == "" {
			return name + " is empty"
		}
		if strings.HasSuffix(name, ".json") && !json.Valid([]byte(data)) {
			return name + " is no JSON"
		}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(files["ca.pem"])) {
		return "ca.pem holds no certificate"
	}
	for _, name := range set {
		// It compares the public keys, too.
		pair, err := tls.X509KeyPair([]byte(files[name+".pem"]), []byte(files[name+"-key.pem"]))
		if err != nil {
			return name + ": " + err.Error()
		}
		options := x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
		if _, err := pair.Leaf.Verify(options); err != nil {
			return name + ".pem: " + err.Error()
		}
		block, _ := pem.Decode([]byte(files[name+".csr"]))
		if block == nil {
			return name + ".csr holds no request"
		}
		request, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			return name + ".csr: " + err.Error()
		}
		if public, ok := request.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(pair.Leaf.PublicKey) {
			return name + ".csr belongs to another key"
		}
	}
	return ""
}

// contents are the files of a directory by name; nil if there is none.
func contents(dir string) map[string]string {
	var files map[string]string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if files == nil {
			files = map[string]string{}
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	})
	return files
}

// killing is one kind of run that is killed at many moments.
type killing struct {
	name string
	old  bool     // whether a set lies there before
	args []string // what the run is asked for
	// isNew tells a whole set of after the run from one of before.
	isNew func(files, old map[string]string) bool
}

var killings = []killing{
	{name: "first", isNew: func(_, _ map[string]string) bool { return true }},
	{name: "renewal", old: true, args: []string{"--set", "certSANs=192.168.214.210,192.168.214.211"},
		isNew: func(files, old map[string]string) bool {
			// No key has changed, nor what another certificate is made of.
			for name, data := range old {
				if changes := strings.HasPrefix(name, "kubernetes") && !strings.HasSuffix(name, "-key.pem"); changes == (files[name] == data) {
					return false
				}
			}
			return true
		}},
	{name: "replaced keys", old: true, args: []string{"--set", "encryptionAlgorithm=ECDSA-P384",
		"--replace-key", "ca", "--replace-key", "kubernetes", "--replace-key", "admin", "--replace-key", "kube-proxy"},
		isNew: func(files, old map[string]string) bool {
			for _, name := range set {
				if files[name+"-key.pem"] == old[name+"-key.pem"] || files[name+".pem"] == old[name+".pem"] {
					return false
				}
			}
			return true
		}},
}

// kills is how often each kind is killed.
const kills = 9

// TestKilledAtAnyMoment kills the whole program with -9 at seeded moments of a
// run. Afterwards the old set or the new set is there, whole; the next run says
// what it has found, and makes what was asked for.
func TestKilledAtAnyMoment(t *testing.T) {
	program(t) // its building is no part of a run
	for seed, k := range killings {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			old := filepath.Join(t.TempDir(), "pki")
			if k.old {
				if out, err := generate(t, filepath.Dir(old)).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			k.run(t, old, rand.New(rand.NewPCG(1, uint64(seed))))
		})
	}
}

func (k killing) run(t *testing.T, old string, random *rand.Rand) {
	// A run that nobody kills, to know how long it takes.
	all, held := k.measure(t, k.place(t, old))
	outcomes := map[string]int{}
	for i := range kills {
		home := k.place(t, old)
		cmd := k.command(t, home)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// A third of them from the start on, a third from the moment it holds the
		// lock, a third behind the swap: what it does on the disk is a small part
		// of its time, and what it does after the swap a small part of that.
		span := all
		switch i % 3 {
		case 1:
			span = all - held
			await(all, func() bool { return exists(filepath.Join(home, ".pki.certwright")) })
		case 2:
			span = time.Millisecond
			await(all, k.swapped(home))
		}
		time.Sleep(time.Duration(random.Int64N(int64(max(span, 1)))))
		_ = cmd.Process.Kill() // it may have expired by now
		_ = cmd.Wait()
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		outcomes[k.check(t, home, contents(old), cmd.Process.Pid, status.Signaled())]++
	}
	t.Logf("a run takes %v, %v of it before the lock; %v", all, held, outcomes)
	if outcomes["killed, old"] == 0 {
		t.Errorf("no run was killed before it had swapped in the new set: %v", outcomes)
	}
}

func (k killing) command(t *testing.T, home string) *exec.Cmd {
	t.Helper()
	return generate(t, home, k.args...)
}

// place makes a folder for one run, with the old set in it.
func (k killing) place(t *testing.T, old string) string {
	t.Helper()
	home := t.TempDir()
	if !k.old {
		return home
	}
	dir := filepath.Join(home, "pki")
	if err := os.CopyFS(dir, os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	for name := range contents(dir) {
		if strings.HasSuffix(name, "-key.pem") { // CopyFS obeys the umask
			if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return home
}

// measure times a whole run, and the part of it before it holds the lock.
func (k killing) measure(t *testing.T, home string) (all, held time.Duration) {
	t.Helper()
	start := time.Now()
	cmd := k.command(t, home)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	await(patience, func() bool { return exists(filepath.Join(home, ".pki.certwright")) })
	held = time.Since(start)
	if err := <-ended; err != nil {
		t.Fatalf("%s: %v", k.name, err)
	}
	return time.Since(start), held
}

// await waits until something has happened, or long enough.
func await(most time.Duration, happened func() bool) {
	for deadline := time.Now().Add(most); time.Now().Before(deadline) && !happened(); {
		time.Sleep(100 * time.Microsecond)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// swapped reports whether another folder than now is in the directory's place.
func (k killing) swapped(home string) func() bool {
	dir := filepath.Join(home, "pki")
	before, _ := os.Lstat(dir)
	return func() bool {
		now, err := os.Lstat(dir)
		return err == nil && (before == nil || !os.SameFile(before, now))
	}
}

// check looks at what a killed run left, lets the next run mend it, and says
// how the killed one had expired.
func (k killing) check(t *testing.T, home string, old map[string]string, pid int, killed bool) string {
	t.Helper()
	dir := filepath.Join(home, "pki")
	outcome := "ended"
	if killed {
		outcome = "killed, " + k.state(t, dir, old)
	} else {
		k.wantNew(t, dir, old)
	}
	signed, _ := os.ReadFile(filepath.Join(home, ".pki.certwright", "lock"))

	out, err := k.command(t, home).CombinedOutput()
	if err != nil {
		t.Fatalf("the run after one that was %s: %v\n%s", outcome, err, out)
	}
	k.wantNew(t, dir, old)
	if who := fmt.Sprintf("(process %d on host", pid); len(signed) > 0 && !strings.Contains(flat(string(out)), who) {
		t.Errorf("the next run does not tell of process %d, which was %s:\n%s", pid, outcome, out)
	}
	k.wantBeside(t, home, old)
	return outcome
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// state says whether the old set or the new one is there, and fails for
// anything between them.
func (k killing) state(t *testing.T, dir string, old map[string]string) string {
	t.Helper()
	files := contents(dir)
	switch fault := faultOf(dir); {
	case files == nil && old == nil, old != nil && maps.Equal(files, old):
		return "old"
	case fault != "":
		t.Fatalf("neither the old set nor a whole one: %s", fault)
	case !k.isNew(files, old):
		t.Fatal("a mixture of the old set and the new one")
	}
	return "new"
}

func (k killing) wantNew(t *testing.T, dir string, old map[string]string) {
	t.Helper()
	whole(t, dir)
	if !k.isNew(contents(dir), old) {
		t.Error("the set is not what was asked for")
	}
}

// wantBeside holds that nothing but a backup lies beside the directory, and
// that the backup is the old set byte for byte.
func (k killing) wantBeside(t *testing.T, home string, old map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"pki", "pki.backup"}; !slices.Equal(names, want) {
		t.Fatalf("there lies %v, want %v", names, want)
	}
	backups, err := os.ReadDir(filepath.Join(home, "pki.backup"))
	if err != nil {
		t.Fatal(err)
	}
	if len(backups) != 1 {
		t.Fatalf("%d backups, want one", len(backups))
	}
	kept := contents(filepath.Join(home, "pki.backup", backups[0].Name()))
	if kept[store.ManifestFile] == "" {
		t.Errorf("the backup has no manifest")
	}
	delete(kept, store.ManifestFile)
	if !maps.Equal(kept, old) { // nothing before a first run
		t.Errorf("the backup is not the old set")
	}
}
