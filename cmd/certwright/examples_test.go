package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// etcKubernetes is where the examples find a machine of kubeadm's.
const etcKubernetes = "/etc/kubernetes"

// example is a command line in README or a topic behind which stands what it prints.
type example struct {
	line  string   // as it stands there
	files []string // in which it stands; the README is ".."
	stdin string
	make  func(t *testing.T, answers string) // makes in the working directory what the command finds
}

var examples = []example{
	{line: "certwright renew pki master1/apiserver scheduler --dry-run", files: []string{"renewal"}, make: exampleSet},
	{line: "certwright rotate pki", files: []string{"rotation"}, make: func(t *testing.T, answers string) {
		exampleSet(t, answers)
		exampleCall(t, "rotate", "pki", "etcd-ca", "--next")
	}},
	{line: "journalctl -u kube-apiserver | certwright explain -", files: []string{"errors"}, make: func(*testing.T, string) {},
		stdin: `Nov 30 09:12:03 master1 kube-apiserver[812]: W1130 09:12:03.1 1 logging.go:55] [core] [Channel #1 SubChannel #2]grpc: addrConn.createTransport failed to connect to {Addr: "192.168.214.89:2379", ServerName: "192.168.214.89:2379", }. Err: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, 192.168.214.88, not 192.168.214.89"`},
	{line: "certwright adopt /etc/kubernetes", files: []string{"adoption"}, make: func(t *testing.T, _ string) { exampleNode(t) }},
	{line: "certwright verify /etc/kubernetes", files: []string{"..", "verdicts"}, make: func(t *testing.T, _ string) {
		m := exampleNode(t)
		for _, file := range []string{"controller-manager.conf", "scheduler.conf", "kubelet.conf"} {
			text, err := os.ReadFile(filepath.Join(m.dir, file))
			if err != nil {
				t.Fatal(err)
			}
			m.write(file, bytes.ReplaceAll(text, []byte("172.20.0.5"), []byte("192.168.214.100")), 0o600)
		}
	}},
}

func exampleSet(t *testing.T, answers string) {
	t.Helper()
	exampleCall(t, "generate", "--answers", answers, "--dir", "pki")
}

// exampleNode makes a machine of kubeadm's below the working directory.
func exampleNode(t *testing.T) *tree {
	t.Helper()
	m := &tree{t, filepath.Join(".", etcKubernetes)}
	kubeadmTree{}.make(m)
	text, err := os.ReadFile(filepath.Join(m.dir, "kubelet.conf"))
	if err != nil {
		t.Fatal(err)
	}
	m.write("kubelet.conf", clientData.ReplaceAll(text, []byte("client-$1: /var/lib/kubelet/pki/kubelet-client-current.pem")), 0o600)
	return m
}

// clientData is what a kubelet that renews its certificate does not have in its kubeconfig.
var clientData = regexp.MustCompile(`client-(certificate|key)-data: *\S+`)

func exampleCall(t *testing.T, args ...string) {
	t.Helper()
	if code, out, words := call(args...); code != 0 {
		t.Fatalf("%q: %d\n%s%s", args, code, out, words)
	}
}

// TestExamplesTrue runs the examples, and holds what stands behind them in README and
// topics against what they print, to the letter but for dates and line breaks. "..." stands
// for what is left out.
func TestExamplesTrue(t *testing.T) {
	all := pages(t)
	answers, err := filepath.Abs(filepath.Join("..", "..", "steps", "testdata", "three-ca.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		t.Run(e.line, func(t *testing.T) {
			t.Chdir(t.TempDir())
			e.make(t, answers)
			var out bytes.Buffer
			_, line, piped := strings.Cut(e.line, "| ")
			if !piped {
				line = e.line
			}
			args := strings.Fields(line)[1:]
			for i := range args {
				args[i] = strings.Replace(args[i], etcKubernetes, "."+etcKubernetes, 1)
			}
			p := &program{stdin: strings.NewReader(e.stdin), stdout: &out, stderr: &out, getenv: func(string) string { return "" }, args: args, caught: t.Context()}
			root := p.command()
			root.SetArgs(args)
			p.exit(root.ExecuteContext(t.Context()))
			printed := strings.ReplaceAll(out.String(), "."+etcKubernetes, etcKubernetes)
			printed = strings.ReplaceAll(printed, etcKubernetes[1:], etcKubernetes) // cleaned paths
			printed = certDir.ReplaceAllString(strings.ReplaceAll(printed, "//etc", "/etc"), "")
			for _, name := range e.files {
				file := filepath.Join("help", name+".md")
				if name == ".." {
					file = filepath.Join("..", "..", "README.md")
				}
				said := behind(all[file], e.line)
				if said == "" {
					t.Errorf("%s has no example %q", file, e.line)
				} else if !pattern(said).MatchString(masked(printed)) {
					t.Errorf("%s says of %q\n%s\nand it prints\n%s", file, e.line, said, printed)
				}
			}
		})
	}
}

// drawn are the command lines whose output is another one each time.
var drawn = []string{"certwright lab new ", "certwright lab mark "}

// TestExamplesKnown holds that no output stands in a page that no test looks at.
func TestExamplesKnown(t *testing.T) {
	for file, text := range pages(t) {
		for l := range strings.Lines(text) {
			line, is := strings.CutPrefix(strings.TrimSuffix(l, "\n"), "$ ")
			if !is || behind(text, line) == "" || slices.ContainsFunc(drawn, func(d string) bool { return strings.HasPrefix(line, d) }) {
				continue
			}
			i := slices.IndexFunc(examples, func(e example) bool { return e.line == line })
			name := strings.TrimSuffix(filepath.Base(file), ".md")
			if name == "README" {
				name = ".."
			}
			if i < 0 || !slices.Contains(examples[i].files, name) {
				t.Errorf("%s: no test runs %q", file, line)
			}
		}
	}
}

// behind is what stands behind a command line of an example.
func behind(page, line string) string {
	lines := strings.Split(page, "\n")
	i := slices.Index(lines, "$ "+line)
	if i < 0 {
		return ""
	}
	rest := lines[i+1:]
	if end := slices.IndexFunc(rest, func(l string) bool { return l == "```" || strings.HasPrefix(l, "$ ") }); end >= 0 {
		rest = rest[:end]
	}
	return strings.Join(rest, "\n")
}

var (
	certDir     = regexp.MustCompile(` --cert-dir \S+`) // in the place where kubeadm has it, it is not told
	exampleDate = regexp.MustCompile(`20\d\d-\d\d-\d\d( \d+)?`)
	leftOut     = regexp.MustCompile(` ?\\\.\\\.\\\.,? ?`)
)

// masked is a text by its words, without what differs from day to day.
func masked(text string) string {
	return exampleDate.ReplaceAllString(strings.Join(strings.Fields(text), " "), "DATE")
}

// pattern is what a text of a page has to look like.
func pattern(said string) *regexp.Regexp {
	return regexp.MustCompile("^" + leftOut.ReplaceAllString(regexp.QuoteMeta(masked(said)), ".*") + "$")
}
