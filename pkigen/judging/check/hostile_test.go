package check_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/shell/shelltest"
	"certwright/pkigen/judging/check"
)

// broken are faults for which something is to be typed.
var broken = []string{
	`rm $P/apiserver.crt`,
	`:`,
	`chmod 666 $P/apiserver.key; chmod 777 $P; rm $P/sa.pub`,
	`rm $P/ca.crt`,
	`sed -i '/certificate-authority-data/d; s/cluster:/cluster:\n    insecure-skip-tls-verify: true/' $E/admin.conf`,
	`mv $P/apiserver.crt x; mv $P/apiserver.key $P/apiserver.crt; mv x $P/apiserver.key`,
	`sed -i s#pki/sa.pub#pki/nosuch.pub# $E/manifests/kube-apiserver.yaml; rm $P/etcd/peer.key`,
	`dated $P/apiserver /CN=kube-apiserver $P/ca "$SERVER\n$API" 20200101000000Z 20210101000000Z; rm $P/front-proxy-client.key`,
}

// hostileMachine is a machine as kubeadm makes it, with a fault, below a folder of that
// name; its administrator's kubeconfig and one of its flags name that host.
func hostileMachine(t *testing.T, folder, host, fault string) (root string) {
	t.Helper()
	root = t.TempDir()
	dir := filepath.Join(root, folder)
	if err := os.Rename(foreign(t, "kubeadm"), dir); err != nil {
		t.Fatal(err)
	}
	if err := script(dir, pki+fault); err != nil {
		t.Fatal(err)
	}
	yaml := "'" + strings.ReplaceAll(host, "'", "''") + "'"
	for file, with := range map[string]*regexp.Regexp{
		"admin.conf": regexp.MustCompile(`server: (https://)[^:]*(:6443)`), "manifests/kube-apiserver.yaml": regexp.MustCompile(`- (--advertise-address=)\S+()`),
	} {
		p := filepath.Join(dir, "etc/kubernetes", file)
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		text = with.ReplaceAllFunc(text, func(m []byte) []byte {
			parts := with.FindSubmatch(m)
			key, _, _ := strings.Cut(string(m), string(parts[1]))
			return []byte(key + "'" + string(parts[1]) + yaml[1:len(yaml)-1] + string(parts[2]) + "'")
		})
		if err := os.WriteFile(p, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// FuzzCommands judges hostile directories: what is printed to be typed runs nothing of
// theirs.
func FuzzCommands(f *testing.F) {
	foreign(f, "kubeadm") // it is made once, and takes longer than one input may
	for i, w := range shelltest.Hostile {
		f.Add(w, shelltest.Hostile[(i*7+3)%len(shelltest.Hostile)], uint(i))
	}
	f.Fuzz(func(t *testing.T, folder, host string, fault uint) {
		folder = strings.Map(func(r rune) rune {
			if r == '/' || r == 0 {
				return '_'
			}
			return r
		}, folder)
		if folder == "" || folder == "." || folder == ".." || len(folder) > 200 {
			folder = "m"
		}
		r := report(t, hostileMachine(t, folder, host, broken[fault%uint(len(broken))]))
		_, first, _ := r.First()
		lines := []shell.Line{first}
		for i := range r.Findings {
			lines = append(lines, r.Findings[i].Command)
		}
		for _, line := range lines {
			if err := shelltest.Check(line); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestHostsAreProposed: what is no host and no address is proposed to no program, and
// what dials it is what has to be corrected.
func TestHostsAreProposed(t *testing.T) {
	for host, want := range map[string]bool{"$(id)": false, "a_b": false, "-x.com": false, "api.x.com": true, "API.X.com": true, "192.0.2.7": true} {
		r := report(t, hostileMachine(t, "m", host, ":"))
		seen := false
		for i := range r.Findings {
			f := &r.Findings[i]
			if f.Check.ID != "san-missing" || f.Seat.Entry.Name != "apiserver" || !strings.Contains(f.What(), host) {
				continue
			}
			seen = true
			if got := strings.Contains(f.Command.String(), "extra-sans "+strings.ToLower(host)); got != want {
				t.Errorf("%s: %q", host, f.Command)
			}
			if got := strings.Contains(f.Fix(), "no host name"); got == want {
				t.Errorf("%s: %s", host, f.Fix())
			}
		}
		if !seen {
			t.Errorf("%s is not missed: %s", host, listed(r.Findings))
		}
		lost := report(t, hostileMachine(t, "m", host, `rm $P/apiserver.crt`))
		if got := commandOf(lost, "cert-missing"); strings.Contains(got, strings.ToLower(host)) != want || !strings.Contains(got, "kubeadm init phase certs apiserver") {
			t.Errorf("%s: without its certificate %q", host, got)
		}
	}
}

func commandOf(r *check.Report, id string) string {
	for i := range r.Findings {
		if r.Findings[i].Check.ID == id {
			return r.Findings[i].Command.String()
		}
	}
	return ""
}
